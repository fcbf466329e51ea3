/* SPDX-License-Identifier: Apache-2.0 */
/* Everything that is handed out is a ticket. PURPOSES[] says how long each kind lives and what of
 * its user it is bound to, BOUNDS[] how many a user may have. */

#include "ticket.h"
#include "device.h"

#include "../base/require.h"

#include <stddef.h>
#include <string.h>

#include <apr_strings.h>

/** What of a user a ticket is bound to: it is good while this is as it was at issue. */
typedef void (*mark_t)(const msa_user_t *user, unsigned char mark[MSA_DIGEST_SIZE]);

typedef struct purpose_t {
    size_t lifetime; /* offset of its setting */
    bool is_cookie;  /* good only on connections of the same kind (TLS or not) */
    mark_t mark;
} purpose_t;

/* The account itself, whatever its password. The number alone may be given away again; the time of
 * creation, which an application writes, may be missing or the same for all. */
static void account_mark(const msa_user_t *user, unsigned char mark[MSA_DIGEST_SIZE])
{
    static const char LABEL[] = "account";
    char facts[64];
    int length = apr_snprintf(facts, sizeof(facts), "%" APR_INT64_T_FMT " %" APR_INT64_T_FMT,
                              user->id, (apr_int64_t)apr_time_sec(user->created_at));
    unsigned char parts[3 * MSA_DIGEST_SIZE]; /* all of one length, so none runs into the next */
    msa_digest_sha256(LABEL, strlen(LABEL), parts);
    msa_digest_sha256(facts, (size_t)length, parts + MSA_DIGEST_SIZE);
    msa_digest_sha256(user->fs_uniquifier, strlen(user->fs_uniquifier),
                      parts + 2 * MSA_DIGEST_SIZE);
    msa_digest_sha256(parts, sizeof(parts), mark);
}

#define LIFETIME(field) offsetof(msa_settings_t, field)

/* clang-format off */
static const purpose_t PURPOSES[MSA_PURPOSE_COUNT] = {
    /* lifetime, whether it is a cookie, what it is bound to */
    [MSA_PURPOSE_SESSION]      = {LIFETIME(session_lifetime),         true,  msa_user_stamp},
    [MSA_PURPOSE_REMEMBER]     = {LIFETIME(remember_lifetime),        true,  msa_user_stamp},
    [MSA_PURPOSE_TOKEN]        = {LIFETIME(token_max_age),            false, msa_user_stamp},
    [MSA_PURPOSE_PERSONAL]     = {LIFETIME(personal_token_max_age),   false, msa_user_stamp},
    [MSA_PURPOSE_CONFIRM]      = {LIFETIME(confirm_within),           false, msa_user_stamp},
    [MSA_PURPOSE_RESET]        = {LIFETIME(reset_within),             false, msa_user_stamp},
    [MSA_PURPOSE_CHANGE_EMAIL] = {LIFETIME(change_email_within),      false, msa_user_stamp},
    [MSA_PURPOSE_UNDO_EMAIL]   = {LIFETIME(change_email_undo_within), false, account_mark},
    [MSA_PURPOSE_DEVICE]       = {LIFETIME(remember_lifetime),        true,  account_mark},
    [MSA_PURPOSE_PLACE]        = {LIFETIME(remember_lifetime),        false, account_mark},
};

/* How many a user has at once. Links have no bound: otherwise a thief of the account could push out
 * the owner's way back. */
static const int BOUNDS[MSA_PURPOSE_COUNT] = {
    [MSA_PURPOSE_SESSION]  = MSA_SIGNINS_MAX,
    [MSA_PURPOSE_REMEMBER] = MSA_SIGNINS_MAX,
    [MSA_PURPOSE_TOKEN]    = MSA_SIGNINS_MAX,
    [MSA_PURPOSE_PERSONAL] = MSA_TOKENS_READ,
    [MSA_PURPOSE_DEVICE]   = MSA_FAMILIAR_MAX,
    [MSA_PURPOSE_PLACE]    = MSA_FAMILIAR_MAX,
};
/* clang-format on */

apr_interval_time_t msa_purpose_lifetime(const msa_settings_t *settings, msa_purpose_t purpose)
{
    const char *field = (const char *)settings + PURPOSES[purpose].lifetime;
    return *(const apr_interval_time_t *)field;
}

void msa_user_stamp(const msa_user_t *user, unsigned char stamp[MSA_DIGEST_SIZE])
{
    const char *password = user->password ? user->password : "";
    unsigned char parts[2 * MSA_DIGEST_SIZE]; /* of one length, so neither runs into the other */
    msa_digest_sha256(password, strlen(password), parts);
    msa_digest_sha256(user->fs_uniquifier, strlen(user->fs_uniquifier), parts + MSA_DIGEST_SIZE);
    msa_digest_sha256(parts, sizeof(parts), stamp);
}

void msa_purpose_mark(msa_purpose_t purpose, const msa_user_t *user,
                      unsigned char mark[MSA_DIGEST_SIZE])
{
    PURPOSES[purpose].mark(user, mark);
}

/* A cookie set over TLS must be worth nothing to anyone who replays it over plain HTTP. */
static const char *audience_of(const msa_context_t *ctx, msa_purpose_t purpose)
{
    if (PURPOSES[purpose].is_cookie && ctx->is_secure)
        return apr_pstrcat(ctx->pool, ctx->audience, " tls", NULL);
    return ctx->audience;
}

bool msa_ticket_is_for(const msa_context_t *ctx, const msa_ticket_t *ticket)
{
    msa_purpose_t purpose = msa_purpose_of(ticket->purpose);
    if (purpose == MSA_PURPOSE_COUNT || !ticket->audience)
        return false;
    return strcmp(ticket->audience, audience_of(ctx, purpose)) == 0;
}

/* Between the proof and the ticket the password may have changed or the account been closed. */
msa_outcome_t msa_user_claim(msa_context_t *ctx, const msa_user_t *user)
{
    unsigned char before[MSA_DIGEST_SIZE], after[MSA_DIGEST_SIZE];
    msa_user_t *found = NULL;
    apr_status_t status = msa_user_hold(ctx->db, ctx->pool, user->id, &found);
    /* A decoy ticket takes as long to make as a real one, and goes nowhere. */
    if (status == APR_NOTFOUND)
        return user->id ? MSA_UNAUTHENTICATED : MSA_OK;
    if (status != APR_SUCCESS)
        return MSA_BROKEN;
    msa_user_stamp(user, before);
    msa_user_stamp(found, after);
    if (!msa_digest_equal(before, after, sizeof(after)) || (user->is_active && !found->is_active))
        return MSA_UNAUTHENTICATED;
    return MSA_OK;
}

msa_outcome_t msa_user_wait(msa_context_t *ctx, apr_int64_t user_id)
{
    msa_user_t *user = NULL;
    msa_outcome_t outcome = msa_context_outcome(msa_user_hold(ctx->db, ctx->pool, user_id, &user));
    return outcome == MSA_NOT_FOUND ? MSA_OK : outcome;
}

const msa_ticket_t *msa_ticket_pick(const apr_array_header_t *tickets, apr_int64_t id)
{
    for (int i = 0; i < tickets->nelts; i++) {
        const msa_ticket_t *ticket = APR_ARRAY_IDX(tickets, i, const msa_ticket_t *);
        if (ticket->id == id)
            return ticket;
    }
    return NULL;
}

apr_status_t msa_ticket_end_each(msa_context_t *ctx, const apr_array_header_t *tickets)
{
    for (int i = 0; i < tickets->nelts; i++) {
        const msa_ticket_t *ticket = APR_ARRAY_IDX(tickets, i, const msa_ticket_t *);
        apr_status_t status = msa_ticket_delete(ctx->db, ctx->pool, ticket);
        if (status != APR_SUCCESS && status != APR_NOTFOUND)
            return status;
    }
    return APR_SUCCESS;
}

apr_status_t msa_ticket_insert_bounded(msa_context_t *ctx, msa_ticket_t *ticket)
{
    int bound = BOUNDS[msa_purpose_of(ticket->purpose)];
    apr_array_header_t *surplus = NULL;
    apr_status_t status = APR_SUCCESS;
    if (bound)
        status = msa_ticket_surplus(ctx->db, ctx->pool, ticket, bound - 1, &surplus);
    if (status == APR_SUCCESS && surplus)
        status = msa_ticket_end_each(ctx, surplus);
    return status == APR_SUCCESS ? msa_ticket_insert(ctx->db, ctx->pool, ticket) : status;
}

/* NULL when no random numbers are available; logged. */
static const char *make_secret(msa_context_t *ctx)
{
    const char *secret = msa_digest_secret(ctx->env, ctx->pool);
    if (!secret)
        msa_env_log(ctx->env, ctx->pool, MSA_LOG_ERROR, "no random numbers are available");
    return secret;
}

msa_outcome_t msa_ticket_replace(msa_context_t *ctx, msa_ticket_t *ticket, const char **secret)
{
    msa_ticket_t next = *ticket;
    const char *fresh_secret = make_secret(ctx);
    apr_status_t status;
    if (!fresh_secret)
        return MSA_BROKEN;
    msa_digest_sha256(fresh_secret, MSA_SECRET_LENGTH, next.digest);
    status = msa_ticket_delete(ctx->db, ctx->pool, ticket);
    if (status == APR_SUCCESS)
        status = msa_ticket_insert(ctx->db, ctx->pool, &next);
    if (status != APR_SUCCESS)
        return msa_context_outcome(status);
    *ticket = next;
    *secret = fresh_secret;
    return MSA_OK;
}

msa_outcome_t msa_ticket_issue(msa_context_t *ctx, const msa_user_t *user,
                               const msa_ticket_order_t *order, const char **secret,
                               msa_ticket_t **ticket)
{
    MSA_REQUIRE(user && secret);
    apr_interval_time_t lifetime = order->lifetime;
    const char *fresh_secret = order->secret ? order->secret : make_secret(ctx);
    msa_ticket_t *made = apr_pcalloc(ctx->pool, sizeof(*made));
    msa_outcome_t outcome;

    if (!fresh_secret)
        return MSA_BROKEN;
    outcome = msa_user_claim(ctx, user);
    if (outcome != MSA_OK)
        return outcome;
    if (!lifetime)
        lifetime = msa_purpose_lifetime(ctx->settings, order->purpose);
    msa_digest_sha256(fresh_secret, MSA_SECRET_LENGTH, made->digest);
    msa_purpose_mark(order->purpose, user, made->stamp);
    made->purpose = msa_purpose_name(order->purpose);
    made->user_id = user->id;
    made->family = order->family;
    made->audience = audience_of(ctx, order->purpose);
    made->created_at = ctx->now;
    /* A personal token tells its owner when it was last used, so its first use must show. */
    made->used_at = order->purpose == MSA_PURPOSE_PERSONAL ? 0 : ctx->now;
    made->expires_at = lifetime ? ctx->now + lifetime : 0;
    made->fresh_at = order->fresh_at;
    made->address = ctx->address;
    made->agent = ctx->agent;
    made->detail = order->detail;
    made->registration = order->registration;
    if (msa_ticket_insert_bounded(ctx, made) != APR_SUCCESS)
        return MSA_BROKEN;
    *secret = fresh_secret;
    if (ticket)
        *ticket = made;
    return MSA_OK;
}

bool msa_ticket_is_of(const msa_ticket_t *ticket, const msa_user_t *user)
{
    unsigned char mark[MSA_DIGEST_SIZE];
    msa_purpose_t purpose = msa_purpose_of(ticket->purpose);
    if (purpose == MSA_PURPOSE_COUNT || ticket->user_id != user->id)
        return false;
    /* Nothing would tell them from whoever gets their number next. */
    if (!*user->fs_uniquifier && (!user->password || PURPOSES[purpose].mark != msa_user_stamp))
        return false;
    msa_purpose_mark(purpose, user, mark);
    return msa_digest_equal(mark, ticket->stamp, sizeof(mark));
}

static msa_outcome_t check_user(msa_context_t *ctx, const msa_ticket_t *ticket, msa_user_t **user)
{
    msa_user_t *found = NULL;
    apr_status_t status = msa_user_by_id(ctx->db, ctx->pool, ticket->user_id, &found);
    if (status != APR_SUCCESS)
        return msa_context_outcome(status);
    if (!found->is_active || !msa_ticket_is_of(ticket, found))
        return MSA_NOT_FOUND;
    *user = found;
    return MSA_OK;
}

msa_outcome_t msa_ticket_inspect(msa_context_t *ctx, const char *secret, unsigned purposes,
                                 bool with_spent, msa_ticket_t **ticket, msa_user_t **user)
{
    MSA_REQUIRE(secret);
    unsigned char digest[MSA_DIGEST_SIZE];
    msa_ticket_t *found = NULL;
    msa_user_t *owner = NULL;
    msa_outcome_t outcome;
    apr_status_t status;

    if (!secret || !msa_digest_is_secret(secret, strlen(secret)))
        return MSA_NOT_FOUND;
    msa_digest_sha256(secret, MSA_SECRET_LENGTH, digest);
    status = msa_ticket_by_digest(ctx->db, ctx->pool, digest, &found);
    if (status != APR_SUCCESS)
        return msa_context_outcome(status);
    if (!msa_ticket_is_for(ctx, found) || !(purposes & (1u << msa_purpose_of(found->purpose))))
        return MSA_NOT_FOUND;
    if (found->spent_at && !with_spent)
        return MSA_NOT_FOUND;
    outcome = check_user(ctx, found, &owner);
    if (outcome != MSA_OK)
        return outcome;
    if (found->expires_at && found->expires_at <= ctx->now)
        return MSA_CONFIRMATION_EXPIRED;
    *ticket = found;
    *user = owner;
    return MSA_OK;
}

msa_outcome_t msa_ticket_renew(msa_context_t *ctx, const msa_user_t *before,
                               const msa_user_t *after, apr_int64_t except_id)
{
    apr_status_t status = APR_SUCCESS;
    for (int purpose = 0; status == APR_SUCCESS && purpose < MSA_PURPOSE_COUNT; purpose++) {
        unsigned char from[MSA_DIGEST_SIZE], to[MSA_DIGEST_SIZE];
        if (PURPOSES[purpose].mark == msa_user_stamp)
            status = msa_ticket_delete_of_user(ctx->db, ctx->pool, after->id,
                                               msa_purpose_name((msa_purpose_t)purpose), except_id);
        if (status == APR_NOTFOUND)
            status = APR_SUCCESS;
        if (status != APR_SUCCESS || (PURPOSES[purpose].mark == msa_user_stamp && !except_id))
            continue;
        msa_purpose_mark((msa_purpose_t)purpose, before, from);
        msa_purpose_mark((msa_purpose_t)purpose, after, to);
        status = msa_ticket_move_stamp(ctx->db, ctx->pool, after->id, from, to);
    }
    return msa_context_outcome(status);
}

/* Locks the user before the ticket, as everyone who ends tickets does. */
msa_outcome_t msa_ticket_claim(msa_context_t *ctx, msa_ticket_t *ticket, msa_user_t *user)
{
    msa_user_t *owner = NULL;
    msa_ticket_t *found = NULL;
    apr_status_t status = msa_user_hold(ctx->db, ctx->pool, ticket->user_id, &owner);
    if (status == APR_SUCCESS)
        status = msa_ticket_hold(ctx->db, ctx->pool, ticket->id, &found);
    if (status != APR_SUCCESS)
        return msa_context_outcome(status);
    if (!owner->is_active || !msa_ticket_is_of(found, owner))
        return MSA_NOT_FOUND;
    *ticket = *found;
    *user = *owner;
    return MSA_OK;
}

/* Of two requests that follow one link at the same time, only one gets through. */
msa_outcome_t msa_ticket_use(msa_context_t *ctx, msa_ticket_t *ticket, msa_user_t *user)
{
    msa_outcome_t outcome = msa_ticket_claim(ctx, ticket, user);
    if (outcome == MSA_OK && ticket->spent_at)
        return MSA_NOT_FOUND;
    if (outcome == MSA_OK)
        outcome = msa_context_outcome(msa_ticket_spend(ctx->db, ctx->pool, ticket, ctx->now));
    return outcome;
}

bool msa_ticket_is_personal(const char *secret)
{
    size_t prefix = strlen(MSA_PERSONAL_PREFIX);
    return strncmp(secret, MSA_PERSONAL_PREFIX, prefix) == 0 &&
           msa_digest_is_secret(secret + prefix, strlen(secret + prefix));
}
