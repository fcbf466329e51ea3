/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_ACCOUNT_CHANGE_H
#define MSA_ACCOUNT_CHANGE_H

/* Another password or username for a user who is signed in. */

#include <stdbool.h>
#include "../identity/identity.h"

/**
 * Changes the password of a signed-in user: current one proved, policy, not the same; all tickets
 * end; a new session starts (`signin`), with a remember cookie when `remember`; notice mail.
 */
msa_outcome_t msa_change_password(msa_context_t *ctx, const msa_identity_t *identity,
                                  const char *password, const char *new_password, bool remember,
                                  msa_signin_t *signin, msa_user_t **user);
msa_outcome_t msa_change_username(msa_context_t *ctx, const msa_identity_t *identity,
                                  const char *username);

#endif
