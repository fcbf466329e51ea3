/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_ACCOUNT_LIFE_H
#define MSA_ACCOUNT_LIFE_H

#include "../identity/context.h"
#include "../store/purposes.h"
#include "../store/tickets.h"

/*
 * What the files about the life of an account share: finding by address, links, and the steps that
 * several changes of an account have in common.
 */

/**
 * Finds the owner of an address. `*normal` is the address as it would be stored (written also with
 * MSA_USER_DOES_NOT_EXIST and MSA_BROKEN), `*user` its owner. MSA_INVALID_EMAIL_ADDRESS,
 * MSA_USER_DOES_NOT_EXIST, MSA_BROKEN.
 */
msa_outcome_t msa_life_find(msa_context_t *ctx, const char *email, const char **normal,
                            msa_user_t **user);

/**
 * Issues a link to a user inside the caller's transaction. `path` is the endpoint's setting,
 * `detail` the address that the link is bound to, `*url` the absolute URL. Results as
 * msa_ticket_issue.
 */
msa_outcome_t msa_life_link(msa_context_t *ctx, const msa_user_t *user, msa_purpose_t purpose,
                            const char *path, const char *detail, const char **url);

/** The same for a confirmation link, which brings along what was registered; NULL = nothing. */
msa_outcome_t msa_life_confirm_link(msa_context_t *ctx, const msa_user_t *user,
                                    const char *registration, const char **url);

/** How long a link of this purpose works, in words for a mail; from ctx->pool. */
const char *msa_life_within(const msa_context_t *ctx, msa_purpose_t purpose);

/** Deletes the user's unspent tickets of a purpose, at most 100 of them, inside the caller's
 * transaction; `*count` = how many. */
msa_outcome_t msa_life_drop(msa_context_t *ctx, apr_int64_t user_id, msa_purpose_t purpose,
                            int *count);

/** Deletes all tickets of a user, inside the caller's transaction. MSA_OK also when there are
 * none. */
msa_outcome_t msa_life_drop_all(msa_context_t *ctx, apr_int64_t user_id);

/** A decoy: writes a row with this detail and deletes it, inside the caller's transaction. */
msa_outcome_t msa_life_decoy_row(msa_context_t *ctx, const char *detail);

/** A decoy: a statement that changes nothing and takes the time of one that would. */
msa_outcome_t msa_life_decoy_statement(msa_context_t *ctx);

/** Looks at a link of an email change (`purpose`: the change or the way back).
 * MSA_CHANGE_EMAIL_EXPIRED, MSA_API_ERROR (no such link), MSA_BROKEN. */
msa_outcome_t msa_life_inspect_change(msa_context_t *ctx, const char *secret, msa_purpose_t purpose,
                                      msa_ticket_t **ticket, msa_user_t **user);

/** Gives a user another, confirmed address inside the caller's transaction.
 * MSA_EMAIL_ALREADY_ASSOCIATED; MSA_NOT_FOUND: another writer came first. */
msa_outcome_t msa_life_set_email(msa_context_t *ctx, const msa_user_t *user, const char *email);

/** A mail that anyone may ask for: it carries one link. */
typedef struct msa_letter_t {
    const char *mail;      /* its template */
    const char *link;      /* the template's value for the link */
    msa_purpose_t purpose; /* of the link */
    bool replaces;         /* a new link ends the older ones */
} msa_letter_t;

/**
 * Writes the link and the mail in one transaction; `path` is the endpoint's setting. For an address
 * that gets none (`user` NULL) decoys make the same statements and leave nothing, so that the time
 * tells nothing. MSA_OK, MSA_USER_DOES_NOT_EXIST (the user changed meanwhile), MSA_BROKEN.
 */
msa_outcome_t msa_life_send(msa_context_t *ctx, const msa_letter_t *letter, const char *path,
                            const msa_user_t *user, const char *email);

/**
 * Answers somebody who asked for a mail to `email` (normal form; NULL = not an address, nothing is
 * done) with `outcome`: MSA_OK = the mail goes to `user`, unless too many were asked for
 * (MSA_THROTTLED). With generic responses the work is done in any case. Returns what is true, or
 * MSA_TOO_MANY_REQUESTS, MSA_BROKEN.
 */
msa_outcome_t msa_life_answer(msa_context_t *ctx, const msa_letter_t *letter, const char *path,
                              msa_outcome_t outcome, const msa_user_t *user, const char *email);

/**
 * Mails the owner of an address that somebody has given as theirs, with the links that the owner
 * may need: to reset the password, and to confirm the address, which brings `registration` along
 * (NULL = nothing). Inside the caller's transaction. MSA_OK, MSA_BROKEN.
 */
msa_outcome_t msa_life_tell_owner(msa_context_t *ctx, const msa_user_t *owner,
                                  const char *registration);

/** A decoy of the same work, for an address that enough mail has gone to: it leaves nothing. */
msa_outcome_t msa_life_decoy_tell_owner(msa_context_t *ctx, const char *email);

/**
 * Gives a user a new stored password (NULL = none) and fs_uniquifier (written back to `*user`)
 * inside the caller's transaction, and mails `notice` (NULL = none). Ends what was handed out to
 * them except the ticket `except_id` (0 = none), links that undo an email change, and remembered
 * browsers and addresses. MSA_NOT_FOUND: another writer came first.
 */
msa_outcome_t msa_life_renew(msa_context_t *ctx, msa_user_t *user, const char *stored,
                             apr_int64_t except_id, const char *notice);

#endif
