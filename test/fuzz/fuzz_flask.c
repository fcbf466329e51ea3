/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"

#include "../../src/base/digest.h"
#include "../../src/flask/flask.h"

#include <string.h>

#include <apr_strings.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#define SECRET     "secret"
#define SHA1_SIZE  20
#define SIGNED_AT  "aWuO1g" /* base64url of four bytes: 1768656598 s */
#define LATER      apr_time_from_sec(1768656600)
#define LENGTH_MAX 64 /* of a uniquifier */

const char fuzz_name[] = "flask";

static void check(apr_pool_t *pool, msa_flask_kind_t kind, const char *value)
{
    msa_flask_claim_t claim = {0};
    if (msa_flask_verify(pool, kind, SECRET, value, LATER, &claim) != APR_SUCCESS) {
        fuzz_require(!claim.fs_uniquifier);
        return;
    }
    fuzz_require(*claim.fs_uniquifier && strlen(claim.fs_uniquifier) <= LENGTH_MAX);
    fuzz_require(claim.fresh_at >= 0 && claim.expires_at >= 0 && claim.signed_at <= LATER);
}

static const char *sign(apr_pool_t *pool, const char *text, const unsigned char key[SHA1_SIZE])
{
    const char *body = apr_pstrcat(pool, text, "." SIGNED_AT, NULL);
    unsigned char mac[SHA1_SIZE];
    unsigned int length = SHA1_SIZE;
    HMAC(EVP_sha1(), key, SHA1_SIZE, (const unsigned char *)body, strlen(body), mac, &length);
    return apr_pstrcat(pool, body, ".", msa_digest_base64url(pool, mac, sizeof(mac)), NULL);
}

/* Signs the input as a payload, as only the owner of the key can. */
static const char *sign_session(apr_pool_t *pool, const char *text)
{
    static const char SALT[] = "cookie-session";
    unsigned char key[SHA1_SIZE];
    unsigned int length = SHA1_SIZE;
    HMAC(EVP_sha1(), SECRET, (int)strlen(SECRET), (const unsigned char *)SALT, strlen(SALT), key,
         &length);
    return sign(pool, text, key);
}

static const char *sign_token(apr_pool_t *pool, const char *text)
{
    static const char KEY[] = "remember-salt"
                              "signer" SECRET;
    unsigned char key[SHA1_SIZE];
    unsigned int length = SHA1_SIZE;
    EVP_Digest(KEY, strlen(KEY), key, &length, EVP_sha1(), NULL);
    return sign(pool, text, key);
}

static const char *sign_remember(apr_pool_t *pool, const char *text)
{
    unsigned char mac[64];
    msa_digest_hmac_sha512(SECRET, strlen(SECRET), text, strlen(text), mac);
    return apr_pstrcat(pool, text, "|", msa_digest_hex(pool, mac, sizeof(mac)), NULL);
}

void fuzz_text(apr_pool_t *pool, const char *text, size_t length)
{
    const char *encoded = msa_digest_base64url(pool, (const unsigned char *)text, length);
    const char *packed = apr_pstrcat(pool, ".", encoded, NULL);
    check(pool, MSA_FLASK_SESSION, text);
    check(pool, MSA_FLASK_REMEMBER, text);
    check(pool, MSA_FLASK_TOKEN, text);
    check(pool, MSA_FLASK_SESSION, sign_session(pool, encoded));
    check(pool, MSA_FLASK_SESSION, sign_session(pool, packed));
    check(pool, MSA_FLASK_TOKEN, sign_token(pool, encoded));
    check(pool, MSA_FLASK_TOKEN, sign_token(pool, packed));
    check(pool, MSA_FLASK_TOKEN, sign_token(pool, text));
    check(pool, MSA_FLASK_REMEMBER, sign_remember(pool, text));
}
