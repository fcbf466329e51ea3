/* SPDX-License-Identifier: Apache-2.0 */
/* The connections of httpd's children: who may ask, whose question it is, and where its answer
 * goes. */

#include "client.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../base/digest.h"

#define CLIENTS_MAX  8192
#define UNKNOWN_MAX  256 /* clients that have not said hello, as children do at once */
#define HELLO_WITHIN apr_time_from_sec(2)

struct msa_client_t {
    struct msa_client_t *next, **place; /* in the list of all clients */
    int socket;
    apr_time_t came;
    bool is_known; /* it has said hello with the secret */
    bool is_gone;  /* nothing more is read from it */
    bool has_job;  /* one question at a time; the socket stays open until it is answered */
};

static struct {
    pthread_mutex_t lock; /* of all below, and each client's is_gone and has_job */
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

/* Call it under the lock. */
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

/* The socket must not be closed while a job uses it: its number could be reused. */
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

/* The service waits for no reader: a client that does not take its answer loses its connection. */
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

bool msa_client_is_known(const msa_client_t *client)
{
    return client->is_known;
}

void msa_client_welcome(msa_client_t *client)
{
    pthread_mutex_lock(&all.lock);
    client->is_known = true;
    all.unknown--;
    pthread_mutex_unlock(&all.lock);
}

bool msa_client_engage(msa_client_t *client)
{
    bool is_free;
    pthread_mutex_lock(&all.lock);
    is_free = !client->has_job;
    client->has_job = true;
    pthread_mutex_unlock(&all.lock);
    return is_free;
}
