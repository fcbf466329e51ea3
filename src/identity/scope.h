/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_IDENTITY_SCOPE_H
#define MSA_IDENTITY_SCOPE_H

#include <stdbool.h>
#include "identity.h"

/* What a personal access token may do of all that its user may (scope.c). */

/** What a personal access token may do, as its ticket's detail says. */
typedef struct msa_scope_t {
    const char *name;                              /* of the token; "" = none */
    const apr_array_header_t *roles, *permissions; /* of const char * */
} msa_scope_t;

/** As one text for a ticket's detail, from `pool`; NULL when it is longer than that column (1000
 * bytes) or cannot be written as JSON. */
const char *msa_scope_pack(apr_pool_t *pool, const msa_scope_t *scope);

/** Reads a detail; one that is NULL or cannot be read allows nothing. */
msa_scope_t msa_scope_read(apr_pool_t *pool, const char *detail);

/** True when an identity has every role and permission that the scope names. */
bool msa_scope_is_within(const msa_scope_t *scope, const msa_identity_t *identity);

/** Cuts the roles and permissions of an identity down to the scope in the detail of a personal
 * token's ticket. */
void msa_scope_restrict(apr_pool_t *pool, const char *detail, msa_identity_t *identity);

#endif
