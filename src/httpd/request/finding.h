/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_HTTPD_FINDING_H
#define MSA_HTTPD_FINDING_H

/* Who asks? The record table knows, or else the service. */

#include "../module.h"
#include "../../wire/record.h"
#include "../../wire/methods.h"

/** Whose proof is it? Reads the record table, then asks the service. MSA_OK with `*record`, in
 * r->pool; MSA_UNAUTHENTICATED; or trouble (MSA_BROKEN, MSA_BUSY, MSA_THROTTLED). */
msa_outcome_t msa_find(request_rec *r, const msa_proof_t *proof, const msa_record_t **record);
/**
 * Finds out who asks, by those of `methods` (MSA_METHOD_ bits) that the visitor used, each of them
 * once in a visit. MSA_OK with `*record`, which lives as long as the visit; MSA_UNAUTHENTICATED,
 * also when nothing was sent; or trouble, as above.
 */
msa_outcome_t msa_find_visitor(request_rec *r, int methods, const msa_record_t **record);
/** The token that was sent, wherever it was, not yet verified; NULL = none. */
const char *msa_find_token(request_rec *r);
/** Appends all of `headers` to `to`, several of one name too. The texts are not copied. */
void msa_headers_add(apr_table_t *to, const apr_table_t *headers);

#endif
