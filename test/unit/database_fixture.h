/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_TEST_DATABASE_FIXTURE_H
#define MSA_TEST_DATABASE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>

#include "../../src/service/database.h"

#define LONG      apr_time_from_sec(30)
#define LINES_MAX 16

/** One SQLite file with one table, and what the databases of a test reported. */
typedef struct database_world_t {
    apr_pool_t *pool;
    char *folder, *path;
    msa_database_rules_t rules;
    msa_database_t *database; /* on `path` */
    pthread_mutex_t lock;     /* for everything below */
    char lines[LINES_MAX][1024];
    int line_count, replaced;
} database_world_t;

/** Waits until another thread makes the condition true; fails the test if that never happens. */
#define EVENTUALLY(condition)                                                                      \
    do {                                                                                           \
        apr_time_t until_ = msa_env_ticks() + LONG;                                                \
        while (!(condition)) {                                                                     \
            if (msa_env_ticks() > until_)                                                          \
                fail_msg("never: %s", #condition);                                                 \
            apr_sleep(1000);                                                                       \
        }                                                                                          \
    } while (0)

/** Setup of the group: starts APR and its drivers. */
int database_group_setup(void **state);
/** cmocka's setup and teardown: `*state` is the world. */
int database_setup(void **state);
int database_teardown(void **state);

/** Makes a database at `path` with `word` in its only row. */
void database_write(const database_world_t *world, const char *path, const char *word);

/** Takes a connection, with much patience. */
apr_status_t database_take(msa_database_t *database, msa_db_connection_t *connection);
/** The same; fails the test when there is none. */
msa_db_connection_t database_taken(msa_database_t *database);
/** Reads over a connection what database_write wrote. */
const char *database_ask(const database_world_t *world, const msa_db_connection_t *connection);

/** How many descriptors lead to the file, even if its name was removed; journals do not count. */
int database_count_open(const database_world_t *world);
/** How many threads this process has. */
int database_count_threads(void);

/** Fails the test unless `count` lines were logged; unless `replaced` was called `count` times;
 * unless line `number` begins with `start` and contains `words`. */
void database_assert_lines(database_world_t *world, int count);
void database_assert_replaced(database_world_t *world, int count);
void database_assert_line(const database_world_t *world, int number, const char *start,
                          const char *words);

#endif
