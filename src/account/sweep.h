/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_ACCOUNT_SWEEP_H
#define MSA_ACCOUNT_SWEEP_H

/* Deleting what is over. */

#include <stdbool.h>
#include "../identity/context.h"

/** How long what changed can be read in the table of changes. */
#define MSA_CHANGES_KEPT apr_time_from_sec(3600)

/**
 * Deletes tickets, attempts, changes and mails that nobody needs any more, a few in each
 * transaction, until all are gone or the time is over, by the clock that nobody sets. `*is_more`:
 * some are left.
 */
msa_outcome_t msa_sweep(msa_context_t *ctx, apr_interval_time_t time, bool *is_more);

#endif
