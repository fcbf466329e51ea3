/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_HTTPD_REFUSE_H
#define MSA_HTTPD_REFUSE_H

/* The answer to a request that is refused. */

#include "../module.h"
#include "../../base/outcome.h"

/** Answers a refused request with a redirect, a challenge or a JSON body. Returns the HTTP
 * status. */
int msa_refuse(request_rec *r, msa_outcome_t outcome);
/** Sets WWW-Authenticate for a 401 (RFC 9110 section 11.6.1, RFC 6750 section 3). */
void msa_refuse_challenge(request_rec *r);
/** True when a refused visitor gets a 401 and is never redirected to a page: they sent credentials
 * besides cookies, Basic counts here, or sessions do not. */
bool msa_refuse_is_challenged(request_rec *r);

#endif
