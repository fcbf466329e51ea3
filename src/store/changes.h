/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_STORE_CHANGES_H
#define MSA_STORE_CHANGES_H

#include <stdbool.h>
#include <apr_tables.h>
#include <apr_time.h>
#include "db.h"
#include "../base/digest.h"

/* Users and tickets that the caches of other processes and machines must forget. */

/** A user whom a transaction concerned or, with a digest, one ticket of theirs. */
typedef struct msa_change_t {
    apr_int64_t id;
    apr_int64_t user_id; /* 0 = everybody */
    bool has_digest;
    unsigned char digest[MSA_DIGEST_SIZE];
    apr_time_t created_at; /* in microseconds; the same id with another time is another row */
} msa_change_t;
/** Up to `limit` rows with an id above `after`, by id: array of msa_change_t *. */
apr_status_t msa_change_list(msa_db_t *db, apr_pool_t *pool, apr_int64_t after, int limit,
                             apr_array_header_t **changes);
/** The newest id; 0 when there are no rows. */
apr_status_t msa_change_newest(msa_db_t *db, apr_pool_t *pool, apr_int64_t *id);
/** Deletes up to `limit` rows older than `before`; `*count` = how many. */
apr_status_t msa_change_sweep(msa_db_t *db, apr_pool_t *pool, apr_time_t before, int limit,
                              int *count);

#endif
