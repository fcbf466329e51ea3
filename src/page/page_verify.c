/* SPDX-License-Identifier: Apache-2.0 */
/* The page where a signed-in user proves the password again. */

#include "serve.h"

#include "fault.h"
#include "next.h"
#include "reply.h"
#include "request.h"

#include "../identity/session.h"
#include "../identity/signin.h"

void serve_verify_form(msa_page_t *page)
{
    json_object_set_new(page->extras, "has_webauthn_verify_credential", json_false());
    msa_answer_user(page, page->identity->user_id, NULL);
    msa_answer_form(page, "verify");
}

static msa_outcome_t prove(msa_page_t *page)
{
    const char *password = msa_page_field(page, "password");
    msa_signin_t signin = {0};
    msa_outcome_t outcome = MSA_PASSWORD_NOT_PROVIDED;
    if (password && *password)
        outcome = msa_signin_refresh(page->ctx, page->identity, password, &signin);
    msa_answer_renewed(page, &signin);
    /* The user is known: there is nothing to hide about the account. */
    if (outcome == MSA_INVALID_PASSWORD || outcome == MSA_PASSWORD_NOT_PROVIDED)
        msa_page_fault_plain(page, "password", outcome);
    else if (outcome != MSA_OK && outcome != MSA_BROKEN)
        msa_page_fault_of(page, outcome);
    return outcome;
}

/* The cookie of a Flask-Security application cannot be made fresh; a session of ours can. */
static msa_outcome_t start_session(msa_page_t *page, const msa_user_t *user)
{
    msa_signin_t signin = {0};
    msa_outcome_t outcome = msa_signin_start(page->ctx, user, false, true, NULL, &signin);
    if (outcome == MSA_OK)
        msa_answer_signin(page, &signin);
    return outcome;
}

static msa_outcome_t add_credentials(msa_page_t *page)
{
    bool is_from_flask =
        page->identity->is_from_flask && page->identity->purpose == MSA_PURPOSE_SESSION;
    msa_user_t *user = NULL;
    msa_outcome_t outcome = msa_identity_user(page->ctx, page->identity, &user);
    if (outcome == MSA_OK && is_from_flask)
        outcome = start_session(page, user);
    if (outcome == MSA_OK)
        outcome = msa_answer_credentials(page, user, page->ctx->now);
    return outcome == MSA_NOT_FOUND ? MSA_UNAUTHENTICATED : outcome;
}

void serve_verify(msa_page_t *page)
{
    const char *next = msa_page_next(page);
    msa_outcome_t outcome = page->faults->nelts ? MSA_INVALID_REDIRECT : prove(page);
    if (outcome == MSA_OK && (page->is_json || page->identity->is_from_flask))
        outcome = add_credentials(page);
    if (msa_page_is_over(outcome))
        msa_answer_outcome(page, outcome);
    else if (outcome != MSA_OK)
        msa_answer_form(page, "verify");
    else
        msa_answer_done(page, msa_page_target(next, page->ctx->directory->post_verify_view, NULL),
                        MSA_REAUTHENTICATION_SUCCESSFUL);
}
