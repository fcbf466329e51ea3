/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_PAGE_CSRF_H
#define MSA_PAGE_CSRF_H

/* Whether this site's own pages asked for a change. */

#include "conversation.h"

/**
 * MSA_OK when this site's own pages or a program asked for this change of state. MSA_CROSS_SITE:
 * another site did; MSA_CSRF_TOKEN_MISSING, MSA_CSRF_TOKEN_INVALID. Without `wants_token` only the
 * origin counts.
 */
msa_outcome_t msa_csrf_check(const msa_page_t *page, bool wants_token);
/** True when the regime (SecurityCsrf token, both) checks csrf_token. */
bool msa_csrf_is_needed(const msa_page_t *page);
/** A csrf_token for this visitor; sets the cookie that it is bound to where the regime needs one.
 * "" when no random numbers are available. */
const char *msa_csrf_token(msa_page_t *page);

/** After a sign-in: lets the token that was sent with it count for the new session, because many
 * clients ask for a token once, before they sign in, and keep using it. */
void msa_csrf_keep(msa_page_t *page);

#endif
