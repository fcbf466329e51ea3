/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_BASE_OUTCOME_H
#define MSA_BASE_OUTCOME_H

/* Every answer that a rule can give: one enumerator for each row of OUTCOMES[]. */

#include <stdbool.h>

/**
 * Every result a request can have. Each is a row of the table in outcome.c; its public name is the
 * message key that clients of Flask-Security know (`INVALID_PASSWORD`).
 */
typedef enum {
    MSA_OK,
    /* guards */
    MSA_UNAUTHENTICATED,
    MSA_UNAUTHORIZED,
    MSA_REAUTHENTICATION_REQUIRED,
    MSA_ANONYMOUS_USER_REQUIRED,
    /* sign-in */
    MSA_GENERIC_AUTHN_FAILED,
    MSA_USER_DOES_NOT_EXIST,
    MSA_INVALID_PASSWORD,
    MSA_DISABLED_ACCOUNT,
    MSA_CONFIRMATION_REQUIRED,
    MSA_EMAIL_NOT_PROVIDED,
    MSA_INVALID_EMAIL_ADDRESS,
    MSA_PASSWORD_NOT_PROVIDED,
    MSA_INVALID_REDIRECT,
    /* password policy */
    MSA_PASSWORD_INVALID_LENGTH,
    MSA_PASSWORD_TOO_SIMPLE,
    MSA_RETYPE_PASSWORD_MISMATCH,
    MSA_PASSWORD_IS_THE_SAME,
    /* registration and names */
    MSA_EMAIL_ALREADY_ASSOCIATED,
    MSA_USERNAME_INVALID_LENGTH,
    MSA_USERNAME_DISALLOWED_CHARACTERS,
    MSA_USERNAME_ALREADY_ASSOCIATED,
    MSA_FIELD_REQUIRED,
    MSA_FIELD_REFUSED, /* by a column that registration fills in */
    /* links */
    MSA_INVALID_CONFIRMATION_TOKEN,
    MSA_CONFIRMATION_EXPIRED,
    MSA_ALREADY_CONFIRMED,
    MSA_INVALID_RESET_PASSWORD_TOKEN,
    MSA_PASSWORD_RESET_EXPIRED,
    MSA_CHANGE_EMAIL_EXPIRED,
    /* good news */
    MSA_CONFIRM_REGISTRATION,
    MSA_REGISTERED,
    MSA_EMAIL_CONFIRMED,
    MSA_CONFIRMATION_REQUEST,
    MSA_PASSWORD_RESET_REQUEST,
    MSA_PASSWORD_RESET,
    MSA_PASSWORD_RESET_NO_LOGIN,
    MSA_PASSWORD_CHANGE,
    MSA_REAUTHENTICATION_SUCCESSFUL,
    MSA_CHANGE_EMAIL_SENT,
    MSA_CHANGE_EMAIL_CONFIRMED,
    MSA_CHANGE_EMAIL_UNDONE,
    MSA_USERNAME_CHANGED,
    MSA_SESSION_ENDED,
    MSA_TOKEN_CREATED,
    MSA_TOKEN_REVOKED,
    MSA_TOKEN_SCOPE_EXCEEDED,
    MSA_TOO_MANY_TOKENS,
    MSA_LOGGED_OUT,
    /* fields that their page checks */
    MSA_INVALID_TOKEN_NAME,
    MSA_INVALID_TOKEN_LIFETIME,
    MSA_INVALID_TOKEN_SCOPE,
    MSA_INVALID_SESSION_NUMBER,
    /* the request itself */
    MSA_API_ERROR,          /* a value of the wrong type or encoding */
    MSA_BAD_REQUEST,        /* a body that cannot be read */
    MSA_CROSS_SITE,         /* a state change that another site asked for */
    MSA_CSRF_TOKEN_MISSING, /* with SecurityCsrf token */
    MSA_CSRF_TOKEN_INVALID,
    MSA_NOT_FOUND,
    MSA_METHOD_NOT_ALLOWED,
    MSA_BODY_TOO_LARGE,
    MSA_UNSUPPORTED_MEDIA_TYPE,
    /* limits and failures */
    MSA_THROTTLED,         /* too many attempts: 429 with Retry-After */
    MSA_TOO_MANY_REQUESTS, /* one client wants too many mails or accounts: 429 with Retry-After */
    MSA_BUSY,              /* all hash slots are taken: 503 with Retry-After */
    MSA_BROKEN,            /* a dependency failed; the cause is already in the log */
    MSA_OUTCOME_COUNT
} msa_outcome_t;

/**
 * Severity, most severe first. The server maps it to httpd's LogLevel, the tool to standard error.
 */
typedef enum {
    MSA_LOG_ERROR,
    MSA_LOG_WARNING,
    MSA_LOG_NOTICE,
    MSA_LOG_INFO,
    MSA_LOG_DEBUG
} msa_log_level_t;

typedef struct msa_outcome_row_t {
    const char *name;      /* in logs: `invalid-password` */
    const char *key;       /* message key: `INVALID_PASSWORD` */
    int status;            /* of a JSON answer; HTML form pages show form errors with 200 */
    msa_log_level_t level; /* of the log line about the decision */
    msa_outcome_t generic; /* what a visitor may learn under SecurityReturnGenericResponses */
    const char *field;     /* the form field it is reported at; "" = the form itself */
    const char *category;  /* of its flash message: error, info or success */
} msa_outcome_row_t;

/** The row of an outcome, that of MSA_BROKEN for a number out of range; never NULL. */
const msa_outcome_row_t *msa_outcome_row(msa_outcome_t outcome);

/**
 * The outcome that a visitor may learn: `generic` of its row with generic_responses, else itself.
 */
msa_outcome_t msa_outcome_public(msa_outcome_t outcome, bool generic_responses);

/** The outcome with this message key; MSA_OUTCOME_COUNT when there is none. */
msa_outcome_t msa_outcome_by_key(const char *key);

#endif
