/* SPDX-License-Identifier: Apache-2.0 */
/* Turns the secret of a ticket into an identity: the user with the roles and permissions that the
 * ticket grants, and how fresh the proof is. */

#include "identity.h"
#include "policy.h"
#include "scope.h"
#include "ticket.h"

#include "../base/require.h"
#include "../base/text.h"
#include "../store/roles.h"

#include <string.h>

#include <apr_strings.h>

/* How often a ticket's use is written down; more often for a session with a short idle limit. */
#define TOUCH_INTERVAL      apr_time_from_sec(60)
#define TOUCHES_WITHIN_IDLE 8

static void add_once(apr_array_header_t *names, const char *name)
{
    for (int i = 0; i < names->nelts; i++) {
        if (strcmp(APR_ARRAY_IDX(names, i, const char *), name) == 0)
            return;
    }
    APR_ARRAY_PUSH(names, const char *) = name;
}

static msa_identity_t *identity_make(msa_context_t *ctx, const msa_user_t *user)
{
    msa_identity_t *identity = apr_pcalloc(ctx->pool, sizeof(*identity));
    identity->user_id = user->id;
    identity->email = user->email;
    identity->username = user->username;
    identity->fs_uniquifier = user->fs_uniquifier;
    identity->is_confirmed = user->confirmed_at != 0;
    identity->audience = "";
    identity->method = "";
    return identity;
}

/* A name with a comma could pass for two in SECURITY_ROLES, so it grants nothing. */
static void add_role(msa_context_t *ctx, const msa_role_t *role, apr_array_header_t *roles,
                     apr_array_header_t *permissions)
{
    apr_array_header_t *words;
    if (msa_policy_is_name(role->name))
        add_once(roles, role->name);
    if (!role->permissions)
        return;
    words = msa_text_words(ctx->pool, role->permissions, ",");
    for (int i = 0; i < words->nelts; i++) {
        const char *permission = APR_ARRAY_IDX(words, i, const char *);
        if (msa_policy_is_name(permission))
            add_once(permissions, permission);
    }
}

msa_outcome_t msa_identity_of_user(msa_context_t *ctx, const msa_user_t *user,
                                   msa_identity_t **identity)
{
    msa_identity_t *made = identity_make(ctx, user);
    apr_array_header_t *names = apr_array_make(ctx->pool, 4, sizeof(const char *));
    apr_array_header_t *permissions = apr_array_make(ctx->pool, 4, sizeof(const char *));
    apr_array_header_t *roles = NULL;
    if (msa_roles_of_user(ctx->db, ctx->pool, user->id, &roles) != APR_SUCCESS)
        return MSA_BROKEN;
    for (int i = 0; i < roles->nelts; i++)
        add_role(ctx, APR_ARRAY_IDX(roles, i, msa_role_t *), names, permissions);
    made->roles = made->held_roles = names;
    made->permissions = made->held_permissions = permissions;
    *identity = made;
    return MSA_OK;
}

msa_outcome_t msa_identity_user(msa_context_t *ctx, const msa_identity_t *identity,
                                msa_user_t **user)
{
    return msa_context_outcome(msa_user_by_id(ctx->db, ctx->pool, identity->user_id, user));
}

static const char *method_of(const msa_ticket_t *ticket, msa_purpose_t purpose)
{
    if (purpose != MSA_PURPOSE_SESSION)
        return "token";
    return ticket->detail && strcmp(ticket->detail, MSA_SESSION_REMEMBERED) == 0
               ? MSA_SESSION_REMEMBERED
               : "session";
}

static msa_purpose_t purpose_of(const msa_ticket_t *ticket)
{
    if (strcmp(ticket->purpose, msa_purpose_name(MSA_PURPOSE_SESSION)) == 0)
        return MSA_PURPOSE_SESSION;
    return strcmp(ticket->purpose, msa_purpose_name(MSA_PURPOSE_TOKEN)) == 0 ? MSA_PURPOSE_TOKEN
                                                                             : MSA_PURPOSE_PERSONAL;
}

static void add_ticket(msa_context_t *ctx, msa_identity_t *identity, const msa_ticket_t *ticket)
{
    identity->purpose = purpose_of(ticket);
    identity->ticket_id = ticket->id;
    memcpy(identity->digest, ticket->digest, sizeof(identity->digest));
    identity->method = method_of(ticket, identity->purpose);
    identity->family = ticket->family;
    identity->audience = ticket->audience;
    identity->issued_at = ticket->created_at;
    identity->fresh_at = ticket->fresh_at;
    identity->expires_at = ticket->expires_at ? ticket->expires_at : APR_INT64_MAX;
    if (identity->purpose == MSA_PURPOSE_PERSONAL)
        msa_scope_restrict(ctx->pool, ticket->detail, identity);
}

msa_ticket_t msa_identity_ticket(const msa_identity_t *identity)
{
    msa_ticket_t ticket = {.id = identity->ticket_id,
                           .purpose = msa_purpose_name(identity->purpose),
                           .user_id = identity->user_id};
    memcpy(ticket.digest, identity->digest, sizeof(ticket.digest));
    return ticket;
}

/* The prefix tells the two spellings apart, so that neither passes for the other. */
static const char *strip_prefix(const msa_context_t *ctx, const char *secret, unsigned *purposes)
{
    unsigned personal = ctx->settings->is_tokens_enabled ? 1u << MSA_PURPOSE_PERSONAL : 0;
    if (msa_ticket_is_personal(secret)) {
        *purposes &= personal;
        return secret + strlen(MSA_PERSONAL_PREFIX);
    }
    *purposes &= ~(1u << MSA_PURPOSE_PERSONAL);
    return secret;
}

static apr_interval_time_t touch_interval(const msa_settings_t *settings)
{
    apr_interval_time_t share = settings->session_idle / TOUCHES_WITHIN_IDLE;
    return share < TOUCH_INTERVAL ? share : TOUCH_INTERVAL;
}

msa_outcome_t msa_identity_by_secret(msa_context_t *ctx, const char *secret, unsigned purposes,
                                     msa_identity_t **identity)
{
    MSA_REQUIRE(secret);
    msa_ticket_t *ticket = NULL;
    msa_user_t *user = NULL;
    msa_identity_t *made = NULL;
    msa_outcome_t outcome;

    secret = strip_prefix(ctx, secret, &purposes);
    outcome = msa_ticket_inspect(ctx, secret, purposes, false, &ticket, &user);
    if (outcome != MSA_OK)
        return outcome == MSA_BROKEN ? MSA_BROKEN : MSA_UNAUTHENTICATED;
    if (purpose_of(ticket) == MSA_PURPOSE_SESSION &&
        ctx->now - ticket->used_at > ctx->settings->session_idle)
        return MSA_UNAUTHENTICATED;
    outcome = msa_identity_of_user(ctx, user, &made);
    if (outcome != MSA_OK)
        return outcome;
    add_ticket(ctx, made, ticket);
    if (ctx->now - ticket->used_at >= touch_interval(ctx->settings))
        msa_ticket_touch(ctx->db, ctx->pool, ticket->id, ctx->address, ctx->agent, ctx->now);
    *identity = made;
    return MSA_OK;
}

bool msa_identity_is_fresh(const msa_context_t *ctx, const msa_identity_t *identity,
                           apr_interval_time_t within)
{
    /* Basic without a ticket carries the password itself. */
    if (within < 0 || (!identity->ticket_id && !identity->is_from_flask))
        return true;
    return identity->fresh_at && ctx->now - identity->fresh_at < within;
}
