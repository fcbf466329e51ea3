/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_SERVICE_HOST_H
#define MSA_SERVICE_HOST_H

/* The virtual hosts, as httpd handed them over. */

#include "service.h"

/** Reads the JSON text of src/wire/handover.h into msa_service. NULL, or what is wrong with it, as
 * a constant or from msa_service.pool. */
const char *msa_host_read(const char *text);
/** The virtual host with this number; NULL = there is none, or its settings cannot be used. */
msa_host_t *msa_host_find(int number);
/** The hosts that are watched: one with an engine for each store. Of msa_host_t *, in `pool`. */
apr_array_header_t *msa_host_stores(apr_pool_t *pool);

#endif
