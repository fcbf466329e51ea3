/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_STORE_ATTEMPTS_H
#define MSA_STORE_ATTEMPTS_H

#include <apr_time.h>
#include "db.h"

/* Failed proofs of a password, and what strangers ask for: for throttling. */

/** What an attempt counts under. */
typedef struct msa_attempt_t {
    const char *account_key, *address;
    const char *guess; /* 32 hexadecimal digits that stand for what was tried; NULL = nothing */
} msa_attempt_t;
apr_status_t msa_attempt_insert(msa_db_t *db, apr_pool_t *pool, const msa_attempt_t *attempt,
                                apr_time_t now);
/** How many there are under each key; `of_guess` the very same ones, from the same address. */
typedef struct msa_attempts_t {
    int of_account, of_address, of_guess;
} msa_attempts_t;
/** Counts those since `since`. */
apr_status_t msa_attempt_count(msa_db_t *db, apr_pool_t *pool, const msa_attempt_t *attempt,
                               apr_time_t since, msa_attempts_t *count);
/** Forgets the failures of this account from this address. */
apr_status_t msa_attempt_clear(msa_db_t *db, apr_pool_t *pool, const char *account_key,
                               const char *address);
/** Forgets all under this account key. */
apr_status_t msa_attempt_forget(msa_db_t *db, apr_pool_t *pool, const char *account_key);
/** Deletes up to `limit` older rows; `*count` = how many. */
apr_status_t msa_attempt_sweep(msa_db_t *db, apr_pool_t *pool, apr_time_t before, int limit,
                               int *count);

#endif
