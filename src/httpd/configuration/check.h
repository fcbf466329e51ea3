/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_HTTPD_CHECK_H
#define MSA_HTTPD_CHECK_H

/* What prevents a configuration from working, and what is worth knowing about one that works. */

#include "config.h"

/** The first thing that prevents this virtual host from working: a sentence that begins with the
 * directive to look at, from `pool` or constant; NULL = there is none. */
const char *msa_check_fault(apr_pool_t *pool, const msa_server_t *config);
/** Logs what works but is worth knowing. */
void msa_check_warn(const server_rec *server, const msa_server_t *config);

/* check_stores.c */
/** Logs which virtual hosts share a database but would send its mails in different ways. */
void msa_check_stores(apr_pool_t *pool, server_rec *server);

#endif
