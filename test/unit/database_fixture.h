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

/** One SQLite file with one table, and what is told of the databases of a test. */
typedef struct database_world_t {
    apr_pool_t *pool;
    char *folder, *path;
    msa_database_rules_t rules;
    msa_database_t *database; /* of `path` */
    pthread_mutex_t lock;     /* of what follows */
    char lines[LINES_MAX][1024];
    int line_count, replaced;
} database_world_t;

/** Waits for what other threads do; fails the test when it does not come about. */
#define EVENTUALLY(condition)                                                                      \
    do {                                                                                           \
        apr_time_t until_ = msa_env_ticks() + LONG;                                                \
        while (!(condition)) {                                                                     \
            if (msa_env_ticks() > until_)                                                          \
                fail_msg("never: %s", #condition);                                                 \
            apr_sleep(1000);                                                                       \
        }                                                                                          \
    } while (0)

/** For the group: starts APR and its drivers. */
int database_group_setup(void **state);
/** As cmocka's setup and teardown: `*state` is the world. */
int database_setup(void **state);
int database_teardown(void **state);

/** Makes a database whose only row says which one it is. */
void database_write(const database_world_t *world, const char *path, const char *word);

/** Takes one, with much patience. */
apr_status_t database_take(msa_database_t *database, msa_db_connection_t *connection);
/** The same; fails the test when there is none. */
msa_db_connection_t database_taken(msa_database_t *database);
/** What database_write wrote, by a connection. */
const char *database_ask(const database_world_t *world, const msa_db_connection_t *connection);

/** Descriptors of the file, whether it still has that name or not; its journals aside. */
int database_count_open(const database_world_t *world);
/** Of this process. */
int database_count_threads(void);

/** So many lines were logged; `replaced` was called so often; a line begins like that and has it.
 */
void database_assert_lines(database_world_t *world, int count);
void database_assert_replaced(database_world_t *world, int count);
void database_assert_line(const database_world_t *world, int number, const char *start,
                          const char *words);

#endif
