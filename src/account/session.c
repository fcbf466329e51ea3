/* SPDX-License-Identifier: Apache-2.0 */
#include "account.h"

#include "../base/text.h"

#include <string.h>

#include <apr_strings.h>

/* What a session ticket notes when a remember cookie opened it, not a password. */
#define DETAIL_REMEMBER "remember"

/* Of one family, spent ones among them, which stay for a week. Nobody's browser needs a new session
 * every half an hour of all its days and nights, and each exchange reads what those before left. */
#define REMEMBERED_MAX 300

static msa_outcome_t delete_family(msa_context_t *ctx, apr_int64_t user_id, const char *family)
{
    apr_status_t status = msa_ticket_delete_family(ctx->db, ctx->pool, user_id, family, 0);
    return status == APR_NOTFOUND ? MSA_OK : msa_context_outcome(status);
}

/* Neither a password has anything to end, nor does a personal token belong to a sign-in. */
static bool is_of_signin(const msa_identity_t *identity)
{
    return identity && identity->ticket_id && identity->purpose != MSA_PURPOSE_PERSONAL;
}

/* A family has several tickets, each with a record of its own in the cache. */
static msa_outcome_t drop_previous(msa_context_t *ctx, const msa_identity_t *previous)
{
    msa_ticket_t ticket;
    apr_status_t status;
    if (!is_of_signin(previous))
        return MSA_OK;
    if (msa_user_wait(ctx, previous->user_id) != MSA_OK)
        return MSA_BROKEN;
    if (previous->family)
        return delete_family(ctx, previous->user_id, previous->family);
    ticket = msa_identity_ticket(previous);
    status = msa_ticket_delete(ctx->db, ctx->pool, &ticket);
    return status == APR_NOTFOUND ? MSA_OK : msa_context_outcome(status);
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
    msa_ticket_order_t order = {.purpose = MSA_PURPOSE_SESSION, .fresh_at = fresh_at};
    msa_outcome_t outcome;
    order.family = msa_context_random_hex(ctx, 16);
    if (!order.family)
        return MSA_BROKEN;
    outcome = msa_user_claim(ctx, user);
    if (outcome == MSA_OK)
        outcome = drop_previous(ctx, previous);
    if (outcome == MSA_OK && ctx->settings->is_trackable)
        outcome = msa_context_outcome(
            msa_user_track(ctx->db, ctx->pool, user->id, ctx->address, ctx->now));
    if (outcome == MSA_OK)
        outcome = msa_ticket_issue(ctx, user, &order, &signin->session, ticket);
    if (outcome == MSA_OK && remember)
        outcome = issue_remember(ctx, user, order.family, ctx->settings->remember_lifetime, signin);
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
    /* A program's token stays when it signs in by other means. */
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
    fill_identity(user, ticket, identity);
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

/* What ended since it was proved must not go on as a token of its own. */
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

static msa_outcome_t end_family(msa_context_t *ctx, const msa_ticket_t *ticket)
{
    msa_unit_t unit = msa_unit_make(ctx);
    while (msa_unit_begin(&unit)) {
        msa_outcome_t outcome = msa_user_wait(ctx, ticket->user_id);
        if (outcome == MSA_OK)
            outcome = delete_family(ctx, ticket->user_id, ticket->family);
        msa_unit_end(&unit, outcome);
    }
    return unit.outcome;
}

/*
 * The session of an exchange has a secret that is made of the cookie and of the family, which
 * stands in the database and in the cache and is told to nobody: all who show the cookie at the
 * same time get the same session.
 */
static const char *session_secret(msa_context_t *ctx, const char *remember, const char *family)
{
    const char *texts[] = {"session", remember, family, NULL};
    unsigned char digest[MSA_DIGEST_SIZE];
    msa_digest_texts(NULL, texts, digest);
    return msa_digest_base64url(ctx->pool, digest, sizeof(digest));
}

/* A browser that shows its remember cookie has lost the session it had. */
static msa_outcome_t end_sessions(msa_context_t *ctx, const char *family)
{
    apr_array_header_t *sessions = NULL;
    apr_status_t status = msa_ticket_of_family(ctx->db, ctx->pool, family,
                                               msa_purpose_name(MSA_PURPOSE_SESSION), &sessions);
    if (status == APR_SUCCESS)
        status = msa_ticket_end_each(ctx, sessions);
    return msa_context_outcome(status);
}

/* None of those that were spent is dropped to make room: it is what rings when it comes back. */
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
                                .detail = DETAIL_REMEMBER};
    msa_outcome_t outcome = check_count(ctx, old->family);
    if (outcome == MSA_OK)
        outcome = msa_context_outcome(msa_ticket_spend(ctx->db, ctx->pool, old, ctx->now));
    if (outcome == MSA_OK)
        outcome = end_sessions(ctx, old->family);
    if (outcome == MSA_OK)
        outcome = issue_remember(ctx, user, old->family, old->expires_at - ctx->now, signin);
    if (outcome == MSA_OK)
        outcome = msa_ticket_issue(ctx, user, &order, &signin->session, ticket);
    return outcome;
}

/* A parallel request exchanged it and gets the new cookie: this one gets the same session. */
static msa_outcome_t join(msa_context_t *ctx, const char *secret, msa_signin_t *signin,
                          msa_ticket_t **ticket)
{
    msa_user_t *user = NULL;
    msa_outcome_t outcome =
        msa_ticket_inspect(ctx, secret, 1u << MSA_PURPOSE_SESSION, false, ticket, &user);
    signin->session = secret;
    return outcome == MSA_BROKEN || outcome == MSA_OK ? outcome : MSA_NOT_FOUND;
}

/* Not found is what was ended after it was looked at: by a sign-out, elsewhere, or as stolen.
 * MSA_TOO_MANY_REQUESTS: the family is to end. */
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
    msa_ticket_t *old = NULL, *ticket = NULL;
    msa_user_t *user = NULL;
    msa_signin_t made = {0};
    msa_outcome_t outcome =
        msa_ticket_inspect(ctx, remember, 1u << MSA_PURPOSE_REMEMBER, true, &old, &user);
    if (outcome != MSA_OK)
        return outcome == MSA_BROKEN ? MSA_BROKEN : MSA_UNAUTHENTICATED;
    /* Whoever shows it long after it was exchanged did not get it from us. */
    if (old->spent_at && ctx->now - old->spent_at > ctx->settings->remember_grace)
        return refuse(ctx, old, user, "remember-replayed");
    /* Whoever was told after the exchange that it failed would show the spent cookie again. */
    outcome = msa_identity_of_user(ctx, user, &made.identity);
    if (outcome == MSA_OK)
        outcome =
            rotate(ctx, user, old, session_secret(ctx, remember, old->family), &made, &ticket);
    if (outcome == MSA_TOO_MANY_REQUESTS)
        return refuse(ctx, old, user, "remember-overused");
    if (outcome != MSA_OK)
        return outcome;
    fill_identity(user, ticket, made.identity);
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
    return outcome == MSA_OK ? delete_family(ctx, ticket->user_id, ticket->family) : outcome;
}

msa_outcome_t msa_signin_end(msa_context_t *ctx, const msa_identity_t *identity,
                             const char *remember)
{
    msa_unit_t unit = msa_unit_make(ctx);
    while (msa_unit_begin(&unit)) {
        msa_outcome_t outcome = drop_previous(ctx, identity);
        if (outcome == MSA_OK && remember)
            outcome = drop_remember(ctx, remember);
        msa_unit_end(&unit, outcome);
    }
    if (unit.outcome == MSA_OK && identity)
        msa_audit(ctx, "logout", MSA_OK, identity->user_id, identity->email);
    return unit.outcome;
}
