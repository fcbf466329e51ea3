/* SPDX-License-Identifier: Apache-2.0 */
/* The sign-in page. */

#include "serve.h"

#include "../base/text_form.h"
#include "../identity/session.h"
#include "../identity/signin.h"

#include <string.h>

#include "fault.h"
#include "next.h"
#include "reply.h"
#include "request.h"

static void add_identity_attributes(msa_page_t *page)
{
    json_t *names = json_pack("[s]", "email");
    if (page->ctx->settings->is_username_enabled) {
        json_array_append_new(names, json_string("username"));
        msa_values_set(page->values, "username_enabled", "true");
    }
    json_object_set_new(page->extras, "identity_attributes", names);
}

void serve_login_form(msa_page_t *page)
{
    if (page->identity && !page->is_json) {
        msa_answer_redirect(page, msa_page_home(page), MSA_OK);
        return;
    }
    add_identity_attributes(page);
    if (page->identity)
        msa_answer_user(page, page->identity->user_id, NULL);
    msa_answer_form(page, "login");
}

/* What is missing, in the order that clients expect. */
static void check_login_fields(msa_page_t *page, const char *email, const char *username,
                               const char *password)
{
    if (!password || !*password)
        msa_page_fault_of(page, MSA_PASSWORD_NOT_PROVIDED);
    if ((!email || !*email) && (!username || !*username))
        msa_page_fault_of(page, MSA_EMAIL_NOT_PROVIDED);
}

/* A fault of the account belongs to the field that named the account. */
static const char *login_field_of(msa_outcome_t outcome, bool has_email)
{
    const char *field = msa_outcome_row(outcome)->field;
    return strcmp(field, "email") == 0 && !has_email ? "username" : field;
}

static msa_outcome_t check_password(msa_page_t *page, msa_user_t **user)
{
    const char *email = msa_page_field(page, "email");
    const char *username =
        page->ctx->settings->is_username_enabled ? msa_page_field(page, "username") : NULL;
    const char *password = msa_page_field(page, "password");
    msa_outcome_t outcome;

    check_login_fields(page, email, username, password);
    if (page->faults->nelts)
        return MSA_API_ERROR;
    if (email && !*email)
        email = NULL;
    outcome = msa_signin_check(page->ctx, email, email ? NULL : username, password, user);
    if (outcome != MSA_OK && outcome != MSA_BROKEN)
        msa_page_fault(page, login_field_of(outcome, email != NULL), outcome);
    return outcome;
}

static msa_outcome_t sign_in_by_password(msa_page_t *page, const msa_user_t *user)
{
    msa_signin_t signin = {0};
    bool remember = msa_page_flag(page, "remember");
    msa_outcome_t outcome =
        msa_signin_start(page->ctx, user, remember, true, page->identity, &signin);
    if (outcome != MSA_OK)
        return outcome;
    msa_answer_signin(page, &signin);
    return msa_answer_credentials(page, user, page->ctx->now);
}

static bool wants_confirmation_view(const msa_page_t *page, msa_outcome_t outcome)
{
    return outcome == MSA_CONFIRMATION_REQUIRED && !page->is_json &&
           !page->ctx->settings->generic_responses &&
           page->ctx->directory->requires_confirmation_error_view;
}

/* The address goes along, so that the next page need not ask for it again. */
static void send_to_confirmation(msa_page_t *page)
{
    const char *view = page->ctx->directory->requires_confirmation_error_view;
    const char *email = msa_page_field(page, "email");
    if (email && *email)
        view = msa_text_add_query(page->ctx->pool, view, "email", email);
    msa_answer_redirect(page, view, MSA_CONFIRMATION_REQUIRED);
}

void serve_login(msa_page_t *page)
{
    msa_user_t *user = NULL;
    const char *next;
    msa_outcome_t outcome;

    if (page->identity) {
        if (page->is_json)
            msa_answer_outcome(page, MSA_ANONYMOUS_USER_REQUIRED);
        else
            msa_answer_redirect(page, msa_page_home(page), MSA_OK);
        return;
    }
    next = msa_page_next(page);
    outcome = check_password(page, &user);
    if (wants_confirmation_view(page, outcome)) {
        send_to_confirmation(page);
        return;
    }
    if (outcome == MSA_OK)
        outcome = sign_in_by_password(page, user);
    if (msa_page_is_over(outcome)) {
        msa_answer_outcome(page, outcome);
    } else if (outcome != MSA_OK) {
        add_identity_attributes(page);
        msa_answer_form(page, "login");
    } else {
        json_object_set_new(page->extras, "tf_required", json_false());
        msa_answer_done(page, msa_page_target(next, page->ctx->directory->post_login_view, NULL),
                        MSA_OK);
    }
}
