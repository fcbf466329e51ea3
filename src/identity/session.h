/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_IDENTITY_SESSION_H
#define MSA_IDENTITY_SESSION_H

#include <stdbool.h>
#include "identity.h"

/* What a sign-in hands out: sessions and authentication tokens (session.c). */

/**
 * Starts a session for a user who proved himself: tracking, a session ticket, a remember ticket
 * when asked; ends `previous` (the session the browser had; NULL = none). One transaction.
 * `is_fresh` false for links that do not prove the password. MSA_UNAUTHENTICATED: the user is not
 * as he was proved any more, see msa_user_claim.
 */
msa_outcome_t msa_signin_start(msa_context_t *ctx, const msa_user_t *user, bool remember,
                               bool is_fresh, const msa_identity_t *previous, msa_signin_t *signin);

/**
 * Issues an authentication token (MSA_PURPOSE_TOKEN) to a user; fresh_at as given (0 = not). It
 * belongs to the sign-in of `identity` (NULL = to none) and ends with it. MSA_UNAUTHENTICATED: that
 * ended meanwhile, or the user is not as they were proved any more.
 */
msa_outcome_t msa_signin_token(msa_context_t *ctx, const msa_user_t *user,
                               const msa_identity_t *identity, apr_time_t fresh_at,
                               const char **token);

/** True for who comes by a session of ours: by its cookie, not by a token or a password. */
bool msa_signin_is_session(const msa_identity_t *identity);

/**
 * Gives a session another secret, inside the caller's transaction: who else holds it, by a remember
 * cookie that both showed at the same time, is out. It keeps its family, its times and what it
 * notes; with `is_proved` it is fresh from now on. `signin` gets the secret, and the identity as it
 * is then; tell the cache of `identity` after the commit. MSA_UNAUTHENTICATED: it ended meanwhile.
 */
msa_outcome_t msa_signin_renew(msa_context_t *ctx, const msa_identity_t *identity, bool is_proved,
                               msa_signin_t *signin);

/* ---- steps that remember.c has in common with it; all inside the caller's transaction ---- */

/** Ends all that the sign-in of `previous` handed out; NULL or a password: nothing. */
msa_outcome_t msa_session_drop(msa_context_t *ctx, const msa_identity_t *previous);

/** Ends all that one sign-in handed out. */
msa_outcome_t msa_session_end_family(msa_context_t *ctx, apr_int64_t user_id, const char *family);

/** Issues a remember cookie that belongs to a sign-in. */
msa_outcome_t msa_session_remember(msa_context_t *ctx, const msa_user_t *user, const char *family,
                                   apr_interval_time_t lifetime, msa_signin_t *signin);

/** Notes in the identity of a user by which session it is proved. */
void msa_session_identity(const msa_user_t *user, const msa_ticket_t *ticket,
                          msa_identity_t *identity);

#endif
