/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_BASE_TEXT_HTTP_H
#define MSA_BASE_TEXT_HTTP_H

#include <stdbool.h>
#include <apr_pools.h>

/* What the headers of a request say (text_http.c). */

#define MSA_TEXT_BASIC_MAX 8192 /* bytes of a Basic Authorization header */

/**
 * Finds the next cookie `name` in `*rest` of a Cookie header (RFC 6265 section 5.4) and moves
 * `*rest` past it. Copies nothing: `*value` points into the header and is `*length` bytes long,
 * without double quotes around it. False when there is none.
 */
bool msa_text_cookie(const char **rest, const char *name, const char **value, apr_size_t *length);

/**
 * The decoded content of a Basic Authorization header, normally `name:password`, from `pool`. NULL
 * when the header is NULL, of another scheme or longer than MSA_TEXT_BASIC_MAX bytes, and when its
 * content is not base64 or has a NUL in it.
 */
const char *msa_text_credentials(apr_pool_t *pool, const char *header);

/**
 * Reads the credentials of an Authorization header (RFC 7617): APR_NOTFOUND when it is NULL or of
 * another scheme; APR_EINVAL when msa_text_credentials finds none, and for credentials that have no
 * colon, an empty name or password, or are not UTF-8. `*name` and `*password` from `pool`.
 */
apr_status_t msa_text_basic(apr_pool_t *pool, const char *header, const char **name,
                            const char **password);

/**
 * True when the answer is to be JSON: the Content-Type is application/json or application/...+json,
 * or the best entry of Accept (named types before ranges like `text/<any>`, then by highest q, then
 * by order) is application/json. Either may be NULL.
 */
bool msa_text_wants_json(const char *content_type, const char *accept);

/**
 * True when the media type (parameters ignored, case-insensitive) is application/json or
 * application/...+json; false for NULL.
 */
bool msa_text_is_json_type(const char *content_type);

/** True when the media type (parameters ignored, case-insensitive) is `type`; false for NULL. */
bool msa_text_is_type(const char *content_type, const char *type);

/**
 * True when Accept names text/html or application/xhtml+xml (as browsers do when they navigate to a
 * page) with a quality above 0; wildcards do not count. False for NULL.
 */
bool msa_text_accepts_html(const char *accept);

#endif
