/* SPDX-License-Identifier: Apache-2.0 */
#include "record.h"

#include "../base/text.h"

#include <string.h>

#include <apr_strings.h>

apr_int64_t msa_record_number(const char *value)
{
    return value ? apr_atoi64(value) : 0;
}

apr_time_t msa_record_time(const char *value)
{
    return apr_time_from_sec(msa_record_number(value));
}

apr_status_t msa_record_check(const char *text, apr_size_t bytes)
{
    if (!text)
        return APR_SUCCESS;
    return strlen(text) <= bytes && msa_text_is_clean(text) ? APR_SUCCESS : APR_EINVAL;
}

apr_status_t msa_record_check_lines(const char *text, apr_size_t bytes)
{
    apr_size_t length = text ? strlen(text) : 0;
    return length <= bytes && (!text || msa_text_is_utf8(text, length)) ? APR_SUCCESS : APR_EINVAL;
}

apr_status_t msa_record_change(msa_db_t *db, msa_sql_t statement, const msa_arg_t *args, int count)
{
    int changed = 0;
    apr_status_t status = msa_db_run(db, statement, args, count, &changed);
    if (status != APR_SUCCESS)
        return status;
    return changed > 0 ? APR_SUCCESS : APR_NOTFOUND;
}

apr_status_t msa_record_set(msa_db_t *db, apr_pool_t *pool, msa_sql_t statement,
                            const msa_arg_t *args, int count, msa_sql_t exists, apr_int64_t id)
{
    msa_arg_t key[] = {msa_arg_number(id)};
    apr_array_header_t *rows = NULL;
    apr_status_t status = msa_record_change(db, statement, args, count);
    if (status != APR_NOTFOUND)
        return status;
    status = msa_db_read(db, pool, exists, key, 1, 1, &rows);
    if (status != APR_SUCCESS)
        return status;
    return rows->nelts ? APR_SUCCESS : APR_NOTFOUND;
}

apr_status_t msa_record_has_column(msa_db_t *db, apr_pool_t *pool, const char *table,
                                   const char *column, bool *has)
{
    msa_arg_t args[] = {msa_arg_text(table), msa_arg_text(column)};
    const char *key = apr_pstrcat(pool, table, ".", column, NULL);
    const char *fact = msa_db_fact(db, key);
    apr_array_header_t *rows = NULL;
    apr_status_t status;
    if (fact) {
        *has = *fact == 'y';
        return APR_SUCCESS;
    }
    status = msa_db_read(db, pool, SQL_COLUMN_EXISTS, args, 2, 1, &rows);
    if (status != APR_SUCCESS)
        return status;
    msa_db_note_fact(db, key, rows->nelts ? "yes" : "no");
    *has = rows->nelts > 0;
    return APR_SUCCESS;
}
