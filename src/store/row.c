/* SPDX-License-Identifier: Apache-2.0 */
/* Fields of rows: checked against their columns before they are written, and against what they
 * should hold when they are read. */

#include "row.h"

#include "../base/text.h"
#include "../base/text_time.h"

#include <string.h>

#include <apr_strings.h>

#define NO_DATE "0000-00-00" /* what MySQL stores for NULL without strict mode */

msa_row_t msa_row(msa_db_t *db, const char *table, const apr_array_header_t *rows, int index)
{
    return (msa_row_t){
        .db = db, .table = table, .values = APR_ARRAY_IDX(rows, index, const char *const *)};
}

/* Numbers and times are not secret, and the first bad one tells enough. */
static void row_break(msa_row_t *row, int column, const char *name, const char *what)
{
    if (!row->is_broken)
        msa_db_complain(row->db, row->table, name, what, row->values[column]);
    row->is_broken = true;
}

apr_int64_t msa_row_number(msa_row_t *row, int column, const char *name)
{
    apr_int64_t number = 0;
    if (!msa_sql_number(row->values[column], &number))
        row_break(row, column, name, "not a whole number");
    return number;
}

apr_time_t msa_row_time(msa_row_t *row, int column, const char *name)
{
    apr_int64_t seconds = msa_row_number(row, column, name);
    if (seconds > APR_INT64_MAX / APR_USEC_PER_SEC)
        row_break(row, column, name, "not a time");
    return row->is_broken ? 0 : apr_time_from_sec(seconds);
}

bool msa_row_flag(msa_row_t *row, int column, const char *name)
{
    apr_int64_t number = 0;
    if (!msa_sql_number(row->values[column], &number) || number > 1)
        row_break(row, column, name, "neither 1 nor 0");
    return number == 1;
}

apr_time_t msa_row_datetime(msa_row_t *row, int column, const char *name)
{
    const char *value = row->values[column];
    apr_time_t time = msa_text_datetime_parse(value);
    if (!time && value && strncmp(value, NO_DATE, sizeof(NO_DATE) - 1) != 0)
        row_break(row, column, name, "not a date with a time");
    return time;
}

void msa_row_digest(msa_row_t *row, int column, const char *name,
                    unsigned char digest[MSA_DIGEST_SIZE])
{
    if (!msa_digest_from_hex(row->values[column], digest))
        row_break(row, column, name, "not a digest");
}

apr_int64_t msa_row_count(const char *value)
{
    apr_int64_t number = 0;
    return msa_sql_number(value, &number) ? number : 0;
}

apr_time_t msa_row_note_time(const char *value)
{
    return apr_time_from_sec(msa_row_count(value));
}

apr_status_t msa_row_check(const char *text, apr_size_t bytes)
{
    if (!text)
        return APR_SUCCESS;
    return strlen(text) <= bytes && msa_text_is_clean(text) ? APR_SUCCESS : APR_EINVAL;
}

apr_status_t msa_row_check_lines(const char *text, apr_size_t bytes)
{
    apr_size_t length = text ? strlen(text) : 0;
    return length <= bytes && (!text || msa_text_is_utf8(text, length)) ? APR_SUCCESS : APR_EINVAL;
}

apr_status_t msa_row_change(msa_db_t *db, msa_sql_t statement, const msa_arg_t *args, int count,
                            const msa_concern_t *concern)
{
    int changed = 0;
    apr_status_t status = msa_db_run(db, statement, args, count, concern, &changed);
    if (status != APR_SUCCESS)
        return status;
    return changed > 0 ? APR_SUCCESS : APR_NOTFOUND;
}

apr_status_t msa_row_set(msa_db_t *db, apr_pool_t *pool, msa_sql_t statement, const msa_arg_t *args,
                         int count, msa_sql_t exists, const msa_concern_t *concern)
{
    apr_array_header_t *rows = NULL;
    apr_status_t status = msa_row_change(db, statement, args, count, concern);
    if (status != APR_NOTFOUND)
        return status;
    status = msa_db_read(db, pool, exists, &args[count - 1], 1, 1, &rows);
    if (status != APR_SUCCESS)
        return status;
    return rows->nelts ? APR_SUCCESS : APR_NOTFOUND;
}
