/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_IDENTITY_REMEMBER_H
#define MSA_IDENTITY_REMEMBER_H

#include "identity.h"

/* Signing in with a remember cookie, and signing out (remember.c). */

/**
 * Signs in with a remember cookie: rotates it (a replay after the grace time ends its whole family)
 * and starts a session that is not fresh in place of the one that the browser had. However many
 * requests show one cookie at the same time, they get one session, and only the first gets the next
 * cookie. MSA_UNAUTHENTICATED: the cookie is not good, or its family has been exchanged too often,
 * which ends the family.
 */
msa_outcome_t msa_signin_revive(msa_context_t *ctx, const char *remember, msa_signin_t *signin);

/**
 * Signs out: ends all that the sign-in of `identity` (a session or an authentication token) handed
 * out, and all that belongs to the remember cookie. Either may be NULL.
 */
msa_outcome_t msa_signin_end(msa_context_t *ctx, const msa_identity_t *identity,
                             const char *remember);

/** Signs out by the SHA-256 of the secret of a session or remember cookie, of whatever site. MSA_OK
 * also when it belongs to nobody: then there is nothing to end. */
msa_outcome_t msa_signin_end_digest(msa_context_t *ctx,
                                    const unsigned char digest[MSA_DIGEST_SIZE]);

#endif
