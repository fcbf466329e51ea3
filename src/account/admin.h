/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_ACCOUNT_ADMIN_H
#define MSA_ACCOUNT_ADMIN_H

#include <stdbool.h>
#include "../identity/context.h"
#include "../store/users.h"

/* Administration (admin.c, admin_roles.c): what the tool does. */

/** A user as the administrator orders it; NULL = none. `password` in clear. */
typedef struct msa_user_order_t {
    const char *email, *username, *password;
    const char *stored_password; /* an imported hash instead of a password */
    bool is_active, is_confirmed;
    const apr_array_header_t *roles; /* of const char *; NULL = none */
} msa_user_order_t;

msa_outcome_t msa_admin_create_user(msa_context_t *ctx, const msa_user_order_t *order,
                                    msa_user_t **user);
/** By e-mail, username or `#id`. MSA_USER_DOES_NOT_EXIST. */
msa_outcome_t msa_admin_find_user(msa_context_t *ctx, const char *name, msa_user_t **user);
msa_outcome_t msa_admin_set_active(msa_context_t *ctx, const msa_user_t *user, bool is_active);
msa_outcome_t msa_admin_confirm(msa_context_t *ctx, const msa_user_t *user);
/** Forgets the failures that make an account wait. */
msa_outcome_t msa_admin_unlock(msa_context_t *ctx, const msa_user_t *user);
/** New password: all sessions, tokens and links end. The policy applies. */
msa_outcome_t msa_admin_set_password(msa_context_t *ctx, const msa_user_t *user,
                                     const char *password);
/** New fs_uniquifier: everything handed out ends; the password stays. */
msa_outcome_t msa_admin_reset_access(msa_context_t *ctx, const msa_user_t *user);
msa_outcome_t msa_admin_delete_user(msa_context_t *ctx, const msa_user_t *user);
/** MSA_NOT_FOUND = no such role. */
msa_outcome_t msa_admin_create_role(msa_context_t *ctx, const char *name, const char *description,
                                    const apr_array_header_t *permissions);
msa_outcome_t msa_admin_delete_role(msa_context_t *ctx, const char *name);
msa_outcome_t msa_admin_add_role(msa_context_t *ctx, const msa_user_t *user, const char *role);
msa_outcome_t msa_admin_remove_role(msa_context_t *ctx, const msa_user_t *user, const char *role);
msa_outcome_t msa_admin_grant(msa_context_t *ctx, const char *role, const char *permission);
msa_outcome_t msa_admin_revoke(msa_context_t *ctx, const char *role, const char *permission);

#endif
