/* SPDX-License-Identifier: Apache-2.0 */
/* The default of every setting. */

#include "settings.h"
#include "settings_directory.h"

#include "text.h"

const msa_settings_t msa_settings_default = {
    .url_prefix = "",
    .login_url = "/login",
    .logout_url = "/logout",
    .register_url = "/register",
    .confirm_url = "/confirm",
    .reset_url = "/reset",
    .change_url = "/change",
    .verify_url = "/verify",
    .change_email_url = "/change-email",
    .change_username_url = "/change-username",
    .account_url = "/account",
    .tokens_url = "/tokens",
    .style_url = "/security.css",
    .auto_login_after_confirm = true,
    .auto_login_after_reset = true,
    .generic_responses = true,
    .is_password_confirm_required = true,
    .redirect_host = "",
    .password_hash = "argon2",
    .password_hash_options = "",
    .password_length_min = 8,
    .password_length_max = 1024,
    .session_cookie_name = "session",
    .remember_cookie_name = "remember_token",
    .session_idle = apr_time_from_sec(30 * 60),
    .session_lifetime = apr_time_from_sec(12 * 3600),
    .remember_lifetime = apr_time_from_sec(365 * 86400),
    .remember_grace = apr_time_from_sec(10),
    .confirm_within = apr_time_from_sec(2 * 86400),
    .reset_within = apr_time_from_sec(86400),
    .change_email_within = apr_time_from_sec(2 * 3600),
    .change_email_undo_within = apr_time_from_sec(7 * 86400),
    .token_key = "auth_token",
    .backwards_compat_auth_token = true,
    .personal_token_max_age = apr_time_from_sec(365 * 86400),
    .throttle_account = 100,
    .throttle_address = 1000,
    .throttle_requests = 200,
    .throttle_window = apr_time_from_sec(3600),
    .csrf = MSA_CSRF_ORIGIN,
    .user_table = "user",
    .role_table = "role",
    .roles_users_table = "roles_users",
    .table_prefix = "security_",
    .public_url = "",
    .email_sender = "",
    .email_plaintext = true,
    .email_html = true,
    .mail_timeout = apr_time_from_sec(30),
    .mail_retry = 10,
    .mail_concurrency = 8,
    .send_register_email = true,
    .send_password_change_email = true,
    .send_password_reset_email = true,
    .send_password_reset_notice_email = true,
    .send_username_change_email = true,
    .send_account_locked_email = true,
    .language = "en",
    .cache_timeout = apr_time_from_sec(60),
    .cache_grace = apr_time_from_sec(900),
};

const msa_directory_settings_t msa_directory_settings_default = {
    .methods = 0,
    .freshness = apr_time_from_sec(24 * 3600),
    .freshness_grace_period = apr_time_from_sec(3600),
};

bool msa_settings_same_tables(const msa_settings_t *a, const msa_settings_t *b)
{
    return msa_text_same(a->table_prefix, b->table_prefix) &&
           msa_text_same(a->user_table, b->user_table);
}

bool msa_settings_same_pages(const msa_settings_t *a, const msa_settings_t *b)
{
    return msa_text_same(a->templates, b->templates) && msa_text_same(a->language, b->language);
}
