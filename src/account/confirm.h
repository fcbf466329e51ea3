/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_ACCOUNT_CONFIRM_H
#define MSA_ACCOUNT_CONFIRM_H

/* Confirming an email address: asking for the link, looking at it, using it. */

#include "../identity/context.h"
#include "../store/users.h"

/** Mails a new confirmation link; with generic responses the work is done in any case
 * (msa_life_answer). MSA_INVALID_EMAIL_ADDRESS, MSA_USER_DOES_NOT_EXIST, MSA_DISABLED_ACCOUNT,
 * MSA_ALREADY_CONFIRMED, MSA_THROTTLED, MSA_TOO_MANY_REQUESTS, MSA_BROKEN. */
msa_outcome_t msa_confirm_request(msa_context_t *ctx, const char *email);
/** Looks at a link without using it (HEAD, the page with one button): MSA_OK or what msa_confirm
 * would return. */
msa_outcome_t msa_confirm_inspect(msa_context_t *ctx, const char *secret, msa_user_t **user);
/**
 * Uses a link up: the user is confirmed, with what the link brings along. One without a password
 * (`(*user)->password` NULL) is to choose it: see msa_recover_link. MSA_INVALID_CONFIRMATION_TOKEN,
 * MSA_CONFIRMATION_EXPIRED, MSA_ALREADY_CONFIRMED (also when the link was used before),
 * MSA_FIELD_REFUSED, MSA_BROKEN.
 */
msa_outcome_t msa_confirm(msa_context_t *ctx, const char *secret, msa_user_t **user);

#endif
