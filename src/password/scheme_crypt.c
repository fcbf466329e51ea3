/* SPDX-License-Identifier: Apache-2.0 */
/* The schemes of crypt(3): bcrypt, yescrypt, scrypt, sha512-crypt and older ones, with bounds on
 * what a stored hash may cost. */

#include "scheme.h"

#include "../base/digest.h"

#include <crypt.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

#define BCRYPT_LENGTH      60
#define BCRYPT_ROUNDS_MAX  15
#define SHA_ROUNDS_INITIAL 5000
#define SHA_ROUNDS_MAX     5000000
#define SHA_SALT_MAX       16
#define SHA512_DIGITS      86 /* 64 bytes, six bits to a character */
#define SHA256_DIGITS      43
#define SALT_BYTES         16
#define LONGEST            (CRYPT_MAX_PASSPHRASE_SIZE - 1)
#define BCRYPT_BYTES_MAX   72 /* bcrypt ignores all that follows, */
#define DES_BYTES_MAX      8  /* as does DES */

static const char ROUNDS[] = "rounds=";
static const char ITOA64[] = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

static int digit64(char c)
{
    const char *found = c ? strchr(ITOA64, c) : NULL;
    return found ? (int)(found - ITOA64) : -1;
}

static bool are_digits64_between(const char *text, const char *end)
{
    for (; text < end; text++) {
        if (digit64(*text) < 0)
            return false;
    }
    return true;
}

static bool are_digits64(const char *text)
{
    return are_digits64_between(text, text + strlen(text));
}

static bool recognise_bcrypt(const char *stored)
{
    return strlen(stored) == BCRYPT_LENGTH && stored[0] == '$' && stored[1] == '2' &&
           strchr("aby", stored[2]) && stored[3] == '$' && stored[4] >= '0' && stored[4] <= '9' &&
           stored[5] >= '0' && stored[5] <= '9' && stored[6] == '$' && are_digits64(stored + 7);
}

static long bcrypt_rounds(const char *stored)
{
    return strtol(stored + 4, NULL, 10);
}

/* The length of what precedes `$DIGEST`, if the digest is complete; else 0. */
static apr_size_t head_length(const char *stored, const char *prefix, apr_size_t digest_length)
{
    const char *dollar = strrchr(stored, '$');
    if (strncmp(stored, prefix, strlen(prefix)) != 0 || dollar < stored + strlen(prefix) ||
        strlen(dollar + 1) != digest_length || !are_digits64(dollar + 1))
        return 0;
    return (apr_size_t)(dollar - stored);
}

/* Neither characters that libxcrypt refuses in any setting nor the separator. */
static bool is_salt(const char *text, apr_size_t length)
{
    for (apr_size_t i = 0; i < length; i++) {
        if (text[i] <= ' ' || text[i] > '~' || strchr("!*:;\\$", text[i]))
            return false;
    }
    return true;
}

static const char *after_rounds(const char *stored)
{
    const char *text = stored + sizeof("$6$") - 1;
    if (strncmp(text, ROUNDS, sizeof(ROUNDS) - 1) != 0)
        return text;
    text += sizeof(ROUNDS) - 1;
    if (*text < '1' || *text > '9')
        return NULL;
    text += strspn(text, "0123456789");
    return *text == '$' ? text + 1 : NULL;
}

static bool is_sha_crypt(const char *stored, const char *prefix, apr_size_t digest_length)
{
    apr_size_t head = head_length(stored, prefix, digest_length);
    const char *salt = head ? after_rounds(stored) : NULL;
    apr_size_t length = salt && salt <= stored + head ? (apr_size_t)(stored + head - salt) : 0;
    return length >= 1 && length <= SHA_SALT_MAX && is_salt(salt, length);
}

static bool recognise_crypt_sha512(const char *stored)
{
    return is_sha_crypt(stored, "$6$", SHA512_DIGITS);
}

static bool recognise_crypt_sha256(const char *stored)
{
    return is_sha_crypt(stored, "$5$", SHA256_DIGITS);
}

static long sha_rounds(const char *stored)
{
    const char *text = stored + sizeof("$6$") - 1;
    if (strncmp(text, ROUNDS, sizeof(ROUNDS) - 1) != 0)
        return SHA_ROUNDS_INITIAL;
    return strtol(text + sizeof(ROUNDS) - 1, NULL, 10);
}

/* yescrypt: `$y$`, parameters, `$`, salt, `$`, digest. */
static bool recognise_yescrypt(const char *stored)
{
    apr_size_t head = head_length(stored, "$y$", SHA256_DIGITS);
    const char *dollar = head ? strchr(stored + 3, '$') : NULL;
    return dollar && dollar >= stored + 6 && dollar < stored + head &&
           are_digits64_between(stored + 3, dollar) &&
           are_digits64_between(dollar + 1, stored + head);
}

/* scrypt: `$7$`, eleven digits of parameters, salt, `$`, digest. */
static bool recognise_crypt_scrypt(const char *stored)
{
    apr_size_t head = head_length(stored, "$7$", SHA256_DIGITS);
    return head > 3 + 11 && are_digits64_between(stored + 3, stored + 3 + 11) &&
           is_salt(stored + 3 + 11, head - 3 - 11);
}

static bool recognise_des(const char *stored)
{
    return strlen(stored) == 13 && are_digits64(stored);
}

/* yescrypt's parameters: flavour `j`, then log2(N) and r in one digit each; no others are
 * accepted. */
static bool is_yescrypt_affordable(const char *stored)
{
    return stored[3] == 'j' && stored[6] == '$' && digit64(stored[4]) >= 0 &&
           digit64(stored[4]) < 17 && digit64(stored[5]) >= 0 && digit64(stored[5]) < 32;
}

/* scrypt's parameters: log2(N) in one digit, r and p in five each, least significant first. */
static bool is_crypt_scrypt_affordable(const char *stored)
{
    int n = digit64(stored[3]), r = digit64(stored[4]), p = digit64(stored[9]);
    return n >= 1 && n <= 17 && r >= 1 && r <= 32 && p >= 1 && p <= 10 &&
           n + (r > 8 ? 2 : 0) <= 18 && strncmp(stored + 5, "....", 4) == 0 &&
           strncmp(stored + 10, "....", 4) == 0;
}

static bool is_crypt_affordable(const char *stored)
{
    if (recognise_bcrypt(stored))
        return bcrypt_rounds(stored) >= 4 && bcrypt_rounds(stored) <= BCRYPT_ROUNDS_MAX;
    if (recognise_crypt_sha512(stored) || recognise_crypt_sha256(stored))
        return sha_rounds(stored) >= 1000 && sha_rounds(stored) <= SHA_ROUNDS_MAX;
    if (recognise_yescrypt(stored))
        return is_yescrypt_affordable(stored);
    if (recognise_crypt_scrypt(stored))
        return is_crypt_scrypt_affordable(stored);
    return recognise_des(stored);
}

/* crypt(3) needs 32 KiB of scratch space, too much for the stack of a thread and too secret for a
 * pool. NULL with errno on failure: EINVAL for a setting that it refuses. */
static const char *crypt_once(apr_pool_t *pool, const char *text, const char *setting)
{
    struct crypt_data *data = calloc(1, sizeof(*data));
    const char *result;
    int error;
    if (!data)
        return NULL;
    result = crypt_r(text, setting, data);
    error = errno;
    if (result)
        result = result[0] == '*' ? NULL : apr_pstrdup(pool, result);
    msa_digest_wipe(data, sizeof(*data));
    free(data);
    errno = error;
    return result;
}

/* How many bytes the scheme looks at; crypt(3) itself refuses more than LONGEST. */
static apr_size_t bytes_seen(const char *stored)
{
    if (recognise_bcrypt(stored))
        return BCRYPT_BYTES_MAX;
    return recognise_des(stored) ? DES_BYTES_MAX : SIZE_MAX;
}

/* No sha-crypt hash matches a password too long for crypt(3): crypt(3) made none from it, and what
 * other libraries (passlib) made cannot be computed here. Its beginning is hashed all the same, so
 * that the answer takes as long as any other. */
static msa_password_result_t verify_crypt(apr_pool_t *pool, const msa_material_t *material,
                                          const char *stored)
{
    bool is_beyond = material->length > LONGEST;
    const char *computed;
    apr_size_t length = strlen(stored);
    if (!is_crypt_affordable(stored))
        return MSA_PASSWORD_TOO_COSTLY;
    computed = crypt_once(
        pool, is_beyond ? apr_pstrmemdup(pool, material->text, LONGEST) : material->text, stored);
    if (!computed)
        return errno == EINVAL ? MSA_PASSWORD_UNKNOWN_FORMAT : MSA_PASSWORD_FAILED;
    if (strlen(computed) != length || !msa_digest_equal(computed, stored, length))
        return MSA_PASSWORD_DIFFERS;
    return is_beyond && bytes_seen(stored) > LONGEST ? MSA_PASSWORD_DIFFERS : MSA_PASSWORD_MATCHES;
}

static bool is_weaker_bcrypt(const msa_scheme_cost_t *cost, const char *stored)
{
    return bcrypt_rounds(stored) < cost->values[0];
}

static bool is_weaker_sha(const msa_scheme_cost_t *cost, const char *stored)
{
    return sha_rounds(stored) < cost->values[0];
}

/* For new hashes, both use N * r = 2^(12 + cost). */
static bool is_work_less(const msa_scheme_cost_t *cost, int log2_n, int r)
{
    return (1ULL << log2_n) * (unsigned)r < 1ULL << (12 + cost->values[0]);
}

/* In yescrypt's digits, parameters count from one. */
static bool is_weaker_yescrypt(const msa_scheme_cost_t *cost, const char *stored)
{
    return !is_yescrypt_affordable(stored) ||
           is_work_less(cost, digit64(stored[4]) + 1, digit64(stored[5]) + 1);
}

static bool is_weaker_scrypt(const msa_scheme_cost_t *cost, const char *stored)
{
    return !is_crypt_scrypt_affordable(stored) ||
           is_work_less(cost, digit64(stored[3]), digit64(stored[4]));
}

static const char *make_setting(apr_pool_t *pool, const char *prefix, long cost, const char *random)
{
    char setting[CRYPT_GENSALT_OUTPUT_SIZE];
    if (!crypt_gensalt_rn(prefix, (unsigned long)cost, random, SALT_BYTES, setting,
                          sizeof(setting)))
        return NULL;
    return apr_pstrdup(pool, setting);
}

static apr_status_t fresh_setting(const msa_env_t *env, apr_pool_t *pool, const char *prefix,
                                  long cost, const char **setting)
{
    char random[SALT_BYTES];
    const char *made;
    apr_status_t status = env->random(env->baton, (unsigned char *)random, sizeof(random));
    if (status != APR_SUCCESS)
        return status;
    made = make_setting(pool, prefix, cost, random);
    if (!made)
        return APR_EGENERAL;
    *setting = made;
    return APR_SUCCESS;
}

static apr_status_t hash_crypt(const msa_env_t *env, apr_pool_t *pool, const char *prefix,
                               long cost, const msa_material_t *material, const char **stored)
{
    const char *setting = NULL, *made;
    apr_status_t status = fresh_setting(env, pool, prefix, cost, &setting);
    if (status != APR_SUCCESS)
        return status;
    made = crypt_once(pool, material->text, setting);
    if (!made)
        return APR_EGENERAL;
    *stored = made;
    return APR_SUCCESS;
}

apr_status_t msa_bcrypt_setting(const msa_env_t *env, apr_pool_t *pool,
                                const msa_scheme_cost_t *cost, const char **setting)
{
    return fresh_setting(env, pool, "$2b$", cost->values[0], setting);
}

static apr_status_t hash_bcrypt(const msa_env_t *env, apr_pool_t *pool,
                                const msa_scheme_cost_t *cost, const msa_material_t *material,
                                const char **stored)
{
    return hash_crypt(env, pool, "$2b$", cost->values[0], material, stored);
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

static apr_status_t hash_crypt_sha512(const msa_env_t *env, apr_pool_t *pool,
                                      const msa_scheme_cost_t *cost, const msa_material_t *material,
                                      const char **stored)
{
    return hash_crypt(env, pool, "$6$", cost->values[0], material, stored);
}

static apr_status_t hash_crypt_sha256(const msa_env_t *env, apr_pool_t *pool,
                                      const msa_scheme_cost_t *cost, const msa_material_t *material,
                                      const char **stored)
{
    return hash_crypt(env, pool, "$5$", cost->values[0], material, stored);
}

static apr_status_t hash_yescrypt(const msa_env_t *env, apr_pool_t *pool,
                                  const msa_scheme_cost_t *cost, const msa_material_t *material,
                                  const char **stored)
{
    return hash_crypt(env, pool, "$y$", cost->values[0], material, stored);
}

static apr_status_t hash_scrypt(const msa_env_t *env, apr_pool_t *pool,
                                const msa_scheme_cost_t *cost, const msa_material_t *material,
                                const char **stored)
{
    return hash_crypt(env, pool, "$7$", cost->values[0], material, stored);
}

/* A setting followed by a digest of dots: as costly as a real value, but the digest of nothing. */
static const char *dummy_crypt(apr_pool_t *pool, const char *prefix, long cost, int digest_length)
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

static const char *dummy_bcrypt(apr_pool_t *pool, const msa_scheme_cost_t *cost)
{
    return dummy_crypt(pool, "$2b$", cost->values[0], 31);
}

static const char *dummy_crypt_sha512(apr_pool_t *pool, const msa_scheme_cost_t *cost)
{
    return dummy_crypt(pool, "$6$", cost->values[0], 86);
}

static const char *dummy_crypt_sha256(apr_pool_t *pool, const msa_scheme_cost_t *cost)
{
    return dummy_crypt(pool, "$5$", cost->values[0], 43);
}

static const char *dummy_yescrypt(apr_pool_t *pool, const msa_scheme_cost_t *cost)
{
    return dummy_crypt(pool, "$y$", cost->values[0], 43);
}

static const char *dummy_scrypt(apr_pool_t *pool, const msa_scheme_cost_t *cost)
{
    return dummy_crypt(pool, "$7$", cost->values[0], 43);
}

const msa_scheme_t msa_bcrypt = {
    .name = "bcrypt",
    .options = {MSA_BCRYPT_ROUNDS},
    .longest = BCRYPT_BYTES_MAX - 1, /* 72 bytes might be the beginning of more */
    .recognise = recognise_bcrypt,
    .verify = verify_crypt,
    .is_weaker = is_weaker_bcrypt,
    .hash = hash_bcrypt,
    .dummy = dummy_bcrypt,
};

const msa_scheme_t msa_scrypt = {
    .name = "scrypt",
    .options = {{"cost", 8, 6, 9}},
    .longest = LONGEST,
    .recognise = recognise_crypt_scrypt,
    .verify = verify_crypt,
    .is_weaker = is_weaker_scrypt,
    .hash = hash_scrypt,
    .dummy = dummy_scrypt,
};

const msa_scheme_t msa_yescrypt = {
    .name = "yescrypt",
    .options = {{"cost", 5, 1, 9}},
    .longest = LONGEST,
    .recognise = recognise_yescrypt,
    .verify = verify_crypt,
    .is_weaker = is_weaker_yescrypt,
    .hash = hash_yescrypt,
    .dummy = dummy_yescrypt,
};

const msa_scheme_t msa_sha512_crypt = {
    .name = "sha512_crypt",
    .options = {{"rounds", 656000, 5000, SHA_ROUNDS_MAX}},
    .longest = LONGEST,
    .recognise = recognise_crypt_sha512,
    .verify = verify_crypt,
    .is_weaker = is_weaker_sha,
    .hash = hash_crypt_sha512,
    .dummy = dummy_crypt_sha512,
};

const msa_scheme_t msa_sha256_crypt = {
    .name = "sha256_crypt",
    .options = {{"rounds", 535000, 5000, SHA_ROUNDS_MAX}},
    .longest = LONGEST,
    .recognise = recognise_crypt_sha256,
    .verify = verify_crypt,
    .is_weaker = is_weaker_sha,
    .hash = hash_crypt_sha256,
    .dummy = dummy_crypt_sha256,
};

const msa_scheme_t msa_des_crypt = {
    .name = "des_crypt",
    .longest = DES_BYTES_MAX - 1,
    .recognise = recognise_des,
    .verify = verify_crypt,
};
