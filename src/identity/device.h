/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_IDENTITY_DEVICE_H
#define MSA_IDENTITY_DEVICE_H

#include <stdbool.h>
#include "identity.h"

/* Where somebody has signed in before: browsers and addresses (device.c). */

/** Where a user has signed in before: what a request shows of it. */
typedef struct msa_familiar_t {
    const msa_ticket_t *device; /* of this browser; NULL = it has none of this user's */
    const msa_ticket_t *place;  /* of this client's address; NULL = none */
    bool is_place_live;
} msa_familiar_t;

/** So many browsers and so many addresses of one user are known, the last ones. */
#define MSA_FAMILIAR_MAX 20

/** Looks for both in one read; `user` NULL = nobody, of whom nothing is found. MSA_OK, MSA_BROKEN.
 */
msa_outcome_t msa_familiar_find(msa_context_t *ctx, const msa_user_t *user,
                                msa_familiar_t *familiar);
/**
 * Remembers the client's address for a user who proved the password, for thirty days, and notes
 * that it and the browser were used; `familiar` is what was found. A service and no condition: what
 * fails is logged, no more.
 */
void msa_familiar_note(msa_context_t *ctx, const msa_user_t *user, const msa_familiar_t *familiar);

/**
 * Inside the transaction of a sign-in: knows the browser by its device cookie, or gives it one and,
 * when the user has used another since the password is the same, mails them
 * (SecuritySendNewLoginEmail).
 */
msa_outcome_t msa_device_note(msa_context_t *ctx, const msa_user_t *user, msa_signin_t *signin);

#endif
