/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_ACCOUNT_RECOVER_H
#define MSA_ACCOUNT_RECOVER_H

/* A forgotten password: asking for the reset link, looking at it, using it. */

#include "../identity/context.h"
#include "../store/users.h"

/** Mails a reset link; kills older ones. Errors as msa_confirm_request, MSA_DISABLED_ACCOUNT,
 * MSA_CONFIRMATION_REQUIRED. */
msa_outcome_t msa_recover_request(msa_context_t *ctx, const char *email);
/** A reset link for who proved by another link that the address is his, without a mail. */
msa_outcome_t msa_recover_link(msa_context_t *ctx, const msa_user_t *user, const char **secret);
msa_outcome_t msa_recover_inspect(msa_context_t *ctx, const char *secret, msa_user_t **user);
/** Sets the new password, uses the link up, ends everything else of the user, mails the notice. */
msa_outcome_t msa_recover(msa_context_t *ctx, const char *secret, const char *password,
                          msa_user_t **user);

#endif
