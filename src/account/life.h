/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_ACCOUNT_LIFE_H
#define MSA_ACCOUNT_LIFE_H

#include "account.h"

/*
 * What the files about the life of an account share: finding by address, links, and the steps that
 * several changes of an account have in common.
 */

/**
 * `*normal` is the address as it would be stored (written whenever it is one), `*user` its owner.
 * MSA_INVALID_EMAIL_ADDRESS, MSA_USER_DOES_NOT_EXIST, MSA_BROKEN.
 */
msa_outcome_t msa_life_find(msa_context_t *ctx, const char *email, const char **normal,
                            msa_user_t **user);

/** MSA_DISABLED_ACCOUNT; MSA_CONFIRMATION_REQUIRED where sign-in asks for a confirmed address. */
msa_outcome_t msa_life_check(const msa_context_t *ctx, const msa_user_t *user);

/**
 * Issues a link to a user inside the caller's transaction. `path` is the endpoint's setting,
 * `detail` the address the link is bound to, `*url` the absolute URL.
 */
msa_outcome_t msa_life_link(msa_context_t *ctx, const msa_user_t *user, msa_purpose_t purpose,
                            const char *path, const char *detail, const char **url);

/** How long a link of this purpose works, in words for a mail. */
const char *msa_life_within(const msa_context_t *ctx, msa_purpose_t purpose);

/** Deletes the user's unspent tickets of a purpose, inside the caller's transaction. */
msa_outcome_t msa_life_drop(msa_context_t *ctx, apr_int64_t user_id, msa_purpose_t purpose);

/** Deletes all tickets of a user, inside the caller's transaction. */
msa_outcome_t msa_life_drop_all(msa_context_t *ctx, apr_int64_t user_id);

/** Writes a row with this detail and deletes it, inside the caller's transaction: work, no more. */
msa_outcome_t msa_life_pad(msa_context_t *ctx, const char *detail);

/**
 * Does the work of a link and its mail for an address that gets none: the mail is filled, tickets
 * are written and deleted, and the transaction is committed, so that the time tells nothing.
 * Nothing stays.
 */
msa_outcome_t msa_life_decoy(msa_context_t *ctx, const char *kind, const char *email,
                             msa_values_t *values);

/**
 * Mails the owner of an address that somebody gave as his own, with the links he may need: to reset
 * the password, to confirm the address. Inside the caller's transaction.
 */
msa_outcome_t msa_life_tell_owner(msa_context_t *ctx, const msa_user_t *owner);

/**
 * Gives a user a new stored password and fs_uniquifier (written back) inside the caller's
 * transaction, ends all that was handed out to him, and mails `notice` (NULL = none). MSA_NOT_FOUND
 * when another writer was first.
 */
msa_outcome_t msa_life_renew(msa_context_t *ctx, msa_user_t *user, const char *stored,
                             const char *notice);

/**
 * Ends the transaction of a change of this user with its note, or rolls back; tells the cache after
 * the commit. Returns `outcome`, or MSA_BROKEN.
 */
msa_outcome_t msa_life_end(msa_context_t *ctx, msa_outcome_t outcome, apr_int64_t user_id);

#endif
