/* SPDX-License-Identifier: Apache-2.0 */
/* How a child asks the service: kept connections, deadlines, and when to stop waiting for it.
 * Decides which questions may be repeated. */

#include "ask.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include <ap_mpm.h>
#include <apr_atomic.h>
#include <apr_strings.h>

#include "../configuration/config.h"
#include "../process/life.h"
#include "../process/start.h"
#include "hooks.h"
#include "state.h"
#include "world.h"

#define SLICE       apr_time_from_msec(500) /* waited before checking that the service is there */
#define PING_WITHIN apr_time_from_msec(250)
#define SILENT_FOR  apr_time_from_msec(200) /* after a failed check nobody else waits */
#define RETRY       10000                   /* microseconds between attempts to connect */
#define IDLE_MAX    1024
#define ANSWER_ROOM 4096
#define AGENT_BYTES 255 /* of a User-Agent; the rest is not sent */
#define DATABASES   64  /* whose look-ups are counted apart; more of them share a count */

/** Connections this child keeps. The last one returned is taken first, so there are only as many as
 * were ever busy at once. */
static struct {
    pthread_mutex_t lock;
    int sockets[IDLE_MAX];
    int count;
} idle = {.lock = PTHREAD_MUTEX_INITIALIZER};

/** What this child knows about the service. Times are of msa_env_ticks(). */
static struct {
    volatile apr_int64_t heard_at;     /* the last answer to any thread */
    volatile apr_int64_t silent_until; /* until then nobody waits: it did not answer a ping */
    volatile apr_int64_t gone_since;   /* nobody has been listening since; 0 = somebody is */
    volatile apr_int64_t refused_at;   /* the last refused connection */
    volatile apr_uint32_t waiting;     /* threads waiting for a look-up */
    volatile apr_uint32_t waiting_for[DATABASES]; /* the same for each database */
    volatile apr_uint32_t is_told;                /* it was logged that the service is away */
    volatile apr_uint32_t ids;
    int threads;
} state;

/** LOST: the connection ended; LATE: the service is at work, but not done in time; SILENT: it does
 * not answer, or may have done what must not be repeated. */
typedef enum { ANSWERED, LOST, LATE, SILENT } waited_t;

static int take_idle(void)
{
    int socket;
    pthread_mutex_lock(&idle.lock);
    socket = idle.count ? idle.sockets[--idle.count] : -1;
    pthread_mutex_unlock(&idle.lock);
    return socket;
}

static void give_idle(int socket)
{
    bool is_kept;
    pthread_mutex_lock(&idle.lock);
    is_kept = idle.count < IDLE_MAX;
    if (is_kept)
        idle.sockets[idle.count++] = socket;
    pthread_mutex_unlock(&idle.lock);
    if (!is_kept)
        close(socket);
}

/* ---- connections ---- */

static bool say_hello(int socket, const msa_link_t *link)
{
    apr_uint64_t bytes[32];
    int buffer = MSA_PACKET_BUFFER;
    msa_packet_t hello = msa_packet_begin(bytes, sizeof(bytes), MSA_TALK_HELLO);
    setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof(buffer));
    msa_packet_add_text(&hello, MSA_TAG_SECRET, link->secret);
    return send(socket, hello.head, hello.head->size, MSG_NOSIGNAL) == (ssize_t)hello.head->size;
}

static int connect_once(const msa_link_t *link)
{
    int error;
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    if (connect(fd, (const struct sockaddr *)&link->address, sizeof(link->address)) == 0 &&
        fcntl(fd, F_SETFL, 0) == 0 && say_hello(fd, link))
        return fd;
    error = errno;
    close(fd);
    errno = error;
    return -1;
}

/* Threads may wait out one death of the service, but not a long absence. */
static bool is_gone_for_long(void)
{
    apr_time_t now = msa_env_ticks();
    apr_int64_t since = state.gone_since;
    if (!since || now - state.refused_at > apr_time_from_sec(1))
        state.gone_since = since = now;
    state.refused_at = now;
    return now - since > msa_runtime.timeout;
}

/* A service that died is back within a second or so; one whose socket is gone will not be. */
static int open_connection(apr_time_t until)
{
    const msa_link_t *link = msa_link_get();
    int fd;
    if (!link)
        return -1;
    while ((fd = connect_once(link)) < 0) {
        if (errno == ENOENT || errno == EACCES || msa_env_ticks() >= until || is_gone_for_long())
            return -1;
        apr_sleep(RETRY);
    }
    state.gone_since = 0;
    return fd;
}

static void set_patience(int socket, apr_interval_time_t time)
{
    struct timeval within = {apr_time_sec(time), apr_time_usec(time)};
    setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &within, sizeof(within));
}

/* ---- is the service there? ---- */

static bool ping(int socket)
{
    apr_uint64_t bytes[32], answer[64];
    msa_packet_t question = msa_packet_begin(bytes, sizeof(bytes), MSA_TALK_PING);
    apr_time_t until = msa_env_ticks() + PING_WITHIN;
    ssize_t got;
    question.head->within = (apr_uint32_t)apr_time_as_msec(PING_WITHIN);
    if (send(socket, question.head, question.head->size, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
        return false;
    set_patience(socket, PING_WITHIN);
    do
        got = recv(socket, answer, sizeof(answer), 0);
    while (got < 0 && errno == EINTR && msa_env_ticks() < until);
    return got > 0;
}

/*
 * A database may be slow on its own, so the service is silent only if it does not answer a ping.
 * Then nobody else waits for a while, which leaves threads for requests that need no service.
 */
static bool is_anybody_there(void)
{
    int fd;
    bool is_there;
    if (msa_env_ticks() - state.heard_at < SLICE)
        return true;
    fd = open_connection(msa_env_ticks() + PING_WITHIN);
    is_there = fd >= 0 && ping(fd);
    if (fd >= 0)
        close(fd);
    if (is_there)
        state.heard_at = msa_env_ticks();
    else
        state.silent_until = msa_env_ticks() + SILENT_FOR;
    return is_there;
}

/* ---- one question, one answer ---- */

static msa_packet_head_t *read_answer(apr_pool_t *pool, int socket, apr_size_t size)
{
    msa_packet_head_t *answer = apr_palloc(pool, size);
    ssize_t got = recv(socket, answer, size, 0);
    return got > 0 && msa_packet_is_sound(answer, (apr_size_t)got) ? answer : NULL;
}

/* After a signal, as prefork's children get them, recv with a timeout is not restarted. */
static waited_t wait_for_answer(apr_pool_t *pool, int socket, apr_time_t until,
                                msa_packet_head_t **answer)
{
    apr_time_t left;
    while ((left = until - msa_env_ticks()) > 0) {
        ssize_t size;
        set_patience(socket, left < SLICE ? left : SLICE);
        size = recv(socket, NULL, 0, MSG_PEEK | MSG_TRUNC);
        if (size > 0 && size <= MSA_PACKET_MAX) {
            *answer = read_answer(pool, socket, (apr_size_t)size);
            return *answer ? ANSWERED : LOST;
        }
        if (size >= 0 || (errno != EAGAIN && errno != EINTR))
            return LOST;
        if (errno == EAGAIN && msa_env_ticks() < until && !is_anybody_there())
            return SILENT;
    }
    return LATE;
}

/* A page may have been done already; a look-up changes nothing that another would not. */
static bool is_repeatable(const msa_packet_head_t *question)
{
    return question->kind != MSA_TALK_PAGE;
}

static waited_t ask_on(apr_pool_t *pool, int socket, msa_packet_head_t *question, apr_time_t until,
                       msa_packet_head_t **answer)
{
    apr_time_t left = until - msa_env_ticks();
    waited_t waited;
    question->id = apr_atomic_inc32(&state.ids);
    question->within = left > 0 ? (apr_uint32_t)apr_time_as_msec(left) : 0;
    if (send(socket, question, question->size, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
        waited = errno == EMSGSIZE ? LATE : LOST; /* a kept connection whose other end is gone */
        close(socket);
        return waited;
    }
    waited = wait_for_answer(pool, socket, until, answer);
    if (waited == ANSWERED && (*answer)->id == question->id && (*answer)->kind == question->kind) {
        give_idle(socket);
        return ANSWERED;
    }
    close(socket); /* its answer may still come, so it cannot be used again */
    *answer = NULL;
    if (waited == ANSWERED)
        waited = LOST;
    return waited == LOST && !is_repeatable(question) ? SILENT : waited;
}

static waited_t ask_once(apr_pool_t *pool, msa_packet_head_t *question, apr_time_t until,
                         msa_packet_head_t **answer)
{
    waited_t waited = LOST;
    while (waited == LOST && msa_env_ticks() < until) {
        int socket = take_idle();
        bool is_new = socket < 0;
        if (is_new)
            socket = open_connection(until);
        waited = socket < 0 ? SILENT : ask_on(pool, socket, question, until, answer);
        if (waited == LOST && is_new)
            apr_sleep(RETRY);
    }
    if (waited == ANSWERED)
        state.heard_at = msa_env_ticks();
    return waited == LOST ? SILENT : waited;
}

/* ---- what the log says ---- */

static void tell_state(request_rec *r, bool is_away)
{
    if (apr_atomic_xchg32(&state.is_told, is_away) == (apr_uint32_t)is_away)
        return;
    if (is_away)
        ap_log_rerror(
            APLOG_MARK, APLOG_ERR, 0, r,
            "the service does not answer: until it does, sign-ins and visitors it has not "
            "looked up before get 503");
    else
        ap_log_rerror(APLOG_MARK, APLOG_NOTICE, 0, r, "the service answers again");
}

static void write_lines(request_rec *r, const msa_packet_head_t *answer)
{
    static const int LEVELS[] = {
        [MSA_LOG_ERROR] = APLOG_ERR,     [MSA_LOG_WARNING] = APLOG_WARNING,
        [MSA_LOG_NOTICE] = APLOG_NOTICE, [MSA_LOG_INFO] = APLOG_INFO,
        [MSA_LOG_DEBUG] = APLOG_DEBUG,
    };
    apr_size_t at = 0, length = 0;
    const char *line;
    while ((line = msa_packet_next(answer, MSA_TAG_LOG, &at, &length))) {
        unsigned level = length ? (unsigned)(line[0] - '0') : MSA_LOG_DEBUG + 1;
        if (level <= MSA_LOG_DEBUG)
            ap_log_rerror(APLOG_MARK, LEVELS[level], 0, r, "%s", line + 1);
    }
}

static bool count_in(volatile apr_uint32_t *count, int most)
{
    if (apr_atomic_inc32(count) < (apr_uint32_t)most)
        return true;
    apr_atomic_dec32(count);
    return false;
}

static volatile apr_uint32_t *waiting_for(const msa_server_t *config)
{
    return &state.waiting_for[config->database % DATABASES];
}

/* Look-ups are quick: when half of the threads wait for one, more would only take threads from
 * requests that need none. Half of these are enough for one database, as another may hang. */
static bool enter(const msa_server_t *config, const msa_packet_head_t *question)
{
    if (msa_env_ticks() < state.silent_until)
        return false;
    if (question->kind != MSA_TALK_LOOK_UP)
        return true;
    if (!count_in(&state.waiting, (state.threads + 1) / 2))
        return false;
    if (count_in(waiting_for(config), (state.threads + 3) / (msa_runtime.has_databases ? 4 : 2)))
        return true;
    apr_atomic_dec32(&state.waiting);
    return false;
}

static void leave(const msa_server_t *config, const msa_packet_head_t *question)
{
    if (question->kind != MSA_TALK_LOOK_UP)
        return;
    apr_atomic_dec32(waiting_for(config));
    apr_atomic_dec32(&state.waiting);
}

/* All questions of a visit together wait no longer than one could. But a page always gets a fifth
 * of that time, so that nobody fails to sign out. */
static apr_interval_time_t patience_of(request_rec *r, const msa_packet_head_t *question)
{
    apr_interval_time_t left = msa_runtime.timeout - msa_state_peek(r)->waited;
    apr_interval_time_t least = msa_runtime.timeout / 5;
    return question->kind == MSA_TALK_PAGE && left < least ? least : left;
}

const msa_packet_head_t *msa_ask(request_rec *r, const msa_packet_t *question,
                                 msa_outcome_t *outcome)
{
    apr_time_t began = msa_env_ticks();
    const msa_server_t *config = msa_config_server(r->server);
    apr_interval_time_t left = patience_of(r, question->head);
    msa_packet_head_t *answer = NULL;
    waited_t waited;
    *outcome = MSA_BUSY;
    if (question->is_full || left <= 0 || !enter(config, question->head))
        return NULL;
    question->head->host = (apr_uint16_t)config->number;
    waited = ask_once(r->pool, question->head, began + left, &answer);
    leave(config, question->head);
    msa_state(r)->waited += msa_env_ticks() - began;
    tell_state(r, waited == SILENT);
    if (waited == LATE)
        ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, r,
                      "the service is busy: it did not answer in time");
    if (waited == SILENT)
        *outcome = MSA_BROKEN;
    if (waited != ANSWERED)
        return NULL;
    write_lines(r, answer);
    *outcome = (msa_outcome_t)msa_packet_number(answer, MSA_TAG_OUTCOME, MSA_BROKEN);
    return answer;
}

msa_packet_t msa_ask_begin(request_rec *r, msa_talk_kind_t kind, apr_size_t room)
{
    msa_talk_visitor_t visitor = {.address = r->useragent_ip,
                                  .agent = apr_table_get(r->headers_in, "User-Agent"),
                                  .is_secure = msa_world_is_secure(r)};
    msa_packet_t message;
    room = room > MSA_PACKET_MAX - ANSWER_ROOM ? MSA_PACKET_MAX : room + ANSWER_ROOM;
    message = msa_packet_begin(apr_palloc(r->pool, room), room, (int)kind);
    if (visitor.agent)
        visitor.agent = apr_pstrndup(r->pool, visitor.agent, AGENT_BYTES);
    msa_talk_put_visitor(&message, &visitor);
    return message;
}

static void count_threads(apr_pool_t *pool, server_rec *server)
{
    (void)pool;
    (void)server;
    ap_mpm_query(AP_MPMQ_MAX_THREADS, &state.threads);
}

void msa_ask_register(void)
{
    ap_hook_child_init(count_threads, NULL, NULL, APR_HOOK_MIDDLE);
}
