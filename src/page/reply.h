/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_PAGE_REPLY_H
#define MSA_PAGE_REPLY_H

/* The answers; each fills page->reply. */

#include "conversation.h"

/**
 * The form: HTML page `name` with values and faults (200), or JSON: 200 with csrf_token and extras
 * when there are no faults, else 400 with the faults. MSA_BUSY, MSA_THROTTLED and
 * MSA_TOO_MANY_REQUESTS faults set their own status and Retry-After.
 */
void msa_answer_form(msa_page_t *page, const char *name);
/**
 * The answer to somebody who asked for a mail, with `outcome`: the form again with `notice`, or,
 * where responses are not generic, with what is wrong with the address. Anyone who asks too often
 * is told so in any case; MSA_BROKEN becomes the 503 page.
 */
void msa_answer_mailed(msa_page_t *page, const char *name, msa_outcome_t outcome,
                       msa_outcome_t notice);
/** True for what filling in the form differently would not mend: MSA_BROKEN, and
 * MSA_UNAUTHENTICATED (the visitor is no longer signed in). */
bool msa_page_is_over(msa_outcome_t outcome);
/** True for what has nothing to do with the form: MSA_BUSY, MSA_THROTTLED, MSA_TOO_MANY_REQUESTS.
 */
bool msa_page_is_trouble(msa_outcome_t outcome);
/**
 * Done: JSON 200 with csrf_token, user and extras; a browser is sent to `target`, where the message
 * of `flash` (MSA_OK = none) is shown.
 */
void msa_answer_done(msa_page_t *page, const char *target, msa_outcome_t flash);
/** As msa_answer_done, but JSON `response` is exactly {}. */
void msa_answer_empty(msa_page_t *page, const char *target, msa_outcome_t flash);
/** 302 for both faces; `flash` as above. */
void msa_answer_redirect(msa_page_t *page, const char *target, msa_outcome_t flash);
/** A refusal or failure: a page of its own, or JSON with `errors`. Its status is that of the
 * outcome's row; sets Retry-After where it can help. */
void msa_answer_outcome(msa_page_t *page, msa_outcome_t outcome);
/** Adds `user` with the id (and the token when that is not NULL) to the JSON answer. */
void msa_answer_user(msa_page_t *page, apr_int64_t user_id, const char *token);
/** Sets the cookies of a sign-in, removes an earlier remember cookie when the sign-in has none, and
 * makes its identity the page's. */
void msa_answer_signin(msa_page_t *page, const msa_signin_t *signin);
/** The same for a renewed session, which leaves other cookies alone; nothing when `signin` has no
 * session. */
void msa_answer_renewed(msa_page_t *page, const msa_signin_t *signin);
/**
 * For an authenticating POST: adds `user`, with an authentication token when the client is to get
 * one (JSON, SecurityBackwardsCompatAuthToken or ?include_auth_token), which ends with the sign-in
 * of the page's identity. Nothing for HTML. Results as msa_signin_token.
 */
msa_outcome_t msa_answer_credentials(msa_page_t *page, const msa_user_t *user, apr_time_t fresh_at);

#endif
