/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_HTTPD_CONCEAL_H
#define MSA_HTTPD_CONCEAL_H

/* Secrets in the request line. */

#include "../module.h"

/** Once per visit: removes secrets from the request line and the Referer. The state of the visit
 * keeps what is needed of them. */
void msa_conceal(request_rec *r);

#endif
