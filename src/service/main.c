/* SPDX-License-Identifier: Apache-2.0 */
/* The life of the service: takes over what httpd hands it, listens, and ends with httpd's
 * children. */

#include "service.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <apr_atomic.h>
#include <apr_dbd.h>
#include <apr_general.h>
#include <apr_strings.h>

#include "../wire/handover.h"
#include "host.h"
#include "log.h"
#include "queue.h"
#include "turns.h"
#include "watch.h"
#include "world.h"

#define BACKLOG         512
#define EVENTS_MAX      64
#define ATTEND_EVERY    200 /* milliseconds */
#define END_WITHIN      apr_time_from_sec(1)
#define MAIL_WITHIN     apr_time_from_sec(5) /* mailers are hurried, results recorded */
#define CONNECT_LIMIT   apr_time_from_sec(3)
#define STATEMENT_LIMIT apr_time_from_sec(4)
#define IDLE_LIMIT      apr_time_from_sec(60)
#define CONNECTIONS     5 /* of one database */

static int signals_fd = -1;

/* ---- the beginning ---- */

/* The text has secrets, so no copy of it is left behind, as realloc would. NULL = no memory. */
static char *grow_text(char *text, apr_size_t used, apr_size_t room)
{
    char *larger = malloc(room);
    if (larger)
        memcpy(larger, text, used);
    msa_digest_wipe(text, used);
    free(text);
    return larger;
}

static char *read_control(apr_pool_t *pool)
{
    apr_size_t room = 65536, used = 0;
    char *text = malloc(room);
    char *kept;
    ssize_t got;
    while (text && (got = read(MSA_HANDOVER_CONTROL, text + used, room - used - 1)) != 0) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            break;
        used += (apr_size_t)got;
        if (room - used < 2)
            text = grow_text(text, used, room *= 2);
    }
    if (!text)
        abort();
    text[used] = '\0';
    kept = apr_pstrmemdup(pool, text, used);
    msa_digest_wipe(text, used);
    free(text);
    return kept;
}

/* Only httpd's first start waits for this: there may be no reader. */
static void tell_parent(const char *text)
{
    if (send(MSA_HANDOVER_CONTROL, text, strlen(text), MSG_NOSIGNAL) < 0)
        return;
}

/* Before there are threads, which inherit the mask. Signals are read from a descriptor. */
static bool take_signals(void)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    sigaddset(&signals, SIGUSR1);
    sigaddset(&signals, SIGWINCH);
    signal(SIGPIPE, SIG_IGN);
    if (sigprocmask(SIG_BLOCK, &signals, NULL) != 0)
        return false;
    signals_fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
    return signals_fd >= 0;
}

/* Earlier services ended soon after their start: leaves time to look for the cause. */
static void wait_after_deaths(void)
{
    int deaths = msa_service.quick_deaths;
    int seconds = deaths > 6 ? MSA_HANDOVER_PAUSE_MAX : deaths > 1 ? 1 << (deaths - 2) : 0;
    struct pollfd ends[] = {
        {.fd = MSA_HANDOVER_LIFE, .events = POLLIN},
        {.fd = signals_fd,        .events = POLLIN}
    };
    if (seconds && poll(ends, 2, seconds * 1000) > 0)
        _exit(EXIT_SUCCESS);
}

static void log_state(void *baton, msa_log_level_t level, const char *line)
{
    (void)baton;
    msa_log_write(NULL, level, line);
}

static void forget_all(void *baton)
{
    (void)baton;
    apr_atomic_inc32(&msa_service.replaced);
    msa_world_user_changed(0);
}

static int hash_slots(void)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    if (msa_service.hash_slots)
        return msa_service.hash_slots;
    return processors > 0 ? (int)processors : 1;
}

static apr_interval_time_t shorter(apr_interval_time_t limit, int percent)
{
    apr_interval_time_t part = msa_service.timeout * percent / 100;
    return part && part < limit ? part : limit;
}

/* What hangs is given up while somebody still waits to be told. */
static void set_limits(void)
{
    msa_service.rules = (msa_database_rules_t){CONNECTIONS,
                                               shorter(CONNECT_LIMIT, 60),
                                               shorter(STATEMENT_LIMIT, 70),
                                               IDLE_LIMIT,
                                               forget_all,
                                               log_state,
                                               NULL};
}

static const char *begin_service(void)
{
    const char *error;
    if (fcntl(MSA_HANDOVER_LISTENER, F_GETFD) < 0)
        return "only httpd starts this command; it is not for use by hand";
    error = msa_host_read(read_control(msa_service.pool));
    if (error)
        return error;
    set_limits();
    if (msa_table_map(msa_service.pool, MSA_HANDOVER_TABLE, MSA_HANDOVER_RECENCY, true,
                      &msa_service.table) != APR_SUCCESS)
        return "the record table cannot be mapped for writing";
    close(MSA_HANDOVER_TABLE);
    close(MSA_HANDOVER_RECENCY);
    if (!take_signals())
        return "signals cannot be read";
    wait_after_deaths();
    msa_turns_make(hash_slots());
    if (msa_queue_start() != APR_SUCCESS || msa_watch_start() != APR_SUCCESS)
        return "no thread can be started";
    if (listen(MSA_HANDOVER_LISTENER, BACKLOG) != 0)
        return "it cannot listen on its socket";
    return NULL;
}

/* ---- the loop ---- */

static bool add(int epoll, int fd, void *what)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = what};
    return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

static void accept_one(int epoll)
{
    int buffer = MSA_PACKET_BUFFER;
    int socket = accept4(MSA_HANDOVER_LISTENER, NULL, NULL, SOCK_CLOEXEC);
    msa_client_t *client;
    if (socket < 0) {
        if (errno == EMFILE || errno == ENFILE)
            usleep(10000); /* otherwise the listener would wake us at once */
        return;
    }
    setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof(buffer));
    client = msa_client_make(socket);
    if (!client)
        close(socket);
    else if (!msa_client_read(client) || !add(epoll, socket, client))
        msa_client_leave(client);
}

static void retire(void)
{
    apr_atomic_set32(&msa_service.is_retired, 1);
    msa_watch_wake();
}

/* True when the service must end. */
static bool read_signals(void)
{
    struct signalfd_siginfo info;
    bool is_end = false;
    while (read(signals_fd, &info, sizeof(info)) == sizeof(info)) {
        if (info.ssi_signo == SIGUSR1)
            retire();
        else if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT)
            is_end = true;
    }
    return is_end;
}

static void attend(void)
{
    static apr_time_t last;
    if (msa_env_ticks() - last < apr_time_from_msec(ATTEND_EVERY))
        return;
    last = msa_env_ticks();
    msa_clients_attend();
    for (int i = 0; i < msa_service.databases->nelts; i++)
        msa_database_attend(APR_ARRAY_IDX(msa_service.databases, i, msa_database_t *));
}

/* Their addresses distinguish what woke us from clients. */
static char is_listener, is_life, is_signal;

static bool handle(int epoll, const struct epoll_event *event)
{
    void *what = event->data.ptr;
    if (what == &is_life)
        return false; /* end of file: neither httpd nor a child of this generation is left */
    if (what == &is_signal)
        return !read_signals();
    if (what == &is_listener) {
        accept_one(epoll);
    } else if (!msa_client_read(what)) {
        epoll_ctl(epoll, EPOLL_CTL_DEL, msa_client_socket(what), NULL);
        msa_client_leave(what);
    }
    return true;
}

static void run(int epoll)
{
    bool goes_on = true;
    while (goes_on) {
        struct epoll_event events[EVENTS_MAX];
        int count = epoll_wait(epoll, events, EVENTS_MAX, ATTEND_EVERY);
        for (int i = 0; goes_on && i < count; i++)
            goes_on = handle(epoll, &events[i]);
        attend();
    }
}

static bool is_waited_for(apr_interval_time_t passed)
{
    if (msa_watch_is_mailing())
        return passed < MAIL_WITHIN;
    return passed < END_WITHIN && (!msa_queue_has_ended() || !msa_watch_has_ended());
}

/* Answers what is queued and finishes mails on their way; waits for nothing else. */
static void end(void)
{
    apr_time_t began = msa_env_ticks();
    apr_atomic_set32(&msa_service.is_ending, 1);
    msa_watch_wake();
    msa_queue_end();
    while (is_waited_for(msa_env_ticks() - began)) {
        usleep(10000);
        attend();
    }
}

int msa_service_main(void)
{
    const char *error;
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    prctl(PR_SET_DUMPABLE, 0);
    umask(S_IRWXG | S_IRWXO);
    apr_initialize();
    apr_pool_create(&msa_service.pool, NULL);
    apr_dbd_init(msa_service.pool);
    error = begin_service();
    if (error) {
        tell_parent(error);
        fprintf(stderr, "security-auth serve: %s\n", error);
        return EXIT_FAILURE;
    }
    if (epoll < 0 || !add(epoll, MSA_HANDOVER_LISTENER, &is_listener) ||
        !add(epoll, MSA_HANDOVER_LIFE, &is_life) || !add(epoll, signals_fd, &is_signal))
        return EXIT_FAILURE;
    tell_parent(MSA_HANDOVER_READY);
    close(MSA_HANDOVER_CONTROL);
    msa_log_write(NULL, MSA_LOG_INFO, "service started");
    run(epoll);
    end();
    _exit(EXIT_SUCCESS); /* without waiting for threads that hang in a database */
}
