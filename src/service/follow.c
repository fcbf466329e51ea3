/* SPDX-License-Identifier: Apache-2.0 */
/* Follows the table of changes from where the last service left off, rereads half a minute of it,
 * and starts anew where its place cannot be found. */

#include "follow.h"

#include "../account/sweep.h"
#include "../store/changes.h"

#include <string.h>

#include <apr_atomic.h>

#include "../wire/table_ledger.h"
#include "world.h"

#define CHANGES_AT_ONCE 500
/* In one round; beyond that, loading everything anew costs less. A single user cannot cause as
 * many. */
#define CHANGES_MAX   50000
#define ROUNDS        30    /* rounds, of a second, whose rows are reread: see go_on() */
#define SEEN          65536 /* rows remembered, so that none is applied twice */
#define BEGIN_EARLIER 1000  /* earlier rows that may not be committed at the start */
#define DOUBT         apr_time_from_sec(300) /* how far the clocks of two machines may be apart */

struct msa_follow_t {
    msa_host_t *host;
    apr_int64_t newest;
    msa_mark_t marks[ROUNDS]; /* where the last rounds ended */
    int round;
    apr_uint64_t seen[SEEN]; /* what is_new() makes of a row, at its id modulo SEEN */
    bool has_begun;
    apr_uint32_t replaced; /* msa_service.replaced at the beginning */
};

/** What one round has read. */
typedef struct reading_t {
    int count;
    msa_mark_t first, last;
} reading_t;

msa_follow_t *msa_follow_make(apr_pool_t *pool, msa_host_t *host)
{
    msa_follow_t *follow = apr_pcalloc(pool, sizeof(*follow));
    follow->host = host;
    return follow;
}

/* ---- one row ---- */

static msa_mark_t mark_of(const msa_change_t *change)
{
    return (msa_mark_t){.id = change->id,
                        .created_at = change->created_at,
                        .taken_at = apr_time_now(),
                        .newest = change->id};
}

static bool is_new(msa_follow_t *follow, const msa_change_t *change)
{
    apr_uint64_t id = (apr_uint64_t)change->id;
    apr_uint64_t row = id * 0x9E3779B97F4A7C15ULL ^ (apr_uint64_t)change->created_at;
    apr_uint64_t *seen = &follow->seen[id % SEEN];
    bool is_new = *seen != row;
    *seen = row;
    return is_new;
}

static void apply(msa_follow_t *follow, const msa_change_t *change)
{
    if (!is_new(follow, change))
        return;
    if (change->has_digest)
        msa_world_ticket_changed(change->digest);
    else
        msa_world_user_changed(change->user_id);
}

/* ---- the beginning ---- */

/* In another file the ids are those of other rows. */
static apr_uint64_t store_of(const msa_follow_t *follow)
{
    return follow->host->store ^ msa_database_file(follow->host->database);
}

static void begin_at(msa_follow_t *follow, const msa_mark_t *mark)
{
    for (int i = 0; i < ROUNDS; i++)
        follow->marks[i] = *mark;
    follow->newest = mark->newest;
    memset(follow->seen, 0, sizeof(follow->seen));
    follow->has_begun = true;
}

static apr_status_t begin_anew(msa_follow_t *follow, msa_context_t *ctx)
{
    apr_array_header_t *changes = NULL;
    msa_mark_t mark = {.taken_at = apr_time_now()};
    apr_int64_t newest = 0, before;
    apr_status_t status = msa_change_newest(ctx->db, ctx->pool, &newest);
    if (status != APR_SUCCESS)
        return status;
    before = newest > BEGIN_EARLIER ? newest - BEGIN_EARLIER : 0;
    status = msa_change_list(ctx->db, ctx->pool, before, 1, &changes);
    if (status != APR_SUCCESS)
        return status;
    if (changes->nelts)
        mark = mark_of(APR_ARRAY_IDX(changes, 0, const msa_change_t *));
    mark.newest = newest;
    begin_at(follow, &mark);
    /* Earlier changes are not in any row that will be read. */
    msa_world_user_changed(0);
    msa_ledger_mark_put(msa_service.table, store_of(follow), &mark);
    return APR_SUCCESS;
}

static apr_status_t begin(msa_follow_t *follow, msa_context_t *ctx)
{
    msa_mark_t mark;
    apr_int64_t newest = 0;
    apr_status_t status;
    follow->replaced = apr_atomic_read32(&msa_service.replaced);
    /* The file is known only once there is a connection. */
    status = msa_change_newest(ctx->db, ctx->pool, &newest);
    if (status != APR_SUCCESS)
        return status;
    if (!msa_ledger_mark_get(msa_service.table, store_of(follow), &mark))
        return begin_anew(follow, ctx);
    begin_at(follow, &mark);
    return APR_SUCCESS;
}

/* ---- a round ---- */

/* Stops after CHANGES_MAX rows: the caller then starts anew. */
static apr_status_t read_rows(msa_follow_t *follow, msa_context_t *ctx, apr_int64_t after,
                              reading_t *reading)
{
    apr_array_header_t *changes = NULL;
    do {
        apr_status_t status = msa_change_list(ctx->db, ctx->pool, after, CHANGES_AT_ONCE, &changes);
        if (status != APR_SUCCESS)
            return status;
        for (int i = 0; i < changes->nelts; i++) {
            const msa_change_t *change = APR_ARRAY_IDX(changes, i, const msa_change_t *);
            reading->last = mark_of(change);
            if (!reading->count++)
                reading->first = reading->last;
            apply(follow, change);
            after = change->id;
        }
    } while (changes->nelts == CHANGES_AT_ONCE && reading->count <= CHANGES_MAX);
    return APR_SUCCESS;
}

/* The row of the mark is gone: was it deleted because of its age? */
static apr_status_t look_for_sweep(msa_context_t *ctx, const msa_mark_t *mark,
                                   const reading_t *reading, bool *is_swept)
{
    apr_int64_t newest = 0;
    apr_status_t status = APR_SUCCESS;
    bool is_old = mark->created_at < apr_time_now() - MSA_CHANGES_KEPT + DOUBT;
    /* If there is no row after it, there must be none before it either. */
    if (is_old && !reading->count)
        status = msa_change_newest(ctx->db, ctx->pool, &newest);
    if (status == APR_SUCCESS)
        *is_swept = is_old && newest == 0;
    return status;
}

/*
 * Whether what was read continues from the mark. It does not when rows may have come and gone
 * since, nor when a copy of the database was restored, whose ids are those of other rows.
 */
static apr_status_t look_for_break(const msa_follow_t *follow, msa_context_t *ctx,
                                   const msa_mark_t *mark, const reading_t *reading, bool *goes_on)
{
    bool is_there = !mark->created_at || (reading->count && reading->first.id == mark->id &&
                                          reading->first.created_at == mark->created_at);
    apr_status_t status = APR_SUCCESS;
    if (!is_there)
        status = look_for_sweep(ctx, mark, reading, &is_there);
    if (status == APR_SUCCESS)
        *goes_on = is_there && mark->taken_at > apr_time_now() - MSA_CHANGES_KEPT + DOUBT &&
                   (!reading->count || reading->last.id >= follow->newest);
    return status;
}

/*
 * A row gets its id long before its transaction commits, and hundreds of later rows may become
 * visible meanwhile. So each round rereads what came since an earlier round, not since the newest
 * row.
 */
static apr_status_t go_on(msa_follow_t *follow, msa_context_t *ctx)
{
    msa_mark_t *mark = &follow->marks[follow->round];
    reading_t reading = {.last.taken_at = apr_time_now()};
    bool goes_on = false;
    apr_status_t status =
        read_rows(follow, ctx, mark->created_at ? mark->id - 1 : mark->id, &reading);
    if (status == APR_SUCCESS && reading.count <= CHANGES_MAX)
        status = look_for_break(follow, ctx, mark, &reading, &goes_on);
    if (status != APR_SUCCESS)
        return status;
    if (!goes_on)
        return begin_anew(follow, ctx);
    follow->newest = reading.last.newest;
    *mark = reading.last;
    follow->round = (follow->round + 1) % ROUNDS;
    mark = &follow->marks[follow->round];
    mark->newest = follow->newest;
    msa_ledger_mark_put(msa_service.table, store_of(follow), mark);
    return APR_SUCCESS;
}

apr_status_t msa_follow(msa_follow_t *follow, msa_context_t *ctx)
{
    bool has_begun =
        follow->has_begun && follow->replaced == apr_atomic_read32(&msa_service.replaced);
    apr_status_t status = has_begun ? APR_SUCCESS : begin(follow, ctx);
    return status == APR_SUCCESS ? go_on(follow, ctx) : status;
}
