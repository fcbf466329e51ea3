/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_SERVICE_LOOK_UP_H
#define MSA_SERVICE_LOOK_UP_H

/* Whose proof is it? */

#include "world.h"

/** Who asks, of one question. */
typedef struct msa_search_t {
    msa_context_t *ctx;
    msa_world_t *world;
    bool wants_identity;      /* a page is to be served: the table does not know enough */
    msa_identity_t *identity; /* then: who it is */
    msa_signin_t signin;      /* of a remember cookie */
} msa_search_t;

/** Whose proof is it? As msa_visitor_t wants it; `baton` is an msa_search_t. */
msa_outcome_t msa_look_up(void *baton, const msa_proof_t *proof, const msa_record_t **record);

#endif
