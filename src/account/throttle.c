/* SPDX-License-Identifier: Apache-2.0 */
#include "throttle.h"

#include "../base/text.h"

#include <string.h>

#include <arpa/inet.h>
#include <apr_strings.h>

/*
 * What is counted under a key of its own kind. No name, however it is spelled, is taken for another
 * kind: see msa_digest_texts.
 */
#define KIND_ACCOUNT "account" /* failures of a user, whichever of the names was typed */
#define KIND_NAME    "name"    /* failures of a name that nobody has */
#define KIND_NO_NAME "no name" /* what counts for the client's address alone */
#define KIND_MAIL    "mail"    /* mails that were asked for to an address */
#define KIND_REQUEST "request" /* mails and accounts that a client asked for */

static const char *digest_key(msa_context_t *ctx, const char *kind, const char *text)
{
    const char *texts[] = {kind, text, NULL};
    unsigned char digest[MSA_DIGEST_SIZE];
    msa_digest_texts(NULL, texts, digest);
    return msa_digest_hex(ctx->pool, digest, sizeof(digest));
}

/* The spellings that are looked up alike are one name. */
static const char *name_key(msa_context_t *ctx, const char *kind, const char *name)
{
    const char *key = msa_text_identity_key(ctx->pool, name);
    return digest_key(ctx, kind, key ? key : name);
}

/* Who has an IPv6 address has the whole /64 (RFC 4291 section 2.5.1); an IPv4 address is the same
 * one however it is written. */
static const char *address_key(msa_context_t *ctx)
{
    struct in6_addr address;
    char text[INET6_ADDRSTRLEN];
    if (inet_pton(AF_INET6, ctx->address, &address) != 1)
        return ctx->address;
    if (IN6_IS_ADDR_V4MAPPED(&address)) {
        if (!inet_ntop(AF_INET, address.s6_addr + 12, text, sizeof(text)))
            return ctx->address;
        return apr_pstrdup(ctx->pool, text);
    }
    memset(address.s6_addr + 8, 0, 8);
    if (!inet_ntop(AF_INET6, &address, text, sizeof(text)))
        return ctx->address;
    return apr_pstrdup(ctx->pool, text);
}

static bool is_off(const msa_settings_t *settings)
{
    return !settings->throttle_account && !settings->throttle_address;
}

static const char *trial_key(msa_context_t *ctx, const msa_user_t *user, const char *name)
{
    if (user)
        return digest_key(ctx, KIND_ACCOUNT,
                          apr_psprintf(ctx->pool, "%" APR_INT64_T_FMT, user->id));
    return name ? name_key(ctx, KIND_NAME, name) : digest_key(ctx, KIND_NO_NAME, address_key(ctx));
}

msa_outcome_t msa_throttle_begin(msa_context_t *ctx, const msa_user_t *user, const char *name,
                                 msa_trial_t *trial)
{
    const msa_settings_t *settings = ctx->settings;
    msa_attempts_t count = {0};
    *trial = (msa_trial_t){.key = trial_key(ctx, user, name), .address = address_key(ctx)};
    if (is_off(settings))
        return MSA_OK;
    if (msa_attempt_count(ctx->db, ctx->pool, trial->key, trial->address,
                          ctx->now - settings->throttle_window, &count) != APR_SUCCESS)
        return MSA_BROKEN;
    if (settings->throttle_account && name && count.of_account >= settings->throttle_account)
        return MSA_THROTTLED;
    if (settings->throttle_address && count.of_address >= settings->throttle_address)
        return MSA_THROTTLED;
    return MSA_OK;
}

static bool is_failure(msa_outcome_t outcome)
{
    return outcome == MSA_INVALID_PASSWORD || outcome == MSA_USER_DOES_NOT_EXIST ||
           outcome == MSA_DISABLED_ACCOUNT || outcome == MSA_CONFIRMATION_REQUIRED;
}

/* Where failures cannot be written down nobody learns whether they guessed right: a database that
 * is only read from would let HTTP Basic guess for ever. */
msa_outcome_t msa_throttle_end(msa_context_t *ctx, const msa_trial_t *trial, msa_outcome_t outcome)
{
    apr_status_t status = APR_SUCCESS;
    if (is_off(ctx->settings))
        return outcome;
    if (outcome == MSA_OK)
        status = msa_attempt_clear(ctx->db, ctx->pool, trial->key, trial->address);
    else if (is_failure(outcome))
        status = msa_attempt_insert(ctx->db, ctx->pool, trial->key, trial->address, ctx->now);
    return status == APR_SUCCESS ? outcome : MSA_BROKEN;
}

/* One row for both counts. What a full box is not sent counts for the client alone, or whoever goes
 * on asking would keep it full for ever. */
msa_outcome_t msa_throttle_mail(msa_context_t *ctx, const char *email, bool *is_flooded)
{
    const msa_settings_t *settings = ctx->settings;
    const char *box = name_key(ctx, KIND_MAIL, email);
    const char *client = digest_key(ctx, KIND_REQUEST, address_key(ctx));
    msa_attempts_t count = {0};
    bool is_full;
    if (!settings->throttle_account && !settings->throttle_requests)
        return MSA_OK;
    if (msa_attempt_count(ctx->db, ctx->pool, box, client, ctx->now - settings->throttle_window,
                          &count) != APR_SUCCESS)
        return MSA_BROKEN;
    if (settings->throttle_requests && count.of_address >= settings->throttle_requests)
        return MSA_TOO_MANY_REQUESTS;
    is_full = settings->throttle_account && count.of_account >= settings->throttle_account;
    if (msa_attempt_insert(ctx->db, ctx->pool, is_full ? client : box, client, ctx->now) !=
        APR_SUCCESS)
        return MSA_BROKEN;
    *is_flooded = is_full;
    return MSA_OK;
}
