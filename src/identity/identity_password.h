/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_IDENTITY_IDENTITY_PASSWORD_H
#define MSA_IDENTITY_IDENTITY_PASSWORD_H

/* Who has this name and password. */

#include "identity.h"

/**
 * Who has this name (e-mail, or username) and password? Throttled, hashed in a slot, upgrades the
 * stored hash. For Basic: no session, no tracking. `name` may also go with a personal access token
 * as password. MSA_UNAUTHENTICATED, MSA_THROTTLED, MSA_BUSY, MSA_BROKEN.
 */
msa_outcome_t msa_identity_by_password(msa_context_t *ctx, const char *name, const char *password,
                                       msa_identity_t **identity);

#endif
