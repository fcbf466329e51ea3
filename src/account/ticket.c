/* SPDX-License-Identifier: Apache-2.0 */
#include "account.h"

#include "../base/text.h"

#include <stddef.h>
#include <string.h>

#include <apr_strings.h>

typedef struct purpose_t {
    const char *name;
    size_t lifetime;        /* offset of its setting */
    bool is_cookie;         /* good on connections of the same kind (TLS or not) only */
    bool outlives_password; /* the stamp of the user does not matter */
} purpose_t;

#define LIFETIME(field) offsetof(msa_settings_t, field)

static const purpose_t PURPOSES[MSA_PURPOSE_COUNT] = {
    [MSA_PURPOSE_SESSION] = {"session",      LIFETIME(session_lifetime),         true,  false},
    [MSA_PURPOSE_REMEMBER] = {"remember",     LIFETIME(remember_lifetime),        true,  false},
    [MSA_PURPOSE_TOKEN] = {"token",        LIFETIME(token_max_age),            false, false},
    [MSA_PURPOSE_PERSONAL] = {"personal",     LIFETIME(personal_token_max_age),   false, false},
    [MSA_PURPOSE_CONFIRM] = {"confirm",      LIFETIME(confirm_within),           false, false},
    [MSA_PURPOSE_RESET] = {"reset",        LIFETIME(reset_within),             false, false},
    [MSA_PURPOSE_CHANGE_EMAIL] = {"change-email", LIFETIME(change_email_within),      false, false},
    [MSA_PURPOSE_UNDO_EMAIL] = {"undo-email",   LIFETIME(change_email_undo_within), false, true },
    [MSA_PURPOSE_DEVICE] = {"device",       LIFETIME(remember_lifetime),        true,  false},
};

const char *msa_purpose_name(msa_purpose_t purpose)
{
    return PURPOSES[purpose].name;
}

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

static msa_purpose_t purpose_of(const char *name)
{
    int purpose = 0;
    while (purpose < MSA_PURPOSE_COUNT && strcmp(PURPOSES[purpose].name, name) != 0)
        purpose++;
    return purpose;
}

/* A cookie set on TLS must not be worth anything to who replays it on plain HTTP. */
static const char *audience_of(const msa_context_t *ctx, msa_purpose_t purpose)
{
    if (PURPOSES[purpose].is_cookie && ctx->is_secure)
        return apr_pstrcat(ctx->pool, ctx->audience, " tls", NULL);
    return ctx->audience;
}

bool msa_ticket_is_for(const msa_context_t *ctx, const msa_ticket_t *ticket)
{
    msa_purpose_t purpose = purpose_of(ticket->purpose);
    if (purpose == MSA_PURPOSE_COUNT || !ticket->audience)
        return false;
    return strcmp(ticket->audience, audience_of(ctx, purpose)) == 0;
}

msa_outcome_t msa_ticket_issue(msa_context_t *ctx, const msa_user_t *user,
                               const msa_ticket_order_t *order, const char **secret,
                               msa_ticket_t **ticket)
{
    apr_interval_time_t lifetime = order->lifetime;
    const char *fresh_secret = msa_digest_secret(ctx->env, ctx->pool);
    msa_ticket_t *made = apr_pcalloc(ctx->pool, sizeof(*made));

    if (!fresh_secret) {
        msa_env_log(ctx->env, ctx->pool, MSA_LOG_ERROR, "random numbers are not available");
        return MSA_BROKEN;
    }
    if (!lifetime)
        lifetime = msa_purpose_lifetime(ctx->settings, order->purpose);
    msa_digest_sha256(fresh_secret, MSA_SECRET_LENGTH, made->digest);
    msa_user_stamp(user, made->stamp);
    made->purpose = PURPOSES[order->purpose].name;
    made->user_id = user->id;
    made->family = order->family;
    made->audience = audience_of(ctx, order->purpose);
    made->created_at = ctx->now;
    /* A personal token tells its owner when it was used, so its first use must show. */
    made->used_at = order->purpose == MSA_PURPOSE_PERSONAL ? 0 : ctx->now;
    made->expires_at = lifetime ? ctx->now + lifetime : 0;
    made->fresh_at = order->fresh_at;
    made->address = ctx->address;
    made->agent = ctx->agent;
    made->detail = order->detail;
    if (msa_ticket_insert(ctx->db, ctx->pool, made) != APR_SUCCESS)
        return MSA_BROKEN;
    *secret = fresh_secret;
    if (ticket)
        *ticket = made;
    return MSA_OK;
}

static msa_outcome_t check_user(msa_context_t *ctx, const msa_ticket_t *ticket, msa_user_t **user)
{
    unsigned char stamp[MSA_DIGEST_SIZE];
    msa_user_t *found = NULL;
    apr_status_t status = msa_user_by_id(ctx->db, ctx->pool, ticket->user_id, &found);
    if (status != APR_SUCCESS)
        return msa_context_outcome(status);
    msa_user_stamp(found, stamp);
    if (!found->is_active)
        return MSA_NOT_FOUND;
    if (!PURPOSES[purpose_of(ticket->purpose)].outlives_password &&
        !msa_digest_equal(stamp, ticket->stamp, sizeof(stamp)))
        return MSA_NOT_FOUND;
    *user = found;
    return MSA_OK;
}

msa_outcome_t msa_ticket_inspect(msa_context_t *ctx, const char *secret, unsigned purposes,
                                 bool with_spent, msa_ticket_t **ticket, msa_user_t **user)
{
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
    if (!msa_ticket_is_for(ctx, found) || !(purposes & (1u << purpose_of(found->purpose))))
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
