/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_STORE_ROLES_H
#define MSA_STORE_ROLES_H

/* Roles and their members. Role names are compared byte by byte, whatever the collation says. */

#include <apr_tables.h>
#include <apr_time.h>
#include "db.h"

typedef struct msa_role_t {
    apr_int64_t id;
    const char *name;
    const char *description; /* NULL = none */
    const char *permissions; /* "read,write"; NULL or "" = none */
} msa_role_t;

/** The roles of a user, each once, by name: array of msa_role_t *. */
apr_status_t msa_roles_of_user(msa_db_t *db, apr_pool_t *pool, apr_int64_t user_id,
                               apr_array_header_t **roles);
/** Reads the role of exactly this name. */
apr_status_t msa_role_by_name(msa_db_t *db, apr_pool_t *pool, const char *name, msa_role_t **role);
/**
 * The same inside a transaction: until its end nobody else can change this role or give it to
 * anyone.
 */
apr_status_t msa_role_lock(msa_db_t *db, apr_pool_t *pool, const char *name, msa_role_t **role);
/** All roles by name: array of msa_role_t *. */
apr_status_t msa_role_list(msa_db_t *db, apr_pool_t *pool, apr_array_header_t **roles);
/** Inserts a role and writes its id back. APR_EEXIST when the name is taken. */
apr_status_t msa_role_create(msa_db_t *db, apr_pool_t *pool, msa_role_t *role, apr_time_t now);
/** Concerns: everybody, because a role has many members. */
apr_status_t msa_role_set_permissions(msa_db_t *db, apr_pool_t *pool, apr_int64_t id,
                                      const char *permissions, apr_time_t now);
/** Deletes the role and its memberships. Concerns: everybody. */
apr_status_t msa_role_delete(msa_db_t *db, apr_pool_t *pool, apr_int64_t id);
/** Gives a user a role; APR_EEXIST when they have it already. Concerns: the user. */
apr_status_t msa_role_add(msa_db_t *db, apr_pool_t *pool, apr_int64_t user_id, apr_int64_t role_id);
/** Takes a role from a user; APR_NOTFOUND when they do not have it. Concerns: the user. */
apr_status_t msa_role_remove(msa_db_t *db, apr_pool_t *pool, apr_int64_t user_id,
                             apr_int64_t role_id);
/** The ids of the members of a role, each once: array of apr_int64_t. */
apr_status_t msa_role_members(msa_db_t *db, apr_pool_t *pool, apr_int64_t role_id,
                              apr_array_header_t **user_ids);

#endif
