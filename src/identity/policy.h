/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_IDENTITY_POLICY_H
#define MSA_IDENTITY_POLICY_H

#include <stdbool.h>
#include "context.h"
#include "../store/users.h"

/* What is allowed: who may sign in, which passwords and names there may be (policy.c). */

/** MSA_DISABLED_ACCOUNT; MSA_CONFIRMATION_REQUIRED where sign-in asks for a confirmed address. */
msa_outcome_t msa_policy_signin(const msa_context_t *ctx, const msa_user_t *user);

/** Length in code points after NFKD, clean UTF-8, not the user's own e-mail or name. */
msa_outcome_t msa_policy_password(const msa_context_t *ctx, const char *password, const char *email,
                                  const char *username);
/** NFKD, letters and digits only, 4 to 32 code points; `*normal` is what is stored. */
msa_outcome_t msa_policy_username(const msa_context_t *ctx, const char *username,
                                  const char **normal);
/** A role name or permission: 1 to 80 bytes of clean UTF-8 without comma or white space around. */
bool msa_policy_is_name(const char *name);

#endif
