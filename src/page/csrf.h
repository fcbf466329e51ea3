/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_PAGE_CSRF_H
#define MSA_PAGE_CSRF_H

/* Whether this site's own pages asked for a change. */

#include "conversation.h"

/**
 * MSA_OK when this state change was asked for by this site's own pages or by a program. Without
 * `wants_token` only the origin counts.
 */
msa_outcome_t msa_csrf_check(const msa_page_t *page, bool wants_token);
/** True when the regime (SecurityCsrf token, both) checks csrf_token. */
bool msa_csrf_is_needed(const msa_page_t *page);
/** The csrf_token of this visitor; sets the cookie it hangs on where the regime needs one. */
const char *msa_csrf_token(msa_page_t *page);

/** Many clients ask for a token once, before they sign in, and go on with it: the one that was sent
 * with this sign-in counts for its session. */
void msa_csrf_keep(msa_page_t *page);

#endif
