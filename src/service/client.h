/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_SERVICE_CLIENT_H
#define MSA_SERVICE_CLIENT_H

/* Those who ask. */

#include "service.h"

/** One connection of a child of httpd. */
typedef struct msa_client_t msa_client_t;

/** One question, from its arrival to its answer. */
typedef struct msa_job_t {
    struct msa_job_t *next;
    msa_client_t *client;
    msa_host_t *host;
    apr_time_t came, until; /* of msa_env_ticks() */
    msa_packet_head_t *question;
} msa_job_t;

/** Answers a job, and lets it go. `answer` is sent without waiting; NULL = there is none. */
void msa_job_finish(msa_job_t *job, msa_packet_head_t *answer);
/** Answers at once with an outcome and nothing else; the job is let go. */
void msa_job_refuse(msa_job_t *job, msa_outcome_t outcome);

/** Someone new; `socket` belongs to the client from now on. NULL = there are too many. */
msa_client_t *msa_client_make(int socket);
/** No more is read of it; it goes with the last job of its. */
void msa_client_leave(msa_client_t *client);
/** Shuts the connections of those who have not said who they are for some seconds. */
void msa_clients_attend(void);
int msa_client_socket(const msa_client_t *client);
bool msa_client_is_known(const msa_client_t *client);
/** It has said hello with the secret. */
void msa_client_welcome(msa_client_t *client);
/** Begins a question of its, for msa_job_finish to end: false when another one is not answered yet.
 */
bool msa_client_engage(msa_client_t *client);

/* client_read.c */
/**
 * Reads one message of a client, if there is one, and puts it on its way. False: the client is to
 * be let go.
 */
bool msa_client_read(msa_client_t *client);

#endif
