/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_STORE_USERS_H
#define MSA_STORE_USERS_H

#include <stdbool.h>
#include <apr_tables.h>
#include <apr_time.h>
#include "db.h"

/* Users. Identities are compared by msa_text_identity_key, whatever the collation says; when
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

/** Reads the user with this id. */
apr_status_t msa_user_by_id(msa_db_t *db, apr_pool_t *pool, apr_int64_t id, msa_user_t **user);
/**
 * The same inside the caller's transaction, which sees the row as it is now; until its end nobody
 * else can change the row. Whatever hands out or ends tickets of a user begins with this, so that
 * these come one at a time.
 */
apr_status_t msa_user_hold(msa_db_t *db, apr_pool_t *pool, apr_int64_t id, msa_user_t **user);
/** Reads the user with this email address; APR_NOTFOUND also for a text that cannot be one. */
apr_status_t msa_user_by_email(msa_db_t *db, apr_pool_t *pool, const char *email,
                               msa_user_t **user);
/** The same for a username. */
apr_status_t msa_user_by_username(msa_db_t *db, apr_pool_t *pool, const char *username,
                                  msa_user_t **user);
/** The same for a uniquifier, which is compared byte by byte. */
apr_status_t msa_user_by_uniquifier(msa_db_t *db, apr_pool_t *pool, const char *fs_uniquifier,
                                    msa_user_t **user);
/**
 * Inserts a user, created and updated at `now`, and writes the id and created_at back. APR_EEXIST
 * when the email or username is taken.
 */
apr_status_t msa_user_create(msa_db_t *db, apr_pool_t *pool, msa_user_t *user, apr_time_t now);
/**
 * Writes one further column of the user table that the administrator listed
 * (SecurityRegisterFields), inside the caller's transaction; a missing row goes unnoticed. None of
 * these columns says who someone is.
 */
apr_status_t msa_user_set_column(msa_db_t *db, apr_pool_t *pool, apr_int64_t id, const char *column,
                                 const char *value, apr_time_t now);
/**
 * Replaces the stored password if it still is `old_password` (NULL = whatever it is), and the
 * uniquifier unless `fs_uniquifier` is NULL. APR_NOTFOUND when another writer was first. Concerns:
 * the user, whose tickets are void.
 */
apr_status_t msa_user_set_password(msa_db_t *db, apr_pool_t *pool, apr_int64_t id,
                                   const char *old_password, const char *new_password,
                                   const char *fs_uniquifier, apr_time_t now);
/**
 * Replaces `old_password` by another hash of the same password; APR_NOTFOUND when another writer
 * was first. The caller gives the tickets the new stamp in the same transaction, so for the user
 * nothing changes.
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
/**
 * APR_EEXIST when `new_email` is taken; APR_NOTFOUND when the address no longer is `old_email`.
 * Concerns: the user.
 */
apr_status_t msa_user_set_email(msa_db_t *db, apr_pool_t *pool, apr_int64_t id,
                                const char *old_email, const char *new_email,
                                apr_time_t confirmed_at, apr_time_t now);
/** `username` may be NULL. APR_EEXIST when it is taken. Concerns: the user. */
apr_status_t msa_user_set_username(msa_db_t *db, apr_pool_t *pool, apr_int64_t id,
                                   const char *username, apr_time_t now);
/**
 * Notes a sign-in in one statement: last_* = current_* (or now/address), current_* = now/address,
 * count + 1. When a column refuses that, both addresses become NULL; when that is refused as well,
 * nothing is noted, which is APR_SUCCESS too.
 */
apr_status_t msa_user_track(msa_db_t *db, apr_pool_t *pool, apr_int64_t id, const char *address,
                            apr_time_t now);
/** Deletes the user, their role memberships and tickets. Concerns: the user. */
apr_status_t msa_user_delete(msa_db_t *db, apr_pool_t *pool, apr_int64_t id);
/**
 * Up to `limit` users with an id above `after`, by id; only those with `role` unless that is NULL.
 * Array of msa_user_t *.
 */
apr_status_t msa_user_list(msa_db_t *db, apr_pool_t *pool, const char *role, apr_int64_t after,
                           int limit, apr_array_header_t **users);

#endif
