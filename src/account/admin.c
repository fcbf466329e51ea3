/* SPDX-License-Identifier: Apache-2.0 */
#include "account.h"

#include "../base/text.h"

#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

msa_outcome_t msa_change_note(msa_context_t *ctx, apr_int64_t user_id)
{
    return msa_context_outcome(msa_change_insert(ctx->db, ctx->pool, user_id, NULL, ctx->now));
}

/* Every change of a user is one transaction with its note, and a word to this process's cache. */
static msa_outcome_t finish(msa_context_t *ctx, const char *event, const msa_user_t *user,
                            apr_status_t status)
{
    msa_outcome_t outcome = msa_context_outcome(status);
    if (outcome == MSA_OK)
        outcome = msa_change_note(ctx, user->id);
    outcome = msa_context_end(ctx, outcome);
    if (outcome == MSA_OK)
        ctx->env->user_changed(ctx->env->baton, user->id);
    if (outcome == MSA_NOT_FOUND)
        outcome = MSA_USER_DOES_NOT_EXIST;
    msa_audit(ctx, event, outcome, user->id, user->email);
    return outcome;
}

static msa_outcome_t prepare_password(msa_context_t *ctx, const msa_user_order_t *order,
                                      const char *email, const char **stored)
{
    msa_outcome_t outcome;
    if (order->stored_password) {
        *stored = order->stored_password;
        return MSA_OK;
    }
    if (!order->password)
        return MSA_OK;
    outcome = msa_policy_password(ctx, order->password, email, order->username);
    return outcome == MSA_OK ? msa_signin_hash(ctx, order->password, stored) : outcome;
}

static msa_outcome_t find_roles(msa_context_t *ctx, const apr_array_header_t *names,
                                apr_array_header_t *ids)
{
    for (int i = 0; names && i < names->nelts; i++) {
        msa_role_t *role = NULL;
        apr_status_t status =
            msa_role_by_name(ctx->db, ctx->pool, APR_ARRAY_IDX(names, i, const char *), &role);
        if (status != APR_SUCCESS)
            return msa_context_outcome(status);
        APR_ARRAY_PUSH(ids, apr_int64_t) = role->id;
    }
    return MSA_OK;
}

static msa_outcome_t prepare_user(msa_context_t *ctx, const msa_user_order_t *order,
                                  msa_user_t *user)
{
    msa_outcome_t outcome;
    if (!order->email)
        return MSA_EMAIL_NOT_PROVIDED;
    if (msa_text_email_normalize(ctx->pool, order->email, &user->email) != APR_SUCCESS)
        return MSA_INVALID_EMAIL_ADDRESS;
    if (order->username) {
        outcome = msa_policy_username(ctx, order->username, &user->username);
        if (outcome != MSA_OK)
            return outcome;
    }
    outcome = prepare_password(ctx, order, user->email, &user->password);
    if (outcome != MSA_OK)
        return outcome;
    user->is_active = order->is_active;
    user->confirmed_at = order->is_confirmed ? ctx->now : 0;
    user->fs_uniquifier = msa_context_random_hex(ctx, 16);
    return user->fs_uniquifier ? MSA_OK : MSA_BROKEN;
}

static msa_outcome_t insert_user(msa_context_t *ctx, msa_user_t *user,
                                 const apr_array_header_t *role_ids)
{
    apr_status_t status = msa_user_create(ctx->db, ctx->pool, user, ctx->now);
    if (status == APR_EEXIST)
        return MSA_EMAIL_ALREADY_ASSOCIATED;
    for (int i = 0; status == APR_SUCCESS && i < role_ids->nelts; i++) {
        status =
            msa_role_add(ctx->db, ctx->pool, user->id, APR_ARRAY_IDX(role_ids, i, apr_int64_t));
        if (status == APR_EEXIST)
            status = APR_SUCCESS;
    }
    return status == APR_SUCCESS ? MSA_OK : MSA_BROKEN;
}

msa_outcome_t msa_admin_create_user(msa_context_t *ctx, const msa_user_order_t *order,
                                    msa_user_t **user)
{
    apr_array_header_t *role_ids = apr_array_make(ctx->pool, 4, sizeof(apr_int64_t));
    msa_user_t *made = apr_pcalloc(ctx->pool, sizeof(*made));
    msa_user_t *taken = NULL;
    msa_outcome_t outcome = find_roles(ctx, order->roles, role_ids);
    if (outcome == MSA_OK)
        outcome = prepare_user(ctx, order, made);
    if (outcome == MSA_OK && made->username &&
        msa_user_by_username(ctx->db, ctx->pool, made->username, &taken) == APR_SUCCESS)
        outcome = MSA_USERNAME_ALREADY_ASSOCIATED;
    if (outcome == MSA_OK) {
        if (msa_db_begin(ctx->db) != APR_SUCCESS)
            return MSA_BROKEN;
        outcome = msa_context_end(ctx, insert_user(ctx, made, role_ids));
    }
    msa_audit(ctx, "user-created", outcome, made->id, order->email);
    if (outcome == MSA_OK)
        *user = made;
    return outcome;
}

static apr_status_t by_number(msa_context_t *ctx, const char *digits, msa_user_t **user)
{
    char *end = NULL;
    apr_int64_t id = apr_strtoi64(digits, &end, 10);
    if (!*digits || *end || id <= 0)
        return APR_NOTFOUND;
    return msa_user_by_id(ctx->db, ctx->pool, id, user);
}

msa_outcome_t msa_admin_find_user(msa_context_t *ctx, const char *name, msa_user_t **user)
{
    const char *email = name;
    apr_status_t status;
    if (name[0] == '#') {
        status = by_number(ctx, name + 1, user);
    } else if (!strchr(name, '@')) {
        status = msa_user_by_username(ctx->db, ctx->pool, name, user);
    } else {
        if (msa_text_email_normalize(ctx->pool, name, &email) != APR_SUCCESS)
            email = name;
        status = msa_user_by_email(ctx->db, ctx->pool, email, user);
    }
    return status == APR_NOTFOUND ? MSA_USER_DOES_NOT_EXIST : msa_context_outcome(status);
}

msa_outcome_t msa_admin_set_active(msa_context_t *ctx, const msa_user_t *user, bool is_active)
{
    if (msa_db_begin(ctx->db) != APR_SUCCESS)
        return MSA_BROKEN;
    return finish(ctx, is_active ? "user-activated" : "user-deactivated", user,
                  msa_user_set_active(ctx->db, ctx->pool, user->id, is_active, ctx->now));
}

msa_outcome_t msa_admin_confirm(msa_context_t *ctx, const msa_user_t *user)
{
    if (user->confirmed_at)
        return MSA_ALREADY_CONFIRMED;
    if (msa_db_begin(ctx->db) != APR_SUCCESS)
        return MSA_BROKEN;
    return finish(ctx, "user-confirmed", user,
                  msa_user_set_confirmed(ctx->db, ctx->pool, user->id, ctx->now, ctx->now));
}

/* The stamp of every ticket is void already; without the rows, lists tell the truth too. */
static apr_status_t drop_tickets(msa_context_t *ctx, const msa_user_t *user)
{
    apr_status_t status = msa_ticket_delete_of_user(ctx->db, ctx->pool, user->id, NULL, 0);
    return status == APR_NOTFOUND ? APR_SUCCESS : status;
}

msa_outcome_t msa_admin_set_password(msa_context_t *ctx, const msa_user_t *user,
                                     const char *password)
{
    const char *stored = NULL, *uniquifier = NULL;
    apr_status_t status;
    msa_outcome_t outcome = msa_policy_password(ctx, password, user->email, user->username);
    if (outcome == MSA_OK)
        outcome = msa_signin_hash(ctx, password, &stored);
    if (outcome != MSA_OK)
        return outcome;
    uniquifier = msa_context_random_hex(ctx, 16);
    if (!uniquifier || msa_db_begin(ctx->db) != APR_SUCCESS)
        return MSA_BROKEN;
    status =
        msa_user_set_password(ctx->db, ctx->pool, user->id, NULL, stored, uniquifier, ctx->now);
    if (status == APR_SUCCESS)
        status = drop_tickets(ctx, user);
    return finish(ctx, "password-changed", user, status);
}

msa_outcome_t msa_admin_reset_access(msa_context_t *ctx, const msa_user_t *user)
{
    const char *uniquifier = msa_context_random_hex(ctx, 16);
    apr_status_t status;
    if (!uniquifier || msa_db_begin(ctx->db) != APR_SUCCESS)
        return MSA_BROKEN;
    status = msa_user_set_uniquifier(ctx->db, ctx->pool, user->id, uniquifier, ctx->now);
    if (status == APR_SUCCESS)
        status = drop_tickets(ctx, user);
    return finish(ctx, "access-reset", user, status);
}

msa_outcome_t msa_admin_delete_user(msa_context_t *ctx, const msa_user_t *user)
{
    if (msa_db_begin(ctx->db) != APR_SUCCESS)
        return MSA_BROKEN;
    return finish(ctx, "user-deleted", user, msa_user_delete(ctx->db, ctx->pool, user->id));
}
