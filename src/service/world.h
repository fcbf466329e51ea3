/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_SERVICE_WORLD_H
#define MSA_SERVICE_WORLD_H

/* The outside world of what is done here, as the floors below want it. */

#include "service.h"

/** Lines of a question's log, which go back with its answer. */
typedef struct msa_line_t {
    msa_log_level_t level;
    const char *text;
} msa_line_t;

/** The outside world of one question, or of a round of a watch. */
typedef struct msa_world_t {
    apr_pool_t *pool;
    msa_host_t *host;
    apr_time_t began, until;   /* of msa_env_ticks(): nobody waits longer; 0 = a watch */
    bool is_secure;            /* the visitor came over TLS */
    apr_array_header_t *lines; /* of msa_line_t; NULL = into the log at once */
    bool is_newcomer;          /* who has the turn */
    msa_env_t env;
    msa_db_source_t source;
    msa_directory_settings_t directory;
} msa_world_t;

/** The context of a question of this host, which nobody waits for after `until` (of
 * msa_env_ticks()); or of a watch (0), which waits a few seconds for whatever it needs. */
msa_context_t *msa_world_make(apr_pool_t *pool, msa_host_t *host, apr_time_t until,
                              msa_world_t **world);
/** What changed about a user (0 = everybody) or a ticket counts from now on, in every child. */
void msa_world_user_changed(apr_int64_t user_id);
void msa_world_ticket_changed(const unsigned char digest[MSA_DIGEST_SIZE]);

#endif
