/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_HTTPD_CHECK_H
#define MSA_HTTPD_CHECK_H

/* What keeps a configuration from working, and what should be known of one that does. */

#include "config.h"

/** The first thing that keeps this virtual host from working, in a sentence that begins with the
 * directive to look at; NULL when there is none. */
const char *msa_check_fault(apr_pool_t *pool, const msa_server_t *config);
/** Logs what works but should be known. */
void msa_check_warn(const server_rec *server, const msa_server_t *config);

/* check_stores.c */
/** Logs which virtual hosts share a database and would send its mails in another way. */
void msa_check_stores(apr_pool_t *pool, server_rec *server);

#endif
