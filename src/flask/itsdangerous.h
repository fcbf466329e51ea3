/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_FLASK_ITSDANGEROUS_H
#define MSA_FLASK_ITSDANGEROUS_H

/* Signed values in the format of Python's itsdangerous. */

#include <apr_pools.h>
#include <apr_time.h>
#include <jansson.h>

#define MSA_ITSDANGEROUS_BYTES_MAX   8192  /* of a signed value */
#define MSA_ITSDANGEROUS_PAYLOAD_MAX 65536 /* of its JSON after decompression */

/** How the signing key is derived from the secret key and the salt. */
typedef enum {
    MSA_DERIVE_CONCAT, /* SHA1(salt "signer" secret): URLSafeTimedSerializer */
    MSA_DERIVE_HMAC    /* HMAC-SHA1(secret, salt): Flask's session cookie */
} msa_derive_t;

/**
 * Verifies a value of the URLSafeTimedSerializer of Python's itsdangerous: payload `.` time `.`
 * HMAC-SHA1, all in base64url without padding, with a leading dot when the payload is compressed by
 * zlib. APR_EINVAL for anything malformed, forged, too long, or signed more than five seconds after
 * `now`. `*payload` is a new reference, which the caller releases; `*signed_at` is the time of the
 * signature.
 */
apr_status_t msa_itsdangerous_verify(apr_pool_t *pool, msa_derive_t derive, const char *secret,
                                     const char *salt, const char *value, apr_time_t now,
                                     json_t **payload, apr_time_t *signed_at);

#endif
