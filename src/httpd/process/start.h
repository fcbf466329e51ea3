/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_HTTPD_START_H
#define MSA_HTTPD_START_H

/* The start of httpd and of its children. */

#include "../module.h"

/** The one place of what is made at start and all children share. */
typedef struct msa_runtime_t {
    bool is_on; /* some virtual host has SecurityEngine On; else nothing below was made */
    apr_interval_time_t timeout; /* SecurityServiceTimeout */
    bool has_databases;          /* more than one */
    int (*is_https)(conn_rec *);
} msa_runtime_t;

extern msa_runtime_t msa_runtime;

int msa_start(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *server);
void msa_start_child(apr_pool_t *pool, server_rec *server);

#endif
