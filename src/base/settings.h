/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_BASE_SETTINGS_H
#define MSA_BASE_SETTINGS_H

/* Everything that can be configured for a virtual host, as plain values; nothing here knows how
 * httpd's configuration spells them. */

#include <stdbool.h>
#include <apr_tables.h>
#include <apr_time.h>
#include "settings_values.h"

/**
 * The settings of one virtual host, named after the directives. Strings are never NULL unless
 * stated. `_lifetime`, `_within` and other intervals are in microseconds.
 */
typedef struct msa_settings_t {
    bool is_engine_on;

    /* endpoints: paths that begin with a slash, appended to url_prefix */
    const char *url_prefix; /* "" or "/auth" */
    const char *login_url;
    const char *logout_url;
    const char *register_url;
    const char *confirm_url;
    const char *reset_url;
    const char *change_url;
    const char *verify_url;
    const char *change_email_url;
    const char *change_username_url;
    const char *account_url;
    const char *tokens_url;
    const char *style_url; /* the style sheet */

    /* features */
    bool is_registerable;
    bool is_confirmable;
    bool is_recoverable;
    bool is_changeable;
    bool is_change_email;
    bool is_change_username;
    bool is_trackable;
    bool is_username_enabled;
    bool is_username_required;
    bool is_tokens_enabled; /* personal access tokens: their page, and whether they are accepted */
    bool login_without_confirmation;
    bool auto_login_after_confirm;
    bool auto_login_after_reset;
    bool generic_responses;
    bool is_audit;                 /* rows in security_audit */
    bool link_confirmation_button; /* SecurityLinkConfirmation button */
    bool is_password_confirm_required;
    const apr_array_header_t *register_fields; /* of msa_register_field_t; may be NULL */

    /* redirects */
    bool is_spa;               /* SecurityRedirectBehavior spa */
    const char *redirect_host; /* "" or "host:port", put before the views of a spa */

    /* passwords */
    const char *password_hash; /* a scheme of password.h */
    const char
        *password_hash_options; /* "memory=19456 time=2 lanes=1"; "" = the scheme's default */
    const apr_array_header_t *password_schemes; /* of const char *; NULL = all but plaintext */
    const apr_array_header_t *deprecated_password_schemes; /* NULL = auto */
    const apr_array_header_t *password_single_hash; /* NULL = Flask-Security's default list */
    bool password_single_hash_all;                  /* SecurityPasswordSingleHash On */
    const char *password_salt;                      /* NULL = single hash everywhere */
    int password_length_min;                        /* code points */
    int password_length_max;
    const char *password_blocklist; /* a file of refused passwords, one on each line; NULL = none */

    /* sessions, tokens, links */
    const char *session_cookie_name;
    const char *remember_cookie_name;
    apr_interval_time_t session_idle;
    apr_interval_time_t session_lifetime;
    apr_interval_time_t remember_lifetime;
    apr_interval_time_t remember_grace; /* how long parallel requests may use one cookie */
    apr_interval_time_t token_max_age;  /* 0 = none */
    apr_interval_time_t confirm_within;
    apr_interval_time_t reset_within;
    apr_interval_time_t change_email_within;
    apr_interval_time_t change_email_undo_within;
    const apr_array_header_t *token_headers; /* of const char * */
    const char *token_key;                   /* query parameter; "" = off */
    bool backwards_compat_auth_token;
    apr_interval_time_t
        personal_token_max_age; /* the longest life a personal access token may be given */

    /* login throttling */
    int throttle_account;  /* failures per account and window; 0 = off */
    int throttle_address;  /* failures per client address and window; 0 = off */
    int throttle_requests; /* mails and accounts requested per client address and window; 0 = off */
    apr_interval_time_t throttle_window;

    msa_foreign_t foreign_users; /* which names other modules may authenticate */

    /* csrf */
    msa_csrf_t csrf;
    const apr_array_header_t *csrf_headers; /* of const char * */

    /* tables */
    const char *user_table;
    const char *role_table;
    const char *roles_users_table;
    const char *table_prefix;

    /* mail */
    const char *public_url; /* "https://www.example.org", no slash at the end */
    const char *email_sender;
    bool email_plaintext;
    bool email_html;
    const apr_array_header_t *sendmail; /* argv, of const char * */
    apr_interval_time_t mail_timeout;
    int mail_retry;       /* attempts before giving up */
    int mail_concurrency; /* mails handed over at once; at most MSA_MAIL_CONCURRENCY_MAX */
    bool send_register_email;
    bool send_password_change_email;
    bool send_password_reset_email;
    bool send_password_reset_notice_email;
    bool send_username_change_email;
    bool send_new_login_email;
    bool send_account_locked_email;
    const apr_array_header_t
        *email_subjects; /* of const char *: template name, subject, ...; may be NULL */

    /* pages */
    const char *templates; /* the site's own directory, or NULL */
    const char *language;  /* "en" */

    /* Flask-Security's own cookies and tokens */
    const apr_array_header_t *flask_secret_keys; /* of const char *; NULL = off; never logged */

    /* the record table */
    apr_interval_time_t cache_timeout; /* how long a record is used, ... */
    apr_interval_time_t cache_grace; /* ... and how long when the user cannot be looked up again */

    int hash_slots; /* hashes at once on this machine; 0 = half its processors, at least 1 */
} msa_settings_t;

/** The defaults; what settings.c does not name is off, 0 or NULL. Copy, then change. */
extern const msa_settings_t msa_settings_default;

/** True when user table and prefix have the same names; the role tables are not compared. */
bool msa_settings_same_tables(const msa_settings_t *a, const msa_settings_t *b);
/** True when their templates directories and languages are the same. */
bool msa_settings_same_pages(const msa_settings_t *a, const msa_settings_t *b);

#endif
