/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_IDENTITY_SESSION_H
#define MSA_IDENTITY_SESSION_H

#include <stdbool.h>
#include "identity.h"

/* What a sign-in hands out: sessions and authentication tokens (session.c). */

/**
 * Starts a session for a user who has proved who they are, in one transaction: tracking, a session
 * ticket, a remember ticket when `remember`, the device. Ends `previous`, the session that the
 * browser had (NULL, or anything but a session: nothing). `is_fresh` is false for links that do not
 * prove the password. MSA_UNAUTHENTICATED: the user is no longer as they were proved, see
 * msa_user_claim.
 */
msa_outcome_t msa_signin_start(msa_context_t *ctx, const msa_user_t *user, bool remember,
                               bool is_fresh, const msa_identity_t *previous, msa_signin_t *signin);

/**
 * Issues an authentication token (MSA_PURPOSE_TOKEN) to a user; `fresh_at` is the last proof of the
 * password (0 = none). The token belongs to the sign-in of `identity` and ends with it; NULL, a
 * password or a personal token: to none. MSA_UNAUTHENTICATED: that sign-in has ended meanwhile, or
 * the user is no longer as they were proved.
 */
msa_outcome_t msa_signin_token(msa_context_t *ctx, const msa_user_t *user,
                               const msa_identity_t *identity, apr_time_t fresh_at,
                               const char **token);

/** True for an identity by a session cookie of ours, not by a token, a password or
 * Flask-Security. */
bool msa_signin_is_session(const msa_identity_t *identity);

/**
 * Gives a session another secret, inside the caller's transaction: this shuts out anyone else who
 * has it because both showed one remember cookie at the same time. Family, times and detail stay;
 * with `is_proved` the session is fresh from now on. `signin` gets the secret and the identity as
 * it then is. MSA_UNAUTHENTICATED: the session has ended meanwhile.
 */
msa_outcome_t msa_signin_renew(msa_context_t *ctx, const msa_identity_t *identity, bool is_proved,
                               msa_signin_t *signin);

/* ---- steps that remember.c shares; all run inside the caller's transaction ---- */

/** Ends all that the sign-in of `previous` handed out; nothing for NULL, a password or a personal
 * token. */
msa_outcome_t msa_session_drop(msa_context_t *ctx, const msa_identity_t *previous);

/** Ends all that one sign-in handed out; MSA_OK also when there was nothing. */
msa_outcome_t msa_session_end_family(msa_context_t *ctx, apr_int64_t user_id, const char *family);

/** Issues a remember cookie that belongs to a sign-in, into `signin`. Results as
 * msa_ticket_issue. */
msa_outcome_t msa_session_remember(msa_context_t *ctx, const msa_user_t *user, const char *family,
                                   apr_interval_time_t lifetime, msa_signin_t *signin);

/** Notes in a user's identity that this session ticket proves it. */
void msa_session_identity(const msa_user_t *user, const msa_ticket_t *ticket,
                          msa_identity_t *identity);

#endif
