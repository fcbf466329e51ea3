/* SPDX-License-Identifier: Apache-2.0 */
#include "module.h"

#include "../base/text.h"

#include <unistd.h>

#include <apr_strings.h>

/* ---- what stops the start ---- */

static const char *module_fault(apr_pool_t *pool)
{
    static const char *const NEEDED[] = {"authn_core", "authz_core"};
    for (size_t i = 0; i < sizeof(NEEDED) / sizeof(NEEDED[0]); i++) {
        if (!ap_find_linked_module(apr_pstrcat(pool, "mod_", NEEDED[i], ".c", NULL)))
            return apr_psprintf(pool, "SecurityEngine On needs mod_%s: load it", NEEDED[i]);
    }
    return NULL;
}

static const char *path_fault(apr_pool_t *pool, const msa_settings_t *settings)
{
    const char *path = msa_route_collision(settings);
    if (!path)
        return NULL;
    return apr_psprintf(
        pool, "SecurityEngine On: two endpoints have the path %s; give one of them another", path);
}

/* The service makes its own of it; whoever starts httpd is to know what is wrong. */
static const char *password_fault(apr_pool_t *pool, const msa_settings_t *settings)
{
    const msa_password_policy_t *policy = NULL;
    const char *error = NULL;
    return msa_password_policy_make(pool, settings, &policy, &error) == APR_SUCCESS ? NULL : error;
}

const char *msa_check_fault(apr_pool_t *pool, const msa_server_t *config)
{
    const msa_settings_t *settings = &config->settings;
    const char *fault = module_fault(pool);
    if (fault)
        return fault;
    if (!config->dbd_driver || !config->dbd_params)
        return "SecurityEngine On needs a database: DBDriver and DBDParams";
    if (settings->password_length_min > settings->password_length_max)
        return apr_psprintf(pool,
                            "SecurityPasswordLengthMin is at most SecurityPasswordLengthMax, %d",
                            settings->password_length_max);
    if (strcmp(settings->session_cookie_name, settings->remember_cookie_name) == 0)
        return "SecuritySessionCookieName is another name than SecurityRememberCookieName";
    fault = path_fault(pool, settings);
    return fault ? fault : password_fault(pool, settings);
}

/* ---- what should be known ---- */

static bool sends_mail(const msa_settings_t *settings)
{
    return settings->is_registerable || settings->is_confirmable || settings->is_recoverable ||
           settings->is_changeable || settings->is_change_email || settings->is_change_username ||
           settings->send_new_login_email ||
           (settings->send_account_locked_email && settings->throttle_account);
}

void msa_check_warn(const server_rec *server, const msa_server_t *config)
{
    const msa_settings_t *settings = &config->settings;
    const char *mailer = APR_ARRAY_IDX(settings->sendmail, 0, const char *);
    if (strcmp(settings->password_hash, "plaintext") == 0)
        ap_log_error(
            APLOG_MARK, APLOG_WARNING, 0, server,
            "SecurityPasswordHash plaintext: whoever reads the database reads the passwords");
    if (strncmp(settings->public_url, "http://", 7) == 0)
        ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, server,
                     "%s has no TLS: passwords and cookies travel in clear", settings->public_url);
    if (sends_mail(settings) && access(mailer, X_OK) != 0)
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, server,
                     "SecuritySendmail: %s cannot be run, so no mail will leave", mailer);
}

/* ---- virtual hosts that share a database ---- */

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
                         "SecurityMailTimeout, SecurityMailRetry and SecurityMailConcurrency its "
                         "mails go by",
                         config->settings.public_url, msa_config_server(host)->settings.public_url);
    }
}

/* The first virtual host of each database sees to its mails. */
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
