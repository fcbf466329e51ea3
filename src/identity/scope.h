/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_IDENTITY_SCOPE_H
#define MSA_IDENTITY_SCOPE_H

#include <stdbool.h>
#include "identity.h"

/* What a personal access token may do of what its user may (scope.c). */

/** What a personal access token is good for, as its ticket's detail says. */
typedef struct msa_scope_t {
    const char *name;                              /* of the token; "" = none */
    const apr_array_header_t *roles, *permissions; /* of const char * */
} msa_scope_t;

/** As one text for a ticket's detail; NULL when it would be longer than its column. */
const char *msa_scope_pack(apr_pool_t *pool, const msa_scope_t *scope);

/** Reads a detail; one that cannot be read, or is NULL, allows nothing. */
msa_scope_t msa_scope_read(apr_pool_t *pool, const char *detail);

/** True when an identity has all that the scope names. */
bool msa_scope_is_within(const msa_scope_t *scope, const msa_identity_t *identity);

/** Cuts the roles and permissions of an identity down to the scope in a personal ticket's detail.
 */
void msa_scope_restrict(apr_pool_t *pool, const char *detail, msa_identity_t *identity);

#endif
