/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_PASSWORD_BLOCKLIST_H
#define MSA_PASSWORD_BLOCKLIST_H

/* The passwords of SecurityPasswordBlocklist. */

#include <stdbool.h>
#include <apr_hash.h>
#include <apr_pools.h>

/**
 * Reads a file of passwords that nobody may choose, one on each line, into `pool`; lines that are
 * not UTF-8 are skipped, and lines over 1022 bytes are read in pieces. Each pool reads a file once,
 * however many virtual hosts name it. APR_EINVAL for a file over 64 MiB, or why it cannot be read.
 */
apr_status_t msa_blocklist_read(apr_pool_t *pool, const char *path, const apr_hash_t **list);

/** True when the list (NULL = empty) has this password, regardless of case. */
bool msa_blocklist_has(const apr_hash_t *list, apr_pool_t *pool, const char *password);

#endif
