/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_MAIL_ENCODE_H
#define MSA_MAIL_ENCODE_H

/* Text in the forms that mail can carry. */

#include <stdbool.h>
#include <apr_pools.h>

/**
 * A header's unstructured text, its name of `used` characters already on the line: as it is when it
 * is ASCII and fits, else as encoded words (RFC 2047) of whole code points, folded. NULL when the
 * text holds control characters or is no UTF-8.
 */
const char *msa_encode_header(apr_pool_t *pool, const char *text, apr_size_t used);

/** The same for a display name: ASCII becomes a quoted string (RFC 5322 section 3.2.4). */
const char *msa_encode_phrase(apr_pool_t *pool, const char *text, apr_size_t used);

/**
 * A body in lines of at most 76 characters that no mailer on the way needs to touch:
 * quoted-printable, or base64 where that would be much longer (RFC 2045 section 6). Ends in a
 * newline. `*name` = of the encoding.
 */
const char *msa_encode_body(apr_pool_t *pool, const char *body, const char **name);

#endif
