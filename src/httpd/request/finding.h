/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_HTTPD_FINDING_H
#define MSA_HTTPD_FINDING_H

/* Who asks? The record table knows, or else the service. */

#include "../module.h"
#include "../../wire/record.h"
#include "../../wire/methods.h"

/** Whose proof is it? The record table is read, and then the service asked. */
msa_outcome_t msa_find(request_rec *r, const msa_proof_t *proof, const msa_record_t **record);
/** Looks up who asks, by the methods that count here; remembered in the visit. */
msa_outcome_t msa_find_visitor(request_rec *r, int methods, const msa_record_t **record);
/** The token that was sent, in whatever place; NULL = none. */
const char *msa_find_token(request_rec *r);
/** Adds headers, also several of one name, to a table that others may hold too. */
void msa_headers_add(apr_table_t *to, const apr_table_t *headers);

#endif
