/* SPDX-License-Identifier: Apache-2.0 */
/* The one place that logs a decision: a line that fail2ban can read and, where the site wants one,
 * a row of the audit table. */

#include "audit.h"

#include "../base/require.h"
#include "../base/text.h"
#include "../store/audit.h"

void msa_audit(msa_context_t *ctx, const char *event, msa_outcome_t outcome, apr_int64_t user_id,
               const char *identity)
{
    MSA_REQUIRE(event && outcome < MSA_OUTCOME_COUNT);
    const msa_outcome_row_t *row = msa_outcome_row(outcome);
    const char *user = msa_text_quote(ctx->pool, identity);
    if (outcome == MSA_OK)
        msa_env_log(ctx->env, ctx->pool, MSA_LOG_INFO, "%s ok: user=%s client=%s", event, user,
                    ctx->address);
    else
        msa_env_log(ctx->env, ctx->pool, row->level, "%s denied: %s user=%s client=%s", event,
                    row->name, user, ctx->address);
    /* A broken dependency is not a decision, and the row could not be written either. */
    if (ctx->settings->is_audit && outcome != MSA_BROKEN)
        msa_audit_insert(ctx->db, ctx->pool, event, row->name, user_id, identity, ctx->address,
                         ctx->now);
}
