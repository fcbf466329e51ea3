/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_STORE_ROW_H
#define MSA_STORE_ROW_H

/* Shared by the files that read and write rows only: reading a column, checking a value before
 * it is written. */

#include <stdbool.h>
#include <apr_time.h>
#include "statement.h"
#include "../base/digest.h"

/**
 * A row on its way into a record. What decides something and cannot be read makes the whole row
 * broken, with one line in the log: nothing is guessed.
 */
typedef struct msa_row_t {
    msa_db_t *db;
    const char *table; /* for the log */
    const char *const *values;
    bool is_broken;
} msa_row_t;

/** The row `index` of what was read of `table`. */
msa_row_t msa_row(msa_db_t *db, const char *table, const apr_array_header_t *rows, int index);
/** A whole number; anything else, and NULL, breaks the row. */
apr_int64_t msa_row_number(msa_row_t *row, int column, const char *name);
/** The time that whole seconds say. */
apr_time_t msa_row_time(msa_row_t *row, int column, const char *name);
/** 1 or 0; anything else, and NULL, breaks the row. */
bool msa_row_flag(msa_row_t *row, int column, const char *name);
/** The time of a DATETIME, 0 for NULL; what is neither breaks the row. */
apr_time_t msa_row_datetime(msa_row_t *row, int column, const char *name);
/** A digest in hexadecimal. */
void msa_row_digest(msa_row_t *row, int column, const char *name,
                    unsigned char digest[MSA_DIGEST_SIZE]);
/** A number that decides nothing: 0 for what is none. */
apr_int64_t msa_row_count(const char *value);
/** The time of whole seconds that decides nothing: 0 for what is none. */
apr_time_t msa_row_note_time(const char *value);
/** APR_EINVAL when a text is longer than `bytes` or no clean UTF-8; NULL is fine. */
apr_status_t msa_row_check(const char *text, apr_size_t bytes);
/** The same for a text of several lines: control characters may be in it. */
apr_status_t msa_row_check_lines(const char *text, apr_size_t bytes);
/** Runs a statement that must change a row: APR_NOTFOUND when it changed none. */
apr_status_t msa_row_change(msa_db_t *db, msa_sql_t statement, const msa_arg_t *args, int count,
                            const msa_concern_t *concern);
/**
 * The same for one that may write what the row holds already, which MySQL does not count:
 * APR_NOTFOUND only when `exists` finds no row with the id that is its last argument.
 */
apr_status_t msa_row_set(msa_db_t *db, apr_pool_t *pool, msa_sql_t statement, const msa_arg_t *args,
                         int count, msa_sql_t exists, const msa_concern_t *concern);

#endif
