/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_IDENTITY_REMEMBER_H
#define MSA_IDENTITY_REMEMBER_H

#include "identity.h"

/* What the remember cookie is good for (remember.c). */

/**
 * Signs in with a remember cookie: rotates it (a replay after the grace time ends its whole
 * family), and starts a session that is not fresh in the place of the one that the browser had.
 * However many requests show one cookie at the same time, they get one session. MSA_UNAUTHENTICATED
 * when it is not good, also because there were too many exchanges before it, which ends its family.
 */
msa_outcome_t msa_signin_revive(msa_context_t *ctx, const char *remember, msa_signin_t *signin);

/**
 * Signs out: ends all that the sign-in of `identity` (a session, or an authentication token) handed
 * out, and that of the remember cookie. Either may be NULL.
 */
msa_outcome_t msa_signin_end(msa_context_t *ctx, const msa_identity_t *identity,
                             const char *remember);

/** The same by the SHA-256 of the secret of a session or remember cookie, whatever site it is of;
 * of one that is nobody's there is nothing to end. */
msa_outcome_t msa_signin_end_digest(msa_context_t *ctx,
                                    const unsigned char digest[MSA_DIGEST_SIZE]);

#endif
