/* SPDX-License-Identifier: Apache-2.0 */
#include "account.h"

#include "../base/text.h"

#include <string.h>

#include <apr_strings.h>

#define SESSIONS_LISTED_MAX 200

/* What a session ticket notes when a remember cookie opened it, not a password. */
#define DETAIL_REMEMBER "remember"

/* Who ends tickets and who hands them out wait for each other at the user's row. */
static msa_outcome_t hold_user(msa_context_t *ctx, apr_int64_t user_id)
{
    msa_user_t *user = NULL;
    msa_outcome_t outcome = msa_context_outcome(msa_user_hold(ctx->db, ctx->pool, user_id, &user));
    return outcome == MSA_NOT_FOUND ? MSA_OK : outcome;
}

static msa_outcome_t delete_family(msa_context_t *ctx, const char *family)
{
    apr_status_t status = msa_ticket_delete_family(ctx->db, ctx->pool, family, 0);
    return status == APR_NOTFOUND ? MSA_OK : msa_context_outcome(status);
}

/* A family may have several sessions, each with a record of its own in the cache. */
static msa_outcome_t drop_previous(msa_context_t *ctx, const msa_identity_t *previous)
{
    apr_status_t status;
    if (!previous || previous->purpose != MSA_PURPOSE_SESSION || !previous->ticket_id)
        return MSA_OK;
    if (hold_user(ctx, previous->user_id) != MSA_OK)
        return MSA_BROKEN;
    status = previous->family ? msa_ticket_delete_family(ctx->db, ctx->pool, previous->family, 0)
                              : msa_ticket_delete(ctx->db, ctx->pool, previous->ticket_id);
    if (status == APR_NOTFOUND)
        return MSA_OK;
    if (status == APR_SUCCESS)
        status = msa_change_insert(ctx->db, ctx->pool, previous->user_id,
                                   previous->family ? NULL : previous->digest, ctx->now);
    return msa_context_outcome(status);
}

static void forget_previous(msa_context_t *ctx, const msa_identity_t *previous)
{
    if (!previous || previous->purpose != MSA_PURPOSE_SESSION)
        return;
    if (previous->family)
        ctx->env->user_changed(ctx->env->baton, previous->user_id);
    else
        ctx->env->ticket_changed(ctx->env->baton, previous->digest);
}

static void fill_identity(const msa_user_t *user, const msa_ticket_t *ticket,
                          msa_identity_t *identity)
{
    identity->ticket_id = ticket->id;
    memcpy(identity->digest, ticket->digest, sizeof(identity->digest));
    identity->purpose = MSA_PURPOSE_SESSION;
    identity->method = ticket->detail ? DETAIL_REMEMBER : "session";
    identity->family = ticket->family;
    identity->audience = ticket->audience;
    identity->is_confirmed = user->confirmed_at != 0;
    identity->issued_at = ticket->created_at;
    identity->fresh_at = ticket->fresh_at;
    identity->expires_at = ticket->expires_at;
}

static msa_outcome_t issue_session(msa_context_t *ctx, const msa_user_t *user, const char *family,
                                   bool is_remembered, apr_time_t fresh_at, msa_signin_t *signin,
                                   msa_ticket_t **ticket)
{
    msa_ticket_order_t order = {.purpose = MSA_PURPOSE_SESSION,
                                .family = family,
                                .detail = is_remembered ? DETAIL_REMEMBER : NULL,
                                .fresh_at = fresh_at};
    return msa_ticket_issue(ctx, user, &order, &signin->session, ticket);
}

static msa_outcome_t issue_remember(msa_context_t *ctx, const msa_user_t *user, const char *family,
                                    apr_interval_time_t lifetime, msa_signin_t *signin)
{
    msa_ticket_order_t order = {
        .purpose = MSA_PURPOSE_REMEMBER, .family = family, .lifetime = lifetime};
    signin->remember_lifetime = lifetime;
    return msa_ticket_issue(ctx, user, &order, &signin->remember, NULL);
}

static msa_outcome_t write_signin(msa_context_t *ctx, const msa_user_t *user, bool remember,
                                  apr_time_t fresh_at, const msa_identity_t *previous,
                                  msa_signin_t *signin, msa_ticket_t **ticket)
{
    const char *family = remember ? msa_context_random_hex(ctx, 16) : NULL;
    msa_outcome_t outcome;
    if (remember && !family)
        return MSA_BROKEN;
    outcome = msa_user_claim(ctx, user);
    if (outcome == MSA_OK)
        outcome = drop_previous(ctx, previous);
    if (outcome == MSA_OK && ctx->settings->is_trackable)
        outcome = msa_context_outcome(
            msa_user_track(ctx->db, ctx->pool, user->id, ctx->address, ctx->now));
    if (outcome == MSA_OK)
        outcome = issue_session(ctx, user, family, false, fresh_at, signin, ticket);
    if (outcome == MSA_OK && remember)
        outcome = issue_remember(ctx, user, family, ctx->settings->remember_lifetime, signin);
    if (outcome == MSA_OK)
        outcome = msa_device_note(ctx, user, signin);
    return outcome;
}

msa_outcome_t msa_signin_start(msa_context_t *ctx, const msa_user_t *user, bool remember,
                               bool is_fresh, const msa_identity_t *previous, msa_signin_t *signin)
{
    msa_identity_t *identity = NULL;
    msa_signin_t made = {0};
    msa_ticket_t *ticket = NULL;
    msa_unit_t unit = msa_unit_make(ctx);
    msa_outcome_t outcome = msa_identity_of_user(ctx, user, &identity);
    if (outcome != MSA_OK)
        return outcome;
    while (msa_unit_begin(&unit)) {
        made = (msa_signin_t){.identity = identity};
        msa_unit_end(&unit, write_signin(ctx, user, remember, is_fresh ? ctx->now : 0, previous,
                                         &made, &ticket));
    }
    msa_audit(ctx, "login", unit.outcome, user->id, user->email);
    if (unit.outcome != MSA_OK)
        return unit.outcome;
    forget_previous(ctx, previous);
    fill_identity(user, ticket, identity);
    *signin = made;
    return MSA_OK;
}

msa_outcome_t msa_signin_token(msa_context_t *ctx, const msa_user_t *user, apr_time_t fresh_at,
                               const char **token)
{
    msa_ticket_order_t order = {.purpose = MSA_PURPOSE_TOKEN, .fresh_at = fresh_at};
    const char *secret = NULL;
    msa_unit_t unit = msa_unit_make(ctx);
    while (msa_unit_begin(&unit))
        msa_unit_end(&unit, msa_ticket_issue(ctx, user, &order, &secret, NULL));
    if (unit.outcome == MSA_OK)
        *token = secret;
    return unit.outcome;
}

/* Whoever shows a remember cookie long after it was exchanged did not get it from us. */
static msa_outcome_t end_family(msa_context_t *ctx, const msa_ticket_t *ticket)
{
    msa_unit_t unit = msa_unit_make(ctx);
    while (msa_unit_begin(&unit)) {
        msa_outcome_t outcome = hold_user(ctx, ticket->user_id);
        if (outcome == MSA_OK)
            outcome = delete_family(ctx, ticket->family);
        msa_unit_end_change(&unit, outcome, ticket->user_id);
    }
    return unit.outcome;
}

static msa_outcome_t exchange(msa_context_t *ctx, const msa_user_t *user, const msa_ticket_t *old,
                              msa_signin_t *signin)
{
    msa_outcome_t outcome =
        msa_context_outcome(msa_ticket_spend(ctx->db, ctx->pool, old->id, ctx->now));
    if (outcome == MSA_OK)
        outcome = issue_remember(ctx, user, old->family, old->expires_at - ctx->now, signin);
    return outcome;
}

/* A parallel request exchanged it and gets the new cookie, as long as that one is out. */
static msa_outcome_t check_family(msa_context_t *ctx, const msa_ticket_t *old)
{
    apr_array_header_t *live = NULL;
    if (msa_ticket_holders(ctx->db, ctx->pool, old->family, msa_purpose_name(MSA_PURPOSE_REMEMBER),
                           ctx->now, &live) != APR_SUCCESS)
        return MSA_BROKEN;
    return live->nelts ? MSA_OK : MSA_NOT_FOUND;
}

/* Not found is what was ended after it was looked at: by a sign-out, elsewhere, or as stolen. */
static msa_outcome_t rotate(msa_context_t *ctx, msa_user_t *user, msa_ticket_t *old,
                            msa_signin_t *signin, msa_ticket_t **ticket)
{
    msa_unit_t unit = msa_unit_make(ctx);
    while (msa_unit_begin(&unit)) {
        msa_outcome_t outcome = msa_ticket_claim(ctx, old, user);
        *signin = (msa_signin_t){.identity = signin->identity};
        if (outcome == MSA_OK)
            outcome = old->spent_at ? check_family(ctx, old) : exchange(ctx, user, old, signin);
        if (outcome == MSA_OK)
            outcome = issue_session(ctx, user, old->family, true, 0, signin, ticket);
        if (outcome == MSA_NOT_FOUND)
            outcome = MSA_UNAUTHENTICATED;
        msa_unit_end(&unit, outcome);
    }
    return unit.outcome;
}

msa_outcome_t msa_signin_revive(msa_context_t *ctx, const char *remember, msa_signin_t *signin)
{
    msa_ticket_t *old = NULL, *ticket = NULL;
    msa_user_t *user = NULL;
    msa_signin_t made = {0};
    msa_outcome_t outcome =
        msa_ticket_inspect(ctx, remember, 1u << MSA_PURPOSE_REMEMBER, true, &old, &user);
    if (outcome != MSA_OK)
        return outcome == MSA_BROKEN ? MSA_BROKEN : MSA_UNAUTHENTICATED;
    if (old->spent_at && ctx->now - old->spent_at > ctx->settings->remember_grace) {
        outcome = end_family(ctx, old);
        msa_audit(ctx, "remember-replayed", MSA_UNAUTHENTICATED, user->id, user->email);
        return outcome == MSA_OK ? MSA_UNAUTHENTICATED : outcome;
    }
    /* Whoever was told after the exchange that it failed would show the spent cookie again. */
    outcome = msa_identity_of_user(ctx, user, &made.identity);
    if (outcome == MSA_OK)
        outcome = rotate(ctx, user, old, &made, &ticket);
    if (outcome != MSA_OK)
        return outcome;
    fill_identity(user, ticket, made.identity);
    msa_audit(ctx, "remember", MSA_OK, user->id, user->email);
    *signin = made;
    return MSA_OK;
}

/* `*user_id`: whose it was, if something was dropped. */
static msa_outcome_t drop_remember(msa_context_t *ctx, const char *remember, apr_int64_t *user_id)
{
    msa_ticket_t *ticket = NULL;
    msa_user_t *user = NULL;
    apr_status_t status;
    msa_outcome_t outcome =
        msa_ticket_inspect(ctx, remember, 1u << MSA_PURPOSE_REMEMBER, true, &ticket, &user);
    if (outcome == MSA_BROKEN)
        return outcome;
    if (outcome != MSA_OK)
        return MSA_OK;
    outcome = hold_user(ctx, ticket->user_id);
    if (outcome != MSA_OK)
        return outcome;
    status = msa_ticket_delete_family(ctx->db, ctx->pool, ticket->family, 0);
    if (status == APR_SUCCESS)
        *user_id = ticket->user_id;
    return status == APR_NOTFOUND ? MSA_OK : msa_context_outcome(status);
}

msa_outcome_t msa_signin_end(msa_context_t *ctx, const msa_identity_t *identity,
                             const char *remember)
{
    apr_int64_t user_id = 0; /* whose remember cookie it is */
    msa_unit_t unit = msa_unit_make(ctx);
    while (msa_unit_begin(&unit)) {
        msa_outcome_t outcome = drop_previous(ctx, identity);
        user_id = 0;
        if (outcome == MSA_OK && remember)
            outcome = drop_remember(ctx, remember, &user_id);
        if (outcome == MSA_OK && user_id)
            outcome = msa_change_note(ctx, user_id);
        msa_unit_end(&unit, outcome);
    }
    if (unit.outcome != MSA_OK)
        return unit.outcome;
    forget_previous(ctx, identity);
    if (user_id)
        ctx->env->user_changed(ctx->env->baton, user_id);
    if (identity)
        msa_audit(ctx, "logout", MSA_OK, identity->user_id, identity->email);
    return MSA_OK;
}

msa_outcome_t msa_sessions_list(msa_context_t *ctx, apr_int64_t user_id,
                                apr_array_header_t **sessions)
{
    apr_array_header_t *all = NULL;
    apr_array_header_t *live = apr_array_make(ctx->pool, 8, sizeof(msa_ticket_t *));
    msa_user_t *user = NULL;
    msa_outcome_t outcome = msa_context_outcome(msa_user_by_id(ctx->db, ctx->pool, user_id, &user));
    if (outcome != MSA_OK)
        return outcome;
    if (msa_ticket_list(ctx->db, ctx->pool, user_id, msa_purpose_name(MSA_PURPOSE_SESSION),
                        SESSIONS_LISTED_MAX, &all) != APR_SUCCESS)
        return MSA_BROKEN;
    for (int i = 0; i < all->nelts; i++) {
        msa_ticket_t *ticket = APR_ARRAY_IDX(all, i, msa_ticket_t *);
        if (msa_ticket_is_of(ticket, user) && ticket->expires_at > ctx->now &&
            ctx->now - ticket->used_at <= ctx->settings->session_idle)
            APR_ARRAY_PUSH(live, msa_ticket_t *) = ticket;
    }
    *sessions = live;
    return MSA_OK;
}

static msa_outcome_t delete_one(msa_context_t *ctx, apr_int64_t user_id, apr_int64_t ticket_id)
{
    apr_array_header_t *sessions = NULL;
    msa_outcome_t outcome = msa_sessions_list(ctx, user_id, &sessions);
    for (int i = 0; outcome == MSA_OK && i < sessions->nelts; i++) {
        const msa_ticket_t *ticket = APR_ARRAY_IDX(sessions, i, msa_ticket_t *);
        if (ticket->id != ticket_id)
            continue;
        if (ticket->family)
            return msa_context_outcome(
                msa_ticket_delete_family(ctx->db, ctx->pool, ticket->family, 0));
        return msa_context_outcome(msa_ticket_delete(ctx->db, ctx->pool, ticket_id));
    }
    return outcome == MSA_OK ? MSA_NOT_FOUND : outcome;
}

/* Remember cookies revive sessions, so they go with them; the excepted session's browser must ask
 * for a new one at its next sign-in. */
static msa_outcome_t delete_all(msa_context_t *ctx, apr_int64_t user_id, apr_int64_t except_id)
{
    apr_status_t status = msa_ticket_delete_of_user(
        ctx->db, ctx->pool, user_id, msa_purpose_name(MSA_PURPOSE_SESSION), except_id);
    if (status == APR_SUCCESS || status == APR_NOTFOUND)
        status = msa_ticket_delete_of_user(ctx->db, ctx->pool, user_id,
                                           msa_purpose_name(MSA_PURPOSE_REMEMBER), 0);
    return status == APR_NOTFOUND ? MSA_OK : msa_context_outcome(status);
}

msa_outcome_t msa_sessions_end(msa_context_t *ctx, apr_int64_t user_id, apr_int64_t ticket_id,
                               apr_int64_t except_id)
{
    msa_unit_t unit = msa_unit_make(ctx);
    while (msa_unit_begin(&unit)) {
        msa_outcome_t outcome = hold_user(ctx, user_id);
        if (outcome == MSA_OK)
            outcome = ticket_id ? delete_one(ctx, user_id, ticket_id)
                                : delete_all(ctx, user_id, except_id);
        msa_unit_end_change(&unit, outcome, user_id);
    }
    if (unit.outcome == MSA_OK)
        msa_audit(ctx, "sessions-ended", MSA_OK, user_id, NULL);
    return unit.outcome;
}
