/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_PAGE_LINK_H
#define MSA_PAGE_LINK_H

/* What stands in a mail. */

#include "conversation.h"

/**
 * Whether a GET may use up a link to `user` at once. Not when it only looks, when a form came back
 * with faults, when the site wants a button (SecurityLinkConfirmation), when a page of whatever
 * site fetches it as a part of itself, or when somebody else is signed in: then a page with one
 * button is shown.
 */
bool msa_link_acts(const msa_page_t *page, const msa_user_t *user);
/** Whoever follows a link is its user from now on: ends the session of another that this browser
 * has. A program's token goes on. */
msa_outcome_t msa_link_leave(msa_page_t *page, const msa_user_t *user);
/** What the page behind a link says of it: action_url, email, and other_account when another is
 * signed in. `user` may be NULL. */
void msa_link_fill(const msa_page_t *page, const msa_user_t *user);

#endif
