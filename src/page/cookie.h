/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_PAGE_COOKIE_H
#define MSA_PAGE_COOKIE_H

/* Our own cookies in an answer. */

#include "conversation.h"

/** Adds a Set-Cookie to `headers`: HttpOnly, SameSite=Lax, Path=/, Secure over TLS. Lifetime 0 =
 * until the browser is closed. */
void msa_cookie_set(const msa_context_t *ctx, apr_table_t *headers, msa_cookie_t cookie,
                    const char *value, apr_interval_time_t lifetime);
/** Adds a Set-Cookie that removes the cookie. */
void msa_cookie_clear(const msa_context_t *ctx, apr_table_t *headers, msa_cookie_t cookie);
/** Removes every cookie that a visitor is recognised by: session, remember and, over TLS, those
 * that a Flask-Security application signed (SecurityFlaskSecretKey). */
void msa_cookie_signout(const msa_context_t *ctx, apr_table_t *headers);

#endif
