/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_SERVICE_WATCH_H
#define MSA_SERVICE_WATCH_H

/* What others change, what is over, and mail. */

#include "service.h"

apr_status_t msa_watch_start(void);
/** After is_retired or is_ending was set: they are not to sleep on. */
void msa_watch_wake(void);
bool msa_watch_has_ended(void);
/** True while mails may be on their way. */
bool msa_watch_is_mailing(void);

#endif
