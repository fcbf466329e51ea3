/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_ACCOUNT_SWEEP_H
#define MSA_ACCOUNT_SWEEP_H

/* Deleting what is over. */

#include <stdbool.h>
#include "../identity/context.h"

/** How long a row stays in the table of changes. */
#define MSA_CHANGES_KEPT apr_time_from_sec(3600)

/**
 * Deletes tickets, attempts, changes and mails that are of no more use, a few per transaction,
 * until all are gone or `time` is over by the monotonic clock. `*is_more`: some are left. MSA_OK;
 * MSA_BROKEN: at least one kind could not be swept, the others were.
 */
msa_outcome_t msa_sweep(msa_context_t *ctx, apr_interval_time_t time, bool *is_more);

#endif
