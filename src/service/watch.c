/* SPDX-License-Identifier: Apache-2.0 */
/* What the service does without being asked: follows changes of other machines, sends mail, sweeps
 * what is over. */

#include "watch.h"

#include "../account/delivery.h"
#include "../account/sweep.h"
#include "../store/schema.h"

#include <pthread.h>
#include <sys/prctl.h>
#include <time.h>

#include <apr_atomic.h>

#include "follow.h"
#include "host.h"
#include "later.h"
#include "world.h"

#define BACKOFF     apr_time_from_sec(1)
#define POOL_KEPT   (1 << 20) /* bytes kept from one round to the next */
#define SWEEP_EVERY apr_time_from_sec(60)
#define ROUND_TIME  apr_time_from_sec(3)    /* for the mails of one database when others wait */
#define SWEEP_TIME  apr_time_from_msec(250) /* of each second, while there is something to sweep */

/** What is remembered about one store. */
typedef struct watch_t {
    apr_pool_t *pool; /* of everything remembered */
    msa_host_t *host;
    msa_follow_t *follow; /* NULL = not begun */
    bool has_told;
    apr_time_t not_before, sweep_at; /* of msa_env_ticks() */
    msa_delivery_t delivery;
    struct watch_t *next;
} watch_t;

static volatile apr_uint32_t alive; /* threads that have not ended */
static volatile apr_uint32_t is_mailing;

/* Another service has taken over, or this one is ending. */
static bool is_stopping(void *baton)
{
    (void)baton;
    return apr_atomic_read32(&msa_service.is_ending) || apr_atomic_read32(&msa_service.is_retired);
}

static watch_t *make_watches(apr_pool_t *pool)
{
    const apr_array_header_t *stores = msa_host_stores(pool);
    watch_t *watches = NULL;
    for (int i = stores->nelts - 1; i >= 0; i--) {
        watch_t *watch = apr_pcalloc(pool, sizeof(*watch));
        watch->pool = pool;
        watch->host = APR_ARRAY_IDX(stores, i, msa_host_t *);
        watch->delivery.is_stopping = is_stopping;
        watch->delivery.time = stores->nelts > 1 ? ROUND_TIME : 0;
        watch->next = watches;
        watches = watch;
    }
    return watches;
}

/* The first look at the tables with the rights that requests will have. */
static void tell_notes(watch_t *watch, msa_context_t *ctx)
{
    apr_array_header_t *notes = NULL;
    int width = msa_password_width(ctx->passwords, ctx->pool);
    if (watch->has_told || msa_schema_notes(ctx->db, ctx->pool, width, &notes) != APR_SUCCESS)
        return;
    for (int i = 0; i < notes->nelts; i++)
        msa_env_log(ctx->env, ctx->pool, MSA_LOG_WARNING, "database: %s",
                    APR_ARRAY_IDX(notes, i, const char *));
    watch->has_told = true;
}

static apr_status_t follow(watch_t *watch, msa_context_t *ctx)
{
    apr_status_t status;
    if (!watch->follow)
        watch->follow = msa_follow_make(watch->pool, watch->host);
    status = msa_follow(watch->follow, ctx);
    if (status == APR_SUCCESS)
        tell_notes(watch, ctx);
    return status;
}

/* What is left when the time is up waits for the next second. */
static void sweep(watch_t *watch, msa_context_t *ctx)
{
    bool is_more = false;
    if (msa_env_ticks() < watch->sweep_at)
        return;
    msa_sweep(ctx, SWEEP_TIME, &is_more);
    watch->sweep_at = is_more ? 0 : msa_env_ticks() + SWEEP_EVERY;
}

static void watch_changes(watch_t *watches, apr_pool_t *pool)
{
    for (watch_t *watch = watches; watch; watch = watch->next) {
        msa_context_t *ctx;
        if (msa_env_ticks() < watch->not_before || msa_database_is_away(watch->host->database))
            continue;
        msa_later_run(pool, watch->host);
        if (is_stopping(NULL))
            continue;
        ctx = msa_world_make(pool, watch->host, 0, NULL);
        if (follow(watch, ctx) == APR_SUCCESS)
            sweep(watch, ctx);
        else
            watch->not_before = msa_env_ticks() + BACKOFF;
    }
}

/* True when something was done: there may be more. */
static bool deliver_round(watch_t *watch, apr_pool_t *parent)
{
    apr_pool_t *pool = NULL;
    int sent = 0, failed = 0;
    if (msa_env_ticks() < watch->not_before || msa_database_is_away(watch->host->database) ||
        apr_pool_create(&pool, parent) != APR_SUCCESS)
        return false;
    if (msa_mail_deliver(msa_world_make(pool, watch->host, 0, NULL), &watch->delivery, &sent,
                         &failed) != MSA_OK)
        watch->not_before = msa_env_ticks() + BACKOFF;
    apr_pool_destroy(pool);
    return sent + failed > 0;
}

/* In rounds, so that a long queue in one database delays mails in another no longer than ROUND_TIME
 * and the programs already running. */
static void deliver_mail(watch_t *watches, apr_pool_t *pool)
{
    bool is_more;
    apr_atomic_set32(&is_mailing, 1);
    do {
        is_more = false;
        for (watch_t *watch = watches; watch && !is_stopping(NULL); watch = watch->next)
            is_more |= deliver_round(watch, pool);
    } while (is_more);
    apr_atomic_set32(&is_mailing, 0);
}

/* Even when retired: only this service knows who signs out here while the database is away. */
static bool are_changes_over(void)
{
    return apr_atomic_read32(&msa_service.is_ending) != 0;
}

static bool is_mail_over(void)
{
    return is_stopping(NULL);
}

/** Mail has its own thread: a mailer that hangs must not delay the changes of others. */
static const struct task_t {
    const char *name; /* at most 15 bytes */
    void (*run)(watch_t *watches, apr_pool_t *pool);
    bool (*is_over)(void);
} TASKS[] = {
    {"sa-changes", watch_changes, are_changes_over},
    {"sa-mail",    deliver_mail,  is_mail_over    },
};

static struct {
    pthread_mutex_t lock;
    pthread_cond_t woken;
} rest = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER};

static void rest_for_a_second(const struct task_t *task)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec++;
    pthread_mutex_lock(&rest.lock);
    if (!task->is_over())
        pthread_cond_timedwait(&rest.woken, &rest.lock, &until);
    pthread_mutex_unlock(&rest.lock);
}

void msa_watch_wake(void)
{
    pthread_mutex_lock(&rest.lock);
    pthread_cond_broadcast(&rest.woken);
    pthread_mutex_unlock(&rest.lock);
}

static void *run_task(void *data)
{
    const struct task_t *task = data;
    apr_pool_t *pool = msa_env_pool(POOL_KEPT);
    watch_t *watches = make_watches(msa_env_pool(0));
    prctl(PR_SET_NAME, task->name);
    while (watches && !task->is_over()) {
        task->run(watches, pool);
        apr_pool_clear(pool);
        rest_for_a_second(task);
    }
    apr_atomic_dec32(&alive);
    return NULL;
}

apr_status_t msa_watch_start(void)
{
    for (size_t i = 0; i < sizeof(TASKS) / sizeof(TASKS[0]); i++) {
        pthread_t thread;
        int error = pthread_create(&thread, NULL, run_task, (void *)&TASKS[i]);
        if (error)
            return error;
        pthread_detach(thread);
        apr_atomic_inc32(&alive);
    }
    return APR_SUCCESS;
}

bool msa_watch_is_mailing(void)
{
    return apr_atomic_read32(&is_mailing) != 0;
}

bool msa_watch_has_ended(void)
{
    return apr_atomic_read32(&alive) == 0;
}
