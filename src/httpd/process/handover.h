/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_HTTPD_HANDOVER_H
#define MSA_HTTPD_HANDOVER_H

/* The conversation with a service at its start. */

#include <stdbool.h>

#include <apr_pools.h>

#include "../../wire/handover.h"

/** Writes the configuration and shuts down this side of `control`. False when the service did not
 * take all of it within `ms` milliseconds. */
bool msa_handover_write(int control, const char *text, int ms);
/**
 * What the service has answered so far or answers within `ms` milliseconds: MSA_HANDOVER_READY or a
 * sentence, from `pool`; NULL = nothing. `*is_over` is true when nothing more will come.
 */
const char *msa_handover_answer(apr_pool_t *pool, int control, int ms, bool *is_over);

#endif
