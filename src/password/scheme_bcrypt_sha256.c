/* SPDX-License-Identifier: Apache-2.0 */
/* bcrypt of a digest, as passlib and Django write it, for passwords that bcrypt alone would cut. */

#include "scheme.h"

#include "../base/digest.h"

#include <stdlib.h>
#include <string.h>

#include <apr_base64.h>
#include <apr_strings.h>

#define SETTING_HEAD  7 /* $2b$12$ */
#define SALT_LENGTH   22
#define DIGEST_LENGTH 31

/*
 * passlib's form is `$bcrypt-sha256$v=2,t=2b,r=12$SALT22$DIGEST31`, bcrypt of the base64 of
 * HMAC-SHA256(key = SALT22, password); its version 1, `$bcrypt-sha256$2b,12$SALT22$DIGEST31`, of
 * the base64 of SHA-256(password). `2a` is the same bcrypt. Django's form is `bcrypt_sha256$` and
 * bcrypt of the hexadecimal SHA-256.
 */
static const char PREFIX[] = "$bcrypt-sha256$";
static const char VERSION_2[] = "v=2,t=2b,r=";
static const char DIGITS64[] = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
static const char DJANGO[] = "bcrypt_sha256$";

static const struct {
    const char *word;
    bool is_version_2;
} VARIANTS[] = {
    {VERSION_2,     true },
    {"v=2,t=2a,r=", true },
    {"2b,",         false},
    {"2a,",         false},
};

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

static bool skip_variant(const char **text, parts_t *parts)
{
    for (size_t i = 0; i < sizeof(VARIANTS) / sizeof(VARIANTS[0]); i++) {
        parts->is_version_2 = VARIANTS[i].is_version_2;
        if (skip(text, VARIANTS[i].word))
            return true;
    }
    return false;
}

static bool parse_bcrypt_sha256(const char *stored, parts_t *parts)
{
    char *end = NULL;
    if (!skip(&stored, PREFIX) || !skip_variant(&stored, parts) || *stored < '0' || *stored > '9')
        return false;
    parts->rounds = strtol(stored, &end, 10);
    if (end - stored > 2 || *end != '$' || strlen(end + 1) != SALT_LENGTH + 1 + DIGEST_LENGTH)
        return false;
    parts->salt = end + 1;
    parts->digest = parts->salt + SALT_LENGTH + 1;
    return parts->digest[-1] == '$' && strspn(parts->salt, DIGITS64) == SALT_LENGTH &&
           strspn(parts->digest, DIGITS64) == DIGEST_LENGTH;
}

static bool recognise_bcrypt_sha256(const char *stored)
{
    parts_t parts;
    return parse_bcrypt_sha256(stored, &parts);
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

static const char *from_bcrypt(apr_pool_t *pool, const msa_scheme_cost_t *cost, const char *bcrypt)
{
    return apr_psprintf(pool, "%s%s%ld$%.*s$%s", PREFIX, VERSION_2, cost->values[0], SALT_LENGTH,
                        bcrypt + SETTING_HEAD, bcrypt + SETTING_HEAD + SALT_LENGTH);
}

static msa_password_result_t verify_bcrypt_sha256(apr_pool_t *pool, const msa_material_t *material,
                                                  const char *stored)
{
    parts_t parts;
    msa_material_t shortened;
    if (!parse_bcrypt_sha256(stored, &parts))
        return MSA_PASSWORD_UNKNOWN_FORMAT;
    shortened = shorten(pool, material, parts.is_version_2 ? parts.salt : NULL);
    return msa_bcrypt.verify(pool, &shortened, as_bcrypt(pool, &parts));
}

static bool is_weaker_bcrypt_sha256(const msa_scheme_cost_t *cost, const char *stored)
{
    parts_t parts;
    return !parse_bcrypt_sha256(stored, &parts) || parts.rounds < cost->values[0];
}

static apr_status_t hash_bcrypt_sha256(const msa_env_t *env, apr_pool_t *pool,
                                       const msa_scheme_cost_t *cost,
                                       const msa_material_t *material, const char **stored)
{
    const char *setting = NULL, *made = NULL;
    msa_material_t shortened;
    apr_status_t status = msa_bcrypt_setting(env, pool, cost, &setting);
    if (status != APR_SUCCESS)
        return status;
    /* bcrypt's salt is also the key of the inner step. */
    shortened = shorten(pool, material, setting + SETTING_HEAD);
    status = msa_bcrypt_with_setting(pool, &shortened, setting, &made);
    if (status != APR_SUCCESS)
        return status;
    *stored = from_bcrypt(pool, cost, made);
    return APR_SUCCESS;
}

static const char *dummy_bcrypt_sha256(apr_pool_t *pool, const msa_scheme_cost_t *cost)
{
    const char *bcrypt = msa_bcrypt.dummy(pool, cost);
    return *bcrypt ? from_bcrypt(pool, cost, bcrypt) : "";
}

static bool recognise_django_bcrypt_sha256(const char *stored)
{
    return skip(&stored, DJANGO) && msa_bcrypt.recognise(stored);
}

static msa_password_result_t
verify_django_bcrypt_sha256(apr_pool_t *pool, const msa_material_t *material, const char *stored)
{
    unsigned char digest[MSA_DIGEST_SIZE];
    msa_material_t shortened;
    msa_digest_sha256(material->text, material->length, digest);
    shortened.text = msa_digest_hex(pool, digest, sizeof(digest));
    shortened.length = 2 * sizeof(digest);
    return msa_bcrypt.verify(pool, &shortened, stored + sizeof(DJANGO) - 1);
}

const msa_scheme_t msa_bcrypt_sha256 = {
    .name = "bcrypt_sha256",
    .options = {MSA_BCRYPT_ROUNDS},
    .recognise = recognise_bcrypt_sha256,
    .verify = verify_bcrypt_sha256,
    .is_weaker = is_weaker_bcrypt_sha256,
    .hash = hash_bcrypt_sha256,
    .dummy = dummy_bcrypt_sha256,
};

const msa_scheme_t msa_django_bcrypt_sha256 = {
    .name = "django_bcrypt_sha256",
    .recognise = recognise_django_bcrypt_sha256,
    .verify = verify_django_bcrypt_sha256,
};
