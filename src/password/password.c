/* SPDX-License-Identifier: Apache-2.0 */
/* SCHEMES[]: finds the scheme of a stored hash, prepares the password for it (NFKD, HMAC), and says
 * which hashes are outdated. */

#include "password.h"

#include "blocklist.h"
#include "scheme.h"
#include "../base/digest.h"
#include "../base/text.h"

#include <stdlib.h>
#include <string.h>

#include <apr_base64.h>
#include <apr_strings.h>

#define HMAC_SIZE      64
#define HMAC_TEXT_SIZE 89

/* Recognised in this order; plaintext takes whatever is left, so it comes last. */
static const msa_scheme_t *const SCHEMES[] = {
    &msa_argon2,
    &msa_bcrypt,
    &msa_bcrypt_sha256,
    &msa_scrypt,
    &msa_yescrypt,
    &msa_pbkdf2_sha512,
    &msa_pbkdf2_sha256,
    &msa_sha512_crypt,
    &msa_sha256_crypt,
    &msa_django_pbkdf2_sha256,
    &msa_django_pbkdf2_sha1,
    &msa_django_bcrypt_sha256,
    &msa_django_argon2,
    &msa_passlib_scrypt,
    &msa_apr_md5_crypt,
    &msa_ldap_sha1,
    &msa_des_crypt,
    &msa_plaintext,
};

#define SCHEME_COUNT (sizeof(SCHEMES) / sizeof(SCHEMES[0]))

/* Hashed without the HMAC step even when SecurityPasswordSalt is set. */
static const msa_scheme_t *const SINGLE_HASH[] = {
    &msa_django_argon2,      &msa_django_bcrypt_sha256, &msa_django_pbkdf2_sha256,
    &msa_django_pbkdf2_sha1, &msa_apr_md5_crypt,        &msa_ldap_sha1,
    &msa_plaintext,
};

struct msa_password_policy_t {
    const msa_settings_t *settings;
    const msa_scheme_t *scheme;
    msa_scheme_cost_t cost;
    const msa_scheme_t *overflow; /* for passwords that `scheme` cannot hold; may be NULL */
    msa_scheme_cost_t overflow_cost;
    bool is_accepted[SCHEME_COUNT];
    bool is_deprecated[SCHEME_COUNT];
    const char *dummy;
    const apr_hash_t *blocklist; /* NULL = none */
};

static const msa_scheme_t *find(const char *name)
{
    for (size_t i = 0; i < SCHEME_COUNT; i++) {
        if (strcmp(SCHEMES[i]->name, name) == 0)
            return SCHEMES[i];
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
        if (!only_hashing || SCHEMES[i]->hash)
            names = apr_pstrcat(pool, names, *names ? " " : "", SCHEMES[i]->name, NULL);
    }
    return names;
}

static apr_status_t check_names(apr_pool_t *pool, const char *directive,
                                const apr_array_header_t *names, const char *also,
                                const char **error)
{
    for (int i = 0; names && i < names->nelts; i++) {
        const char *name = APR_ARRAY_IDX(names, i, const char *);
        if (!find(name) && strcmp(name, also) != 0) {
            *error = apr_psprintf(pool, "%s: unknown password scheme %s; the schemes are: %s",
                                  directive, name, names_of(pool, false));
            return APR_EINVAL;
        }
    }
    return APR_SUCCESS;
}

static apr_status_t check_lists(apr_pool_t *pool, const msa_settings_t *settings,
                                const char **error)
{
    const struct {
        const char *directive;
        const apr_array_header_t *names;
        const char *also;
    } LISTS[] = {
        {"SecurityPasswordSchemes",           settings->password_schemes,            ""    },
        {"SecurityDeprecatedPasswordSchemes", settings->deprecated_password_schemes, "auto"},
        {"SecurityPasswordSingleHash",        settings->password_single_hash,        ""    },
    };
    for (size_t i = 0; i < sizeof(LISTS) / sizeof(LISTS[0]); i++) {
        if (check_names(pool, LISTS[i].directive, LISTS[i].names, LISTS[i].also, error) !=
            APR_SUCCESS)
            return APR_EINVAL;
    }
    /* Its hashes would be replaced by others like them at every sign-in. */
    if (contains(settings->deprecated_password_schemes, settings->password_hash)) {
        *error = apr_psprintf(pool,
                              "SecurityDeprecatedPasswordSchemes must not contain %s, which is "
                              "SecurityPasswordHash; name others, or auto",
                              settings->password_hash);
        return APR_EINVAL;
    }
    return APR_SUCCESS;
}

static const char *options_of(apr_pool_t *pool, const msa_scheme_t *scheme)
{
    const char *names = "";
    for (const msa_scheme_option_t *option = scheme->options; option->name; option++)
        names = apr_pstrcat(pool, names, " ", option->name, "=NUMBER", NULL);
    return *names ? names : " none";
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
        *error = apr_psprintf(
            pool, "SecurityPasswordHashOptions: %s is not an option of %s; its options are:%s",
            word, policy->scheme->name, options_of(pool, policy->scheme));
        return APR_EINVAL;
    }
    if (end == equals + 1 || *end || value < option->minimum || value > option->maximum) {
        *error = apr_psprintf(
            pool, "SecurityPasswordHashOptions: %s of %s must be a number from %ld to %ld",
            option->name, policy->scheme->name, option->minimum, option->maximum);
        return APR_EINVAL;
    }
    policy->cost.values[option - policy->scheme->options] = value;
    return APR_SUCCESS;
}

static apr_status_t read_cost(apr_pool_t *pool, msa_password_policy_t *policy, const char *options,
                              const char **error)
{
    apr_array_header_t *words = msa_text_words(pool, options, " ");
    bool is_named =
        words->nelts && strcmp(APR_ARRAY_IDX(words, 0, const char *), policy->scheme->name) == 0;
    for (int i = 0; policy->scheme->options[i].name; i++)
        policy->cost.values[i] = policy->scheme->options[i].initial;
    for (int i = is_named; i < words->nelts; i++) {
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
    bool is_auto = !settings->deprecated_password_schemes ||
                   contains(settings->deprecated_password_schemes, "auto");
    for (size_t i = 0; i < SCHEME_COUNT; i++) {
        const char *name = SCHEMES[i]->name;
        bool is_own = SCHEMES[i] == policy->scheme;
        bool is_overflow = SCHEMES[i] == policy->overflow;
        bool is_plain = SCHEMES[i] == &msa_plaintext;
        policy->is_accepted[i] =
            is_own || is_overflow ||
            (settings->password_schemes ? contains(settings->password_schemes, name) : !is_plain);
        /* A long password has no other scheme to move to, so it would be rehashed at every
         * sign-in. */
        policy->is_deprecated[i] =
            !is_overflow &&
            (is_auto ? !is_own : contains(settings->deprecated_password_schemes, name));
    }
}

/* Both schemes are bcrypt, so a cost chosen for one is meant for the other. */
static void choose_overflow(msa_password_policy_t *policy)
{
    if (policy->scheme->longest == 0)
        return;
    policy->overflow = &msa_bcrypt_sha256;
    policy->overflow_cost.values[0] = policy->overflow->options[0].initial;
    if (policy->scheme == &msa_bcrypt)
        policy->overflow_cost = policy->cost;
}

/* An unrecognised decoy would cost no time, and so reveal who has an account. */
static apr_status_t make_dummy(apr_pool_t *pool, msa_password_policy_t *policy, const char **error)
{
    policy->dummy = policy->scheme->dummy(pool, &policy->cost);
    if (policy->scheme->recognise(policy->dummy))
        return APR_SUCCESS;
    *error =
        apr_psprintf(pool, "SecurityPasswordHash: the libcrypt of this machine does not support %s",
                     policy->scheme->name);
    return APR_EINVAL;
}

static apr_status_t read_blocklist(apr_pool_t *pool, msa_password_policy_t *policy,
                                   const char **error)
{
    const char *path = policy->settings->password_blocklist;
    if (!path || msa_blocklist_read(pool, path, &policy->blocklist) == APR_SUCCESS)
        return APR_SUCCESS;
    *error = apr_psprintf(
        pool, "SecurityPasswordBlocklist: %s cannot be read or is larger than 64 MiB", path);
    return APR_EINVAL;
}

apr_status_t msa_password_policy_make(apr_pool_t *pool, const msa_settings_t *settings,
                                      const msa_password_policy_t **policy, const char **error)
{
    msa_password_policy_t *made = apr_pcalloc(pool, sizeof(*made));
    made->settings = settings;
    made->scheme = find(settings->password_hash);
    if (!made->scheme || !made->scheme->hash) {
        *error = apr_psprintf(
            pool, "SecurityPasswordHash: %s is not a scheme for new passwords; use one of: %s",
            settings->password_hash, names_of(pool, true));
        return APR_EINVAL;
    }
    if (settings->password_salt && !*settings->password_salt) {
        *error = "SecurityPasswordSalt: the salt is empty; leave it out to hash without one";
        return APR_EINVAL;
    }
    if (check_lists(pool, settings, error) != APR_SUCCESS ||
        read_cost(pool, made, settings->password_hash_options, error) != APR_SUCCESS)
        return APR_EINVAL;
    choose_overflow(made);
    read_lists(made);
    if (make_dummy(pool, made, error) != APR_SUCCESS ||
        read_blocklist(pool, made, error) != APR_SUCCESS)
        return APR_EINVAL;
    *policy = made;
    return APR_SUCCESS;
}

/* A decoy is as long as what it stands for, unless that is the password itself. */
int msa_password_width(const msa_password_policy_t *policy, apr_pool_t *pool)
{
    size_t width = strlen(policy->dummy), overflow = 0;
    if (policy->overflow)
        overflow = strlen(policy->overflow->dummy(pool, &policy->overflow_cost));
    if (strcmp(policy->scheme->name, "plaintext") == 0)
        width = (size_t)policy->settings->password_length_max;
    return (int)(width > overflow ? width : overflow);
}

bool msa_password_is_common(const msa_password_policy_t *policy, apr_pool_t *pool,
                            const char *password)
{
    return msa_blocklist_has(policy->blocklist, pool, password);
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
        if (SINGLE_HASH[i] == scheme)
            return true;
    }
    return false;
}

/* NFKD, then what Flask-Security calls double hash: the base64 of HMAC-SHA512 under the salt. */
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

/* 72 of the HMAC's 88 characters are 432 bits, but 72 bytes of a password are only its
 * beginning. */
static bool is_cut(const msa_password_policy_t *policy, const msa_scheme_t *scheme,
                   const msa_material_t *material)
{
    return scheme->longest && is_single(policy, scheme) && material->length > scheme->longest;
}

/* ---- hashing and verifying ---- */

static const msa_scheme_t *scheme_of(const msa_password_policy_t *policy, const char *stored)
{
    for (size_t i = 0; i < SCHEME_COUNT; i++) {
        if (SCHEMES[i]->recognise(stored))
            return policy->is_accepted[i] ? SCHEMES[i] : NULL;
    }
    return NULL;
}

/* For what the scheme cannot hold: too long or, as plain text, mistaken for another scheme when
 * read. */
static apr_status_t hash_overflow(const msa_password_policy_t *policy, const msa_env_t *env,
                                  apr_pool_t *pool, const char *password, const char **stored)
{
    msa_material_t material;
    if (!policy->overflow)
        return APR_EGENERAL;
    if (!prepare(policy, policy->overflow, pool, password, &material))
        return APR_EINVAL;
    return policy->overflow->hash(env, pool, &policy->overflow_cost, &material, stored);
}

apr_status_t msa_password_hash(const msa_password_policy_t *policy, const msa_env_t *env,
                               apr_pool_t *pool, const char *password, const char **stored)
{
    const char *made = NULL;
    msa_material_t material;
    apr_status_t status;
    if (!prepare(policy, policy->scheme, pool, password, &material))
        return APR_EINVAL;
    if (is_cut(policy, policy->scheme, &material))
        return hash_overflow(policy, env, pool, password, stored);
    status = policy->scheme->hash(env, pool, &policy->cost, &material, &made);
    if (status != APR_SUCCESS)
        return status;
    if (scheme_of(policy, made) != policy->scheme)
        return hash_overflow(policy, env, pool, password, stored);
    *stored = made;
    return APR_SUCCESS;
}

static bool is_deprecated(const msa_password_policy_t *policy, const msa_scheme_t *scheme)
{
    for (size_t i = 0; i < SCHEME_COUNT; i++) {
        if (SCHEMES[i] == scheme)
            return policy->is_deprecated[i];
    }
    return true;
}

static bool is_weak(const msa_password_policy_t *policy, const msa_scheme_t *scheme,
                    const msa_material_t *material, const char *stored)
{
    if (is_deprecated(policy, scheme) || is_cut(policy, scheme, material))
        return true;
    if (scheme == policy->overflow)
        return scheme->is_weaker(&policy->overflow_cost, stored);
    return scheme == policy->scheme && scheme->is_weaker(&policy->cost, stored);
}

msa_password_result_t msa_password_verify(const msa_password_policy_t *policy, apr_pool_t *pool,
                                          const char *password, const char *stored,
                                          bool *is_outdated)
{
    const msa_scheme_t *scheme = scheme_of(policy, stored);
    msa_material_t material;
    msa_password_result_t result;
    if (!scheme)
        return MSA_PASSWORD_UNKNOWN_FORMAT;
    if (!prepare(policy, scheme, pool, password, &material))
        return MSA_PASSWORD_DIFFERS;
    result = scheme->verify(pool, &material, stored);
    if (is_outdated && (result == MSA_PASSWORD_MATCHES || result == MSA_PASSWORD_DIFFERS))
        *is_outdated = is_weak(policy, scheme, &material, stored);
    return result;
}

bool msa_password_is_salted(const msa_password_policy_t *policy, const char *stored)
{
    const msa_scheme_t *scheme = scheme_of(policy, stored);
    return scheme && !is_single(policy, scheme);
}

void msa_password_verify_dummy(const msa_password_policy_t *policy, apr_pool_t *pool,
                               const char *password)
{
    msa_material_t material;
    if (prepare(policy, policy->scheme, pool, password, &material))
        policy->scheme->verify(pool, &material, policy->dummy);
}
