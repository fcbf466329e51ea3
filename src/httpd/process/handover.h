/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_HTTPD_HANDOVER_H
#define MSA_HTTPD_HANDOVER_H

/* The conversation with a service at its start. */

#include <stdbool.h>

#include <apr_pools.h>

#include "../../wire/handover.h"

/** Writes the configuration within `ms` milliseconds; false when the service did not take it. */
bool msa_handover_write(int control, const char *text, int ms);
/**
 * What the service has answered by now or answers within `ms` milliseconds: MSA_HANDOVER_READY or a
 * sentence. NULL = nothing, and `*is_over` says that nothing will come.
 */
const char *msa_handover_answer(apr_pool_t *pool, int control, int ms, bool *is_over);

#endif
