/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_STORE_TICKETS_H
#define MSA_STORE_TICKETS_H

/* Tickets as rows: secrets that were handed out, by their digests. */

#include <stdbool.h>
#include <apr_tables.h>
#include <apr_time.h>
#include "users.h"
#include "../base/digest.h"

/** One secret handed out: session, remember cookie, token, link. Kept as SHA-256 only. */
typedef struct msa_ticket_t {
    apr_int64_t id;
    unsigned char digest[MSA_DIGEST_SIZE]; /* SHA-256 of the secret's 43 characters */
    const char *purpose;                   /* the name of a msa_purpose_t */
    apr_int64_t user_id;
    unsigned char stamp[MSA_DIGEST_SIZE]; /* what binds it to the user */
    const char *family;                   /* of all that one sign-in handed out; NULL */
    const char *audience;                 /* the site it is good for */
    apr_time_t created_at;
    apr_time_t expires_at;       /* absolute; 0 = never */
    apr_time_t used_at;          /* last seen; 0 = never */
    apr_time_t spent_at;         /* single use: when it was redeemed; 0 = not yet */
    apr_time_t fresh_at;         /* last proof of the password in this session; 0 = none */
    const char *address, *agent; /* of the client at issue or last use; NULL */
    const char *detail;          /* what it is bound to: e-mail, name, scope; NULL */
    const char *registration;    /* what a confirmation link brings along; not read with the rest */
} msa_ticket_t;

/** Inserts (id written back). */
apr_status_t msa_ticket_insert(msa_db_t *db, apr_pool_t *pool, msa_ticket_t *ticket);
apr_status_t msa_ticket_by_digest(msa_db_t *db, apr_pool_t *pool,
                                  const unsigned char digest[MSA_DIGEST_SIZE],
                                  msa_ticket_t **ticket);
/** By id, inside the caller's transaction, which keeps the row as it is now until its end. */
apr_status_t msa_ticket_hold(msa_db_t *db, apr_pool_t *pool, apr_int64_t id, msa_ticket_t **ticket);
/** What a confirmation link brings along; `*registration` NULL = nothing. */
apr_status_t msa_ticket_registration(msa_db_t *db, apr_pool_t *pool, apr_int64_t id,
                                     const char **registration);
/** Those of two digests that there are and that are not spent, in no order: array of msa_ticket_t
 * *.
 */
apr_status_t msa_ticket_by_digests(msa_db_t *db, apr_pool_t *pool,
                                   const unsigned char one[MSA_DIGEST_SIZE],
                                   const unsigned char other[MSA_DIGEST_SIZE],
                                   apr_array_header_t **tickets);
/** used_at, and the address and agent last seen. */
apr_status_t msa_ticket_touch(msa_db_t *db, apr_pool_t *pool, apr_int64_t id, const char *address,
                              const char *agent, apr_time_t now);
/*
 * Of a ticket that is changed or ended its id, digest, purpose and user_id are looked at, as they
 * were read. Concerns, of all from here on: the ticket, when its purpose is a proof of who somebody
 * is.
 */

/** used_at = now, and expires_at. */
apr_status_t msa_ticket_prolong(msa_db_t *db, apr_pool_t *pool, const msa_ticket_t *ticket,
                                apr_time_t expires_at, apr_time_t now);
/** spent_at = now if it was not spent; APR_NOTFOUND when somebody else was first. */
apr_status_t msa_ticket_spend(msa_db_t *db, apr_pool_t *pool, const msa_ticket_t *ticket,
                              apr_time_t now);
/** The last proof of the password. */
apr_status_t msa_ticket_set_fresh(msa_db_t *db, apr_pool_t *pool, const msa_ticket_t *ticket,
                                  apr_time_t fresh_at);
apr_status_t msa_ticket_delete(msa_db_t *db, apr_pool_t *pool, const msa_ticket_t *ticket);
/** All tickets of a user with this purpose (NULL = every purpose) but `except_id` (0 = none).
 * Concerns: the user, when it is a proof. */
apr_status_t msa_ticket_delete_of_user(msa_db_t *db, apr_pool_t *pool, apr_int64_t user_id,
                                       const char *purpose, apr_int64_t except_id);
/** All tickets of a user's family but `except_id` (0 = none). Concerns: the user. */
apr_status_t msa_ticket_delete_family(msa_db_t *db, apr_pool_t *pool, apr_int64_t user_id,
                                      const char *family, apr_int64_t except_id);
/** A ticket that is out, and who holds it: of each only what binds them together. */
typedef struct msa_holder_t {
    msa_ticket_t ticket; /* purpose, user_id, stamp */
    msa_user_t user;     /* id, password, fs_uniquifier, created_at */
} msa_holder_t;

/** The live tickets of this family and purpose (at most 100) with their users; array of
 * msa_holder_t. */
apr_status_t msa_ticket_holders(msa_db_t *db, apr_pool_t *pool, const char *family,
                                const char *purpose, apr_time_t now, apr_array_header_t **holders);
/** Up to `limit` unspent tickets of a user, newest first; purpose NULL = all. Array of msa_ticket_t
 * *. */
apr_status_t msa_ticket_list(msa_db_t *db, apr_pool_t *pool, apr_int64_t user_id,
                             const char *purpose, int limit, apr_array_header_t **tickets);
/**
 * Which of the unspent tickets of its user and purpose must go so that no more than `keep` stay
 * beside `next`, which is not inserted yet: first those that are over, then those that were last
 * used the longest ago, where what was in use for long counts as used that much later. At most
 * 200; array of msa_ticket_t *.
 */
apr_status_t msa_ticket_surplus(msa_db_t *db, apr_pool_t *pool, const msa_ticket_t *next, int keep,
                                apr_array_header_t **tickets);
/** The unspent tickets of a family and purpose, at most 200; array of msa_ticket_t *. */
apr_status_t msa_ticket_of_family(msa_db_t *db, apr_pool_t *pool, const char *family,
                                  const char *purpose, apr_array_header_t **tickets);
/** How many there are of a family and purpose, the spent ones among them. */
apr_status_t msa_ticket_count_family(msa_db_t *db, apr_pool_t *pool, const char *family,
                                     const char *purpose, int *count);
/** Gives every ticket of the user that carries `from` the stamp `to`, which is theirs by now. */
apr_status_t msa_ticket_move_stamp(msa_db_t *db, apr_pool_t *pool, apr_int64_t user_id,
                                   const unsigned char from[MSA_DIGEST_SIZE],
                                   const unsigned char to[MSA_DIGEST_SIZE]);
/** Replaces a part of the detail of the user's tickets of a purpose. Concerns: the user, when it is
 * a proof. */
apr_status_t msa_ticket_replace_detail(msa_db_t *db, apr_int64_t user_id, const char *purpose,
                                       const char *from, const char *to);
/** Deletes up to `limit` tickets that expired before `before`, a time that is over, and as many
 * that were spent before it; `*count` = `limit` when there may be more of either. */
apr_status_t msa_ticket_sweep(msa_db_t *db, apr_pool_t *pool, apr_time_t before, int limit,
                              int *count);

#endif
