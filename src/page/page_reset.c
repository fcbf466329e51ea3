/* SPDX-License-Identifier: Apache-2.0 */
/* The page that asks for a reset link, and the one behind the link that takes the new password. */

#include "serve.h"

#include "../account/recover.h"
#include "../base/text_form.h"
#include "../identity/session.h"

#include <string.h>

#include <apr_strings.h>

#include "fault.h"
#include "link.h"
#include "next.h"
#include "reply.h"
#include "request.h"

void serve_reset_form(msa_page_t *page)
{
    msa_answer_form(page, "reset");
}

void serve_reset(msa_page_t *page)
{
    const char *email = msa_page_field(page, "email");
    msa_outcome_t outcome = MSA_EMAIL_NOT_PROVIDED;
    if (email && *email)
        outcome = msa_recover_request(page->ctx, email);
    msa_answer_mailed(page, "reset", outcome, MSA_PASSWORD_RESET_REQUEST);
}

static bool is_link_fault(msa_outcome_t outcome)
{
    return outcome == MSA_INVALID_RESET_PASSWORD_TOKEN || outcome == MSA_PASSWORD_RESET_EXPIRED;
}

static void refuse_reset_link(msa_page_t *page, msa_outcome_t outcome)
{
    const char *target = msa_page_link_target(
        page, page->ctx->settings->is_spa ? page->ctx->directory->reset_error_view : NULL,
        msa_page_path(page, page->ctx->settings->reset_url), "error", outcome, NULL);
    msa_answer_redirect(page, target, outcome);
}

/* The address tells people and password managers whose password this is; the mail went there. */
static void answer_choice(msa_page_t *page, const msa_user_t *user)
{
    msa_link_fill(page, user);
    msa_answer_form(page, "reset-password");
}

void serve_reset_link_form(msa_page_t *page)
{
    const msa_context_t *ctx = page->ctx;
    msa_user_t *user = NULL;
    msa_outcome_t outcome = msa_recover_inspect(page->ctx, page->link, &user);
    if (outcome == MSA_BROKEN) {
        msa_answer_outcome(page, outcome);
    } else if (outcome != MSA_OK) {
        refuse_reset_link(page, outcome);
    } else if (ctx->settings->is_spa && ctx->directory->reset_view) {
        const char *view = ctx->directory->reset_view;
        if (*ctx->settings->redirect_host && view[0] == '/')
            view = apr_pstrcat(ctx->pool, "//", ctx->settings->redirect_host, view, NULL);
        msa_answer_redirect(page, msa_text_add_query(ctx->pool, view, "token", page->link), MSA_OK);
    } else {
        /* The form is HTML for every client: a person followed the link. */
        page->is_json = false;
        answer_choice(page, user);
    }
}

static void check_new_password(msa_page_t *page, const char *password)
{
    if (!password || !*password)
        msa_page_fault_plain(page, "password", MSA_PASSWORD_NOT_PROVIDED);
    msa_page_check_repeated(page, "password", "password_confirm");
}

static msa_outcome_t reset(msa_page_t *page, msa_user_t **user)
{
    const char *password = msa_page_field(page, "password");
    msa_outcome_t outcome = msa_recover_inspect(page->ctx, page->link, user);
    if (outcome != MSA_OK)
        return outcome;
    check_new_password(page, password);
    if (page->faults->nelts)
        return MSA_API_ERROR;
    return msa_recover(page->ctx, page->link, password, user);
}

static msa_outcome_t sign_in_by_reset(msa_page_t *page, const msa_user_t *user)
{
    msa_signin_t signin = {0};
    msa_outcome_t outcome = msa_link_leave(page, user);
    if (outcome == MSA_OK)
        outcome = msa_signin_start(page->ctx, user, false, true, NULL, &signin);
    if (outcome != MSA_OK)
        return outcome;
    msa_answer_signin(page, &signin);
    return msa_answer_credentials(page, user, page->ctx->now);
}

static void succeed(msa_page_t *page, const msa_user_t *user)
{
    const msa_directory_settings_t *directory = page->ctx->directory;
    msa_outcome_t outcome;
    if (!page->ctx->settings->auto_login_after_reset) {
        msa_answer_empty(page,
                         msa_page_target(NULL, directory->post_reset_view,
                                         msa_page_path(page, page->ctx->settings->login_url)),
                         MSA_PASSWORD_RESET_NO_LOGIN);
        return;
    }
    outcome = sign_in_by_reset(page, user);
    if (outcome != MSA_OK) {
        msa_answer_outcome(page, outcome);
        return;
    }
    json_object_set_new(page->extras, "tf_required", json_false());
    msa_answer_done(page,
                    msa_page_target(NULL, directory->post_reset_view, directory->post_login_view),
                    MSA_PASSWORD_RESET);
}

void serve_reset_link(msa_page_t *page)
{
    msa_user_t *user = NULL;
    msa_outcome_t outcome = reset(page, &user);
    if (outcome == MSA_OK) {
        succeed(page, user);
        return;
    }
    if (outcome == MSA_BROKEN) {
        msa_answer_outcome(page, outcome);
        return;
    }
    if (is_link_fault(outcome) && !page->is_json) {
        refuse_reset_link(page, outcome);
        return;
    }
    if (is_link_fault(outcome) || msa_page_is_trouble(outcome))
        msa_page_fault_plain(page, "", outcome);
    else if (outcome != MSA_API_ERROR)
        msa_page_fault_plain(page, "password", outcome);
    answer_choice(page, user);
}
