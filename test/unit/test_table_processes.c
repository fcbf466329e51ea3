/* SPDX-License-Identifier: Apache-2.0 */
#include "table_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pool.h"

#define PUTS    300000
#define USERS   24 /* more than there is room for, so they displace one another */
#define KEYS    8  /* each of them is used for several users in turn */
#define READERS 2
#define KILLS   100

/** What the processes of a test share besides the table. */
typedef struct shared_t {
    int ready, is_over;
    unsigned long hits[READERS];
} shared_t;

static shared_t *share(void)
{
    shared_t *shared =
        mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(shared, MAP_FAILED);
    return shared;
}

/* Users of both sizes, packed once: every third one needs a large entry. */
static void make_users(table_fixture_t *fixture, const msa_record_t *users[USERS])
{
    for (int i = 0; i < USERS; i++)
        users[i] =
            record_make(fixture->pool, i, i % 3 ? i % 5 : 40 + i, msa_table_epoch(fixture->writer));
}

static void put(table_fixture_t *fixture, const msa_record_t *const users[USERS], int n)
{
    /* The key follows from the user, so that a reader knows who may be under it. */
    int user = n * 7 % USERS;
    test_key_t key = key_of(user % KEYS);
    msa_entry_t entry = {.record = users[user], .used_until = user, .kept_until = NOW + user};
    msa_table_put(fixture->writer, key.bytes, &entry, NOW - 1);
}

/* False when the record is whole and its user is one who may be under this key. */
static bool is_torn(const msa_entry_t *entry, int key)
{
    int user = (int)entry->used_until;
    return entry->is_bad || user % KEYS != key || entry->kept_until != NOW + user ||
           !record_is(entry->record, user);
}

/* Reads every key once; returns how many were there, or -1 after a torn record. */
static int read_all(table_fixture_t *fixture)
{
    int hits = 0;
    apr_pool_t *pool;
    apr_pool_create(&pool, fixture->pool);
    for (int i = 0; i < KEYS && hits >= 0; i++) {
        test_key_t key = key_of(i);
        msa_entry_t entry;
        if (msa_table_get(fixture->reader, pool, key.bytes, NOW - 1, &entry))
            hits = is_torn(&entry, i) ? -1 : hits + 1;
    }
    apr_pool_destroy(pool);
    return hits;
}

/* A child that ends with the test. */
static pid_t fork_child(void)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (!child)
        prctl(PR_SET_PDEATHSIG, SIGKILL);
    return child;
}

static void be_reader(table_fixture_t *fixture, shared_t *shared, int number)
{
    bool is_over;
    __atomic_fetch_add(&shared->ready, 1, __ATOMIC_SEQ_CST);
    do {
        int hits;
        is_over = __atomic_load_n(&shared->is_over, __ATOMIC_SEQ_CST);
        hits = read_all(fixture);
        if (hits < 0)
            _exit(1);
        shared->hits[number] += (unsigned long)hits;
    } while (!is_over);
    _exit(0);
}

static void records_are_never_torn(void **state)
{
    table_fixture_t *fixture = *state;
    const msa_record_t *users[USERS];
    shared_t *shared = share();
    pid_t readers[READERS];
    make_users(fixture, users);
    for (int i = 0; i < READERS; i++) {
        readers[i] = fork_child();
        if (!readers[i])
            be_reader(fixture, shared, i);
    }
    while (__atomic_load_n(&shared->ready, __ATOMIC_SEQ_CST) < READERS)
        sched_yield();
    for (int i = 0; i < PUTS; i++)
        put(fixture, users, i);
    __atomic_store_n(&shared->is_over, 1, __ATOMIC_SEQ_CST);
    for (int i = 0; i < READERS; i++) {
        int status = -1;
        assert_int_equal(waitpid(readers[i], &status, 0), readers[i]);
        assert_int_equal(status, 0);
        assert_true(shared->hits[i] > 0);
    }
    munmap(shared, sizeof(*shared));
}

/* A writer that reports through the pipe when it has begun, and goes on until it is killed. */
static pid_t start_writer(table_fixture_t *fixture, const msa_record_t *const users[USERS],
                          int pipe_fd)
{
    pid_t writer = fork_child();
    if (writer)
        return writer;
    for (int i = 0;; i++) {
        put(fixture, users, i);
        if (i == USERS && write(pipe_fd, "", 1) != 1)
            _exit(1);
    }
}

static void a_killed_writer_leaves_a_table_that_works(void **state)
{
    table_fixture_t *fixture = *state;
    const msa_record_t *users[USERS];
    make_users(fixture, users);
    for (int i = 0; i < KILLS; i++) {
        int pipes[2], status;
        pid_t writer;
        char byte;
        assert_int_equal(pipe(pipes), 0);
        writer = start_writer(fixture, users, pipes[1]);
        assert_int_equal(read(pipes[0], &byte, 1), 1);
        assert_int_equal(kill(writer, SIGKILL), 0);
        assert_int_equal(waitpid(writer, &status, 0), writer);
        assert_true(WIFSIGNALED(status));
        /* What it left is whole or void, and the next writer carries on with it. */
        assert_true(read_all(fixture) >= 0);
        close(pipes[0]);
        close(pipes[1]);
    }
    for (int i = 0; i < KEYS; i++) {
        test_key_t key = key_of(i);
        msa_entry_t entry = {.record = users[i], .used_until = i, .kept_until = NOW + i};
        msa_table_put(fixture->writer, key.bytes, &entry, NOW - 1);
    }
    assert_int_equal(read_all(fixture), KEYS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(records_are_never_torn, table_setup, table_teardown),
        cmocka_unit_test_setup_teardown(a_killed_writer_leaves_a_table_that_works, table_setup,
                                        table_teardown),
    };
    return cmocka_run_group_tests(tests, pool_group_setup, pool_group_teardown);
}
