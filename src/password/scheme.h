/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_PASSWORD_SCHEME_H
#define MSA_PASSWORD_SCHEME_H

/* What a password scheme has to provide to be a row of SCHEMES[]. */

#include <stdbool.h>
#include "password.h"

#define MSA_SCHEME_OPTIONS 3

/** The cost of new hashes; the row of the scheme gives meaning and bounds of each value. */
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

/** One password scheme, as listed in SCHEMES[] of password.c. */
typedef struct msa_scheme_t {
    const char *name;
    msa_scheme_option_t options[MSA_SCHEME_OPTIONS + 1];
    /** How many bytes of material it can hold; a longer password goes elsewhere. 0 = any. */
    apr_size_t longest;
    /** True when the stored value has the form of this scheme. */
    bool (*recognise)(const char *stored);
    msa_password_result_t (*verify)(apr_pool_t *pool, const msa_material_t *material,
                                    const char *stored);
    /** True when the stored value costs less than `cost`; NULL = the scheme only verifies. */
    bool (*is_weaker)(const msa_scheme_cost_t *cost, const char *stored);
    /** A new stored value with a fresh salt, from `pool`; NULL = the scheme only verifies. */
    apr_status_t (*hash)(const msa_env_t *env, apr_pool_t *pool, const msa_scheme_cost_t *cost,
                         const msa_material_t *material, const char **stored);
    /** A decoy: a stored value of this cost that nothing matches. NULL = only verifies. */
    const char *(*dummy)(apr_pool_t *pool, const msa_scheme_cost_t *cost);
} msa_scheme_t;

/* scheme_argon2.c */
extern const msa_scheme_t msa_argon2, msa_django_argon2;

/* scheme_crypt.c: what libxcrypt's crypt(3) knows */
extern const msa_scheme_t msa_bcrypt, msa_scrypt, msa_yescrypt, msa_sha512_crypt, msa_sha256_crypt,
    msa_des_crypt;

/** The option of each scheme that is bcrypt inside. */
#define MSA_BCRYPT_ROUNDS                                                                          \
    {                                                                                              \
        "rounds", 12, 4, 15                                                                        \
    }

/** A fresh setting of bcrypt, from `pool`: `$2b$12$` and 22 characters of salt. */
apr_status_t msa_bcrypt_setting(const msa_env_t *env, apr_pool_t *pool,
                                const msa_scheme_cost_t *cost, const char **setting);

/** bcrypt under a given setting; `*stored` from `pool`. */
apr_status_t msa_bcrypt_with_setting(apr_pool_t *pool, const msa_material_t *material,
                                     const char *setting, const char **stored);

/* scheme_bcrypt_sha256.c: bcrypt of a digest, which has no limit of 72 bytes */
extern const msa_scheme_t msa_bcrypt_sha256, msa_django_bcrypt_sha256;

/* scheme_pbkdf2.c */
extern const msa_scheme_t msa_pbkdf2_sha512, msa_pbkdf2_sha256, msa_django_pbkdf2_sha256,
    msa_django_pbkdf2_sha1;

/* scheme_legacy.c: what htpasswd wrote, passlib's scrypt, and plain text */
extern const msa_scheme_t msa_apr_md5_crypt, msa_ldap_sha1, msa_passlib_scrypt, msa_plaintext;

#endif
