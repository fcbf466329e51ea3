/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_HTTPD_START_H
#define MSA_HTTPD_START_H

/* The start of httpd and of its children. */

#include "../module.h"

/** What is made at the start and shared by all children. */
typedef struct msa_runtime_t {
    bool is_on; /* some virtual host has SecurityEngine On; if not, nothing below is set */
    apr_interval_time_t timeout; /* SecurityServiceTimeout */
    bool has_databases;          /* the hosts with SecurityEngine On have more than one database */
    int (*is_https)(conn_rec *);
} msa_runtime_t;

extern msa_runtime_t msa_runtime;

/** In post_config, the second time: starts the service if an engine is on. OK, or a status that
 * ends httpd. */
int msa_start(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *server);
/** In child_init: prepares a child, and wipes its secrets. */
void msa_start_child(apr_pool_t *pool, server_rec *server);

#endif
