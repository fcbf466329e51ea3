/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_HTTPD_LIFE_H
#define MSA_HTTPD_LIFE_H

/* The service process, and how children reach it. */

#include <sys/un.h>

#include "../module.h"
#include "../../base/digest.h"
#include "../../wire/table.h"

/** How the children of a reading of the configuration reach their service. */
typedef struct msa_link_t {
    struct sockaddr_un address;
    char secret[33];                    /* what it wants to see first */
    unsigned char key[MSA_DIGEST_SIZE]; /* of the record table, as long as this httpd runs */
    msa_table_t *table;                 /* in a child; NULL = it could not be mapped: logged */
} msa_link_t;

/**
 * post_config, when an engine is on: starts the service, and whenever it dies another. OK; at the
 * first start of httpd also HTTP_INTERNAL_SERVER_ERROR, when there is no service that is ready.
 * What is wrong is logged.
 */
int msa_life_start(apr_pool_t *pconf, server_rec *server);
/** child_init: maps the record table. */
void msa_life_child_init(server_rec *server);
/** NULL when there is nothing to reach: no engine is on, or a restart has failed, which is logged.
 */
const msa_link_t *msa_link_get(void);
/** The hook in which a service that could not be started is started after all. */
void msa_life_register(void);

#endif
