/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_IDENTITY_SESSIONS_H
#define MSA_IDENTITY_SESSIONS_H

#include "identity.h"

/* What a user sees, and ends, of what was handed out to them (sessions.c). */

/**
 * What is live of a user, newest first: sessions, or authentication tokens (MSA_PURPOSE_TOKEN).
 * Array of msa_ticket_t *.
 */
msa_outcome_t msa_sessions_list(msa_context_t *ctx, apr_int64_t user_id, msa_purpose_t purpose,
                                apr_array_header_t **tickets);
/**
 * Ends one session with all that its sign-in handed out, or one authentication token. 0 = all
 * sessions, authentication tokens and remember cookies. MSA_NOT_FOUND.
 */
msa_outcome_t msa_sessions_end(msa_context_t *ctx, apr_int64_t user_id, apr_int64_t ticket_id);
/**
 * Ends all of them but that of `identity`. A session is renewed (see msa_signin_renew; `signin` is
 * left alone otherwise). MSA_UNAUTHENTICATED, and nothing is ended: it ended meanwhile.
 */
msa_outcome_t msa_sessions_end_others(msa_context_t *ctx, const msa_identity_t *identity,
                                      msa_signin_t *signin);

#endif
