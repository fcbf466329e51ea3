/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_HTTPD_OTHER_AUTHN_H
#define MSA_HTTPD_OTHER_AUTHN_H

/* Users whom another authentication names. */

#include "../module.h"
#include "../../base/outcome.h"
#include "../../wire/record.h"

/* other_authn_trust.c */
/** Why a name that another authentication sets does not count here; NULL = it does. */
const char *msa_other_authn_objection(const request_rec *r);
/** True where the names that another authentication sets are those of our users. */
bool msa_other_authn_counts(const request_rec *r);

/* other_authn.c */
/** What is known of the user of this request, also of one whom another module has authenticated. */
msa_outcome_t msa_other_authn_look_up(request_rec *r, const msa_record_t **record);

#endif
