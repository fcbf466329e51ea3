/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256, HMAC, hexadecimal and base64url, secrets and comparing them in constant time. No other
 * file asks OpenSSL for SHA-2. */

#include "digest.h"
#include "text_form.h"

#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <apr_strings.h>

#define BLOCK_MAX 128  /* bytes of SHA-512's block */
#define INNER_PAD 0x36 /* RFC 2104 section 2 */
#define OUTER_PAD 0x5c

/* Unless it is fetched once and kept, OpenSSL 3 looks an algorithm up again at every use. */
static pthread_once_t once = PTHREAD_ONCE_INIT;
static EVP_MD *sha256;
static EVP_MD *sha512;

static void fetch(void)
{
    sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    sha512 = EVP_MD_fetch(NULL, "SHA512", NULL);
}

/* Any value made up for a digest that could not be computed would equal that of another failure,
 * and so open every lock. Like APR without memory, a process without digests ends. */
static void require(bool is_computed)
{
    if (!is_computed)
        abort();
}

void msa_digest_sha256(const void *data, apr_size_t length, unsigned char out[MSA_DIGEST_SIZE])
{
    pthread_once(&once, fetch);
    require(sha256 && EVP_Digest(data, length, out, NULL, sha256, NULL) == 1);
}

/* One half of RFC 2104: the padded key, then the text. */
static bool hash_behind(EVP_MD_CTX *context, const EVP_MD *algorithm, const unsigned char *padded,
                        const void *data, apr_size_t length, unsigned char *out)
{
    return EVP_DigestInit_ex(context, algorithm, NULL) == 1 &&
           EVP_DigestUpdate(context, padded, (size_t)EVP_MD_get_block_size(algorithm)) == 1 &&
           EVP_DigestUpdate(context, data, length) == 1 &&
           EVP_DigestFinal_ex(context, out, NULL) == 1;
}

/* HMAC() looks its algorithm up again at every call, which costs more than all the hashing. */
static void hmac(const EVP_MD *algorithm, const void *key, apr_size_t key_length, const void *data,
                 apr_size_t length, unsigned char *out, apr_size_t out_size)
{
    unsigned char inner[EVP_MAX_MD_SIZE], padded[BLOCK_MAX] = {0};
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    apr_size_t block = algorithm ? (apr_size_t)EVP_MD_get_block_size(algorithm) : 0;
    require(context && block && block <= BLOCK_MAX);
    if (key_length > block)
        require(EVP_Digest(key, key_length, padded, NULL, algorithm, NULL) == 1);
    else
        memcpy(padded, key, key_length);
    for (apr_size_t i = 0; i < block; i++)
        padded[i] ^= INNER_PAD;
    require(hash_behind(context, algorithm, padded, data, length, inner));
    for (apr_size_t i = 0; i < block; i++)
        padded[i] ^= INNER_PAD ^ OUTER_PAD;
    require(hash_behind(context, algorithm, padded, inner, out_size, out));
    EVP_MD_CTX_free(context);
    msa_digest_wipe(padded, sizeof(padded));
    msa_digest_wipe(inner, sizeof(inner));
}

void msa_digest_hmac_sha256(const void *key, apr_size_t key_length, const void *data,
                            apr_size_t length, unsigned char out[MSA_DIGEST_SIZE])
{
    pthread_once(&once, fetch);
    hmac(sha256, key, key_length, data, length, out, MSA_DIGEST_SIZE);
}

void msa_digest_hmac_sha512(const void *key, apr_size_t key_length, const void *data,
                            apr_size_t length, unsigned char out[64])
{
    pthread_once(&once, fetch);
    hmac(sha512, key, key_length, data, length, out, 64);
}

/* A chain: each step hashes the digest so far and the digest of the next text, two of one
 * length. */
void msa_digest_texts(const unsigned char *key, const char *const *texts,
                      unsigned char out[MSA_DIGEST_SIZE])
{
    unsigned char parts[2 * MSA_DIGEST_SIZE] = {0};
    for (; *texts; texts++) {
        msa_digest_sha256(*texts, strlen(*texts), parts + MSA_DIGEST_SIZE);
        msa_digest_sha256(parts, sizeof(parts), parts);
    }
    if (key)
        msa_digest_hmac_sha256(key, MSA_DIGEST_SIZE, parts, MSA_DIGEST_SIZE, out);
    else
        memcpy(out, parts, MSA_DIGEST_SIZE);
}

bool msa_digest_equal(const void *a, const void *b, apr_size_t length)
{
    return CRYPTO_memcmp(a, b, length) == 0;
}

void msa_digest_wipe(void *memory, apr_size_t length)
{
    OPENSSL_cleanse(memory, length);
}

const char *msa_digest_hex(apr_pool_t *pool, const unsigned char *bytes, apr_size_t length)
{
    static const char DIGITS[] = "0123456789abcdef";
    char *hex = apr_palloc(pool, 2 * length + 1);
    for (apr_size_t i = 0; i < length; i++) {
        hex[2 * i] = DIGITS[bytes[i] >> 4];
        hex[2 * i + 1] = DIGITS[bytes[i] & 15];
    }
    hex[2 * length] = '\0';
    return hex;
}

bool msa_digest_from_hex(const char *hex, unsigned char out[MSA_DIGEST_SIZE])
{
    unsigned char bytes[MSA_DIGEST_SIZE];
    if (!hex || strlen(hex) != 2 * MSA_DIGEST_SIZE)
        return false;
    for (int i = 0; i < MSA_DIGEST_SIZE; i++) {
        int high = msa_text_hex_value(hex[2 * i]), low = msa_text_hex_value(hex[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        bytes[i] = (unsigned char)(high << 4 | low);
    }
    memcpy(out, bytes, sizeof(bytes));
    return true;
}

static const char ALPHABET[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static int base64url_value(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '-')
        return 62;
    return c == '_' ? 63 : -1;
}

const char *msa_digest_base64url(apr_pool_t *pool, const unsigned char *bytes, apr_size_t length)
{
    char *text = apr_palloc(pool, (length * 8 + 5) / 6 + 1);
    char *end = text;
    unsigned int buffer = 0;
    int bits = 0;
    for (apr_size_t i = 0; i < length; i++) {
        buffer = (buffer << 8 | bytes[i]) & 0xffff;
        for (bits += 8; bits >= 6; bits -= 6)
            *end++ = ALPHABET[buffer >> (bits - 6) & 63];
    }
    if (bits)
        *end++ = ALPHABET[buffer << (6 - bits) & 63];
    *end = '\0';
    return text;
}

apr_status_t msa_digest_from_base64url(apr_pool_t *pool, const char *text, apr_size_t text_length,
                                       unsigned char **out, apr_size_t *length)
{
    unsigned char *bytes = apr_palloc(pool, text_length * 6 / 8 + 1);
    unsigned int buffer = 0;
    apr_size_t count = 0;
    int bits = 0;
    if (text_length % 4 == 1)
        return APR_EINVAL;
    for (apr_size_t i = 0; i < text_length; i++) {
        int value = base64url_value(text[i]);
        if (value < 0)
            return APR_EINVAL;
        buffer = (buffer << 6 | (unsigned int)value) & 0xffff;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            bytes[count++] = (unsigned char)(buffer >> bits);
        }
    }
    /* In the one accepted spelling, bits that belong to no byte are zero (RFC 4648 section 3.5). */
    if (buffer & ((1u << bits) - 1))
        return APR_EINVAL;
    *out = bytes;
    *length = count;
    return APR_SUCCESS;
}

/* Called for every signed-in request. */
bool msa_digest_is_secret(const char *text, apr_size_t length)
{
    static const unsigned char IS_DIGIT[UCHAR_MAX + 1] = {
        ['A' ... 'Z'] = 1, ['a' ... 'z'] = 1, ['0' ... '9'] = 1, ['-'] = 1, ['_'] = 1};
    unsigned char are_digits = 1;
    if (length != MSA_SECRET_LENGTH)
        return false;
    for (apr_size_t i = 0; i < MSA_SECRET_LENGTH; i++)
        are_digits &= IS_DIGIT[(unsigned char)text[i]];
    return are_digits;
}

const char *msa_digest_secret(const msa_env_t *env, apr_pool_t *pool)
{
    unsigned char bytes[MSA_SECRET_BYTES];
    const char *secret = NULL;
    if (env->random(env->baton, bytes, sizeof(bytes)) == APR_SUCCESS)
        secret = msa_digest_base64url(pool, bytes, sizeof(bytes));
    msa_digest_wipe(bytes, sizeof(bytes));
    return secret;
}
