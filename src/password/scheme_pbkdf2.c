/* SPDX-License-Identifier: Apache-2.0 */
/* PBKDF2 in the forms of passlib and Django. */

#include "scheme.h"

#include "base64.h"
#include "../base/digest.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include <apr_strings.h>

#define ROUNDS_MAX 5000000
#define SALT_BYTES 16
#define BYTES_MAX  64
#define SALT_MAX   128

/**
 * How a hash is written. passlib: `$pbkdf2-sha512$ROUNDS$SALT$DIGEST`, salt and digest in base64
 * with `.` for `+` and without padding. Django: `pbkdf2_sha256$ROUNDS$SALT$DIGEST`, the salt as it
 * is and the digest in base64.
 */
typedef struct form_t {
    const char *prefix;
    const EVP_MD *(*algorithm)(void);
    apr_size_t digest_length;
    bool is_passlib;
} form_t;

enum { PASSLIB_SHA512, PASSLIB_SHA256, DJANGO_SHA256, DJANGO_SHA1, FORM_COUNT };

static const form_t FORMS[FORM_COUNT] = {
    [PASSLIB_SHA512] = {"$pbkdf2-sha512$", EVP_sha512, 64, true },
    [PASSLIB_SHA256] = {"$pbkdf2-sha256$", EVP_sha256, 32, true },
    [DJANGO_SHA256] = {"pbkdf2_sha256$",  EVP_sha256, 32, false},
    [DJANGO_SHA1] = {"pbkdf2_sha1$",    EVP_sha1,   20, false},
};

typedef struct parts_t {
    const form_t *form;
    long rounds;
    unsigned char salt[SALT_MAX];
    apr_size_t salt_length;
    unsigned char digest[BYTES_MAX];
} parts_t;

static bool read_salt(const char *text, apr_size_t length, parts_t *parts)
{
    if (parts->form->is_passlib)
        return msa_base64_decode(text, length, parts->salt, SALT_MAX, &parts->salt_length);
    if (length == 0 || length > SALT_MAX)
        return false;
    memcpy(parts->salt, text, length);
    parts->salt_length = length;
    return true;
}

/* passlib writes base64 without padding, Django with it: anything shorter is incomplete. */
static bool read_digest(const char *text, parts_t *parts)
{
    apr_size_t length = 0, whole = parts->form->digest_length;
    apr_size_t characters = parts->form->is_passlib ? (whole * 8 + 5) / 6 : (whole + 2) / 3 * 4;
    return strlen(text) == characters &&
           msa_base64_decode(text, characters, parts->digest, BYTES_MAX, &length) &&
           length == whole;
}

static bool parse_pbkdf2(const form_t *form, const char *stored, parts_t *parts)
{
    apr_size_t prefix = strlen(form->prefix);
    const char *salt, *dollar;
    char *end = NULL;
    if (strncmp(stored, form->prefix, prefix) != 0 || stored[prefix] < '1' || stored[prefix] > '9')
        return false;
    parts->form = form;
    parts->rounds = strtol(stored + prefix, &end, 10);
    if (*end != '$')
        return false;
    salt = end + 1;
    dollar = strchr(salt, '$');
    return dollar && read_salt(salt, (apr_size_t)(dollar - salt), parts) &&
           read_digest(dollar + 1, parts);
}

static bool recognise_pbkdf2(int form, const char *stored)
{
    parts_t parts;
    return parse_pbkdf2(&FORMS[form], stored, &parts);
}

static bool recognise_pbkdf2_sha512(const char *stored)
{
    return recognise_pbkdf2(PASSLIB_SHA512, stored);
}

static bool recognise_pbkdf2_sha256(const char *stored)
{
    return recognise_pbkdf2(PASSLIB_SHA256, stored);
}

static bool recognise_django_sha256(const char *stored)
{
    return recognise_pbkdf2(DJANGO_SHA256, stored);
}

static bool recognise_django_sha1(const char *stored)
{
    return recognise_pbkdf2(DJANGO_SHA1, stored);
}

static bool parse_any(const char *stored, parts_t *parts)
{
    for (int i = 0; i < FORM_COUNT; i++) {
        if (parse_pbkdf2(&FORMS[i], stored, parts))
            return true;
    }
    return false;
}

static bool compute_pbkdf2(const parts_t *parts, const msa_material_t *material, unsigned char *out)
{
    return PKCS5_PBKDF2_HMAC(material->text, (int)material->length, parts->salt,
                             (int)parts->salt_length, (int)parts->rounds, parts->form->algorithm(),
                             (int)parts->form->digest_length, out) == 1;
}

static msa_password_result_t verify_pbkdf2(apr_pool_t *pool, const msa_material_t *material,
                                           const char *stored)
{
    unsigned char computed[BYTES_MAX];
    msa_password_result_t result = MSA_PASSWORD_DIFFERS;
    parts_t parts;
    (void)pool;
    if (!parse_any(stored, &parts))
        return MSA_PASSWORD_UNKNOWN_FORMAT;
    if (parts.rounds > ROUNDS_MAX)
        return MSA_PASSWORD_TOO_COSTLY;
    if (!compute_pbkdf2(&parts, material, computed))
        return MSA_PASSWORD_FAILED;
    if (msa_digest_equal(computed, parts.digest, parts.form->digest_length))
        result = MSA_PASSWORD_MATCHES;
    msa_digest_wipe(computed, sizeof(computed));
    return result;
}

static bool is_weaker_pbkdf2(const msa_scheme_cost_t *cost, const char *stored)
{
    parts_t parts;
    return !parse_any(stored, &parts) || parts.rounds < cost->values[0];
}

static const char *write_pbkdf2(apr_pool_t *pool, const parts_t *parts)
{
    return apr_psprintf(pool, "%s%ld$%s$%s", parts->form->prefix, parts->rounds,
                        msa_base64_encode(pool, parts->salt, parts->salt_length, '.'),
                        msa_base64_encode(pool, parts->digest, parts->form->digest_length, '.'));
}

static apr_status_t hash_pbkdf2(const msa_env_t *env, apr_pool_t *pool, int form,
                                const msa_scheme_cost_t *cost, const msa_material_t *material,
                                const char **stored)
{
    parts_t parts = {.form = &FORMS[form], .rounds = cost->values[0], .salt_length = SALT_BYTES};
    apr_status_t status = env->random(env->baton, parts.salt, SALT_BYTES);
    if (status != APR_SUCCESS)
        return status;
    if (!compute_pbkdf2(&parts, material, parts.digest))
        return APR_EGENERAL;
    *stored = write_pbkdf2(pool, &parts);
    return APR_SUCCESS;
}

static apr_status_t hash_pbkdf2_sha512(const msa_env_t *env, apr_pool_t *pool,
                                       const msa_scheme_cost_t *cost,
                                       const msa_material_t *material, const char **stored)
{
    return hash_pbkdf2(env, pool, PASSLIB_SHA512, cost, material, stored);
}

static apr_status_t hash_pbkdf2_sha256(const msa_env_t *env, apr_pool_t *pool,
                                       const msa_scheme_cost_t *cost,
                                       const msa_material_t *material, const char **stored)
{
    return hash_pbkdf2(env, pool, PASSLIB_SHA256, cost, material, stored);
}

static const char *dummy_pbkdf2(apr_pool_t *pool, int form, const msa_scheme_cost_t *cost)
{
    parts_t parts = {.form = &FORMS[form], .rounds = cost->values[0], .salt_length = SALT_BYTES};
    return write_pbkdf2(pool, &parts);
}

static const char *dummy_pbkdf2_sha512(apr_pool_t *pool, const msa_scheme_cost_t *cost)
{
    return dummy_pbkdf2(pool, PASSLIB_SHA512, cost);
}

static const char *dummy_pbkdf2_sha256(apr_pool_t *pool, const msa_scheme_cost_t *cost)
{
    return dummy_pbkdf2(pool, PASSLIB_SHA256, cost);
}

const msa_scheme_t msa_pbkdf2_sha512 = {
    .name = "pbkdf2_sha512",
    .options = {{"rounds", 210000, 1000, ROUNDS_MAX}},
    .recognise = recognise_pbkdf2_sha512,
    .verify = verify_pbkdf2,
    .is_weaker = is_weaker_pbkdf2,
    .hash = hash_pbkdf2_sha512,
    .dummy = dummy_pbkdf2_sha512,
};

const msa_scheme_t msa_pbkdf2_sha256 = {
    .name = "pbkdf2_sha256",
    .options = {{"rounds", 600000, 1000, ROUNDS_MAX}},
    .recognise = recognise_pbkdf2_sha256,
    .verify = verify_pbkdf2,
    .is_weaker = is_weaker_pbkdf2,
    .hash = hash_pbkdf2_sha256,
    .dummy = dummy_pbkdf2_sha256,
};

const msa_scheme_t msa_django_pbkdf2_sha256 = {
    .name = "django_pbkdf2_sha256",
    .recognise = recognise_django_sha256,
    .verify = verify_pbkdf2,
};

const msa_scheme_t msa_django_pbkdf2_sha1 = {
    .name = "django_pbkdf2_sha1",
    .recognise = recognise_django_sha1,
    .verify = verify_pbkdf2,
};
