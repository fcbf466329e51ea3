/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_STORE_WHOLE_H
#define MSA_STORE_WHOLE_H

/* A statement that is a transaction by itself. */

#include <stdbool.h>
#include "db.h"

/**
 * Several statements that are written together or not at all: a part of the transaction that is
 * open, or one by itself, which is run again, whole, after a conflict:
 *
 *     msa_whole_t whole = msa_whole_make(db);
 *     while (msa_whole_begin(&whole))
 *         msa_whole_end(&whole, ...);
 *     return whole.status;
 */
typedef struct msa_whole_t {
    msa_db_t *db;
    apr_status_t status; /* of the last run */
    int runs;
    bool is_part, is_done;
} msa_whole_t;

msa_whole_t msa_whole_make(msa_db_t *db);
/** Begins a run; false when there is nothing more to do, or it cannot be begun. */
bool msa_whole_begin(msa_whole_t *whole);
/** Ends it: what is a transaction by itself is committed when `status` is APR_SUCCESS. */
void msa_whole_end(msa_whole_t *whole, apr_status_t status);

#endif
