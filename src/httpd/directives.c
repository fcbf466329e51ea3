/* SPDX-License-Identifier: Apache-2.0 */
#include "module.h"

#include "parse.h"

#include <apr_strings.h>

/** What a directive sets; stands behind its row as `cmd_data`. */
typedef struct field_t {
    size_t offset, size;
    bool is_directory, is_main;
    const msa_value_kind_t *kind;
    const char *word; /* for kinds that need one: the name of a mail, ... */
} field_t;

#define FIELD(type, member, flag, kind, word)                                                      \
    (void *)&(const field_t)                                                                       \
    {                                                                                              \
        offsetof(type, member), sizeof(((type *)0)->member), flag, false, &kind, word              \
    }
#define MAIN_FIELD(member, kind)                                                                   \
    (void *)&(const field_t)                                                                       \
    {                                                                                              \
        offsetof(msa_server_t, member), sizeof(((msa_server_t *)0)->member), false, true, &kind,   \
            NULL                                                                                   \
    }

static const char *set(cmd_parms *cmd, void *directory, const char *args)
{
    const field_t *field = cmd->cmd->cmd_data;
    char *config = directory;
    unsigned char *given = ((msa_directory_t *)directory)->given;
    const char *error;
    if (!field->is_directory) {
        msa_server_t *server =
            ap_get_module_config(cmd->server->module_config, &security_auth_module);
        config = (char *)server;
        given = server->given;
    }
    if (ap_check_cmd_context(cmd, NOT_IN_HTACCESS) && field->kind->is_server_only)
        return apr_pstrcat(cmd->pool, cmd->cmd->name, " is not allowed in .htaccess", NULL);
    if (field->is_main && cmd->server->is_virtual)
        return apr_pstrcat(cmd->pool, cmd->cmd->name,
                           " applies to all of httpd and is not allowed in <VirtualHost>", NULL);
    error = field->kind->parse(cmd, args, config + field->offset, field->word);
    if (error)
        return apr_pstrcat(cmd->pool, cmd->cmd->name, " ", error, NULL);
    given[cmd->cmd - msa_directives] = 1;
    return NULL;
}

/* Of all of httpd, of a virtual host, and of a directory (also in .htaccess under AllowOverride
 * AuthConfig). */
#define MAIN(name, member, kind, text)                                                             \
    AP_INIT_RAW_ARGS(name, set, MAIN_FIELD(member, kind), RSRC_CONF, text)
#define SERVER(name, member, kind, text)                                                           \
    AP_INIT_RAW_ARGS(name, set, FIELD(msa_server_t, settings.member, false, kind, NULL),           \
                     RSRC_CONF, text)
#define SUBJECT(name, mail)                                                                        \
    AP_INIT_RAW_ARGS(name, set,                                                                    \
                     FIELD(msa_server_t, settings.email_subjects, false, msa_kind_subject, mail),  \
                     RSRC_CONF, "the subject of this mail")
#define DIRECTORY(name, member, kind, text)                                                        \
    AP_INIT_RAW_ARGS(name, set, FIELD(msa_directory_t, settings.member, true, kind, NULL),         \
                     RSRC_CONF | OR_AUTHCFG, text)

#define FLAG     msa_kind_flag
#define PATH     msa_kind_path
#define TEXT     msa_kind_text
#define NUMBER   msa_kind_number
#define DURATION msa_kind_duration
#define WORDS    msa_kind_words
#define VIEW     msa_kind_view

const command_rec msa_directives[] = {
    AP_INIT_RAW_ARGS("DBDriver", set, FIELD(msa_server_t, dbd_driver, false, TEXT, NULL), RSRC_CONF,
                     "the apr_dbd driver of the database, mysql or sqlite3"),
    AP_INIT_RAW_ARGS("DBDParams", set, FIELD(msa_server_t, dbd_params, false, TEXT, NULL),
                     RSRC_CONF, "what the driver opens"),
    SERVER("SecurityEngine", is_engine_on, FLAG, "On: this virtual host answers the endpoints"),

    SERVER("SecurityUrlPrefix", url_prefix, PATH, "the path before every endpoint"),
    SERVER("SecurityLoginUrl", login_url, PATH, "the path of the sign-in page"),
    SERVER("SecurityLogoutUrl", logout_url, PATH, "the path of sign-out"),
    SERVER("SecurityRegisterUrl", register_url, PATH, "the path of registration"),
    SERVER("SecurityConfirmUrl", confirm_url, PATH, "the path of email confirmation"),
    SERVER("SecurityResetUrl", reset_url, PATH, "the path of password recovery"),
    SERVER("SecurityChangeUrl", change_url, PATH, "the path of password change"),
    SERVER("SecurityVerifyUrl", verify_url, PATH, "the path where the password is asked for again"),
    SERVER("SecurityChangeEmailUrl", change_email_url, PATH, "the path of email change"),
    SERVER("SecurityChangeUsernameUrl", change_username_url, PATH, "the path of username change"),
    SERVER("SecurityAccountUrl", account_url, PATH, "the path of the account page"),
    SERVER("SecurityTokensUrl", tokens_url, PATH, "the path of personal access tokens"),
    SERVER("SecurityStyleUrl", style_url, PATH, "the path of the style sheet"),

    SERVER("SecurityRegisterable", is_registerable, FLAG, "On: visitors may register"),
    SERVER("SecurityConfirmable", is_confirmable, FLAG, "On: email addresses must be confirmed"),
    SERVER("SecurityRecoverable", is_recoverable, FLAG,
           "On: users may recover a forgotten password"),
    SERVER("SecurityChangeable", is_changeable, FLAG, "On: users may change their password"),
    SERVER("SecurityChangeEmail", is_change_email, FLAG, "On: users may change their email"),
    SERVER("SecurityChangeUsername", is_change_username, FLAG,
           "On: users may change their username"),
    SERVER("SecurityTrackable", is_trackable, FLAG, "On: sign-ins are recorded in the user's row"),
    SERVER("SecurityUsernameEnable", is_username_enabled, FLAG, "On: users may have a username"),
    SERVER("SecurityUsernameRequired", is_username_required, FLAG,
           "On: users must have a username"),
    SERVER("SecurityTokens", is_tokens_enabled, FLAG,
           "On: users may create personal access tokens"),
    SERVER("SecurityLoginWithoutConfirmation", login_without_confirmation, FLAG,
           "On: users may sign in before they confirm"),
    SERVER("SecurityAutoLoginAfterConfirm", auto_login_after_confirm, FLAG,
           "On: the confirmation link signs in"),
    SERVER("SecurityAutoLoginAfterReset", auto_login_after_reset, FLAG,
           "On: a new password signs in"),
    SERVER("SecurityReturnGenericResponses", generic_responses, FLAG,
           "On: nobody learns which addresses have accounts"),
    SERVER("SecurityAudit", is_audit, FLAG, "On: decisions are also written to a table"),
    SERVER("SecurityLinkConfirmation", link_confirmation_button, msa_kind_button,
           "link or button: what it takes to confirm an address"),
    SERVER("SecurityPasswordConfirmRequired", is_password_confirm_required, FLAG,
           "On: a new password is typed twice"),
    SERVER("SecurityRegisterFields", register_fields, msa_kind_register_fields,
           "name:column[:required] ... further columns that registration fills"),

    SERVER("SecurityRedirectBehavior", is_spa, msa_kind_spa, "none or spa"),
    SERVER("SecurityRedirectHost", redirect_host, msa_kind_host,
           "host:port of a single-page application"),

    SERVER("SecurityPasswordHash", password_hash, TEXT, "the scheme of new password hashes"),
    SERVER("SecurityPasswordHashOptions", password_hash_options, msa_kind_line,
           "the cost of new password hashes"),
    SERVER("SecurityPasswordSchemes", password_schemes, WORDS, "the schemes that are accepted"),
    SERVER("SecurityDeprecatedPasswordSchemes", deprecated_password_schemes, WORDS,
           "the schemes that are replaced at sign-in; auto = all but SecurityPasswordHash"),
    SERVER("SecurityPasswordSingleHash", password_single_hash, WORDS,
           "the schemes without the HMAC step"),
    SERVER("SecurityPasswordSalt", password_salt, msa_kind_secret, "the key of the HMAC step"),
    SERVER("SecurityPasswordLengthMin", password_length_min, msa_kind_count, "fewest characters"),
    SERVER("SecurityPasswordLengthMax", password_length_max, msa_kind_count, "most characters"),
    SERVER("SecurityPasswordBlocklist", password_blocklist, msa_kind_file,
           "a file of passwords that nobody may choose"),

    SERVER("SecuritySessionCookieName", session_cookie_name, msa_kind_cookie, "the session cookie"),
    SERVER("SecurityRememberCookieName", remember_cookie_name, msa_kind_cookie,
           "the remember cookie"),
    SERVER("SecuritySessionIdle", session_idle, DURATION, "a session ends when unused this long"),
    SERVER("SecuritySessionLifetime", session_lifetime, DURATION, "a session ends after this long"),
    SERVER("SecurityRememberLifetime", remember_lifetime, DURATION,
           "lifetime of a remember cookie"),
    SERVER("SecurityRememberGrace", remember_grace, DURATION,
           "how long an exchanged remember cookie is still accepted"),
    SERVER("SecurityTokenMaxAge", token_max_age, msa_kind_duration_or_none,
           "lifetime of an authentication token, or none"),
    SERVER("SecurityConfirmEmailWithin", confirm_within, DURATION,
           "lifetime of a confirmation link"),
    SERVER("SecurityResetPasswordWithin", reset_within, DURATION, "lifetime of a reset link"),
    SERVER("SecurityChangeEmailWithin", change_email_within, DURATION, "lifetime of a change link"),
    SERVER("SecurityChangeEmailUndoWithin", change_email_undo_within, DURATION,
           "lifetime of the link that undoes an email change"),
    SERVER("SecurityTokenAuthenticationHeader", token_headers, msa_kind_headers,
           "the headers that carry a token"),
    SERVER("SecurityTokenAuthenticationKey", token_key, msa_kind_parameter,
           "the query parameter that carries a token, or none"),
    SERVER("SecurityBackwardsCompatAuthToken", backwards_compat_auth_token, FLAG,
           "On: a JSON sign-in answers with a token"),
    SERVER("SecurityTokensMaxAge", personal_token_max_age, DURATION,
           "longest lifetime of a personal access token"),
    SERVER("SecurityThrottleAccount", throttle_account, NUMBER,
           "failures before an account is throttled; 0 = never"),
    SERVER("SecurityThrottleAddress", throttle_address, NUMBER,
           "failures before an address is throttled; 0 = never"),
    SERVER("SecurityThrottleRequests", throttle_requests, NUMBER,
           "mails and accounts an address may ask for before it is throttled; 0 = any number"),
    SERVER("SecurityThrottleWindow", throttle_window, DURATION, "how long failures count"),

    SERVER("SecurityForeignUsers", foreign_users, msa_kind_foreign,
           "server, On or Off: whether users of other authentication are looked up"),

    SERVER("SecurityCsrf", csrf, msa_kind_csrf, "origin, token, both or off"),
    SERVER("SecurityCsrfHeader", csrf_headers, msa_kind_headers,
           "the headers that carry a csrf_token"),

    SERVER("SecurityUserTable", user_table, msa_kind_identifier, "the table of users"),
    SERVER("SecurityRoleTable", role_table, msa_kind_identifier, "the table of roles"),
    SERVER("SecurityRolesUsersTable", roles_users_table, msa_kind_identifier,
           "the table of memberships"),
    SERVER("SecurityTablePrefix", table_prefix, msa_kind_identifier,
           "the prefix of our own tables"),

    SERVER("SecurityPublicUrl", public_url, msa_kind_url, "what links in mails begin with"),
    SERVER("SecurityEmailSender", email_sender, msa_kind_sender, "the sender of mails"),
    SERVER("SecurityEmailPlaintext", email_plaintext, FLAG, "On: mails have a text part"),
    SERVER("SecurityEmailHtml", email_html, FLAG, "On: mails have an HTML part"),
    SERVER("SecuritySendmail", sendmail, msa_kind_command, "program and arguments, no shell"),
    SERVER("SecurityMailTimeout", mail_timeout, DURATION, "how long the program may take"),
    SERVER("SecurityMailRetry", mail_retry, msa_kind_count, "attempts before a mail is given up"),
    SERVER("SecurityMailConcurrency", mail_concurrency, msa_kind_concurrency,
           "mails handed to the program at once"),
    SERVER("SecuritySendRegisterEmail", send_register_email, FLAG, "On: welcome mails"),
    SERVER("SecuritySendPasswordChangeEmail", send_password_change_email, FLAG,
           "On: a notice after a password change"),
    SERVER("SecuritySendPasswordResetEmail", send_password_reset_email, FLAG, "On: reset links"),
    SERVER("SecuritySendPasswordResetNoticeEmail", send_password_reset_notice_email, FLAG,
           "On: a notice after a reset"),
    SERVER("SecuritySendUsernameChangeEmail", send_username_change_email, FLAG,
           "On: a notice after a username change"),
    SERVER("SecuritySendNewLoginEmail", send_new_login_email, FLAG,
           "On: a notice after a sign-in from an unknown browser"),
    SERVER("SecuritySendAccountLockedEmail", send_account_locked_email, FLAG,
           "On: a notice to the owner of a throttled account"),
    SUBJECT("SecurityEmailSubjectRegister", "welcome"),
    SUBJECT("SecurityEmailSubjectConfirm", "confirmation_instructions"),
    SUBJECT("SecurityEmailSubjectPasswordReset", "reset_instructions"),
    SUBJECT("SecurityEmailSubjectPasswordNotice", "reset_notice"),
    SUBJECT("SecurityEmailSubjectPasswordChangeNotice", "change_notice"),
    SUBJECT("SecurityEmailSubjectChangeEmail", "change_email_instructions"),
    SUBJECT("SecurityEmailSubjectUsernameChangeNotice", "change_username_notice"),

    SERVER("SecurityTemplates", templates, msa_kind_directory, "the site's own templates"),
    SERVER("SecurityLanguage", language, msa_kind_language, "the language of messages"),
    AP_INIT_RAW_ARGS("SecurityDataDirectory", set,
                     FIELD(msa_server_t, data_directory, false, msa_kind_directory, NULL),
                     RSRC_CONF, "the shipped templates"),
    SERVER("SecurityFlaskSecretKey", flask_secret_keys, msa_kind_secrets,
           "SECRET_KEY of a Flask-Security application whose cookies are accepted"),
    SERVER("SecurityCacheTimeout", cache_timeout, DURATION, "how long a record is used"),
    SERVER("SecurityCacheGrace", cache_grace, DURATION,
           "how long it is used while the database is away"),
    SERVER("SecurityHashSlots", hash_slots, NUMBER, "hashes computed at once on this machine"),
    MAIN("SecurityCacheSize", cache_size, msa_kind_count, "records that are kept"),
    MAIN("SecurityServiceProgram", service_program, msa_kind_program,
         "the program that is started as the service"),
    MAIN("SecurityUser", service_user, msa_kind_user, "the user whom the service runs as"),
    MAIN("SecurityServiceTimeout", service_timeout, DURATION,
         "how long a request waits for the service"),

    DIRECTORY("SecurityApiEnabledMethods", methods, msa_kind_methods,
              "which of session, token and basic are accepted"),
    DIRECTORY("SecurityPostLoginView", post_login_view, VIEW, "where to go after sign-in"),
    DIRECTORY("SecurityPostLogoutView", post_logout_view, VIEW, "where to go after sign-out"),
    DIRECTORY("SecurityPostRegisterView", post_register_view, VIEW, "after registration"),
    DIRECTORY("SecurityPostConfirmView", post_confirm_view, VIEW, "after confirmation"),
    DIRECTORY("SecurityPostResetView", post_reset_view, VIEW, "after a reset"),
    DIRECTORY("SecurityPostChangeView", post_change_view, VIEW, "after a password change"),
    DIRECTORY("SecurityPostVerifyView", post_verify_view, VIEW,
              "after the password was entered again"),
    DIRECTORY("SecurityPostChangeEmailView", post_change_email_view, VIEW, "after an email change"),
    DIRECTORY("SecurityConfirmErrorView", confirm_error_view, VIEW, "for a bad confirmation link"),
    DIRECTORY("SecurityResetErrorView", reset_error_view, VIEW, "for a bad reset link"),
    DIRECTORY("SecurityResetView", reset_view, VIEW, "the application's own reset form"),
    DIRECTORY("SecurityChangeEmailErrorView", change_email_error_view, VIEW, "for a bad link"),
    DIRECTORY("SecurityRequiresConfirmationErrorView", requires_confirmation_error_view, VIEW,
              "for users who have not confirmed"),
    DIRECTORY("SecurityUnauthorizedView", unauthorized_view, VIEW, "instead of 403"),
    DIRECTORY("SecurityFreshness", freshness, msa_kind_freshness,
              "how long an entered password counts as fresh, or none"),
    DIRECTORY("SecurityFreshnessGracePeriod", freshness_grace_period, DURATION,
              "extra time for forms that are sent"),
    DIRECTORY("SecurityPassHeaders", pass_headers, FLAG, "On: a backend gets identity headers"),
    {.name = NULL},
};

_Static_assert(sizeof(msa_directives) / sizeof(msa_directives[0]) <= MSA_DIRECTIVES_MAX,
               "every directive has its place in `given`");

bool msa_directive_field(int index, bool *is_directory, size_t *offset, size_t *size)
{
    const field_t *field = msa_directives[index].cmd_data;
    if (!field)
        return false;
    *is_directory = field->is_directory;
    *offset = field->offset;
    *size = field->size;
    return true;
}
