/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_IDENTITY_TICKET_H
#define MSA_IDENTITY_TICKET_H

/* Tickets: secrets that are handed out once and kept as digests; how to issue, find, use, replace
 * and end one. */

#include <stdbool.h>
#include "context.h"
#include "../store/purposes.h"
#include "../store/tickets.h"

/** The prefix of a personal access token, so that leaked ones can be searched for. */
#define MSA_PERSONAL_PREFIX "msa_"

/** True for what is spelled like a personal access token: the prefix and a secret. */
bool msa_ticket_is_personal(const char *secret);

/** How many sessions, remember cookies and authentication tokens a user may have, of each: more
 * than anyone has browsers and programs. */
#define MSA_SIGNINS_MAX 100

/** How many personal access tokens a user may have, including dead ones not yet swept. */
#define MSA_TOKENS_READ 1000

/** How long a ticket of this purpose lives under these settings; 0 = for ever. */
apr_interval_time_t msa_purpose_lifetime(const msa_settings_t *settings, msa_purpose_t purpose);

/** The digest that a user's tickets are valid under: SHA-256 over the stored password and
 * fs_uniquifier. */
void msa_user_stamp(const msa_user_t *user, unsigned char stamp[MSA_DIGEST_SIZE]);

/**
 * What binds a ticket of this purpose to its user: the stamp. For links that undo an email change,
 * and for browsers and addresses that a user has signed in from, which outlive a new password: a
 * digest of what tells the account from every other, its id, create_datetime and fs_uniquifier.
 */
void msa_purpose_mark(msa_purpose_t purpose, const msa_user_t *user,
                      unsigned char mark[MSA_DIGEST_SIZE]);

/**
 * What to issue. Zero or NULL: no family, no detail, no registration, not fresh, the purpose's
 * lifetime, a random secret.
 */
typedef struct msa_ticket_order_t {
    msa_purpose_t purpose;
    const char *secret; /* 43 characters, as hard to guess as a random one */
    const char *family;
    const char *detail;
    const char *registration;
    apr_time_t fresh_at;
    apr_interval_time_t lifetime; /* instead of the purpose's */
} msa_ticket_order_t;

/**
 * Locks a user as they were read until the caller's transaction ends. MSA_UNAUTHENTICATED: they
 * have changed, that is, are gone, deactivated, or under another password or fs_uniquifier. A user
 * with the id 0 stands for nobody and is always MSA_OK while no row has it.
 */
msa_outcome_t msa_user_claim(msa_context_t *ctx, const msa_user_t *user);

/**
 * Begins the ending of a user's tickets, inside the caller's transaction: locks the user, and so
 * waits for anyone who is issuing some. MSA_OK also when the user is gone.
 */
msa_outcome_t msa_user_wait(msa_context_t *ctx, apr_int64_t user_id);

/** The one of these tickets (of msa_ticket_t *) that has this id; NULL = none. */
const msa_ticket_t *msa_ticket_pick(const apr_array_header_t *tickets, apr_int64_t id);

/** Ends tickets (array of msa_ticket_t *) in the caller's transaction; those that are gone already
 * are passed over. APR_SUCCESS or the store's error. */
apr_status_t msa_ticket_end_each(msa_context_t *ctx, const apr_array_header_t *tickets);

/**
 * Inserts a ticket in the caller's transaction. Some purposes have a bound on how many a user may
 * have: the least recently used make room (see msa_ticket_surplus). The bound is exact where the
 * caller has locked the user.
 */
apr_status_t msa_ticket_insert_bounded(msa_context_t *ctx, msa_ticket_t *ticket);

/**
 * Puts another ticket in place of this one, which the caller's transaction has locked: the same but
 * for its secret and for what the caller has changed in `*ticket`. `*ticket` becomes what was
 * stored, `*secret` its new secret. MSA_NOT_FOUND: it is gone.
 */
msa_outcome_t msa_ticket_replace(msa_context_t *ctx, msa_ticket_t *ticket, const char **secret);

/**
 * Issues a ticket to a user inside the caller's transaction, bounded as above. `*secret` is its 43
 * characters, which are never stored; `*ticket` (may be NULL) is what was stored.
 * MSA_UNAUTHENTICATED as msa_user_claim.
 */
msa_outcome_t msa_ticket_issue(msa_context_t *ctx, const msa_user_t *user,
                               const msa_ticket_order_t *order, const char **secret,
                               msa_ticket_t **ticket);

/** True when a ticket is bound to this user as they are now: neither to somebody who had their
 * number before, nor to a password they no longer have. */
bool msa_ticket_is_of(const msa_ticket_t *ticket, const msa_user_t *user);

/**
 * Inside the transaction that gave a user another password and fs_uniquifier: deletes the tickets
 * that are bound to those; rebinds the tickets that are bound to the account, and the ticket
 * `except_id` (0 = none). MSA_OK, MSA_BROKEN.
 */
msa_outcome_t msa_ticket_renew(msa_context_t *ctx, const msa_user_t *before,
                               const msa_user_t *after, apr_int64_t except_id);

/**
 * Finds the ticket of a secret and its user; changes nothing. `purposes`: bits `1u << purpose`.
 * `secret` need not be well-formed. MSA_NOT_FOUND: unknown, of another purpose or site, spent, not
 * bound to the user as they are now, or the user is inactive or gone. MSA_CONFIRMATION_EXPIRED:
 * expired, whatever its purpose. With `with_spent` a spent one is found too (spent_at tells).
 */
msa_outcome_t msa_ticket_inspect(msa_context_t *ctx, const char *secret, unsigned purposes,
                                 bool with_spent, msa_ticket_t **ticket, msa_user_t **user);

/**
 * Locks an inspected ticket and its user, inside the caller's transaction, and reads both again:
 * `*ticket` (spent_at tells whether it has been used meanwhile) and `*user` are overwritten.
 * MSA_NOT_FOUND: the ticket has ended or is no longer theirs, or they are inactive. Anyone about to
 * use a ticket decides after this, not by what an UPDATE did not change.
 */
msa_outcome_t msa_ticket_claim(msa_context_t *ctx, msa_ticket_t *ticket, msa_user_t *user);

/** Claims a ticket and spends it. MSA_NOT_FOUND also when it has been used meanwhile. */
msa_outcome_t msa_ticket_use(msa_context_t *ctx, msa_ticket_t *ticket, msa_user_t *user);

/** True when this request may use the ticket: its audience is this site and, for cookies, a
 * connection of the same kind (TLS or not). */
bool msa_ticket_is_for(const msa_context_t *ctx, const msa_ticket_t *ticket);

#endif
