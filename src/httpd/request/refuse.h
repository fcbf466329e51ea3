/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_HTTPD_REFUSE_H
#define MSA_HTTPD_REFUSE_H

/* The answer to a request that is refused. */

#include "../module.h"
#include "../../base/outcome.h"

/** Answers a refused request: redirect, challenge, JSON body. Returns the HTTP status. */
int msa_refuse(request_rec *r, msa_outcome_t outcome);
/** Sets WWW-Authenticate for a 401. */
void msa_refuse_challenge(request_rec *r);
/** True when whoever is refused gets a 401 and is never led to a page: he sent credentials of his
 * own, Basic counts here, or no session does. */
bool msa_refuse_is_challenged(request_rec *r);

#endif
