/* SPDX-License-Identifier: Apache-2.0 */
/* OUTCOMES[]: for everything that a rule can answer its name in the log, its message key, its HTTP
 * status, and what a visitor may learn of it. */

#include "outcome.h"

#include <string.h>

/* One outcome to a row; the formatter would break each row somewhere else. */
/* clang-format off */
static const msa_outcome_row_t OUTCOMES[MSA_OUTCOME_COUNT] = {
    /* name in the log, message key, HTTP status, log level, what a visitor may learn, form field,
     * category of the flash message */
    [MSA_OK] = {"ok", "OK",
        200, MSA_LOG_INFO, MSA_OK, "", "success"},
    [MSA_UNAUTHENTICATED] = {"unauthenticated", "UNAUTHENTICATED",
        401, MSA_LOG_NOTICE, MSA_UNAUTHENTICATED, "", "error"},
    [MSA_UNAUTHORIZED] = {"unauthorized", "UNAUTHORIZED",
        403, MSA_LOG_NOTICE, MSA_UNAUTHORIZED, "", "error"},
    [MSA_REAUTHENTICATION_REQUIRED] = {"reauthentication-required", "REAUTHENTICATION_REQUIRED",
        401, MSA_LOG_INFO, MSA_REAUTHENTICATION_REQUIRED, "", "error"},
    [MSA_ANONYMOUS_USER_REQUIRED] = {"anonymous-user-required", "ANONYMOUS_USER_REQUIRED",
        400, MSA_LOG_INFO, MSA_ANONYMOUS_USER_REQUIRED, "", "error"},
    [MSA_GENERIC_AUTHN_FAILED] = {"authentication-failed", "GENERIC_AUTHN_FAILED",
        400, MSA_LOG_NOTICE, MSA_GENERIC_AUTHN_FAILED, "", "error"},
    [MSA_USER_DOES_NOT_EXIST] = {"unknown-user", "USER_DOES_NOT_EXIST",
        400, MSA_LOG_NOTICE, MSA_GENERIC_AUTHN_FAILED, "email", "error"},
    [MSA_INVALID_PASSWORD] = {"wrong-password", "INVALID_PASSWORD",
        400, MSA_LOG_NOTICE, MSA_GENERIC_AUTHN_FAILED, "password", "error"},
    [MSA_DISABLED_ACCOUNT] = {"disabled-account", "DISABLED_ACCOUNT",
        400, MSA_LOG_NOTICE, MSA_GENERIC_AUTHN_FAILED, "email", "error"},
    [MSA_CONFIRMATION_REQUIRED] = {"unconfirmed", "CONFIRMATION_REQUIRED",
        400, MSA_LOG_NOTICE, MSA_GENERIC_AUTHN_FAILED, "email", "error"},
    [MSA_EMAIL_NOT_PROVIDED] = {"email-not-provided", "EMAIL_NOT_PROVIDED",
        400, MSA_LOG_INFO, MSA_GENERIC_AUTHN_FAILED, "email", "error"},
    [MSA_INVALID_EMAIL_ADDRESS] = {"invalid-email-address", "INVALID_EMAIL_ADDRESS",
        400, MSA_LOG_INFO, MSA_GENERIC_AUTHN_FAILED, "email", "error"},
    [MSA_PASSWORD_NOT_PROVIDED] = {"password-not-provided", "PASSWORD_NOT_PROVIDED",
        400, MSA_LOG_INFO, MSA_GENERIC_AUTHN_FAILED, "password", "error"},
    [MSA_INVALID_REDIRECT] = {"invalid-redirect", "INVALID_REDIRECT",
        400, MSA_LOG_NOTICE, MSA_INVALID_REDIRECT, "next", "error"},
    [MSA_PASSWORD_INVALID_LENGTH] = {"password-invalid-length", "PASSWORD_INVALID_LENGTH",
        400, MSA_LOG_INFO, MSA_PASSWORD_INVALID_LENGTH, "password", "error"},
    [MSA_PASSWORD_TOO_SIMPLE] = {"password-too-simple", "PASSWORD_TOO_SIMPLE",
        400, MSA_LOG_INFO, MSA_PASSWORD_TOO_SIMPLE, "password", "error"},
    [MSA_RETYPE_PASSWORD_MISMATCH] = {"retyped-password-differs", "RETYPE_PASSWORD_MISMATCH",
        400, MSA_LOG_INFO, MSA_RETYPE_PASSWORD_MISMATCH, "password_confirm", "error"},
    [MSA_PASSWORD_IS_THE_SAME] = {"password-is-the-same", "PASSWORD_IS_THE_SAME",
        400, MSA_LOG_INFO, MSA_PASSWORD_IS_THE_SAME, "password", "error"},
    [MSA_EMAIL_ALREADY_ASSOCIATED] = {"email-taken", "EMAIL_ALREADY_ASSOCIATED",
        400, MSA_LOG_INFO, MSA_EMAIL_ALREADY_ASSOCIATED, "email", "error"},
    [MSA_USERNAME_INVALID_LENGTH] = {"username-invalid-length", "USERNAME_INVALID_LENGTH",
        400, MSA_LOG_INFO, MSA_USERNAME_INVALID_LENGTH, "username", "error"},
    [MSA_USERNAME_DISALLOWED_CHARACTERS] = {"username-disallowed-characters",
        "USERNAME_DISALLOWED_CHARACTERS",
        400, MSA_LOG_INFO, MSA_USERNAME_DISALLOWED_CHARACTERS, "username", "error"},
    [MSA_USERNAME_ALREADY_ASSOCIATED] = {"username-taken", "USERNAME_ALREADY_ASSOCIATED",
        400, MSA_LOG_INFO, MSA_USERNAME_ALREADY_ASSOCIATED, "username", "error"},
    [MSA_FIELD_REQUIRED] = {"field-required", "FIELD_REQUIRED",
        400, MSA_LOG_INFO, MSA_FIELD_REQUIRED, "", "error"},
    [MSA_FIELD_REFUSED] = {"field-refused", "FIELD_REFUSED",
        400, MSA_LOG_INFO, MSA_FIELD_REFUSED, "", "error"},
    [MSA_INVALID_CONFIRMATION_TOKEN] = {"invalid-confirmation-link", "INVALID_CONFIRMATION_TOKEN",
        400, MSA_LOG_NOTICE, MSA_INVALID_CONFIRMATION_TOKEN, "", "error"},
    [MSA_CONFIRMATION_EXPIRED] = {"confirmation-link-expired", "CONFIRMATION_EXPIRED",
        400, MSA_LOG_INFO, MSA_CONFIRMATION_EXPIRED, "", "error"},
    [MSA_ALREADY_CONFIRMED] = {"already-confirmed", "ALREADY_CONFIRMED",
        400, MSA_LOG_INFO, MSA_ALREADY_CONFIRMED, "email", "info"},
    [MSA_INVALID_RESET_PASSWORD_TOKEN] = {"invalid-reset-link", "INVALID_RESET_PASSWORD_TOKEN",
        400, MSA_LOG_NOTICE, MSA_INVALID_RESET_PASSWORD_TOKEN, "", "error"},
    [MSA_PASSWORD_RESET_EXPIRED] = {"reset-link-expired", "PASSWORD_RESET_EXPIRED",
        400, MSA_LOG_INFO, MSA_PASSWORD_RESET_EXPIRED, "", "error"},
    [MSA_CHANGE_EMAIL_EXPIRED] = {"change-email-link-expired", "CHANGE_EMAIL_EXPIRED",
        400, MSA_LOG_INFO, MSA_CHANGE_EMAIL_EXPIRED, "", "error"},
    [MSA_CONFIRM_REGISTRATION] = {"confirm-registration", "CONFIRM_REGISTRATION",
        200, MSA_LOG_INFO, MSA_CONFIRM_REGISTRATION, "", "success"},
    [MSA_REGISTERED] = {"registered", "REGISTERED",
        200, MSA_LOG_INFO, MSA_REGISTERED, "", "success"},
    [MSA_EMAIL_CONFIRMED] = {"email-confirmed", "EMAIL_CONFIRMED",
        200, MSA_LOG_INFO, MSA_EMAIL_CONFIRMED, "", "success"},
    [MSA_CONFIRMATION_REQUEST] = {"confirmation-request", "CONFIRMATION_REQUEST",
        200, MSA_LOG_INFO, MSA_CONFIRMATION_REQUEST, "", "info"},
    [MSA_PASSWORD_RESET_REQUEST] = {"password-reset-request", "PASSWORD_RESET_REQUEST",
        200, MSA_LOG_INFO, MSA_PASSWORD_RESET_REQUEST, "", "info"},
    [MSA_PASSWORD_RESET] = {"password-reset", "PASSWORD_RESET",
        200, MSA_LOG_INFO, MSA_PASSWORD_RESET, "", "success"},
    [MSA_PASSWORD_RESET_NO_LOGIN] = {"password-reset-no-login", "PASSWORD_RESET_NO_LOGIN",
        200, MSA_LOG_INFO, MSA_PASSWORD_RESET_NO_LOGIN, "", "success"},
    [MSA_PASSWORD_CHANGE] = {"password-change", "PASSWORD_CHANGE",
        200, MSA_LOG_INFO, MSA_PASSWORD_CHANGE, "", "success"},
    [MSA_REAUTHENTICATION_SUCCESSFUL] = {"reauthentication-successful",
        "REAUTHENTICATION_SUCCESSFUL",
        200, MSA_LOG_INFO, MSA_REAUTHENTICATION_SUCCESSFUL, "", "success"},
    [MSA_CHANGE_EMAIL_SENT] = {"change-email-sent", "CHANGE_EMAIL_SENT",
        200, MSA_LOG_INFO, MSA_CHANGE_EMAIL_SENT, "", "info"},
    [MSA_CHANGE_EMAIL_CONFIRMED] = {"change-email-confirmed", "CHANGE_EMAIL_CONFIRMED",
        200, MSA_LOG_INFO, MSA_CHANGE_EMAIL_CONFIRMED, "", "success"},
    [MSA_CHANGE_EMAIL_UNDONE] = {"change-email-undone", "CHANGE_EMAIL_UNDONE",
        200, MSA_LOG_INFO, MSA_CHANGE_EMAIL_UNDONE, "", "success"},
    [MSA_USERNAME_CHANGED] = {"username-changed", "USERNAME_CHANGED",
        200, MSA_LOG_INFO, MSA_USERNAME_CHANGED, "", "success"},
    [MSA_SESSION_ENDED] = {"session-ended", "SESSION_ENDED",
        200, MSA_LOG_INFO, MSA_SESSION_ENDED, "", "success"},
    [MSA_TOKEN_CREATED] = {"token-created", "TOKEN_CREATED",
        200, MSA_LOG_INFO, MSA_TOKEN_CREATED, "", "success"},
    [MSA_TOKEN_REVOKED] = {"token-revoked", "TOKEN_REVOKED",
        200, MSA_LOG_INFO, MSA_TOKEN_REVOKED, "", "success"},
    [MSA_TOKEN_SCOPE_EXCEEDED] = {"token-scope-exceeded", "TOKEN_SCOPE_EXCEEDED",
        400, MSA_LOG_NOTICE, MSA_TOKEN_SCOPE_EXCEEDED, "scope", "error"},
    [MSA_TOO_MANY_TOKENS] = {"too-many-tokens", "TOO_MANY_TOKENS",
        400, MSA_LOG_NOTICE, MSA_TOO_MANY_TOKENS, "name", "error"},
    [MSA_LOGGED_OUT] = {"logged-out", "LOGGED_OUT",
        200, MSA_LOG_INFO, MSA_LOGGED_OUT, "", "success"},
    [MSA_INVALID_TOKEN_NAME] = {"invalid-token-name", "INVALID_TOKEN_NAME",
        400, MSA_LOG_INFO, MSA_INVALID_TOKEN_NAME, "name", "error"},
    [MSA_INVALID_TOKEN_LIFETIME] = {"invalid-token-lifetime", "INVALID_TOKEN_LIFETIME",
        400, MSA_LOG_INFO, MSA_INVALID_TOKEN_LIFETIME, "expires", "error"},
    [MSA_INVALID_TOKEN_SCOPE] = {"invalid-token-scope", "INVALID_TOKEN_SCOPE",
        400, MSA_LOG_INFO, MSA_INVALID_TOKEN_SCOPE, "scope", "error"},
    [MSA_INVALID_SESSION_NUMBER] = {"invalid-session-number", "INVALID_SESSION_NUMBER",
        400, MSA_LOG_INFO, MSA_INVALID_SESSION_NUMBER, "end", "error"},
    [MSA_API_ERROR] = {"api-error", "API_ERROR",
        400, MSA_LOG_INFO, MSA_API_ERROR, "", "error"},
    [MSA_BAD_REQUEST] = {"bad-request", "BAD_REQUEST",
        400, MSA_LOG_INFO, MSA_BAD_REQUEST, "", "error"},
    [MSA_CROSS_SITE] = {"cross-site", "CROSS_SITE",
        403, MSA_LOG_NOTICE, MSA_CROSS_SITE, "", "error"},
    [MSA_CSRF_TOKEN_MISSING] = {"csrf-token-missing", "CSRF_TOKEN_MISSING",
        400, MSA_LOG_INFO, MSA_CSRF_TOKEN_MISSING, "csrf_token", "error"},
    [MSA_CSRF_TOKEN_INVALID] = {"csrf-token-invalid", "CSRF_TOKEN_INVALID",
        400, MSA_LOG_NOTICE, MSA_CSRF_TOKEN_INVALID, "csrf_token", "error"},
    [MSA_NOT_FOUND] = {"not-found", "NOT_FOUND",
        404, MSA_LOG_INFO, MSA_NOT_FOUND, "", "error"},
    [MSA_METHOD_NOT_ALLOWED] = {"method-not-allowed", "METHOD_NOT_ALLOWED",
        405, MSA_LOG_INFO, MSA_METHOD_NOT_ALLOWED, "", "error"},
    [MSA_BODY_TOO_LARGE] = {"body-too-large", "BODY_TOO_LARGE",
        413, MSA_LOG_INFO, MSA_BODY_TOO_LARGE, "", "error"},
    [MSA_UNSUPPORTED_MEDIA_TYPE] = {"unsupported-media-type", "UNSUPPORTED_MEDIA_TYPE",
        415, MSA_LOG_INFO, MSA_UNSUPPORTED_MEDIA_TYPE, "", "error"},
    [MSA_THROTTLED] = {"throttled", "THROTTLED",
        429, MSA_LOG_NOTICE, MSA_THROTTLED, "", "error"},
    [MSA_TOO_MANY_REQUESTS] = {"too-many-requests", "TOO_MANY_REQUESTS",
        429, MSA_LOG_NOTICE, MSA_TOO_MANY_REQUESTS, "", "error"},
    [MSA_BUSY] = {"busy", "BUSY",
        503, MSA_LOG_NOTICE, MSA_BUSY, "", "error"},
    [MSA_BROKEN] = {"broken", "BROKEN",
        503, MSA_LOG_ERROR, MSA_BROKEN, "", "error"},
};
/* clang-format on */

const msa_outcome_row_t *msa_outcome_row(msa_outcome_t outcome)
{
    bool is_known = (unsigned int)outcome < MSA_OUTCOME_COUNT;
    return &OUTCOMES[is_known ? outcome : MSA_BROKEN];
}

msa_outcome_t msa_outcome_public(msa_outcome_t outcome, bool generic_responses)
{
    return generic_responses ? msa_outcome_row(outcome)->generic : outcome;
}

msa_outcome_t msa_outcome_by_key(const char *key)
{
    int outcome = 0;
    while (outcome < MSA_OUTCOME_COUNT && strcmp(OUTCOMES[outcome].key, key) != 0)
        outcome++;
    return (msa_outcome_t)outcome;
}
