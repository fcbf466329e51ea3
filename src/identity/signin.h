/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_IDENTITY_SIGNIN_H
#define MSA_IDENTITY_SIGNIN_H

#include <stdbool.h>
#include "identity.h"

/* Proving a password, and hashing a new one (signin.c). */

/**
 * Proves a password: throttle, find by `email` or else `username` (the other NULL), verify in a
 * hash slot (a dummy for unknown names), upgrade an outdated hash, then active, confirmed. `*user`
 * is as stored after an upgrade. Returns what is true; the page decides what is published:
 * MSA_INVALID_PASSWORD, MSA_USER_DOES_NOT_EXIST, MSA_DISABLED_ACCOUNT, MSA_CONFIRMATION_REQUIRED,
 * MSA_THROTTLED, MSA_BUSY, MSA_BROKEN.
 */
msa_outcome_t msa_signin_check(msa_context_t *ctx, const char *email, const char *username,
                               const char *password, msa_user_t **user);

/**
 * Proves the password again: the token of `identity` is fresh from now on, or its session, which is
 * renewed (see msa_signin_renew; otherwise `signin` is left alone). Results as msa_signin_prove;
 * MSA_UNAUTHENTICATED: the user or the ticket has ended meanwhile.
 */
msa_outcome_t msa_signin_refresh(msa_context_t *ctx, const msa_identity_t *identity,
                                 const char *password, msa_signin_t *signin);

/**
 * Checks the password of a known user (throttled, in a hash slot): MSA_OK or MSA_INVALID_PASSWORD,
 * MSA_THROTTLED, MSA_BUSY, MSA_BROKEN. Upgrades an outdated hash; `user` then has the new one.
 */
msa_outcome_t msa_signin_prove(msa_context_t *ctx, msa_user_t *user, const char *password);

/** Hashes a new password in a hash slot; `is_newcomer`: for somebody without an account, who gets
 * only one of the slots that newcomers may take. MSA_OK, MSA_BUSY, MSA_PASSWORD_INVALID_LENGTH,
 * MSA_BROKEN (logged). */
msa_outcome_t msa_signin_hash(msa_context_t *ctx, const char *password, bool is_newcomer,
                              const char **stored);

#endif
