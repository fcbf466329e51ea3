/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_BASE_DIGEST_H
#define MSA_BASE_DIGEST_H

/* Digests and secrets, and how they are written as text. Secrets are compared and wiped
 * here only. */

#include <stdbool.h>
#include <apr_pools.h>
#include "env.h"

#define MSA_DIGEST_SIZE   32 /* bytes of a SHA-256 */
#define MSA_SECRET_BYTES  32 /* 256 bits of randomness in every secret */
#define MSA_SECRET_LENGTH 43 /* its characters in base64url, RFC 4648 section 5 */

/**
 * SHA-256 (FIPS 180-4) of `length` bytes. The algorithm is fetched once per process. Neither this
 * nor the HMACs can fail: without memory or the algorithm they abort the process, as APR does.
 */
void msa_digest_sha256(const void *data, apr_size_t length, unsigned char out[MSA_DIGEST_SIZE]);

/** HMAC-SHA256 (RFC 2104). */
void msa_digest_hmac_sha256(const void *key, apr_size_t key_length, const void *data,
                            apr_size_t length, unsigned char out[MSA_DIGEST_SIZE]);

/** HMAC-SHA512 (RFC 2104): 64 bytes. */
void msa_digest_hmac_sha512(const void *key, apr_size_t key_length, const void *data,
                            apr_size_t length, unsigned char out[64]);

/**
 * The digest of `texts`, a NULL-terminated list whose first entry names the kind of the others: a
 * chain of SHA-256 digests, put through HMAC-SHA256 when `key` (MSA_DIGEST_SIZE bytes) is not NULL.
 * It covers where each text ends, so no untrusted text can pass for another kind or for two texts.
 */
void msa_digest_texts(const unsigned char *key, const char *const *texts,
                      unsigned char out[MSA_DIGEST_SIZE]);

/** Compares in constant time. Secrets and digests are never compared in any other way. */
bool msa_digest_equal(const void *a, const void *b, apr_size_t length);

/** Overwrites memory that held a secret; the compiler cannot optimise this away. */
void msa_digest_wipe(void *memory, apr_size_t length);

/** `length` bytes as lower-case hexadecimal, from `pool`. */
const char *msa_digest_hex(apr_pool_t *pool, const unsigned char *bytes, apr_size_t length);

/**
 * Reads exactly 64 hexadecimal digits of either case. False for anything else, and for NULL; `out`
 * is then left alone.
 */
bool msa_digest_from_hex(const char *hex, unsigned char out[MSA_DIGEST_SIZE]);

/** base64url without padding (RFC 4648 section 5), from `pool`. */
const char *msa_digest_base64url(apr_pool_t *pool, const unsigned char *bytes, apr_size_t length);

/**
 * Decodes base64url without padding, strictly: APR_EINVAL when it is malformed or its unused bits
 * are not zero. `*out`, of `*length` bytes, from `pool`.
 */
apr_status_t msa_digest_from_base64url(apr_pool_t *pool, const char *text, apr_size_t text_length,
                                       unsigned char **out, apr_size_t *length);

/** True for exactly MSA_SECRET_LENGTH characters of the base64url alphabet. */
bool msa_digest_is_secret(const char *text, apr_size_t length);

/**
 * A new secret of MSA_SECRET_BYTES random bytes as base64url, from `pool`; NULL when the source of
 * randomness fails.
 */
const char *msa_digest_secret(const msa_env_t *env, apr_pool_t *pool);

#endif
