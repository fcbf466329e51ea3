/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_IDENTITY_SIGNIN_H
#define MSA_IDENTITY_SIGNIN_H

#include <stdbool.h>
#include "identity.h"

/* The proof of a password, and the hash of a new one (signin.c). */

/**
 * Proves a password: throttle, find by `email` or else `username` (the other NULL), verify in a
 * hash slot (a dummy for unknown names), active, confirmed, upgrade of an outdated hash. Returns
 * what is true; the page decides what is published. `*user` as stored after an upgrade.
 */
msa_outcome_t msa_signin_check(msa_context_t *ctx, const char *email, const char *username,
                               const char *password, msa_user_t **user);

/**
 * Proves the password again: the token is fresh from now on, or the session, which is renewed (see
 * msa_signin_renew; `signin` is left alone otherwise). MSA_INVALID_PASSWORD otherwise;
 * MSA_UNAUTHENTICATED when it ended meanwhile.
 */
msa_outcome_t msa_signin_refresh(msa_context_t *ctx, const msa_identity_t *identity,
                                 const char *password, msa_signin_t *signin);

/**
 * Checks the password of a known user (throttled, in a hash slot): MSA_OK or MSA_INVALID_PASSWORD,
 * MSA_THROTTLED, MSA_BUSY, MSA_BROKEN. Upgrades an outdated hash; `user` then holds the new one.
 */
msa_outcome_t msa_signin_prove(msa_context_t *ctx, msa_user_t *user, const char *password);

/** Hashes a new password in a hash slot; one of those for whoever `is_newcomer` without an account.
 */
msa_outcome_t msa_signin_hash(msa_context_t *ctx, const char *password, bool is_newcomer,
                              const char **stored);

#endif
