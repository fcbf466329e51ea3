/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_STORE_AUDIT_H
#define MSA_STORE_AUDIT_H

/* The rows of the audit table. */

#include <apr_time.h>
#include "db.h"

apr_status_t msa_audit_insert(msa_db_t *db, apr_pool_t *pool, const char *event,
                              const char *outcome, apr_int64_t user_id, const char *identity,
                              const char *address, apr_time_t now);

#endif
