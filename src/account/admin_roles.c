/* SPDX-License-Identifier: Apache-2.0 */
#include "account.h"

#include "../base/text.h"

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

static msa_outcome_t find(msa_context_t *ctx, const char *name, msa_role_t **role)
{
    return msa_context_outcome(msa_role_by_name(ctx->db, ctx->pool, name, role));
}

msa_outcome_t msa_admin_delete_role(msa_context_t *ctx, const char *name)
{
    msa_role_t *role = NULL;
    msa_unit_t unit = msa_unit_make(ctx);
    msa_outcome_t outcome = find(ctx, name, &role);
    if (outcome != MSA_OK)
        return outcome;
    /* A role belongs to many: everybody (user 0) is forgotten. */
    while (msa_unit_begin(&unit))
        msa_unit_end_change(&unit,
                            msa_context_outcome(msa_role_delete(ctx->db, ctx->pool, role->id)), 0);
    msa_audit(ctx, "role-deleted", unit.outcome, 0, name);
    return unit.outcome;
}

msa_outcome_t msa_admin_add_role(msa_context_t *ctx, const msa_user_t *user, const char *role_name)
{
    msa_role_t *role = NULL;
    apr_status_t status = APR_SUCCESS;
    msa_unit_t unit = msa_unit_make(ctx);
    msa_outcome_t outcome = find(ctx, role_name, &role);
    if (outcome != MSA_OK)
        return outcome;
    while (msa_unit_begin(&unit)) {
        status = msa_role_add(ctx->db, ctx->pool, user->id, role->id);
        msa_unit_end_change(&unit, msa_context_outcome(status), user->id);
    }
    if (status == APR_EEXIST)
        return MSA_OK;
    msa_audit(ctx, "role-added", unit.outcome, user->id, role_name);
    return unit.outcome;
}

msa_outcome_t msa_admin_remove_role(msa_context_t *ctx, const msa_user_t *user,
                                    const char *role_name)
{
    msa_role_t *role = NULL;
    msa_unit_t unit = msa_unit_make(ctx);
    msa_outcome_t outcome = find(ctx, role_name, &role);
    if (outcome != MSA_OK)
        return outcome;
    while (msa_unit_begin(&unit))
        msa_unit_end_change(
            &unit, msa_context_outcome(msa_role_remove(ctx->db, ctx->pool, user->id, role->id)),
            user->id);
    msa_audit(ctx, "role-removed", unit.outcome, user->id, role_name);
    return unit.outcome;
}

static msa_outcome_t set_permissions(msa_context_t *ctx, const char *event, const msa_role_t *role,
                                     const apr_array_header_t *permissions)
{
    const char *text = apr_array_pstrcat(ctx->pool, permissions, ',');
    msa_unit_t unit = msa_unit_make(ctx);
    if (strlen(text) > PERMISSIONS_BYTES_MAX)
        return MSA_API_ERROR;
    while (msa_unit_begin(&unit))
        msa_unit_end_change(&unit,
                            msa_context_outcome(msa_role_set_permissions(ctx->db, ctx->pool,
                                                                         role->id, text, ctx->now)),
                            0);
    msa_audit(ctx, event, unit.outcome, 0, role->name);
    return unit.outcome;
}

static int position(const apr_array_header_t *names, const char *name)
{
    for (int i = 0; i < names->nelts; i++) {
        if (strcmp(APR_ARRAY_IDX(names, i, const char *), name) == 0)
            return i;
    }
    return -1;
}

msa_outcome_t msa_admin_grant(msa_context_t *ctx, const char *role_name, const char *permission)
{
    msa_role_t *role = NULL;
    apr_array_header_t *permissions;
    msa_outcome_t outcome = find(ctx, role_name, &role);
    if (outcome != MSA_OK)
        return outcome;
    if (!msa_policy_is_name(permission))
        return MSA_API_ERROR;
    permissions = msa_text_words(ctx->pool, role->permissions ? role->permissions : "", ",");
    if (position(permissions, permission) >= 0)
        return MSA_OK;
    APR_ARRAY_PUSH(permissions, const char *) = permission;
    return set_permissions(ctx, "permission-granted", role, permissions);
}

msa_outcome_t msa_admin_revoke(msa_context_t *ctx, const char *role_name, const char *permission)
{
    msa_role_t *role = NULL;
    apr_array_header_t *permissions, *rest;
    int found;
    msa_outcome_t outcome = find(ctx, role_name, &role);
    if (outcome != MSA_OK)
        return outcome;
    permissions = msa_text_words(ctx->pool, role->permissions ? role->permissions : "", ",");
    found = position(permissions, permission);
    if (found < 0)
        return MSA_NOT_FOUND;
    rest = apr_array_make(ctx->pool, permissions->nelts, sizeof(const char *));
    for (int i = 0; i < permissions->nelts; i++) {
        if (i != found)
            APR_ARRAY_PUSH(rest, const char *) = APR_ARRAY_IDX(permissions, i, const char *);
    }
    return set_permissions(ctx, "permission-revoked", role, rest);
}
