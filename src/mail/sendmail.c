/* SPDX-License-Identifier: Apache-2.0 */
/* Runs mail programs, several at a time: each has its own process group and deadline, and its
 * complaints are collected. */

#include "sendmail.h"

#include "../base/env.h"
#include "../base/settings_values.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <apr_strings.h>

#define COMPLAINT_MAX 500 /* bytes of standard error that are kept */

/* How often we look for the end of a child when nothing announces it: the kernel has no pidfd
 * (before Linux 5.3), or a killed child is slow to go. */
#define WITHOUT_PIDFD apr_time_from_msec(50)

/* httpd complains about a child that has not ended after 3 s, and kills it after 9. */
#define STOP_TIME apr_time_from_sec(2)

#define DESCRIPTORS 3 /* of a run that poll watches */

struct msa_sendmail_run_t {
    apr_pool_t *pool;
    msa_sendmail_t order;
    apr_status_t start;  /* what kept it from starting */
    apr_time_t deadline; /* by msa_env_ticks() */
    int input[2];        /* the child reads [0]; kept open here to see what it left unread */
    int complaint[2];    /* its standard error */
    int pidfd;           /* -1 = there is none */
    pid_t pid;
    size_t written;
    char said[COMPLAINT_MAX];
    size_t said_length;
    bool has_ended, is_hurried, is_killed;
    int status;
};

static void close_one(int *descriptor)
{
    if (*descriptor >= 0)
        close(*descriptor);
    *descriptor = -1;
}

static void close_all(msa_sendmail_run_t *run)
{
    close_one(&run->input[0]);
    close_one(&run->input[1]);
    close_one(&run->complaint[0]);
    close_one(&run->complaint[1]);
    close_one(&run->pidfd);
}

static apr_status_t open_pipes(msa_sendmail_run_t *run)
{
    if (pipe2(run->input, O_CLOEXEC) != 0 || pipe2(run->complaint, O_CLOEXEC) != 0)
        return errno;
    if (fcntl(run->input[1], F_SETFL, O_NONBLOCK) != 0 ||
        fcntl(run->complaint[0], F_SETFL, O_NONBLOCK) != 0)
        return errno;
    return APR_SUCCESS;
}

static bool reads_recipients(const apr_array_header_t *arguments)
{
    static const char *const OPTIONS[] = {"-t", "-ti", "-it", "--read-recipients"};
    for (int i = 1; i < arguments->nelts; i++) {
        for (size_t j = 0; j < sizeof(OPTIONS) / sizeof(OPTIONS[0]); j++) {
            if (strcmp(APR_ARRAY_IDX(arguments, i, const char *), OPTIONS[j]) == 0)
                return true;
        }
    }
    return false;
}

static char **argument_vector(msa_sendmail_run_t *run)
{
    const apr_array_header_t *arguments = run->order.arguments;
    char **vector = apr_pcalloc(run->pool, (arguments->nelts + 3) * sizeof(char *));
    int count = 0;
    for (; count < arguments->nelts; count++)
        vector[count] = apr_pstrdup(run->pool, APR_ARRAY_IDX(arguments, count, const char *));
    if (!reads_recipients(arguments)) {
        vector[count++] = apr_pstrdup(run->pool, "--");
        vector[count++] = apr_pstrdup(run->pool, run->order.recipient);
    }
    return vector;
}

static int set_files(posix_spawn_file_actions_t *files, const msa_sendmail_run_t *run)
{
    int error = posix_spawn_file_actions_adddup2(files, run->input[0], STDIN_FILENO);
    if (!error)
        error = posix_spawn_file_actions_addopen(files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    if (!error)
        error = posix_spawn_file_actions_adddup2(files, run->complaint[1], STDERR_FILENO);
    if (!error)
        error = posix_spawn_file_actions_addclosefrom_np(files, 3);
    return error;
}

static int set_attributes(posix_spawnattr_t *attributes)
{
    sigset_t none, all;
    int error;
    sigemptyset(&none);
    sigfillset(&all);
    error = posix_spawnattr_setsigmask(attributes, &none);
    if (!error)
        error = posix_spawnattr_setsigdefault(attributes, &all);
    if (!error)
        error = posix_spawnattr_setpgroup(attributes, 0);
    if (!error)
        error = posix_spawnattr_setflags(
            attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    return error;
}

static int spawn(msa_sendmail_run_t *run)
{
    static char PATH[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
    char *environment[] = {PATH, NULL};
    char **arguments = argument_vector(run);
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    int error = posix_spawn_file_actions_init(&files);
    if (error)
        return error;
    error = posix_spawnattr_init(&attributes);
    if (!error) {
        error = set_files(&files, run);
        if (!error)
            error = set_attributes(&attributes);
        if (!error)
            error =
                posix_spawn(&run->pid, arguments[0], &files, &attributes, arguments, environment);
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&files);
    return error;
}

static void write_some(msa_sendmail_run_t *run)
{
    ssize_t count =
        write(run->input[1], run->order.message + run->written, run->order.length - run->written);
    if (count > 0)
        run->written += (size_t)count;
    else if (count < 0 && errno != EAGAIN && errno != EINTR)
        close_one(&run->input[1]);
    if (run->written == run->order.length)
        close_one(&run->input[1]);
}

static apr_status_t start(msa_sendmail_run_t *run)
{
    apr_status_t status = open_pipes(run);
    if (status != APR_SUCCESS)
        return status;
    /* If the system does not grant that much, the rest is written later. */
    fcntl(run->input[1], F_SETPIPE_SZ, (int)run->order.length);
    write_some(run);
    status = spawn(run);
    if (status != APR_SUCCESS)
        return status;
    close_one(&run->complaint[1]);
    run->pidfd = (int)syscall(SYS_pidfd_open, run->pid, 0);
    return APR_SUCCESS;
}

/* Everything is read, so that a talkative program is not stopped by a full pipe; only the beginning
 * is kept. */
static void read_some(msa_sendmail_run_t *run)
{
    char buffer[4096];
    ssize_t count = read(run->complaint[0], buffer, sizeof(buffer));
    if (count > 0) {
        size_t room = sizeof(run->said) - run->said_length;
        size_t kept = (size_t)count < room ? (size_t)count : room;
        memcpy(run->said + run->said_length, buffer, kept);
        run->said_length += kept;
    } else if (count == 0 || (errno != EAGAIN && errno != EINTR)) {
        close_one(&run->complaint[0]);
    }
}

static void look_for_end(msa_sendmail_run_t *run)
{
    pid_t found = waitpid(run->pid, &run->status, WNOHANG);
    if (found == 0 || (found < 0 && errno == EINTR))
        return;
    run->has_ended = true;
    /* Someone else took the status, so nobody can say whether the mail was accepted. */
    if (found < 0)
        run->status = -1;
}

/* How long until we look for its end again, unless something happens before. */
static apr_interval_time_t patience(const msa_sendmail_run_t *run, apr_time_t now)
{
    apr_interval_time_t left = run->is_killed ? WITHOUT_PIDFD : run->deadline - now;
    if (run->has_ended || left < 0)
        return 0;
    return run->pidfd < 0 && left > WITHOUT_PIDFD ? WITHOUT_PIDFD : left;
}

/* The program may have left its group. */
static void kill_group(msa_sendmail_run_t *run)
{
    kill(-run->pid, SIGKILL);
    kill(run->pid, SIGKILL);
    run->is_killed = true;
}

/* poll ignores negative descriptors, so a closed one needs no case of its own. */
static void set_waits(const msa_sendmail_run_t *run, struct pollfd waits[DESCRIPTORS])
{
    waits[0] = (struct pollfd){.fd = run->input[1], .events = POLLOUT};
    waits[1] = (struct pollfd){.fd = run->complaint[0], .events = POLLIN};
    waits[2] = (struct pollfd){.fd = run->pidfd, .events = POLLIN};
}

static void serve(msa_sendmail_run_t *run, const struct pollfd waits[DESCRIPTORS])
{
    if (run->has_ended)
        return;
    if (waits[0].revents)
        write_some(run);
    if (waits[1].revents)
        read_some(run);
    look_for_end(run);
    if (!run->has_ended && !run->is_killed && msa_env_ticks() >= run->deadline)
        kill_group(run);
}

void msa_sendmail_attend(msa_sendmail_run_t *const *runs, int count, apr_interval_time_t longest)
{
    struct pollfd waits[MSA_MAIL_CONCURRENCY_MAX * DESCRIPTORS];
    msa_sendmail_run_t *waited[MSA_MAIL_CONCURRENCY_MAX];
    apr_time_t now = msa_env_ticks();
    int used = 0;
    for (int i = 0; i < count; i++) {
        apr_interval_time_t left;
        if (!runs[i])
            continue;
        left = patience(runs[i], now);
        longest = left < longest ? left : longest;
        set_waits(runs[i], &waits[used * DESCRIPTORS]);
        waited[used++] = runs[i];
    }
    /* Rounded up, so as not to wake just before a deadline again and again. */
    poll(waits, (nfds_t)used * DESCRIPTORS, (int)apr_time_as_msec(longest + 999));
    for (int i = 0; i < used; i++)
        serve(waited[i], &waits[i * DESCRIPTORS]);
}

void msa_sendmail_hurry(msa_sendmail_run_t *run)
{
    apr_time_t end = msa_env_ticks() + STOP_TIME;
    if (run->is_hurried || run->deadline <= end)
        return;
    run->is_hurried = true;
    run->deadline = end;
}

static bool left_something(const msa_sendmail_run_t *run)
{
    struct pollfd wait = {.fd = run->input[0], .events = POLLIN};
    if (run->written < run->order.length)
        return true;
    return poll(&wait, 1, 0) > 0 && (wait.revents & POLLIN);
}

/* Foreign text, which ends up inside quotes in a log line. */
static const char *said(msa_sendmail_run_t *run)
{
    while (run->complaint[0] >= 0 && run->said_length < sizeof(run->said)) {
        size_t before = run->said_length;
        read_some(run);
        if (run->said_length == before)
            break;
    }
    for (size_t i = 0; i < run->said_length; i++) {
        char *c = &run->said[i];
        if (*c == '\n' || *c == '\t' || *c == '\r')
            *c = ' ';
        else if (*c < ' ' || *c > '~' || *c == '"' || *c == '\\')
            *c = '?';
    }
    while (run->said_length > 0 && run->said[run->said_length - 1] == ' ')
        run->said_length--;
    return apr_pstrmemdup(run->pool, run->said, run->said_length);
}

static const char *cause_of(const msa_sendmail_run_t *run)
{
    if (run->is_killed && run->is_hurried)
        return "still running when the server ended";
    if (run->is_killed)
        return apr_psprintf(run->pool, "still running after %d s",
                            (int)apr_time_sec(run->order.timeout));
    if (run->status == 0)
        return "did not read the whole message";
    if (run->status != -1 && WIFEXITED(run->status))
        return apr_psprintf(run->pool, "exit status %d", WEXITSTATUS(run->status));
    if (run->status != -1 && WIFSIGNALED(run->status))
        return apr_psprintf(run->pool, "killed by signal %d", WTERMSIG(run->status));
    return "exit status unknown";
}

static apr_status_t judge(msa_sendmail_run_t *run, const char **error)
{
    const char *cause, *words;
    /* Even if it was about to be killed: the mail was accepted. */
    if (run->status == 0 && !left_something(run))
        return APR_SUCCESS;
    cause = cause_of(run);
    words = said(run);
    *error = *words ? apr_pstrcat(run->pool, cause, ": ", words, NULL) : cause;
    return run->is_killed ? APR_TIMEUP : APR_EGENERAL;
}

msa_sendmail_run_t *msa_sendmail_start(apr_pool_t *pool, const msa_sendmail_t *order)
{
    msa_sendmail_run_t *run = apr_pcalloc(pool, sizeof(*run));
    run->pool = pool;
    run->order = *order;
    run->deadline = msa_env_ticks() + order->timeout;
    run->input[0] = run->input[1] = run->complaint[0] = run->complaint[1] = run->pidfd = -1;
    run->start = start(run);
    run->has_ended = run->start != APR_SUCCESS;
    return run;
}

apr_status_t msa_sendmail_finish(msa_sendmail_run_t *run, const char **error)
{
    apr_status_t status = run->start;
    char text[120];
    if (!run->has_ended)
        return APR_INCOMPLETE;
    if (status == APR_SUCCESS)
        status = judge(run, error);
    else
        *error = apr_pstrcat(run->pool,
                             "cannot be started: ", apr_strerror(status, text, sizeof(text)), NULL);
    close_all(run);
    return status;
}
