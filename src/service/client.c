/* SPDX-License-Identifier: Apache-2.0 */
#include "service.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../base/digest.h"

#define CLIENTS_MAX  8192
#define UNKNOWN_MAX  256 /* who has not said hello; children do so at once */
#define HELLO_WITHIN apr_time_from_sec(2)

struct msa_client_t {
    struct msa_client_t *next, **place; /* in the list of all */
    int socket;
    apr_time_t came;
    bool is_known; /* it has said hello with the secret */
    bool is_gone;  /* nothing is read of it any more */
    bool has_job;  /* one question at a time; its socket stays open until it is answered */
};

static struct {
    pthread_mutex_t lock; /* of all that follows, and of is_gone and has_job of each */
    msa_client_t *first;
    int count, unknown;
} all = {.lock = PTHREAD_MUTEX_INITIALIZER};

msa_client_t *msa_client_make(int socket)
{
    msa_client_t *client = NULL;
    pthread_mutex_lock(&all.lock);
    if (all.count < CLIENTS_MAX && all.unknown < UNKNOWN_MAX &&
        (client = calloc(1, sizeof(*client)))) {
        all.unknown++;
        client->socket = socket;
        client->came = msa_env_ticks();
        client->next = all.first;
        client->place = &all.first;
        if (all.first)
            all.first->place = &client->next;
        all.first = client;
        all.count++;
    }
    pthread_mutex_unlock(&all.lock);
    return client;
}

int msa_client_socket(const msa_client_t *client)
{
    return client->socket;
}

/* Under the lock. */
static void destroy(msa_client_t *client)
{
    *client->place = client->next;
    if (client->next)
        client->next->place = client->place;
    all.count--;
    all.unknown -= !client->is_known;
    close(client->socket);
    free(client);
}

/* Its socket may be closed only when no job uses it: its number would be another's. */
void msa_client_leave(msa_client_t *client)
{
    pthread_mutex_lock(&all.lock);
    client->is_gone = true;
    if (!client->has_job)
        destroy(client);
    pthread_mutex_unlock(&all.lock);
}

void msa_clients_attend(void)
{
    apr_time_t limit = msa_env_ticks() - HELLO_WITHIN;
    pthread_mutex_lock(&all.lock);
    for (msa_client_t *client = all.unknown ? all.first : NULL; client; client = client->next) {
        if (!client->is_known && client->came < limit)
            shutdown(client->socket, SHUT_RDWR);
    }
    pthread_mutex_unlock(&all.lock);
}

/* ---- answers ---- */

/* The service waits for no reader: whoever does not take an answer gets none any more. */
static void send_answer(const msa_client_t *client, const msa_packet_head_t *answer)
{
    ssize_t sent = send(client->socket, answer, answer->size, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent != (ssize_t)answer->size)
        shutdown(client->socket, SHUT_RDWR);
}

void msa_job_finish(msa_job_t *job, msa_packet_head_t *answer)
{
    msa_client_t *client = job->client;
    pthread_mutex_lock(&all.lock);
    client->has_job = false;
    if (answer && !client->is_gone) {
        answer->id = job->question->id;
        send_answer(client, answer);
    }
    if (client->is_gone)
        destroy(client);
    pthread_mutex_unlock(&all.lock);
    msa_digest_wipe(job->question, job->question->size);
    free(job->question);
    free(job);
}

void msa_job_refuse(msa_job_t *job, msa_outcome_t outcome)
{
    apr_uint64_t bytes[16];
    msa_packet_t message = msa_packet_begin(bytes, sizeof(bytes), job->question->kind);
    msa_packet_add_number(&message, MSA_TAG_OUTCOME, outcome);
    msa_job_finish(job, message.head);
}

/* ---- questions ---- */

static bool is_hello(const msa_packet_head_t *head)
{
    const char *secret = msa_packet_text(head, MSA_TAG_SECRET);
    apr_size_t length = strlen(msa_service.secret);
    return head->kind == MSA_TALK_HELLO && secret && strlen(secret) == length &&
           msa_digest_equal(secret, msa_service.secret, length);
}

static bool greet(msa_client_t *client, const msa_packet_head_t *head)
{
    if (!is_hello(head))
        return false;
    pthread_mutex_lock(&all.lock);
    client->is_known = true;
    all.unknown--;
    pthread_mutex_unlock(&all.lock);
    return true;
}

static msa_job_t *make_job(msa_client_t *client, const msa_packet_head_t *head)
{
    apr_interval_time_t within = apr_time_from_msec(head->within);
    msa_job_t *job = calloc(1, sizeof(*job));
    msa_packet_head_t *question = malloc(head->size);
    if (!job || !question)
        abort();
    memcpy(question, head, head->size);
    job->client = client;
    job->question = question;
    job->host = msa_host_find(head->host);
    job->came = msa_env_ticks();
    /* The answer needs some time too: who waits for it is still there then. */
    if (msa_service.timeout && within > msa_service.timeout)
        within = msa_service.timeout;
    job->until = job->came + within * 15 / 16;
    client->has_job = true;
    return job;
}

/* False for what no child of httpd's sends. */
static bool take(msa_client_t *client, const msa_packet_head_t *head)
{
    msa_job_t *job = NULL;
    if (!client->is_known)
        return greet(client, head);
    pthread_mutex_lock(&all.lock);
    if (!client->has_job)
        job = make_job(client, head);
    pthread_mutex_unlock(&all.lock);
    if (!job)
        return false;
    if (head->kind == MSA_TALK_PING)
        msa_job_refuse(job, MSA_OK);
    else if (!job->host)
        msa_job_refuse(job, MSA_BROKEN);
    else
        msa_queue_put(job);
    return true;
}

bool msa_client_read(msa_client_t *client)
{
    static apr_uint64_t bytes[MSA_PACKET_MAX / sizeof(apr_uint64_t)]; /* one thread reads */
    ssize_t got = recv(client->socket, bytes, sizeof(bytes), MSG_DONTWAIT | MSG_TRUNC);
    bool is_good;
    if (got < 0)
        return errno == EAGAIN || errno == EINTR;
    is_good = msa_packet_is_sound(bytes, (apr_size_t)got) && take(client, (const void *)bytes);
    if (got > 0)
        msa_digest_wipe(bytes, got < (ssize_t)sizeof(bytes) ? (apr_size_t)got : sizeof(bytes));
    return is_good;
}
