/* SPDX-License-Identifier: Apache-2.0 */
#include "table_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pool.h"

static void a_table_of_any_size_works(void **state)
{
    static const apr_size_t SIZES[] = {0, 1, 7, 8, 9, 1000, 65535, 74751, 74752, 100000, 1000000};
    for (size_t i = 0; i < sizeof(SIZES) / sizeof(SIZES[0]); i++) {
        msa_table_t *table = NULL;
        int fd = -1, recency_fd = -1;
        assert_int_equal(msa_table_make(SIZES[i], &fd), APR_SUCCESS);
        assert_int_equal(msa_table_make_recency(SIZES[i], &recency_fd), APR_SUCCESS);
        assert_int_equal(msa_table_map(*state, fd, recency_fd, true, &table), APR_SUCCESS);
        assert_non_null(table);
        close(fd);
        close(recency_fd);
    }
}

static void a_size_that_no_memory_has_is_an_error(void **state)
{
    int fd = -1;
    (void)state;
    assert_int_not_equal(msa_table_make(SIZE_MAX, &fd), APR_SUCCESS);
    assert_int_not_equal(msa_table_make_recency(SIZE_MAX, &fd), APR_SUCCESS);
    assert_int_equal(fd, -1);
}

/* Two mappings of one file in one process share their entries. */
static void descriptors_may_be_closed_once_it_is_mapped(void **state)
{
    table_fixture_t *fixture = *state;
    close(fixture->fd);
    close(fixture->read_fd);
    close(fixture->recency_fd);
    table_put(fixture, 1, 2);
    assert_true(table_has(fixture, 1));
    fixture->fd = fixture->read_fd = fixture->recency_fd = -1;
}

static void only_its_owner_opens_it_and_no_program_inherits_it(void **state)
{
    const table_fixture_t *fixture = *state;
    const int fds[] = {fixture->fd, fixture->recency_fd};
    for (int i = 0; i < 2; i++) {
        struct stat file;
        assert_int_equal(fstat(fds[i], &file), 0);
        assert_int_equal(file.st_mode & 07777, 0600);
        assert_true(fcntl(fds[i], F_GETFD) & FD_CLOEXEC);
    }
}

static void nobody_changes_its_size(void **state)
{
    const table_fixture_t *fixture = *state;
    const int fds[] = {fixture->fd, fixture->recency_fd};
    for (int i = 0; i < 2; i++) {
        struct stat file;
        assert_int_equal(fstat(fds[i], &file), 0);
        assert_int_equal(ftruncate(fds[i], 0), -1);
        assert_int_equal(errno, EPERM);
        assert_int_equal(ftruncate(fds[i], file.st_size + 4096), -1);
        assert_int_equal(errno, EPERM);
        assert_int_equal(fcntl(fds[i], F_ADD_SEALS, F_SEAL_WRITE), -1);
    }
}

/* ---- who may only read ---- */

static void a_descriptor_for_reading_maps_nothing_writable(void **state)
{
    const table_fixture_t *fixture = *state;
    msa_table_t *table = NULL;
    void *start = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fixture->read_fd, 0);
    assert_ptr_not_equal(start, MAP_FAILED);
    assert_int_equal(mprotect(start, 4096, PROT_READ | PROT_WRITE), -1);
    assert_int_equal(errno, EACCES);
    munmap(start, 4096);
    assert_int_equal(msa_table_map(fixture->pool, fixture->read_fd, -1, true, &table), EACCES);
    assert_null(table);
}

/* The signal that ends a process that does this to the reader's table; 0 = none. */
static int signal_of(table_fixture_t *fixture, void (*act)(table_fixture_t *fixture))
{
    int status = 0;
    pid_t child = fork();
    assert_true(child >= 0);
    if (!child) {
        const struct rlimit no_core = {0, 0};
        setrlimit(RLIMIT_CORE, &no_core);
        signal(SIGSEGV, SIG_DFL);
        act(fixture);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void read_by_reader(table_fixture_t *fixture)
{
    if (!table_has(fixture, 1))
        abort();
}

static void put_by_reader(table_fixture_t *fixture)
{
    fixture->writer = fixture->reader;
    table_put(fixture, 1, 2);
}

static void change_by_reader(table_fixture_t *fixture)
{
    msa_table_changed(fixture->reader, 1);
}

static void a_reader_cannot_write(void **state)
{
    table_fixture_t *fixture = *state;
    table_put(fixture, 1, 2);
    assert_int_equal(signal_of(fixture, read_by_reader), 0);
    assert_int_equal(signal_of(fixture, put_by_reader), SIGSEGV);
    assert_int_equal(signal_of(fixture, change_by_reader), SIGSEGV);
    assert_true(table_has(fixture, 1));
}

/* ---- foreign files ---- */

static apr_status_t map(table_fixture_t *fixture, int fd, int recency_fd)
{
    msa_table_t *table = NULL;
    apr_status_t status = msa_table_map(fixture->pool, fd, recency_fd, false, &table);
    assert_true((table != NULL) == (status == APR_SUCCESS));
    return status;
}

/* A copy of the table in another file, with one byte changed (-1 = none). */
static int copy_of(const table_fixture_t *fixture, apr_size_t length, int change, int seals)
{
    int fd = memfd_create("copy", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    char *bytes = calloc(1, length);
    assert_true(fd >= 0 && pread(fixture->fd, bytes, length, 0) > 0);
    if (change >= 0)
        bytes[change] ^= 1;
    assert_int_equal(write(fd, bytes, length), length);
    assert_int_equal(fcntl(fd, F_ADD_SEALS, seals), 0);
    free(bytes);
    return fd;
}

static apr_size_t size_of(int fd)
{
    struct stat file;
    assert_int_equal(fstat(fd, &file), 0);
    return (apr_size_t)file.st_size;
}

static apr_status_t map_copy(table_fixture_t *fixture, apr_size_t length, int change, int seals)
{
    int fd = copy_of(fixture, length, change, seals);
    apr_status_t status = map(fixture, fd, -1);
    close(fd);
    return status;
}

static void a_table_of_another_build_is_refused(void **state)
{
    table_fixture_t *fixture = *state;
    apr_size_t size = size_of(fixture->fd);
    assert_int_equal(map_copy(fixture, size, -1, F_SEAL_SHRINK), APR_SUCCESS);
    /* The name, the sizes of this build, the numbers of entries. */
    for (int i = 0; i < 80; i++)
        assert_int_equal(map_copy(fixture, size, i, F_SEAL_SHRINK), APR_EINVAL);
    assert_int_equal(map_copy(fixture, size - 8, -1, F_SEAL_SHRINK), APR_EINVAL);
    assert_int_equal(map_copy(fixture, size + 8, -1, F_SEAL_SHRINK), APR_EINVAL);
    assert_int_equal(map_copy(fixture, 16, -1, F_SEAL_SHRINK), APR_EINVAL);
}

/* Anyone who could shorten it would kill every process that reads it. */
static void a_file_that_can_shrink_is_refused(void **state)
{
    table_fixture_t *fixture = *state;
    int pipes[2], null = open("/dev/null", O_RDONLY);
    assert_int_equal(map_copy(fixture, size_of(fixture->fd), -1, F_SEAL_GROW), APR_EINVAL);
    assert_int_equal(pipe(pipes), 0);
    assert_int_equal(map(fixture, pipes[0], -1), APR_EINVAL);
    assert_int_equal(map(fixture, null, -1), APR_EINVAL);
    assert_int_equal(map(fixture, -1, -1), APR_EINVAL);
    close(pipes[0]);
    close(pipes[1]);
    close(null);
}

static void a_recency_of_another_table_is_refused(void **state)
{
    table_fixture_t *fixture = *state;
    int other = -1;
    assert_int_equal(msa_table_make_recency(1000, &other), APR_SUCCESS);
    assert_int_equal(map(fixture, fixture->fd, other), APR_EINVAL);
    assert_int_equal(map(fixture, fixture->fd, fixture->fd), APR_EINVAL);
    assert_int_equal(map(fixture, fixture->recency_fd, fixture->recency_fd), APR_EINVAL);
    assert_int_equal(map(fixture, fixture->fd, fixture->recency_fd), APR_SUCCESS);
    close(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_table_of_any_size_works, pool_setup, pool_teardown),
        cmocka_unit_test(a_size_that_no_memory_has_is_an_error),
        cmocka_unit_test_setup_teardown(descriptors_may_be_closed_once_it_is_mapped, table_setup,
                                        table_teardown),
        cmocka_unit_test_setup_teardown(only_its_owner_opens_it_and_no_program_inherits_it,
                                        table_setup, table_teardown),
        cmocka_unit_test_setup_teardown(nobody_changes_its_size, table_setup, table_teardown),
        cmocka_unit_test_setup_teardown(a_descriptor_for_reading_maps_nothing_writable, table_setup,
                                        table_teardown),
        cmocka_unit_test_setup_teardown(a_reader_cannot_write, table_setup, table_teardown),
        cmocka_unit_test_setup_teardown(a_table_of_another_build_is_refused, table_setup,
                                        table_teardown),
        cmocka_unit_test_setup_teardown(a_file_that_can_shrink_is_refused, table_setup,
                                        table_teardown),
        cmocka_unit_test_setup_teardown(a_recency_of_another_table_is_refused, table_setup,
                                        table_teardown),
    };
    return cmocka_run_group_tests(tests, pool_group_setup, pool_group_teardown);
}
