/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_STORE_ROLES_H
#define MSA_STORE_ROLES_H

/* Roles, and who has them. */

#include <apr_tables.h>
#include <apr_time.h>
#include "db.h"

typedef struct msa_role_t {
    apr_int64_t id;
    const char *name;
    const char *description; /* NULL = none */
    const char *permissions; /* "read,write"; NULL or "" = none */
} msa_role_t;

/** The roles of a user, each once, by name. Array of msa_role_t *. */
apr_status_t msa_roles_of_user(msa_db_t *db, apr_pool_t *pool, apr_int64_t user_id,
                               apr_array_header_t **roles);
apr_status_t msa_role_by_name(msa_db_t *db, apr_pool_t *pool, const char *name, msa_role_t **role);
/** The same inside a transaction: nobody else writes this role, or gives it, until its end. */
apr_status_t msa_role_lock(msa_db_t *db, apr_pool_t *pool, const char *name, msa_role_t **role);
/** Array of msa_role_t *, by name. */
apr_status_t msa_role_list(msa_db_t *db, apr_pool_t *pool, apr_array_header_t **roles);
apr_status_t msa_role_create(msa_db_t *db, apr_pool_t *pool, msa_role_t *role, apr_time_t now);
/** Concerns: everybody, for a role belongs to many. */
apr_status_t msa_role_set_permissions(msa_db_t *db, apr_pool_t *pool, apr_int64_t id,
                                      const char *permissions, apr_time_t now);
/** Deletes the role and its memberships. Concerns: everybody. */
apr_status_t msa_role_delete(msa_db_t *db, apr_pool_t *pool, apr_int64_t id);
/** APR_EEXIST when he has it already. Concerns: the user. */
apr_status_t msa_role_add(msa_db_t *db, apr_pool_t *pool, apr_int64_t user_id, apr_int64_t role_id);
/** APR_NOTFOUND when he does not have it. Concerns: the user. */
apr_status_t msa_role_remove(msa_db_t *db, apr_pool_t *pool, apr_int64_t user_id,
                             apr_int64_t role_id);
/** Ids of the users with a role: array of apr_int64_t. */
apr_status_t msa_role_members(msa_db_t *db, apr_pool_t *pool, apr_int64_t role_id,
                              apr_array_header_t **user_ids);

#endif
