/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_SERVICE_LOOK_UP_H
#define MSA_SERVICE_LOOK_UP_H

/* Whose proof is it? */

#include "world.h"

/** The search for the visitor of one question. */
typedef struct msa_search_t {
    msa_context_t *ctx;
    msa_world_t *world;
    bool wants_identity;      /* for a page, which needs more than a record holds */
    msa_identity_t *identity; /* set on MSA_OK if wants_identity */
    msa_signin_t signin;      /* of an exchanged remember cookie; its session is NULL without one */
} msa_search_t;

/** Whose proof is it? As msa_visitor_t wants it, from the record table or the database; `baton` is
 * an msa_search_t. Stores what it finds as an entry for all children. */
msa_outcome_t msa_look_up(void *baton, const msa_proof_t *proof, const msa_record_t **record);

#endif
