/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_PASSWORD_PASSWORD_H
#define MSA_PASSWORD_PASSWORD_H

/* Hashing and verifying passwords in any scheme. Nothing above knows a scheme by name. */

#include <stdbool.h>
#include <apr_pools.h>
#include "../base/env.h"
#include "../base/settings.h"

#define MSA_PASSWORD_BYTES_MAX 4096 /* a longer password is refused before any hashing */

/** What a check of a password found. */
typedef enum {
    MSA_PASSWORD_MATCHES,
    MSA_PASSWORD_DIFFERS,
    MSA_PASSWORD_UNKNOWN_FORMAT, /* the stored value is not of an accepted scheme: never matches */
    MSA_PASSWORD_TOO_COSTLY,     /* the stored value costs more than is allowed: never matches */
    MSA_PASSWORD_FAILED          /* out of memory or a library failed: never matches */
} msa_password_result_t;

/** How passwords are hashed; made once from settings. */
typedef struct msa_password_policy_t msa_password_policy_t;

/**
 * Reads the password settings, which must outlive the policy, into a policy from `pool`. On failure
 * APR_EINVAL, and `*error` says in one sentence what is allowed (for an unknown or unsupported
 * scheme or option, a value out of bounds, an empty salt, a current scheme that is also deprecated,
 * a blocklist that cannot be read).
 */
apr_status_t msa_password_policy_make(apr_pool_t *pool, const msa_settings_t *settings,
                                      const msa_password_policy_t **policy, const char **error);

/**
 * How many characters the longest value has that msa_password_hash stores; in place of its own
 * limit, plaintext counts with the longest password allowed.
 */
int msa_password_width(const msa_password_policy_t *policy, apr_pool_t *pool);

/** True when SecurityPasswordBlocklist has this password, regardless of case. */
bool msa_password_is_common(const msa_password_policy_t *policy, apr_pool_t *pool,
                            const char *password);

/**
 * Hashes a password: NFKD, the HMAC-SHA512 step if the policy asks for it, then the scheme. Every
 * code point counts: a password that the scheme cannot hold (bcrypt sees 72 bytes, so at 72 it
 * might be cut; crypt(3) takes 511, plaintext 255) is stored as `$bcrypt-sha256$` (passlib's
 * format), which has no such limit. `*stored` from `pool`. APR_EINVAL for invalid UTF-8 or more
 * than MSA_PASSWORD_BYTES_MAX bytes; another error when randomness, memory or a library fails.
 */
apr_status_t msa_password_hash(const msa_password_policy_t *policy, const msa_env_t *env,
                               apr_pool_t *pool, const char *password, const char **stored);

/**
 * Compares a password with a stored value, in time that depends only on the cost of that value. A
 * password that cannot be hashed (msa_password_hash) differs, and a value that is not accepted
 * fails, without any work. `is_outdated`, if not NULL, is set whenever the two were compared: true
 * when the value should be replaced by a new hash (another or deprecated scheme, or a lower cost).
 */
msa_password_result_t msa_password_verify(const msa_password_policy_t *policy, apr_pool_t *pool,
                                          const char *password, const char *stored,
                                          bool *is_outdated);

/**
 * True when a password passes the HMAC step under SecurityPasswordSalt before it is compared with
 * this stored value, so that a hash made without that step never matches.
 */
bool msa_password_is_salted(const msa_password_policy_t *policy, const char *stored);

/** A decoy for names without a hash: takes as long as verifying one of the current scheme. */
void msa_password_verify_dummy(const msa_password_policy_t *policy, apr_pool_t *pool,
                               const char *password);

#endif
