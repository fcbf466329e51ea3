/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_IDENTITY_THROTTLE_H
#define MSA_IDENTITY_THROTTLE_H

#include <stdbool.h>
#include "device.h"
#include "../store/attempts.h"

/*
 * What is counted: failures to prove a password, and what strangers ask for. A name that nobody has
 * costs the same statements as an account, whatever is known of that.
 */

/** One attempt to prove a password. */
typedef struct msa_trial_t {
    const msa_user_t *user; /* NULL = nobody has the name */
    const char *name;       /* as it was looked up; NULL = it cannot be a name at all */
    const char *password;
    msa_familiar_t familiar;
    msa_attempt_t attempt; /* what it counts under */
    msa_attempts_t count;  /* the attempts before it */
} msa_trial_t;

/**
 * Before anything is hashed, for a trial with user, name and password: MSA_THROTTLED when too many
 * attempts have failed, else MSA_OK with what msa_throttle_end needs; MSA_BROKEN. From a browser or
 * an address that the user has signed in from, only attempts from there count; from elsewhere,
 * those of all strangers. What cannot be a name counts for the client alone.
 */
msa_outcome_t msa_throttle_begin(msa_context_t *ctx, msa_trial_t *trial);
/**
 * Counts what came of the trial: a failure is noted, a success forgets this account's failures from
 * this address. The same wrong password again, from the same address, counts for the client alone.
 * When an account becomes locked to strangers its owner is told, once in the window; a mail that
 * cannot be written is logged and changes nothing. Returns `outcome`, or MSA_BROKEN when it could
 * not be counted.
 */
msa_outcome_t msa_throttle_end(msa_context_t *ctx, const msa_trial_t *trial, msa_outcome_t outcome);
/** Forgets all failures of an account, wherever they came from, and the mail that was asked for to
 * its address. MSA_OK, MSA_BROKEN. */
msa_outcome_t msa_throttle_forget(msa_context_t *ctx, const msa_user_t *user);

/**
 * Counts a mail that somebody asked for to this address (normal form), also by registering, before
 * anything is hashed. MSA_TOO_MANY_REQUESTS: the client has asked for throttle_requests of them
 * within the window, to whatever addresses. MSA_OK: `*is_flooded` tells whether throttle_account of
 * them have gone to this address, whose box is not to be flooded; when neither limit is set nothing
 * is counted and `*is_flooded` is left alone. MSA_BROKEN.
 */
msa_outcome_t msa_throttle_mail(msa_context_t *ctx, const char *email, bool *is_flooded);

#endif
