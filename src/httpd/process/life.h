/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_HTTPD_LIFE_H
#define MSA_HTTPD_LIFE_H

/* The service process, and how children reach it. */

#include <sys/un.h>

#include "../module.h"
#include "../../base/digest.h"
#include "../../wire/table.h"

/** How the children of one reading of the configuration reach their service. */
typedef struct msa_link_t {
    struct sockaddr_un address;
    char secret[33];                    /* shown first on every connection */
    unsigned char key[MSA_DIGEST_SIZE]; /* of the record table; of this httpd */
    msa_table_t *table;                 /* set in a child; NULL = it could not be mapped (logged) */
} msa_link_t;

/**
 * In post_config, when an engine is on: starts the service, and another one whenever it dies. OK;
 * or, only at httpd's first start, HTTP_INTERNAL_SERVER_ERROR when no service is ready. Errors are
 * logged.
 */
int msa_life_start(apr_pool_t *pconf, server_rec *server);
/** In child_init: maps the record table, and closes the control stream. */
void msa_life_child_init(server_rec *server);
/** NULL when there is no service to ask: no engine is on, or a restart has failed (logged). */
const msa_link_t *msa_link_get(void);
/** Hooks in the monitor, which starts a service when none could be started before. */
void msa_life_register(void);

#endif
