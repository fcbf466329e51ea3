/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_IDENTITY_AUDIT_H
#define MSA_IDENTITY_AUDIT_H

/* Logging a decision. */

#include "context.h"

/**
 * Logs one line per decision: `EVENT ok|denied: OUTCOME user="..." client=ADDRESS`, fit for
 * fail2ban, and writes a row of the audit table when SecurityAudit is On, unless the outcome is
 * MSA_BROKEN. An `ok` line has no OUTCOME. `identity` is quoted; NULL = "-". Opens no transaction:
 * the row joins the caller's if there is one.
 */
void msa_audit(msa_context_t *ctx, const char *event, msa_outcome_t outcome, apr_int64_t user_id,
               const char *identity);

#endif
