/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_SERVICE_TURNS_H
#define MSA_SERVICE_TURNS_H

/* Hashing, by as many at once as there are processors, in the order of arrival. */

#include "service.h"

void msa_turns_make(int slots);
/** APR_TIMEUP: it is not our turn by `until`. Newcomers have half of the slots. */
apr_status_t msa_turn_wait(bool is_newcomer, apr_time_t until);
void msa_turn_end(bool is_newcomer);

#endif
