/* SPDX-License-Identifier: Apache-2.0 */
/* Verifies the cookies and tokens that a Flask-Security application signs, in every version in use,
 * and reads whom they are about. */

#include "flask.h"

#include "itsdangerous.h"
#include "../base/digest.h"

#include <math.h>
#include <string.h>

#include <apr_strings.h>

#define SESSION_LIFETIME apr_time_from_sec(31 * 86400) /* PERMANENT_SESSION_LIFETIME */
#define UNIQUIFIER_MAX   64
#define SHA512_SIZE      64

static apr_status_t copy_uniquifier(apr_pool_t *pool, const json_t *value, msa_flask_claim_t *claim)
{
    const char *text = json_string_value(value);
    if (!text || !*text || strlen(text) > UNIQUIFIER_MAX)
        return APR_EINVAL;
    claim->fs_uniquifier = apr_pstrdup(pool, text);
    return APR_SUCCESS;
}

/* Seconds as a Python float; anything that is not a sane time counts as never. */
static apr_time_t read_seconds(const json_t *value)
{
    double seconds = json_number_value(value);
    if (!isfinite(seconds) || seconds <= 0 || seconds > 253402300799.0)
        return 0;
    return (apr_time_t)(seconds * APR_USEC_PER_SEC);
}

static apr_status_t read_session(apr_pool_t *pool, const json_t *payload, apr_time_t signed_at,
                                 apr_time_t now, msa_flask_claim_t *claim)
{
    if (now - signed_at > SESSION_LIFETIME)
        return APR_EINVAL;
    claim->expires_at = signed_at + SESSION_LIFETIME;
    claim->fresh_at = read_seconds(json_object_get(payload, "fs_paa"));
    return copy_uniquifier(pool, json_object_get(payload, "_user_id"), claim);
}

/* Version 5 is an object, version 4 [uniquifier], version 3 [id, hash, uniquifier]. */
static apr_status_t read_token(apr_pool_t *pool, const json_t *payload, apr_time_t signed_at,
                               apr_time_t now, msa_flask_claim_t *claim)
{
    size_t size = json_array_size(payload);
    (void)signed_at;
    if (size == 1 || size == 3)
        return copy_uniquifier(pool, json_array_get(payload, size - 1), claim);
    claim->expires_at = read_seconds(json_object_get(payload, "exp"));
    if (claim->expires_at && claim->expires_at <= now)
        return APR_EINVAL;
    claim->fresh_at = read_seconds(json_object_get(payload, "fs_paa"));
    return copy_uniquifier(pool, json_object_get(payload, "uid"), claim);
}

/** How each kind that itsdangerous signs is signed and read. */
static const struct {
    msa_derive_t derive;
    const char *salt;
    apr_status_t (*read)(apr_pool_t *pool, const json_t *payload, apr_time_t signed_at,
                         apr_time_t now, msa_flask_claim_t *claim);
} SIGNED[] = {
    [MSA_FLASK_SESSION] = {MSA_DERIVE_HMAC,   "cookie-session", read_session},
    [MSA_FLASK_TOKEN] = {MSA_DERIVE_CONCAT, "remember-salt",  read_token  },
};

static apr_status_t verify_signed(apr_pool_t *pool, msa_flask_kind_t kind, const char *secret,
                                  const char *value, apr_time_t now, msa_flask_claim_t *claim)
{
    json_t *payload = NULL;
    apr_time_t signed_at = 0;
    apr_status_t status = msa_itsdangerous_verify(
        pool, SIGNED[kind].derive, secret, SIGNED[kind].salt, value, now, &payload, &signed_at);
    if (status != APR_SUCCESS)
        return status;
    claim->signed_at = signed_at;
    status = SIGNED[kind].read(pool, payload, signed_at, now, claim);
    json_decref(payload);
    return status;
}

/* uniquifier, `|`, and its HMAC-SHA512 in hexadecimal (Flask-Login's encode_cookie). */
static apr_status_t verify_remember(apr_pool_t *pool, const char *secret, const char *value,
                                    msa_flask_claim_t *claim)
{
    unsigned char mac[SHA512_SIZE];
    const char *bar = strrchr(value, '|');
    const char *expected;
    size_t length = bar ? (size_t)(bar - value) : 0;
    if (!length || length > UNIQUIFIER_MAX || strlen(bar + 1) != 2 * SHA512_SIZE)
        return APR_EINVAL;
    msa_digest_hmac_sha512(secret, strlen(secret), value, length, mac);
    expected = msa_digest_hex(pool, mac, sizeof(mac));
    if (!msa_digest_equal(expected, bar + 1, 2 * SHA512_SIZE))
        return APR_EINVAL;
    claim->fs_uniquifier = apr_pstrmemdup(pool, value, length);
    return APR_SUCCESS;
}

apr_status_t msa_flask_verify(apr_pool_t *pool, msa_flask_kind_t kind, const char *secret,
                              const char *value, apr_time_t now, msa_flask_claim_t *claim)
{
    msa_flask_claim_t made = {0};
    apr_status_t status = kind == MSA_FLASK_REMEMBER
                              ? verify_remember(pool, secret, value, &made)
                              : verify_signed(pool, kind, secret, value, now, &made);
    if (status == APR_SUCCESS)
        *claim = made;
    return status;
}
