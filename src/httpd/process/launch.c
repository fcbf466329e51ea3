/* SPDX-License-Identifier: Apache-2.0 */
/* Starts the service as a process of another user: socket, fork, descriptors, limits, exec. Runs as
 * root, so the order of the steps matters. */

#include "launch.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <apr_strings.h>

#include "memory.h"

#define DESCRIPTORS_MAX (MSA_HANDOVER_LOGS - MSA_HANDOVER_CONTROL + MSA_HANDOVER_LOGS_MAX)
#define FIRST_FREE      (MSA_HANDOVER_CONTROL + DESCRIPTORS_MAX)
#define PATH            "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/** What the process gets; the descriptors are in the order of MSA_HANDOVER_. */
typedef struct gift_t {
    int descriptors[DESCRIPTORS_MAX];
    int count;
    char *environment[5];
} gift_t;

/* ---- before the fork ---- */

/*
 * The socket gets its name last, so that nobody can connect before it belongs to the right user. It
 * does not listen yet: children that are refused know that the service is still to come; children
 * left waiting in a backlog would not.
 */
static int make_listener(const msa_launch_t *launch)
{
    struct sockaddr_un address = launch->address;
    size_t length = strlen(address.sun_path);
    int error, listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    mode_t mask;
    bool is_bound;
    if (listener < 0)
        return -1;
    apr_cpystrn(address.sun_path + length, "~", sizeof(address.sun_path) - length);
    unlink(address.sun_path);
    mask = umask(0177);
    is_bound = bind(listener, (struct sockaddr *)&address, sizeof(address)) == 0;
    umask(mask);
    if (is_bound && (geteuid() != 0 || lchown(address.sun_path, launch->asker, (gid_t)-1) == 0) &&
        rename(address.sun_path, launch->address.sun_path) == 0)
        return listener;
    error = errno;
    unlink(address.sun_path);
    close(listener);
    errno = error;
    return -1;
}

static void prepare(apr_pool_t *pool, const msa_launch_t *launch, int control, int listener,
                    int table, gift_t *gift)
{
    const int first[] = {control, listener, launch->life, table, msa_memory_recency()};
    const size_t logs = sizeof(int) * (size_t)launch->log_count;
    const char *zone = getenv("TZ"); /* so that all times in one log are in one zone */
    memset(gift, 0, sizeof(*gift));
    memcpy(gift->descriptors, first, sizeof(first));
    gift->count = sizeof(first) / sizeof(first[0]);
    memcpy(gift->descriptors + gift->count, launch->logs, logs);
    gift->count += launch->log_count;
    gift->environment[0] = apr_pstrdup(pool, PATH);
    gift->environment[1] = apr_pstrdup(pool, "LANG=C.UTF-8");
    gift->environment[2] =
        apr_pstrcat(pool, "HOME=", launch->home, NULL); /* for the option files of MySQL */
    gift->environment[3] = zone ? apr_pstrcat(pool, "TZ=", zone, NULL) : NULL;
}

/* ---- between fork and exec: a process without threads ---- */

static void close_from(int first)
{
    if (close_range((unsigned int)first, ~0U, 0) == 0)
        return;
    for (long fd = first; fd < sysconf(_SC_OPEN_MAX); fd++) /* before Linux 5.9 */
        close((int)fd);
}

static bool place_descriptors(gift_t *gift)
{
    int null = open("/dev/null", O_RDWR);
    /* Out of the way first: one may have a number that another is to get. */
    for (int i = 0; i < gift->count; i++) {
        gift->descriptors[i] = fcntl(gift->descriptors[i], F_DUPFD, FIRST_FREE);
        if (gift->descriptors[i] < 0)
            return false;
    }
    if (null < 0 || dup2(null, STDIN_FILENO) < 0)
        return false;
    if (dup2(STDERR_FILENO, STDOUT_FILENO) < 0 &&
        (dup2(null, STDERR_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0))
        return false;
    for (int i = 0; i < gift->count; i++) {
        if (dup2(gift->descriptors[i], MSA_HANDOVER_CONTROL + i) < 0)
            return false;
    }
    close_from(MSA_HANDOVER_CONTROL + gift->count);
    return true;
}

/* Every child of httpd keeps at least one connection. */
static void raise_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static bool become(const msa_launch_t *launch)
{
    if (geteuid() != 0)
        return true;
    return (launch->user ? initgroups(launch->user, launch->gid) : setgroups(1, &launch->gid)) ==
               0 &&
           setgid(launch->gid) == 0 && setuid(launch->uid) == 0;
}

/* SIGUSR1 may be sent before the program is ready for it. */
static void reset_signals(void)
{
    sigset_t kept;
    for (int number = 1; number < NSIG; number++)
        signal(number, SIG_DFL);
    sigemptyset(&kept);
    sigaddset(&kept, SIGUSR1);
    sigprocmask(SIG_SETMASK, &kept, NULL);
}

static void say(int control, const char *what)
{
    char line[MSA_HANDOVER_SAID_MAX];
    int length = snprintf(line, sizeof(line), "%s: %s", what, strerror(errno));
    if (length >= (int)sizeof(line))
        length = (int)sizeof(line) - 1;
    if (length > 0)
        send(control, line, (size_t)length, MSG_NOSIGNAL);
}

static _Noreturn void become_service(const msa_launch_t *launch, gift_t *gift)
{
    static char *const WORDS[] = {(char *)"security-auth", (char *)"serve", NULL};
    const int control = gift->descriptors[0];
    setsid(); /* when httpd stops it sends SIGTERM to its whole process group */
    reset_signals();
    umask(S_IRWXG | S_IRWXO);
    if (!place_descriptors(gift)) {
        say(control, "its file descriptors cannot be set up");
    } else if (!become(launch)) {
        say(MSA_HANDOVER_CONTROL, "it cannot switch to its user");
    } else if (chdir("/") == 0) {
        raise_limit();
        execve(launch->program, WORDS, gift->environment);
        say(MSA_HANDOVER_CONTROL, launch->program);
    }
    _exit(EXIT_FAILURE);
}

/* ---- in httpd again ---- */

apr_status_t msa_launch(apr_pool_t *pool, const msa_launch_t *launch, pid_t *pid, int *control,
                        const char **what)
{
    int ends[2] = {-1, -1}, table = -1, listener = make_listener(launch);
    apr_status_t status = APR_SUCCESS;
    gift_t gift;
    pid_t made = -1;
    *what = launch->address.sun_path;
    if (listener >= 0) {
        *what = "the record table";
        table = msa_memory_open();
    }
    if (table >= 0) {
        *what = "a process";
        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0) {
            prepare(pool, launch, ends[1], listener, table, &gift);
            made = fork();
        }
    }
    if (made == 0)
        become_service(launch, &gift);
    if (made < 0)
        status = errno;
    /* At once, so that no later fork inherits the means to answer questions or write the table. */
    close(listener);
    close(table);
    close(ends[1]);
    if (status != APR_SUCCESS) {
        close(ends[0]);
        return status;
    }
    *pid = made;
    *control = ends[0];
    return APR_SUCCESS;
}
