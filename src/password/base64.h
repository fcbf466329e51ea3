/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_PASSWORD_BASE64_H
#define MSA_PASSWORD_BASE64_H

/* The base64 of stored hashes. */

#include <stdbool.h>
#include <apr_pools.h>

/**
 * Base64 without padding, as stored hashes use it, from `pool`; `sixty_two` is '+' or passlib's
 * '.'.
 */
const char *msa_base64_encode(apr_pool_t *pool, const unsigned char *bytes, apr_size_t length,
                              char sixty_two);

/**
 * Decodes base64 with or without padding and with either spelling of 62 into `bytes`; `*count` =
 * how many. False when it is empty, malformed or does not fit into `room`.
 */
bool msa_base64_decode(const char *text, apr_size_t text_length, unsigned char *bytes,
                       apr_size_t room, apr_size_t *count);

#endif
