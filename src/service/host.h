/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_SERVICE_HOST_H
#define MSA_SERVICE_HOST_H

/* The virtual hosts, as httpd has handed them over. */

#include "service.h"

/** Reads what httpd hands over. NULL, or what is wrong with it. */
const char *msa_host_read(const char *text);
/** The virtual host of a number; NULL when there is none, or its settings are not fit for use. */
msa_host_t *msa_host_find(int number);
/** One host for each database with tables of its own: whose watch it is. Of msa_host_t *. */
apr_array_header_t *msa_host_stores(apr_pool_t *pool);

#endif
