/* SPDX-License-Identifier: Apache-2.0 */
/* The pages that change the password and the username. */

#include "serve.h"

#include "../account/change.h"

#include <string.h>

#include "fault.h"
#include "next.h"
#include "reply.h"
#include "request.h"

/** Which field of the form each fault belongs to. */
static const struct {
    msa_outcome_t outcome;
    const char *field;
} FIELDS[] = {
    {MSA_PASSWORD_NOT_PROVIDED,          "password"    },
    {MSA_INVALID_PASSWORD,               "password"    },
    {MSA_PASSWORD_IS_THE_SAME,           "password"    },
    {MSA_PASSWORD_INVALID_LENGTH,        "new_password"},
    {MSA_PASSWORD_TOO_SIMPLE,            "new_password"},
    {MSA_USERNAME_INVALID_LENGTH,        "username"    },
    {MSA_USERNAME_DISALLOWED_CHARACTERS, "username"    },
    {MSA_USERNAME_ALREADY_ASSOCIATED,    "username"    },
};

static const char *change_field_of(msa_outcome_t outcome)
{
    for (size_t i = 0; i < sizeof(FIELDS) / sizeof(FIELDS[0]); i++) {
        if (FIELDS[i].outcome == outcome)
            return FIELDS[i].field;
    }
    return "";
}

void serve_change_form(msa_page_t *page)
{
    json_object_set_new(page->extras, "active_password", json_true());
    msa_answer_user(page, page->identity->user_id, NULL);
    msa_answer_form(page, "change");
}

static void check_change_fields(msa_page_t *page, const char *password, const char *new_password)
{
    if (!password || !*password)
        msa_page_fault_plain(page, "password", MSA_PASSWORD_NOT_PROVIDED);
    if (!new_password || !*new_password)
        msa_page_fault_plain(page, "new_password", MSA_PASSWORD_NOT_PROVIDED);
    msa_page_check_repeated(page, "new_password", "new_password_confirm");
}

static msa_outcome_t change(msa_page_t *page)
{
    const char *password = msa_page_field(page, "password");
    const char *new_password = msa_page_field(page, "new_password");
    bool remember = msa_page_cookie(page, MSA_COOKIE_REMEMBER) != NULL;
    msa_signin_t signin = {0};
    msa_user_t *user = NULL;
    msa_outcome_t outcome;

    check_change_fields(page, password, new_password);
    if (page->faults->nelts)
        return MSA_API_ERROR;
    outcome = msa_change_password(page->ctx, page->identity, password, new_password, remember,
                                  &signin, &user);
    if (outcome == MSA_OK) {
        msa_answer_signin(page, &signin);
        return msa_answer_credentials(page, user, page->ctx->now);
    }
    if (outcome != MSA_BROKEN)
        msa_page_fault_plain(page, change_field_of(outcome), outcome);
    return outcome;
}

void serve_change(msa_page_t *page)
{
    const msa_directory_settings_t *directory = page->ctx->directory;
    msa_outcome_t outcome = change(page);
    if (msa_page_is_over(outcome))
        msa_answer_outcome(page, outcome);
    else if (outcome != MSA_OK)
        msa_answer_form(page, "change");
    else
        msa_answer_done(
            page, msa_page_target(NULL, directory->post_change_view, directory->post_login_view),
            MSA_PASSWORD_CHANGE);
}

void serve_change_username_form(msa_page_t *page)
{
    const char *username = page->identity->username;
    json_object_set_new(page->extras, "current_username",
                        username ? json_string(username) : json_null());
    msa_values_set(page->values, "username", username);
    msa_answer_form(page, "change-username");
}

void serve_change_username(msa_page_t *page)
{
    const char *username = msa_page_field(page, "username");
    msa_outcome_t outcome = MSA_USERNAME_INVALID_LENGTH;
    if (username && *username)
        outcome = msa_change_username(page->ctx, page->identity, username);
    if (outcome == MSA_BROKEN) {
        msa_answer_outcome(page, outcome);
    } else if (outcome != MSA_OK) {
        msa_page_fault_plain(page, change_field_of(outcome), outcome);
        msa_answer_form(page, "change-username");
    } else {
        msa_answer_user(page, page->identity->user_id, NULL);
        msa_answer_done(page, msa_page_path(page, page->ctx->settings->account_url),
                        MSA_USERNAME_CHANGED);
    }
}
