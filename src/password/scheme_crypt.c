/* SPDX-License-Identifier: Apache-2.0 */
#include "scheme.h"

#include "../base/digest.h"

#include <crypt.h>
#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

#define BCRYPT_LENGTH      60
#define BCRYPT_ROUNDS_MAX  15
#define SHA_ROUNDS_INITIAL 5000
#define SHA_ROUNDS_MAX     5000000
#define SALT_BYTES         16

static const char ITOA64[] = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

static int digit64(char c)
{
    const char *found = c ? strchr(ITOA64, c) : NULL;
    return found ? (int)(found - ITOA64) : -1;
}

static bool are_digits64(const char *text)
{
    for (; *text; text++) {
        if (digit64(*text) < 0)
            return false;
    }
    return true;
}

bool msa_bcrypt_recognise(const char *stored)
{
    return strlen(stored) == BCRYPT_LENGTH && stored[0] == '$' && stored[1] == '2' &&
           strchr("aby", stored[2]) && stored[3] == '$' && stored[4] >= '0' && stored[4] <= '9' &&
           stored[5] >= '0' && stored[5] <= '9' && stored[6] == '$' && are_digits64(stored + 7);
}

static long bcrypt_rounds(const char *stored)
{
    return strtol(stored + 4, NULL, 10);
}

bool msa_sha512_crypt_recognise(const char *stored)
{
    return strncmp(stored, "$6$", 3) == 0 && strlen(stored) >= 3 + 86;
}

bool msa_sha256_crypt_recognise(const char *stored)
{
    return strncmp(stored, "$5$", 3) == 0 && strlen(stored) >= 3 + 43;
}

static long sha_rounds(const char *stored)
{
    static const char WORD[] = "rounds=";
    if (strncmp(stored + 3, WORD, sizeof(WORD) - 1) != 0)
        return SHA_ROUNDS_INITIAL;
    return strtol(stored + 3 + sizeof(WORD) - 1, NULL, 10);
}

bool msa_yescrypt_recognise(const char *stored)
{
    return strncmp(stored, "$y$", 3) == 0 && strlen(stored) >= 3 + 3 + 1 + 1 + 43;
}

bool msa_scrypt_recognise(const char *stored)
{
    return strncmp(stored, "$7$", 3) == 0 && strlen(stored) >= 3 + 11 + 1 + 43;
}

bool msa_des_crypt_recognise(const char *stored)
{
    return strlen(stored) == 13 && are_digits64(stored);
}

/* yescrypt's parameters: flavour `j`, then log2(N) and r, one digit each; more is not accepted. */
static bool is_yescrypt_affordable(const char *stored)
{
    return stored[3] == 'j' && stored[6] == '$' && digit64(stored[4]) >= 0 &&
           digit64(stored[4]) < 17 && digit64(stored[5]) >= 0 && digit64(stored[5]) < 32;
}

/* scrypt's: log2(N) in one digit, r and p in five each, least significant first. */
static bool is_scrypt_affordable(const char *stored)
{
    int n = digit64(stored[3]), r = digit64(stored[4]), p = digit64(stored[9]);
    return n >= 1 && n <= 17 && r >= 1 && r <= 32 && p >= 1 && p <= 4 &&
           n + (r > 8 ? 2 : 0) <= 18 && strncmp(stored + 5, "....", 4) == 0 &&
           strncmp(stored + 10, "....", 4) == 0;
}

static bool is_affordable(const char *stored)
{
    if (msa_bcrypt_recognise(stored))
        return bcrypt_rounds(stored) >= 4 && bcrypt_rounds(stored) <= BCRYPT_ROUNDS_MAX;
    if (msa_sha512_crypt_recognise(stored) || msa_sha256_crypt_recognise(stored))
        return sha_rounds(stored) >= 1000 && sha_rounds(stored) <= SHA_ROUNDS_MAX;
    if (msa_yescrypt_recognise(stored))
        return is_yescrypt_affordable(stored);
    if (msa_scrypt_recognise(stored))
        return is_scrypt_affordable(stored);
    return msa_des_crypt_recognise(stored);
}

/* crypt(3) needs 32 KiB of scratch, too much for a thread's stack and too secret for a pool. */
static const char *crypt_once(apr_pool_t *pool, const char *text, const char *setting)
{
    struct crypt_data *data = calloc(1, sizeof(*data));
    const char *result = data ? crypt_r(text, setting, data) : NULL;
    if (result)
        result = result[0] == '*' ? NULL : apr_pstrdup(pool, result);
    if (data)
        msa_digest_wipe(data, sizeof(*data));
    free(data);
    return result;
}

msa_password_result_t msa_crypt_verify(apr_pool_t *pool, const msa_material_t *material,
                                       const char *stored)
{
    const char *computed;
    apr_size_t length = strlen(stored);
    if (!is_affordable(stored))
        return MSA_PASSWORD_TOO_COSTLY;
    computed = crypt_once(pool, material->text, stored);
    if (!computed)
        return MSA_PASSWORD_FAILED;
    if (strlen(computed) != length || !msa_digest_equal(computed, stored, length))
        return MSA_PASSWORD_DIFFERS;
    return MSA_PASSWORD_MATCHES;
}

bool msa_bcrypt_is_weaker(const msa_scheme_cost_t *cost, const char *stored)
{
    return bcrypt_rounds(stored) < cost->values[0];
}

bool msa_sha_crypt_is_weaker(const msa_scheme_cost_t *cost, const char *stored)
{
    return sha_rounds(stored) < cost->values[0];
}

bool msa_never_weaker(const msa_scheme_cost_t *cost, const char *stored)
{
    (void)cost;
    (void)stored;
    return false;
}

static const char *make_setting(apr_pool_t *pool, const char *prefix, long cost, const char *random)
{
    char setting[CRYPT_GENSALT_OUTPUT_SIZE];
    if (!crypt_gensalt_rn(prefix, (unsigned long)cost, random, SALT_BYTES, setting,
                          sizeof(setting)))
        return NULL;
    return apr_pstrdup(pool, setting);
}

static apr_status_t hash(const msa_env_t *env, apr_pool_t *pool, const char *prefix, long cost,
                         const msa_material_t *material, const char **stored)
{
    char random[SALT_BYTES];
    const char *setting, *made;
    apr_status_t status = env->random(env->baton, (unsigned char *)random, sizeof(random));
    if (status != APR_SUCCESS)
        return status;
    setting = make_setting(pool, prefix, cost, random);
    made = setting ? crypt_once(pool, material->text, setting) : NULL;
    if (!made)
        return APR_EGENERAL;
    *stored = made;
    return APR_SUCCESS;
}

apr_status_t msa_bcrypt_hash(const msa_env_t *env, apr_pool_t *pool, const msa_scheme_cost_t *cost,
                             const msa_material_t *material, const char **stored)
{
    return hash(env, pool, "$2b$", cost->values[0], material, stored);
}

apr_status_t msa_bcrypt_with_setting(apr_pool_t *pool, const msa_material_t *material,
                                     const char *setting, const char **stored)
{
    const char *made = crypt_once(pool, material->text, setting);
    if (!made)
        return APR_EGENERAL;
    *stored = made;
    return APR_SUCCESS;
}

apr_status_t msa_sha512_crypt_hash(const msa_env_t *env, apr_pool_t *pool,
                                   const msa_scheme_cost_t *cost, const msa_material_t *material,
                                   const char **stored)
{
    return hash(env, pool, "$6$", cost->values[0], material, stored);
}

apr_status_t msa_sha256_crypt_hash(const msa_env_t *env, apr_pool_t *pool,
                                   const msa_scheme_cost_t *cost, const msa_material_t *material,
                                   const char **stored)
{
    return hash(env, pool, "$5$", cost->values[0], material, stored);
}

apr_status_t msa_yescrypt_hash(const msa_env_t *env, apr_pool_t *pool,
                               const msa_scheme_cost_t *cost, const msa_material_t *material,
                               const char **stored)
{
    return hash(env, pool, "$y$", cost->values[0], material, stored);
}

apr_status_t msa_scrypt_hash(const msa_env_t *env, apr_pool_t *pool, const msa_scheme_cost_t *cost,
                             const msa_material_t *material, const char **stored)
{
    return hash(env, pool, "$7$", cost->values[0], material, stored);
}

/* A setting with a digest of dots behind it: as costly as a real value, and nothing's digest. */
static const char *dummy(apr_pool_t *pool, const char *prefix, long cost, int digest_length)
{
    static const char SALT[SALT_BYTES] = {0};
    const char *setting = make_setting(pool, prefix, cost, SALT);
    char *dots = apr_palloc(pool, (apr_size_t)digest_length + 1);
    memset(dots, '.', (apr_size_t)digest_length);
    dots[digest_length] = '\0';
    if (!setting)
        return "";
    return apr_pstrcat(pool, setting, prefix[1] == '2' ? "" : "$", dots, NULL);
}

const char *msa_bcrypt_dummy(apr_pool_t *pool, const msa_scheme_cost_t *cost)
{
    return dummy(pool, "$2b$", cost->values[0], 31);
}

const char *msa_sha512_crypt_dummy(apr_pool_t *pool, const msa_scheme_cost_t *cost)
{
    return dummy(pool, "$6$", cost->values[0], 86);
}

const char *msa_sha256_crypt_dummy(apr_pool_t *pool, const msa_scheme_cost_t *cost)
{
    return dummy(pool, "$5$", cost->values[0], 43);
}

const char *msa_yescrypt_dummy(apr_pool_t *pool, const msa_scheme_cost_t *cost)
{
    return dummy(pool, "$y$", cost->values[0], 43);
}

const char *msa_scrypt_dummy(apr_pool_t *pool, const msa_scheme_cost_t *cost)
{
    return dummy(pool, "$7$", cost->values[0], 43);
}
