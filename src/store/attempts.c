/* SPDX-License-Identifier: Apache-2.0 */
#include "record.h"

#define KEY_BYTES     64
#define ADDRESS_BYTES 64

static apr_status_t count(msa_db_t *db, apr_pool_t *pool, msa_sql_t statement, const char *key,
                          apr_time_t since, int *number)
{
    msa_arg_t args[] = {msa_arg_text(key), msa_arg_time(since)};
    apr_array_header_t *rows = NULL;
    apr_status_t status = msa_db_read(db, pool, statement, args, 2, 1, &rows);
    if (status == APR_SUCCESS && rows->nelts)
        *number = (int)msa_record_count(APR_ARRAY_IDX(rows, 0, const char **)[0]);
    return status;
}

apr_status_t msa_attempt_insert(msa_db_t *db, apr_pool_t *pool, const char *account_key,
                                const char *address, apr_time_t now)
{
    msa_arg_t args[] = {msa_arg_text(account_key), msa_arg_text(address), msa_arg_time(now)};
    (void)pool;
    if (msa_record_check(account_key, KEY_BYTES) != APR_SUCCESS ||
        msa_record_check(address, ADDRESS_BYTES) != APR_SUCCESS)
        return APR_EINVAL;
    return msa_db_run(db, SQL_ATTEMPT_INSERT, args, 3, NULL);
}

apr_status_t msa_attempt_count(msa_db_t *db, apr_pool_t *pool, const char *account_key,
                               const char *address, apr_time_t since, int *of_account,
                               int *of_address)
{
    apr_status_t status =
        count(db, pool, SQL_ATTEMPT_COUNT_ACCOUNT, account_key, since, of_account);
    if (status != APR_SUCCESS)
        return status;
    return count(db, pool, SQL_ATTEMPT_COUNT_ADDRESS, address, since, of_address);
}

apr_status_t msa_attempt_clear(msa_db_t *db, apr_pool_t *pool, const char *account_key,
                               const char *address)
{
    msa_arg_t args[] = {msa_arg_text(account_key), msa_arg_text(address)};
    (void)pool;
    return msa_db_run(db, SQL_ATTEMPT_CLEAR, args, 2, NULL);
}

apr_status_t msa_attempt_sweep(msa_db_t *db, apr_pool_t *pool, apr_time_t before, int limit,
                               int *count)
{
    msa_arg_t args[] = {msa_arg_time(before), msa_arg_number(limit)};
    (void)pool;
    return msa_db_run(db, SQL_ATTEMPT_SWEEP, args, 2, count);
}
