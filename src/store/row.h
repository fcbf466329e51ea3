/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_STORE_ROW_H
#define MSA_STORE_ROW_H

/* Shared only by the files that read and write rows: reading a column, and checking a value before
 * it is written. */

#include <stdbool.h>
#include <apr_time.h>
#include "statement.h"
#include "../base/digest.h"

/**
 * A row that is being read. A field that decides something and cannot be read breaks the whole row,
 * with one line in the log: nothing is guessed.
 */
typedef struct msa_row_t {
    msa_db_t *db;
    const char *table; /* for the log */
    const char *const *values;
    bool is_broken;
} msa_row_t;

/** The row at `index` of `rows`, which were read from `table`. */
msa_row_t msa_row(msa_db_t *db, const char *table, const apr_array_header_t *rows, int index);
/** A whole number; anything else, NULL included, breaks the row. */
apr_int64_t msa_row_number(msa_row_t *row, int column, const char *name);
/** A time stored as whole seconds; anything else, NULL included, breaks the row. */
apr_time_t msa_row_time(msa_row_t *row, int column, const char *name);
/** 1 or 0; anything else, NULL included, breaks the row. */
bool msa_row_flag(msa_row_t *row, int column, const char *name);
/** The time of a DATETIME; 0 for NULL and for a date of zeros; anything else breaks the row. */
apr_time_t msa_row_datetime(msa_row_t *row, int column, const char *name);
/** A digest in hexadecimal; anything else, NULL included, breaks the row. */
void msa_row_digest(msa_row_t *row, int column, const char *name,
                    unsigned char digest[MSA_DIGEST_SIZE]);
/** A number that decides nothing: 0 for anything else. */
apr_int64_t msa_row_count(const char *value);
/** A time in whole seconds that decides nothing: 0 for anything else. */
apr_time_t msa_row_note_time(const char *value);
/**
 * APR_EINVAL when a text is longer than `bytes` or not clean UTF-8 (msa_text_is_clean); NULL is
 * fine.
 */
apr_status_t msa_row_check(const char *text, apr_size_t bytes);
/** The same for a text of several lines: it may contain control characters. */
apr_status_t msa_row_check_lines(const char *text, apr_size_t bytes);
/** Runs a statement that must change a row: APR_NOTFOUND when it changed none. */
apr_status_t msa_row_change(msa_db_t *db, msa_sql_t statement, const msa_arg_t *args, int count,
                            const msa_concern_t *concern);
/**
 * The same for one that may write what the row already says, which MySQL does not count as a
 * change: APR_NOTFOUND only when `exists` finds no row with the id in the last of `args`.
 */
apr_status_t msa_row_set(msa_db_t *db, apr_pool_t *pool, msa_sql_t statement, const msa_arg_t *args,
                         int count, msa_sql_t exists, const msa_concern_t *concern);

#endif
