/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_SERVICE_LATER_H
#define MSA_SERVICE_LATER_H

/* Sign-outs that came while the database was away. */

#include "service.h"

/**
 * Voids the record of a session at once, in every child, and remembers to end the session and the
 * remember cookie, even if a later service has to. The arguments are secrets; NULL or anything else
 * = none. False when too many sign-outs are remembered.
 */
bool msa_later_add(const msa_host_t *host, const char *session, const char *remember);
/** True when this is the secret of a session or remember cookie that was signed out. */
bool msa_later_is_over(const char *secret);
/** Ends what is remembered for the store of this host, up to the first failure; call it when the
 * database is there. */
void msa_later_run(apr_pool_t *pool, msa_host_t *host);

#endif
