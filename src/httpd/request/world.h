/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_HTTPD_WORLD_H
#define MSA_HTTPD_WORLD_H

/* What surrounds a request. */

#include "../module.h"
#include "../../identity/context.h"

/** A context, in r->pool, for pages that a child makes itself; it has no database. */
msa_context_t *msa_world_request(request_rec *r);
/** True when the visitor came over TLS, also where a proxy ends it for an https public URL. */
bool msa_world_is_secure(const request_rec *r);

#endif
