/* SPDX-License-Identifier: Apache-2.0 */
#include "account.h"

#include "../base/json.h"
#include "../base/text.h"

#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>
#include <jansson.h>

#define DETAIL_BYTES_MAX 1000
#define NAME_BYTES_MAX   80

/* Names are few and the same for all of a user; a longer list is cut by DETAIL_BYTES_MAX. */
static bool has(const apr_array_header_t *names, const char *name)
{
    for (int i = 0; names && i < names->nelts; i++) {
        if (strcmp(APR_ARRAY_IDX(names, i, const char *), name) == 0)
            return true;
    }
    return false;
}

static bool is_subset(const apr_array_header_t *names, const apr_array_header_t *of)
{
    for (int i = 0; names && i < names->nelts; i++) {
        if (!has(of, APR_ARRAY_IDX(names, i, const char *)))
            return false;
    }
    return true;
}

/* NULL when it would be longer than its column. */
static const char *detail_of(apr_pool_t *pool, const char *name, const apr_array_header_t *roles,
                             const apr_array_header_t *permissions)
{
    json_t *scope = json_pack("{ss so so}", "name", name, "roles", msa_json_texts(roles),
                              "permissions", msa_json_texts(permissions));
    char *text = scope ? json_dumps(scope, JSON_COMPACT) : NULL;
    const char *detail = text && strlen(text) <= DETAIL_BYTES_MAX ? apr_pstrdup(pool, text) : NULL;
    free(text);
    json_decref(scope);
    return detail;
}

static apr_array_header_t *names_in(apr_pool_t *pool, const json_t *scope, const char *key)
{
    const json_t *list = json_object_get(scope, key);
    apr_array_header_t *names = apr_array_make(pool, 4, sizeof(const char *));
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *name = json_string_value(json_array_get(list, i));
        if (name)
            APR_ARRAY_PUSH(names, const char *) = apr_pstrdup(pool, name);
    }
    return names;
}

static const apr_array_header_t *common(apr_pool_t *pool, const apr_array_header_t *names,
                                        const apr_array_header_t *allowed)
{
    apr_array_header_t *kept = apr_array_make(pool, 4, sizeof(const char *));
    for (int i = 0; names && i < names->nelts; i++) {
        const char *name = APR_ARRAY_IDX(names, i, const char *);
        if (has(allowed, name))
            APR_ARRAY_PUSH(kept, const char *) = name;
    }
    return kept;
}

/* A detail that cannot be read allows nothing. */
void msa_token_restrict(apr_pool_t *pool, const char *detail, msa_identity_t *identity)
{
    json_t *scope = detail ? json_loads(detail, JSON_REJECT_DUPLICATES, NULL) : NULL;
    identity->roles = common(pool, identity->roles, names_in(pool, scope, "roles"));
    identity->permissions =
        common(pool, identity->permissions, names_in(pool, scope, "permissions"));
    json_decref(scope);
}

static msa_personal_token_t *token_of(apr_pool_t *pool, const msa_ticket_t *ticket)
{
    json_t *scope =
        ticket->detail ? json_loads(ticket->detail, JSON_REJECT_DUPLICATES, NULL) : NULL;
    msa_personal_token_t *token = apr_pcalloc(pool, sizeof(*token));
    const char *name = json_string_value(json_object_get(scope, "name"));
    token->id = ticket->id;
    token->name = name ? apr_pstrdup(pool, name) : "";
    token->roles = names_in(pool, scope, "roles");
    token->permissions = names_in(pool, scope, "permissions");
    token->created_at = ticket->created_at;
    token->expires_at = ticket->expires_at;
    token->used_at = ticket->used_at;
    /* Before its first use the address is the one that it was made from. */
    token->address = ticket->used_at ? ticket->address : NULL;
    json_decref(scope);
    return token;
}

static msa_outcome_t list_tickets(msa_context_t *ctx, apr_int64_t user_id, msa_purpose_t purpose,
                                  apr_array_header_t **tickets)
{
    return msa_context_outcome(msa_ticket_list(
        ctx->db, ctx->pool, user_id, msa_purpose_name(purpose), MSA_TOKENS_READ, tickets));
}

/* Neither expired nor made before the password was changed, here or by another program. */
static msa_outcome_t list_live(msa_context_t *ctx, const msa_user_t *user,
                               apr_array_header_t **tickets)
{
    apr_array_header_t *all = NULL;
    apr_array_header_t *live = apr_array_make(ctx->pool, 8, sizeof(msa_ticket_t *));
    msa_outcome_t outcome = list_tickets(ctx, user->id, MSA_PURPOSE_PERSONAL, &all);
    if (outcome != MSA_OK)
        return outcome;
    for (int i = 0; i < all->nelts && live->nelts < MSA_TOKENS_MAX; i++) {
        msa_ticket_t *ticket = APR_ARRAY_IDX(all, i, msa_ticket_t *);
        if (ticket->expires_at > ctx->now && msa_ticket_is_of(ticket, user))
            APR_ARRAY_PUSH(live, msa_ticket_t *) = ticket;
    }
    *tickets = live;
    return MSA_OK;
}

static msa_outcome_t check_scope(msa_context_t *ctx, const msa_user_t *user,
                                 const apr_array_header_t *roles,
                                 const apr_array_header_t *permissions)
{
    msa_identity_t *identity = NULL;
    msa_outcome_t outcome = msa_identity_of_user(ctx, user, &identity);
    if (outcome != MSA_OK)
        return outcome;
    if (!is_subset(roles, identity->roles) || !is_subset(permissions, identity->permissions))
        return MSA_TOKEN_SCOPE_EXCEEDED;
    return MSA_OK;
}

/* A program that works for months must not fail for a new one: here the new one is refused. */
static msa_outcome_t check_count(msa_context_t *ctx, const msa_user_t *user)
{
    apr_array_header_t *tickets = NULL;
    msa_outcome_t outcome = list_live(ctx, user, &tickets);
    if (outcome == MSA_OK && tickets->nelts >= MSA_TOKENS_MAX)
        return MSA_TOO_MANY_TOKENS;
    return outcome;
}

static msa_outcome_t issue(msa_context_t *ctx, const msa_user_t *user, msa_ticket_order_t *order,
                           const char **secret, msa_ticket_t **ticket)
{
    apr_interval_time_t longest = ctx->settings->personal_token_max_age;
    msa_unit_t unit = msa_unit_make(ctx);
    order->purpose = MSA_PURPOSE_PERSONAL;
    if (longest > 0 && order->lifetime > longest)
        order->lifetime = longest;
    /* A token without the answer that shows its secret is none. */
    while (msa_unit_begin(&unit)) {
        msa_outcome_t outcome = msa_user_claim(ctx, user);
        if (outcome == MSA_OK)
            outcome = check_count(ctx, user);
        if (outcome == MSA_OK)
            outcome = msa_ticket_issue(ctx, user, order, secret, ticket);
        msa_unit_end(&unit, outcome);
    }
    return unit.outcome;
}

static bool is_valid(const char *name, apr_interval_time_t lifetime)
{
    return !msa_text_is_blank(name) && strlen(name) <= NAME_BYTES_MAX && msa_text_is_clean(name) &&
           lifetime >= apr_time_from_sec(1);
}

msa_outcome_t msa_token_create(msa_context_t *ctx, const msa_user_t *user, const char *name,
                               const apr_array_header_t *roles,
                               const apr_array_header_t *permissions, apr_interval_time_t lifetime,
                               const char **secret, msa_personal_token_t **token)
{
    msa_ticket_order_t order = {.lifetime = lifetime};
    msa_ticket_t *ticket = NULL;
    const char *characters = NULL;
    msa_outcome_t outcome = MSA_API_ERROR;
    if (is_valid(name, lifetime))
        order.detail = detail_of(ctx->pool, name, roles, permissions);
    if (order.detail)
        outcome = check_scope(ctx, user, roles, permissions);
    if (outcome == MSA_OK)
        outcome = issue(ctx, user, &order, &characters, &ticket);
    msa_audit(ctx, "token-created", outcome, user->id, user->email);
    if (outcome != MSA_OK)
        return outcome;
    *secret = apr_pstrcat(ctx->pool, MSA_PERSONAL_PREFIX, characters, NULL);
    *token = token_of(ctx->pool, ticket);
    return MSA_OK;
}

msa_outcome_t msa_token_list(msa_context_t *ctx, apr_int64_t user_id, apr_array_header_t **tokens)
{
    apr_array_header_t *tickets = NULL;
    apr_array_header_t *live = apr_array_make(ctx->pool, 8, sizeof(msa_personal_token_t *));
    msa_user_t *user = NULL;
    msa_outcome_t outcome = msa_context_outcome(msa_user_by_id(ctx->db, ctx->pool, user_id, &user));
    if (outcome == MSA_OK)
        outcome = list_live(ctx, user, &tickets);
    if (outcome != MSA_OK)
        return outcome;
    for (int i = 0; i < tickets->nelts; i++)
        APR_ARRAY_PUSH(live, msa_personal_token_t *) =
            token_of(ctx->pool, APR_ARRAY_IDX(tickets, i, const msa_ticket_t *));
    *tokens = live;
    return MSA_OK;
}

static msa_outcome_t write_end(msa_context_t *ctx, const msa_ticket_t *ticket)
{
    msa_unit_t unit = msa_unit_make(ctx);
    while (msa_unit_begin(&unit)) {
        msa_outcome_t outcome = msa_user_wait(ctx, ticket->user_id);
        if (outcome == MSA_OK)
            outcome = msa_context_outcome(msa_ticket_delete(ctx->db, ctx->pool, ticket));
        msa_unit_end(&unit, outcome);
    }
    return unit.outcome;
}

/* NULL = none of the user's. */
static msa_outcome_t find(msa_context_t *ctx, apr_int64_t user_id, apr_int64_t id,
                          msa_purpose_t purpose, const msa_ticket_t **ticket)
{
    apr_array_header_t *tickets = NULL;
    msa_outcome_t outcome = list_tickets(ctx, user_id, purpose, &tickets);
    for (int i = 0; outcome == MSA_OK && i < tickets->nelts; i++) {
        const msa_ticket_t *candidate = APR_ARRAY_IDX(tickets, i, const msa_ticket_t *);
        if (candidate->id == id)
            *ticket = candidate;
    }
    return outcome;
}

msa_outcome_t msa_token_revoke(msa_context_t *ctx, apr_int64_t user_id, apr_int64_t id)
{
    const msa_ticket_t *ticket = NULL;
    msa_outcome_t outcome = find(ctx, user_id, id, MSA_PURPOSE_PERSONAL, &ticket);
    if (outcome == MSA_OK && !ticket)
        outcome = find(ctx, user_id, id, MSA_PURPOSE_TOKEN, &ticket);
    if (outcome == MSA_OK)
        outcome = ticket ? write_end(ctx, ticket) : MSA_NOT_FOUND;
    msa_audit(ctx, "token-revoked", outcome, user_id, NULL);
    return outcome;
}
