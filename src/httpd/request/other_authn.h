/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_HTTPD_OTHER_AUTHN_H
#define MSA_HTTPD_OTHER_AUTHN_H

/* Users named by another authentication. */

#include "../module.h"
#include "../../base/outcome.h"
#include "../../wire/record.h"

/* other_authn_trust.c */
/** Why names set by another authentication do not count here, as a phrase for the log, in r->pool
 * or constant; NULL = they do. */
const char *msa_other_authn_objection(const request_rec *r);
/** True when names set by another authentication count as those of our users. */
bool msa_other_authn_counts(const request_rec *r);

/* other_authn.c */
/**
 * What is known about the user of this request (r->user, which must be set), whichever module
 * authenticated them. MSA_OK with `*record`; MSA_UNAUTHENTICATED = such names do not count here
 * (logged), or none of our users has this one; MSA_BROKEN = nobody could tell, also when the
 * service is busy.
 */
msa_outcome_t msa_other_authn_look_up(request_rec *r, const msa_record_t **record);

#endif
