/* SPDX-License-Identifier: Apache-2.0 */
/* The page of personal access tokens: makes, lists and revokes them. */

#include "serve.h"

#include "../base/json.h"
#include "../base/text.h"
#include "../base/text_time.h"
#include "../identity/token.h"

#include <string.h>

#include <apr_strings.h>

#include "face.h"
#include "fault.h"
#include "next.h"
#include "reply.h"
#include "request.h"

#define ROLE_PREFIX       "role:"
#define PERMISSION_PREFIX "permission:"
#define FLAG_PREFIX       "scope."

/** What a new token may do: two lists of names. */
typedef struct scope_t {
    const msa_page_t *page;
    apr_array_header_t *roles;
    apr_array_header_t *permissions;
} scope_t;

static json_t *json_time(apr_pool_t *pool, apr_time_t time)
{
    return time ? json_string(msa_text_datetime(pool, time)) : json_null();
}

static const char *scope_text(apr_pool_t *pool, const msa_personal_token_t *token)
{
    apr_array_header_t *all = apr_array_append(pool, token->roles, token->permissions);
    return apr_array_pstrcat(pool, all, ' ');
}

static json_t *json_token(apr_pool_t *pool, const msa_personal_token_t *token)
{
    return json_pack("{sI ss so so so so so so}", "id", (json_int_t)token->id, "name", token->name,
                     "roles", msa_json_texts(token->roles), "permissions",
                     msa_json_texts(token->permissions), "created_at",
                     json_time(pool, token->created_at), "expires_at",
                     json_time(pool, token->expires_at), "used_at", json_time(pool, token->used_at),
                     "address", token->address ? json_string(token->address) : json_null());
}

static void add_token(msa_page_t *page, json_t *list, const msa_personal_token_t *token)
{
    apr_pool_t *pool = page->ctx->pool;
    msa_values_t *row = msa_values_add_row(page->values, "tokens");
    msa_values_set(row, "id", apr_psprintf(pool, "%" APR_INT64_T_FMT, token->id));
    msa_values_set(row, "name", token->name);
    msa_values_set(row, "scope", scope_text(pool, token));
    msa_values_set(row, "created", msa_text_datetime(pool, token->created_at));
    msa_values_set(row, "expires", msa_text_datetime(pool, token->expires_at));
    msa_values_set(row, "used", msa_text_datetime(pool, token->used_at));
    msa_values_set(row, "address", token->address);
    json_array_append_new(list, json_token(pool, token));
}

static void add_scopes(msa_page_t *page, const apr_array_header_t *names, const char *prefix)
{
    for (int i = 0; i < names->nelts; i++) {
        const char *name =
            apr_pstrcat(page->ctx->pool, prefix, APR_ARRAY_IDX(names, i, const char *), NULL);
        msa_values_t *row = msa_values_add_row(page->values, "scopes");
        msa_values_set(row, "name", name);
        msa_values_set(row, "field", apr_pstrcat(page->ctx->pool, FLAG_PREFIX, name, NULL));
    }
}

static void answer_list(msa_page_t *page)
{
    apr_array_header_t *tokens = NULL;
    json_t *list = json_array();
    if (msa_token_list(page->ctx, page->identity->user_id, &tokens) != MSA_OK) {
        json_decref(list);
        msa_answer_outcome(page, MSA_BROKEN);
        return;
    }
    for (int i = 0; i < tokens->nelts; i++)
        add_token(page, list, APR_ARRAY_IDX(tokens, i, const msa_personal_token_t *));
    json_object_set_new(page->extras, "tokens", list);
    add_scopes(page, page->identity->roles, ROLE_PREFIX);
    add_scopes(page, page->identity->permissions, PERMISSION_PREFIX);
    msa_answer_form(page, "tokens");
}

void serve_tokens_form(msa_page_t *page)
{
    answer_list(page);
}

static bool add_name(scope_t *scope, const char *name)
{
    if (strncmp(name, ROLE_PREFIX, strlen(ROLE_PREFIX)) == 0)
        APR_ARRAY_PUSH(scope->roles, const char *) = name + strlen(ROLE_PREFIX);
    else if (strncmp(name, PERMISSION_PREFIX, strlen(PERMISSION_PREFIX)) == 0)
        APR_ARRAY_PUSH(scope->permissions, const char *) = name + strlen(PERMISSION_PREFIX);
    else
        return false;
    return true;
}

/* The page has a checkbox `scope.role:editor` for each; programs send `scope`, a text of words. */
static int add_checkbox(void *baton, const char *name, const char *value)
{
    scope_t *scope = baton;
    (void)value;
    if (strncmp(name, FLAG_PREFIX, strlen(FLAG_PREFIX)) == 0 && msa_page_flag(scope->page, name))
        return add_name(scope, name + strlen(FLAG_PREFIX));
    return 1;
}

static bool read_scope(const msa_page_t *page, scope_t *scope)
{
    apr_pool_t *pool = page->ctx->pool;
    const char *text = msa_page_field(page, "scope");
    apr_array_header_t *words = msa_text_words(pool, text ? text : "", " ");
    scope->page = page;
    scope->roles = apr_array_make(pool, 4, sizeof(const char *));
    scope->permissions = apr_array_make(pool, 4, sizeof(const char *));
    for (int i = 0; i < words->nelts; i++) {
        if (!add_name(scope, APR_ARRAY_IDX(words, i, const char *)))
            return false;
    }
    return apr_table_do(add_checkbox, scope, page->fields, NULL) &&
           apr_table_do(add_checkbox, scope, page->others, NULL);
}

static msa_outcome_t create(msa_page_t *page)
{
    const char *name = msa_page_field(page, "name");
    const char *expires = msa_page_field(page, "expires");
    apr_interval_time_t lifetime = MSA_TOKEN_LIFETIME;
    const char *secret = NULL;
    scope_t scope;
    msa_user_t *user = NULL;
    msa_personal_token_t *token = NULL;
    msa_outcome_t outcome;

    if (msa_text_is_blank(name))
        msa_page_fault_plain(page, "name", MSA_FIELD_REQUIRED);
    else if (!msa_text_is_clean(name) || strlen(name) > 80)
        msa_page_fault_plain(page, "name", MSA_INVALID_TOKEN_NAME);
    if (expires && *expires &&
        (msa_text_duration_parse(expires, &lifetime) != APR_SUCCESS || !lifetime))
        msa_page_fault_plain(page, "expires", MSA_INVALID_TOKEN_LIFETIME);
    if (!read_scope(page, &scope))
        msa_page_fault_plain(page, "scope", MSA_INVALID_TOKEN_SCOPE);
    if (page->faults->nelts)
        return MSA_API_ERROR;
    outcome = msa_identity_user(page->ctx, page->identity, &user);
    if (outcome == MSA_OK)
        outcome = msa_token_create(page->ctx, user, name, scope.roles, scope.permissions, lifetime,
                                   &secret, &token);
    if (outcome == MSA_OK) {
        msa_values_set(page->values, "new_token", secret);
        json_object_set_new(page->extras, "token", json_token(page->ctx->pool, token));
        json_object_set_new(page->extras, "secret", json_string(secret));
    } else if (!msa_page_is_over(outcome)) {
        msa_page_fault_plain(page, "scope", outcome);
    }
    return outcome;
}

static msa_outcome_t revoke_or_create(msa_page_t *page, apr_int64_t id)
{
    if (id)
        return msa_token_revoke(page->ctx, page->identity->user_id, id);
    return msa_page_field(page, "revoke") ? MSA_NOT_FOUND : create(page);
}

void serve_tokens(msa_page_t *page)
{
    apr_int64_t id = msa_page_number(page, "revoke");
    msa_outcome_t outcome = revoke_or_create(page, id);
    if (msa_page_is_over(outcome) || outcome == MSA_NOT_FOUND) {
        msa_answer_outcome(page, outcome);
    } else if (outcome == MSA_OK && id) {
        msa_answer_done(page, msa_page_path(page, page->ctx->settings->tokens_url),
                        MSA_TOKEN_REVOKED);
    } else {
        /* The only answer that shows the secret, which is not to be had anywhere else. */
        if (outcome == MSA_OK)
            msa_face_notice(page, MSA_TOKEN_CREATED);
        answer_list(page);
    }
}
