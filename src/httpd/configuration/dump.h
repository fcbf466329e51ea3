/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_HTTPD_DUMP_H
#define MSA_HTTPD_DUMP_H

/* What the tool and the service are told of the configuration. */

#include "../module.h"
#include <jansson.h>

/** What the tool and the service are told of a virtual host, with the keys of applications or
 * without them. */
json_t *msa_dump_host(const server_rec *server, bool with_keys);
void msa_dump(apr_pool_t *pconf, server_rec *server);

#endif
