/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_SERVICE_WORLD_H
#define MSA_SERVICE_WORLD_H

/* The outside world of the service's work, as the floors below want it. */

#include "service.h"

/** A log line of a question, which goes back with its answer. */
typedef struct msa_line_t {
    msa_log_level_t level;
    const char *text;
} msa_line_t;

/** The outside world of one question, or of one round of a watch. */
typedef struct msa_world_t {
    apr_pool_t *pool;
    msa_host_t *host;
    apr_time_t began, until;   /* of msa_env_ticks(); nobody waits after `until`; 0 = a watch */
    bool is_secure;            /* the visitor came over TLS */
    apr_array_header_t *lines; /* of msa_line_t; NULL = write lines to the log at once */
    bool is_newcomer;          /* the one who has the turn to hash */
    msa_env_t env;
    msa_db_source_t source;
    msa_directory_settings_t directory;
} msa_world_t;

/**
 * Makes a context, in `pool`, for a question about `host` whose asker waits until `until` (of
 * msa_env_ticks()); or for a watch (0), which waits up to three seconds for whatever it needs.
 * `*made` is what it works with; `made` may be NULL.
 */
msa_context_t *msa_world_make(apr_pool_t *pool, msa_host_t *host, apr_time_t until,
                              msa_world_t **made);
/** Notes a change of a user (0 = everybody) or a ticket, which counts from now on, in every
 * child. */
void msa_world_user_changed(apr_int64_t user_id);
void msa_world_ticket_changed(const unsigned char digest[MSA_DIGEST_SIZE]);

#endif
