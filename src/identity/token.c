/* SPDX-License-Identifier: Apache-2.0 */
/* Personal access tokens, which users make for their programs: what each may do, how long it lives,
 * and who may list and revoke it. */

#include "token.h"
#include "audit.h"
#include "scope.h"
#include "ticket.h"
#include "unit.h"

#include "../base/json.h"
#include "../base/text.h"

#include <string.h>

#include <apr_strings.h>

#define NAME_BYTES_MAX 80

static msa_personal_token_t *token_of(apr_pool_t *pool, const msa_ticket_t *ticket)
{
    msa_scope_t scope = msa_scope_read(pool, ticket->detail);
    msa_personal_token_t *token = apr_pcalloc(pool, sizeof(*token));
    token->id = ticket->id;
    token->name = scope.name;
    token->roles = scope.roles;
    token->permissions = scope.permissions;
    token->created_at = ticket->created_at;
    token->expires_at = ticket->expires_at;
    token->used_at = ticket->used_at;
    /* Before its first use, the address is the one it was made from. */
    token->address = ticket->used_at ? ticket->address : NULL;
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
                                 const msa_scope_t *scope)
{
    msa_identity_t *identity = NULL;
    msa_outcome_t outcome = msa_identity_of_user(ctx, user, &identity);
    if (outcome != MSA_OK)
        return outcome;
    return msa_scope_is_within(scope, identity) ? MSA_OK : MSA_TOKEN_SCOPE_EXCEEDED;
}

/* A program that has worked for months must not fail because of a new token: the new one is
 * refused. */
static msa_outcome_t check_token_count(msa_context_t *ctx, const msa_user_t *user)
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
    /* Safe to run again: a token is worth nothing before its secret is shown. */
    while (msa_unit_begin(&unit)) {
        msa_outcome_t outcome = msa_user_claim(ctx, user);
        if (outcome == MSA_OK)
            outcome = check_token_count(ctx, user);
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
    msa_scope_t scope = {.name = name, .roles = roles, .permissions = permissions};
    msa_ticket_t *ticket = NULL;
    const char *characters = NULL;
    msa_outcome_t outcome = MSA_API_ERROR;
    if (is_valid(name, lifetime))
        order.detail = msa_scope_pack(ctx->pool, &scope);
    if (order.detail)
        outcome = check_scope(ctx, user, &scope);
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

/* Leaves `*ticket` alone when the user has no such token. */
static msa_outcome_t find_token(msa_context_t *ctx, apr_int64_t user_id, apr_int64_t id,
                                msa_purpose_t purpose, const msa_ticket_t **ticket)
{
    apr_array_header_t *tickets = NULL;
    msa_outcome_t outcome = list_tickets(ctx, user_id, purpose, &tickets);
    if (outcome == MSA_OK)
        *ticket = msa_ticket_pick(tickets, id);
    return outcome;
}

msa_outcome_t msa_token_revoke(msa_context_t *ctx, apr_int64_t user_id, apr_int64_t id)
{
    const msa_ticket_t *ticket = NULL;
    msa_outcome_t outcome = find_token(ctx, user_id, id, MSA_PURPOSE_PERSONAL, &ticket);
    if (outcome == MSA_OK && !ticket)
        outcome = find_token(ctx, user_id, id, MSA_PURPOSE_TOKEN, &ticket);
    if (outcome == MSA_OK)
        outcome = ticket ? write_end(ctx, ticket) : MSA_NOT_FOUND;
    msa_audit(ctx, "token-revoked", outcome, user_id, NULL);
    return outcome;
}
