/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_PASSWORD_PASSWORD_H
#define MSA_PASSWORD_PASSWORD_H

/* Hashing and verifying passwords, whatever the scheme. Nothing above knows one by name. */

#include <stdbool.h>
#include <apr_pools.h>
#include "../base/env.h"
#include "../base/settings.h"

#define MSA_PASSWORD_BYTES_MAX 4096 /* a longer password is refused before any hashing */

/** What a check of a password found. */
typedef enum {
    MSA_PASSWORD_MATCHES,
    MSA_PASSWORD_DIFFERS,
    MSA_PASSWORD_UNKNOWN_FORMAT, /* the stored value is no hash of an accepted scheme: never matches
                                  */
    MSA_PASSWORD_TOO_COSTLY, /* the stored value asks for more work than is allowed: never matches
                              */
    MSA_PASSWORD_FAILED      /* out of memory or a library failed: never matches */
} msa_password_result_t;

/** How passwords are hashed here; made once from settings. */
typedef struct msa_password_policy_t msa_password_policy_t;

/**
 * Reads the password settings into a policy. On failure returns APR_EINVAL and `*error` says in one
 * sentence what is allowed (unknown scheme, option, value out of bounds, salt
 * missing, blocklist that cannot be read).
 */
apr_status_t msa_password_policy_make(apr_pool_t *pool, const msa_settings_t *settings,
                                      const msa_password_policy_t **policy, const char **error);

/** Characters of the longest value that msa_password_hash stores. */
int msa_password_width(const msa_password_policy_t *policy, apr_pool_t *pool);

/** True when SecurityPasswordBlocklist has this password, in whatever case it is written. */
bool msa_password_is_common(const msa_password_policy_t *policy, apr_pool_t *pool,
                            const char *password);

/**
 * Hashes a password: NFKD, the HMAC-SHA512 step where the policy asks for it, the scheme. Every
 * code point counts: where the scheme cannot hold the password (bcrypt sees 72 bytes, so at 72
 * it could be cut; crypt(3) takes 511), the value stored is `$bcrypt-sha256$` (passlib's format),
 * which has no such limit.
 * `*stored` from `pool`. APR_EINVAL for invalid UTF-8 or more than MSA_PASSWORD_BYTES_MAX bytes.
 */
apr_status_t msa_password_hash(const msa_password_policy_t *policy, const msa_env_t *env,
                               apr_pool_t *pool, const char *password, const char **stored);

/**
 * Compares a password with a stored value in time that depends on the stored value's cost only.
 * `is_outdated`, if not NULL, is set when they were compared, whatever came of it: the value should
 * be replaced by a new hash (another or deprecated scheme, weaker cost).
 */
msa_password_result_t msa_password_verify(const msa_password_policy_t *policy, apr_pool_t *pool,
                                          const char *password, const char *stored,
                                          bool *is_outdated);

/**
 * True when a password goes through the HMAC step under SecurityPasswordSalt before it is compared
 * with this stored value, so that a hash made without it never matches.
 */
bool msa_password_is_salted(const msa_password_policy_t *policy, const char *stored);

/** Spends the time of verifying a hash of the current scheme, for names that have none. */
void msa_password_verify_dummy(const msa_password_policy_t *policy, apr_pool_t *pool,
                               const char *password);

#endif
