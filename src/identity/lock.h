/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_IDENTITY_LOCK_H
#define MSA_IDENTITY_LOCK_H

#include "context.h"
#include "../store/users.h"

/* Telling the owner of a locked account (lock.c). */

/**
 * Mails the owner that the account is locked to strangers, inside the caller's transaction. When
 * `user` is NULL (nobody has the address or username `name`) or may not sign in, a decoy does the
 * same work and leaves nothing. MSA_OK, MSA_BROKEN.
 */
msa_outcome_t msa_lock_tell(msa_context_t *ctx, const msa_user_t *user, const char *name);

#endif
