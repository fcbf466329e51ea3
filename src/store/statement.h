/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_STORE_STATEMENT_H
#define MSA_STORE_STATEMENT_H

#include <stdbool.h>
#include <apr_tables.h>
#include "db.h"
#include "dialect.h"

/* How statements are run, in a transaction (db.h) or each on its own. Used in this room only. */

/** One argument of a statement. */
typedef struct msa_arg_t {
    const char *text; /* NULL = SQL NULL, unless it is a number */
    apr_int64_t number;
    bool is_number;
} msa_arg_t;

/** A text, or NULL. */
msa_arg_t msa_arg_text(const char *text);
msa_arg_t msa_arg_number(apr_int64_t number);
/** Whole seconds since 1970, for our own tables; 0 stays 0. */
msa_arg_t msa_arg_time(apr_time_t time);
/** The DATETIME text of Flask-Security's tables, from `pool`; NULL for 0. */
msa_arg_t msa_arg_datetime(apr_pool_t *pool, apr_time_t time);
/** A digest in hexadecimal, from `pool`; NULL for NULL. */
msa_arg_t msa_arg_digest(apr_pool_t *pool, const unsigned char *digest);

/**
 * Who is concerned when a statement changes a row: something that is remembered about them outside
 * of the database is no longer true. Of a user that is who they are (names, roles, permissions), of
 * a ticket its end, its scope and the last proof of the password.
 */
typedef struct msa_concern_t {
    apr_int64_t user_id;         /* 0 = everybody */
    const unsigned char *digest; /* of one ticket of theirs; NULL = all that is known about them */
} msa_concern_t;

#define MSA_NOBODY    ((const msa_concern_t *)NULL)
#define MSA_EVERYBODY (&(const msa_concern_t){0})

/**
 * Runs a statement that returns no rows. `*changed` (may be NULL) = how many rows it changed.
 * APR_SUCCESS; APR_EEXIST for a taken unique key; APR_EINVAL for a text that the compared column
 * cannot hold or a value that its column refuses; APR_EBUSY when another transaction was in the
 * way; APR_EGENERAL. Errors are logged, except a taken key, outside of a transaction also a text
 * that cannot be compared, and inside one APR_EBUSY (msa_db_conflict). An error inside a
 * transaction makes all that follows in it fail with APR_EGENERAL.
 *
 * If it changed a row, whoever that concerns is noted, and the end of the transaction (msa_db_end)
 * announces them. Outside of one, a statement that concerns someone is a transaction by itself:
 * nobody ever sees its rows without the row that announces them.
 */
apr_status_t msa_db_run(msa_db_t *db, msa_sql_t statement, const msa_arg_t *args, int count,
                        const msa_concern_t *concern, int *changed);
/**
 * The same for a mere note, which concerns nobody: if its column refuses a value (APR_EINVAL), a
 * transaction goes on.
 */
apr_status_t msa_db_run_note(msa_db_t *db, msa_sql_t statement, const msa_arg_t *args, int count,
                             int *changed);
/**
 * The same for one INSERT; `*id` = the id the row was given. Nothing is remembered yet about what
 * is new, so it concerns nobody.
 */
apr_status_t msa_db_insert(msa_db_t *db, msa_sql_t statement, const msa_arg_t *args, int count,
                           apr_int64_t *id);
/**
 * Reads all rows, `columns` wide, into an array of const char ** from `pool`; NULL = SQL NULL.
 * Results as in msa_db_run; no rows is APR_SUCCESS.
 */
apr_status_t msa_db_read(msa_db_t *db, apr_pool_t *pool, msa_sql_t statement, const msa_arg_t *args,
                         int count, int columns, apr_array_header_t **rows);
/**
 * Runs one text without arguments, its holes filled, for the schema; APR_EGENERAL inside a
 * transaction and on errors, which are logged unless `is_quiet`.
 */
apr_status_t msa_db_execute(msa_db_t *db, const char *text, bool is_quiet);
/**
 * Runs an UPDATE that is not in msa_sql_t and concerns nobody, with %s and %lld for its arguments,
 * inside a transaction; APR_EGENERAL outside. Does not say whether it changed a row.
 */
apr_status_t msa_db_run_text(msa_db_t *db, const char *text, const msa_arg_t *args, int count);
/**
 * Reads one column of all rows of a text without arguments, outside of any transaction: array of
 * const char * from `pool`.
 */
apr_status_t msa_db_read_text(msa_db_t *db, apr_pool_t *pool, const char *text,
                              apr_array_header_t **values);
/**
 * Logs one line about a value that cannot be read: `what` says what is wrong with it; NULL = SQL
 * NULL.
 */
void msa_db_complain(msa_db_t *db, const char *table, const char *column, const char *what,
                     const char *value);
/** Whether a table has this column; APR_SUCCESS, or an error, which is logged. */
apr_status_t msa_db_has_column(msa_db_t *db, const char *table, const char *column, bool *has);
/**
 * The dialect of this database (opens a connection to find out); NULL when it cannot be reached.
 */
const msa_dialect_t *msa_db_dialect(msa_db_t *db);
const msa_settings_t *msa_db_settings(const msa_db_t *db);

#endif
