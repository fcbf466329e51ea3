/* SPDX-License-Identifier: Apache-2.0 */
#include "scheme.h"

#include "../base/digest.h"

#include <string.h>

#include <apr_md5.h>
#include <apr_strings.h>

#define SHA1_STORED_LENGTH 33 /* {SHA} and base64 of 20 bytes */
#define MD5_STORED_MIN     29 /* $apr1$, a salt of one, $, 22 digits, less the shortest salt */
#define MD5_STORED_MAX     37

bool msa_apr_md5_recognise(const char *stored)
{
    apr_size_t length = strlen(stored);
    return strncmp(stored, "$apr1$", 6) == 0 && length >= MD5_STORED_MIN &&
           length <= MD5_STORED_MAX && strchr(stored + 6, '$') != NULL;
}

bool msa_ldap_sha1_recognise(const char *stored)
{
    return strncmp(stored, "{SHA}", 5) == 0 && strlen(stored) == SHA1_STORED_LENGTH;
}

msa_password_result_t msa_htpasswd_verify(apr_pool_t *pool, const msa_material_t *material,
                                          const char *stored)
{
    (void)pool;
    return apr_password_validate(material->text, stored) == APR_SUCCESS ? MSA_PASSWORD_MATCHES
                                                                        : MSA_PASSWORD_DIFFERS;
}

/* Marks of disabled accounts and remains of hashes are not anybody's password. */
bool msa_plaintext_recognise(const char *stored)
{
    return *stored && !strchr("$!*{", *stored);
}

msa_password_result_t msa_plaintext_verify(apr_pool_t *pool, const msa_material_t *material,
                                           const char *stored)
{
    unsigned char typed[MSA_DIGEST_SIZE], kept[MSA_DIGEST_SIZE];
    (void)pool;
    msa_digest_sha256(material->text, material->length, typed);
    msa_digest_sha256(stored, strlen(stored), kept);
    return msa_digest_equal(typed, kept, sizeof(typed)) ? MSA_PASSWORD_MATCHES
                                                        : MSA_PASSWORD_DIFFERS;
}

apr_status_t msa_plaintext_hash(const msa_env_t *env, apr_pool_t *pool,
                                const msa_scheme_cost_t *cost, const msa_material_t *material,
                                const char **stored)
{
    (void)env;
    (void)cost;
    if (!msa_plaintext_recognise(material->text))
        return APR_EINVAL;
    *stored = apr_pstrdup(pool, material->text);
    return APR_SUCCESS;
}

const char *msa_plaintext_dummy(apr_pool_t *pool, const msa_scheme_cost_t *cost)
{
    (void)pool;
    (void)cost;
    return "nobody's";
}
