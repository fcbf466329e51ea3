/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_BASE_TEXT_HTTP_H
#define MSA_BASE_TEXT_HTTP_H

#include <stdbool.h>
#include <apr_pools.h>

/* What stands in headers of a request (text_http.c). */

#define MSA_TEXT_BASIC_MAX 8192 /* bytes of an Authorization header with a password */

/**
 * Finds the next cookie `name` in `*rest` of a Cookie header (RFC 6265 section 5.4), which then
 * stands behind it. No copy: `*value` points into the header and is `*length` bytes long. False
 * when there is none.
 */
bool msa_text_cookie(const char **rest, const char *name, const char **value, apr_size_t *length);

/**
 * What stands encoded in a Basic Authorization header, `name:password` as a rule, from `pool`. NULL
 * when the header is NULL or of another scheme, for what is no base64 or has a NUL in it, and
 * beyond MSA_TEXT_BASIC_MAX bytes.
 */
const char *msa_text_credentials(apr_pool_t *pool, const char *header);

/**
 * Reads the credentials of an Authorization header (RFC 7617): APR_NOTFOUND when it is NULL or of
 * another scheme; APR_EINVAL where msa_text_credentials finds none, or without a colon, with an
 * empty name or password, or no UTF-8. `*name` and `*password` from `pool`.
 */
apr_status_t msa_text_basic(apr_pool_t *pool, const char *header, const char **name,
                            const char **password);

/**
 * True when the answer is to be JSON: the Content-Type is application/json or application/...+json,
 * or the best entry of Accept (named before ranges like `text/<any>`, then highest q, then order)
 * is application/json. NULLs allowed.
 */
bool msa_text_wants_json(const char *content_type, const char *accept);

/** True when the media type (parameters ignored) is application/json or application/...+json. */
bool msa_text_is_json_type(const char *content_type);

/** True when the media type (parameters ignored, case-insensitive) is exactly `type`. */
bool msa_text_is_type(const char *content_type, const char *type);

/**
 * True when Accept lists text/html itself or application/xhtml+xml itself (as browsers navigating
 * to a page do), with a quality above 0; wildcards do not count.
 */
bool msa_text_accepts_html(const char *accept);

#endif
