/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_HTTPD_AUTHN_METHODS_H
#define MSA_HTTPD_AUTHN_METHODS_H

/* Which methods count for a request, and whether anybody can be identified at all. */

#include "../module.h"

/** True, and logged, when no engine is on anywhere: there is no service to ask. */
bool msa_authn_is_off(request_rec *r);
/** The methods that count here: MSA_METHOD_ bits. */
int msa_authn_methods(const request_rec *r);

#endif
