/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_IDENTITY_TOKEN_H
#define MSA_IDENTITY_TOKEN_H

#include "context.h"
#include "../store/users.h"

/* Personal access tokens (token.c). */

typedef struct msa_personal_token_t {
    apr_int64_t id;
    const char *name;
    const apr_array_header_t *roles, *permissions; /* scope, of const char * */
    apr_time_t created_at, expires_at, used_at;
    const char *address; /* last seen from; NULL */
} msa_personal_token_t;

#define MSA_TOKEN_LIFETIME apr_time_from_sec(90 * 86400) /* when nobody says another */
#define MSA_TOKENS_MAX     200                           /* of one user */

/** Makes one for a user; its scope is a subset of what he has (MSA_TOKEN_SCOPE_EXCEEDED otherwise).
 * MSA_TOO_MANY_TOKENS = MSA_TOKENS_MAX are alive. `*secret` = msa_.... */
msa_outcome_t msa_token_create(msa_context_t *ctx, const msa_user_t *user, const char *name,
                               const apr_array_header_t *roles,
                               const apr_array_header_t *permissions, apr_interval_time_t lifetime,
                               const char **secret, msa_personal_token_t **token);
msa_outcome_t msa_token_list(msa_context_t *ctx, apr_int64_t user_id, apr_array_header_t **tokens);
/** Ends one of them, or an authentication token. MSA_NOT_FOUND. */
msa_outcome_t msa_token_revoke(msa_context_t *ctx, apr_int64_t user_id, apr_int64_t id);

#endif
