/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of the attempt table, which throttling counts. */

#include "attempts.h"
#include "row.h"

#define KEY_BYTES     64
#define ADDRESS_BYTES 64
#define GUESS_BYTES   32
#define COUNTS        3

apr_status_t msa_attempt_insert(msa_db_t *db, apr_pool_t *pool, const msa_attempt_t *attempt,
                                apr_time_t now)
{
    msa_arg_t args[] = {msa_arg_text(attempt->account_key), msa_arg_text(attempt->address),
                        msa_arg_text(attempt->guess), msa_arg_time(now)};
    (void)pool;
    if (msa_row_check(attempt->account_key, KEY_BYTES) != APR_SUCCESS ||
        msa_row_check(attempt->address, ADDRESS_BYTES) != APR_SUCCESS ||
        msa_row_check(attempt->guess, GUESS_BYTES) != APR_SUCCESS)
        return APR_EINVAL;
    return msa_db_run(db, SQL_ATTEMPT_INSERT, args, 4, MSA_NOBODY, NULL);
}

apr_status_t msa_attempt_count(msa_db_t *db, apr_pool_t *pool, const msa_attempt_t *attempt,
                               apr_time_t since, msa_attempts_t *count)
{
    msa_arg_t key = msa_arg_text(attempt->account_key), address = msa_arg_text(attempt->address);
    msa_arg_t from = msa_arg_time(since);
    msa_arg_t args[] = {key, from, address, from, key, from, address, msa_arg_text(attempt->guess)};
    apr_array_header_t *rows = NULL;
    apr_status_t status = msa_db_read(db, pool, SQL_ATTEMPT_COUNT, args, 8, COUNTS, &rows);
    if (status == APR_SUCCESS && rows->nelts) {
        const char *const *row = APR_ARRAY_IDX(rows, 0, const char **);
        count->of_account = (int)msa_row_count(row[0]);
        count->of_address = (int)msa_row_count(row[1]);
        count->of_guess = (int)msa_row_count(row[2]);
    }
    return status;
}

apr_status_t msa_attempt_clear(msa_db_t *db, apr_pool_t *pool, const char *account_key,
                               const char *address)
{
    msa_arg_t args[] = {msa_arg_text(account_key), msa_arg_text(address)};
    (void)pool;
    return msa_db_run(db, SQL_ATTEMPT_CLEAR, args, 2, MSA_NOBODY, NULL);
}

apr_status_t msa_attempt_forget(msa_db_t *db, apr_pool_t *pool, const char *account_key)
{
    msa_arg_t args[] = {msa_arg_text(account_key)};
    (void)pool;
    return msa_db_run(db, SQL_ATTEMPT_FORGET, args, 1, MSA_NOBODY, NULL);
}

apr_status_t msa_attempt_sweep(msa_db_t *db, apr_pool_t *pool, apr_time_t before, int limit,
                               int *count)
{
    msa_arg_t args[] = {msa_arg_time(before), msa_arg_number(limit)};
    (void)pool;
    return msa_db_run(db, SQL_ATTEMPT_SWEEP, args, 2, MSA_NOBODY, count);
}
