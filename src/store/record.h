/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_STORE_RECORD_H
#define MSA_STORE_RECORD_H

#include "store.h"
#include "sql.h"

/** A column as a number; 0 for NULL. */
apr_int64_t msa_record_number(const char *value);
/** A column of whole seconds as time. */
apr_time_t msa_record_time(const char *value);
/** APR_EINVAL when a text is longer than `bytes` or no clean UTF-8; NULL is fine. */
apr_status_t msa_record_check(const char *text, apr_size_t bytes);
/** The same for a text of several lines: control characters may be in it. */
apr_status_t msa_record_check_lines(const char *text, apr_size_t bytes);
/** Runs a statement that must change a row: APR_NOTFOUND when it changed none. */
apr_status_t msa_record_change(msa_db_t *db, msa_sql_t statement, const msa_arg_t *args, int count);
/**
 * The same for one that may write what the row holds already, which MySQL does not count:
 * APR_NOTFOUND only when `exists` finds no row with this id.
 */
apr_status_t msa_record_set(msa_db_t *db, apr_pool_t *pool, msa_sql_t statement,
                            const msa_arg_t *args, int count, msa_sql_t exists, apr_int64_t id);
/** Whether a table has this column. */
apr_status_t msa_record_has_column(msa_db_t *db, apr_pool_t *pool, const char *table,
                                   const char *column, bool *has);

#endif
