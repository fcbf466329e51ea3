/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_ACCOUNT_CHANGE_EMAIL_H
#define MSA_ACCOUNT_CHANGE_EMAIL_H

/* Changing the address of an account: asking for the link, looking at it, using it. */

#include "../identity/identity.h"

/**
 * Mails a link to the new address, and a notice with a link that undoes the change to the old one.
 * A taken address is answered with MSA_EMAIL_ALREADY_ASSOCIATED; with generic responses its owner
 * is mailed as well, and the page keeps the answer to itself. MSA_INVALID_EMAIL_ADDRESS,
 * MSA_UNAUTHENTICATED (the user is gone or inactive), MSA_THROTTLED (too many mails to the new
 * address: it gets none), MSA_TOO_MANY_REQUESTS, MSA_BROKEN.
 */
msa_outcome_t msa_change_email_request(msa_context_t *ctx, const msa_identity_t *identity,
                                       const char *email);

/** Looks at a link; `*email` is the new address. Results as msa_life_inspect_change with
 * MSA_PURPOSE_CHANGE_EMAIL. */
msa_outcome_t msa_change_email_inspect(msa_context_t *ctx, const char *secret, msa_user_t **user,
                                       const char **email);

/** Uses a link up: the address changes and counts as confirmed, and links sent to the old one end,
 * except those that undo a change. Results as msa_change_email_inspect,
 * MSA_EMAIL_ALREADY_ASSOCIATED. */
msa_outcome_t msa_change_email(msa_context_t *ctx, const char *secret, msa_user_t **user);

#endif
