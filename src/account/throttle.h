/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_ACCOUNT_THROTTLE_H
#define MSA_ACCOUNT_THROTTLE_H

#include "account.h"

/*
 * What is counted: failures to prove a password, and what strangers ask for. Whatever is known of
 * an account, the same statements are made for a name that nobody has.
 */

/** One attempt to prove a password: under which keys it counts. */
typedef struct msa_trial_t {
    const char *key;     /* of the account, or of the name that nobody has */
    const char *address; /* of the client; all of an IPv6 /64 are one */
} msa_trial_t;

/**
 * Before anything is hashed: MSA_THROTTLED when this account or client failed too often, else
 * MSA_OK with what msa_throttle_end needs. `user` NULL: nobody has `name` (as it was looked up);
 * `name` NULL: it cannot be a name at all, and counts for the client alone.
 */
msa_outcome_t msa_throttle_begin(msa_context_t *ctx, const msa_user_t *user, const char *name,
                                 msa_trial_t *trial);
/**
 * Counts what came of it: a failure is noted, a success forgets this account's failures from this
 * address. Returns `outcome`, or MSA_BROKEN.
 */
msa_outcome_t msa_throttle_end(msa_context_t *ctx, const msa_trial_t *trial, msa_outcome_t outcome);

/**
 * Counts a mail that somebody asked for to this address (normal form), by registration too, before
 * anything is hashed. MSA_TOO_MANY_REQUESTS: the client asked for throttle_requests of them within
 * the window, whoever they went to. MSA_OK: `*is_flooded` tells whether there were throttle_account
 * of them to this address, so that nobody's box is flooded.
 */
msa_outcome_t msa_throttle_mail(msa_context_t *ctx, const char *email, bool *is_flooded);

#endif
