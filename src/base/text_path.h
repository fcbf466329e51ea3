/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_BASE_TEXT_PATH_H
#define MSA_BASE_TEXT_PATH_H

#include <apr_pools.h>

/* Where a visitor may be sent (text_path.c). */

#define MSA_TEXT_NEXT_MAX 2048 /* bytes of a `next` value; a longer one is refused, never cut */

/**
 * The safe form of a redirect target (`next`), from `pool`: a path on this site, which begins with
 * exactly one slash, or an absolute URL whose scheme is http or https and whose authority is
 * `host`, reduced to its path. Bytes outside the URI characters of RFC 3986 are percent-encoded.
 * NULL for backslashes, control characters, a first slash followed by a space or by what decodes to
 * a slash, backslash, space or control character, credentials, other schemes and hosts, and more
 * than MSA_TEXT_NEXT_MAX bytes. `host` may be NULL: then only paths are accepted.
 */
const char *msa_text_local_path(apr_pool_t *pool, const char *next, const char *host);

#endif
