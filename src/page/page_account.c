/* SPDX-License-Identifier: Apache-2.0 */
/* The account page: who you are, where you are signed in, and how to end that. */

#include "serve.h"

#include "../base/json.h"
#include "../base/text.h"
#include "../base/text_time.h"
#include "../identity/former.h"
#include "../identity/sessions.h"

#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

#include "next.h"
#include "reply.h"
#include "request.h"

static const char *number(const msa_page_t *page, apr_int64_t value)
{
    return apr_psprintf(page->ctx->pool, "%" APR_INT64_T_FMT, value);
}

static json_t *json_text(const char *text)
{
    return text ? json_string(text) : json_null();
}

static json_t *add_ticket(msa_page_t *page, const char *name, const msa_ticket_t *ticket)
{
    apr_pool_t *pool = page->ctx->pool;
    bool is_current = ticket->id == page->identity->ticket_id;
    msa_values_t *row = msa_values_add_row(page->values, name);
    msa_values_set(row, "id", number(page, ticket->id));
    msa_values_set(row, "agent", ticket->agent ? msa_text_visible(pool, ticket->agent) : "-");
    msa_values_set(row, "address", ticket->address);
    msa_values_set(row, "created", msa_text_datetime(pool, ticket->created_at));
    msa_values_set(row, "used", msa_text_datetime(pool, ticket->used_at));
    msa_values_set(row, "expires", msa_text_datetime(pool, ticket->expires_at));
    msa_values_set(row, "current", is_current ? "true" : NULL);
    return json_pack("{sI so so ss ss so sb}", "id", (json_int_t)ticket->id, "agent",
                     json_text(ticket->agent), "address", json_text(ticket->address), "created_at",
                     msa_text_datetime(pool, ticket->created_at), "used_at",
                     msa_text_datetime(pool, ticket->used_at), "expires_at",
                     json_text(msa_text_datetime(pool, ticket->expires_at)), "current", is_current);
}

static msa_outcome_t add_tickets(msa_page_t *page, const char *name, msa_purpose_t purpose)
{
    apr_array_header_t *tickets = NULL;
    json_t *list;
    msa_outcome_t outcome =
        msa_sessions_list(page->ctx, page->identity->user_id, purpose, &tickets);
    if (outcome != MSA_OK)
        return outcome;
    list = json_array();
    for (int i = 0; i < tickets->nelts; i++)
        json_array_append_new(
            list, add_ticket(page, name, APR_ARRAY_IDX(tickets, i, const msa_ticket_t *)));
    json_object_set_new(page->extras, name, list);
    return MSA_OK;
}

/* Anyone who was given the account by an email change is to know whose it can become again. */
static msa_outcome_t add_former(msa_page_t *page)
{
    apr_pool_t *pool = page->ctx->pool;
    apr_array_header_t *former = NULL;
    json_t *list;
    msa_user_t *user = NULL;
    msa_outcome_t outcome = msa_identity_user(page->ctx, page->identity, &user);
    if (outcome == MSA_OK || outcome == MSA_NOT_FOUND)
        outcome = msa_former_list(page->ctx, user, &former);
    if (outcome != MSA_OK)
        return outcome;
    list = json_array();
    for (int i = 0; i < former->nelts; i++) {
        const msa_former_t *entry = &APR_ARRAY_IDX(former, i, msa_former_t);
        const char *until = entry->until ? msa_text_datetime(pool, entry->until) : NULL;
        msa_values_t *row = msa_values_add_row(page->values, "former_addresses");
        msa_values_set(row, "address", entry->address);
        msa_values_set(row, "until", until);
        json_array_append_new(
            list, json_pack("{ss so}", "address", entry->address, "until", json_text(until)));
    }
    json_object_set_new(page->extras, "former_addresses", list);
    return MSA_OK;
}

static void add_identity(msa_page_t *page)
{
    const msa_identity_t *identity = page->identity;
    msa_values_set(page->values, "email", identity->email);
    msa_values_set(page->values, "username", identity->username);
    msa_values_set(page->values, "roles", apr_array_pstrcat(page->ctx->pool, identity->roles, ','));
    msa_values_set(page->values, "confirmed", identity->is_confirmed ? "true" : NULL);
    json_object_set_new(page->extras, "email", json_string(identity->email));
    json_object_set_new(page->extras, "username", json_text(identity->username));
    json_object_set_new(page->extras, "confirmed", json_boolean(identity->is_confirmed));
    json_object_set_new(page->extras, "roles", msa_json_texts(identity->roles));
    json_object_set_new(page->extras, "permissions", msa_json_texts(identity->permissions));
    msa_answer_user(page, identity->user_id, NULL);
}

void serve_account_form(msa_page_t *page)
{
    if (add_tickets(page, "sessions", MSA_PURPOSE_SESSION) != MSA_OK ||
        add_tickets(page, "tokens", MSA_PURPOSE_TOKEN) != MSA_OK || add_former(page) != MSA_OK) {
        msa_answer_outcome(page, MSA_BROKEN);
        return;
    }
    add_identity(page);
    msa_answer_form(page, "account");
}

/* `end` names one session or token by its number, or all `others`. */
static msa_outcome_t end(msa_page_t *page)
{
    msa_signin_t signin = {0};
    msa_outcome_t outcome;
    apr_int64_t id = msa_page_number(page, "end");
    const char *what = id ? NULL : msa_page_field(page, "end");
    if (id)
        return msa_sessions_end(page->ctx, page->identity->user_id, id);
    if (!what || strcmp(what, "others") != 0)
        return MSA_INVALID_SESSION_NUMBER;
    outcome = msa_sessions_end_others(page->ctx, page->identity, &signin);
    msa_answer_renewed(page, &signin);
    return outcome;
}

void serve_account(msa_page_t *page)
{
    msa_outcome_t outcome = end(page);
    if (outcome != MSA_OK)
        msa_answer_outcome(page, outcome);
    else
        msa_answer_done(page, msa_page_path(page, page->ctx->settings->account_url),
                        MSA_SESSION_ENDED);
}
