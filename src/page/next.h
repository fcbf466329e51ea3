/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_PAGE_NEXT_H
#define MSA_PAGE_NEXT_H

/* Where a visitor goes from here. */

#include "conversation.h"

/**
 * Where the visitor wants to go: field `next`, else query `next`, made safe. NULL when there is
 * none. An unsafe one notes the fault MSA_INVALID_REDIRECT on `next` and gives NULL.
 */
const char *msa_page_next(msa_page_t *page);
/** The first of `next`, `view`, `fallback` that is not NULL; "/" otherwise. */
const char *msa_page_target(const char *next, const char *view, const char *fallback);
/** Where anyone who is signed in already is sent: SecurityPostLoginView, or "/". */
const char *msa_page_home(const msa_page_t *page);
/**
 * Where a link from a mail leads in the end. In single-page mode (SecurityRedirectBehavior spa) the
 * view, on SecurityRedirectHost, with `name=text` and, when `user` is not NULL, their email in the
 * query, as `email` and as `identity`; else `view`, or `fallback` when the view is NULL.
 */
const char *msa_page_link_target(const msa_page_t *page, const char *view, const char *fallback,
                                 const char *name, msa_outcome_t outcome, const msa_user_t *user);
/** The path of an endpoint with the prefix; `url` is its setting, as settings->login_url. */
const char *msa_page_path(const msa_page_t *page, const char *url);

#endif
