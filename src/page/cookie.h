/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_PAGE_COOKIE_H
#define MSA_PAGE_COOKIE_H

/* Cookies of ours in an answer. */

#include "conversation.h"

/** Adds a Set-Cookie: HttpOnly, SameSite=Lax, Path=/, Secure on TLS. Lifetime 0 = of the browser
 * session. */
void msa_cookie_set(const msa_context_t *ctx, apr_table_t *headers, msa_cookie_t cookie,
                    const char *value, apr_interval_time_t lifetime);
/** Adds a Set-Cookie that removes the cookie. */
void msa_cookie_clear(const msa_context_t *ctx, apr_table_t *headers, msa_cookie_t cookie);
/** Removes every cookie that a visitor is taken by. */
void msa_cookie_signout(const msa_context_t *ctx, apr_table_t *headers);

#endif
