/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_ACCOUNT_UNDO_H
#define MSA_ACCOUNT_UNDO_H

#include "../identity/context.h"
#include "../store/users.h"

/* The way back to the address that an account had before an e-mail change. */

/** Looks at a link that undoes a change; `*email` is the address it would put back. */
msa_outcome_t msa_undo_inspect(msa_context_t *ctx, const char *secret, msa_user_t **user,
                               const char **email);

/** Puts the earlier address back and ends all that was handed out. A password that was set after
 * the change was asked for is deleted. */
msa_outcome_t msa_undo(msa_context_t *ctx, const char *secret, msa_user_t **user);

/** Issues the link by which whoever reads the user's present address can put it back, inside the
 * caller's transaction; `*url` is absolute. */
msa_outcome_t msa_undo_link(msa_context_t *ctx, const msa_user_t *user, const char **url);

#endif
