/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_PASSWORD_BLOCKLIST_H
#define MSA_PASSWORD_BLOCKLIST_H

/* The passwords of SecurityPasswordBlocklist. */

#include <stdbool.h>
#include <apr_hash.h>
#include <apr_pools.h>

/**
 * Reads a file of passwords that nobody may choose, one on each line; lines that are no UTF-8 are
 * passed over. A file of at most 64 MiB; it is read once for each pool, however many virtual hosts
 * name it.
 */
apr_status_t msa_blocklist_read(apr_pool_t *pool, const char *path, const apr_hash_t **list);

/** True when the list (NULL = empty) has this password, in whatever case it is written. */
bool msa_blocklist_has(const apr_hash_t *list, apr_pool_t *pool, const char *password);

#endif
