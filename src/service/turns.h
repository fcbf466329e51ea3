/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_SERVICE_TURNS_H
#define MSA_SERVICE_TURNS_H

/* Hashing in a limited number of slots, in order of arrival. */

#include "service.h"

/** Makes the slots. Call it before there are threads that hash. */
void msa_turns_make(int slots);
/**
 * Waits for a turn to hash, until `until` (of msa_env_ticks()) at most. Newcomers (users being
 * registered) have half of the slots. APR_SUCCESS, and the caller owes msa_turn_end; APR_TIMEUP.
 */
apr_status_t msa_turn_wait(bool is_newcomer, apr_time_t until);
/** Gives back the turn that msa_turn_wait granted for the same `is_newcomer`. */
void msa_turn_end(bool is_newcomer);

#endif
