/* SPDX-License-Identifier: Apache-2.0 */
#include "store_fixture.h"

#include "../../src/store/changes.h"
#include "../../src/store/schema.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <apr_dbd.h>
#include <apr_general.h>

#define NOON apr_time_from_sec(1700000000)

/* ---- the outside world ---- */

static void keep_line(void *baton, msa_log_level_t level, const char *line)
{
    store_t *store = baton;
    (void)level;
    APR_ARRAY_PUSH(store->log, const char *) = apr_pstrdup(store->pool, line);
}

static apr_time_t tell_time(void *baton)
{
    const store_t *store = baton;
    return store->now;
}

static void tell_user(void *baton, apr_int64_t user_id)
{
    store_t *store = baton;
    APR_ARRAY_PUSH(store->told, msa_change_t) = (msa_change_t){.user_id = user_id};
}

static void tell_ticket(void *baton, const unsigned char digest[32])
{
    store_t *store = baton;
    msa_change_t *change = apr_array_push(store->told);
    change->has_digest = true;
    memcpy(change->digest, digest, sizeof(change->digest));
}

static void close_lent(store_t *store)
{
    if (store->lent)
        apr_dbd_close(store->dbd, store->lent);
    store->lent = NULL;
    apr_pool_clear(store->lent_pool);
}

static apr_status_t lend(void *baton, apr_pool_t *pool, msa_db_connection_t *connection)
{
    store_t *store = baton;
    (void)pool;
    if (store->opens_left && --store->opens_left == 0)
        store->on_open(store);
    if (store->blind > 0)
        store->blind--;
    else if (store->lent &&
             apr_dbd_check_conn(store->dbd, store->lent_pool, store->lent) != APR_SUCCESS)
        close_lent(store);
    if (!store->lent &&
        apr_dbd_open(store->dbd, store->lent_pool, store->params, &store->lent) != APR_SUCCESS)
        return APR_EGENERAL;
    store->lends++;
    *connection = (msa_db_connection_t){store->dbd, store->lent, store->lent_pool, store};
    return APR_SUCCESS;
}

static void take_back(void *baton, msa_db_connection_t *connection)
{
    store_t *store = baton;
    assert_ptr_equal(connection->lease, store);
    store->lends--;
}

static void make_db(store_t *store)
{
    msa_db_source_t *source = apr_pcalloc(store->pool, sizeof(*source));
    *source = (msa_db_source_t){store, lend, take_back, NULL};
    store->source = source;
    store->env.baton = store;
    store->env.log = keep_line;
    store->env.now = tell_time;
    store->env.user_changed = tell_user;
    store->env.ticket_changed = tell_ticket;
    store->db = msa_db_make(store->pool, &store->env, &store->settings, source);
}

/* ---- the second connection ---- */

void store_do(store_t *store, const char *text)
{
    int changed, code = apr_dbd_query(store->dbd, store->other, &changed, text);
    if (code)
        fail_msg("%s: %s", text, apr_dbd_error(store->dbd, store->other, code));
}

const char *store_ask(store_t *store, const char *text)
{
    apr_dbd_results_t *results = NULL;
    apr_dbd_row_t *row = NULL;
    const char *value = NULL;
    apr_pool_t *pool;
    int code, first = 1;
    apr_pool_create(&pool, store->pool);
    code = apr_dbd_select(store->dbd, pool, store->other, &results, text, 0);
    if (code)
        fail_msg("%s: %s", text, apr_dbd_error(store->dbd, store->other, code));
    while (apr_dbd_get_row(store->dbd, pool, results, &row, -1) == 0) {
        if (first)
            value = apr_pstrdup(store->pool, apr_dbd_get_entry(store->dbd, row, 0));
        first = 0;
    }
    apr_pool_destroy(pool);
    return value;
}

bool store_logged(const store_t *store, const char *text)
{
    for (int i = 0; i < store->log->nelts; i++) {
        if (strstr(APR_ARRAY_IDX(store->log, i, const char *), text))
            return true;
    }
    return false;
}

const char *store_connection_id(store_t *store)
{
    apr_dbd_results_t *results = NULL;
    apr_dbd_row_t *row = NULL;
    const char *id = NULL;
    assert_int_equal(
        apr_dbd_select(store->dbd, store->pool, store->lent, &results, "SELECT CONNECTION_ID()", 0),
        0);
    while (apr_dbd_get_row(store->dbd, store->pool, results, &row, -1) == 0)
        id = apr_pstrdup(store->pool, apr_dbd_get_entry(store->dbd, row, 0));
    return id;
}

void store_kill(store_t *store, const char *id)
{
    const char *alive = apr_pstrcat(
        store->pool, "SELECT 1 FROM information_schema.processlist WHERE id = ", id, NULL);
    store_do(store, apr_pstrcat(store->pool, "KILL ", id, NULL));
    while (store_ask(store, alive))
        ;
}

/* ---- life of a fixture ---- */

static void empty_mysql(store_t *store)
{
    static const char TABLES[] = "SELECT table_name FROM information_schema.tables WHERE "
                                 "table_schema = DATABASE() LIMIT 1";
    const char *table;
    store_do(store, "SET foreign_key_checks = 0");
    while ((table = store_ask(store, TABLES)) != NULL)
        store_do(store, apr_pstrcat(store->pool, "DROP TABLE `", table, "`", NULL));
    store_do(store, "SET foreign_key_checks = 1");
    store_do(store, "SET NAMES utf8mb4");
}

static void start_process(void)
{
    apr_pool_t *pool = NULL;
    if (apr_initialize() == APR_SUCCESS && apr_pool_create(&pool, NULL) == APR_SUCCESS)
        apr_dbd_init(pool);
}

static const char *make_file(apr_pool_t *pool)
{
    char path[] = "/tmp/msa_store_XXXXXX";
    int descriptor = mkstemp(path);
    assert_true(descriptor >= 0);
    close(descriptor);
    return apr_pstrdup(pool, path);
}

static int open_store(void **state, const char *driver)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    apr_pool_t *pool = NULL;
    store_t *store;
    pthread_once(&once, start_process);
    assert_int_equal(apr_pool_create(&pool, NULL), APR_SUCCESS);
    store = apr_pcalloc(pool, sizeof(*store));
    store->pool = pool;
    store->driver = driver;
    store->path = strcmp(driver, "sqlite3") == 0 ? make_file(pool) : NULL;
    store->params = store->path ? store->path : getenv("MSA_TEST_MYSQL_PARAMS");
    store->settings = msa_settings_default;
    store->now = NOON;
    store->log = apr_array_make(pool, 8, sizeof(const char *));
    store->told = apr_array_make(pool, 8, sizeof(msa_change_t));
    apr_pool_create(&store->lent_pool, pool);
    assert_int_equal(apr_dbd_get_driver(pool, driver, &store->dbd), APR_SUCCESS);
    assert_int_equal(apr_dbd_open(store->dbd, pool, store->params, &store->other), APR_SUCCESS);
    if (!store->path)
        empty_mysql(store);
    make_db(store);
    assert_int_equal(msa_schema_create(store->db, pool, false), APR_SUCCESS);
    *state = store;
    return 0;
}

static int open_sqlite(void **state)
{
    return open_store(state, "sqlite3");
}

static int open_mysql(void **state)
{
    return open_store(state, "mysql");
}

static int close_store(void **state)
{
    static const char *const ENDINGS[] = {"", "-wal", "-shm"};
    store_t *store = *state;
    close_lent(store);
    apr_dbd_close(store->dbd, store->other);
    for (int i = 0; store->path && i < 3; i++)
        unlink(apr_pstrcat(store->pool, store->path, ENDINGS[i], NULL));
    assert_int_equal(store->lends, 0);
    apr_pool_destroy(store->pool);
    return 0;
}

void store_reopen(store_t *store, const char *further)
{
    close_lent(store);
    store->params = apr_pstrcat(store->pool, store->params, further, NULL);
}

bool store_is_mysql(const store_t *store)
{
    return store->path == NULL;
}

static char *name_of(const char *driver, const char *test)
{
    size_t bytes = strlen(driver) + strlen(test) + 3;
    char *name = malloc(bytes);
    if (name)
        snprintf(name, bytes, "%s: %s", driver, test);
    return name;
}

int store_run(const char *group, const struct CMUnitTest *tests, size_t count)
{
    size_t databases = getenv("MSA_TEST_MYSQL_PARAMS") ? 2 : 1;
    struct CMUnitTest *all = calloc(count * databases, sizeof(*all));
    int failures;
    if (!all)
        return 1;
    for (size_t i = 0; i < count * databases; i++) {
        bool is_sqlite = i < count;
        all[i] = tests[i % count];
        all[i].name = name_of(is_sqlite ? "sqlite3" : "mysql", all[i].name);
        all[i].setup_func = is_sqlite ? open_sqlite : open_mysql;
        all[i].teardown_func = close_store;
    }
    failures = _cmocka_run_group_tests(group, all, count * databases, NULL, NULL);
    for (size_t i = 0; i < count * databases; i++)
        free((char *)all[i].name);
    free(all);
    return failures;
}

/* ---- records ---- */

msa_user_t *store_user(store_t *store, const char *email, const char *username)
{
    msa_user_t *user = apr_pcalloc(store->pool, sizeof(*user));
    unsigned char digest[MSA_DIGEST_SIZE];
    msa_digest_sha256(email, strlen(email), digest);
    user->email = email;
    user->username = username;
    user->password = "$hash$";
    user->is_active = true;
    user->fs_uniquifier = msa_digest_hex(store->pool, digest, 16);
    user->confirmed_at = store->now;
    assert_int_equal(msa_user_create(store->db, store->pool, user, store->now), APR_SUCCESS);
    return user;
}

msa_ticket_t *store_ticket(store_t *store, apr_int64_t user_id, const char *purpose, int mark)
{
    msa_ticket_t *ticket = apr_pcalloc(store->pool, sizeof(*ticket));
    memset(ticket->digest, mark, sizeof(ticket->digest));
    memset(ticket->stamp, 0xa5, sizeof(ticket->stamp));
    ticket->purpose = purpose;
    ticket->user_id = user_id;
    ticket->audience = "https://www.example.org";
    ticket->created_at = store->now;
    ticket->used_at = store->now;
    ticket->expires_at = store->now + apr_time_from_sec(3600);
    return ticket;
}
