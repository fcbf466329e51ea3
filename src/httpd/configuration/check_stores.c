/* SPDX-License-Identifier: Apache-2.0 */
/* Finds virtual hosts that share a database but would send its mails in different ways, and warns
 * of them. */

#include "check.h"

#include "../../base/text.h"

#include <apr_strings.h>

static bool is_same_store(const server_rec *server, const server_rec *another)
{
    const msa_server_t *a = msa_config_server(server);
    const msa_server_t *b = msa_config_server(another);
    return msa_text_same(a->dbd_driver, b->dbd_driver) &&
           msa_text_same(a->dbd_params, b->dbd_params) &&
           msa_settings_same_tables(&a->settings, &b->settings);
}

static bool is_same_mailer(apr_pool_t *pool, const msa_settings_t *a, const msa_settings_t *b)
{
    const char *words = a->sendmail ? apr_array_pstrcat(pool, a->sendmail, ' ') : NULL;
    const char *others = b->sendmail ? apr_array_pstrcat(pool, b->sendmail, ' ') : NULL;
    return msa_text_same(words, others) && a->mail_timeout == b->mail_timeout &&
           a->mail_retry == b->mail_retry && a->mail_concurrency == b->mail_concurrency;
}

/* A row of the outbox does not say which virtual host wrote it. */
static void warn_of_other_mailers(apr_pool_t *pool, const server_rec *host, server_rec *server)
{
    for (; server; server = server->next) {
        const msa_server_t *config = msa_config_server(server);
        if (config->settings.is_engine_on && is_same_store(host, server) &&
            !is_same_mailer(pool, &msa_config_server(host)->settings, &config->settings))
            ap_log_error(APLOG_MARK, APLOG_WARNING, 0, server,
                         "%s shares its database with %s, whose SecuritySendmail, "
                         "SecurityMailTimeout, SecurityMailRetry and SecurityMailConcurrency "
                         "apply to its mails, too",
                         config->settings.public_url, msa_config_server(host)->settings.public_url);
    }
}

/* The first virtual host of each database sends its mails. */
void msa_check_stores(apr_pool_t *pool, server_rec *server)
{
    for (server_rec *host = server; host; host = host->next) {
        const msa_server_t *config = msa_config_server(host);
        bool is_first = config->dbd_driver && config->settings.is_engine_on;
        for (const server_rec *one = server; is_first && one != host; one = one->next)
            is_first = !msa_config_server(one)->settings.is_engine_on || !is_same_store(one, host);
        if (is_first)
            warn_of_other_mailers(pool, host, server);
    }
}
