/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_SERVICE_QUEUE_H
#define MSA_SERVICE_QUEUE_H

/* The queue in which questions wait for a worker. */

#include "client.h"

/** Starts the workers. APR_SUCCESS, or the error of the thread that could not be started. */
apr_status_t msa_queue_start(void);
/** Queues a job, or refuses it at once with MSA_BUSY when it would wait in vain. The job is the
 * queue's from now on. */
void msa_queue_put(msa_job_t *job);
/** Takes no more jobs; the workers end once the queue is empty. Does not wait. */
void msa_queue_end(void);
/** True when all workers have ended. */
bool msa_queue_has_ended(void);

#endif
