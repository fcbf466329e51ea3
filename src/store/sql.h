/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_STORE_SQL_H
#define MSA_STORE_SQL_H

#include <stdbool.h>
#include "db.h"

/** The named statements; their standard text stands in sql_standard.c, a dialect's own in its file.
 */
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

/** What a driver's error means; only classify functions know the drivers' numbers. */
typedef enum {
    DB_OK,
    DB_UNIQUE,
    DB_UNFIT,   /* compared with a text that the column could not hold */
    DB_REFUSED, /* a value that its column does not take: too long, out of range, no date */
    DB_SLOW,    /* stopped by a time limit: the statement did nothing, the connection is well */
    DB_BUSY,    /* another one has what it needs: not executed, worth another try */
    DB_STALE,   /* the prepared statement is dead: nothing was executed */
    DB_GONE,    /* no connection any more: nothing was executed */
    DB_LOST,    /* the connection broke underway: perhaps executed */
    DB_OTHER
} msa_db_kind_t;

/** What differs between the databases. */
typedef struct msa_dialect_t {
    const char *driver; /* apr_dbd's name */
    char quote;         /* around identifiers */
    const char *hold;   /* ends a SELECT whose rows stay as they are until the transaction ends */
    bool can_reconnect; /* the driver may replace a connection behind our back */
    bool commits_by_statement;
    const char *by_user;       /* {by_user}: ties a read of the ticket table to its index by user */
    const char *by_family;     /* {by_family}: or to the one by family */
    bool has_types;            /* a column holds what its type says, and no more */
    const char *const *setup;  /* run on each new connection, NULL-terminated */
    const char *patience;      /* for what changes tables: waits longer; NULL = it waits so */
    const char *indexes[2];    /* a row for an index, before the table's name and before its own */
    const char *columns;       /* table, column, type, width of all columns; ends in IN */
    const char *const *tables; /* texts that make the tables, NULL-terminated */
    const char *const *triggers; /* CREATE TRIGGER texts, NULL-terminated */
    msa_db_kind_t (*classify)(int code, const char *error);
    bool (*is_whole)(const char *type); /* a column of this type holds whole numbers only */
    const char *texts[SQL_COUNT];       /* instead of the standard text; NULL = standard */
} msa_dialect_t;

extern const msa_dialect_t msa_dialect_mysql;
extern const msa_dialect_t msa_dialect_sqlite;

/** The dialect of an apr_dbd driver, or NULL. */
const msa_dialect_t *msa_dialect_find(const char *driver);

/** The text of a statement, names of tables filled in. */
const char *msa_sql_text(apr_pool_t *pool, const msa_dialect_t *dialect,
                         const msa_settings_t *settings, msa_sql_t statement);
/**
 * `text` with {user}, {role} and {roles_users} replaced by quoted names, {user_name}, {role_name},
 * {roles_users_name} and {prefix} by bare ones, {hold}, {by_user} and {by_family} by the dialect's
 * words.
 */
const char *msa_sql_expand(apr_pool_t *pool, const msa_dialect_t *dialect,
                           const msa_settings_t *settings, const char *text);
/** The name of a statement for the log. */
const char *msa_sql_name(msa_sql_t statement);
/** True for a table or column name: a letter or _, then letters, digits, _; up to 64 bytes. */
bool msa_sql_is_identifier(const char *name);

/**
 * Reads a whole number: digits and nothing else (zeros may lead, as ZEROFILL writes them), at most
 * APR_INT64_MAX. False for anything else and for NULL.
 */
bool msa_sql_number(const char *text, apr_int64_t *number);

/**
 * Several statements that are written together or not at all: a part of the transaction that is
 * open, or one by itself, which is run again, whole, after a conflict:
 *
 *     msa_whole_t whole = msa_whole_make(db);
 *     while (msa_whole_begin(&whole))
 *         msa_whole_end(&whole, ...);
 *     return whole.status;
 */
typedef struct msa_whole_t {
    msa_db_t *db;
    apr_status_t status; /* of the last run */
    int runs;
    bool is_part, is_done;
} msa_whole_t;

msa_whole_t msa_whole_make(msa_db_t *db);
/** Begins a run; false when there is nothing more to do, or it cannot be begun. */
bool msa_whole_begin(msa_whole_t *whole);
/** Ends it: what is a transaction by itself is committed when `status` is APR_SUCCESS. */
void msa_whole_end(msa_whole_t *whole, apr_status_t status);

/** One argument of a statement. */
typedef struct msa_arg_t {
    const char *text; /* NULL = SQL NULL unless a number */
    apr_int64_t number;
    bool is_number;
} msa_arg_t;

/** A text, or NULL. */
msa_arg_t msa_arg_text(const char *text);
msa_arg_t msa_arg_number(apr_int64_t number);
/** Whole seconds since 1970 for our own tables; 0 stays 0. */
msa_arg_t msa_arg_time(apr_time_t time);
/** The DATETIME text of Flask-Security's tables; NULL for 0. */
msa_arg_t msa_arg_datetime(apr_pool_t *pool, apr_time_t time);
/** A digest in hexadecimal; NULL for NULL. */
msa_arg_t msa_arg_digest(apr_pool_t *pool, const unsigned char *digest);

/**
 * About whom something that is remembered outside of the database (who somebody is: names, roles,
 * permissions; of a ticket its end, its scope, the last proof of the password) is not true any more
 * when a statement changed a row.
 */
typedef struct msa_concern_t {
    apr_int64_t user_id;         /* 0 = everybody */
    const unsigned char *digest; /* of one ticket of theirs; NULL = all that is known of them */
} msa_concern_t;

#define MSA_NOBODY    ((const msa_concern_t *)NULL)
#define MSA_EVERYBODY (&(const msa_concern_t){0})

/**
 * Runs a statement that returns no rows. `*changed` (may be NULL) = rows it changed. APR_SUCCESS,
 * APR_EEXIST for a taken unique key, APR_EINVAL for a text that the column compared could not
 * hold, APR_EBUSY, or APR_EGENERAL, logged.
 *
 * Whoever it concerns is noted when it changed a row, and told of at the end of the transaction
 * (msa_db_end). Outside of one, such a statement is a transaction by itself: nobody ever sees its
 * rows without the row that tells of them.
 */
apr_status_t msa_db_run(msa_db_t *db, msa_sql_t statement, const msa_arg_t *args, int count,
                        const msa_concern_t *concern, int *changed);
/** The same for a note, which concerns nobody: a value that its column does not take (APR_EINVAL)
 * harms no transaction. */
apr_status_t msa_db_run_note(msa_db_t *db, msa_sql_t statement, const msa_arg_t *args, int count,
                             int *changed);
/** The same for one INSERT; `*id` = the id it was given. What is new is remembered nowhere. */
apr_status_t msa_db_insert(msa_db_t *db, msa_sql_t statement, const msa_arg_t *args, int count,
                           apr_int64_t *id);
/** Reads all rows, `columns` wide, into an array of const char ** from `pool`; NULL = SQL NULL. */
apr_status_t msa_db_read(msa_db_t *db, apr_pool_t *pool, msa_sql_t statement, const msa_arg_t *args,
                         int count, int columns, apr_array_header_t **rows);
/** Runs one text without arguments (schema). Logged unless `is_quiet`. */
apr_status_t msa_db_execute(msa_db_t *db, const char *text, bool is_quiet);
/** Runs an UPDATE that was not named ahead, with %s and %lld for its arguments, and concerns
 * nobody. */
apr_status_t msa_db_run_text(msa_db_t *db, const char *text, const msa_arg_t *args, int count);
/** Reads one column of all rows of a text without arguments; array of const char *. */
apr_status_t msa_db_read_text(msa_db_t *db, apr_pool_t *pool, const char *text,
                              apr_array_header_t **values);
/** One line about a value that cannot be read: what its column holds is `what`; NULL = NULL. */
void msa_db_complain(msa_db_t *db, const char *table, const char *column, const char *what,
                     const char *value);
/** Whether a table has this column; APR_SUCCESS, or an error that is logged. */
apr_status_t msa_db_has_column(msa_db_t *db, const char *table, const char *column, bool *has);
/** The dialect of this database (opens a connection to learn it); NULL when it is away. */
const msa_dialect_t *msa_db_dialect(msa_db_t *db);
const msa_settings_t *msa_db_settings(const msa_db_t *db);

#endif
