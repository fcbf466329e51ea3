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

apr_status_t msa_record_change(msa_db_t *db, msa_sql_t statement, const msa_arg_t *args, int count)
{
    int changed = 0;
    apr_status_t status = msa_db_run(db, statement, args, count, &changed);
    if (status != APR_SUCCESS)
        return status;
    return changed > 0 ? APR_SUCCESS : APR_NOTFOUND;
}

bool msa_record_has_column(msa_db_t *db, apr_pool_t *pool, const char *table, const char *column)
{
    msa_arg_t args[] = {msa_arg_text(table), msa_arg_text(column)};
    const char *key = apr_pstrcat(pool, table, ".", column, NULL);
    const char *fact = msa_db_fact(db, key);
    apr_array_header_t *rows = NULL;
    if (fact)
        return *fact == 'y';
    if (msa_db_read(db, pool, SQL_COLUMN_EXISTS, args, 2, 1, &rows) != APR_SUCCESS)
        return false;
    msa_db_note_fact(db, key, rows->nelts ? "yes" : "no");
    return rows->nelts > 0;
}
