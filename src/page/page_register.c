/* SPDX-License-Identifier: Apache-2.0 */
/* The registration page, with the site's further fields. */

#include "serve.h"

#include "../account/register.h"
#include "../identity/session.h"

#include <string.h>

#include <apr_strings.h>

#include "fault.h"
#include "next.h"
#include "reply.h"
#include "request.h"

static void refuse_known(msa_page_t *page)
{
    if (page->is_json)
        msa_answer_outcome(page, MSA_ANONYMOUS_USER_REQUIRED);
    else
        msa_answer_redirect(page, msa_page_home(page), MSA_OK);
}

static void add_extra_field(msa_page_t *page, const msa_register_field_t *field)
{
    msa_values_t *row = msa_values_add_row(page->values, "extra_fields");
    msa_values_set(row, "name", field->name);
    msa_values_set(row, "required", field->is_required ? "true" : NULL);
    msa_values_set(row, "value", msa_page_field(page, field->name));
    msa_values_set(row, "error_id", apr_pstrcat(page->ctx->pool, field->name, "-error", NULL));
    for (int i = 0; i < page->faults->nelts; i++) {
        const msa_fault_t *fault = &APR_ARRAY_IDX(page->faults, i, msa_fault_t);
        if (strcmp(fault->field, field->name) != 0)
            continue;
        msa_values_set(row, "invalid", "true");
        msa_values_set(
            msa_values_add_row(row, "errors"), "text",
            msa_messages_text(page->ctx->messages, msa_outcome_row(fault->outcome)->key));
    }
}

static void add_extra_fields(msa_page_t *page)
{
    const apr_array_header_t *fields = page->ctx->settings->register_fields;
    if (page->ctx->settings->is_username_enabled)
        msa_values_set(page->values, "username_enabled", "true");
    for (int i = 0; fields && i < fields->nelts; i++)
        add_extra_field(page, &APR_ARRAY_IDX(fields, i, msa_register_field_t));
}

void serve_register_form(msa_page_t *page)
{
    if (page->identity) {
        refuse_known(page);
        return;
    }
    add_extra_fields(page);
    msa_answer_form(page, "register");
}

static apr_array_header_t *read_extra(const msa_page_t *page)
{
    const apr_array_header_t *fields = page->ctx->settings->register_fields;
    apr_array_header_t *values;
    if (!fields)
        return NULL;
    values = apr_array_make(page->ctx->pool, fields->nelts, sizeof(const char *));
    for (int i = 0; i < fields->nelts; i++)
        APR_ARRAY_PUSH(values, const char *) =
            msa_page_field(page, APR_ARRAY_IDX(fields, i, msa_register_field_t).name);
    return values;
}

static void check_repetition(msa_page_t *page)
{
    if (page->ctx->settings->is_password_confirm_required ||
        msa_page_field(page, "password_confirm"))
        msa_page_check_repeated(page, "password", "password_confirm");
}

static size_t place_of(const msa_fault_t *fault)
{
    static const char *const FIELDS[] = {"next", "email", "username", "password",
                                         "password_confirm"};
    size_t place = 0;
    while (place < sizeof(FIELDS) / sizeof(FIELDS[0]) && strcmp(fault->field, FIELDS[place]) != 0)
        place++;
    return place;
}

/* Clients read faults in the order of the form's fields, whatever was checked first. */
static void sort_faults(const apr_array_header_t *faults)
{
    msa_fault_t *all = (msa_fault_t *)faults->elts;
    for (int i = 1; i < faults->nelts; i++) {
        msa_fault_t fault = all[i];
        int to = i;
        for (; to > 0 && place_of(&all[to - 1]) > place_of(&fault); to--)
            all[to] = all[to - 1];
        all[to] = fault;
    }
}

static bool must_confirm(const msa_settings_t *settings)
{
    return settings->is_confirmable && !settings->login_without_confirmation;
}

/* Signing in on the spot would tell a free address from a taken one. */
static bool signs_in(const msa_settings_t *settings)
{
    return !settings->generic_responses && !must_confirm(settings);
}

static msa_outcome_t finish(msa_page_t *page, const msa_user_t *user)
{
    msa_signin_t signin = {0};
    msa_outcome_t outcome;
    if (!user || !signs_in(page->ctx->settings)) {
        json_object_set_new(page->extras, "user", json_object());
        return MSA_OK;
    }
    outcome = msa_signin_start(page->ctx, user, false, true, page->identity, &signin);
    if (outcome != MSA_OK)
        return outcome;
    json_object_set_new(page->extras, "tf_required", json_false());
    msa_answer_signin(page, &signin);
    return msa_answer_credentials(page, user, page->ctx->now);
}

static const char *register_target(const msa_page_t *page, const char *next)
{
    const msa_directory_settings_t *directory = page->ctx->directory;
    if (page->identity)
        return msa_page_target(next, directory->post_register_view, directory->post_login_view);
    return msa_page_target(next, directory->post_register_view,
                           msa_page_path(page, page->ctx->settings->login_url));
}

static msa_outcome_t flash_of(const msa_page_t *page)
{
    if (page->identity)
        return MSA_OK;
    return must_confirm(page->ctx->settings) ? MSA_CONFIRM_REGISTRATION : MSA_REGISTERED;
}

void serve_register(msa_page_t *page)
{
    msa_registration_t registration = {
        .email = msa_page_field(page, "email"),
        .username =
            page->ctx->settings->is_username_enabled ? msa_page_field(page, "username") : NULL,
        .password = msa_page_field(page, "password"),
        .extra = read_extra(page),
    };
    msa_user_t *user = NULL;
    const char *next;
    msa_outcome_t outcome;

    if (page->identity) {
        refuse_known(page);
        return;
    }
    next = msa_page_next(page);
    check_repetition(page);
    outcome = msa_register(page->ctx, &registration, page->faults, &user);
    if (outcome == MSA_OK)
        outcome = finish(page, user);
    if (msa_page_is_over(outcome)) {
        msa_answer_outcome(page, outcome);
    } else if (outcome != MSA_OK) {
        if (outcome != MSA_API_ERROR)
            msa_page_fault_of(page, outcome);
        sort_faults(page->faults);
        add_extra_fields(page);
        msa_answer_form(page, "register");
    } else {
        msa_answer_done(page, register_target(page, next), flash_of(page));
    }
}
