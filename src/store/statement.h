/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_STORE_STATEMENT_H
#define MSA_STORE_STATEMENT_H

#include <stdbool.h>
#include <apr_tables.h>
#include "db.h"
#include "dialect.h"

/* How statements are run, in a transaction (db.h) or each by itself. Of this room only. */

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
