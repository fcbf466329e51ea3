/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_PAGE_LINK_H
#define MSA_PAGE_LINK_H

/* Links from a mail: when one acts, and for whom. */

#include "conversation.h"

/**
 * Whether a GET may use up a link to `user` at once. Otherwise a page with one button is shown:
 * when the request only looks, when a form came back with faults, when the site wants a button
 * (SecurityLinkConfirmation), when a page of any site fetches the link as a part of itself, or when
 * somebody else is signed in.
 */
bool msa_link_acts(const msa_page_t *page, const msa_user_t *user);
/** Whoever follows a link is its user from now on. When somebody else is signed in: ends their
 * session in this browser (a program's token lives on), removes the remember cookie, and makes
 * page->identity NULL. MSA_OK, MSA_BROKEN. */
msa_outcome_t msa_link_leave(msa_page_t *page, const msa_user_t *user);
/** Fills what the page behind a link says about it: action_url, email, and other_account when
 * somebody else is signed in. `user` may be NULL. */
void msa_link_fill(const msa_page_t *page, const msa_user_t *user);

#endif
