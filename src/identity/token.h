/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_IDENTITY_TOKEN_H
#define MSA_IDENTITY_TOKEN_H

#include "context.h"
#include "../store/users.h"

/* Personal access tokens (token.c). */

typedef struct msa_personal_token_t {
    apr_int64_t id;
    const char *name;
    const apr_array_header_t *roles, *permissions; /* the scope, of const char * */
    apr_time_t created_at, expires_at, used_at;
    const char *address; /* last used from; NULL = never used */
} msa_personal_token_t;

#define MSA_TOKEN_LIFETIME apr_time_from_sec(90 * 86400) /* when none is asked for */
#define MSA_TOKENS_MAX     200                           /* of one user */

/**
 * Makes a token for a user; it lives for `lifetime`, at most personal_token_max_age (0 = no limit).
 * `*secret` is `msa_` and 43 characters. MSA_TOKEN_SCOPE_EXCEEDED: the scope is not a subset of
 * what the user has; MSA_TOO_MANY_TOKENS: MSA_TOKENS_MAX of theirs are live; MSA_API_ERROR: a bad
 * name (blank, not clean, more than 80 bytes), a lifetime below a second, or a scope that is too
 * long; MSA_UNAUTHENTICATED as msa_user_claim.
 */
msa_outcome_t msa_token_create(msa_context_t *ctx, const msa_user_t *user, const char *name,
                               const apr_array_header_t *roles,
                               const apr_array_header_t *permissions, apr_interval_time_t lifetime,
                               const char **secret, msa_personal_token_t **token);

/** The live ones of a user, newest first, at most MSA_TOKENS_MAX: array of msa_personal_token_t *.
 * MSA_NOT_FOUND: the user is gone. */
msa_outcome_t msa_token_list(msa_context_t *ctx, apr_int64_t user_id, apr_array_header_t **tokens);
/** Ends one of them, or an authentication token. MSA_NOT_FOUND: the user has none with this
 * number. */
msa_outcome_t msa_token_revoke(msa_context_t *ctx, apr_int64_t user_id, apr_int64_t id);

#endif
