/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_IDENTITY_UNIT_H
#define MSA_IDENTITY_UNIT_H

/* A transaction of the rules, run again when another was in its way. */

#include <stdbool.h>
#include "context.h"

/**
 * A transaction that is run again, whole, when a conflict with another one ended it:
 *
 *     msa_unit_t unit = msa_unit_make(ctx);
 *     while (msa_unit_begin(&unit)) {
 *         outcome = ...;
 *         msa_unit_end(&unit, outcome);
 *     }
 *     return unit.outcome;
 *
 * So each run does the same: what it changes outside of the database, it sets anew from the start;
 * what was read before and decides is read again, or asked for by the statement that writes.
 */
typedef struct msa_unit_t {
    msa_context_t *ctx;
    msa_outcome_t outcome; /* of the last run */
    int runs;
    bool is_done;
} msa_unit_t;

msa_unit_t msa_unit_make(msa_context_t *ctx);

/**
 * Begins a run: true for the first, and after a run that met a conflict. False when there is
 * nothing more to do, or the transaction cannot be begun; the outcome is MSA_BROKEN then.
 */
bool msa_unit_begin(msa_unit_t *unit);

/**
 * Ends a run: commits when `outcome` is MSA_OK, else rolls back. unit->outcome becomes `outcome`,
 * or MSA_BROKEN when the commit failed. True when it has committed; the caches here and elsewhere
 * are told of whom it concerned then (msa_db_end).
 */
bool msa_unit_end(msa_unit_t *unit, msa_outcome_t outcome);

#endif
