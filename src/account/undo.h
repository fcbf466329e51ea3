/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_ACCOUNT_UNDO_H
#define MSA_ACCOUNT_UNDO_H

#include "../identity/context.h"
#include "../store/users.h"

/* The way back to the address that an account had before an email change. */

/** Looks at a link that undoes a change; `*email` is the address it would put back. Results as
 * msa_life_inspect_change with MSA_PURPOSE_UNDO_EMAIL. */
msa_outcome_t msa_undo_inspect(msa_context_t *ctx, const char *secret, msa_user_t **user,
                               const char **email);

/** Puts the earlier address back and ends all that was handed out, other links of this kind
 * included. A password that was set after the change was asked for is deleted. Results as
 * msa_undo_inspect, MSA_EMAIL_ALREADY_ASSOCIATED. */
msa_outcome_t msa_undo(msa_context_t *ctx, const char *secret, msa_user_t **user);

/** Issues the link with which anyone who reads the user's present address can put it back, inside
 * the caller's transaction; `*url` is absolute. Results as msa_ticket_issue. */
msa_outcome_t msa_undo_link(msa_context_t *ctx, const msa_user_t *user, const char **url);

#endif
