/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_SERVICE_FOLLOW_H
#define MSA_SERVICE_FOLLOW_H

/* What other machines, other programs and earlier services changed about the users of one store. */

#include "service.h"

/**
 * Reads the table of changes from where the last service of this httpd left off, and notes the
 * changes in the record table. If that place is unknown or no longer in the table of changes
 * (because a copy was restored, or it is too old), everything is loaded anew.
 */
typedef struct msa_follow_t msa_follow_t;

/** Makes one, which has read nothing, in `pool`; `host` is any host that uses the store. */
msa_follow_t *msa_follow_make(apr_pool_t *pool, msa_host_t *host);

/** Reads what is new; call it about once a second. Anything but APR_SUCCESS = the database failed,
 * and what was not read will be read next time. */
apr_status_t msa_follow(msa_follow_t *follow, msa_context_t *ctx);

#endif
