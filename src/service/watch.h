/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_SERVICE_WATCH_H
#define MSA_SERVICE_WATCH_H

/* The threads that follow changes, sweep what is over and send mail. */

#include "service.h"

/** Starts the threads. APR_SUCCESS, or the error of the thread that could not be started. */
apr_status_t msa_watch_start(void);
/** Wakes the threads after is_retired or is_ending was set. */
void msa_watch_wake(void);
/** True when all of them have ended. */
bool msa_watch_has_ended(void);
/** True while mails may be on their way. */
bool msa_watch_is_mailing(void);

#endif
