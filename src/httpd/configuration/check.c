/* SPDX-License-Identifier: Apache-2.0 */
/* Finds what is wrong with the settings of one virtual host before httpd starts, and warns of what
 * works but is worth knowing. */

#include "check.h"

#include "../../base/text.h"

#include <unistd.h>

#include <apr_strings.h>

/* ---- what stops the start ---- */

static const char *module_fault(apr_pool_t *pool)
{
    static const char *const NEEDED[] = {"authn_core", "authz_core"};
    for (size_t i = 0; i < sizeof(NEEDED) / sizeof(NEEDED[0]); i++) {
        if (!ap_find_linked_module(apr_pstrcat(pool, "mod_", NEEDED[i], ".c", NULL)))
            return apr_psprintf(pool, "SecurityEngine On needs mod_%s: load it with LoadModule",
                                NEEDED[i]);
    }
    return NULL;
}

static const char *path_fault(apr_pool_t *pool, const msa_settings_t *settings)
{
    const char *path = msa_route_collision(settings);
    if (!path)
        return NULL;
    return apr_psprintf(
        pool, "SecurityEngine On: two endpoints have the path %s; give one of them another path",
        path);
}

/* The service makes its own policy; it is made here so that an error stops httpd's start. */
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
        return "SecurityEngine On needs a database: set DBDriver and DBDParams";
    if (settings->password_length_min > settings->password_length_max)
        return apr_psprintf(
            pool, "SecurityPasswordLengthMin must not exceed SecurityPasswordLengthMax, %d",
            settings->password_length_max);
    if (strcmp(settings->session_cookie_name, settings->remember_cookie_name) == 0)
        return "SecuritySessionCookieName must differ from SecurityRememberCookieName";
    fault = path_fault(pool, settings);
    return fault ? fault : password_fault(pool, settings);
}

/* ---- what is worth knowing ---- */

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
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, server,
                     "SecurityPasswordHash plaintext: anyone who can read the database can read "
                     "the passwords");
    if (strncmp(settings->public_url, "http://", 7) == 0)
        ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, server,
                     "%s has no TLS: passwords and cookies travel in the clear",
                     settings->public_url);
    if (sends_mail(settings) && access(mailer, X_OK) != 0)
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, server,
                     "SecuritySendmail: %s cannot be run, so no mail will be sent", mailer);
}
