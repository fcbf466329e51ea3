/* SPDX-License-Identifier: Apache-2.0 */
/* Lists what a user has signed in with and ends some or all of it: one's own sessions and tokens,
 * from the account page or by an administrator. */

#include "sessions.h"
#include "audit.h"
#include "session.h"
#include "ticket.h"
#include "unit.h"

/* Personal tokens are not here: they have a page of their own. */
static const msa_purpose_t PURPOSES[] = {MSA_PURPOSE_SESSION, MSA_PURPOSE_TOKEN};
#define PURPOSE_COUNT (sizeof(PURPOSES) / sizeof(PURPOSES[0]))

static bool is_session_live(const msa_context_t *ctx, const msa_ticket_t *ticket,
                            const msa_user_t *user, msa_purpose_t purpose)
{
    if (!msa_ticket_is_of(ticket, user) || (ticket->expires_at && ticket->expires_at <= ctx->now))
        return false;
    return purpose != MSA_PURPOSE_SESSION ||
           ctx->now - ticket->used_at <= ctx->settings->session_idle;
}

msa_outcome_t msa_sessions_list(msa_context_t *ctx, apr_int64_t user_id, msa_purpose_t purpose,
                                apr_array_header_t **tickets)
{
    apr_array_header_t *all = NULL;
    apr_array_header_t *live = apr_array_make(ctx->pool, 8, sizeof(msa_ticket_t *));
    msa_user_t *user = NULL;
    msa_outcome_t outcome = msa_context_outcome(msa_user_by_id(ctx->db, ctx->pool, user_id, &user));
    if (outcome != MSA_OK)
        return outcome;
    if (msa_ticket_list(ctx->db, ctx->pool, user_id, msa_purpose_name(purpose), MSA_SIGNINS_MAX,
                        &all) != APR_SUCCESS)
        return MSA_BROKEN;
    for (int i = 0; i < all->nelts; i++) {
        msa_ticket_t *ticket = APR_ARRAY_IDX(all, i, msa_ticket_t *);
        if (is_session_live(ctx, ticket, user, purpose))
            APR_ARRAY_PUSH(live, msa_ticket_t *) = ticket;
    }
    *tickets = live;
    return MSA_OK;
}

/* Leaves `*ticket` alone when the user has no such ticket. */
static msa_outcome_t find_session(msa_context_t *ctx, apr_int64_t user_id, apr_int64_t ticket_id,
                                  msa_purpose_t purpose, const msa_ticket_t **ticket)
{
    apr_array_header_t *tickets = NULL;
    msa_outcome_t outcome = msa_sessions_list(ctx, user_id, purpose, &tickets);
    if (outcome == MSA_OK)
        *ticket = msa_ticket_pick(tickets, ticket_id);
    return outcome;
}

/* A browser is signed out with all that its sign-in handed out; a token ends alone. */
static msa_outcome_t delete_one(msa_context_t *ctx, apr_int64_t user_id, apr_int64_t ticket_id)
{
    const msa_ticket_t *session = NULL, *token = NULL;
    msa_outcome_t outcome = find_session(ctx, user_id, ticket_id, MSA_PURPOSE_SESSION, &session);
    if (outcome == MSA_OK && session && session->family)
        return msa_context_outcome(
            msa_ticket_delete_family(ctx->db, ctx->pool, user_id, session->family, 0));
    if (outcome == MSA_OK && !session)
        outcome = find_session(ctx, user_id, ticket_id, MSA_PURPOSE_TOKEN, &token);
    if (outcome == MSA_OK && !session && !token)
        outcome = MSA_NOT_FOUND;
    if (outcome != MSA_OK)
        return outcome;
    return msa_context_outcome(msa_ticket_delete(ctx->db, ctx->pool, session ? session : token));
}

/* Remember cookies revive sessions, so they go with them; the browser of the session that stays
 * asks for a new one at its next sign-in. */
static msa_outcome_t delete_all(msa_context_t *ctx, apr_int64_t user_id, apr_int64_t except_id)
{
    apr_status_t status = msa_ticket_delete_of_user(ctx->db, ctx->pool, user_id,
                                                    msa_purpose_name(MSA_PURPOSE_REMEMBER), 0);
    for (size_t i = 0; i < PURPOSE_COUNT && (status == APR_SUCCESS || status == APR_NOTFOUND); i++)
        status = msa_ticket_delete_of_user(ctx->db, ctx->pool, user_id,
                                           msa_purpose_name(PURPOSES[i]), except_id);
    return status == APR_NOTFOUND ? MSA_OK : msa_context_outcome(status);
}

msa_outcome_t msa_sessions_end(msa_context_t *ctx, apr_int64_t user_id, apr_int64_t ticket_id)
{
    msa_unit_t unit = msa_unit_make(ctx);
    while (msa_unit_begin(&unit)) {
        msa_outcome_t outcome = msa_user_wait(ctx, user_id);
        if (outcome == MSA_OK)
            outcome = ticket_id ? delete_one(ctx, user_id, ticket_id) : delete_all(ctx, user_id, 0);
        msa_unit_end(&unit, outcome);
    }
    if (unit.outcome == MSA_OK)
        msa_audit(ctx, "sessions-ended", MSA_OK, user_id, NULL);
    return unit.outcome;
}

/* Where nothing else was ended, record tables forget only the session that got another secret. */
static msa_outcome_t end_others(msa_context_t *ctx, const msa_identity_t *identity,
                                msa_signin_t *signin)
{
    msa_outcome_t outcome = msa_user_wait(ctx, identity->user_id);
    if (outcome == MSA_OK)
        outcome = delete_all(ctx, identity->user_id, identity->ticket_id);
    if (outcome == MSA_OK && msa_signin_is_session(identity))
        outcome = msa_signin_renew(ctx, identity, false, signin);
    return outcome;
}

msa_outcome_t msa_sessions_end_others(msa_context_t *ctx, const msa_identity_t *identity,
                                      msa_signin_t *signin)
{
    msa_signin_t made = *signin;
    msa_unit_t unit = msa_unit_make(ctx);
    while (msa_unit_begin(&unit))
        msa_unit_end(&unit, end_others(ctx, identity, &made));
    if (unit.outcome != MSA_OK)
        return unit.outcome;
    msa_audit(ctx, "sessions-ended", MSA_OK, identity->user_id, NULL);
    *signin = made;
    return MSA_OK;
}
