/* SPDX-License-Identifier: Apache-2.0 */
/* What htpasswd wrote and passlib's scrypt, which are only verified, and plain text. */

#include "scheme.h"

#include "base64.h"
#include "../base/digest.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include <apr_md5.h>
#include <apr_strings.h>

#define SHA1_BYTES      20
#define SHA1_CHARACTERS 28 /* of base64 */
#define MD5_SALT_MAX    8
#define MD5_DIGITS      22
#define STORED_MAX      255 /* as much as the column holds */

static const char APR_MD5[] = "$apr1$";
static const char LDAP_SHA1[] = "{SHA}";
static const char SCRYPT[] = "$scrypt$";

static bool recognise_md5(const char *stored)
{
    const char *salt = stored + sizeof(APR_MD5) - 1, *dollar;
    if (strncmp(stored, APR_MD5, sizeof(APR_MD5) - 1) != 0)
        return false;
    dollar = strchr(salt, '$');
    return dollar && dollar <= salt + MD5_SALT_MAX && strlen(dollar + 1) == MD5_DIGITS;
}

static bool recognise_sha1(const char *stored)
{
    const char *text = stored + sizeof(LDAP_SHA1) - 1;
    unsigned char digest[SHA1_BYTES];
    apr_size_t length = 0;
    return strncmp(stored, LDAP_SHA1, sizeof(LDAP_SHA1) - 1) == 0 &&
           strlen(text) == SHA1_CHARACTERS &&
           msa_base64_decode(text, SHA1_CHARACTERS, digest, sizeof(digest), &length) &&
           length == SHA1_BYTES;
}

static msa_password_result_t verify_htpasswd(apr_pool_t *pool, const msa_material_t *material,
                                             const char *stored)
{
    (void)pool;
    return apr_password_validate(material->text, stored) == APR_SUCCESS ? MSA_PASSWORD_MATCHES
                                                                        : MSA_PASSWORD_DIFFERS;
}

const msa_scheme_t msa_apr_md5_crypt = {
    .name = "apr_md5_crypt",
    .recognise = recognise_md5,
    .verify = verify_htpasswd,
};

const msa_scheme_t msa_ldap_sha1 = {
    .name = "ldap_sha1",
    .recognise = recognise_sha1,
    .verify = verify_htpasswd,
};

/* ---- passlib's `$scrypt$ln=16,r=8,p=1$SALT$DIGEST`, base64 without padding ---- */

#define SCRYPT_LN_MAX     17
#define SCRYPT_R_MAX      32
#define SCRYPT_P_MAX      10
#define SCRYPT_LN_R_MAX   (1UL << 20) /* N * r, as 2^17 with r = 8 or 2^15 with r = 32: 128 MiB */
#define SCRYPT_BYTES      32
#define SCRYPT_CHARACTERS 43
#define SCRYPT_SALT_MAX   64

typedef struct scrypt_t {
    unsigned long ln, r, p;
    unsigned char salt[SCRYPT_SALT_MAX], digest[SCRYPT_BYTES];
    apr_size_t salt_length;
} scrypt_t;

static bool read_legacy_number(const char **text, const char *name, char end, unsigned long *number)
{
    char *rest = NULL;
    if (strncmp(*text, name, strlen(name)) != 0)
        return false;
    *text += strlen(name);
    if (**text < '0' || **text > '9')
        return false;
    *number = strtoul(*text, &rest, 10);
    *text = rest + 1;
    return *rest == end;
}

static bool parse_scrypt(const char *stored, scrypt_t *parts)
{
    const char *text = stored + sizeof(SCRYPT) - 1, *dollar;
    apr_size_t length = 0;
    if (strncmp(stored, SCRYPT, sizeof(SCRYPT) - 1) != 0 ||
        !read_legacy_number(&text, "ln=", ',', &parts->ln) ||
        !read_legacy_number(&text, "r=", ',', &parts->r) ||
        !read_legacy_number(&text, "p=", '$', &parts->p))
        return false;
    dollar = strchr(text, '$');
    return dollar && strlen(dollar + 1) == SCRYPT_CHARACTERS &&
           msa_base64_decode(text, (apr_size_t)(dollar - text), parts->salt, SCRYPT_SALT_MAX,
                             &parts->salt_length) &&
           msa_base64_decode(dollar + 1, SCRYPT_CHARACTERS, parts->digest, SCRYPT_BYTES, &length) &&
           length == SCRYPT_BYTES;
}

static bool is_werkzeug_scrypt_affordable(const scrypt_t *parts)
{
    return parts->ln >= 1 && parts->ln <= SCRYPT_LN_MAX && parts->r >= 1 &&
           parts->r <= SCRYPT_R_MAX && parts->p >= 1 && parts->p <= SCRYPT_P_MAX &&
           parts->ln < 16 * parts->r && /* RFC 7914 section 2 */
           (1UL << parts->ln) * parts->r <= SCRYPT_LN_R_MAX;
}

static msa_password_result_t compare_scrypt(const msa_material_t *material, const scrypt_t *parts)
{
    unsigned char computed[SCRYPT_BYTES];
    uint64_t n = (uint64_t)1 << parts->ln;
    /* OpenSSL counts further blocks besides N * r; its default limit of 32 MiB is below the usual
     * cost. */
    uint64_t memory = 128 * (n * parts->r + parts->r * parts->p + 4 * parts->r) + 65536;
    msa_password_result_t result = MSA_PASSWORD_DIFFERS;
    if (EVP_PBE_scrypt(material->text, material->length, parts->salt, parts->salt_length, n,
                       parts->r, parts->p, memory, computed, sizeof(computed)) != 1)
        return MSA_PASSWORD_FAILED;
    if (msa_digest_equal(computed, parts->digest, sizeof(computed)))
        result = MSA_PASSWORD_MATCHES;
    msa_digest_wipe(computed, sizeof(computed));
    return result;
}

static bool recognise_werkzeug_scrypt(const char *stored)
{
    scrypt_t parts;
    return parse_scrypt(stored, &parts);
}

static msa_password_result_t verify_scrypt(apr_pool_t *pool, const msa_material_t *material,
                                           const char *stored)
{
    scrypt_t parts;
    (void)pool;
    if (!parse_scrypt(stored, &parts))
        return MSA_PASSWORD_UNKNOWN_FORMAT;
    return is_werkzeug_scrypt_affordable(&parts) ? compare_scrypt(material, &parts)
                                                 : MSA_PASSWORD_TOO_COSTLY;
}

const msa_scheme_t msa_passlib_scrypt = {
    .name = "passlib_scrypt",
    .recognise = recognise_werkzeug_scrypt,
    .verify = verify_scrypt,
};

/* ---- plain text ---- */

/* The mark of a disabled account or the remains of a hash are nobody's password. */
static bool recognise_plaintext(const char *stored)
{
    return *stored && !strchr("$!*{", *stored);
}

static msa_password_result_t verify_plaintext(apr_pool_t *pool, const msa_material_t *material,
                                              const char *stored)
{
    unsigned char typed[MSA_DIGEST_SIZE], kept[MSA_DIGEST_SIZE];
    (void)pool;
    msa_digest_sha256(material->text, material->length, typed);
    msa_digest_sha256(stored, strlen(stored), kept);
    return msa_digest_equal(typed, kept, sizeof(typed)) ? MSA_PASSWORD_MATCHES
                                                        : MSA_PASSWORD_DIFFERS;
}

static apr_status_t keep_plaintext(const msa_env_t *env, apr_pool_t *pool,
                                   const msa_scheme_cost_t *cost, const msa_material_t *material,
                                   const char **stored)
{
    (void)env;
    (void)cost;
    *stored = apr_pstrdup(pool, material->text);
    return APR_SUCCESS;
}

static bool is_weaker_plaintext(const msa_scheme_cost_t *cost, const char *stored)
{
    (void)cost;
    (void)stored;
    return false;
}

static const char *dummy_plaintext(apr_pool_t *pool, const msa_scheme_cost_t *cost)
{
    (void)pool;
    (void)cost;
    return "nobody's";
}

const msa_scheme_t msa_plaintext = {
    .name = "plaintext",
    .longest = STORED_MAX,
    .recognise = recognise_plaintext,
    .verify = verify_plaintext,
    .is_weaker = is_weaker_plaintext,
    .hash = keep_plaintext,
    .dummy = dummy_plaintext,
};
