/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_IDENTITY_POLICY_H
#define MSA_IDENTITY_POLICY_H

#include <stdbool.h>
#include "context.h"
#include "../store/users.h"

/* What is allowed: who may sign in, and which passwords and names are accepted (policy.c). */

/** Whether a user may sign in: MSA_OK; MSA_DISABLED_ACCOUNT; MSA_CONFIRMATION_REQUIRED where
 * sign-in asks for a confirmed address. */
msa_outcome_t msa_policy_signin(const msa_context_t *ctx, const msa_user_t *user);

/**
 * Judges a new password: UTF-8, its length in code points after NFKD within the settings' limits,
 * at most MSA_PASSWORD_BYTES_MAX bytes, not common, and not the user's email, either half of it,
 * the username or the site's name; `email` and `username` may be NULL. MSA_OK,
 * MSA_PASSWORD_NOT_PROVIDED, MSA_PASSWORD_INVALID_LENGTH (also when it is not UTF-8),
 * MSA_PASSWORD_TOO_SIMPLE.
 */
msa_outcome_t msa_policy_password(const msa_context_t *ctx, const char *password, const char *email,
                                  const char *username);
/** Judges a username: letters and digits of one script only, 4 to 32 code points after NFKD;
 * `*normal` is that form, which is stored. MSA_OK, MSA_USERNAME_DISALLOWED_CHARACTERS,
 * MSA_USERNAME_INVALID_LENGTH. */
msa_outcome_t msa_policy_username(const msa_context_t *ctx, const char *username,
                                  const char **normal);
/** True for the name of a role or a permission: 1 to 80 bytes of clean UTF-8, without a comma and
 * without a blank at either end. */
bool msa_policy_is_name(const char *name);

#endif
