/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_BASE_TEXT_EMAIL_H
#define MSA_BASE_TEXT_EMAIL_H

#include <stdbool.h>
#include <apr_pools.h>

/* Email addresses (text_email.c). */

#define MSA_TEXT_EMAIL_MAX 254 /* bytes of an email address (RFC 5321 section 4.5.3.1) */

/**
 * Normalises an email address: one `@`; a local part that is a dot-atom of RFC 5322 or UTF-8 (RFC
 * 6531), in NFC, with its case kept and no invisible character; a domain mapped by IDNA 2008/UTS 46
 * (libidn2) to lower-case U-labels, at least two, the last not a number. `*normal` from `pool`.
 * APR_EINVAL for anything else: spaces, quotes, a leading hyphen or accent, IP literals, more than
 * 64 bytes before the `@` or MSA_TEXT_EMAIL_MAX in all.
 */
apr_status_t msa_text_email_normalize(apr_pool_t *pool, const char *address, const char **normal);

/**
 * False when a normalised address is in a special-use top-level domain (RFC 6761, 6762, 7686, 3172:
 * local, localhost, test, invalid, onion, arpa), which no mail on the Internet reaches.
 */
bool msa_text_email_is_public(const char *normal);

/**
 * An address that its owner recognises and nobody else learns: `j***@e***.org`, from `pool`. Only
 * the last label of the domain is kept; a part of one character becomes `***`.
 */
const char *msa_text_email_mask(apr_pool_t *pool, const char *address);

#endif
