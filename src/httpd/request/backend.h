/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_HTTPD_BACKEND_H
#define MSA_HTTPD_BACKEND_H

/* What another server is told about a visitor, and what it may set. */

#include "../module.h"
#include "../../wire/record.h"

/** True when another server will answer this request. */
bool msa_backend_is_asked(const request_rec *r);
/**
 * Call before a backend is asked. Removes what it must not see, has cookies with our names dropped
 * from its answer, and tells it about `record` (NULL = nobody) where SecurityPassHeaders is On. OK;
 * or HTTP_BAD_REQUEST when the request would have our headers dropped. Does nothing where there is
 * no engine, no AuthType Security and no SecurityPassHeaders.
 */
int msa_backend_prepare(request_rec *r, const msa_record_t *record);
/** Removes cookies with our names from what a backend has answered in this visit, except our
 * own. */
void msa_backend_drop_cookies(request_rec *r);

#endif
