/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_STORE_USERS_H
#define MSA_STORE_USERS_H

#include <stdbool.h>
#include <apr_tables.h>
#include <apr_time.h>
#include "db.h"

/* Users. Identities are compared with msa_text_identity_key, whatever the collation says; when
 * several rows share a key, the one spelled exactly as asked is found, else none. */

typedef struct msa_user_t {
    apr_int64_t id;
    const char *email;
    const char *username; /* NULL = none */
    const char *password; /* the stored hash; NULL = none */
    bool is_active;
    const char *fs_uniquifier;
    apr_time_t confirmed_at;
    apr_time_t last_login_at, current_login_at;
    const char *last_login_ip, *current_login_ip; /* NULL = none */
    apr_int64_t login_count;
    apr_time_t created_at;
} msa_user_t;

apr_status_t msa_user_by_id(msa_db_t *db, apr_pool_t *pool, apr_int64_t id, msa_user_t **user);
/**
 * The same inside the caller's transaction, which sees the row as it is now and keeps it so until
 * its end. Whoever hands out or ends tickets of a user begins with this: so they come one by one.
 */
apr_status_t msa_user_hold(msa_db_t *db, apr_pool_t *pool, apr_int64_t id, msa_user_t **user);
apr_status_t msa_user_by_email(msa_db_t *db, apr_pool_t *pool, const char *email,
                               msa_user_t **user);
apr_status_t msa_user_by_username(msa_db_t *db, apr_pool_t *pool, const char *username,
                                  msa_user_t **user);
apr_status_t msa_user_by_uniquifier(msa_db_t *db, apr_pool_t *pool, const char *fs_uniquifier,
                                    msa_user_t **user);
/** Inserts (id ignored, written back) with created/updated times `now`; APR_EEXIST = e-mail or
 * username taken. */
apr_status_t msa_user_create(msa_db_t *db, apr_pool_t *pool, msa_user_t *user, apr_time_t now);
/** Writes one further column of the user table that the administrator listed
 * (SecurityRegisterFields), inside the caller's transaction. None of them says who somebody is. */
apr_status_t msa_user_set_column(msa_db_t *db, apr_pool_t *pool, apr_int64_t id, const char *column,
                                 const char *value, apr_time_t now);
/**
 * Replaces the stored password when it still is `old_password` (NULL = whatever it is), and
 * fs_uniquifier when `fs_uniquifier` is not NULL. APR_NOTFOUND when another writer was first.
 * Concerns: the user, whose tickets are void.
 */
apr_status_t msa_user_set_password(msa_db_t *db, apr_pool_t *pool, apr_int64_t id,
                                   const char *old_password, const char *new_password,
                                   const char *fs_uniquifier, apr_time_t now);
/**
 * Puts another hash of the same password in the place of `old_password`; APR_NOTFOUND when another
 * writer was first. Whoever does it gives the tickets the new stamp in the same transaction: so all
 * stays as it was.
 */
apr_status_t msa_user_rehash(msa_db_t *db, apr_pool_t *pool, apr_int64_t id,
                             const char *old_password, const char *new_password, apr_time_t now);
/** Concerns: the user, whose tickets are void. */
apr_status_t msa_user_set_uniquifier(msa_db_t *db, apr_pool_t *pool, apr_int64_t id,
                                     const char *fs_uniquifier, apr_time_t now);
/** Concerns: the user. */
apr_status_t msa_user_set_active(msa_db_t *db, apr_pool_t *pool, apr_int64_t id, bool is_active,
                                 apr_time_t now);
/** Concerns: the user. */
apr_status_t msa_user_set_confirmed(msa_db_t *db, apr_pool_t *pool, apr_int64_t id,
                                    apr_time_t confirmed_at, apr_time_t now);
/** APR_EEXIST when taken; APR_NOTFOUND when the address no longer is `old_email`. Concerns: the
 * user. */
apr_status_t msa_user_set_email(msa_db_t *db, apr_pool_t *pool, apr_int64_t id,
                                const char *old_email, const char *new_email,
                                apr_time_t confirmed_at, apr_time_t now);
/** APR_EEXIST when taken. Concerns: the user. */
apr_status_t msa_user_set_username(msa_db_t *db, apr_pool_t *pool, apr_int64_t id,
                                   const char *username, apr_time_t now);
/** Login tracking in one statement: last_* = current_* (or now/address), current_* = now/address,
 * count + 1. Addresses that do not fit their columns become NULL; what still is refused is not
 * noted at all. */
apr_status_t msa_user_track(msa_db_t *db, apr_pool_t *pool, apr_int64_t id, const char *address,
                            apr_time_t now);
/** Deletes the user, his role memberships and tickets. Concerns: the user. */
apr_status_t msa_user_delete(msa_db_t *db, apr_pool_t *pool, apr_int64_t id);
/** Up to `limit` users with id > after, by id; only those with `role` when it is not NULL. Array of
 * msa_user_t *. */
apr_status_t msa_user_list(msa_db_t *db, apr_pool_t *pool, const char *role, apr_int64_t after,
                           int limit, apr_array_header_t **users);

#endif
