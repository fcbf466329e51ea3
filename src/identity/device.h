/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_IDENTITY_DEVICE_H
#define MSA_IDENTITY_DEVICE_H

#include <stdbool.h>
#include "identity.h"

/* Browsers and addresses that a user has signed in from before (device.c). */

/** What a request shows of where a user has signed in before. */
typedef struct msa_familiar_t {
    const msa_ticket_t *device; /* of this browser; NULL = this user has not signed in with it */
    const msa_ticket_t *place;  /* of this client's address, perhaps expired; NULL = none */
    bool is_place_live;
} msa_familiar_t;

/** How many browsers, and how many addresses, are remembered of one user: the last ones used. */
#define MSA_FAMILIAR_MAX 20

/** Looks for both in one read; with `user` NULL, for nobody, the work is the same and nothing is
 * found. MSA_OK, MSA_BROKEN. */
msa_outcome_t msa_familiar_find(msa_context_t *ctx, const msa_user_t *user,
                                msa_familiar_t *familiar);
/**
 * Remembers the client's address for thirty days for a user who has proved the password, and notes
 * at most once a day that it and the browser were used; `familiar` is what msa_familiar_find found.
 * Does nothing when SecurityThrottleAccount is off. Best effort: a failure is logged and changes
 * nothing.
 */
void msa_familiar_note(msa_context_t *ctx, const msa_user_t *user, const msa_familiar_t *familiar);

/**
 * Inside the transaction of a sign-in: recognises the browser by its device cookie, or issues it
 * one (`signin->device`, also when the cookie is to live longer). Mails the user
 * (SecuritySendNewLoginEmail) about a new browser when another has been used since the password
 * last changed. Does nothing when both that mail and SecurityThrottleAccount are off. MSA_OK,
 * MSA_UNAUTHENTICATED as msa_user_claim, MSA_BROKEN.
 */
msa_outcome_t msa_device_note(msa_context_t *ctx, const msa_user_t *user, msa_signin_t *signin);

#endif
