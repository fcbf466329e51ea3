/* SPDX-License-Identifier: Apache-2.0 */
#include "database_fixture.h"

#include "pool.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <apr_dbd.h>
#include <apr_strings.h>

/* ---- the outside world ---- */

static void keep_line(void *baton, msa_log_level_t level, const char *line)
{
    database_world_t *world = baton;
    (void)level;
    pthread_mutex_lock(&world->lock);
    if (world->line_count < LINES_MAX)
        apr_cpystrn(world->lines[world->line_count++], line, sizeof(world->lines[0]));
    pthread_mutex_unlock(&world->lock);
}

static void note_replaced(void *baton)
{
    database_world_t *world = baton;
    pthread_mutex_lock(&world->lock);
    world->replaced++;
    pthread_mutex_unlock(&world->lock);
}

void database_assert_lines(database_world_t *world, int count)
{
    pthread_mutex_lock(&world->lock);
    if (world->line_count != count)
        fail_msg("%d lines, the last one: %s", world->line_count,
                 world->line_count ? world->lines[world->line_count - 1] : "-");
    pthread_mutex_unlock(&world->lock);
}

void database_assert_replaced(database_world_t *world, int count)
{
    pthread_mutex_lock(&world->lock);
    assert_int_equal(world->replaced, count);
    pthread_mutex_unlock(&world->lock);
}

void database_assert_line(const database_world_t *world, int number, const char *start,
                          const char *words)
{
    const char *line = world->lines[number];
    if (strncmp(line, start, strlen(start)) != 0 || !strstr(line, words))
        fail_msg("not '%s ... %s': %s", start, words, line);
}

void database_write(const database_world_t *world, const char *path, const char *word)
{
    const apr_dbd_driver_t *driver;
    apr_dbd_t *handle;
    int changed;
    assert_int_equal(apr_dbd_get_driver(world->pool, "sqlite3", &driver), APR_SUCCESS);
    assert_int_equal(apr_dbd_open(driver, world->pool, path, &handle), APR_SUCCESS);
    assert_int_equal(apr_dbd_query(driver, handle, &changed, "CREATE TABLE t (word TEXT)"), 0);
    assert_int_equal(apr_dbd_query(driver, handle, &changed,
                                   apr_psprintf(world->pool, "INSERT INTO t VALUES ('%s')", word)),
                     0);
    apr_dbd_close(driver, handle);
}

int database_setup(void **state)
{
    apr_pool_t *pool;
    database_world_t *world;
    apr_pool_create(&pool, NULL);
    world = apr_pcalloc(pool, sizeof(*world));
    world->pool = pool;
    world->folder = apr_pstrdup(pool, "/tmp/msa_database_XXXXXX");
    if (!mkdtemp(world->folder))
        return -1;
    world->path = apr_pstrcat(pool, world->folder, "/users.db", NULL);
    pthread_mutex_init(&world->lock, NULL);
    world->rules = (msa_database_rules_t){.connections_max = 3,
                                          .connect_limit = LONG,
                                          .statement_limit = LONG,
                                          .idle_limit = LONG,
                                          .replaced = note_replaced,
                                          .log = keep_line,
                                          .baton = world};
    world->database = msa_database_make(pool, "sqlite3", world->path, &world->rules);
    database_write(world, world->path, "old");
    *state = world;
    return 0;
}

static int count_entries(const char *folder, const char *start)
{
    DIR *directory = opendir(folder);
    const struct dirent *entry;
    int count = 0;
    while ((entry = readdir(directory))) {
        char path[300], target[300] = "";
        snprintf(path, sizeof(path), "%s/%.200s", folder, entry->d_name);
        if (*start && readlink(path, target, sizeof(target) - 1) < 0)
            continue;
        count += *entry->d_name != '.' && strncmp(target, start, strlen(start)) == 0;
    }
    closedir(directory);
    return count;
}

int database_count_open(const database_world_t *world)
{
    return count_entries("/proc/self/fd", world->path) -
           count_entries("/proc/self/fd", apr_pstrcat(world->pool, world->path, "-", NULL));
}

int database_count_threads(void)
{
    return count_entries("/proc/self/task", "");
}

int database_teardown(void **state)
{
    database_world_t *world = *state;
    world->rules.idle_limit = 0;
    msa_database_attend(world->database);
    EVENTUALLY(database_count_threads() == 1);
    unlink(world->path);
    rmdir(world->folder);
    pthread_mutex_destroy(&world->lock);
    apr_pool_destroy(world->pool);
    return 0;
}

apr_status_t database_take(msa_database_t *database, msa_db_connection_t *connection)
{
    return msa_database_take(database, msa_env_ticks() + LONG, connection);
}

msa_db_connection_t database_taken(msa_database_t *database)
{
    msa_db_connection_t connection;
    assert_int_equal(database_take(database, &connection), APR_SUCCESS);
    return connection;
}

const char *database_ask(const database_world_t *world, const msa_db_connection_t *connection)
{
    apr_dbd_results_t *results = NULL;
    apr_dbd_row_t *row = NULL;
    const char *word = NULL;
    assert_int_equal(apr_dbd_select(connection->driver, world->pool, connection->handle, &results,
                                    "SELECT word FROM t", 0),
                     0);
    while (apr_dbd_get_row(connection->driver, world->pool, results, &row, -1) == 0)
        word = apr_pstrdup(world->pool, apr_dbd_get_entry(connection->driver, row, 0));
    return word;
}

int database_group_setup(void **state)
{
    static apr_pool_t *pool;
    return pool_group_setup(state) || apr_pool_create(&pool, NULL) != APR_SUCCESS ||
                   apr_dbd_init(pool) != APR_SUCCESS
               ? -1
               : 0;
}
