/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_SERVICE_CLIENT_H
#define MSA_SERVICE_CLIENT_H

/* Those who ask. */

#include "service.h"

/** A connection from a child of httpd. */
typedef struct msa_client_t msa_client_t;

/** One question, from its arrival to its answer. */
typedef struct msa_job_t {
    struct msa_job_t *next;
    msa_client_t *client;
    msa_host_t *host;
    apr_time_t came, until; /* of msa_env_ticks(); after `until` nobody waits */
    msa_packet_head_t *question;
} msa_job_t;

/** Ends a job and frees it, its question wiped. `answer`, which gets the question's id, is sent
 * without waiting; NULL = none. Any thread may call it. */
void msa_job_finish(msa_job_t *job, msa_packet_head_t *answer);
/** Ends a job at once with an answer that has nothing but an outcome. */
void msa_job_refuse(msa_job_t *job, msa_outcome_t outcome);

/** A new client, which owns `socket`. NULL = there are too many or no memory, and `socket` is still
 * the caller's. */
msa_client_t *msa_client_make(int socket);
/** Nothing more is read from it. It is freed at once, or with its last job. */
void msa_client_leave(msa_client_t *client);
/** Shuts down the connections of clients that have not said hello within two seconds. */
void msa_clients_attend(void);
int msa_client_socket(const msa_client_t *client);
bool msa_client_is_known(const msa_client_t *client);
/** Notes that it has said hello with the secret. */
void msa_client_welcome(msa_client_t *client);
/** Begins a question of a client, which msa_job_finish ends. False when it has another one that has
 * not been answered. */
bool msa_client_engage(msa_client_t *client);

/* client_read.c */
/**
 * Reads one message of a client, if there is one, and answers or queues it. False when the client
 * must go: msa_client_leave. For one thread only.
 */
bool msa_client_read(msa_client_t *client);

#endif
