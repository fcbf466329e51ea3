/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_ACCOUNT_RECOVER_H
#define MSA_ACCOUNT_RECOVER_H

/* A forgotten password: asking for the reset link, looking at it, using it. */

#include "../identity/context.h"
#include "../store/users.h"

/**
 * Mails a reset link, which ends older ones; nothing when SecuritySendPasswordResetEmail is off.
 * With generic responses the work is done in any case (msa_life_answer). MSA_INVALID_EMAIL_ADDRESS,
 * MSA_USER_DOES_NOT_EXIST, MSA_DISABLED_ACCOUNT, MSA_CONFIRMATION_REQUIRED, MSA_THROTTLED,
 * MSA_TOO_MANY_REQUESTS, MSA_BROKEN.
 */
msa_outcome_t msa_recover_request(msa_context_t *ctx, const char *email);
/** The secret of a reset link, without a mail, for a user who has proved by another link that they
 * read the address. Results as msa_ticket_issue. */
msa_outcome_t msa_recover_link(msa_context_t *ctx, const msa_user_t *user, const char **secret);

/** Looks at a link without using it. MSA_INVALID_RESET_PASSWORD_TOKEN (also when it went to an
 * address that is no longer the user's), MSA_PASSWORD_RESET_EXPIRED, MSA_BROKEN. */
msa_outcome_t msa_recover_inspect(msa_context_t *ctx, const char *secret, msa_user_t **user);
/** Sets the new password, uses the link up, ends what else the user has as msa_life_renew does, and
 * mails the notice. Results as msa_recover_inspect, msa_policy_password and msa_signin_hash. */
msa_outcome_t msa_recover(msa_context_t *ctx, const char *secret, const char *password,
                          msa_user_t **user);

#endif
