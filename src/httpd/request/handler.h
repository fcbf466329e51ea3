/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_HTTPD_HANDLER_H
#define MSA_HTTPD_HANDLER_H

/* The endpoints of this module. */

#include "../module.h"

/** Has an endpoint answered by this module, whoever else wants to; nothing for other requests. */
void msa_handler_claim(request_rec *r);

#endif
