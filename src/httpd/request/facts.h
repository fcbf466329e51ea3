/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_HTTPD_FACTS_H
#define MSA_HTTPD_FACTS_H

/* What scripts, logs and backends learn of a user. */

#include "../module.h"
#include "../../wire/record.h"

/** Writes what is known of the user into the environment of scripts and log formats. */
void msa_facts_set_environment(request_rec *r, const msa_record_t *record);
/** Takes it out of there, whoever wrote it. */
void msa_facts_clear_environment(request_rec *r);
/** Writes what is known of the user into the headers for a backend. */
void msa_facts_pass(request_rec *r, const msa_record_t *record);

#endif
