/* SPDX-License-Identifier: Apache-2.0 */
/* Following the table of changes: from where the last service left off, again for half a minute,
 * and everything anew where that cannot be told. */

#include "follow.h"

#include "../account/sweep.h"
#include "../store/changes.h"

#include <string.h>

#include <apr_atomic.h>

#include "../wire/table_ledger.h"
#include "world.h"

#define CHANGES_AT_ONCE 500
/* Of one round; beyond them loading everything anew costs less. More than one user can cause. */
#define CHANGES_MAX   50000
#define ROUNDS        30    /* seconds whose rows are read again: see msa_follow() */
#define SEEN          65536 /* rows remembered, so that none counts twice */
#define BEGIN_EARLIER 1000  /* rows before the newest that may be of open transactions at start */
#define DOUBT         apr_time_from_sec(300) /* how far the clocks of machines may be apart */

struct msa_follow_t {
    msa_host_t *host;
    apr_int64_t newest;
    msa_mark_t marks[ROUNDS]; /* where the last rounds ended */
    int round;
    apr_uint64_t seen[SEEN]; /* what is_new() makes of each, in the place of its id modulo SEEN */
    bool has_begun;
    apr_uint32_t replaced; /* msa_service.replaced when it began */
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

/* Of another file the numbers are others. */
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
    /* What changed before is in no row that will be read. */
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
    /* Only who has a connection knows the file. */
    status = msa_change_newest(ctx->db, ctx->pool, &newest);
    if (status != APR_SUCCESS)
        return status;
    if (!msa_ledger_mark_get(msa_service.table, store_of(follow), &mark))
        return begin_anew(follow, ctx);
    begin_at(follow, &mark);
    return APR_SUCCESS;
}

/* ---- a round ---- */

/* False when there is more than is worth reading. */
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

/* The row of the mark is gone: is it one of those that are deleted as they are old? */
static apr_status_t look_for_sweep(msa_context_t *ctx, const msa_mark_t *mark,
                                   const reading_t *reading, bool *is_swept)
{
    apr_int64_t newest = 0;
    apr_status_t status = APR_SUCCESS;
    bool is_old = mark->created_at < apr_time_now() - MSA_CHANGES_KEPT + DOUBT;
    /* Where nothing stands behind it, nothing may stand before it. */
    if (is_old && !reading->count)
        status = msa_change_newest(ctx->db, ctx->pool, &newest);
    if (status == APR_SUCCESS)
        *is_swept = is_old && newest == 0;
    return status;
}

/*
 * Whether what was read goes on from the mark. Not so when rows may have come and gone since; and
 * not when a copy of the database was put back, whose rows have the numbers of others.
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
 * A row gets its id long before its transaction commits, and hundreds of later ones may be seen
 * meanwhile. So each round reads again what has come since a time ago, not since the newest.
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
