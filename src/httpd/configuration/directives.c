/* SPDX-License-Identifier: Apache-2.0 */
/* msa_directives[]: every directive, with where it may be used, how its value is read and which
 * field it fills. */

#include "directives.h"

#include <apr_strings.h>

#include "config.h"
#include "parse.h"

/** What a directive sets; `cmd_data` of its row. */
typedef struct field_t {
    size_t offset, size;
    bool is_directory, is_main;
    const msa_value_kind_t *kind;
    const char *word; /* what some kinds need besides: the name of a mail, ... */
} field_t;

#define FIELD(type, member, is_directory, is_main, kind, word)                                     \
    (void *)&(const field_t)                                                                       \
    {                                                                                              \
        offsetof(type, member), sizeof(((type *)0)->member), is_directory, is_main,                \
            &msa_kind_##kind, word                                                                 \
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

/* clang-format off */

/* For all of httpd, for a virtual host, and for a directory (in .htaccess under AllowOverride
 * AuthConfig): the name, the member it sets, the kind of its value (parse.h), its help. */
#define MAIN(name, member, kind, text) \
    AP_INIT_RAW_ARGS(name, set, \
        FIELD(msa_server_t, member, false, true, kind, NULL), RSRC_CONF, text)
#define HOST(name, member, kind, text) \
    AP_INIT_RAW_ARGS(name, set, \
        FIELD(msa_server_t, member, false, false, kind, NULL), RSRC_CONF, text)
#define SERVER(name, member, kind, text) \
    AP_INIT_RAW_ARGS(name, set, \
        FIELD(msa_server_t, settings.member, false, false, kind, NULL), RSRC_CONF, text)
#define SUBJECT(name, mail) \
    AP_INIT_RAW_ARGS(name, set, \
        FIELD(msa_server_t, settings.email_subjects, false, false, subject, mail), RSRC_CONF, \
        "the subject of this mail")
#define DIRECTORY(name, member, kind, text) \
    AP_INIT_RAW_ARGS(name, set, \
        FIELD(msa_directory_t, settings.member, true, false, kind, NULL), \
        RSRC_CONF | OR_AUTHCFG, text)

const command_rec msa_directives[] = {
    HOST("DBDriver",         dbd_driver,   text,
        "the apr_dbd driver of the database, mysql or sqlite3"),
    HOST("DBDParams",        dbd_params,   text,
        "what the driver opens"),
    SERVER("SecurityEngine", is_engine_on, flag,
        "On: this virtual host answers the endpoints"),

    SERVER("SecurityUrlPrefix",         url_prefix,          path,
        "the prefix of every endpoint"),
    SERVER("SecurityLoginUrl",          login_url,           path,
        "the path of the sign-in page"),
    SERVER("SecurityLogoutUrl",         logout_url,          path,
        "the path of sign-out"),
    SERVER("SecurityRegisterUrl",       register_url,        path,
        "the path of registration"),
    SERVER("SecurityConfirmUrl",        confirm_url,         path,
        "the path of email confirmation"),
    SERVER("SecurityResetUrl",          reset_url,           path,
        "the path of password recovery"),
    SERVER("SecurityChangeUrl",         change_url,          path,
        "the path of password change"),
    SERVER("SecurityVerifyUrl",         verify_url,          path,
        "the path where the password is asked for again"),
    SERVER("SecurityChangeEmailUrl",    change_email_url,    path,
        "the path of email change"),
    SERVER("SecurityChangeUsernameUrl", change_username_url, path,
        "the path of username change"),
    SERVER("SecurityAccountUrl",        account_url,         path,
        "the path of the account page"),
    SERVER("SecurityTokensUrl",         tokens_url,          path,
        "the path of personal access tokens"),
    SERVER("SecurityStyleUrl",          style_url,           path,
        "the path of the style sheet"),

    SERVER("SecurityRegisterable",             is_registerable,              flag,
        "On: visitors may register"),
    SERVER("SecurityConfirmable",              is_confirmable,               flag,
        "On: email addresses must be confirmed"),
    SERVER("SecurityRecoverable",              is_recoverable,               flag,
        "On: users may recover a forgotten password"),
    SERVER("SecurityChangeable",               is_changeable,                flag,
        "On: users may change their password"),
    SERVER("SecurityChangeEmail",              is_change_email,              flag,
        "On: users may change their email"),
    SERVER("SecurityChangeUsername",           is_change_username,           flag,
        "On: users may change their username"),
    SERVER("SecurityTrackable",                is_trackable,                 flag,
        "On: sign-ins are recorded in the user's row"),
    SERVER("SecurityUsernameEnable",           is_username_enabled,          flag,
        "On: users may have a username"),
    SERVER("SecurityUsernameRequired",         is_username_required,         flag,
        "On: users must have a username"),
    SERVER("SecurityTokens",                   is_tokens_enabled,            flag,
        "On: users may create personal access tokens"),
    SERVER("SecurityLoginWithoutConfirmation", login_without_confirmation,   flag,
        "On: users may sign in before they confirm"),
    SERVER("SecurityAutoLoginAfterConfirm",    auto_login_after_confirm,     flag,
        "On: the confirmation link signs in"),
    SERVER("SecurityAutoLoginAfterReset",      auto_login_after_reset,       flag,
        "On: a new password signs in"),
    SERVER("SecurityReturnGenericResponses",   generic_responses,            flag,
        "On: nobody learns which addresses have accounts"),
    SERVER("SecurityAudit",                    is_audit,                     flag,
        "On: decisions are also written to a table"),
    SERVER("SecurityLinkConfirmation",         link_confirmation_button,     button,
        "link or button: what it takes to confirm an address"),
    SERVER("SecurityPasswordConfirmRequired",  is_password_confirm_required, flag,
        "On: a new password is typed twice"),
    SERVER("SecurityRegisterFields",           register_fields,              register_fields,
        "name:column[:required] ... further columns that registration fills"),

    SERVER("SecurityRedirectBehavior", is_spa,        spa,
        "none or spa"),
    SERVER("SecurityRedirectHost",     redirect_host, host,
        "host:port of a single-page application"),

    SERVER("SecurityPasswordHash",              password_hash,               text,
        "the scheme of new password hashes"),
    SERVER("SecurityPasswordHashOptions",       password_hash_options,       line,
        "the cost of new password hashes"),
    SERVER("SecurityPasswordSchemes",           password_schemes,            words,
        "the schemes that are accepted"),
    SERVER("SecurityDeprecatedPasswordSchemes", deprecated_password_schemes, words,
        "the schemes that are replaced at sign-in; auto = all but SecurityPasswordHash"),
    SERVER("SecurityPasswordSingleHash",        password_single_hash,        words,
        "the schemes without the HMAC step"),
    SERVER("SecurityPasswordSalt",              password_salt,               secret,
        "the key of the HMAC step"),
    SERVER("SecurityPasswordLengthMin",         password_length_min,         count,
        "the minimum length of a password"),
    SERVER("SecurityPasswordLengthMax",         password_length_max,         count,
        "the maximum length of a password"),
    SERVER("SecurityPasswordBlocklist",         password_blocklist,          file,
        "a file of passwords that nobody may choose"),

    SERVER("SecuritySessionCookieName",         session_cookie_name,         cookie,
        "the name of the session cookie"),
    SERVER("SecurityRememberCookieName",        remember_cookie_name,        cookie,
        "the name of the remember cookie"),
    SERVER("SecuritySessionIdle",               session_idle,                duration,
        "a session ends when unused this long"),
    SERVER("SecuritySessionLifetime",           session_lifetime,            duration,
        "a session ends after this long"),
    SERVER("SecurityRememberLifetime",          remember_lifetime,           duration,
        "lifetime of a remember cookie"),
    SERVER("SecurityRememberGrace",             remember_grace,              duration,
        "how long an exchanged remember cookie is still accepted"),
    SERVER("SecurityTokenMaxAge",               token_max_age,               duration_or_none,
        "lifetime of an authentication token, or none"),
    SERVER("SecurityConfirmEmailWithin",        confirm_within,              duration,
        "lifetime of a confirmation link"),
    SERVER("SecurityResetPasswordWithin",       reset_within,                duration,
        "lifetime of a reset link"),
    SERVER("SecurityChangeEmailWithin",         change_email_within,         duration,
        "lifetime of a change link"),
    SERVER("SecurityChangeEmailUndoWithin",     change_email_undo_within,    duration,
        "lifetime of the link that undoes an email change"),
    SERVER("SecurityTokenAuthenticationHeader", token_headers,               headers,
        "the headers that carry a token"),
    SERVER("SecurityTokenAuthenticationKey",    token_key,                   parameter,
        "the query parameter that carries a token, or none"),
    SERVER("SecurityBackwardsCompatAuthToken",  backwards_compat_auth_token, flag,
        "On: a JSON sign-in answers with a token"),
    SERVER("SecurityTokensMaxAge",              personal_token_max_age,      duration,
        "longest lifetime of a personal access token"),
    SERVER("SecurityThrottleAccount",           throttle_account,            number,
        "failures before an account is throttled; 0 = never"),
    SERVER("SecurityThrottleAddress",           throttle_address,            number,
        "failures before an address is throttled; 0 = never"),
    SERVER("SecurityThrottleRequests",          throttle_requests,           number,
        "mails and accounts an address may ask for before it is throttled; 0 = any number"),
    SERVER("SecurityThrottleWindow",            throttle_window,             duration,
        "how long failures count"),

    SERVER("SecurityForeignUsers", foreign_users, foreign,
        "server, On or Off: whether users of other authentication modules are looked up"),

    SERVER("SecurityCsrf",       csrf,         csrf,
        "origin, token, both or off"),
    SERVER("SecurityCsrfHeader", csrf_headers, headers,
        "the headers that carry a csrf_token"),

    SERVER("SecurityUserTable",       user_table,        identifier,
        "the table of users"),
    SERVER("SecurityRoleTable",       role_table,        identifier,
        "the table of roles"),
    SERVER("SecurityRolesUsersTable", roles_users_table, identifier,
        "the table of memberships"),
    SERVER("SecurityTablePrefix",     table_prefix,      identifier,
        "the prefix of our own tables"),

    SERVER("SecurityPublicUrl",                    public_url,                       url,
        "what links in mails begin with"),
    SERVER("SecurityEmailSender",                  email_sender,                     sender,
        "the sender of mails"),
    SERVER("SecurityEmailPlaintext",               email_plaintext,                  flag,
        "On: mails have a text part"),
    SERVER("SecurityEmailHtml",                    email_html,                       flag,
        "On: mails have an HTML part"),
    SERVER("SecuritySendmail",                     sendmail,                         command,
        "program and arguments, no shell"),
    SERVER("SecurityMailTimeout",                  mail_timeout,                     duration,
        "how long the program may take"),
    SERVER("SecurityMailRetry",                    mail_retry,                       count,
        "attempts before a mail is given up"),
    SERVER("SecurityMailConcurrency",              mail_concurrency,                 concurrency,
        "mails handed to the program at once"),
    SERVER("SecuritySendRegisterEmail",            send_register_email,              flag,
        "On: welcome mails"),
    SERVER("SecuritySendPasswordChangeEmail",      send_password_change_email,       flag,
        "On: a notice after a password change"),
    SERVER("SecuritySendPasswordResetEmail",       send_password_reset_email,        flag,
        "On: reset links"),
    SERVER("SecuritySendPasswordResetNoticeEmail", send_password_reset_notice_email, flag,
        "On: a notice after a reset"),
    SERVER("SecuritySendUsernameChangeEmail",      send_username_change_email,       flag,
        "On: a notice after a username change"),
    SERVER("SecuritySendNewLoginEmail",            send_new_login_email,             flag,
        "On: a notice after a sign-in from an unknown browser"),
    SERVER("SecuritySendAccountLockedEmail",       send_account_locked_email,        flag,
        "On: a notice to the owner of a throttled account"),
    SUBJECT("SecurityEmailSubjectRegister",             "welcome"),
    SUBJECT("SecurityEmailSubjectConfirm",              "confirmation_instructions"),
    SUBJECT("SecurityEmailSubjectPasswordReset",        "reset_instructions"),
    SUBJECT("SecurityEmailSubjectPasswordNotice",       "reset_notice"),
    SUBJECT("SecurityEmailSubjectPasswordChangeNotice", "change_notice"),
    SUBJECT("SecurityEmailSubjectChangeEmail",          "change_email_instructions"),
    SUBJECT("SecurityEmailSubjectUsernameChangeNotice", "change_username_notice"),

    SERVER("SecurityTemplates",      templates,         directory,
        "the site's own templates"),
    SERVER("SecurityLanguage",       language,          language,
        "the language of messages"),
    HOST("SecurityDataDirectory",    data_directory,    directory,
        "the shipped templates"),
    SERVER("SecurityFlaskSecretKey", flask_secret_keys, secrets,
        "SECRET_KEY of a Flask-Security application whose cookies are accepted"),
    SERVER("SecurityCacheTimeout",   cache_timeout,     duration,
        "how long a record is used"),
    SERVER("SecurityCacheGrace",     cache_grace,       duration,
        "how long it is used while the database is away"),
    SERVER("SecurityHashSlots",      hash_slots,        number,
        "hashes computed at once on this machine"),
    MAIN("SecurityCacheSize",        cache_size,        count,
        "records that are kept"),
    MAIN("SecurityServiceProgram",   service_program,   program,
        "the program that is started as the service"),
    MAIN("SecurityUser",             service_user,      user,
        "the user whom the service runs as"),
    MAIN("SecurityServiceTimeout",   service_timeout,   duration,
        "how long a request waits for the service"),

    DIRECTORY("SecurityApiEnabledMethods",             methods,                          methods,
        "which of session, token and basic are accepted"),
    DIRECTORY("SecurityPostLoginView",                 post_login_view,                  view,
        "where to go after sign-in"),
    DIRECTORY("SecurityPostLogoutView",                post_logout_view,                 view,
        "where to go after sign-out"),
    DIRECTORY("SecurityPostRegisterView",              post_register_view,               view,
        "after registration"),
    DIRECTORY("SecurityPostConfirmView",               post_confirm_view,                view,
        "after confirmation"),
    DIRECTORY("SecurityPostResetView",                 post_reset_view,                  view,
        "after a reset"),
    DIRECTORY("SecurityPostChangeView",                post_change_view,                 view,
        "after a password change"),
    DIRECTORY("SecurityPostVerifyView",                post_verify_view,                 view,
        "after the password was entered again"),
    DIRECTORY("SecurityPostChangeEmailView",           post_change_email_view,           view,
        "after an email change"),
    DIRECTORY("SecurityConfirmErrorView",              confirm_error_view,               view,
        "for a bad confirmation link"),
    DIRECTORY("SecurityResetErrorView",                reset_error_view,                 view,
        "for a bad reset link"),
    DIRECTORY("SecurityResetView",                     reset_view,                       view,
        "the application's own reset form"),
    DIRECTORY("SecurityChangeEmailErrorView",          change_email_error_view,          view,
        "for a bad link"),
    DIRECTORY("SecurityRequiresConfirmationErrorView", requires_confirmation_error_view, view,
        "for users who have not confirmed"),
    DIRECTORY("SecurityUnauthorizedView",              unauthorized_view,                view,
        "instead of 403"),
    DIRECTORY("SecurityFreshness",                     freshness,                        freshness,
        "how long an entered password counts as fresh, or none"),
    DIRECTORY("SecurityFreshnessGracePeriod",          freshness_grace_period,           duration,
        "extra time for forms that are sent"),
    DIRECTORY("SecurityPassHeaders",                   pass_headers,                     flag,
        "On: a backend gets identity headers"),
    {.name = NULL},
};
/* clang-format on */

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
