/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_DEBUG
#define MSA_DEBUG
#endif
#include "../../src/base/require.h"
#include "without_require.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void require_text(const char *text)
{
    MSA_REQUIRE(text && *text);
}

/* What the child says on standard error; `*status` as of waitpid. */
static void require_in_child(const char *text, char *said, size_t size, int *status)
{
    const struct rlimit no_core = {0, 0};
    int ends[2];
    ssize_t length;
    pid_t child;
    assert_int_equal(pipe(ends), 0);
    child = fork();
    if (child == 0) {
        setrlimit(RLIMIT_CORE, &no_core);
        signal(SIGABRT, SIG_DFL);
        dup2(ends[1], STDERR_FILENO);
        require_text(text);
        _exit(0);
    }
    assert_true(child > 0);
    close(ends[1]);
    length = read(ends[0], said, size - 1);
    assert_true(length >= 0);
    said[length] = '\0';
    close(ends[0]);
    assert_int_equal(waitpid(child, status, 0), child);
}

static void what_is_required_and_so_goes_on(void **state)
{
    char said[256];
    int status = -1;
    (void)state;
    require_in_child("text", said, sizeof(said), &status);
    assert_int_equal(status, 0);
    assert_string_equal(said, "");
}

static void what_is_required_and_not_so_ends_the_process_with_its_place(void **state)
{
    char said[256];
    int status = 0;
    (void)state;
    require_in_child("", said, sizeof(said), &status);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    assert_non_null(strstr(said, "test_require.c:"));
    assert_non_null(strstr(said, "text && *text"));
}

static void without_debugging_nothing_is_evaluated(void **state)
{
    (void)state;
    assert_int_equal(without_require_count(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_required_and_so_goes_on),
        cmocka_unit_test(what_is_required_and_not_so_ends_the_process_with_its_place),
        cmocka_unit_test(without_debugging_nothing_is_evaluated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
