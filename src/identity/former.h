/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_IDENTITY_FORMER_H
#define MSA_IDENTITY_FORMER_H

#include <stdbool.h>
#include "context.h"
#include "../store/tickets.h"

/* The addresses that an account had before, and who can still put them back (former.c). */

/**
 * Issues the ticket by which whoever reads the user's present address can put it back, inside the
 * caller's transaction; `*secret` as msa_ticket_issue.
 */
msa_outcome_t msa_former_issue(msa_context_t *ctx, const msa_user_t *user, const char **secret);

/** The address that such a ticket would put back; NULL when it says none. */
const char *msa_former_address(const msa_ticket_t *ticket);

/** True while the user's password is the one that such a ticket was issued under. */
bool msa_former_is_same_password(apr_pool_t *pool, const msa_ticket_t *ticket,
                                 const msa_user_t *user);

/** An address that an account had, while whoever reads it can still take the account back. */
typedef struct msa_former_t {
    const char *address; /* masked: it is not the reader's to know */
    apr_time_t until;    /* 0 = always */
} msa_former_t;

/** Array of msa_former_t, each address once; empty when no way back is open, or `user` is NULL. */
msa_outcome_t msa_former_list(msa_context_t *ctx, const msa_user_t *user,
                              apr_array_header_t **former);

/**
 * Whether an address is kept for who had it before an e-mail change, because they may undo it
 * still: MSA_OK, MSA_NOT_FOUND, MSA_BROKEN.
 */
msa_outcome_t msa_former_held(msa_context_t *ctx, const char *email);

/** Inside the transaction that stores the same password in another form: links that undo a change
 * still know it for the one that they were issued under. */
apr_status_t msa_former_rehash(msa_context_t *ctx, apr_int64_t user_id,
                               const unsigned char from[MSA_DIGEST_SIZE],
                               const unsigned char to[MSA_DIGEST_SIZE]);

#endif
