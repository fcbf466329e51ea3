/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_IDENTITY_THROTTLE_H
#define MSA_IDENTITY_THROTTLE_H

#include <stdbool.h>
#include "device.h"
#include "../store/attempts.h"

/*
 * What is counted: failures to prove a password, and what strangers ask for. Whatever is known of
 * an account, the same statements are made for a name that nobody has.
 */

/** One attempt to prove a password. */
typedef struct msa_trial_t {
    const msa_user_t *user; /* NULL = nobody has the name */
    const char *name;       /* as it was looked up; NULL = it cannot be a name at all */
    const char *password;
    msa_familiar_t familiar;
    msa_attempt_t attempt; /* what it counts under */
    msa_attempts_t count;  /* of those before it */
} msa_trial_t;

/**
 * Before anything is hashed, of a trial with user, name and password: MSA_THROTTLED when too many
 * failed, else MSA_OK with what msa_throttle_end needs. From a browser or an address that the user
 * has signed in with, only those from there count; else all of strangers'. What cannot be a name
 * counts for the client alone.
 */
msa_outcome_t msa_throttle_begin(msa_context_t *ctx, msa_trial_t *trial);
/**
 * Counts what came of it: a failure is noted, a success forgets this account's failures from this
 * address. The same password again, from the same address, counts for the client alone. When an
 * account waits for strangers its owner is told, once in the window; a mail that cannot be written
 * is logged and changes nothing. Returns `outcome`, or MSA_BROKEN.
 */
msa_outcome_t msa_throttle_end(msa_context_t *ctx, const msa_trial_t *trial, msa_outcome_t outcome);
/** Forgets all failures of an account, wherever from, and the mails that were asked for to it. */
msa_outcome_t msa_throttle_forget(msa_context_t *ctx, const msa_user_t *user);

/**
 * Counts a mail that somebody asked for to this address (normal form), by registration too, before
 * anything is hashed. MSA_TOO_MANY_REQUESTS: the client asked for throttle_requests of them within
 * the window, whoever they went to. MSA_OK: `*is_flooded` tells whether there were throttle_account
 * of them to this address, so that nobody's box is flooded.
 */
msa_outcome_t msa_throttle_mail(msa_context_t *ctx, const char *email, bool *is_flooded);

#endif
