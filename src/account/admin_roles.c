/* SPDX-License-Identifier: Apache-2.0 */
/* Roles, their permissions and who has them, as an administrator changes them. Each change locks
 * the role, so that two at once lose nothing. */

#include "admin.h"

#include "../base/text.h"
#include "../identity/audit.h"
#include "../identity/policy.h"
#include "../identity/unit.h"
#include "../store/roles.h"

#include <string.h>

#include <apr_strings.h>

#define PERMISSIONS_BYTES_MAX 4096

static bool are_names(const apr_array_header_t *names)
{
    for (int i = 0; names && i < names->nelts; i++) {
        if (!msa_policy_is_name(APR_ARRAY_IDX(names, i, const char *)))
            return false;
    }
    return true;
}

msa_outcome_t msa_admin_create_role(msa_context_t *ctx, const char *name, const char *description,
                                    const apr_array_header_t *permissions)
{
    msa_role_t role = {.name = name, .description = description};
    apr_status_t status;
    if (!msa_policy_is_name(name) || !are_names(permissions))
        return MSA_API_ERROR;
    if (permissions && permissions->nelts)
        role.permissions = apr_array_pstrcat(ctx->pool, permissions, ',');
    status = msa_role_create(ctx->db, ctx->pool, &role, ctx->now);
    if (status == APR_EEXIST)
        return MSA_EMAIL_ALREADY_ASSOCIATED;
    if (status == APR_EINVAL)
        return MSA_API_ERROR;
    if (status == APR_SUCCESS)
        msa_audit(ctx, "role-created", MSA_OK, 0, name);
    return msa_context_outcome(status);
}

/* What a transaction reads of a role stays true until its end. */
static msa_outcome_t lock(msa_context_t *ctx, const char *name, msa_role_t **role)
{
    return msa_context_outcome(msa_role_lock(ctx->db, ctx->pool, name, role));
}

msa_outcome_t msa_admin_delete_role(msa_context_t *ctx, const char *name)
{
    bool is_found = false;
    msa_unit_t unit = msa_unit_make(ctx);
    while (msa_unit_begin(&unit)) {
        msa_role_t *role = NULL;
        msa_outcome_t outcome = lock(ctx, name, &role);
        is_found = outcome == MSA_OK;
        if (is_found)
            outcome = msa_context_outcome(msa_role_delete(ctx->db, ctx->pool, role->id));
        msa_unit_end(&unit, outcome);
    }
    if (is_found)
        msa_audit(ctx, "role-deleted", unit.outcome, 0, name);
    return unit.outcome;
}

/** Changes a user's membership. APR_EEXIST: they have the role already; APR_NOTFOUND: they do not
 * have it. */
typedef apr_status_t move_t(msa_db_t *db, apr_pool_t *pool, apr_int64_t user_id,
                            apr_int64_t role_id);

/* No unique key keeps two writers from giving the same role at once. */
static msa_outcome_t move(msa_context_t *ctx, const char *event, const msa_user_t *user,
                          const char *role_name, move_t *write)
{
    msa_role_t *role = NULL;
    apr_status_t status = APR_SUCCESS;
    msa_unit_t unit = msa_unit_make(ctx);
    while (msa_unit_begin(&unit)) {
        msa_outcome_t outcome = lock(ctx, role_name, &role);
        if (outcome == MSA_OK) {
            status = write(ctx->db, ctx->pool, user->id, role->id);
            outcome = msa_context_outcome(status);
        }
        msa_unit_end(&unit, outcome);
    }
    if (status == APR_EEXIST)
        return MSA_OK;
    if (role)
        msa_audit(ctx, event, unit.outcome, user->id, role_name);
    return unit.outcome;
}

msa_outcome_t msa_admin_add_role(msa_context_t *ctx, const msa_user_t *user, const char *role_name)
{
    return move(ctx, "role-added", user, role_name, msa_role_add);
}

msa_outcome_t msa_admin_remove_role(msa_context_t *ctx, const msa_user_t *user,
                                    const char *role_name)
{
    return move(ctx, "role-removed", user, role_name, msa_role_remove);
}

static int position(const apr_array_header_t *names, const char *name)
{
    for (int i = 0; i < names->nelts; i++) {
        if (strcmp(APR_ARRAY_IDX(names, i, const char *), name) == 0)
            return i;
    }
    return -1;
}

/** Adds or removes one name; true when `names` changed. */
typedef bool edit_t(apr_array_header_t *names, const char *name);

static bool add(apr_array_header_t *names, const char *name)
{
    if (position(names, name) >= 0)
        return false;
    APR_ARRAY_PUSH(names, const char *) = name;
    return true;
}

static bool take(apr_array_header_t *names, const char *name)
{
    const char **all = (const char **)names->elts;
    int found = position(names, name);
    if (found < 0)
        return false;
    names->nelts--;
    memmove(all + found, all + found + 1, (size_t)(names->nelts - found) * sizeof(*all));
    return true;
}

static msa_outcome_t write_permissions(msa_context_t *ctx, const msa_role_t *role,
                                       const apr_array_header_t *permissions)
{
    const char *text = apr_array_pstrcat(ctx->pool, permissions, ',');
    if (strlen(text) > PERMISSIONS_BYTES_MAX)
        return MSA_API_ERROR;
    return msa_context_outcome(
        msa_role_set_permissions(ctx->db, ctx->pool, role->id, text, ctx->now));
}

/* `*is_edited`: there was something to change. */
static msa_outcome_t change_permissions(msa_context_t *ctx, const char *role_name,
                                        const char *permission, edit_t *edit, bool *is_edited)
{
    msa_unit_t unit = msa_unit_make(ctx);
    while (msa_unit_begin(&unit)) {
        msa_role_t *role = NULL;
        msa_outcome_t outcome = lock(ctx, role_name, &role);
        *is_edited = false;
        if (outcome == MSA_OK) {
            apr_array_header_t *permissions =
                msa_text_words(ctx->pool, role->permissions ? role->permissions : "", ",");
            *is_edited = edit(permissions, permission);
            if (*is_edited)
                outcome = write_permissions(ctx, role, permissions);
        }
        msa_unit_end(&unit, outcome);
    }
    return unit.outcome;
}

msa_outcome_t msa_admin_grant(msa_context_t *ctx, const char *role_name, const char *permission)
{
    bool is_edited = false;
    msa_outcome_t outcome = MSA_API_ERROR;
    if (msa_policy_is_name(permission))
        outcome = change_permissions(ctx, role_name, permission, add, &is_edited);
    if (is_edited)
        msa_audit(ctx, "permission-granted", outcome, 0, role_name);
    return outcome;
}

msa_outcome_t msa_admin_revoke(msa_context_t *ctx, const char *role_name, const char *permission)
{
    bool is_edited = false;
    msa_outcome_t outcome = change_permissions(ctx, role_name, permission, take, &is_edited);
    if (is_edited)
        msa_audit(ctx, "permission-revoked", outcome, 0, role_name);
    return outcome == MSA_OK && !is_edited ? MSA_NOT_FOUND : outcome;
}
