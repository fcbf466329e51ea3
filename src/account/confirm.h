/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_ACCOUNT_CONFIRM_H
#define MSA_ACCOUNT_CONFIRM_H

/* Confirming an e-mail address: asking for the link, looking at it, using it. */

#include "../identity/context.h"
#include "../store/users.h"

/** Mails a new confirmation link. MSA_USER_DOES_NOT_EXIST, MSA_ALREADY_CONFIRMED,
 * MSA_INVALID_EMAIL_ADDRESS. */
msa_outcome_t msa_confirm_request(msa_context_t *ctx, const char *email);
/** Looks at a link without using it (HEAD, the one-button page): MSA_OK or what msa_confirm would
 * say. */
msa_outcome_t msa_confirm_inspect(msa_context_t *ctx, const char *secret, msa_user_t **user);
/** Uses a link up: the user is confirmed, with what the link brings along. Without a password
 * (`(*user)->password` NULL) he is to choose one: see msa_recover_link.
 * MSA_INVALID_CONFIRMATION_TOKEN, MSA_CONFIRMATION_EXPIRED, MSA_ALREADY_CONFIRMED. */
msa_outcome_t msa_confirm(msa_context_t *ctx, const char *secret, msa_user_t **user);

#endif
