/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_IDENTITY_FORMER_H
#define MSA_IDENTITY_FORMER_H

#include <stdbool.h>
#include "context.h"
#include "../store/tickets.h"

/* The former addresses of an account, and who can still put them back (former.c). */

/**
 * Issues the ticket with which anyone who reads the user's present address can put it back later,
 * inside the caller's transaction. `*secret` and results as msa_ticket_issue.
 */
msa_outcome_t msa_former_issue(msa_context_t *ctx, const msa_user_t *user, const char **secret);

/** The address that such a ticket would put back, pointing into its detail; NULL when it names
 * none. */
const char *msa_former_address(const msa_ticket_t *ticket);

/** True while the user's password and fs_uniquifier are those that the ticket was issued under.
 * Only for a ticket of which msa_former_address is not NULL. */
bool msa_former_is_same_password(apr_pool_t *pool, const msa_ticket_t *ticket,
                                 const msa_user_t *user);

/** A former address whose reader can still take the account back. */
typedef struct msa_former_t {
    const char *address; /* masked: the present owner is not to learn it */
    apr_time_t until;    /* 0 = always */
} msa_former_t;

/** Lists them: array of msa_former_t, each address once; empty when no way back is open, or when
 * `user` is NULL (which costs the same read). MSA_OK, MSA_BROKEN. */
msa_outcome_t msa_former_list(msa_context_t *ctx, const msa_user_t *user,
                              apr_array_header_t **former);

/**
 * Whether an address is kept for the person who had it before an email change, because they can
 * still undo that change. MSA_OK: it is; MSA_NOT_FOUND: it is not; MSA_BROKEN.
 */
msa_outcome_t msa_former_held(msa_context_t *ctx, const char *email);

/** Inside the transaction that stores the same password in another form: tells the links that undo
 * a change that the stamp `from`, which they were issued under, is now `to`. */
apr_status_t msa_former_rehash(msa_context_t *ctx, apr_int64_t user_id,
                               const unsigned char from[MSA_DIGEST_SIZE],
                               const unsigned char to[MSA_DIGEST_SIZE]);

#endif
