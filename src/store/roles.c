/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of roles and of their members. */

#include "roles.h"
#include "row.h"
#include "whole.h"

#include "../base/require.h"

#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

#define ROLE_COLUMNS 4

#define NAME_BYTES        80
#define DESCRIPTION_BYTES 255
#define PERMISSIONS_BYTES 65535

/* NULL = broken. */
static msa_role_t *read_role(msa_db_t *db, apr_pool_t *pool, const apr_array_header_t *rows,
                             int index)
{
    msa_row_t row = msa_row(db, msa_db_settings(db)->role_table, rows, index);
    msa_role_t *role = apr_pcalloc(pool, sizeof(*role));
    role->id = msa_row_number(&row, 0, "id");
    role->name = row.values[1] ? row.values[1] : "";
    role->description = row.values[2];
    role->permissions = row.values[3];
    return row.is_broken ? NULL : role;
}

static apr_status_t read_list(msa_db_t *db, apr_pool_t *pool, msa_sql_t statement,
                              const msa_arg_t *args, int count, apr_array_header_t **roles)
{
    apr_array_header_t *rows = NULL;
    apr_array_header_t *list;
    apr_status_t status = msa_db_read(db, pool, statement, args, count, ROLE_COLUMNS, &rows);
    if (status != APR_SUCCESS)
        return status;
    list = apr_array_make(pool, rows->nelts, sizeof(msa_role_t *));
    for (int i = 0; i < rows->nelts; i++) {
        msa_role_t *role = read_role(db, pool, rows, i);
        if (!role)
            return APR_EGENERAL;
        APR_ARRAY_PUSH(list, msa_role_t *) = role;
    }
    *roles = list;
    return APR_SUCCESS;
}

static int compare_names(const void *a, const void *b)
{
    const msa_role_t *const *one = a, *const *other = b;
    return strcmp((*one)->name, (*other)->name);
}

/* Sorted here, not in SQL: MariaDB would sort texts in a table on disk at every sign-in. */
apr_status_t msa_roles_of_user(msa_db_t *db, apr_pool_t *pool, apr_int64_t user_id,
                               apr_array_header_t **roles)
{
    msa_arg_t args[] = {msa_arg_number(user_id)};
    apr_array_header_t *list = NULL;
    msa_role_t **all;
    int count = 0;
    apr_status_t status = read_list(db, pool, SQL_ROLES_OF_USER, args, 1, &list);
    if (status != APR_SUCCESS)
        return status;
    all = (msa_role_t **)list->elts;
    qsort(all, (size_t)list->nelts, sizeof(*all), compare_names);
    for (int i = 0; i < list->nelts; i++) {
        if (count == 0 || all[count - 1]->id != all[i]->id)
            all[count++] = all[i];
    }
    list->nelts = count;
    *roles = list;
    return APR_SUCCESS;
}

/* `Admin` is not `admin`, whatever the collation says. */
static apr_status_t read_named(msa_db_t *db, apr_pool_t *pool, msa_sql_t statement,
                               const char *name, msa_role_t **role)
{
    msa_arg_t args[] = {msa_arg_text(name)};
    apr_array_header_t *roles = NULL;
    apr_status_t status;
    if (msa_row_check(name, NAME_BYTES) != APR_SUCCESS)
        return APR_NOTFOUND;
    status = read_list(db, pool, statement, args, 1, &roles);
    if (status != APR_SUCCESS)
        return status;
    for (int i = 0; i < roles->nelts; i++) {
        msa_role_t *found = APR_ARRAY_IDX(roles, i, msa_role_t *);
        if (strcmp(found->name, name) == 0) {
            *role = found;
            return APR_SUCCESS;
        }
    }
    return APR_NOTFOUND;
}

apr_status_t msa_role_by_name(msa_db_t *db, apr_pool_t *pool, const char *name, msa_role_t **role)
{
    MSA_REQUIRE(name);
    return read_named(db, pool, SQL_ROLE_BY_NAME, name, role);
}

apr_status_t msa_role_lock(msa_db_t *db, apr_pool_t *pool, const char *name, msa_role_t **role)
{
    return read_named(db, pool, SQL_ROLE_LOCK, name, role);
}

apr_status_t msa_role_list(msa_db_t *db, apr_pool_t *pool, apr_array_header_t **roles)
{
    return read_list(db, pool, SQL_ROLE_LIST, NULL, 0, roles);
}

apr_status_t msa_role_create(msa_db_t *db, apr_pool_t *pool, msa_role_t *role, apr_time_t now)
{
    msa_arg_t args[] = {msa_arg_text(role->name), msa_arg_text(role->description),
                        msa_arg_text(role->permissions), msa_arg_datetime(pool, now)};
    if (msa_row_check(role->name, NAME_BYTES) != APR_SUCCESS ||
        msa_row_check(role->description, DESCRIPTION_BYTES) != APR_SUCCESS ||
        msa_row_check(role->permissions, PERMISSIONS_BYTES) != APR_SUCCESS)
        return APR_EINVAL;
    return msa_db_insert(db, SQL_ROLE_INSERT, args, 4, &role->id);
}

apr_status_t msa_role_set_permissions(msa_db_t *db, apr_pool_t *pool, apr_int64_t id,
                                      const char *permissions, apr_time_t now)
{
    msa_arg_t args[] = {msa_arg_text(permissions), msa_arg_datetime(pool, now), msa_arg_number(id)};
    if (msa_row_check(permissions, PERMISSIONS_BYTES) != APR_SUCCESS)
        return APR_EINVAL;
    return msa_row_set(db, pool, SQL_ROLE_SET_PERMISSIONS, args, 3, SQL_ROLE_BY_ID, MSA_EVERYBODY);
}

static apr_status_t delete_all_of_role(msa_db_t *db, apr_int64_t id)
{
    msa_arg_t args[] = {msa_arg_number(id)};
    apr_status_t status = msa_db_run(db, SQL_ROLE_DELETE_MEMBERS, args, 1, MSA_EVERYBODY, NULL);
    if (status != APR_SUCCESS)
        return status;
    return msa_row_change(db, SQL_ROLE_DELETE, args, 1, MSA_EVERYBODY);
}

apr_status_t msa_role_delete(msa_db_t *db, apr_pool_t *pool, apr_int64_t id)
{
    msa_whole_t whole = msa_whole_make(db);
    (void)pool;
    while (msa_whole_begin(&whole))
        msa_whole_end(&whole, delete_all_of_role(db, id));
    return whole.status;
}

apr_status_t msa_role_add(msa_db_t *db, apr_pool_t *pool, apr_int64_t user_id, apr_int64_t role_id)
{
    msa_arg_t args[] = {msa_arg_number(user_id), msa_arg_number(role_id)};
    msa_concern_t concern = {.user_id = user_id};
    apr_array_header_t *rows = NULL;
    /* Flask-Security's table has no unique key to rely on. */
    apr_status_t status = msa_db_read(db, pool, SQL_ROLE_HAS, args, 2, 1, &rows);
    if (status != APR_SUCCESS)
        return status;
    return rows->nelts ? APR_EEXIST : msa_db_run(db, SQL_ROLE_ADD, args, 2, &concern, NULL);
}

apr_status_t msa_role_remove(msa_db_t *db, apr_pool_t *pool, apr_int64_t user_id,
                             apr_int64_t role_id)
{
    msa_arg_t args[] = {msa_arg_number(user_id), msa_arg_number(role_id)};
    msa_concern_t concern = {.user_id = user_id};
    (void)pool;
    return msa_row_change(db, SQL_ROLE_REMOVE, args, 2, &concern);
}

apr_status_t msa_role_members(msa_db_t *db, apr_pool_t *pool, apr_int64_t role_id,
                              apr_array_header_t **user_ids)
{
    msa_arg_t args[] = {msa_arg_number(role_id)};
    apr_array_header_t *rows = NULL;
    apr_array_header_t *ids;
    apr_status_t status = msa_db_read(db, pool, SQL_ROLE_MEMBERS, args, 1, 1, &rows);
    if (status != APR_SUCCESS)
        return status;
    ids = apr_array_make(pool, rows->nelts, sizeof(apr_int64_t));
    for (int i = 0; i < rows->nelts; i++) {
        msa_row_t row = msa_row(db, msa_db_settings(db)->roles_users_table, rows, i);
        APR_ARRAY_PUSH(ids, apr_int64_t) = msa_row_number(&row, 0, "user_id");
        if (row.is_broken)
            return APR_EGENERAL;
    }
    *user_ids = ids;
    return APR_SUCCESS;
}
