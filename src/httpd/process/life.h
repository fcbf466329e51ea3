/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_HTTPD_LIFE_H
#define MSA_HTTPD_LIFE_H

/* What the files about the life of the service share: none of httpd's headers. */

#include <stdbool.h>
#include <sys/types.h>
#include <sys/un.h>

#include <apr_pools.h>

#include "../../wire/handover.h"

struct msa_table_t;
struct msa_link_t;
struct server_rec;

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

/* outfit.c: what stands in the configuration */
/** Fills in all but `life`; NULL, or what keeps the service from being started, in a sentence. */
const char *msa_outfit_make(apr_pool_t *pool, const struct server_rec *server, int generation,
                            msa_launch_t *launch);
/** The JSON text for the service, with all that is secret: to be wiped and freed; NULL = no memory.
 */
char *msa_outfit_text(apr_pool_t *pool, const struct server_rec *server, const msa_launch_t *launch,
                      const struct msa_link_t *link, int quick_deaths);

/* memory.c: the record table and its recency, made once and kept over restarts */
/** Makes them at the first call, with room for so many records of usual size; the table belongs to
 * `owner` each time. An error of the system. */
apr_status_t msa_memory_make(uid_t owner, apr_size_t records);
/** A new description of the table for writing, for a service; -1 with errno. */
int msa_memory_open(void);
int msa_memory_recency(void);
/** Maps the table for reading into a child, for as long as it lives; it then gives up the
 * descriptors if it `may_close`. */
apr_status_t msa_memory_map(bool may_close, struct msa_table_t **table);

/* launch.c */
/**
 * Starts a process: listener, fork, exec. `*control` is this end of its control stream. An error of
 * the system with `*what` was not possible; that the program cannot be run is said on the stream.
 */
apr_status_t msa_launch(apr_pool_t *pool, const msa_launch_t *launch, pid_t *pid, int *control,
                        const char **what);

/* handover.c: the conversation at the start */
/** Writes the configuration within `ms` milliseconds; false when the service did not take it. */
bool msa_handover_write(int control, const char *text, int ms);
/**
 * What the service has answered by now or answers within `ms` milliseconds: MSA_HANDOVER_READY or a
 * sentence. NULL = nothing, and `*is_over` says that nothing will come.
 */
const char *msa_handover_answer(apr_pool_t *pool, int control, int ms, bool *is_over);

#endif
