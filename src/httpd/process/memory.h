/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_HTTPD_MEMORY_H
#define MSA_HTTPD_MEMORY_H

/* The record table and its recency: memory that is made once and kept over restarts. */

#include <stdbool.h>
#include <sys/types.h>

#include <apr_pools.h>

struct msa_table_t;

/** Makes them at the first call, with room for so many records of usual size; the table belongs to
 * `owner` each time. An error of the system. */
apr_status_t msa_memory_make(uid_t owner, apr_size_t records);
/** A new description of the table for writing, for a service; -1 with errno. */
int msa_memory_open(void);
int msa_memory_recency(void);
/** Maps the table for reading into a child, for as long as it lives; it then gives up the
 * descriptors if it `may_close`. */
apr_status_t msa_memory_map(bool may_close, struct msa_table_t **table);

#endif
