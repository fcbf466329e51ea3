/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_IDENTITY_LOCK_H
#define MSA_IDENTITY_LOCK_H

#include "context.h"
#include "../store/users.h"

/* An account that waits (lock.c). */

/**
 * Mails the owner that the account waits, inside the caller's transaction. For `name`, which nobody
 * has (`user` NULL), or whoever could not sign in, as much is done and nothing stays.
 */
msa_outcome_t msa_lock_tell(msa_context_t *ctx, const msa_user_t *user, const char *name);

#endif
