/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_ACCOUNT_UNDO_H
#define MSA_ACCOUNT_UNDO_H

#include "account.h"

/* The way back to the address that an account had before an e-mail change. */

/** Looks at a link that undoes a change; `*email` is the address it would put back. */
msa_outcome_t msa_undo_inspect(msa_context_t *ctx, const char *secret, msa_user_t **user,
                               const char **email);
/** An address that an account had, while whoever reads it can still take the account back. */
typedef struct msa_former_t {
    const char *address; /* masked: it is not the reader's to know */
    apr_time_t until;    /* 0 = always */
} msa_former_t;

/** Array of msa_former_t, each address once; empty when no way back is open, or `user` is NULL. */
msa_outcome_t msa_undo_list(msa_context_t *ctx, const msa_user_t *user,
                            apr_array_header_t **former);

/** Puts the earlier address back and ends all that was handed out. A password that was set after
 * the change was asked for is deleted. */
msa_outcome_t msa_undo(msa_context_t *ctx, const char *secret, msa_user_t **user);

/** Issues the link by which whoever reads the user's present address can put it back, inside the
 * caller's transaction; `*url` is absolute. */
msa_outcome_t msa_undo_link(msa_context_t *ctx, const msa_user_t *user, const char **url);

/**
 * Whether an address is kept for who had it before an e-mail change, because they may undo it
 * still: MSA_OK, MSA_NOT_FOUND, MSA_BROKEN.
 */
msa_outcome_t msa_undo_held(msa_context_t *ctx, const char *email);

/** Inside the transaction that stores the same password in another form: links that undo a change
 * still know it for the one that they were issued under. */
apr_status_t msa_undo_rehash(msa_context_t *ctx, apr_int64_t user_id,
                             const unsigned char from[MSA_DIGEST_SIZE],
                             const unsigned char to[MSA_DIGEST_SIZE]);

#endif
