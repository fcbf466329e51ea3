/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_PASSWORD_SCHEME_H
#define MSA_PASSWORD_SCHEME_H

#include <stdbool.h>
#include "password.h"

#define MSA_SCHEME_OPTIONS 3

/** The cost of new hashes; meaning and bounds stand in the scheme's row. */
typedef struct msa_scheme_cost_t {
    long values[MSA_SCHEME_OPTIONS];
} msa_scheme_cost_t;

/** One word of SecurityPasswordHashOptions. */
typedef struct msa_scheme_option_t {
    const char *name; /* NULL ends the list */
    long initial, minimum, maximum;
} msa_scheme_option_t;

/** What is hashed: the password after NFKD and the HMAC step. */
typedef struct msa_material_t {
    const char *text; /* NUL-terminated */
    apr_size_t length;
} msa_material_t;

/** One password scheme: a row of SCHEMES[]. */
typedef struct msa_scheme_t {
    const char *name;
    msa_scheme_option_t options[MSA_SCHEME_OPTIONS + 1];
    /** True when the stored value is written in this scheme's form. */
    bool (*recognise)(const char *stored);
    msa_password_result_t (*verify)(apr_pool_t *pool, const msa_material_t *material,
                                    const char *stored);
    /** True when the stored value costs less than is asked for; NULL = verified only. */
    bool (*is_weaker)(const msa_scheme_cost_t *cost, const char *stored);
    /** A new stored value with fresh salt; NULL = verified only. */
    apr_status_t (*hash)(const msa_env_t *env, apr_pool_t *pool, const msa_scheme_cost_t *cost,
                         const msa_material_t *material, const char **stored);
    /** A stored value of this cost that nothing matches, to spend the time on. */
    const char *(*dummy)(apr_pool_t *pool, const msa_scheme_cost_t *cost);
} msa_scheme_t;

/* scheme_argon2.c */
bool msa_argon2_recognise(const char *stored);
msa_password_result_t msa_argon2_verify(apr_pool_t *pool, const msa_material_t *material,
                                        const char *stored);
bool msa_argon2_is_weaker(const msa_scheme_cost_t *cost, const char *stored);
apr_status_t msa_argon2_hash(const msa_env_t *env, apr_pool_t *pool, const msa_scheme_cost_t *cost,
                             const msa_material_t *material, const char **stored);
const char *msa_argon2_dummy(apr_pool_t *pool, const msa_scheme_cost_t *cost);
bool msa_django_argon2_recognise(const char *stored);
msa_password_result_t msa_django_argon2_verify(apr_pool_t *pool, const msa_material_t *material,
                                               const char *stored);

/* scheme_crypt.c: what libxcrypt's crypt(3) knows */
bool msa_bcrypt_recognise(const char *stored);
bool msa_sha512_crypt_recognise(const char *stored);
bool msa_sha256_crypt_recognise(const char *stored);
bool msa_yescrypt_recognise(const char *stored);
bool msa_scrypt_recognise(const char *stored);
bool msa_des_crypt_recognise(const char *stored);
/** Verifies any of them, after a look at the cost that the stored value asks for. */
msa_password_result_t msa_crypt_verify(apr_pool_t *pool, const msa_material_t *material,
                                       const char *stored);
bool msa_bcrypt_is_weaker(const msa_scheme_cost_t *cost, const char *stored);
bool msa_sha_crypt_is_weaker(const msa_scheme_cost_t *cost, const char *stored);
bool msa_never_weaker(const msa_scheme_cost_t *cost, const char *stored);
apr_status_t msa_bcrypt_hash(const msa_env_t *env, apr_pool_t *pool, const msa_scheme_cost_t *cost,
                             const msa_material_t *material, const char **stored);
/** bcrypt under a given setting, `$2b$12$` and 22 characters of salt. */
apr_status_t msa_bcrypt_with_setting(apr_pool_t *pool, const msa_material_t *material,
                                     const char *setting, const char **stored);
apr_status_t msa_sha512_crypt_hash(const msa_env_t *env, apr_pool_t *pool,
                                   const msa_scheme_cost_t *cost, const msa_material_t *material,
                                   const char **stored);
apr_status_t msa_sha256_crypt_hash(const msa_env_t *env, apr_pool_t *pool,
                                   const msa_scheme_cost_t *cost, const msa_material_t *material,
                                   const char **stored);
apr_status_t msa_yescrypt_hash(const msa_env_t *env, apr_pool_t *pool,
                               const msa_scheme_cost_t *cost, const msa_material_t *material,
                               const char **stored);
apr_status_t msa_scrypt_hash(const msa_env_t *env, apr_pool_t *pool, const msa_scheme_cost_t *cost,
                             const msa_material_t *material, const char **stored);
const char *msa_bcrypt_dummy(apr_pool_t *pool, const msa_scheme_cost_t *cost);
const char *msa_sha512_crypt_dummy(apr_pool_t *pool, const msa_scheme_cost_t *cost);
const char *msa_sha256_crypt_dummy(apr_pool_t *pool, const msa_scheme_cost_t *cost);
const char *msa_yescrypt_dummy(apr_pool_t *pool, const msa_scheme_cost_t *cost);
const char *msa_scrypt_dummy(apr_pool_t *pool, const msa_scheme_cost_t *cost);

/* scheme_bcrypt_sha256.c: bcrypt over a digest, which has no limit of 72 bytes */
bool msa_bcrypt_sha256_recognise(const char *stored);
msa_password_result_t msa_bcrypt_sha256_verify(apr_pool_t *pool, const msa_material_t *material,
                                               const char *stored);
bool msa_bcrypt_sha256_is_weaker(const msa_scheme_cost_t *cost, const char *stored);
apr_status_t msa_bcrypt_sha256_hash(const msa_env_t *env, apr_pool_t *pool,
                                    const msa_scheme_cost_t *cost, const msa_material_t *material,
                                    const char **stored);
bool msa_django_bcrypt_sha256_recognise(const char *stored);
msa_password_result_t msa_django_bcrypt_sha256_verify(apr_pool_t *pool,
                                                      const msa_material_t *material,
                                                      const char *stored);

/* scheme_pbkdf2.c */
bool msa_pbkdf2_sha512_recognise(const char *stored);
bool msa_pbkdf2_sha256_recognise(const char *stored);
bool msa_django_pbkdf2_sha256_recognise(const char *stored);
bool msa_django_pbkdf2_sha1_recognise(const char *stored);
/** Verifies any of them. */
msa_password_result_t msa_pbkdf2_verify(apr_pool_t *pool, const msa_material_t *material,
                                        const char *stored);
bool msa_pbkdf2_is_weaker(const msa_scheme_cost_t *cost, const char *stored);
apr_status_t msa_pbkdf2_sha512_hash(const msa_env_t *env, apr_pool_t *pool,
                                    const msa_scheme_cost_t *cost, const msa_material_t *material,
                                    const char **stored);
apr_status_t msa_pbkdf2_sha256_hash(const msa_env_t *env, apr_pool_t *pool,
                                    const msa_scheme_cost_t *cost, const msa_material_t *material,
                                    const char **stored);
const char *msa_pbkdf2_sha512_dummy(apr_pool_t *pool, const msa_scheme_cost_t *cost);
const char *msa_pbkdf2_sha256_dummy(apr_pool_t *pool, const msa_scheme_cost_t *cost);

/* scheme_legacy.c: what htpasswd wrote, and no hash at all */
bool msa_apr_md5_recognise(const char *stored);
bool msa_ldap_sha1_recognise(const char *stored);
msa_password_result_t msa_htpasswd_verify(apr_pool_t *pool, const msa_material_t *material,
                                          const char *stored);
bool msa_plaintext_recognise(const char *stored);
msa_password_result_t msa_plaintext_verify(apr_pool_t *pool, const msa_material_t *material,
                                           const char *stored);
apr_status_t msa_plaintext_hash(const msa_env_t *env, apr_pool_t *pool,
                                const msa_scheme_cost_t *cost, const msa_material_t *material,
                                const char **stored);
const char *msa_plaintext_dummy(apr_pool_t *pool, const msa_scheme_cost_t *cost);

#endif
