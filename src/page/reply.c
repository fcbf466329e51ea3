/* SPDX-License-Identifier: Apache-2.0 */
/* How a page ends: a form with its faults, done and on to the next page, or refused. Decides the
 * status and what both faces show. */

#include "reply.h"

#include "../account/register.h"
#include "../base/text.h"
#include "../base/text_http.h"
#include "../identity/session.h"

#include <string.h>

#include <apr_strings.h>

#include "cookie.h"
#include "csrf.h"
#include "face.h"
#include "fault.h"
#include "request.h"

#define BUSY_RETRY_SECONDS   "1"
#define BROKEN_RETRY_SECONDS "5"

static const char *text_of(const msa_page_t *page, msa_outcome_t outcome)
{
    return msa_messages_text(page->ctx->messages, msa_outcome_row(outcome)->key);
}

static void set_retry(msa_page_t *page, msa_outcome_t outcome)
{
    const char *seconds = NULL;
    if (outcome == MSA_BUSY)
        seconds = BUSY_RETRY_SECONDS;
    else if (outcome == MSA_BROKEN)
        seconds = BROKEN_RETRY_SECONDS;
    else if (outcome == MSA_THROTTLED || outcome == MSA_TOO_MANY_REQUESTS)
        seconds = apr_psprintf(page->ctx->pool, "%" APR_INT64_T_FMT,
                               apr_time_sec(page->ctx->settings->throttle_window));
    if (seconds)
        apr_table_setn(page->reply->headers, "Retry-After", seconds);
}

/* ---- JSON ---- */

static void add_text(json_t *list, const char *text)
{
    json_array_append_new(list, json_string(text));
}

static json_t *json_faults(const msa_page_t *page)
{
    json_t *errors = json_array();
    json_t *by_field = json_object();
    for (int i = 0; i < page->faults->nelts; i++) {
        const msa_fault_t *fault = &APR_ARRAY_IDX(page->faults, i, msa_fault_t);
        const char *text = text_of(page, fault->outcome);
        json_t *list = json_object_get(by_field, fault->field);
        /* What could not be read is not missing as well. */
        if (fault->outcome != MSA_API_ERROR &&
            msa_page_has_fault(page, fault->field, MSA_API_ERROR))
            continue;
        if (!list) {
            list = json_array();
            json_object_set_new(by_field, fault->field, list);
        }
        add_text(errors, text);
        add_text(list, text);
    }
    return json_pack("{soso}", "errors", errors, "field_errors", by_field);
}

static json_t *json_success(msa_page_t *page)
{
    json_t *response = json_object();
    json_object_set_new(response, "csrf_token", json_string(msa_csrf_token(page)));
    json_object_update(response, page->extras);
    return response;
}

static json_t *json_refusal(const msa_page_t *page, msa_outcome_t outcome)
{
    json_t *response = json_pack("{s[s]}", "errors", text_of(page, outcome));
    if (outcome == MSA_REAUTHENTICATION_REQUIRED) {
        json_object_set_new(response, "reauth_required", json_true());
        json_object_set_new(response, "unified_signin_enabled", json_false());
        json_object_set_new(response, "has_webauthn_verify_credential", json_false());
    }
    return response;
}

/* ---- HTML ---- */

static void add_html_fault(msa_page_t *page, const msa_fault_t *fault)
{
    apr_pool_t *pool = page->ctx->pool;
    bool is_form = !*fault->field || strcmp(fault->field, "next") == 0;
    const char *list = is_form ? "form_errors" : apr_pstrcat(pool, fault->field, "_errors", NULL);
    msa_values_set(msa_values_add_row(page->values, list), "text", text_of(page, fault->outcome));
    if (!is_form)
        msa_values_set(page->values, apr_pstrcat(pool, fault->field, "_invalid", NULL), "true");
}

/** The fields that their form shows again as they were typed; never a password. */
static const char *const KEPT[] = {"email", "username", "remember", "next", "name", "expires"};

static void keep_typed(msa_page_t *page)
{
    for (size_t i = 0; i < sizeof(KEPT) / sizeof(KEPT[0]); i++) {
        const char *value = msa_page_field(page, KEPT[i]);
        if (value && msa_text_is_clean(value))
            msa_values_set(page->values, KEPT[i], value);
    }
}

static void fill_form(msa_page_t *page)
{
    const char *next = msa_page_query(page, "next");
    msa_face_values(page);
    for (int i = 0; i < page->faults->nelts; i++)
        add_html_fault(page, &APR_ARRAY_IDX(page->faults, i, msa_fault_t));
    /* What was accepted is done with; repeating it would only tell one answer from another. */
    if (page->faults->nelts)
        keep_typed(page);
    if (next && msa_text_is_clean(next) && !msa_values_get(page->values, "next"))
        msa_values_set(page->values, "next", next);
}

bool msa_page_is_over(msa_outcome_t outcome)
{
    return outcome == MSA_BROKEN || outcome == MSA_UNAUTHENTICATED;
}

bool msa_page_is_trouble(msa_outcome_t outcome)
{
    return outcome == MSA_BUSY || outcome == MSA_THROTTLED || outcome == MSA_TOO_MANY_REQUESTS;
}

static int fault_status(const msa_page_t *page)
{
    for (int i = 0; i < page->faults->nelts; i++) {
        msa_outcome_t outcome = APR_ARRAY_IDX(page->faults, i, msa_fault_t).outcome;
        if (msa_page_is_trouble(outcome))
            return msa_outcome_row(outcome)->status;
    }
    return 0;
}

/* ---- the answers ---- */

void msa_answer_form(msa_page_t *page, const char *name)
{
    int status = fault_status(page);
    for (int i = 0; i < page->faults->nelts; i++)
        set_retry(page, APR_ARRAY_IDX(page->faults, i, msa_fault_t).outcome);
    if (page->is_json && page->faults->nelts) {
        msa_face_json(page, status ? status : 400, json_faults(page));
    } else if (page->is_json) {
        msa_face_json(page, 200, json_success(page));
    } else {
        fill_form(page);
        msa_face_html(page, name, status ? status : 200);
    }
}

void msa_answer_mailed(msa_page_t *page, const char *name, msa_outcome_t outcome,
                       msa_outcome_t notice)
{
    if (outcome == MSA_BROKEN) {
        msa_answer_outcome(page, outcome);
        return;
    }
    if (outcome == MSA_TOO_MANY_REQUESTS)
        msa_page_fault_plain(page, "", outcome);
    else if (outcome != MSA_OK && !page->ctx->settings->generic_responses)
        msa_page_fault_plain(page, "email", outcome);
    if (!page->faults->nelts)
        msa_face_notice(page, notice);
    msa_answer_form(page, name);
}

void msa_answer_redirect(msa_page_t *page, const char *target, msa_outcome_t flash)
{
    static const char BODY[] = "<!DOCTYPE html>\n<title>Redirecting</title>\n";
    if (flash != MSA_OK)
        msa_face_flash(page, flash);
    page->reply->status = 302;
    apr_table_setn(page->reply->headers, "Location", target);
    page->reply->content_type = "text/html; charset=utf-8";
    page->reply->body = BODY;
    page->reply->body_length = sizeof(BODY) - 1;
}

void msa_answer_done(msa_page_t *page, const char *target, msa_outcome_t flash)
{
    if (page->is_json)
        msa_face_json(page, 200, json_success(page));
    else
        msa_answer_redirect(page, target, flash);
}

void msa_answer_empty(msa_page_t *page, const char *target, msa_outcome_t flash)
{
    if (page->is_json)
        msa_face_json(page, 200, json_object());
    else
        msa_answer_redirect(page, target, flash);
}

static void answer_html_outcome(msa_page_t *page, msa_outcome_t outcome)
{
    int status = msa_outcome_row(outcome)->status;
    msa_face_values(page);
    msa_values_set(page->values, "status", apr_itoa(page->ctx->pool, status));
    msa_values_set(page->values, "title", text_of(page, outcome));
    if (outcome == MSA_UNAUTHENTICATED) {
        msa_values_set(page->values, "link_url", msa_values_get(page->values, "login_url"));
        msa_values_set(page->values, "link_text", msa_messages_text(page->ctx->messages, "LOGIN"));
    }
    msa_face_html(page, "error", status);
}

void msa_answer_outcome(msa_page_t *page, msa_outcome_t outcome)
{
    set_retry(page, outcome);
    if (page->is_json)
        msa_face_json(page, msa_outcome_row(outcome)->status, json_refusal(page, outcome));
    else
        answer_html_outcome(page, outcome);
}

void msa_answer_user(msa_page_t *page, apr_int64_t user_id, const char *token)
{
    /* A string, as Flask-Security has always sent it. */
    json_t *user = json_object();
    json_object_set_new(user, "id",
                        json_string(apr_psprintf(page->ctx->pool, "%" APR_INT64_T_FMT, user_id)));
    if (token)
        json_object_set_new(user, "authentication_token", json_string(token));
    json_object_set_new(page->extras, "user", user);
}

/* A remember cookie of ours that came along was made for an earlier sign-in, perhaps by somebody
 * who is locked out for now: it must not take over when this session ends. */
static void drop_remembered(msa_page_t *page)
{
    if (msa_page_secret(page, MSA_COOKIE_REMEMBER, 0))
        msa_cookie_clear(page->ctx, page->reply->headers, MSA_COOKIE_REMEMBER);
}

void msa_answer_signin(msa_page_t *page, const msa_signin_t *signin)
{
    if (!signin->remember)
        drop_remembered(page);
    msa_cookie_signin(page->ctx, page->reply->headers, signin);
    page->identity = signin->identity;
    msa_csrf_keep(page);
}

void msa_answer_renewed(msa_page_t *page, const msa_signin_t *signin)
{
    if (!signin->session)
        return;
    msa_cookie_signin(page->ctx, page->reply->headers, signin);
    page->identity = signin->identity;
}

msa_outcome_t msa_answer_credentials(msa_page_t *page, const msa_user_t *user, apr_time_t fresh_at)
{
    const char *token = NULL;
    msa_outcome_t outcome;
    if (!page->is_json)
        return MSA_OK;
    if (page->ctx->settings->backwards_compat_auth_token ||
        msa_page_query(page, "include_auth_token")) {
        outcome = msa_signin_token(page->ctx, user, page->identity, fresh_at, &token);
        if (outcome != MSA_OK)
            return outcome;
    }
    msa_answer_user(page, user->id, token);
    return MSA_OK;
}

const msa_reply_t *msa_page_refuse(msa_context_t *ctx, const apr_table_t *headers,
                                   msa_outcome_t outcome)
{
    msa_request_t request = {.method = "GET", .path = "/", .headers = headers};
    msa_page_t page = {.ctx = ctx, .request = &request};
    page.fields = page.others = page.query = apr_table_make(ctx->pool, 1);
    page.faults = apr_array_make(ctx->pool, 1, sizeof(msa_fault_t));
    page.values = msa_values_make(ctx->pool);
    page.extras = json_object();
    page.is_json = msa_text_wants_json(apr_table_get(headers, "Content-Type"),
                                       apr_table_get(headers, "Accept"));
    page.reply = msa_face_reply(ctx->pool);
    msa_answer_outcome(&page, outcome);
    json_decref(page.extras);
    return page.reply;
}
