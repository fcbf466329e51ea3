/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_IDENTITY_UNIT_H
#define MSA_IDENTITY_UNIT_H

/* Transactions of the rules that are run again when another was in their way. */

#include <stdbool.h>
#include "context.h"

/**
 * A transaction that is run again from the start when a conflict with another one ended it:
 *
 *     msa_unit_t unit = msa_unit_make(ctx);
 *     while (msa_unit_begin(&unit)) {
 *         outcome = ...;
 *         msa_unit_end(&unit, outcome);
 *     }
 *     return unit.outcome;
 *
 * So every run must do the same: whatever it changes outside the database it sets anew from the
 * start; whatever was read before and decides something is read again, or is a condition of the
 * statement that writes.
 */
typedef struct msa_unit_t {
    msa_context_t *ctx;
    msa_outcome_t outcome; /* of the last run */
    int runs;
    bool is_done;
} msa_unit_t;

/** A transaction that has not run; its outcome is MSA_BROKEN so far. */
msa_unit_t msa_unit_make(msa_context_t *ctx);

/**
 * Begins a run: true for the first, and after a run that met a conflict while runs are left. False
 * when there is nothing more to do; also when the transaction cannot be begun, and then the outcome
 * is MSA_BROKEN.
 */
bool msa_unit_begin(msa_unit_t *unit);

/**
 * Ends a run: commits when `outcome` is MSA_OK, else rolls back. unit->outcome becomes `outcome`,
 * or MSA_BROKEN when the commit failed. True when it has committed; the record tables here and
 * elsewhere have then been told whom it concerned (msa_db_end).
 */
bool msa_unit_end(msa_unit_t *unit, msa_outcome_t outcome);

#endif
