/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_BASE_DIGEST_H
#define MSA_BASE_DIGEST_H

/* Digests, secrets and their spelling. Secrets are compared and wiped by these functions only. */

#include <stdbool.h>
#include <apr_pools.h>
#include "env.h"

#define MSA_DIGEST_SIZE   32 /* bytes of a SHA-256 */
#define MSA_SECRET_BYTES  32 /* 256 bits of randomness in every secret */
#define MSA_SECRET_LENGTH 43 /* its characters in base64url, RFC 4648 section 5 */

/**
 * SHA-256 (FIPS 180-4) of `length` bytes; the algorithm is fetched once per process. This and the
 * HMACs cannot fail: without memory or algorithm they abort the process, like APR.
 */
void msa_digest_sha256(const void *data, apr_size_t length, unsigned char out[MSA_DIGEST_SIZE]);

/** HMAC-SHA256 (RFC 2104). */
void msa_digest_hmac_sha256(const void *key, apr_size_t key_length, const void *data,
                            apr_size_t length, unsigned char out[MSA_DIGEST_SIZE]);

/** HMAC-SHA512 (RFC 2104); 64 bytes. */
void msa_digest_hmac_sha512(const void *key, apr_size_t key_length, const void *data,
                            apr_size_t length, unsigned char out[64]);

/**
 * The digest of a kind and the texts of it, NULL at the end: SHA-256, or HMAC-SHA256 when `key` (of
 * MSA_DIGEST_SIZE bytes) is not NULL. Each text counts with its end, so that whatever untrusted
 * text says, it is never taken for another kind or for two texts.
 */
void msa_digest_texts(const unsigned char *key, const char *const *texts,
                      unsigned char out[MSA_DIGEST_SIZE]);

/** Constant-time comparison; the only way secrets and digests are compared. */
bool msa_digest_equal(const void *a, const void *b, apr_size_t length);

/** Overwrites memory that held a secret; not optimised away. */
void msa_digest_wipe(void *memory, apr_size_t length);

/** Lower-case hexadecimal of `length` bytes, from `pool`. */
const char *msa_digest_hex(apr_pool_t *pool, const unsigned char *bytes, apr_size_t length);

/** Reads 64 hexadecimal digits; false when `hex` is anything else. */
bool msa_digest_from_hex(const char *hex, unsigned char out[MSA_DIGEST_SIZE]);

/** base64url without padding (RFC 4648 section 5), from `pool`. */
const char *msa_digest_base64url(apr_pool_t *pool, const unsigned char *bytes, apr_size_t length);

/** Decodes base64url without padding, strictly; APR_EINVAL when malformed. `*out` from `pool`. */
apr_status_t msa_digest_from_base64url(apr_pool_t *pool, const char *text, apr_size_t text_length,
                                       unsigned char **out, apr_size_t *length);

/** True for exactly MSA_SECRET_LENGTH characters of the base64url alphabet. */
bool msa_digest_is_secret(const char *text, apr_size_t length);

/** A new secret of 256 bits as base64url, from `pool`; NULL when randomness failed. */
const char *msa_digest_secret(const msa_env_t *env, apr_pool_t *pool);

#endif
