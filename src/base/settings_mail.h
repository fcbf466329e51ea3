/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_BASE_SETTINGS_MAIL_H
#define MSA_BASE_SETTINGS_MAIL_H

#include <apr_pools.h>
#include <apr_tables.h>
#include "settings.h"

/* Who sends mails, and by what, also where nobody has set it. */

/** The host of the public URL; `localhost` where that is no domain that mail could come from. */
const char *msa_settings_mail_host(apr_pool_t *pool, const msa_settings_t *settings);

/** SecurityEmailSender; `no-reply@` and the host where it is empty. */
const char *msa_settings_mail_sender(apr_pool_t *pool, const msa_settings_t *settings);

/** The arguments of SecuritySendmail, the program first; `/usr/sbin/sendmail -t -i` where there are
 * none. */
const apr_array_header_t *msa_settings_mail_command(apr_pool_t *pool,
                                                    const msa_settings_t *settings);

#endif
