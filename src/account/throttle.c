/* SPDX-License-Identifier: Apache-2.0 */
#include "account.h"

#include "../base/text.h"

#include <string.h>

#include <arpa/inet.h>
#include <apr_strings.h>

#define NAME_BYTES_MAX 512

/* An identity may be long and foreign; its digest is neither. */
static const char *account_key(msa_context_t *ctx, const char *identity)
{
    unsigned char digest[MSA_DIGEST_SIZE];
    const char *normal = identity;
    const char *key = identity;
    if (msa_text_email_normalize(ctx->pool, identity, &normal) != APR_SUCCESS)
        normal = identity;
    /* Nobody has a longer name: such a one is counted as it is. */
    if (strlen(identity) <= NAME_BYTES_MAX)
        key = msa_text_identity_key(ctx->pool, normal);
    if (!key)
        key = "";
    msa_digest_sha256(key, strlen(key), digest);
    return msa_digest_hex(ctx->pool, digest, sizeof(digest));
}

/* Who has an IPv6 address has the whole /64 (RFC 4291 section 2.5.1). */
static const char *address_key(msa_context_t *ctx)
{
    struct in6_addr address;
    char text[INET6_ADDRSTRLEN];
    if (inet_pton(AF_INET6, ctx->address, &address) != 1 || IN6_IS_ADDR_V4MAPPED(&address))
        return ctx->address;
    memset(address.s6_addr + 8, 0, 8);
    if (!inet_ntop(AF_INET6, &address, text, sizeof(text)))
        return ctx->address;
    return apr_pstrdup(ctx->pool, text);
}

static bool is_off(const msa_settings_t *settings)
{
    return !settings->throttle_account && !settings->throttle_address;
}

msa_outcome_t msa_throttle_check(msa_context_t *ctx, const char *identity)
{
    const msa_settings_t *settings = ctx->settings;
    int of_account = 0, of_address = 0;
    if (is_off(settings))
        return MSA_OK;
    if (msa_attempt_count(ctx->db, ctx->pool, account_key(ctx, identity), address_key(ctx),
                          ctx->now - settings->throttle_window, &of_account,
                          &of_address) != APR_SUCCESS)
        return MSA_BROKEN;
    if (settings->throttle_account && of_account >= settings->throttle_account)
        return MSA_THROTTLED;
    if (settings->throttle_address && of_address >= settings->throttle_address)
        return MSA_THROTTLED;
    return MSA_OK;
}

msa_outcome_t msa_throttle_note(msa_context_t *ctx, const char *identity)
{
    if (is_off(ctx->settings))
        return MSA_OK;
    return msa_context_outcome(msa_attempt_insert(ctx->db, ctx->pool, account_key(ctx, identity),
                                                  address_key(ctx), ctx->now));
}

msa_outcome_t msa_throttle_clear(msa_context_t *ctx, const char *identity)
{
    if (is_off(ctx->settings))
        return MSA_OK;
    return msa_context_outcome(
        msa_attempt_clear(ctx->db, ctx->pool, account_key(ctx, identity), address_key(ctx)));
}

/* Under a key of its own: mails asked for do not count as failures, neither of the account nor of
 * the address. */
msa_outcome_t msa_throttle_mail(msa_context_t *ctx, const char *email)
{
    const msa_settings_t *settings = ctx->settings;
    const char *key = account_key(ctx, apr_pstrcat(ctx->pool, "mail\n", email, NULL));
    int count = 0, same = 0;
    if (!settings->throttle_account)
        return MSA_OK;
    if (msa_attempt_count(ctx->db, ctx->pool, key, key, ctx->now - settings->throttle_window,
                          &count, &same) != APR_SUCCESS)
        return MSA_BROKEN;
    if (count >= settings->throttle_account)
        return MSA_THROTTLED;
    return msa_context_outcome(msa_attempt_insert(ctx->db, ctx->pool, key, key, ctx->now));
}
