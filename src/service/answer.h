/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_SERVICE_ANSWER_H
#define MSA_SERVICE_ANSWER_H

/* The answer to one question. */

#include "client.h"

/** Does what a job asks for, with memory from `pool`, and finishes or refuses the job. */
void msa_answer(msa_job_t *job, apr_pool_t *pool);

#endif
