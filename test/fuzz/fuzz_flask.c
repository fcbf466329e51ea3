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

/* What only somebody with the key could write: the payload is the input. */
static const char *sign_session(apr_pool_t *pool, const char *text)
{
    const char *salt = "cookie-session";
    const char *body = apr_pstrcat(pool, text, "." SIGNED_AT, NULL);
    unsigned char key[SHA1_SIZE], mac[SHA1_SIZE];
    unsigned int length = SHA1_SIZE;
    HMAC(EVP_sha1(), SECRET, (int)strlen(SECRET), (const unsigned char *)salt, strlen(salt), key,
         &length);
    HMAC(EVP_sha1(), key, SHA1_SIZE, (const unsigned char *)body, strlen(body), mac, &length);
    return apr_pstrcat(pool, body, ".", msa_digest_base64url(pool, mac, sizeof(mac)), NULL);
}

void fuzz_text(apr_pool_t *pool, const char *text, size_t length)
{
    const char *encoded = msa_digest_base64url(pool, (const unsigned char *)text, length);
    check(pool, MSA_FLASK_SESSION, text);
    check(pool, MSA_FLASK_REMEMBER, text);
    check(pool, MSA_FLASK_TOKEN, text);
    check(pool, MSA_FLASK_SESSION, sign_session(pool, encoded));
    check(pool, MSA_FLASK_SESSION, sign_session(pool, apr_pstrcat(pool, ".", encoded, NULL)));
}
