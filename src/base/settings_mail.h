/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_BASE_SETTINGS_MAIL_H
#define MSA_BASE_SETTINGS_MAIL_H

#include <apr_pools.h>
#include <apr_tables.h>
#include "settings.h"

/* The sender of mails and the program that sends them, defaults included. */

/**
 * The host of the public URL, from `pool`; `localhost` when the URL is empty or its host is an IPv6
 * literal, which cannot stand after the @ of an address.
 */
const char *msa_settings_mail_host(apr_pool_t *pool, const msa_settings_t *settings);

/** SecurityEmailSender; when it is empty, `no-reply@` and the mail host, from `pool`. */
const char *msa_settings_mail_sender(apr_pool_t *pool, const msa_settings_t *settings);

/**
 * The words of SecuritySendmail, the program first; `/usr/sbin/sendmail -t -i`, from `pool`, when
 * there are none.
 */
const apr_array_header_t *msa_settings_mail_command(apr_pool_t *pool,
                                                    const msa_settings_t *settings);

#endif
