/* SPDX-License-Identifier: Apache-2.0 */
#include "database_fixture.h"

#include "pool.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <apr_strings.h>

#define TAKERS       8
#define TAKES_OF_ONE 200

/* ---- taking and giving ---- */

static void an_unused_database_costs_nothing(void **state)
{
    database_world_t *world = *state;
    msa_database_attend(world->database);
    assert_int_equal(database_count_threads(), 1);
    assert_int_equal(database_count_open(world), 0);
    assert_false(msa_database_is_away(world->database));
    database_assert_lines(world, 0);
}

static void databases_are_distinguished_by_driver_and_parameters(void **state)
{
    database_world_t *world = *state;
    msa_database_t *mysql = msa_database_make(world->pool, "mysql", "host=a", &world->rules);
    assert_true(msa_database_is(world->database, "sqlite3", world->path));
    assert_false(msa_database_is(world->database, "sqlite3", "/elsewhere"));
    assert_false(msa_database_is(world->database, "mysql", world->path));
    assert_true(msa_database_is(mysql, "mysql", "host=a"));
}

static void the_connection_returned_last_is_taken_first(void **state)
{
    database_world_t *world = *state;
    msa_db_connection_t first = database_taken(world->database),
                        second = database_taken(world->database), again;
    assert_ptr_not_equal(first.handle, second.handle);
    msa_database_give(world->database, &first);
    msa_database_give(world->database, &second);
    again = database_taken(world->database);
    assert_ptr_equal(again.handle, second.handle);
    assert_ptr_equal(again.pool, second.pool);
    assert_string_equal(database_ask(world, &again), "old");
    msa_database_give(world->database, &again);
}

static void if_all_are_in_use_waiting_ends_at_the_deadline(void **state)
{
    database_world_t *world = *state;
    msa_db_connection_t first, second;
    apr_time_t until;
    world->rules.connections_max = 1;
    first = database_taken(world->database);
    until = msa_env_ticks() + apr_time_from_msec(30);
    assert_int_equal(msa_database_take(world->database, until, &second), APR_TIMEUP);
    assert_true(msa_env_ticks() >= until);
    assert_false(msa_database_is_away(world->database));
    database_assert_lines(world, 0);
    assert_int_equal(database_count_open(world), 1);
    msa_database_give(world->database, &first);
    assert_int_equal(msa_database_take(world->database, 0, &second), APR_SUCCESS);
    msa_database_give(world->database, &second);
}

typedef struct taker_t {
    pthread_t thread;
    database_world_t *world;
    int *out; /* connections taken at this moment */
    int most, failed;
} taker_t;

static void *take_often(void *data)
{
    taker_t *taker = data;
    for (int i = 0; i < TAKES_OF_ONE; i++) {
        msa_db_connection_t connection;
        int out;
        if (database_take(taker->world->database, &connection) != APR_SUCCESS) {
            taker->failed++;
            continue;
        }
        out = __atomic_add_fetch(taker->out, 1, __ATOMIC_SEQ_CST);
        if (out > taker->most)
            taker->most = out;
        sched_yield();
        __atomic_sub_fetch(taker->out, 1, __ATOMIC_SEQ_CST);
        msa_database_give(taker->world->database, &connection);
    }
    return NULL;
}

static void a_crowd_shares_a_few_connections(void **state)
{
    database_world_t *world = *state;
    taker_t takers[TAKERS] = {0};
    int out = 0;
    for (int i = 0; i < TAKERS; i++) {
        takers[i].world = world;
        takers[i].out = &out;
        assert_int_equal(pthread_create(&takers[i].thread, NULL, take_often, &takers[i]), 0);
    }
    for (int i = 0; i < TAKERS; i++) {
        pthread_join(takers[i].thread, NULL);
        assert_int_equal(takers[i].failed, 0);
        assert_true(takers[i].most <= world->rules.connections_max);
    }
    assert_true(database_count_open(world) <= world->rules.connections_max);
    database_assert_lines(world, 0);
}

static void unused_connections_are_closed(void **state)
{
    database_world_t *world = *state;
    msa_db_connection_t first = database_taken(world->database),
                        second = database_taken(world->database);
    msa_database_give(world->database, &second);
    msa_database_attend(world->database);
    assert_int_equal(database_count_open(world), 2);
    world->rules.idle_limit = 0;
    msa_database_attend(world->database);
    EVENTUALLY(database_count_open(world) == 1);
    assert_string_equal(database_ask(world, &first), "old");
    msa_database_give(world->database, &first);
    msa_database_attend(world->database);
    EVENTUALLY(database_count_open(world) == 0);
    database_assert_lines(world, 0);
}

/* ---- SQLite's file ---- */

static void a_missing_file_is_never_created(void **state)
{
    database_world_t *world = *state;
    msa_db_connection_t connection;
    assert_int_equal(unlink(world->path), 0);
    assert_int_equal(database_take(world->database, &connection), APR_EGENERAL);
    assert_true(msa_database_is_away(world->database));
    assert_int_equal(database_take(world->database, &connection), APR_EGENERAL);
    msa_database_attend(world->database);
    EVENTUALLY(database_count_threads() == 1);
    assert_int_not_equal(access(world->path, F_OK), 0);
    database_assert_lines(world, 1);
    database_assert_line(world, 0, "database away: sqlite3 ", world->path);
    database_assert_line(world, 0, "database away: sqlite3 ", "the file is missing");
    database_assert_replaced(world, 0);
}

static void a_database_that_was_away_is_found_again(void **state)
{
    database_world_t *world = *state;
    msa_db_connection_t connection;
    assert_int_equal(unlink(world->path), 0);
    assert_int_equal(database_take(world->database, &connection), APR_EGENERAL);
    database_write(world, world->path, "back");
    /* No request finds it: all are refused until the prober has been there. */
    assert_int_equal(database_take(world->database, &connection), APR_EGENERAL);
    msa_database_attend(world->database);
    EVENTUALLY(!msa_database_is_away(world->database));
    EVENTUALLY(database_count_threads() == 1);
    connection = database_taken(world->database);
    assert_string_equal(database_ask(world, &connection), "back");
    msa_database_give(world->database, &connection);
    database_assert_lines(world, 2);
    database_assert_line(world, 0, "database away: ", world->path);
    database_assert_line(world, 1, "database back: ", world->path);
}

static void a_replaced_file_is_forgotten(void **state)
{
    database_world_t *world = *state;
    char *other = apr_pstrcat(world->pool, world->folder, "/other.db", NULL);
    msa_db_connection_t idle = database_taken(world->database),
                        used = database_taken(world->database), fresh;
    msa_database_give(world->database, &idle);
    database_write(world, other, "new");
    assert_int_equal(rename(other, world->path), 0);
    msa_database_attend(world->database);
    database_assert_replaced(world, 1);
    database_assert_lines(world, 1);
    database_assert_line(world, 0, "database replaced: ", world->path);
    EVENTUALLY(database_count_open(world) == 1);
    assert_false(msa_database_is_away(world->database));
    fresh = database_taken(world->database);
    assert_string_equal(database_ask(world, &fresh), "new");
    assert_string_equal(database_ask(world, &used), "old");
    msa_database_give(world->database, &used);
    assert_int_equal(database_count_open(world), 1);
    msa_database_give(world->database, &fresh);
    msa_database_attend(world->database);
    fresh = database_taken(world->database);
    assert_string_equal(database_ask(world, &fresh), "new");
    msa_database_give(world->database, &fresh);
    database_assert_replaced(world, 1);
    database_assert_lines(world, 1);
}

static void a_file_replaced_between_two_looks_is_not_mixed_with_the_new_one(void **state)
{
    database_world_t *world = *state;
    char *other = apr_pstrcat(world->pool, world->folder, "/other.db", NULL);
    msa_db_connection_t used = database_taken(world->database), fresh;
    database_write(world, other, "new");
    assert_int_equal(rename(other, world->path), 0);
    fresh = database_taken(world->database);
    assert_string_equal(database_ask(world, &fresh), "new");
    msa_database_give(world->database, &fresh);
    msa_database_give(world->database, &used);
    assert_int_equal(database_count_open(world), 1);
    EVENTUALLY(database_count_threads() == 1);
    database_assert_replaced(world, 1);
    database_assert_lines(world, 1);
}

static void a_removed_file_is_away_and_its_records_live_on(void **state)
{
    database_world_t *world = *state;
    msa_db_connection_t idle = database_taken(world->database),
                        used = database_taken(world->database);
    msa_database_give(world->database, &idle);
    assert_int_equal(unlink(world->path), 0);
    msa_database_attend(world->database);
    assert_true(msa_database_is_away(world->database));
    assert_int_equal(database_take(world->database, &idle), APR_EGENERAL);
    EVENTUALLY(database_count_threads() == 1);
    assert_string_equal(database_ask(world, &used), "old");
    msa_database_give(world->database, &used);
    assert_int_equal(database_count_open(world), 0);
    assert_int_not_equal(access(world->path, F_OK), 0);
    database_assert_replaced(world, 0);
    database_assert_lines(world, 1);
    database_assert_line(world, 0, "database away: ", "the file is missing");
}

/* ---- servers ---- */

static void a_missing_driver_is_named(void **state)
{
    database_world_t *world = *state;
    msa_db_connection_t connection;
    msa_database_t *database = msa_database_make(world->pool, "pigeon", "a=b", &world->rules);
    assert_int_equal(database_take(database, &connection), APR_EGENERAL);
    EVENTUALLY(database_count_threads() == 1);
    database_assert_lines(world, 1);
    database_assert_line(world, 0, "database away: pigeon: ", "not installed");
}

static bool has_mysql(const database_world_t *world)
{
    const apr_dbd_driver_t *driver;
    return apr_dbd_get_driver(world->pool, "mysql", &driver) == APR_SUCCESS;
}

static void a_server_that_refuses_is_away_and_no_password_is_logged(void **state)
{
    static const char PARAMS[] = "pass = dbname=abcde, user=u,host=127.0.0.1,port=1;dbname=users";
    database_world_t *world = *state;
    msa_db_connection_t connection;
    msa_database_t *database;
    if (!has_mysql(world))
        skip();
    database = msa_database_make(world->pool, "mysql", PARAMS, &world->rules);
    assert_int_equal(database_take(database, &connection), APR_EGENERAL);
    EVENTUALLY(database_count_threads() == 1);
    assert_true(msa_database_is_away(database));
    assert_int_equal(database_take(database, &connection), APR_EGENERAL);
    msa_database_attend(database);
    EVENTUALLY(database_count_threads() == 1);
    database_assert_lines(world, 1);
    database_assert_line(world, 0,
                         "database away: mysql dbname=\"users\" host=\"127.0.0.1\": ", "connect");
    assert_null(strstr(world->lines[0], "abcde"));
}

/* Counts whoever is knocking, and turns them all away. */
static int count_knocks(int listener)
{
    int count = 0, socket;
    while ((socket = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
        close(socket);
        count++;
    }
    return count;
}

static int listen_silently(int *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(listener, 8), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &size), 0);
    *port = ntohs(address.sin_port);
    return listener;
}

static void a_server_that_refuses_at_once_is_tried_once_a_second(void **state)
{
    database_world_t *world = *state;
    msa_db_connection_t connection;
    msa_database_t *database;
    apr_time_t began;
    int port, listener, knocks = 0;
    if (!has_mysql(world))
        skip();
    listener = listen_silently(&port);
    fcntl(listener, F_SETFL, O_NONBLOCK);
    world->rules.connect_limit = apr_time_from_msec(50);
    database =
        msa_database_make(world->pool, "mysql",
                          apr_psprintf(world->pool, "host=127.0.0.1,port=%d", port), &world->rules);
    began = msa_env_ticks();
    assert_int_equal(database_take(database, &connection), APR_EGENERAL);
    EVENTUALLY((knocks = count_knocks(listener)) == 1);
    EVENTUALLY(database_count_threads() == 1);
    while (knocks < 3) {
        msa_database_attend(database);
        EVENTUALLY((knocks += count_knocks(listener)) >= 0 && database_count_threads() == 1);
    }
    assert_true(msa_env_ticks() - began >= apr_time_from_sec(2));
    database_assert_lines(world, 1);
    close(listener);
}

static void a_silent_server_delays_nobody(void **state)
{
    database_world_t *world = *state;
    msa_db_connection_t connection;
    msa_database_t *database;
    int port, listener;
    if (!has_mysql(world))
        skip();
    listener = listen_silently(&port);
    world->rules.connect_limit = apr_time_from_msec(50);
    database =
        msa_database_make(world->pool, "mysql",
                          apr_psprintf(world->pool, "host=127.0.0.1,port=%d", port), &world->rules);
    assert_int_equal(database_take(database, &connection), APR_EGENERAL);
    assert_int_equal(database_take(database, &connection), APR_EGENERAL);
    /* No further connection for each look while the first one still hangs. */
    msa_database_attend(database);
    msa_database_attend(database);
    assert_int_equal(database_count_threads(), 2);
    database_assert_lines(world, 1);
    database_assert_line(world, 0, "database away: ", "connecting takes too long");
    close(listener);
    EVENTUALLY(database_count_threads() == 1);
    database_assert_lines(world, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_unused_database_costs_nothing, database_setup,
                                        database_teardown),
        cmocka_unit_test_setup_teardown(databases_are_distinguished_by_driver_and_parameters,
                                        database_setup, database_teardown),
        cmocka_unit_test_setup_teardown(the_connection_returned_last_is_taken_first, database_setup,
                                        database_teardown),
        cmocka_unit_test_setup_teardown(if_all_are_in_use_waiting_ends_at_the_deadline,
                                        database_setup, database_teardown),
        cmocka_unit_test_setup_teardown(a_crowd_shares_a_few_connections, database_setup,
                                        database_teardown),
        cmocka_unit_test_setup_teardown(unused_connections_are_closed, database_setup,
                                        database_teardown),
        cmocka_unit_test_setup_teardown(a_missing_file_is_never_created, database_setup,
                                        database_teardown),
        cmocka_unit_test_setup_teardown(a_database_that_was_away_is_found_again, database_setup,
                                        database_teardown),
        cmocka_unit_test_setup_teardown(a_replaced_file_is_forgotten, database_setup,
                                        database_teardown),
        cmocka_unit_test_setup_teardown(
            a_file_replaced_between_two_looks_is_not_mixed_with_the_new_one, database_setup,
            database_teardown),
        cmocka_unit_test_setup_teardown(a_removed_file_is_away_and_its_records_live_on,
                                        database_setup, database_teardown),
        cmocka_unit_test_setup_teardown(a_missing_driver_is_named, database_setup,
                                        database_teardown),
        cmocka_unit_test_setup_teardown(a_server_that_refuses_is_away_and_no_password_is_logged,
                                        database_setup, database_teardown),
        cmocka_unit_test_setup_teardown(a_server_that_refuses_at_once_is_tried_once_a_second,
                                        database_setup, database_teardown),
        cmocka_unit_test_setup_teardown(a_silent_server_delays_nobody, database_setup,
                                        database_teardown),
    };
    return cmocka_run_group_tests(tests, database_group_setup, pool_group_teardown);
}
