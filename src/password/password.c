/* SPDX-License-Identifier: Apache-2.0 */
#include "password.h"

#include "scheme.h"
#include "../base/digest.h"
#include "../base/text.h"

#include <stdlib.h>
#include <string.h>

#include <apr_base64.h>
#include <apr_strings.h>

#define BCRYPT_BYTES_MAX 72 /* bcrypt does not look at what stands behind them */
#define HMAC_SIZE        64
#define HMAC_TEXT_SIZE   89

/* Recognised in this order; plaintext takes what is left, so it stands last. */
static const msa_scheme_t SCHEMES[] = {
    {"argon2",
     {{"memory", 19456, 7168, 1048576}, {"time", 2, 1, 10}, {"lanes", 1, 1, 16}},
     msa_argon2_recognise,                                                                                 msa_argon2_verify,
     msa_argon2_is_weaker,                                                                                                                        msa_argon2_hash,
     msa_argon2_dummy                                                                                                                                                         },
    {"bcrypt",
     {{"rounds", 12, 4, 15}},
     msa_bcrypt_recognise,                                                                                 msa_crypt_verify,
     msa_bcrypt_is_weaker,                                                                                                                        msa_bcrypt_hash,
     msa_bcrypt_dummy                                                                                                                                                         },
    {"bcrypt_sha256",
     {{"rounds", 12, 4, 15}},
     msa_bcrypt_sha256_recognise,                                                                          msa_bcrypt_sha256_verify,
     msa_bcrypt_sha256_is_weaker,                                                                                                                 msa_bcrypt_sha256_hash,
     msa_bcrypt_dummy                                                                                                                                                         },
    {"scrypt",
     {{"cost", 8, 6, 9}},
     msa_scrypt_recognise,                                                                                 msa_crypt_verify,
     msa_never_weaker,                                                                                                                            msa_scrypt_hash,
     msa_scrypt_dummy                                                                                                                                                         },
    {"yescrypt",
     {{"cost", 5, 1, 9}},
     msa_yescrypt_recognise,                                                                               msa_crypt_verify,
     msa_never_weaker,                                                                                                                            msa_yescrypt_hash,
     msa_yescrypt_dummy                                                                                                                                                       },
    {"pbkdf2_sha512",
     {{"rounds", 210000, 1000, 5000000}},
     msa_pbkdf2_sha512_recognise,                                                                          msa_pbkdf2_verify,
     msa_pbkdf2_is_weaker,                                                                                                                        msa_pbkdf2_sha512_hash,
     msa_pbkdf2_sha512_dummy                                                                                                                                                  },
    {"pbkdf2_sha256",
     {{"rounds", 600000, 1000, 5000000}},
     msa_pbkdf2_sha256_recognise,                                                                          msa_pbkdf2_verify,
     msa_pbkdf2_is_weaker,                                                                                                                        msa_pbkdf2_sha256_hash,
     msa_pbkdf2_sha256_dummy                                                                                                                                                  },
    {"sha512_crypt",
     {{"rounds", 656000, 5000, 5000000}},
     msa_sha512_crypt_recognise,                                                                           msa_crypt_verify,
     msa_sha_crypt_is_weaker,                                                                                                                     msa_sha512_crypt_hash,
     msa_sha512_crypt_dummy                                                                                                                                                   },
    {"sha256_crypt",
     {{"rounds", 535000, 5000, 5000000}},
     msa_sha256_crypt_recognise,                                                                           msa_crypt_verify,
     msa_sha_crypt_is_weaker,                                                                                                                     msa_sha256_crypt_hash,
     msa_sha256_crypt_dummy                                                                                                                                                   },
    {"django_pbkdf2_sha256",
     {{NULL}},
     msa_django_pbkdf2_sha256_recognise,                                                                   msa_pbkdf2_verify,
     NULL,                                                                                                                                        NULL,
     NULL                                                                                                                                                                     },
    {"django_pbkdf2_sha1",
     {{NULL}},
     msa_django_pbkdf2_sha1_recognise,                                                                     msa_pbkdf2_verify,
     NULL,                                                                                                                                        NULL,
     NULL                                                                                                                                                                     },
    {"django_bcrypt_sha256",
     {{NULL}},
     msa_django_bcrypt_sha256_recognise,                                                                   msa_django_bcrypt_sha256_verify,
     NULL,                                                                                                                                        NULL,
     NULL                                                                                                                                                                     },
    {"django_argon2",
     {{NULL}},
     msa_django_argon2_recognise,                                                                          msa_django_argon2_verify,
     NULL,                                                                                                                                        NULL,
     NULL                                                                                                                                                                     },
    {"apr_md5_crypt",        {{NULL}},                                            msa_apr_md5_recognise,   msa_htpasswd_verify,             NULL, NULL,                   NULL},
    {"ldap_sha1",            {{NULL}},                                            msa_ldap_sha1_recognise, msa_htpasswd_verify,             NULL, NULL,                   NULL},
    {"des_crypt",            {{NULL}},                                            msa_des_crypt_recognise, msa_crypt_verify,                NULL, NULL,                   NULL},
    {"plaintext",
     {{NULL}},
     msa_plaintext_recognise,                                                                              msa_plaintext_verify,
     msa_never_weaker,                                                                                                                            msa_plaintext_hash,
     msa_plaintext_dummy                                                                                                                                                      },
};

#define SCHEME_COUNT (sizeof(SCHEMES) / sizeof(SCHEMES[0]))

/** Hashed without the HMAC step even where SecurityPasswordSalt is set. */
static const char *const SINGLE_HASH[] = {
    "django_argon2",      "django_bcrypt_sha256", "django_pbkdf2_sha256",
    "django_pbkdf2_sha1", "apr_md5_crypt",        "ldap_sha1",
    "plaintext",
};

struct msa_password_policy_t {
    const msa_settings_t *settings;
    const msa_scheme_t *scheme;
    msa_scheme_cost_t cost;
    bool is_accepted[SCHEME_COUNT];
    bool is_deprecated[SCHEME_COUNT];
    const char *dummy;
};

static const msa_scheme_t *find(const char *name)
{
    for (size_t i = 0; i < SCHEME_COUNT; i++) {
        if (strcmp(SCHEMES[i].name, name) == 0)
            return &SCHEMES[i];
    }
    return NULL;
}

static bool contains(const apr_array_header_t *names, const char *name)
{
    for (int i = 0; names && i < names->nelts; i++) {
        if (strcmp(APR_ARRAY_IDX(names, i, const char *), name) == 0)
            return true;
    }
    return false;
}

/* ---- policy ---- */

static const char *names_of(apr_pool_t *pool, bool only_hashing)
{
    const char *names = "";
    for (size_t i = 0; i < SCHEME_COUNT; i++) {
        if (!only_hashing || SCHEMES[i].hash)
            names = apr_pstrcat(pool, names, *names ? " " : "", SCHEMES[i].name, NULL);
    }
    return names;
}

static apr_status_t check_names(apr_pool_t *pool, const apr_array_header_t *names,
                                const char **error)
{
    for (int i = 0; names && i < names->nelts; i++) {
        const char *name = APR_ARRAY_IDX(names, i, const char *);
        if (!find(name) && strcmp(name, "auto") != 0) {
            *error = apr_psprintf(pool, "there is no password scheme %s; there are: %s", name,
                                  names_of(pool, false));
            return APR_EINVAL;
        }
    }
    return APR_SUCCESS;
}

static apr_status_t read_option(apr_pool_t *pool, msa_password_policy_t *policy, const char *word,
                                const char **error)
{
    const msa_scheme_option_t *option = policy->scheme->options;
    const char *equals = strchr(word, '=');
    char *end = NULL;
    long value = equals ? strtol(equals + 1, &end, 10) : 0;
    apr_size_t length = equals ? (apr_size_t)(equals - word) : 0;
    while (option->name &&
           !(strlen(option->name) == length && !strncmp(option->name, word, length)))
        option++;
    if (!equals || !option->name) {
        *error = apr_psprintf(pool, "%s is no option of %s", word, policy->scheme->name);
        return APR_EINVAL;
    }
    if (end == equals + 1 || *end || value < option->minimum || value > option->maximum) {
        *error = apr_psprintf(pool, "%s of %s is a number from %ld to %ld", option->name,
                              policy->scheme->name, option->minimum, option->maximum);
        return APR_EINVAL;
    }
    policy->cost.values[option - policy->scheme->options] = value;
    return APR_SUCCESS;
}

static apr_status_t read_cost(apr_pool_t *pool, msa_password_policy_t *policy, const char *options,
                              const char **error)
{
    apr_array_header_t *words = msa_text_words(pool, options, " ");
    for (int i = 0; policy->scheme->options[i].name; i++)
        policy->cost.values[i] = policy->scheme->options[i].initial;
    for (int i = 0; i < words->nelts; i++) {
        apr_status_t status =
            read_option(pool, policy, APR_ARRAY_IDX(words, i, const char *), error);
        if (status != APR_SUCCESS)
            return status;
    }
    return APR_SUCCESS;
}

static void read_lists(msa_password_policy_t *policy)
{
    const msa_settings_t *settings = policy->settings;
    for (size_t i = 0; i < SCHEME_COUNT; i++) {
        const char *name = SCHEMES[i].name;
        bool is_own = &SCHEMES[i] == policy->scheme;
        bool is_plain = strcmp(name, "plaintext") == 0;
        bool is_auto = !settings->deprecated_password_schemes ||
                       contains(settings->deprecated_password_schemes, "auto");
        policy->is_accepted[i] =
            is_own ||
            (settings->password_schemes ? contains(settings->password_schemes, name) : !is_plain);
        /* What a new long password is stored as is as good as bcrypt itself. */
        if (strcmp(name, "bcrypt_sha256") == 0 && strcmp(policy->scheme->name, "bcrypt") == 0)
            policy->is_accepted[i] = is_own = true;
        policy->is_deprecated[i] =
            is_auto ? !is_own : contains(settings->deprecated_password_schemes, name);
    }
}

apr_status_t msa_password_policy_make(apr_pool_t *pool, const msa_settings_t *settings,
                                      const msa_password_policy_t **policy, const char **error)
{
    msa_password_policy_t *made = apr_pcalloc(pool, sizeof(*made));
    made->settings = settings;
    made->scheme = find(settings->password_hash);
    if (!made->scheme || !made->scheme->hash) {
        *error = apr_psprintf(pool, "%s is no scheme for new passwords; there are: %s",
                              settings->password_hash, names_of(pool, true));
        return APR_EINVAL;
    }
    if (check_names(pool, settings->password_schemes, error) != APR_SUCCESS ||
        check_names(pool, settings->deprecated_password_schemes, error) != APR_SUCCESS ||
        check_names(pool, settings->password_single_hash, error) != APR_SUCCESS ||
        read_cost(pool, made, settings->password_hash_options, error) != APR_SUCCESS)
        return APR_EINVAL;
    read_lists(made);
    made->dummy = made->scheme->dummy(pool, &made->cost);
    *policy = made;
    return APR_SUCCESS;
}

/* ---- material ---- */

static bool is_single(const msa_password_policy_t *policy, const msa_scheme_t *scheme)
{
    const msa_settings_t *settings = policy->settings;
    if (!settings->password_salt || settings->password_single_hash_all)
        return true;
    if (settings->password_single_hash)
        return contains(settings->password_single_hash, scheme->name);
    for (size_t i = 0; i < sizeof(SINGLE_HASH) / sizeof(SINGLE_HASH[0]); i++) {
        if (strcmp(SINGLE_HASH[i], scheme->name) == 0)
            return true;
    }
    return false;
}

/* NFKD, then what Flask-Security calls double hash: base64 of HMAC-SHA512 under the salt. */
static bool prepare(const msa_password_policy_t *policy, const msa_scheme_t *scheme,
                    apr_pool_t *pool, const char *password, msa_material_t *material)
{
    const char *normal;
    const char *salt = policy->settings->password_salt;
    unsigned char mac[HMAC_SIZE];
    char *text;
    if (strlen(password) > MSA_PASSWORD_BYTES_MAX)
        return false;
    normal = msa_text_nfkd(pool, password, NULL);
    if (!normal)
        return false;
    if (is_single(policy, scheme)) {
        *material = (msa_material_t){normal, strlen(normal)};
        return true;
    }
    text = apr_palloc(pool, HMAC_TEXT_SIZE);
    msa_digest_hmac_sha512(salt, strlen(salt), normal, strlen(normal), mac);
    apr_base64_encode_binary(text, mac, sizeof(mac));
    msa_digest_wipe(mac, sizeof(mac));
    *material = (msa_material_t){text, strlen(text)};
    return true;
}

/* 72 of the HMAC's 88 characters are 432 bits; 72 bytes of a password are just its beginning. */
static bool is_cut(const msa_password_policy_t *policy, const msa_scheme_t *scheme,
                   const msa_material_t *material)
{
    return strcmp(scheme->name, "bcrypt") == 0 && is_single(policy, scheme) &&
           material->length > BCRYPT_BYTES_MAX;
}

/* ---- the three questions ---- */

apr_status_t msa_password_hash(const msa_password_policy_t *policy, const msa_env_t *env,
                               apr_pool_t *pool, const char *password, const char **stored)
{
    const msa_scheme_t *scheme = policy->scheme;
    msa_material_t material;
    if (!prepare(policy, scheme, pool, password, &material))
        return APR_EINVAL;
    if (is_cut(policy, scheme, &material)) {
        scheme = find("bcrypt_sha256");
        if (!prepare(policy, scheme, pool, password, &material))
            return APR_EINVAL;
    }
    return scheme->hash(env, pool, &policy->cost, &material, stored);
}

static const msa_scheme_t *recognise(const msa_password_policy_t *policy, const char *stored)
{
    for (size_t i = 0; i < SCHEME_COUNT; i++) {
        if (SCHEMES[i].recognise(stored))
            return policy->is_accepted[i] ? &SCHEMES[i] : NULL;
    }
    return NULL;
}

static bool is_weak(const msa_password_policy_t *policy, const msa_scheme_t *scheme,
                    const msa_material_t *material, const char *stored)
{
    if (policy->is_deprecated[scheme - SCHEMES] || is_cut(policy, scheme, material))
        return true;
    return scheme == policy->scheme && scheme->is_weaker(&policy->cost, stored);
}

msa_password_result_t msa_password_verify(const msa_password_policy_t *policy, apr_pool_t *pool,
                                          const char *password, const char *stored,
                                          bool *is_outdated)
{
    const msa_scheme_t *scheme = recognise(policy, stored);
    msa_material_t material;
    msa_password_result_t result;
    if (!scheme)
        return MSA_PASSWORD_UNKNOWN_FORMAT;
    if (!prepare(policy, scheme, pool, password, &material))
        return MSA_PASSWORD_DIFFERS;
    result = scheme->verify(pool, &material, stored);
    if (result == MSA_PASSWORD_MATCHES && is_outdated)
        *is_outdated = is_weak(policy, scheme, &material, stored);
    return result;
}

void msa_password_verify_dummy(const msa_password_policy_t *policy, apr_pool_t *pool,
                               const char *password)
{
    msa_material_t material;
    if (prepare(policy, policy->scheme, pool, password, &material))
        policy->scheme->verify(pool, &material, policy->dummy);
}
