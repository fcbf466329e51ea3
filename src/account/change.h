/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_ACCOUNT_CHANGE_H
#define MSA_ACCOUNT_CHANGE_H

/* Changing the password or username of a user who is signed in. */

#include <stdbool.h>
#include "../identity/identity.h"

/**
 * Changes the password of a signed-in user: the current one proved, policy, not the same one; then
 * mails the notice, ends all tickets except remembered browsers and addresses and links that undo
 * an email change, and starts a new session (`signin`), with a remember cookie when `remember`.
 * Results as msa_signin_prove, msa_policy_password and msa_signin_hash; MSA_PASSWORD_IS_THE_SAME,
 * MSA_UNAUTHENTICATED. When only the session cannot be started, the new password counts all the
 * same.
 */
msa_outcome_t msa_change_password(msa_context_t *ctx, const msa_identity_t *identity,
                                  const char *password, const char *new_password, bool remember,
                                  msa_signin_t *signin, msa_user_t **user);

/** Changes the username of a signed-in user and mails the notice; the one they have already:
 * nothing. Results as msa_policy_username; MSA_USERNAME_ALREADY_ASSOCIATED, MSA_UNAUTHENTICATED,
 * MSA_BROKEN. */
msa_outcome_t msa_change_username(msa_context_t *ctx, const msa_identity_t *identity,
                                  const char *username);

#endif
