/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_HTTPD_WORLD_H
#define MSA_HTTPD_WORLD_H

/* What surrounds a request. */

#include "../module.h"
#include "../../identity/context.h"

/** The context of a page that refuses a request; it has no database. */
msa_context_t *msa_world_request(request_rec *r);
/** True when the visitor came over TLS. */
bool msa_world_is_secure(const request_rec *r);

#endif
