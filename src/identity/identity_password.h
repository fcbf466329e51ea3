/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_IDENTITY_IDENTITY_PASSWORD_H
#define MSA_IDENTITY_IDENTITY_PASSWORD_H

/* Identities from a name and a password. */

#include "identity.h"

/**
 * Finds who has this name (email or username) and password, for HTTP Basic: no session, no
 * tracking. Throttled, hashed in a slot; upgrades an outdated hash. The password may also be a
 * personal access token of the user so named, which is neither throttled nor hashed.
 * MSA_UNAUTHENTICATED, MSA_THROTTLED, MSA_BUSY, MSA_BROKEN.
 */
msa_outcome_t msa_identity_by_password(msa_context_t *ctx, const char *name, const char *password,
                                       msa_identity_t **identity);

#endif
