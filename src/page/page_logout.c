/* SPDX-License-Identifier: Apache-2.0 */
/* The sign-out page, which also works while the database is away. */

#include "serve.h"

#include "cookie.h"
#include "next.h"
#include "reply.h"
#include "request.h"

#include "../identity/remember.h"

/* Following a link must not sign anybody out; the button does. */
void serve_logout_form(msa_page_t *page)
{
    msa_answer_form(page, "logout");
}

/* The session of the cookie, also for a client that sends a token as well; else the identity of the
 * token, which leads to its sign-in; NULL = none. */
static msa_outcome_t find_session(const msa_page_t *page, const msa_identity_t **session)
{
    const char *secret = msa_page_secret(page, MSA_COOKIE_SESSION, 0);
    msa_identity_t *found = NULL;
    msa_outcome_t outcome = MSA_UNAUTHENTICATED;
    *session = page->identity;
    if (page->identity && page->identity->purpose == MSA_PURPOSE_SESSION)
        return MSA_OK;
    if (secret)
        outcome = msa_identity_by_secret(page->ctx, secret, 1u << MSA_PURPOSE_SESSION, &found);
    if (outcome == MSA_OK)
        *session = found;
    return outcome == MSA_BROKEN ? MSA_BROKEN : MSA_OK;
}

/* Nobody has to stay signed in because a database is away. */
static bool end_later(const msa_page_t *page, const char *remember)
{
    const msa_env_t *env = page->ctx->env;
    const char *session = msa_page_secret(page, MSA_COOKIE_SESSION, 0);
    return env->sign_out_later && (session || remember) &&
           env->sign_out_later(env->baton, session, remember);
}

void serve_logout(msa_page_t *page)
{
    const char *remember = msa_page_secret(page, MSA_COOKIE_REMEMBER, 0);
    const char *next = msa_page_next(page);
    const msa_identity_t *session = NULL;
    if ((find_session(page, &session) != MSA_OK ||
         msa_signin_end(page->ctx, session, remember) != MSA_OK) &&
        !end_later(page, remember)) {
        msa_answer_outcome(page, MSA_BROKEN);
        return;
    }
    msa_cookie_signout(page->ctx, page->reply->headers);
    page->identity = NULL;
    msa_answer_empty(page, msa_page_target(next, page->ctx->directory->post_logout_view, NULL),
                     MSA_OK);
}
