/* SPDX-License-Identifier: Apache-2.0 */
/* Exchanges a remember cookie for the next one and a session; showing a used one too late ends its
 * whole family. */

#include "remember.h"
#include "audit.h"
#include "session.h"
#include "ticket.h"
#include "unit.h"

#include "../base/require.h"

/* Remember tickets of one family, including spent ones, which stay for a week. No browser needs a
 * new session every half hour day and night, and each exchange reads what those before it left. */
#define REMEMBERED_MAX 300

static msa_outcome_t end_family(msa_context_t *ctx, const msa_ticket_t *ticket)
{
    msa_unit_t unit = msa_unit_make(ctx);
    while (msa_unit_begin(&unit)) {
        msa_outcome_t outcome = msa_user_wait(ctx, ticket->user_id);
        if (outcome == MSA_OK)
            outcome = msa_session_end_family(ctx, ticket->user_id, ticket->family);
        msa_unit_end(&unit, outcome);
    }
    return unit.outcome;
}

/*
 * The secret of the session is made from the cookie and the family, which is in the database and in
 * the record table and is told to nobody: everyone who shows the cookie at the same time gets the
 * same session.
 */
static const char *session_secret(msa_context_t *ctx, const char *remember, const char *family)
{
    const char *texts[] = {"session", remember, family, NULL};
    unsigned char digest[MSA_DIGEST_SIZE];
    msa_digest_texts(NULL, texts, digest);
    return msa_digest_base64url(ctx->pool, digest, sizeof(digest));
}

/* A browser that shows its remember cookie has lost its session. */
static msa_outcome_t end_sessions(msa_context_t *ctx, const char *family)
{
    apr_array_header_t *sessions = NULL;
    apr_status_t status = msa_ticket_of_family(ctx->db, ctx->pool, family,
                                               msa_purpose_name(MSA_PURPOSE_SESSION), &sessions);
    if (status == APR_SUCCESS)
        status = msa_ticket_end_each(ctx, sessions);
    return msa_context_outcome(status);
}

/* A spent one is never dropped to make room: coming back, it is what sounds the alarm. */
static msa_outcome_t check_count(msa_context_t *ctx, const char *family)
{
    int count = 0;
    apr_status_t status = msa_ticket_count_family(ctx->db, ctx->pool, family,
                                                  msa_purpose_name(MSA_PURPOSE_REMEMBER), &count);
    if (status == APR_SUCCESS && count > REMEMBERED_MAX)
        return MSA_TOO_MANY_REQUESTS;
    return msa_context_outcome(status);
}

static msa_outcome_t exchange(msa_context_t *ctx, const msa_user_t *user, const msa_ticket_t *old,
                              const char *secret, msa_signin_t *signin, msa_ticket_t **ticket)
{
    msa_ticket_order_t order = {.purpose = MSA_PURPOSE_SESSION,
                                .secret = secret,
                                .family = old->family,
                                .detail = MSA_SESSION_REMEMBERED};
    msa_outcome_t outcome = check_count(ctx, old->family);
    if (outcome == MSA_OK)
        outcome = msa_context_outcome(msa_ticket_spend(ctx->db, ctx->pool, old, ctx->now));
    if (outcome == MSA_OK)
        outcome = end_sessions(ctx, old->family);
    if (outcome == MSA_OK)
        outcome = msa_session_remember(ctx, user, old->family, old->expires_at - ctx->now, signin);
    if (outcome == MSA_OK)
        outcome = msa_ticket_issue(ctx, user, &order, &signin->session, ticket);
    return outcome;
}

/* A parallel request exchanged the cookie and gets the new one: this request joins its session. */
static msa_outcome_t join(msa_context_t *ctx, const char *secret, msa_signin_t *signin,
                          msa_ticket_t **ticket)
{
    msa_user_t *user = NULL;
    msa_outcome_t outcome =
        msa_ticket_inspect(ctx, secret, 1u << MSA_PURPOSE_SESSION, false, ticket, &user);
    signin->session = secret;
    return outcome == MSA_BROKEN || outcome == MSA_OK ? outcome : MSA_NOT_FOUND;
}

/* Not found: somebody ended it since it was looked at, by signing out here or elsewhere, or as
 * stolen. MSA_TOO_MANY_REQUESTS: the family is to end. */
static msa_outcome_t rotate(msa_context_t *ctx, msa_user_t *user, msa_ticket_t *old,
                            const char *secret, msa_signin_t *signin, msa_ticket_t **ticket)
{
    msa_unit_t unit = msa_unit_make(ctx);
    while (msa_unit_begin(&unit)) {
        msa_outcome_t outcome = msa_ticket_claim(ctx, old, user);
        *signin = (msa_signin_t){.identity = signin->identity};
        if (outcome == MSA_OK)
            outcome = old->spent_at ? join(ctx, secret, signin, ticket)
                                    : exchange(ctx, user, old, secret, signin, ticket);
        if (outcome == MSA_NOT_FOUND)
            outcome = MSA_UNAUTHENTICATED;
        msa_unit_end(&unit, outcome);
    }
    return unit.outcome;
}

static msa_outcome_t refuse(msa_context_t *ctx, const msa_ticket_t *ticket, const msa_user_t *user,
                            const char *event)
{
    msa_outcome_t outcome = end_family(ctx, ticket);
    msa_audit(ctx, event, MSA_UNAUTHENTICATED, user->id, user->email);
    return outcome == MSA_OK ? MSA_UNAUTHENTICATED : outcome;
}

msa_outcome_t msa_signin_revive(msa_context_t *ctx, const char *remember, msa_signin_t *signin)
{
    MSA_REQUIRE(remember && signin);
    msa_ticket_t *old = NULL, *ticket = NULL;
    msa_user_t *user = NULL;
    msa_signin_t made = {0};
    msa_outcome_t outcome =
        msa_ticket_inspect(ctx, remember, 1u << MSA_PURPOSE_REMEMBER, true, &old, &user);
    if (outcome != MSA_OK)
        return outcome == MSA_BROKEN ? MSA_BROKEN : MSA_UNAUTHENTICATED;
    /* Anyone who shows it long after it was exchanged did not get it from us. */
    if (old->spent_at && ctx->now - old->spent_at > ctx->settings->remember_grace)
        return refuse(ctx, old, user, "remember-replayed");
    /* Read before the exchange: a browser told afterwards that it failed would show the spent
     * cookie again. */
    outcome = msa_identity_of_user(ctx, user, &made.identity);
    if (outcome == MSA_OK)
        outcome =
            rotate(ctx, user, old, session_secret(ctx, remember, old->family), &made, &ticket);
    if (outcome == MSA_TOO_MANY_REQUESTS)
        return refuse(ctx, old, user, "remember-overused");
    if (outcome != MSA_OK)
        return outcome;
    msa_session_identity(user, ticket, made.identity);
    msa_audit(ctx, "remember", MSA_OK, user->id, user->email);
    *signin = made;
    return MSA_OK;
}

static msa_outcome_t drop_remember(msa_context_t *ctx, const char *remember)
{
    msa_ticket_t *ticket = NULL;
    msa_user_t *user = NULL;
    msa_outcome_t outcome =
        msa_ticket_inspect(ctx, remember, 1u << MSA_PURPOSE_REMEMBER, true, &ticket, &user);
    if (outcome == MSA_BROKEN)
        return outcome;
    if (outcome != MSA_OK)
        return MSA_OK;
    outcome = msa_user_wait(ctx, ticket->user_id);
    return outcome == MSA_OK ? msa_session_end_family(ctx, ticket->user_id, ticket->family)
                             : outcome;
}

msa_outcome_t msa_signin_end(msa_context_t *ctx, const msa_identity_t *identity,
                             const char *remember)
{
    msa_unit_t unit = msa_unit_make(ctx);
    while (msa_unit_begin(&unit)) {
        msa_outcome_t outcome = msa_session_drop(ctx, identity);
        if (outcome == MSA_OK && remember)
            outcome = drop_remember(ctx, remember);
        msa_unit_end(&unit, outcome);
    }
    if (unit.outcome == MSA_OK && identity)
        msa_audit(ctx, "logout", MSA_OK, identity->user_id, identity->email);
    return unit.outcome;
}
