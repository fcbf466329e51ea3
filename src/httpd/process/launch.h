/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_HTTPD_LAUNCH_H
#define MSA_HTTPD_LAUNCH_H

/* Starting a process of the service. This file needs none of httpd's headers. */

#include <stdbool.h>
#include <sys/types.h>
#include <sys/un.h>

#include <apr_pools.h>

#include "../../wire/handover.h"

/** What a process of the service is started with; the same for all processes of a configuration. */
typedef struct msa_launch_t {
    const char *program;
    const char *user, *home; /* of SecurityUser; `user` is NULL when the uid has no name */
    uid_t uid;
    gid_t gid;
    uid_t asker;                /* the user whose processes may connect: httpd's User */
    struct sockaddr_un address; /* where the service listens */
    int life;                   /* the reading end of the life pipe */
    int logs[MSA_HANDOVER_LOGS_MAX];
    int log_count;
} msa_launch_t;

/**
 * Starts a process: listener, fork, exec. APR_SUCCESS with `*pid` and httpd's end of the control
 * stream in `*control`, which the caller closes. An error of the system, and `*what` names what
 * could not be created. If the program cannot be executed, that is said on the control stream.
 */
apr_status_t msa_launch(apr_pool_t *pool, const msa_launch_t *launch, pid_t *pid, int *control,
                        const char **what);

#endif
