/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_HTTPD_FACTS_H
#define MSA_HTTPD_FACTS_H

/* What scripts, logs and backends learn about a user. */

#include "../module.h"
#include "../../wire/record.h"

/** Sets what is known about the user in the environment of scripts and log formats. Its texts are
 * those of `record`, which must live as long as the visit. */
void msa_facts_set_environment(request_rec *r, const msa_record_t *record);
/** Removes these variables from the environment, whoever set them. */
void msa_facts_clear_environment(request_rec *r);
/** Sets what is known about the user in the request headers for a backend, their email also as
 * X-Remote-User; empty texts are left out. Texts as above. */
void msa_facts_pass(request_rec *r, const msa_record_t *record);

#endif
