/* SPDX-License-Identifier: Apache-2.0 */
#include "scheme.h"

#include "../base/digest.h"

#include <stdlib.h>
#include <string.h>

#include <apr_base64.h>
#include <apr_strings.h>

#define SALT_LENGTH   22
#define DIGEST_LENGTH 31

/*
 * passlib's forms: `$bcrypt-sha256$v=2,t=2b,r=12$SALT22$DIGEST31`, bcrypt over the base64 of
 * HMAC-SHA256(key = SALT22, password); version 1, `$bcrypt-sha256$2b,12$SALT22$DIGEST31`, over the
 * base64 of SHA-256(password). Django's: `bcrypt_sha256$` and bcrypt over the hexadecimal SHA-256.
 */
static const char PREFIX[] = "$bcrypt-sha256$";
static const char VERSION_2[] = "v=2,t=2b,r=";
static const char VERSION_1[] = "2b,";
static const char DJANGO[] = "bcrypt_sha256$";

typedef struct parts_t {
    bool is_version_2;
    long rounds;
    const char *salt, *digest;
} parts_t;

static bool skip(const char **text, const char *word)
{
    apr_size_t length = strlen(word);
    if (strncmp(*text, word, length) != 0)
        return false;
    *text += length;
    return true;
}

static bool parse(const char *stored, parts_t *parts)
{
    char *end = NULL;
    if (!skip(&stored, PREFIX))
        return false;
    parts->is_version_2 = skip(&stored, VERSION_2);
    if (!parts->is_version_2 && !skip(&stored, VERSION_1))
        return false;
    parts->rounds = strtol(stored, &end, 10);
    if (end == stored || end - stored > 2 || *end != '$' ||
        strlen(end + 1) != SALT_LENGTH + 1 + DIGEST_LENGTH || end[1 + SALT_LENGTH] != '$')
        return false;
    parts->salt = end + 1;
    parts->digest = end + 1 + SALT_LENGTH + 1;
    return true;
}

bool msa_bcrypt_sha256_recognise(const char *stored)
{
    parts_t parts;
    return parse(stored, &parts);
}

static msa_material_t shorten(apr_pool_t *pool, const msa_material_t *material, const char *key)
{
    unsigned char digest[MSA_DIGEST_SIZE];
    char *text = apr_palloc(pool, (apr_size_t)apr_base64_encode_len(sizeof(digest)));
    if (key)
        msa_digest_hmac_sha256(key, SALT_LENGTH, material->text, material->length, digest);
    else
        msa_digest_sha256(material->text, material->length, digest);
    apr_base64_encode_binary(text, digest, sizeof(digest));
    return (msa_material_t){text, strlen(text)};
}

static const char *as_bcrypt(apr_pool_t *pool, const parts_t *parts)
{
    return apr_psprintf(pool, "$2b$%02ld$%.*s%s", parts->rounds, SALT_LENGTH, parts->salt,
                        parts->digest);
}

msa_password_result_t msa_bcrypt_sha256_verify(apr_pool_t *pool, const msa_material_t *material,
                                               const char *stored)
{
    parts_t parts;
    msa_material_t shortened;
    const char *bcrypt;
    if (!parse(stored, &parts))
        return MSA_PASSWORD_UNKNOWN_FORMAT;
    bcrypt = as_bcrypt(pool, &parts);
    if (!msa_bcrypt_recognise(bcrypt))
        return MSA_PASSWORD_UNKNOWN_FORMAT;
    shortened = shorten(pool, material, parts.is_version_2 ? parts.salt : NULL);
    return msa_crypt_verify(pool, &shortened, bcrypt);
}

bool msa_bcrypt_sha256_is_weaker(const msa_scheme_cost_t *cost, const char *stored)
{
    parts_t parts;
    return !parse(stored, &parts) || parts.rounds < cost->values[0];
}

apr_status_t msa_bcrypt_sha256_hash(const msa_env_t *env, apr_pool_t *pool,
                                    const msa_scheme_cost_t *cost, const msa_material_t *material,
                                    const char **stored)
{
    /* bcrypt's salt is the key of the inner step: take one from a hash of nothing. */
    msa_material_t nothing = {"", 0};
    msa_scheme_cost_t cheapest = {{4}};
    msa_material_t shortened;
    const char *made = NULL, *setting;
    apr_status_t status = msa_bcrypt_hash(env, pool, &cheapest, &nothing, &made);
    if (status != APR_SUCCESS)
        return status;
    shortened = shorten(pool, material, made + 7);
    setting = apr_psprintf(pool, "$2b$%02ld$%.*s", cost->values[0], SALT_LENGTH, made + 7);
    status = msa_bcrypt_with_setting(pool, &shortened, setting, &made);
    if (status != APR_SUCCESS)
        return status;
    *stored = apr_psprintf(pool, "%s%s%ld$%.*s$%s", PREFIX, VERSION_2, cost->values[0], SALT_LENGTH,
                           made + 7, made + 7 + SALT_LENGTH);
    return APR_SUCCESS;
}

bool msa_django_bcrypt_sha256_recognise(const char *stored)
{
    return skip(&stored, DJANGO) && msa_bcrypt_recognise(stored);
}

msa_password_result_t msa_django_bcrypt_sha256_verify(apr_pool_t *pool,
                                                      const msa_material_t *material,
                                                      const char *stored)
{
    unsigned char digest[MSA_DIGEST_SIZE];
    msa_material_t shortened;
    msa_digest_sha256(material->text, material->length, digest);
    shortened.text = msa_digest_hex(pool, digest, sizeof(digest));
    shortened.length = 2 * sizeof(digest);
    return msa_crypt_verify(pool, &shortened, stored + sizeof(DJANGO) - 1);
}
