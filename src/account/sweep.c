/* SPDX-License-Identifier: Apache-2.0 */
/* Deletes what is over (tickets, attempts, changes, mail) a few rows at a time. Each sweep says for
 * how long its kind is kept. */

#include "sweep.h"

#include "../store/attempts.h"
#include "../store/changes.h"
#include "../store/outbox.h"
#include "../store/tickets.h"

/* Rows of one statement, which is a transaction of its own: while SQLite deletes them nobody can
 * sign in. */
#define AT_ONCE 500

/* For this long a replayed remember cookie is recognised. */
#define KEEP_TICKETS     apr_time_from_sec(7 * 86400)
#define KEEP_SENT_MAIL   apr_time_from_sec(7 * 86400)
#define KEEP_FAILED_MAIL apr_time_from_sec(30 * 86400)

/** Deletes up to AT_ONCE rows of a kind that are over; `*count` = AT_ONCE: there may be more. */
typedef apr_status_t sweep_t(const msa_context_t *ctx, int *count);

static apr_status_t sweep_tickets(const msa_context_t *ctx, int *count)
{
    return msa_ticket_sweep(ctx->db, ctx->pool, ctx->now - KEEP_TICKETS, AT_ONCE, count);
}

static apr_status_t sweep_attempts(const msa_context_t *ctx, int *count)
{
    return msa_attempt_sweep(ctx->db, ctx->pool, ctx->now - ctx->settings->throttle_window, AT_ONCE,
                             count);
}

static apr_status_t sweep_changes(const msa_context_t *ctx, int *count)
{
    return msa_change_sweep(ctx->db, ctx->pool, ctx->now - MSA_CHANGES_KEPT, AT_ONCE, count);
}

static apr_status_t sweep_mails(const msa_context_t *ctx, int *count)
{
    return msa_outbox_sweep(ctx->db, ctx->pool, ctx->now - KEEP_SENT_MAIL,
                            ctx->now - KEEP_FAILED_MAIL, AT_ONCE, count);
}

static sweep_t *const SWEEPS[] = {sweep_tickets, sweep_attempts, sweep_changes, sweep_mails};

static msa_outcome_t sweep_until(msa_context_t *ctx, sweep_t *sweep, apr_time_t end, bool *is_more)
{
    int count;
    do {
        count = 0;
        if (sweep(ctx, &count) != APR_SUCCESS)
            return MSA_BROKEN;
    } while (count == AT_ONCE && msa_env_ticks() < end);
    *is_more |= count == AT_ONCE;
    return MSA_OK;
}

/* However late it is, each kind has its turn: none is put off for ever by another, or by a broken
 * table. */
msa_outcome_t msa_sweep(msa_context_t *ctx, apr_interval_time_t time, bool *is_more)
{
    apr_time_t end = msa_env_ticks() + time;
    msa_outcome_t outcome = MSA_OK;
    bool is_left = false;
    for (size_t i = 0; i < sizeof(SWEEPS) / sizeof(SWEEPS[0]); i++) {
        if (sweep_until(ctx, SWEEPS[i], end, &is_left) != MSA_OK)
            outcome = MSA_BROKEN;
    }
    if (outcome == MSA_OK)
        *is_more = is_left;
    return outcome;
}
