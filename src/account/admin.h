/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_ACCOUNT_ADMIN_H
#define MSA_ACCOUNT_ADMIN_H

#include <stdbool.h>
#include "../identity/context.h"
#include "../store/users.h"

/* Administration (admin.c, admin_roles.c): what the tool does. Any of these may return MSA_BROKEN;
 * those that change a user, MSA_USER_DOES_NOT_EXIST when they are gone. */

/** A user as the administrator orders it; NULL = none. `password` is in the clear. */
typedef struct msa_user_order_t {
    const char *email, *username, *password;
    const char *stored_password; /* an imported hash instead of a password */
    bool is_active, is_confirmed;
    const apr_array_header_t *roles; /* of const char *; NULL = none */
} msa_user_order_t;

/**
 * Makes a user. MSA_NOT_FOUND: no role of such a name; MSA_EMAIL_NOT_PROVIDED,
 * MSA_INVALID_EMAIL_ADDRESS, MSA_EMAIL_ALREADY_ASSOCIATED, MSA_USERNAME_ALREADY_ASSOCIATED, or as
 * msa_policy_username, msa_policy_password and msa_signin_hash.
 */
msa_outcome_t msa_admin_create_user(msa_context_t *ctx, const msa_user_order_t *order,
                                    msa_user_t **user);

/** Finds a user by email, username or `#id`. MSA_USER_DOES_NOT_EXIST. */
msa_outcome_t msa_admin_find_user(msa_context_t *ctx, const char *name, msa_user_t **user);

/** Activates or deactivates a user. */
msa_outcome_t msa_admin_set_active(msa_context_t *ctx, const msa_user_t *user, bool is_active);

/** Confirms a user's address without a link. MSA_ALREADY_CONFIRMED. */
msa_outcome_t msa_admin_confirm(msa_context_t *ctx, const msa_user_t *user);

/** Forgets the failures that lock an account. */
msa_outcome_t msa_admin_unlock(msa_context_t *ctx, const msa_user_t *user);

/** Sets a new password, which ends everything that was handed out, links that undo an email change
 * included. The policy applies: results as msa_policy_password and msa_signin_hash. */
msa_outcome_t msa_admin_set_password(msa_context_t *ctx, const msa_user_t *user,
                                     const char *password);

/** Sets a new fs_uniquifier: everything that was handed out ends; the password stays. */
msa_outcome_t msa_admin_reset_access(msa_context_t *ctx, const msa_user_t *user);

/** Deletes a user with all that belongs to them. */
msa_outcome_t msa_admin_delete_user(msa_context_t *ctx, const msa_user_t *user);

/** Of roles: MSA_NOT_FOUND = no such role, or nothing to remove or revoke; MSA_API_ERROR = a bad or
 * too long name, description or list; MSA_EMAIL_ALREADY_ASSOCIATED = a role with the name of a new
 * one exists. Giving what is given already is MSA_OK. */
msa_outcome_t msa_admin_create_role(msa_context_t *ctx, const char *name, const char *description,
                                    const apr_array_header_t *permissions);
msa_outcome_t msa_admin_delete_role(msa_context_t *ctx, const char *name);
msa_outcome_t msa_admin_add_role(msa_context_t *ctx, const msa_user_t *user, const char *role);
msa_outcome_t msa_admin_remove_role(msa_context_t *ctx, const msa_user_t *user, const char *role);
msa_outcome_t msa_admin_grant(msa_context_t *ctx, const char *role, const char *permission);
msa_outcome_t msa_admin_revoke(msa_context_t *ctx, const char *role, const char *permission);

#endif
