/* SPDX-License-Identifier: Apache-2.0 */
/* The pool of connections to one database: who gets one, how long anybody waits, and what is cut
 * off because it takes too long. */

#include "database.h"

#include "presence.h"

#include <string.h>

#include <apr_strings.h>

#define DOUBT apr_time_from_msec(250) /* to learn whether a statement or the database fails */
#define HOPE  apr_time_from_sec(10)   /* for an attempt that hangs, before another one is made */

/* ---- what takes time ---- */

static bool start_thread(void *(*run)(void *), void *data)
{
    pthread_attr_t detached;
    pthread_t thread;
    bool is_started;
    pthread_attr_init(&detached);
    pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    is_started = pthread_create(&thread, &detached, run, data) == 0;
    pthread_attr_destroy(&detached);
    return is_started;
}

static void *close_aside(void *data)
{
    msa_lease_close(data);
    return NULL;
}

static void unlock(msa_database_t *database, msa_aftermath_t *aftermath)
{
    const msa_database_rules_t *rules = database->rules;
    pthread_mutex_unlock(&database->lock);
    for (int i = 0; i < aftermath->count; i++)
        rules->log(rules->baton, aftermath->levels[i], aftermath->lines[i]);
    if (aftermath->is_replaced)
        rules->replaced(rules->baton);
}

static void leave_database(msa_database_t *database, msa_aftermath_t *aftermath)
{
    unlock(database, aftermath);
    msa_lease_close(aftermath->closed);
}

/* ---- making connections ---- */

static bool has_room(const msa_database_t *database)
{
    return database->open < database->rules->connections_max;
}

static bool is_of_this_file(msa_database_t *database, const msa_lease_t *lease,
                            msa_aftermath_t *aftermath)
{
    msa_file_t file;
    bool is_there = msa_file_look(database->target.path, &file);
    if (!database->is_file_known)
        database->file = lease->file;
    database->is_file_known = true;
    msa_presence_file(database, is_there ? &file : NULL, aftermath);
    return is_there && msa_file_equal(&file, &lease->file);
}

static void admit(msa_database_t *database, msa_lease_t *lease, msa_aftermath_t *aftermath)
{
    if (database->target.path && !is_of_this_file(database, lease, aftermath)) {
        msa_lease_push(&aftermath->closed, lease);
        return;
    }
    msa_presence_found(database, aftermath);
    if (!has_room(database)) {
        msa_lease_push(&aftermath->closed, lease);
        return;
    }
    lease->epoch = database->epoch;
    lease->since = msa_env_ticks();
    msa_lease_push(&database->idle, lease);
    database->open++;
}

static void note_failure(msa_database_t *database, const char *error, msa_aftermath_t *aftermath)
{
    const char *path = database->target.path;
    msa_file_t file;
    if (path && !msa_file_look(path, &file))
        msa_presence_file(database, NULL, aftermath);
    msa_presence_refused(database, error, aftermath);
}

static void *connect_aside(void *data)
{
    msa_lease_t *lease = data;
    msa_database_t *database = lease->owner;
    msa_aftermath_t aftermath = {0};
    const char *error = NULL;
    apr_status_t status = msa_lease_open(lease, &error);
    pthread_mutex_lock(&database->lock);
    database->attempts--;
    if (status == APR_SUCCESS)
        admit(database, lease, &aftermath);
    else if (database->attempt == lease)
        note_failure(database, error, &aftermath);
    if (status != APR_SUCCESS)
        msa_lease_push(&aftermath.closed, lease);
    if (database->attempt == lease)
        database->attempt = NULL;
    pthread_cond_broadcast(&database->change);
    leave_database(database, &aftermath);
    return NULL;
}

static void begin_attempt(msa_database_t *database, apr_time_t now, apr_interval_time_t limit,
                          msa_aftermath_t *aftermath)
{
    msa_lease_t *lease = msa_lease_make(&database->target, database);
    database->attempt = lease;
    database->attempt_since = now;
    database->attempt_until = now + limit;
    database->attempts++;
    if (start_thread(connect_aside, lease))
        return;
    database->retry_at = now + MSA_PRESENCE_RETRY;
    database->attempt = NULL;
    database->attempts--;
    msa_lease_push(&aftermath->closed, lease);
    msa_presence_lost(database, "no thread can be started for connecting", aftermath);
}

/* ---- taking and giving ---- */

msa_database_t *msa_database_make(apr_pool_t *pool, const char *driver, const char *params,
                                  const msa_database_rules_t *rules)
{
    msa_database_t *database = apr_pcalloc(pool, sizeof(*database));
    pthread_condattr_t monotonic;
    msa_target_make(pool, driver, params, &database->target);
    database->params = apr_pstrdup(pool, params);
    database->rules = rules;
    pthread_mutex_init(&database->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&database->change, &monotonic);
    pthread_condattr_destroy(&monotonic);
    return database;
}

bool msa_database_is(const msa_database_t *database, const char *driver, const char *params)
{
    return strcmp(database->target.driver_name, driver) == 0 &&
           strcmp(database->params, params) == 0;
}

const char *msa_database_place(const msa_database_t *database)
{
    return database->target.place;
}

apr_uint64_t msa_database_file(msa_database_t *database)
{
    apr_uint64_t number = 0;
    pthread_mutex_lock(&database->lock);
    if (database->is_file_known)
        number = msa_file_number(&database->file);
    pthread_mutex_unlock(&database->lock);
    return number;
}

bool msa_database_is_away(msa_database_t *database)
{
    bool is_away;
    pthread_mutex_lock(&database->lock);
    is_away = database->is_away;
    pthread_mutex_unlock(&database->lock);
    return is_away;
}

static void take_out(msa_lease_t **list, const msa_lease_t *lease)
{
    while (*list != lease)
        list = &(*list)->next;
    *list = lease->next;
}

static void drop(msa_database_t *database, msa_lease_t *lease, msa_aftermath_t *aftermath)
{
    take_out(&database->used, lease);
    database->open--;
    msa_lease_push(&aftermath->closed, lease);
    pthread_cond_broadcast(&database->change);
}

/* After a restart of the server all of them are dead, and none may be handed out. */
static msa_lease_t *take_idle(msa_database_t *database, msa_aftermath_t *aftermath)
{
    msa_lease_t *lease;
    while ((lease = msa_lease_pop(&database->idle))) {
        bool is_alive;
        lease->since = msa_env_ticks();
        msa_lease_push(&database->used, lease);
        pthread_mutex_unlock(&database->lock);
        is_alive = msa_lease_is_alive(lease);
        pthread_mutex_lock(&database->lock);
        if (is_alive && !lease->is_cut && lease->epoch == database->epoch)
            return lease;
        drop(database, lease, aftermath);
    }
    return NULL;
}

static bool may_connect(const msa_database_t *database, apr_time_t now)
{
    return !database->attempt && has_room(database) &&
           (database->open == 0 || now >= database->retry_at);
}

static void await_change(msa_database_t *database, apr_time_t now, apr_time_t until)
{
    struct timespec then;
    if (database->attempt && database->attempt_until < until)
        until = database->attempt_until;
    else if (!database->attempt && has_room(database) && database->retry_at > now &&
             database->retry_at < until)
        until = database->retry_at;
    then.tv_sec = (time_t)apr_time_sec(until);
    then.tv_nsec = (long)apr_time_usec(until) * 1000;
    pthread_cond_timedwait(&database->change, &database->lock, &then);
}

static apr_status_t take_lease(msa_database_t *database, apr_time_t until, msa_lease_t **lease,
                               msa_aftermath_t *aftermath)
{
    for (;;) {
        apr_time_t now = msa_env_ticks();
        msa_presence_look(database, now, aftermath);
        if (database->is_away)
            return APR_EGENERAL;
        *lease = take_idle(database, aftermath);
        if (*lease)
            return APR_SUCCESS;
        if (database->is_away)
            return APR_EGENERAL;
        if (now >= until)
            return APR_TIMEUP;
        if (may_connect(database, now))
            begin_attempt(database, now, database->rules->connect_limit, aftermath);
        if (!database->is_away)
            await_change(database, now, until);
    }
}

apr_status_t msa_database_take(msa_database_t *database, apr_time_t until,
                               msa_db_connection_t *connection)
{
    msa_aftermath_t aftermath = {0};
    msa_lease_t *lease = NULL;
    apr_status_t status;
    pthread_mutex_lock(&database->lock);
    status = take_lease(database, until, &lease, &aftermath);
    leave_database(database, &aftermath);
    if (status == APR_SUCCESS)
        *connection =
            (msa_db_connection_t){database->target.driver, lease->handle, lease->pool, lease};
    return status;
}

void msa_database_give(msa_database_t *database, msa_db_connection_t *connection)
{
    msa_lease_t *lease = connection->lease;
    msa_aftermath_t aftermath = {0};
    pthread_mutex_lock(&database->lock);
    if (lease->is_cut || lease->epoch != database->epoch || database->is_away) {
        drop(database, lease, &aftermath);
    } else {
        take_out(&database->used, lease);
        lease->since = msa_env_ticks();
        msa_lease_push(&database->idle, lease);
        pthread_cond_broadcast(&database->change);
    }
    leave_database(database, &aftermath);
}

/* ---- several times a second ---- */

/* A statement that hangs says nothing about the database; a new connection will. */
static void cut_stuck(msa_database_t *database, apr_time_t now, msa_aftermath_t *aftermath)
{
    bool is_cut = false;
    for (msa_lease_t *lease = database->used; lease; lease = lease->next) {
        if (lease->socket < 0 || lease->is_cut ||
            now - lease->since < database->rules->statement_limit)
            continue;
        msa_lease_cut(lease);
        is_cut = true;
    }
    if (!is_cut || database->is_away)
        return;
    msa_presence_close_idle(database, now, aftermath);
    database->is_doubtful = true;
    if (!database->attempt)
        begin_attempt(database, now, DOUBT, aftermath);
    else if (database->attempt_until > now + DOUBT)
        database->attempt_until = now + DOUBT;
}

/* An attempt that hangs, at a host that is gone, must not prevent all others. */
static void try_again(msa_database_t *database, apr_time_t now, msa_aftermath_t *aftermath)
{
    if (!database->is_away)
        return;
    if (database->attempt && now - database->attempt_since > HOPE * database->attempts)
        database->attempt = NULL;
    if (!database->attempt && now >= database->retry_at)
        begin_attempt(database, now, database->rules->connect_limit, aftermath);
}

void msa_database_attend(msa_database_t *database)
{
    const char *path = database->target.path;
    apr_time_t now = msa_env_ticks();
    msa_aftermath_t aftermath = {0};
    msa_file_t file;
    bool is_there = path && msa_file_look(path, &file);
    pthread_mutex_lock(&database->lock);
    msa_presence_look(database, now, &aftermath);
    cut_stuck(database, now, &aftermath);
    if (path)
        msa_presence_file(database, is_there ? &file : NULL, &aftermath);
    msa_presence_close_idle(database, now - database->rules->idle_limit, &aftermath);
    try_again(database, now, &aftermath);
    unlock(database, &aftermath);
    /* Closing takes time: the last connection to an SQLite file checkpoints its journal. */
    if (aftermath.closed && !start_thread(close_aside, aftermath.closed))
        msa_lease_close(aftermath.closed);
}
