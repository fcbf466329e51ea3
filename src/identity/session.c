/* SPDX-License-Identifier: Apache-2.0 */
/* Starts, renews and drops what one sign-in hands out: the session, its remember cookie, its
 * tokens. Together they are a family. */

#include "session.h"
#include "audit.h"
#include "device.h"
#include "ticket.h"
#include "unit.h"

#include "../base/require.h"

#include <string.h>

#include <apr_strings.h>

msa_outcome_t msa_session_end_family(msa_context_t *ctx, apr_int64_t user_id, const char *family)
{
    apr_status_t status = msa_ticket_delete_family(ctx->db, ctx->pool, user_id, family, 0);
    return status == APR_NOTFOUND ? MSA_OK : msa_context_outcome(status);
}

/* A password has nothing to end, and a personal token belongs to no sign-in. */
static bool is_of_signin(const msa_identity_t *identity)
{
    return identity && identity->ticket_id && identity->purpose != MSA_PURPOSE_PERSONAL;
}

msa_outcome_t msa_session_drop(msa_context_t *ctx, const msa_identity_t *previous)
{
    msa_ticket_t ticket;
    apr_status_t status;
    if (!is_of_signin(previous))
        return MSA_OK;
    if (msa_user_wait(ctx, previous->user_id) != MSA_OK)
        return MSA_BROKEN;
    if (previous->family)
        return msa_session_end_family(ctx, previous->user_id, previous->family);
    ticket = msa_identity_ticket(previous);
    status = msa_ticket_delete(ctx->db, ctx->pool, &ticket);
    return status == APR_NOTFOUND ? MSA_OK : msa_context_outcome(status);
}

void msa_session_identity(const msa_user_t *user, const msa_ticket_t *ticket,
                          msa_identity_t *identity)
{
    identity->ticket_id = ticket->id;
    memcpy(identity->digest, ticket->digest, sizeof(identity->digest));
    identity->purpose = MSA_PURPOSE_SESSION;
    identity->method = ticket->detail ? MSA_SESSION_REMEMBERED : "session";
    identity->family = ticket->family;
    identity->audience = ticket->audience;
    identity->is_confirmed = user->confirmed_at != 0;
    identity->issued_at = ticket->created_at;
    identity->fresh_at = ticket->fresh_at;
    identity->expires_at = ticket->expires_at;
}

msa_outcome_t msa_session_remember(msa_context_t *ctx, const msa_user_t *user, const char *family,
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
    msa_ticket_order_t order = {.purpose = MSA_PURPOSE_SESSION, .fresh_at = fresh_at};
    msa_outcome_t outcome;
    order.family = msa_context_random_hex(ctx, 16);
    if (!order.family)
        return MSA_BROKEN;
    outcome = msa_user_claim(ctx, user);
    if (outcome == MSA_OK)
        outcome = msa_session_drop(ctx, previous);
    if (outcome == MSA_OK && ctx->settings->is_trackable)
        outcome = msa_context_outcome(
            msa_user_track(ctx->db, ctx->pool, user->id, ctx->address, ctx->now));
    if (outcome == MSA_OK)
        outcome = msa_ticket_issue(ctx, user, &order, &signin->session, ticket);
    if (outcome == MSA_OK && remember)
        outcome =
            msa_session_remember(ctx, user, order.family, ctx->settings->remember_lifetime, signin);
    if (outcome == MSA_OK)
        outcome = msa_device_note(ctx, user, signin);
    return outcome;
}

msa_outcome_t msa_signin_start(msa_context_t *ctx, const msa_user_t *user, bool remember,
                               bool is_fresh, const msa_identity_t *previous, msa_signin_t *signin)
{
    MSA_REQUIRE(user && signin);
    msa_identity_t *identity = NULL;
    msa_signin_t made = {0};
    msa_ticket_t *ticket = NULL;
    msa_unit_t unit = msa_unit_make(ctx);
    msa_outcome_t outcome = msa_identity_of_user(ctx, user, &identity);
    if (outcome != MSA_OK)
        return outcome;
    /* A program's token stays when the program signs in by other means. */
    if (previous && previous->purpose != MSA_PURPOSE_SESSION)
        previous = NULL;
    while (msa_unit_begin(&unit)) {
        made = (msa_signin_t){.identity = identity};
        msa_unit_end(&unit, write_signin(ctx, user, remember, is_fresh ? ctx->now : 0, previous,
                                         &made, &ticket));
    }
    msa_audit(ctx, "login", unit.outcome, user->id, user->email);
    if (unit.outcome != MSA_OK)
        return unit.outcome;
    msa_session_identity(user, ticket, identity);
    *signin = made;
    return MSA_OK;
}

bool msa_signin_is_session(const msa_identity_t *identity)
{
    return identity->ticket_id && identity->purpose == MSA_PURPOSE_SESSION;
}

msa_outcome_t msa_signin_renew(msa_context_t *ctx, const msa_identity_t *identity, bool is_proved,
                               msa_signin_t *signin)
{
    msa_ticket_t ticket = {.id = identity->ticket_id, .user_id = identity->user_id};
    msa_user_t user = {0};
    msa_signin_t made = {0};
    msa_outcome_t outcome = msa_ticket_claim(ctx, &ticket, &user);
    if (outcome == MSA_OK) {
        ticket.used_at = ctx->now;
        ticket.fresh_at = is_proved ? ctx->now : ticket.fresh_at;
        outcome = msa_ticket_replace(ctx, &ticket, &made.session);
    }
    if (outcome != MSA_OK)
        return outcome == MSA_NOT_FOUND ? MSA_UNAUTHENTICATED : outcome;
    made.identity = apr_pmemdup(ctx->pool, identity, sizeof(*identity));
    made.identity->ticket_id = ticket.id;
    made.identity->fresh_at = ticket.fresh_at;
    memcpy(made.identity->digest, ticket.digest, sizeof(ticket.digest));
    *signin = made;
    return MSA_OK;
}

/* A sign-in that has ended since it was proved must not live on as a token. */
static msa_outcome_t claim_signin(msa_context_t *ctx, const msa_user_t *user,
                                  const msa_identity_t *identity)
{
    msa_ticket_t *found = NULL;
    msa_outcome_t outcome = msa_user_claim(ctx, user);
    if (outcome != MSA_OK || !is_of_signin(identity))
        return outcome;
    outcome = msa_context_outcome(msa_ticket_hold(ctx->db, ctx->pool, identity->ticket_id, &found));
    return outcome == MSA_NOT_FOUND ? MSA_UNAUTHENTICATED : outcome;
}

msa_outcome_t msa_signin_token(msa_context_t *ctx, const msa_user_t *user,
                               const msa_identity_t *identity, apr_time_t fresh_at,
                               const char **token)
{
    msa_ticket_order_t order = {.purpose = MSA_PURPOSE_TOKEN, .fresh_at = fresh_at};
    const char *secret = NULL;
    msa_unit_t unit = msa_unit_make(ctx);
    order.family = is_of_signin(identity) ? identity->family : NULL;
    while (msa_unit_begin(&unit)) {
        msa_outcome_t outcome = claim_signin(ctx, user, identity);
        if (outcome == MSA_OK)
            outcome = msa_ticket_issue(ctx, user, &order, &secret, NULL);
        msa_unit_end(&unit, outcome);
    }
    if (unit.outcome == MSA_OK)
        *token = secret;
    return unit.outcome;
}
