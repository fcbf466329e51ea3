/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_STORE_WHOLE_H
#define MSA_STORE_WHOLE_H

/* Statements that are a transaction by themselves. */

#include <stdbool.h>
#include "db.h"

/**
 * Several statements that take effect together or not at all: as a part of the open transaction, or
 * as one of their own, which is run again, whole, after a conflict:
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

/** A part of the transaction that is open now, or a transaction of its own when there is none. */
msa_whole_t msa_whole_make(msa_db_t *db);
/** Begins a run; false when there is nothing left to do, or when it cannot begin. */
bool msa_whole_begin(msa_whole_t *whole);
/**
 * Ends a run: a transaction of its own is committed if `status` is APR_SUCCESS, else rolled back.
 */
void msa_whole_end(msa_whole_t *whole, apr_status_t status);

#endif
