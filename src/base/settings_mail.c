/* SPDX-License-Identifier: Apache-2.0 */
/* Who sends mails, and with which program, when no directive says so: the defaults that depend on
 * the host's name. */

#include "settings_mail.h"

#include <string.h>

#include <apr_strings.h>

const char *msa_settings_mail_host(apr_pool_t *pool, const msa_settings_t *settings)
{
    const char *site = strstr(settings->public_url, "://");
    const char *host;
    site = site ? site + 3 : settings->public_url;
    host = apr_pstrmemdup(pool, site, strcspn(site, ":/"));
    /* An IPv6 literal is not a domain. */
    return *host && *host != '[' ? host : "localhost";
}

const char *msa_settings_mail_sender(apr_pool_t *pool, const msa_settings_t *settings)
{
    if (*settings->email_sender)
        return settings->email_sender;
    return apr_pstrcat(pool, "no-reply@", msa_settings_mail_host(pool, settings), NULL);
}

const apr_array_header_t *msa_settings_mail_command(apr_pool_t *pool,
                                                    const msa_settings_t *settings)
{
    apr_array_header_t *arguments;
    if (settings->sendmail && settings->sendmail->nelts)
        return settings->sendmail;
    arguments = apr_array_make(pool, 3, sizeof(const char *));
    APR_ARRAY_PUSH(arguments, const char *) = "/usr/sbin/sendmail";
    APR_ARRAY_PUSH(arguments, const char *) = "-t";
    APR_ARRAY_PUSH(arguments, const char *) = "-i";
    return arguments;
}
