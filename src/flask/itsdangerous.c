/* SPDX-License-Identifier: Apache-2.0 */
/* The signed values of Python's itsdangerous: checks the signature first, then unpacks. */

#include "itsdangerous.h"

#include "../base/digest.h"

#include <stdbool.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <zlib.h>

#include <apr_strings.h>

#define SHA1_SIZE      20
#define TIME_BYTES_MAX 8
#define CLOCK_SKEW     apr_time_from_sec(5) /* between the clocks of the two hosts */

static bool derive_key(msa_derive_t derive, const char *secret, const char *salt,
                       unsigned char key[SHA1_SIZE])
{
    unsigned int length = SHA1_SIZE;
    EVP_MD_CTX *context;
    bool is_done;
    if (derive == MSA_DERIVE_HMAC)
        return HMAC(EVP_sha1(), secret, (int)strlen(secret), (const unsigned char *)salt,
                    strlen(salt), key, &length) != NULL;
    context = EVP_MD_CTX_new();
    is_done = context && EVP_DigestInit_ex(context, EVP_sha1(), NULL) &&
              EVP_DigestUpdate(context, salt, strlen(salt)) &&
              EVP_DigestUpdate(context, "signer", 6) &&
              EVP_DigestUpdate(context, secret, strlen(secret)) &&
              EVP_DigestFinal_ex(context, key, &length);
    EVP_MD_CTX_free(context);
    return is_done;
}

static bool is_signed(apr_pool_t *pool, const unsigned char key[SHA1_SIZE], const char *value,
                      const char *dot)
{
    unsigned char expected[SHA1_SIZE];
    unsigned char *given = NULL;
    apr_size_t given_length = 0;
    unsigned int length = SHA1_SIZE;
    if (msa_digest_from_base64url(pool, dot + 1, strlen(dot + 1), &given, &given_length) !=
            APR_SUCCESS ||
        given_length != SHA1_SIZE)
        return false;
    if (!HMAC(EVP_sha1(), key, SHA1_SIZE, (const unsigned char *)value, (size_t)(dot - value),
              expected, &length))
        return false;
    return msa_digest_equal(expected, given, SHA1_SIZE);
}

static bool read_time(apr_pool_t *pool, const char *text, apr_size_t text_length, apr_time_t *time)
{
    unsigned char *bytes = NULL;
    apr_size_t length = 0;
    apr_int64_t seconds = 0;
    if (msa_digest_from_base64url(pool, text, text_length, &bytes, &length) != APR_SUCCESS ||
        length == 0 || length > TIME_BYTES_MAX - 2)
        return false;
    for (apr_size_t i = 0; i < length; i++)
        seconds = seconds << 8 | bytes[i];
    if (seconds > APR_INT64_MAX / APR_USEC_PER_SEC)
        return false;
    *time = apr_time_from_sec(seconds);
    return true;
}

static bool inflate_payload(apr_pool_t *pool, unsigned char **bytes, apr_size_t *length)
{
    uLongf size = MSA_ITSDANGEROUS_PAYLOAD_MAX;
    unsigned char *out = apr_palloc(pool, size);
    if (uncompress(out, &size, *bytes, *length) != Z_OK)
        return false;
    *bytes = out;
    *length = size;
    return true;
}

static json_t *read_payload(apr_pool_t *pool, const char *text, apr_size_t text_length)
{
    bool is_compressed = text_length && text[0] == '.';
    unsigned char *bytes = NULL;
    apr_size_t length = 0;
    json_error_t error;
    if (is_compressed) {
        text++;
        text_length--;
    }
    if (msa_digest_from_base64url(pool, text, text_length, &bytes, &length) != APR_SUCCESS)
        return NULL;
    if (is_compressed && !inflate_payload(pool, &bytes, &length))
        return NULL;
    return json_loadb((const char *)bytes, length, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY,
                      &error);
}

static const char *last_dot(const char *start, const char *end)
{
    while (end > start && *end != '.')
        end--;
    return *end == '.' && end > start ? end : NULL;
}

apr_status_t msa_itsdangerous_verify(apr_pool_t *pool, msa_derive_t derive, const char *secret,
                                     const char *salt, const char *value, apr_time_t now,
                                     json_t **payload, apr_time_t *signed_at)
{
    unsigned char key[SHA1_SIZE];
    size_t length = strlen(value);
    const char *signature, *time;
    apr_time_t signed_time = 0;
    json_t *body;

    if (length < 3 || length > MSA_ITSDANGEROUS_BYTES_MAX)
        return APR_EINVAL;
    signature = last_dot(value, value + length - 1);
    time = signature ? last_dot(value, signature - 1) : NULL;
    if (!time || !derive_key(derive, secret, salt, key))
        return APR_EINVAL;
    if (!is_signed(pool, key, value, signature) ||
        !read_time(pool, time + 1, (apr_size_t)(signature - time - 1), &signed_time) ||
        signed_time > now + CLOCK_SKEW)
        return APR_EINVAL;
    body = read_payload(pool, value, (apr_size_t)(time - value));
    if (!body)
        return APR_EINVAL;
    *payload = body;
    *signed_at = signed_time;
    return APR_SUCCESS;
}
