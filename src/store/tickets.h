/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_STORE_TICKETS_H
#define MSA_STORE_TICKETS_H

/* Tickets as rows: secrets that were handed out, known by their digests. */

#include <stdbool.h>
#include <apr_tables.h>
#include <apr_time.h>
#include "users.h"
#include "../base/digest.h"

/** One secret handed out: session, remember cookie, token, link. Only its SHA-256 is stored. */
typedef struct msa_ticket_t {
    apr_int64_t id;
    unsigned char digest[MSA_DIGEST_SIZE]; /* SHA-256 of the secret's 43 characters */
    const char *purpose;                   /* the name of a msa_purpose_t */
    apr_int64_t user_id;
    unsigned char stamp[MSA_DIGEST_SIZE]; /* what binds it to the user */
    const char *family;   /* shared by all that one sign-in handed out; NULL = none */
    const char *audience; /* the site it is good for */
    apr_time_t created_at;
    apr_time_t expires_at;       /* absolute; 0 = never */
    apr_time_t used_at;          /* last seen; 0 = never */
    apr_time_t spent_at;         /* single use: when it was redeemed; 0 = not yet */
    apr_time_t fresh_at;         /* last proof of the password in this session; 0 = none */
    const char *address, *agent; /* of the client when issued or last used; NULL = not known */
    const char *detail;          /* what it is bound to: email, name, scope; NULL = nothing */
    const char *registration;    /* of a confirmation link; read by msa_ticket_registration only */
} msa_ticket_t;

/**
 * Inserts a ticket and writes its id back. An address or agent is cut to fit, or left out when it
 * is not clean UTF-8; for any other text that does not fit, APR_EINVAL.
 */
apr_status_t msa_ticket_insert(msa_db_t *db, apr_pool_t *pool, msa_ticket_t *ticket);
/** Reads the ticket with this digest. */
apr_status_t msa_ticket_by_digest(msa_db_t *db, apr_pool_t *pool,
                                  const unsigned char digest[MSA_DIGEST_SIZE],
                                  msa_ticket_t **ticket);
/**
 * Reads a ticket by id inside the caller's transaction; until its end nobody else can change the
 * row.
 */
apr_status_t msa_ticket_hold(msa_db_t *db, apr_pool_t *pool, apr_int64_t id, msa_ticket_t **ticket);
/** Reads what a confirmation link brings along; `*registration` NULL = nothing. */
apr_status_t msa_ticket_registration(msa_db_t *db, apr_pool_t *pool, apr_int64_t id,
                                     const char **registration);
/**
 * Those of two tickets, given by digest, that exist and are not spent, in no order: array of
 * msa_ticket_t *.
 */
apr_status_t msa_ticket_by_digests(msa_db_t *db, apr_pool_t *pool,
                                   const unsigned char one[MSA_DIGEST_SIZE],
                                   const unsigned char other[MSA_DIGEST_SIZE],
                                   apr_array_header_t **tickets);
/** Sets used_at = `now`, and the address and agent last seen. */
apr_status_t msa_ticket_touch(msa_db_t *db, apr_pool_t *pool, apr_int64_t id, const char *address,
                              const char *agent, apr_time_t now);
/*
 * These four look only at a ticket's id, digest, purpose and user_id, as they were read. Concerns,
 * for each of them: the ticket, if its purpose is a proof of who someone is (msa_purpose_is_proof).
 */

/** Sets used_at = `now`, and expires_at. */
apr_status_t msa_ticket_prolong(msa_db_t *db, apr_pool_t *pool, const msa_ticket_t *ticket,
                                apr_time_t expires_at, apr_time_t now);
/** Sets spent_at = `now` if the ticket is not spent; APR_NOTFOUND when someone else was first. */
apr_status_t msa_ticket_spend(msa_db_t *db, apr_pool_t *pool, const msa_ticket_t *ticket,
                              apr_time_t now);
/** Sets the time of the last proof of the password. */
apr_status_t msa_ticket_set_fresh(msa_db_t *db, apr_pool_t *pool, const msa_ticket_t *ticket,
                                  apr_time_t fresh_at);
/** Deletes a ticket; APR_NOTFOUND when it is gone already. */
apr_status_t msa_ticket_delete(msa_db_t *db, apr_pool_t *pool, const msa_ticket_t *ticket);
/**
 * Deletes all tickets of a user with this purpose (NULL = every purpose) except `except_id` (0 =
 * none); APR_NOTFOUND when there are none. Concerns: the user, if the purpose is a proof.
 */
apr_status_t msa_ticket_delete_of_user(msa_db_t *db, apr_pool_t *pool, apr_int64_t user_id,
                                       const char *purpose, apr_int64_t except_id);
/**
 * Deletes all tickets of a family of this user except `except_id` (0 = none); APR_NOTFOUND when
 * there are none. Concerns: the user.
 */
apr_status_t msa_ticket_delete_family(msa_db_t *db, apr_pool_t *pool, apr_int64_t user_id,
                                      const char *family, apr_int64_t except_id);
/** A ticket that is in use, and its user: of each only what binds the two together. */
typedef struct msa_holder_t {
    msa_ticket_t ticket; /* purpose, user_id, stamp */
    msa_user_t user;     /* id, password, fs_uniquifier, created_at */
} msa_holder_t;

/**
 * The live tickets of this family and purpose with their users, at most 100 and without those whose
 * stamp cannot be read: array of msa_holder_t.
 */
apr_status_t msa_ticket_holders(msa_db_t *db, apr_pool_t *pool, const char *family,
                                const char *purpose, apr_time_t now, apr_array_header_t **holders);
/**
 * Up to `limit` unspent tickets of a user, newest first; purpose NULL = all. Array of msa_ticket_t
 * *.
 */
apr_status_t msa_ticket_list(msa_db_t *db, apr_pool_t *pool, apr_int64_t user_id,
                             const char *purpose, int limit, apr_array_header_t **tickets);
/**
 * The unspent tickets of the same user and purpose that must go so that no more than `keep` are
 * left beside `next`, which is not inserted yet: first those that have expired, then those unused
 * for longest, where each counts as used later by as long as it was in use. At most 200: array of
 * msa_ticket_t *.
 */
apr_status_t msa_ticket_surplus(msa_db_t *db, apr_pool_t *pool, const msa_ticket_t *next, int keep,
                                apr_array_header_t **tickets);
/** The unspent tickets of a family and purpose, at most 200: array of msa_ticket_t *. */
apr_status_t msa_ticket_of_family(msa_db_t *db, apr_pool_t *pool, const char *family,
                                  const char *purpose, apr_array_header_t **tickets);
/** How many tickets a family and purpose have, spent ones included. */
apr_status_t msa_ticket_count_family(msa_db_t *db, apr_pool_t *pool, const char *family,
                                     const char *purpose, int *count);
/** Replaces the stamp `from` by `to`, which is the user's by now, in all of their tickets. */
apr_status_t msa_ticket_move_stamp(msa_db_t *db, apr_pool_t *pool, apr_int64_t user_id,
                                   const unsigned char from[MSA_DIGEST_SIZE],
                                   const unsigned char to[MSA_DIGEST_SIZE]);
/**
 * Replaces `from` by `to`, wherever it occurs, in the details of the user's tickets of a purpose.
 * Concerns: the user, if the purpose is a proof.
 */
apr_status_t msa_ticket_replace_detail(msa_db_t *db, apr_int64_t user_id, const char *purpose,
                                       const char *from, const char *to);
/**
 * Deletes up to `limit` tickets that expired before `before`, which must be in the past, and as
 * many that were spent before it. `*count` = the larger of the two numbers: `limit` when there may
 * be more.
 */
apr_status_t msa_ticket_sweep(msa_db_t *db, apr_pool_t *pool, apr_time_t before, int limit,
                              int *count);

#endif
