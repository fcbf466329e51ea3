/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_STORE_AUDIT_H
#define MSA_STORE_AUDIT_H

/* The rows of the audit table. */

#include <apr_time.h>
#include "db.h"

/**
 * Inserts an event at `now`; user_id 0, identity NULL and address NULL = not known. The identity is
 * cut to 255 bytes, or left out when that is not clean UTF-8, the address to 64.
 */
apr_status_t msa_audit_insert(msa_db_t *db, apr_pool_t *pool, const char *event,
                              const char *outcome, apr_int64_t user_id, const char *identity,
                              const char *address, apr_time_t now);

#endif
