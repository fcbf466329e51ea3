/* SPDX-License-Identifier: Apache-2.0 */
/* Reads what a child sends: its greeting with the secret first, then questions, which go into the
 * queue. */

#include "client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "../base/digest.h"
#include "host.h"
#include "queue.h"

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
    msa_client_welcome(client);
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
    /* The answer takes time as well: part of the wait is left for it. */
    if (msa_service.timeout && within > msa_service.timeout)
        within = msa_service.timeout;
    job->until = job->came + within * 15 / 16;
    return job;
}

/* False for what no child of httpd would send. */
static bool take(msa_client_t *client, const msa_packet_head_t *head)
{
    msa_job_t *job;
    if (!msa_client_is_known(client))
        return greet(client, head);
    if (!msa_client_engage(client))
        return false;
    job = make_job(client, head);
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
    static apr_uint64_t bytes[MSA_PACKET_MAX / sizeof(apr_uint64_t)]; /* only one thread reads */
    ssize_t got = recv(msa_client_socket(client), bytes, sizeof(bytes), MSG_DONTWAIT | MSG_TRUNC);
    bool is_good;
    if (got < 0)
        return errno == EAGAIN || errno == EINTR;
    is_good = msa_packet_is_sound(bytes, (apr_size_t)got) && take(client, (const void *)bytes);
    if (got > 0)
        msa_digest_wipe(bytes, got < (ssize_t)sizeof(bytes) ? (apr_size_t)got : sizeof(bytes));
    return is_good;
}
