/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_IDENTITY_TICKET_H
#define MSA_IDENTITY_TICKET_H

/* Tickets: secrets that are handed out once and kept as digests. How to issue, find, use,
 * replace and end one. */

#include <stdbool.h>
#include "context.h"
#include "../store/purposes.h"
#include "../store/tickets.h"

/** What stands before the secret of a personal access token, so that leaks can be searched for. */
#define MSA_PERSONAL_PREFIX "msa_"

/** True for what is spelled like a personal access token. */
bool msa_ticket_is_personal(const char *secret);

/** How many sessions, remember cookies and authentication tokens a user has, of each: more than
 * anybody has browsers and programs. */
#define MSA_SIGNINS_MAX 100

/** How many personal access tokens of a user there can be, dead ones that are not yet swept among
 * them. */
#define MSA_TOKENS_READ 1000

/** How long a ticket of this purpose lives under these settings; 0 = for ever. */
apr_interval_time_t msa_purpose_lifetime(const msa_settings_t *settings, msa_purpose_t purpose);

/** The digest of what makes a user's tickets valid: SHA-256 of stored password and fs_uniquifier.
 */
void msa_user_stamp(const msa_user_t *user, unsigned char stamp[MSA_DIGEST_SIZE]);

/**
 * What binds a ticket of this purpose to its user: the stamp; for a link that undoes an e-mail
 * change and for what a user has signed in with before, which outlive a new password, a digest of
 * what tells the account from every other: its id, create_datetime and fs_uniquifier.
 */
void msa_purpose_mark(msa_purpose_t purpose, const msa_user_t *user,
                      unsigned char mark[MSA_DIGEST_SIZE]);

/**
 * What to issue. Zero means: no family, not fresh, the purpose's lifetime, a secret of random bits.
 */
typedef struct msa_ticket_order_t {
    msa_purpose_t purpose;
    const char *secret; /* as long as a random one, and as hard to guess */
    const char *family;
    const char *detail;
    const char *registration;
    apr_time_t fresh_at;
    apr_interval_time_t lifetime; /* instead of the purpose's */
} msa_ticket_order_t;

/**
 * Keeps a user as he was read until the caller's transaction ends. MSA_UNAUTHENTICATED: he is not
 * that any more, but gone, deactivated, or under another password or fs_uniquifier.
 */
msa_outcome_t msa_user_claim(msa_context_t *ctx, const msa_user_t *user);

/**
 * How whoever ends tickets begins, inside the caller's transaction: waits for those who hand others
 * out to this user. MSA_OK also when he is gone.
 */
msa_outcome_t msa_user_wait(msa_context_t *ctx, apr_int64_t user_id);

/** Ends tickets (of msa_ticket_t *) in the caller's transaction. */
apr_status_t msa_ticket_end_each(msa_context_t *ctx, const apr_array_header_t *tickets);

/**
 * Inserts a ticket. Of some purposes a user has so many at once: what was used the longest ago
 * makes room (see msa_ticket_surplus). Exactly so many where the caller holds the user.
 */
apr_status_t msa_ticket_insert_bounded(msa_context_t *ctx, msa_ticket_t *ticket);

/**
 * Puts another ticket in the place of this one, which the caller's transaction holds: the same but
 * for its secret, and for what was changed in `*ticket` meanwhile. `*ticket` becomes what was
 * stored.
 */
msa_outcome_t msa_ticket_replace(msa_context_t *ctx, msa_ticket_t *ticket, const char **secret);

/**
 * Issues a ticket to a user inside the caller's transaction, bounded as above. `*secret` is its 43
 * characters, never stored; `*ticket` (may be NULL) what was stored. MSA_UNAUTHENTICATED as
 * msa_user_claim.
 */
msa_outcome_t msa_ticket_issue(msa_context_t *ctx, const msa_user_t *user,
                               const msa_ticket_order_t *order, const char **secret,
                               msa_ticket_t **ticket);

/** True when a ticket is bound to this user as they are now: neither to who had their number
 * before, nor to a password they no longer have. */
bool msa_ticket_is_of(const msa_ticket_t *ticket, const msa_user_t *user);

/**
 * Inside the transaction that gave a user another password and fs_uniquifier: deletes what hangs on
 * them, and lets what hangs on the account follow, and the ticket `except_id` (0 = none).
 */
msa_outcome_t msa_ticket_renew(msa_context_t *ctx, const msa_user_t *before,
                               const msa_user_t *after, apr_int64_t except_id);

/**
 * Finds the ticket of a secret and its user. MSA_NOT_FOUND: unknown, other purpose, other site,
 * spent, not bound to the user as they are now, user inactive or gone;
 * MSA_CONFIRMATION_EXPIRED stands for "expired" of any purpose. Changes nothing. `secret` need not
 * be well-formed. With `with_spent` a spent one is found too (spent_at tells).
 */
msa_outcome_t msa_ticket_inspect(msa_context_t *ctx, const char *secret, unsigned purposes,
                                 bool with_spent, msa_ticket_t **ticket, msa_user_t **user);

/**
 * Reads an inspected ticket and its user again, inside the caller's transaction, and keeps both as
 * they are now: `*ticket` (spent_at tells whether somebody used it meanwhile) and `*user` are
 * overwritten. MSA_NOT_FOUND: the ticket ended, or is not his any more. Whoever is about to use a
 * ticket decides after this, not by what an UPDATE did not change.
 */
msa_outcome_t msa_ticket_claim(msa_context_t *ctx, msa_ticket_t *ticket, msa_user_t *user);

/** Claims a ticket and spends it. MSA_NOT_FOUND also when somebody used it meanwhile. */
msa_outcome_t msa_ticket_use(msa_context_t *ctx, msa_ticket_t *ticket, msa_user_t *user);

/** True when the ticket table's row can be used by this request: audience and TLS. */
bool msa_ticket_is_for(const msa_context_t *ctx, const msa_ticket_t *ticket);

#endif
