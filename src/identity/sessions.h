/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_IDENTITY_SESSIONS_H
#define MSA_IDENTITY_SESSIONS_H

#include "identity.h"

/* What a user sees, and can end, of what was handed out to them (sessions.c). */

/**
 * What a user has that is live, newest first: sessions, or authentication tokens
 * (MSA_PURPOSE_TOKEN). Array of msa_ticket_t *. MSA_NOT_FOUND: the user is gone.
 */
msa_outcome_t msa_sessions_list(msa_context_t *ctx, apr_int64_t user_id, msa_purpose_t purpose,
                                apr_array_header_t **tickets);
/**
 * Ends one session with all that its sign-in handed out, or one authentication token. 0 = all
 * sessions, authentication tokens and remember cookies. MSA_NOT_FOUND: the user has no live one
 * with this number.
 */
msa_outcome_t msa_sessions_end(msa_context_t *ctx, apr_int64_t user_id, apr_int64_t ticket_id);
/**
 * Ends all of them but the ticket of `identity`; remember cookies all end, its own as well. When
 * that ticket is a session it is renewed (see msa_signin_renew); otherwise `signin` is left alone.
 * MSA_UNAUTHENTICATED: the session has ended meanwhile, and nothing was ended.
 */
msa_outcome_t msa_sessions_end_others(msa_context_t *ctx, const msa_identity_t *identity,
                                      msa_signin_t *signin);

#endif
