/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_HTTPD_DUMP_H
#define MSA_HTTPD_DUMP_H

/* What the tool and the service are told about the configuration. */

#include "../module.h"
#include <jansson.h>

/** What they are told about a virtual host, with or without its keys. The caller owns the
 * object. */
json_t *msa_dump_host(const server_rec *server, bool with_keys);
/** In test_config, with -D DUMP_SECURITY: prints every virtual host, without keys. */
void msa_dump(apr_pool_t *pconf, server_rec *server);

#endif
