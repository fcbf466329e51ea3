/* SPDX-License-Identifier: Apache-2.0 */
#include "../../src/mail/sendmail.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <apr_general.h>
#include <apr_strings.h>

/* Far more than the programs here need; only those that never end reach it. */
#define LONG  apr_time_from_sec(60)
#define SHORT apr_time_from_sec(1)

/** A folder with a mail program, and where that leaves what it saw. */
typedef struct folder_t {
    apr_pool_t *pool;
    const char *path;
} folder_t;

static int setup(void **state)
{
    apr_pool_t *pool = NULL;
    folder_t *folder;
    char path[] = "/tmp/msa_unit_XXXXXX";
    if (apr_initialize() != APR_SUCCESS || apr_pool_create(&pool, NULL) != APR_SUCCESS ||
        !mkdtemp(path))
        return -1;
    folder = apr_pcalloc(pool, sizeof(*folder));
    folder->pool = pool;
    folder->path = apr_pstrdup(pool, path);
    *state = folder;
    return 0;
}

static const char *in(const folder_t *folder, const char *name)
{
    return apr_pstrcat(folder->pool, folder->path, "/", name, NULL);
}

/* No test leaves a process behind, dead or alive. */
static int teardown(void **state)
{
    static const char *const NAMES[] = {"program", "seen", "seen.pid"};
    folder_t *folder = *state;
    int status;
    if (waitpid(-1, &status, WNOHANG) != -1 || errno != ECHILD)
        return -1;
    for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++)
        unlink(in(folder, NAMES[i]));
    rmdir(folder->path);
    apr_pool_destroy(folder->pool);
    return 0;
}

/* Makes a shell script the mail program; $seen in it is a file that `seen` reads. */
static void write_program(const folder_t *folder, const char *script)
{
    FILE *file = fopen(in(folder, "program"), "we");
    assert_non_null(file);
    fprintf(file, "#!/bin/sh\nseen=%s\n%s\n", in(folder, "seen"), script);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(in(folder, "program"), 0700), 0);
}

static const char *text_of(const folder_t *folder, const char *name)
{
    char *text = apr_pcalloc(folder->pool, 65536);
    FILE *file = fopen(in(folder, name), "re");
    size_t length;
    assert_non_null(file);
    length = fread(text, 1, 65535, file);
    text[length] = '\0';
    fclose(file);
    return text;
}

static const char *seen(const folder_t *folder)
{
    return text_of(folder, "seen");
}

/* `word` is the program's only argument. */
static msa_sendmail_run_t *begin(const folder_t *folder, const char *word, const char *message,
                                 apr_interval_time_t timeout)
{
    apr_array_header_t *arguments = apr_array_make(folder->pool, 2, sizeof(const char *));
    msa_sendmail_t order = {.arguments = arguments,
                            .recipient = "-oQ/x@example.org",
                            .message = message,
                            .length = strlen(message),
                            .timeout = timeout};
    APR_ARRAY_PUSH(arguments, const char *) = in(folder, "program");
    APR_ARRAY_PUSH(arguments, const char *) = word;
    return msa_sendmail_start(folder->pool, &order);
}

static apr_status_t end(msa_sendmail_run_t *run, const char **error)
{
    apr_status_t status;
    *error = NULL;
    while ((status = msa_sendmail_finish(run, error)) == APR_INCOMPLETE)
        msa_sendmail_attend(&run, 1, LONG);
    return status;
}

static apr_status_t run(const folder_t *folder, const char *word, const char *message,
                        apr_interval_time_t timeout, const char **error)
{
    return end(begin(folder, word, message, timeout), error);
}

static const char *big_message(const folder_t *folder, size_t length)
{
    char *text = apr_palloc(folder->pool, length + 1);
    memset(text, 'x', length);
    text[length] = '\0';
    return text;
}

static void the_program_gets_the_message_and_its_arguments(void **state)
{
    const folder_t *folder = *state;
    const char *error;
    write_program(folder, "echo \"$@\" >$seen; cat >>$seen");
    assert_int_equal(run(folder, "-t", "To: ann\n\nhello\n", LONG, &error), APR_SUCCESS);
    assert_string_equal(seen(folder), "-t\nTo: ann\n\nhello\n");
    assert_null(error);
}

static void without_t_the_recipient_follows_two_dashes(void **state)
{
    const folder_t *folder = *state;
    const char *error;
    write_program(folder, "printf '%s\\n' \"$@\" >$seen; cat >/dev/null");
    assert_int_equal(run(folder, "-i", "x\n", LONG, &error), APR_SUCCESS);
    assert_string_equal(seen(folder), "-i\n--\n-oQ/x@example.org\n");
    assert_int_equal(run(folder, "-ti", "x\n", LONG, &error), APR_SUCCESS);
    assert_string_equal(seen(folder), "-ti\n");
}

static void a_message_larger_than_a_pipe_arrives_whole(void **state)
{
    const folder_t *folder = *state;
    const char *error;
    write_program(folder, "wc -c >$seen");
    assert_int_equal(run(folder, "-t", big_message(folder, 3000000), LONG, &error), APR_SUCCESS);
    assert_int_equal(atoi(seen(folder)), 3000000);
}

static void the_program_inherits_three_descriptors_and_a_path(void **state)
{
    const folder_t *folder = *state;
    const char *error;
    int leak = open("/dev/null", O_RDONLY);
    assert_true(leak > 2);
    setenv("SECRET_OF_THE_SERVER", "x", 1);
    /* The shell's own descriptors for this script are above 9. */
    write_program(folder, "cat >/dev/null\n"
                          "for n in 0 1 2 3 4 5 6 7 8 9; do\n"
                          "  if [ -e /proc/$$/fd/$n ]; then echo $n; fi\n"
                          "done >$seen.part\n"
                          "env | grep -v -e ^PWD= -e ^_= -e ^SHLVL= -e ^OLDPWD= >>$seen.part\n"
                          "mv $seen.part $seen");
    assert_int_equal(run(folder, "-t", "x\n", LONG, &error), APR_SUCCESS);
    assert_string_equal(seen(folder), "0\n1\n2\nPATH=/usr/sbin:/usr/bin:/sbin:/bin\n");
    close(leak);
}

static void the_failure_of_a_program_is_reported_in_its_own_words(void **state)
{
    const folder_t *folder = *state;
    const char *error;
    write_program(folder, "cat >/dev/null; echo 'no \"such\" user\\' >&2; exit 75");
    assert_int_equal(run(folder, "-t", "x\n", LONG, &error), APR_EGENERAL);
    assert_string_equal(error, "exit status 75: no ?such? user?");
    write_program(folder, "kill -9 $$");
    assert_int_equal(run(folder, "-t", "x\n", LONG, &error), APR_EGENERAL);
    assert_string_equal(error, "killed by signal 9");
}

static void a_talkative_program_does_not_block_and_is_cut_short(void **state)
{
    const folder_t *folder = *state;
    const char *error;
    write_program(folder, "head -c 1000000 /dev/zero | tr '\\0' 'e' >&2\n"
                          "head -c 1000000 /dev/zero\ncat >/dev/null\nexit 1");
    assert_int_equal(run(folder, "-t", big_message(folder, 200000), LONG, &error), APR_EGENERAL);
    assert_int_equal(strncmp(error, "exit status 1: eeee", 19), 0);
    assert_int_equal(strlen(error), strlen("exit status 1: ") + 500);
}

static void a_program_that_does_not_read_is_a_failure_without_a_signal(void **state)
{
    const folder_t *folder = *state;
    const char *error;
    signal(SIGPIPE, SIG_DFL);
    write_program(folder, "exec <&-\nexit 0");
    assert_int_equal(run(folder, "-t", "x\n", LONG, &error), APR_EGENERAL);
    assert_string_equal(error, "did not read the whole message");
    assert_int_equal(run(folder, "-t", big_message(folder, 1000000), LONG, &error), APR_EGENERAL);
    write_program(folder, "exec <&-\nexit 3");
    assert_int_equal(run(folder, "-t", big_message(folder, 1000000), LONG, &error), APR_EGENERAL);
    assert_string_equal(error, "exit status 3");
}

/* Waits for the end of a process that is not a child of this one. */
static bool has_died(pid_t pid)
{
    struct pollfd wait = {.fd = (int)syscall(SYS_pidfd_open, pid, 0), .events = POLLIN};
    int ready;
    if (wait.fd < 0)
        return true;
    ready = poll(&wait, 1, 30000);
    close(wait.fd);
    return ready == 1;
}

static void the_program_reads_all_even_when_its_caller_is_killed(void **state)
{
    const folder_t *folder = *state;
    const char *error;
    int status;
    pid_t caller;
    write_program(folder, "echo $$ >$seen.pid; kill -9 $PPID\n"
                          "while kill -0 $PPID 2>/dev/null; do :; done\n"
                          "wc -c >$seen");
    caller = fork();
    if (caller == 0) {
        run(folder, "-t", big_message(folder, 200000), LONG, &error);
        _exit(1);
    }
    assert_int_equal(waitpid(caller, &status, 0), caller);
    assert_true(WIFSIGNALED(status));
    assert_true(has_died((pid_t)atoi(text_of(folder, "seen.pid"))));
    assert_int_equal(atoi(seen(folder)), 200000);
}

static void a_program_that_hangs_is_killed_with_all_it_started(void **state)
{
    const folder_t *folder = *state;
    const char *error;
    pid_t grandchild;
    write_program(folder, "sleep 1000 & echo $! >$seen; cat >/dev/null; wait");
    assert_int_equal(run(folder, "-t", "x\n", SHORT, &error), APR_TIMEUP);
    assert_string_equal(error, "still running after 1 s");
    grandchild = (pid_t)atoi(seen(folder));
    assert_true(grandchild > 0);
    assert_true(has_died(grandchild));
}

static void a_program_that_never_reads_on_is_killed(void **state)
{
    const folder_t *folder = *state;
    const char *error;
    write_program(folder, "exec sleep 1000");
    assert_int_equal(run(folder, "-t", big_message(folder, 1000000), SHORT, &error), APR_TIMEUP);
}

static void a_program_in_the_background_keeps_nobody_waiting(void **state)
{
    const folder_t *folder = *state;
    const char *error;
    /* It keeps standard error open, as a queue runner may. */
    write_program(folder, "cat >/dev/null; sleep 1000 </dev/null & echo $! >$seen");
    assert_int_equal(run(folder, "-t", "x\n", LONG, &error), APR_SUCCESS);
    assert_int_equal(kill((pid_t)atoi(seen(folder)), SIGKILL), 0);
}

static void a_missing_program_is_reported(void **state)
{
    const folder_t *folder = *state;
    const char *error;
    assert_int_equal(run(folder, "-t", "x\n", LONG, &error), ENOENT);
    assert_string_equal(error, "cannot be started: No such file or directory");
    write_program(folder, "exit 0");
    assert_int_equal(chmod(in(folder, "program"), 0600), 0);
    assert_int_not_equal(run(folder, "-t", "x\n", LONG, &error), APR_SUCCESS);
    assert_non_null(error);
}

static void several_programs_run_at_once_each_with_its_own_end(void **state)
{
    enum { RUNS = 5, BAD = 3, FREE = 1 };
    const folder_t *folder = *state;
    msa_sendmail_run_t *runs[RUNS + FREE] = {NULL};
    int ended = 0;
    /* Each waits until the others are there too. */
    write_program(folder, "read line; echo \"$line\" >>$seen; cat >/dev/null\n"
                          "until [ $(wc -l <$seen) -ge 5 ]; do sleep 0.02; done\n"
                          "if [ \"$line\" = 3 ]; then echo it is >&2; exit 9; fi");
    for (int i = 0; i < RUNS; i++)
        runs[i + FREE] = begin(folder, "-t", apr_psprintf(folder->pool, "%d\n", i), LONG);
    while (ended < RUNS) {
        msa_sendmail_attend(runs, RUNS + FREE, LONG);
        for (int i = 0; i < RUNS; i++) {
            const char *error = NULL;
            apr_status_t status =
                runs[i + FREE] ? msa_sendmail_finish(runs[i + FREE], &error) : APR_INCOMPLETE;
            if (status == APR_INCOMPLETE)
                continue;
            assert_int_equal(status, i == BAD ? APR_EGENERAL : APR_SUCCESS);
            if (i == BAD)
                assert_string_equal(error, "exit status 9: it is");
            runs[i + FREE] = NULL;
            ended++;
        }
    }
}

static void a_program_that_hangs_is_killed_alone(void **state)
{
    const folder_t *folder = *state;
    const char *error;
    msa_sendmail_run_t *runs[2];
    /* The other one ends when it sees that this one is gone. */
    write_program(folder, "read line; cat >/dev/null\n"
                          "if [ \"$line\" = hang ]; then echo $$ >$seen.pid; exec sleep 1000; fi\n"
                          "until [ -s $seen.pid ]; do sleep 0.02; done\n"
                          "while kill -0 $(cat $seen.pid) 2>/dev/null; do sleep 0.02; done");
    runs[0] = begin(folder, "-t", "hang\n", SHORT);
    runs[1] = begin(folder, "-t", "wait\n", LONG);
    while (msa_sendmail_finish(runs[0], &error) == APR_INCOMPLETE)
        msa_sendmail_attend(runs, 2, LONG);
    assert_string_equal(error, "still running after 1 s");
    assert_int_equal(end(runs[1], &error), APR_SUCCESS);
}

static void a_program_told_to_hurry_has_seconds_left(void **state)
{
    const folder_t *folder = *state;
    const char *error;
    msa_sendmail_run_t *hurried;
    write_program(folder, "cat >/dev/null; exec sleep 1000");
    hurried = begin(folder, "-t", "x\n", 10 * LONG);
    msa_sendmail_hurry(hurried);
    msa_sendmail_hurry(hurried);
    assert_int_equal(end(hurried, &error), APR_TIMEUP);
    assert_string_equal(error, "still running when the server ended");
}

static int count_descriptors(void)
{
    int count = 0;
    for (int i = 0; i < 256; i++)
        count += fcntl(i, F_GETFD) != -1;
    return count;
}

static void no_run_leaves_a_descriptor_behind(void **state)
{
    const folder_t *folder = *state;
    const char *error;
    int before = count_descriptors();
    run(folder, "-t", "x\n", LONG, &error);
    write_program(folder, "exit 1");
    run(folder, "-t", "x\n", LONG, &error);
    write_program(folder, "exec sleep 1000");
    run(folder, "-t", "x\n", SHORT, &error);
    write_program(folder, "cat >/dev/null");
    assert_int_equal(run(folder, "-t", "x\n", LONG, &error), APR_SUCCESS);
    assert_int_equal(count_descriptors(), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_program_gets_the_message_and_its_arguments, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(without_t_the_recipient_follows_two_dashes, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_message_larger_than_a_pipe_arrives_whole, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(the_program_inherits_three_descriptors_and_a_path, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(the_failure_of_a_program_is_reported_in_its_own_words,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(a_talkative_program_does_not_block_and_is_cut_short, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_program_that_does_not_read_is_a_failure_without_a_signal,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(the_program_reads_all_even_when_its_caller_is_killed, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_program_that_hangs_is_killed_with_all_it_started, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_program_that_never_reads_on_is_killed, setup, teardown),
        cmocka_unit_test_setup_teardown(a_program_in_the_background_keeps_nobody_waiting, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_missing_program_is_reported, setup, teardown),
        cmocka_unit_test_setup_teardown(several_programs_run_at_once_each_with_its_own_end, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_program_that_hangs_is_killed_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(a_program_told_to_hurry_has_seconds_left, setup, teardown),
        cmocka_unit_test_setup_teardown(no_run_leaves_a_descriptor_behind, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
