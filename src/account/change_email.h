/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_ACCOUNT_CHANGE_EMAIL_H
#define MSA_ACCOUNT_CHANGE_EMAIL_H

/* Another address for an account: asking for it, looking at the link, using it. */

#include "../identity/identity.h"

/** Mails a link to the new address and a notice with an undo link to the old one. */
msa_outcome_t msa_change_email_request(msa_context_t *ctx, const msa_identity_t *identity,
                                       const char *email);
msa_outcome_t msa_change_email_inspect(msa_context_t *ctx, const char *secret, msa_user_t **user,
                                       const char **email);
msa_outcome_t msa_change_email(msa_context_t *ctx, const char *secret, msa_user_t **user);

#endif
