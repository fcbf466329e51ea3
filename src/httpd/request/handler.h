/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_HTTPD_HANDLER_H
#define MSA_HTTPD_HANDLER_H

/* The endpoints of this module. */

#include "../module.h"

/** Makes sure that this module answers a request to one of its endpoints; other requests stay as
 * they are. */
void msa_handler_claim(request_rec *r);

#endif
