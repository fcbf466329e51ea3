/* SPDX-License-Identifier: Apache-2.0 */
/* The page that asks for a confirmation link, and the link itself. */

#include "serve.h"

#include "../account/confirm.h"
#include "../account/recover.h"
#include "../base/text.h"
#include "../identity/session.h"

#include <string.h>

#include <apr_strings.h>

#include "link.h"
#include "next.h"
#include "reply.h"
#include "request.h"

void serve_confirm_form(msa_page_t *page)
{
    const char *email = msa_page_query(page, "email");
    if (email && msa_text_is_clean(email))
        msa_values_set(page->values, "email", email);
    msa_answer_form(page, "confirm");
}

void serve_confirm(msa_page_t *page)
{
    const char *email = msa_page_field(page, "email");
    msa_outcome_t outcome = MSA_EMAIL_NOT_PROVIDED;
    if (email && *email)
        outcome = msa_confirm_request(page->ctx, email);
    msa_answer_mailed(page, "confirm", outcome, MSA_CONFIRMATION_REQUEST);
}

static void refuse_confirmation(msa_page_t *page, msa_outcome_t outcome)
{
    const char *name = outcome == MSA_ALREADY_CONFIRMED ? "info" : "error";
    const char *target = msa_page_link_target(page, page->ctx->directory->confirm_error_view,
                                              msa_page_path(page, page->ctx->settings->confirm_url),
                                              name, outcome, NULL);
    if (outcome == MSA_BROKEN || msa_page_is_trouble(outcome))
        msa_answer_outcome(page, outcome);
    else
        msa_answer_redirect(page, target, outcome);
}

static msa_outcome_t sign_in_by_confirmation(msa_page_t *page, const msa_user_t *user)
{
    msa_signin_t signin = {0};
    msa_outcome_t outcome = msa_link_leave(page, user);
    if (outcome != MSA_OK || !page->ctx->settings->auto_login_after_confirm)
        return outcome;
    outcome = msa_signin_start(page->ctx, user, false, false, page->identity, &signin);
    if (outcome == MSA_OK)
        msa_answer_signin(page, &signin);
    return outcome;
}

static void ask_for_password(msa_page_t *page, const msa_user_t *user)
{
    const char *secret = NULL;
    msa_outcome_t outcome = msa_recover_link(page->ctx, user, &secret);
    if (outcome != MSA_OK)
        refuse_confirmation(page, outcome);
    else
        msa_answer_redirect(page,
                            apr_pstrcat(page->ctx->pool,
                                        msa_page_path(page, page->ctx->settings->reset_url), "/",
                                        secret, NULL),
                            MSA_EMAIL_CONFIRMED);
}

void serve_confirm_link(msa_page_t *page)
{
    const msa_directory_settings_t *directory = page->ctx->directory;
    const msa_settings_t *settings = page->ctx->settings;
    msa_user_t *user = NULL;
    const char *fallback = msa_page_path(page, settings->login_url);
    msa_outcome_t outcome = msa_confirm(page->ctx, page->link, &user);
    if (outcome == MSA_OK)
        outcome = sign_in_by_confirmation(page, user);
    if (outcome != MSA_OK) {
        refuse_confirmation(page, outcome);
        return;
    }
    if (!user->password) {
        ask_for_password(page, user);
        return;
    }
    if (settings->auto_login_after_confirm)
        fallback = msa_page_target(NULL, directory->post_login_view, NULL);
    msa_answer_redirect(page,
                        msa_page_link_target(page, directory->post_confirm_view, fallback,
                                             "success", MSA_EMAIL_CONFIRMED, user),
                        MSA_EMAIL_CONFIRMED);
}

/* A request that only looks learns what the link is worth, and uses nothing up. */
void serve_confirm_link_form(msa_page_t *page)
{
    msa_user_t *user = NULL;
    msa_outcome_t outcome = msa_confirm_inspect(page->ctx, page->link, &user);
    if (outcome == MSA_OK && !msa_link_acts(page, user)) {
        msa_link_fill(page, user);
        msa_answer_form(page, "confirm-button");
    } else if (page->only_looks) {
        refuse_confirmation(page, outcome);
    } else {
        serve_confirm_link(page);
    }
}
