/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_HTTPD_OWN_HEADERS_H
#define MSA_HTTPD_OWN_HEADERS_H

/* Request headers that speak for this module. */

#include "../module.h"

/** Removes whatever a client sends under the names of our identity headers, in any spelling. */
void msa_own_headers_remove(request_rec *r);
/**
 * True, and logged, when the Connection header names one of our headers, which would make the proxy
 * drop what we set. Such a request is refused wherever identity is passed.
 */
bool msa_own_headers_are_dropped(request_rec *r);

#endif
