/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_HTTPD_CONCEAL_H
#define MSA_HTTPD_CONCEAL_H

/* Secrets in the line of a request. */

#include "../module.h"

/** Takes what is secret out of the line of the request and its Referer, into the visit; once. */
void msa_conceal(request_rec *r);

#endif
