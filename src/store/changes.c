/* SPDX-License-Identifier: Apache-2.0 */
/* The rows by which one machine tells the others whose records are no longer true. */

#include "changes.h"
#include "row.h"

#include "../base/require.h"

apr_status_t msa_change_list(msa_db_t *db, apr_pool_t *pool, apr_int64_t after, int limit,
                             apr_array_header_t **changes)
{
    MSA_REQUIRE(limit > 0);
    msa_arg_t args[] = {msa_arg_number(after), msa_arg_number(limit)};
    apr_array_header_t *rows = NULL;
    apr_array_header_t *list;
    apr_status_t status = msa_db_read(db, pool, SQL_CHANGE_LIST, args, 2, 4, &rows);
    if (status != APR_SUCCESS)
        return status;
    list = apr_array_make(pool, rows->nelts, sizeof(msa_change_t *));
    for (int i = 0; i < rows->nelts; i++) {
        msa_row_t row = msa_row(db, "changes", rows, i);
        msa_change_t *change = apr_pcalloc(pool, sizeof(*change));
        change->id = msa_row_number(&row, 0, "id");
        /* A row that does not say which user it is about is about everybody. */
        change->user_id = msa_row_count(row.values[1]);
        change->has_digest = msa_digest_from_hex(row.values[2], change->digest);
        change->created_at = msa_row_note_time(row.values[3]);
        if (row.is_broken)
            return APR_EGENERAL;
        APR_ARRAY_PUSH(list, msa_change_t *) = change;
    }
    *changes = list;
    return APR_SUCCESS;
}

apr_status_t msa_change_newest(msa_db_t *db, apr_pool_t *pool, apr_int64_t *id)
{
    apr_array_header_t *rows = NULL;
    apr_status_t status = msa_db_read(db, pool, SQL_CHANGE_NEWEST, NULL, 0, 1, &rows);
    if (status == APR_SUCCESS)
        *id = rows->nelts ? msa_row_count(APR_ARRAY_IDX(rows, 0, const char **)[0]) : 0;
    return status;
}

apr_status_t msa_change_sweep(msa_db_t *db, apr_pool_t *pool, apr_time_t before, int limit,
                              int *count)
{
    msa_arg_t args[] = {msa_arg_time(before), msa_arg_number(limit)};
    (void)pool;
    return msa_db_run(db, SQL_CHANGE_SWEEP, args, 2, MSA_NOBODY, count);
}
