/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_HTTPD_MEMORY_H
#define MSA_HTTPD_MEMORY_H

/* The record table and its recency: memory made once and kept across restarts. */

#include <stdbool.h>
#include <sys/types.h>

#include <apr_pools.h>

struct msa_table_t;

/**
 * Makes both at the first call, with room for `records` entries of usual size; later calls keep
 * them. As root, every call gives the table to `owner`. APR_EINVAL = too many; or an error of the
 * system.
 */
apr_status_t msa_memory_make(uid_t owner, apr_size_t records);
/** A new descriptor of the table, open for writing, for a service to inherit; the caller closes it.
 * -1 with errno = it cannot be opened. */
int msa_memory_open(void);
/** The descriptor of the recency, which stays open; -1 = it was not made, or a child closed it. */
int msa_memory_recency(void);
/** Maps the table for reading into a child for the rest of its life, and closes both descriptors
 * here if `may_close`. Results as of msa_table_map. */
apr_status_t msa_memory_map(bool may_close, struct msa_table_t **table);

#endif
