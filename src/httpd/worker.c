/* SPDX-License-Identifier: Apache-2.0 */
#include "module.h"

#include <pthread.h>

#include <ap_mpm.h>
#include <apr_atomic.h>
#include <apr_strings.h>
#include <mod_watchdog.h>

#define EVERY_SECOND    apr_time_from_sec(1)
#define CHANGES_AT_ONCE 500
/* Of one round; beyond them loading everything anew costs less. More than one user can cause. */
#define CHANGES_MAX     50000
#define ROUNDS          30    /* seconds whose rows are read again: see follow() */
#define SEEN            65536 /* rows remembered, so that none counts twice */
#define BEGIN_EARLIER   1000  /* rows before the newest that may be of open transactions at start */
#define BACKOFF_SECONDS 5
#define SWEEP_SECONDS   60
#define ROUND_TIME      apr_time_from_sec(3) /* of the mails of one database, where others wait */
#define SWEEP_TIME      apr_time_from_msec(250) /* of a second in which there is something to sweep */

/*
 * A child that ends takes the pool of connections with it. Whoever is at work in it has the lock
 * for reading; the end waits for the lock, and nobody begins after it.
 */
static struct {
    pthread_rwlock_t at_work;
    volatile apr_uint32_t is_ending;
} child = {.at_work = PTHREAD_RWLOCK_INITIALIZER};

/** What the watchdog remembers of one database. */
typedef struct watch_t {
    server_rec *server;
    apr_int64_t newest;
    apr_int64_t marks[ROUNDS]; /* the newest of the last rounds */
    int round;
    apr_int64_t seen[SEEN]; /* each id in the place that is its own modulo SEEN */
    bool has_begun, has_told;
    apr_time_t not_before, sweep_at; /* of msa_env_ticks() */
    msa_delivery_t delivery;
    struct watch_t *next;
} watch_t;

static bool is_same(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool is_same_store(const server_rec *server, const server_rec *another)
{
    const msa_server_t *a = msa_config_server(server);
    const msa_server_t *b = msa_config_server(another);
    return is_same(a->dbd_driver, b->dbd_driver) && is_same(a->dbd_params, b->dbd_params) &&
           is_same(a->settings.table_prefix, b->settings.table_prefix) &&
           is_same(a->settings.user_table, b->settings.user_table);
}

apr_array_header_t *msa_worker_hosts(apr_pool_t *pool, server_rec *server)
{
    apr_array_header_t *hosts = apr_array_make(pool, 4, sizeof(server_rec *));
    for (; server; server = server->next) {
        const msa_server_t *config = msa_config_server(server);
        bool is_new = config->dbd_driver && config->settings.is_engine_on;
        for (int i = 0; is_new && i < hosts->nelts; i++)
            is_new = !is_same_store(server, APR_ARRAY_IDX(hosts, i, server_rec *));
        if (is_new)
            APR_ARRAY_PUSH(hosts, server_rec *) = server;
    }
    return hosts;
}

static bool is_stopping(void *baton)
{
    int state = 0;
    (void)baton;
    if (apr_atomic_read32(&child.is_ending))
        return true;
    return ap_mpm_query(AP_MPMQ_MPM_STATE, &state) == APR_SUCCESS && state == AP_MPMQ_STOPPING;
}

static watch_t *make_watches(apr_pool_t *pool, const apr_array_header_t *hosts)
{
    watch_t *watches = NULL;
    for (int i = hosts->nelts - 1; i >= 0; i--) {
        watch_t *watch = apr_pcalloc(pool, sizeof(*watch));
        watch->server = APR_ARRAY_IDX(hosts, i, server_rec *);
        watch->delivery.is_stopping = is_stopping;
        watch->delivery.time = hosts->nelts > 1 ? ROUND_TIME : 0;
        watch->next = watches;
        watches = watch;
    }
    return watches;
}

static bool is_new(watch_t *watch, apr_int64_t id)
{
    apr_int64_t *place = &watch->seen[(apr_uint64_t)id % SEEN];
    bool is_new = *place != id;
    *place = id;
    return is_new;
}

static void apply(watch_t *watch, const msa_change_t *change)
{
    if (change->id > watch->newest)
        watch->newest = change->id;
    if (!is_new(watch, change->id))
        return;
    msa_generation_bump(change->has_digest ? msa_generation_id(change->digest) : change->user_id);
}

/* Here first somebody looks at the tables with the rights that requests will have. */
static void tell_notes(watch_t *watch, msa_context_t *ctx)
{
    apr_array_header_t *notes = NULL;
    int width = msa_password_width(ctx->passwords, ctx->pool);
    if (watch->has_told || msa_schema_notes(ctx->db, ctx->pool, width, &notes) != APR_SUCCESS)
        return;
    for (int i = 0; i < notes->nelts; i++)
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, watch->server, "database: %s",
                     APR_ARRAY_IDX(notes, i, const char *));
    watch->has_told = true;
}

static apr_status_t begin(watch_t *watch, msa_context_t *ctx)
{
    apr_status_t status = msa_change_newest(ctx->db, ctx->pool, &watch->newest);
    if (status != APR_SUCCESS)
        return status;
    for (int i = 0; i < ROUNDS; i++)
        watch->marks[i] = watch->newest > BEGIN_EARLIER ? watch->newest - BEGIN_EARLIER : 0;
    watch->has_begun = true;
    tell_notes(watch, ctx);
    /* Another child may have died with changes unread: everything is loaded anew once. */
    msa_generation_bump(0);
    return APR_SUCCESS;
}

/*
 * A row gets its id long before its transaction commits, and hundreds of later ones may be seen
 * meanwhile. So each round reads again what has come since a time ago, not since the newest.
 */
static apr_status_t follow(watch_t *watch, msa_context_t *ctx)
{
    apr_array_header_t *changes = NULL;
    apr_int64_t *mark = &watch->marks[watch->round];
    apr_int64_t after = *mark;
    apr_status_t status;
    int count = 0;
    if (!watch->has_begun)
        return begin(watch, ctx);
    do {
        status = msa_change_list(ctx->db, ctx->pool, after, CHANGES_AT_ONCE, &changes);
        if (status != APR_SUCCESS)
            return status;
        for (int i = 0; i < changes->nelts; i++) {
            const msa_change_t *change = APR_ARRAY_IDX(changes, i, const msa_change_t *);
            apply(watch, change);
            after = change->id;
        }
        count += changes->nelts;
        if (count > CHANGES_MAX)
            return begin(watch, ctx);
    } while (changes->nelts == CHANGES_AT_ONCE);
    *mark = watch->newest;
    watch->round = (watch->round + 1) % ROUNDS;
    return APR_SUCCESS;
}

/* What is left when the time is over goes in the next second. */
static void sweep(watch_t *watch, msa_context_t *ctx)
{
    bool is_more = false;
    if (msa_env_ticks() < watch->sweep_at)
        return;
    msa_sweep(ctx, SWEEP_TIME, &is_more);
    watch->sweep_at = is_more ? 0 : msa_env_ticks() + apr_time_from_sec(SWEEP_SECONDS);
}

static apr_status_t end_work(void *data)
{
    (void)data;
    apr_atomic_set32(&child.is_ending, 1);
    pthread_rwlock_wrlock(&child.at_work);
    pthread_rwlock_unlock(&child.at_work);
    return APR_SUCCESS;
}

/*
 * Nobody foresaw threads in a child of prefork. Nested, since the handler of SIGTERM destroys pools
 * in the midst of whatever its own thread was doing.
 */
void msa_worker_child_lock(apr_pool_t *pool, server_rec *server)
{
    apr_allocator_t *allocator = apr_pool_allocator_get(pool);
    apr_thread_mutex_t *mutex = NULL;
    apr_status_t status;
    if (apr_allocator_owner_get(allocator) != pool || apr_allocator_mutex_get(allocator))
        return;
    status = apr_thread_mutex_create(&mutex, APR_THREAD_MUTEX_NESTED, pool);
    if (status != APR_SUCCESS)
        ap_log_error(APLOG_MARK, APLOG_CRIT, status, server, "the allocator cannot be locked");
    else
        apr_allocator_mutex_set(allocator, mutex);
}

void msa_worker_child_init(apr_pool_t *pool, server_rec *server)
{
    (void)server;
    apr_pool_pre_cleanup_register(pool, NULL, end_work);
}

static bool begin_work(int state)
{
    if (state != AP_WATCHDOG_STATE_RUNNING || pthread_rwlock_tryrdlock(&child.at_work) != 0)
        return false;
    if (!apr_atomic_read32(&child.is_ending))
        return true;
    pthread_rwlock_unlock(&child.at_work);
    return false;
}

static apr_status_t watch_changes(int state, void *data, apr_pool_t *pool)
{
    if (!begin_work(state))
        return APR_SUCCESS;
    for (watch_t *watch = data; watch; watch = watch->next) {
        msa_context_t *ctx = msa_world_server(pool, watch->server);
        if (msa_env_ticks() < watch->not_before)
            continue;
        if (follow(watch, ctx) == APR_SUCCESS)
            sweep(watch, ctx);
        else
            watch->not_before = msa_env_ticks() + apr_time_from_sec(BACKOFF_SECONDS);
    }
    pthread_rwlock_unlock(&child.at_work);
    return APR_SUCCESS;
}

/* True: something was done, so there may be more. */
static bool deliver_round(watch_t *watch, apr_pool_t *parent)
{
    apr_pool_t *pool = NULL;
    int sent = 0, failed = 0;
    if (msa_env_ticks() < watch->not_before || apr_pool_create(&pool, parent) != APR_SUCCESS)
        return false;
    if (msa_mail_deliver(msa_world_server(pool, watch->server), &watch->delivery, &sent, &failed) !=
        MSA_OK)
        watch->not_before = msa_env_ticks() + apr_time_from_sec(BACKOFF_SECONDS);
    apr_pool_destroy(pool);
    return sent + failed > 0;
}

/* Round by round, so that a long queue in one database keeps another's waiting no longer than for
 * ROUND_TIME, and for the programs that are at work then. */
static apr_status_t deliver_mail(int state, void *data, apr_pool_t *pool)
{
    bool is_more;
    if (!begin_work(state))
        return APR_SUCCESS;
    do {
        is_more = false;
        for (watch_t *watch = data; watch && !is_stopping(NULL); watch = watch->next)
            is_more |= deliver_round(watch, pool);
    } while (is_more);
    pthread_rwlock_unlock(&child.at_work);
    return APR_SUCCESS;
}

static bool is_same_mailer(apr_pool_t *pool, const msa_settings_t *a, const msa_settings_t *b)
{
    const char *words = a->sendmail ? apr_array_pstrcat(pool, a->sendmail, ' ') : NULL;
    const char *others = b->sendmail ? apr_array_pstrcat(pool, b->sendmail, ' ') : NULL;
    return is_same(words, others) && a->mail_timeout == b->mail_timeout &&
           a->mail_retry == b->mail_retry && a->mail_concurrency == b->mail_concurrency;
}

/* A row of the outbox does not say which virtual host wrote it. */
static void warn_of_other_mailers(apr_pool_t *pool, const server_rec *host, server_rec *server)
{
    for (; server; server = server->next) {
        const msa_server_t *config = msa_config_server(server);
        if (config->settings.is_engine_on && is_same_store(host, server) &&
            !is_same_mailer(pool, &msa_config_server(host)->settings, &config->settings))
            ap_log_error(APLOG_MARK, APLOG_WARNING, 0, server,
                         "%s shares its database with %s, whose SecuritySendmail, "
                         "SecurityMailTimeout, SecurityMailRetry and SecurityMailConcurrency its "
                         "mails go by",
                         config->settings.public_url, msa_config_server(host)->settings.public_url);
    }
}

/** Mail has a thread of its own: a mailer that hangs must not hold up what others changed. */
static const struct {
    const char *name;
    ap_watchdog_callback_fn_t *callback;
} TASKS[] = {
    {"security-auth-changes", watch_changes},
    {"security-auth-mail",    deliver_mail },
};

int msa_worker_start(apr_pool_t *pconf, server_rec *server)
{
    const apr_array_header_t *hosts = msa_worker_hosts(pconf, server);
    APR_OPTIONAL_FN_TYPE(ap_watchdog_get_instance) *get =
        APR_RETRIEVE_OPTIONAL_FN(ap_watchdog_get_instance);
    APR_OPTIONAL_FN_TYPE(ap_watchdog_register_callback) *add =
        APR_RETRIEVE_OPTIONAL_FN(ap_watchdog_register_callback);
    for (int i = 0; i < hosts->nelts; i++)
        warn_of_other_mailers(pconf, APR_ARRAY_IDX(hosts, i, server_rec *), server);
    for (size_t i = 0; i < sizeof(TASKS) / sizeof(TASKS[0]); i++) {
        ap_watchdog_t *watchdog = NULL;
        watch_t *watches = make_watches(pconf, hosts);
        if (!watches)
            return OK;
        if (get(&watchdog, TASKS[i].name, 0, 1, pconf) != APR_SUCCESS ||
            add(watchdog, EVERY_SECOND, watches, TASKS[i].callback) != APR_SUCCESS) {
            ap_log_error(APLOG_MARK, APLOG_CRIT, 0, server, "the watchdog %s cannot be made",
                         TASKS[i].name);
            return HTTP_INTERNAL_SERVER_ERROR;
        }
    }
    return OK;
}
