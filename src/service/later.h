/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_SERVICE_LATER_H
#define MSA_SERVICE_LATER_H

/* Who signed out while the database was away. */

#include "service.h"

/** Ends what is known of a session at once, in every child, and keeps in mind to end the rest, also
 * for a service after this one. False when too much is kept already. */
bool msa_later_add(const msa_host_t *host, const char *session, const char *remember);
/** Whether this is the secret of a session or remember cookie of somebody who has signed out. */
bool msa_later_is_over(const char *secret);
/** Ends what is kept in mind for the store of this host; its database is there. */
void msa_later_run(apr_pool_t *pool, msa_host_t *host);

#endif
