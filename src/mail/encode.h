/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_MAIL_ENCODE_H
#define MSA_MAIL_ENCODE_H

/* Text in the forms that mail can carry. */

#include <stdbool.h>
#include <apr_pools.h>

/**
 * The unstructured text of a header whose name takes `used` characters of the line: as it is when
 * it is printable ASCII and fits, else as encoded words (RFC 2047) of whole code points, folded;
 * from `pool`. NULL when the text has control characters or is not UTF-8.
 */
const char *msa_encode_header(apr_pool_t *pool, const char *text, apr_size_t used);

/**
 * The same for a display name: ASCII that fits becomes a quoted string (RFC 5322 section 3.2.4).
 */
const char *msa_encode_phrase(apr_pool_t *pool, const char *text, apr_size_t used);

/**
 * A body, from `pool`, in lines of at most 76 characters that no mailer on the way needs to touch:
 * quoted-printable, or base64 when that would be much longer (RFC 2045 section 6). Ends in a
 * newline unless it is empty. `*name` = the name of the encoding.
 */
const char *msa_encode_body(apr_pool_t *pool, const char *body, const char **name);

#endif
