/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_STORE_ATTEMPTS_H
#define MSA_STORE_ATTEMPTS_H

#include <apr_time.h>
#include "db.h"

/* Failed proofs of a password and requests by strangers, kept for throttling. */

/** What an attempt is counted under. NULL is counted under nothing. */
typedef struct msa_attempt_t {
    const char *account_key, *address;
    const char *guess; /* 32 hexadecimal digits that stand for the password tried; NULL = none */
} msa_attempt_t;
/** Inserts an attempt made at `now`. */
apr_status_t msa_attempt_insert(msa_db_t *db, apr_pool_t *pool, const msa_attempt_t *attempt,
                                apr_time_t now);
/**
 * How many attempts there are under each key; `of_guess`: with the same guess at the same account
 * from the same address.
 */
typedef struct msa_attempts_t {
    int of_account, of_address, of_guess;
} msa_attempts_t;
/** Counts the attempts since `since`, that second included. */
apr_status_t msa_attempt_count(msa_db_t *db, apr_pool_t *pool, const msa_attempt_t *attempt,
                               apr_time_t since, msa_attempts_t *count);
/** Deletes the attempts on this account from this address. */
apr_status_t msa_attempt_clear(msa_db_t *db, apr_pool_t *pool, const char *account_key,
                               const char *address);
/** Deletes all attempts on this account. */
apr_status_t msa_attempt_forget(msa_db_t *db, apr_pool_t *pool, const char *account_key);
/** Deletes up to `limit` rows older than `before`; `*count` = how many. */
apr_status_t msa_attempt_sweep(msa_db_t *db, apr_pool_t *pool, apr_time_t before, int limit,
                               int *count);

#endif
