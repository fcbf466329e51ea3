/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_BASE_TEXT_EMAIL_H
#define MSA_BASE_TEXT_EMAIL_H

#include <stdbool.h>
#include <apr_pools.h>

/* E-mail addresses (text_email.c). */

#define MSA_TEXT_EMAIL_MAX 254 /* bytes of an e-mail address (RFC 5321 section 4.5.3.1) */

/**
 * Normalises an e-mail address: one `@`, local part a dot-atom of RFC 5322 or UTF-8 (RFC 6531) in
 * NFC with its case kept and no character that cannot be seen, domain mapped by IDNA 2008/UTS 46
 * (libidn2) to lower-case U-labels with at least two labels. APR_EINVAL for anything else: spaces,
 * quotes, a leading hyphen, IP literals, over-long parts.
 */
apr_status_t msa_text_email_normalize(apr_pool_t *pool, const char *address, const char **normal);

/**
 * False when a normalised address is in a special-use top-level domain (RFC 6761, 6762, 7686, 3172:
 * local, localhost, test, invalid, onion, arpa), where no mail of the Internet arrives.
 */
bool msa_text_email_is_public(const char *normal);

/**
 * An address so that who has it knows it again and nobody else learns it: `j***@e***.org`. Of the
 * domain the last label stays.
 */
const char *msa_text_email_mask(apr_pool_t *pool, const char *address);

#endif
