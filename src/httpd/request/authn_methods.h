/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_HTTPD_AUTHN_METHODS_H
#define MSA_HTTPD_AUTHN_METHODS_H

/* Whether anybody can be asked for here, and how they may prove it. */

#include "../module.h"

/** True when no engine is on anywhere: there is nobody to ask, and nothing to ask with. Logged. */
bool msa_authn_is_off(request_rec *r);
/** The methods that count here: MSA_METHOD_ bits. */
int msa_authn_methods(const request_rec *r);

#endif
