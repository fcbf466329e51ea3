/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_SERVICE_QUEUE_H
#define MSA_SERVICE_QUEUE_H

/* Questions wait here for a worker. */

#include "client.h"

/** Starts the workers. */
apr_status_t msa_queue_start(void);
/** Puts a job on its way, or refuses it at once: nobody waits in vain. */
void msa_queue_put(msa_job_t *job);
/** No more begins; the workers end after what they do. */
void msa_queue_end(void);
/** True when all workers have ended. */
bool msa_queue_has_ended(void);

#endif
