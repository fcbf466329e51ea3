/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_HTTPD_BACKEND_H
#define MSA_HTTPD_BACKEND_H

/* What another server is told of a visit, and what it may set. */

#include "../module.h"
#include "../../wire/record.h"

/** True when another server will answer. */
bool msa_backend_is_asked(const request_rec *r);
/**
 * Before a backend is asked: takes away what it is not to see, and sees to it that it sets no
 * cookie of ours. `record` is whom it is told of; NULL = nobody. OK or an HTTP status.
 */
int msa_backend_prepare(request_rec *r, const msa_record_t *record);
/** Takes our cookies out of what a backend has answered in this visit; those we set stay. */
void msa_backend_drop_cookies(request_rec *r);

#endif
