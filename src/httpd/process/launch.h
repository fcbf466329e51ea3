/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_HTTPD_LAUNCH_H
#define MSA_HTTPD_LAUNCH_H

/* A process of the service. It takes none of httpd's headers to start one. */

#include <stdbool.h>
#include <sys/types.h>
#include <sys/un.h>

#include <apr_pools.h>

#include "../../wire/handover.h"

/** What a process of the service is started with, the same for all of a configuration. */
typedef struct msa_launch_t {
    const char *program;
    const char *user, *home; /* of SecurityUser; the user is NULL when their number has no name */
    uid_t uid;
    gid_t gid;
    uid_t asker;                /* whose processes may connect: httpd's User */
    struct sockaddr_un address; /* where it listens */
    int life;                   /* the reading end of the pipe */
    int logs[MSA_HANDOVER_LOGS_MAX];
    int log_count;
} msa_launch_t;

/**
 * Starts a process: listener, fork, exec. `*control` is this end of its control stream. An error of
 * the system with `*what` was not possible; that the program cannot be run is said on the stream.
 */
apr_status_t msa_launch(apr_pool_t *pool, const msa_launch_t *launch, pid_t *pid, int *control,
                        const char **what);

#endif
