/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_HTTPD_OWN_HEADERS_H
#define MSA_HTTPD_OWN_HEADERS_H

/* Headers that speak for this module. */

#include "../module.h"

/** Removes what a client sends under the names of our identity headers, in any spelling. */
void msa_own_headers_remove(request_rec *r);
/**
 * True when the Connection header names one of them, which would have the proxy drop what we set;
 * logged. Such a request is refused wherever identity is passed.
 */
bool msa_own_headers_are_dropped(request_rec *r);

#endif
