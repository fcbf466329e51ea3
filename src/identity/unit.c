/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a transaction of the rules again from the start when another one was in its way, up to three
 * times in all. */

#include "unit.h"

#include "../base/require.h"

msa_unit_t msa_unit_make(msa_context_t *ctx)
{
    MSA_REQUIRE(ctx && ctx->db);
    return (msa_unit_t){.ctx = ctx, .outcome = MSA_BROKEN};
}

bool msa_unit_begin(msa_unit_t *unit)
{
    if (unit->is_done)
        return false;
    unit->runs++;
    if (msa_db_begin(unit->ctx->db) == APR_SUCCESS)
        return true;
    unit->outcome = MSA_BROKEN;
    return false;
}

/* A conflict is news to the administrator only when it was one too many. */
static bool is_run_again(const msa_unit_t *unit)
{
    const msa_context_t *ctx = unit->ctx;
    const char *conflict = msa_db_conflict(ctx->db);
    bool is_again = unit->runs < MSA_DB_RUNS_MAX;
    if (!conflict)
        return false;
    msa_env_log(ctx->env, ctx->pool, is_again ? MSA_LOG_INFO : MSA_LOG_ERROR,
                is_again ? "database conflict, run again: %s" : "database failed: %s", conflict);
    return is_again;
}

bool msa_unit_end(msa_unit_t *unit, msa_outcome_t outcome)
{
    apr_status_t status = msa_db_end(unit->ctx->db, outcome == MSA_OK);
    unit->outcome = outcome == MSA_OK && status != APR_SUCCESS ? MSA_BROKEN : outcome;
    unit->is_done = unit->outcome == MSA_OK || !is_run_again(unit);
    return unit->outcome == MSA_OK;
}
