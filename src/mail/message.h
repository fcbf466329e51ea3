/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_MAIL_MESSAGE_H
#define MSA_MAIL_MESSAGE_H

/* One mail, as the bytes that a mail program takes. */

#include <apr_pools.h>
#include <apr_time.h>

/** One message to one recipient; all texts are UTF-8. */
typedef struct msa_message_t {
    const char *message_id; /* left@right, without <> */
    const char *sender;     /* `ann@example.org` or `Ann Example <ann@example.org>` */
    const char *recipient;  /* an address without a name */
    const char *subject;
    apr_time_t date;
    const char *text, *html; /* either may be NULL, but not both */
} msa_message_t;

/**
 * The form in which an address travels in headers and envelope, from `pool`: the domain as A-labels
 * (IDNA 2008), a local part beyond ASCII as UTF-8 (RFC 6532). APR_EINVAL for anything but a single
 * addr-spec of dot-atoms: quotes, spaces, lists, comments, control characters.
 */
apr_status_t msa_message_address(apr_pool_t *pool, const char *address, const char **wire);

/**
 * The From header of a sender, `ann@example.org` or `Ann Example <ann@example.org>`, from `pool`
 * and with its newline. APR_EINVAL for anything else.
 */
apr_status_t msa_message_sender(apr_pool_t *pool, const char *sender, const char **header);

/**
 * Composes the message (RFC 5322, 2045 to 2047, 3834), from `pool`: header lines of at most 78
 * characters (unless an address or message id alone is longer), multipart/alternative when there
 * are both text and HTML, body lines of at most 76 characters of ASCII. Lines end in a bare
 * newline, as sendmail reads them. APR_EINVAL when a value could break out of its header, an
 * address or the message id is invalid, or both bodies are NULL.
 */
apr_status_t msa_message_compose(apr_pool_t *pool, const msa_message_t *message, const char **out,
                                 apr_size_t *length);

#endif
