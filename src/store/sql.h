/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_STORE_SQL_H
#define MSA_STORE_SQL_H

/* The statements by number. */

#include <stdbool.h>
#include <apr.h>

/** The statements; sql_standard.c has their standard texts, the file of each dialect its own. */
typedef enum {
    SQL_GUARD,
    SQL_COMMIT,
    SQL_LAST_ID,
    SQL_USER_BY_ID,
    SQL_USER_HOLD,
    SQL_USER_BY_EMAIL,
    SQL_USER_BY_USERNAME,
    SQL_USER_BY_UNIQUIFIER,
    SQL_USER_INSERT,
    SQL_USER_INSERT_HANDLE,
    SQL_USER_INSERT_TOKEN,
    SQL_USER_SET_PASSWORD,
    SQL_USER_CAS_PASSWORD,
    SQL_USER_RENEW_PASSWORD,
    SQL_USER_CAS_RENEW_PASSWORD,
    SQL_USER_SET_UNIQUIFIER,
    SQL_USER_SET_TOKEN_UNIQUIFIER,
    SQL_USER_SET_ACTIVE,
    SQL_USER_SET_CONFIRMED,
    SQL_USER_SET_EMAIL,
    SQL_USER_SET_USERNAME,
    SQL_USER_TRACK,
    SQL_USER_TRACK_TIME,
    SQL_USER_DELETE,
    SQL_USER_DELETE_ROLES,
    SQL_USER_LIST,
    SQL_USER_LIST_ROLE,
    SQL_ROLES_OF_USER,
    SQL_ROLE_BY_ID,
    SQL_ROLE_BY_NAME,
    SQL_ROLE_LOCK,
    SQL_ROLE_LIST,
    SQL_ROLE_INSERT,
    SQL_ROLE_SET_PERMISSIONS,
    SQL_ROLE_DELETE,
    SQL_ROLE_DELETE_MEMBERS,
    SQL_ROLE_HAS,
    SQL_ROLE_ADD,
    SQL_ROLE_REMOVE,
    SQL_ROLE_MEMBERS,
    SQL_TICKET_INSERT,
    SQL_TICKET_BY_ID,
    SQL_TICKET_BY_DIGEST,
    SQL_TICKET_HOLD,
    SQL_TICKET_REGISTRATION,
    SQL_TICKET_BY_DIGESTS,
    SQL_TICKET_TOUCH,
    SQL_TICKET_PROLONG,
    SQL_TICKET_SPEND,
    SQL_TICKET_SET_FRESH,
    SQL_TICKET_DELETE,
    SQL_TICKET_DELETE_OF_USER,
    SQL_TICKET_DELETE_OF_USER_PURPOSE,
    SQL_TICKET_DELETE_FAMILY,
    SQL_TICKET_HOLDERS,
    SQL_TICKET_LIST,
    SQL_TICKET_LIST_PURPOSE,
    SQL_TICKET_SURPLUS,
    SQL_TICKET_OF_FAMILY,
    SQL_TICKET_COUNT_FAMILY,
    SQL_TICKET_MOVE_STAMP,
    SQL_TICKET_REPLACE_DETAIL,
    SQL_TICKET_SWEEP_EXPIRED,
    SQL_TICKET_SWEEP_SPENT,
    SQL_OUTBOX_INSERT,
    SQL_OUTBOX_DUE,
    SQL_OUTBOX_READ,
    SQL_OUTBOX_CLAIM,
    SQL_OUTBOX_ABANDONED,
    SQL_OUTBOX_ABANDON,
    SQL_OUTBOX_SENT,
    SQL_OUTBOX_POSTPONE,
    SQL_OUTBOX_LIST,
    SQL_OUTBOX_LIST_ALL,
    SQL_OUTBOX_RETRY,
    SQL_OUTBOX_RETRY_ALL,
    SQL_OUTBOX_DELETE,
    SQL_OUTBOX_SWEEP,
    SQL_OUTBOX_SWEEP_FAILED,
    SQL_OUTBOX_COUNT,
    SQL_ATTEMPT_INSERT,
    SQL_ATTEMPT_COUNT,
    SQL_ATTEMPT_CLEAR,
    SQL_ATTEMPT_FORGET,
    SQL_ATTEMPT_SWEEP,
    SQL_CHANGE_INSERT,
    SQL_CHANGE_LIST,
    SQL_CHANGE_NEWEST,
    SQL_CHANGE_SWEEP,
    SQL_AUDIT_INSERT,
    SQL_COUNT
} msa_sql_t;

/** The name of a statement, for the log. */
const char *msa_sql_name(msa_sql_t statement);
/** True for a table or column name: a letter or _, then letters, digits, _; up to 64 bytes. */
bool msa_sql_is_identifier(const char *name);

/**
 * Reads a whole number: digits and nothing else (leading zeros, as ZEROFILL writes them, are fine),
 * at most APR_INT64_MAX. False for anything else and for NULL; `*number` is then left alone.
 */
bool msa_sql_number(const char *text, apr_int64_t *number);

#endif
