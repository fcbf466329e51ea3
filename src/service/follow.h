/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_SERVICE_FOLLOW_H
#define MSA_SERVICE_FOLLOW_H

/* What other machines, other programs and earlier services changed about the users of one store. */

#include "service.h"

/**
 * It is read from the table of changes, from where the last service of this httpd
 * has left off, and told to the record table. Where that is not known, or where it cannot be found
 * in the table of changes any more (it is of a copy that was put back, or of long ago), everything
 * is loaded anew.
 */
typedef struct msa_follow_t msa_follow_t;

/** `host` is one whose store it is. */
msa_follow_t *msa_follow_make(apr_pool_t *pool, msa_host_t *host);

/** Reads what has come, about once a second. Anything but APR_SUCCESS: the database is broken, and
 * what was not read is read the next time. */
apr_status_t msa_follow(msa_follow_t *follow, msa_context_t *ctx);

#endif
