/* SPDX-License-Identifier: Apache-2.0 */
/* What an administrator may do to one user: create, confirm, lock out, set a new password, end
 * everything, delete. No throttle and no mail stands in the way, but the password policy does. */

#include "admin.h"

#include "../base/require.h"
#include "../base/text_email.h"
#include "../identity/audit.h"
#include "../identity/policy.h"
#include "../identity/signin.h"
#include "../identity/throttle.h"
#include "../identity/unit.h"
#include "../store/roles.h"

#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

static void end(msa_unit_t *unit, apr_status_t status)
{
    msa_unit_end(unit, msa_context_outcome(status));
}

static msa_outcome_t report(const msa_unit_t *unit, const char *event, const msa_user_t *user)
{
    msa_outcome_t outcome =
        unit->outcome == MSA_NOT_FOUND ? MSA_USER_DOES_NOT_EXIST : unit->outcome;
    msa_audit(unit->ctx, event, outcome, user->id, user->email);
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
    return outcome == MSA_OK ? msa_signin_hash(ctx, order->password, false, stored) : outcome;
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
    MSA_REQUIRE(order && user);
    apr_array_header_t *role_ids = apr_array_make(ctx->pool, 4, sizeof(apr_int64_t));
    msa_user_t *made = apr_pcalloc(ctx->pool, sizeof(*made));
    msa_user_t *taken = NULL;
    msa_unit_t unit = msa_unit_make(ctx);
    msa_outcome_t outcome = find_roles(ctx, order->roles, role_ids);
    if (outcome == MSA_OK)
        outcome = prepare_user(ctx, order, made);
    if (outcome == MSA_OK && made->username &&
        msa_user_by_username(ctx->db, ctx->pool, made->username, &taken) == APR_SUCCESS)
        outcome = MSA_USERNAME_ALREADY_ASSOCIATED;
    if (outcome == MSA_OK) {
        while (msa_unit_begin(&unit))
            msa_unit_end(&unit, insert_user(ctx, made, role_ids));
        outcome = unit.outcome;
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
    MSA_REQUIRE(name);
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
    msa_unit_t unit = msa_unit_make(ctx);
    while (msa_unit_begin(&unit))
        end(&unit, msa_user_set_active(ctx->db, ctx->pool, user->id, is_active, ctx->now));
    return report(&unit, is_active ? "user-activated" : "user-deactivated", user);
}

msa_outcome_t msa_admin_confirm(msa_context_t *ctx, const msa_user_t *user)
{
    msa_unit_t unit = msa_unit_make(ctx);
    if (user->confirmed_at)
        return MSA_ALREADY_CONFIRMED;
    while (msa_unit_begin(&unit))
        end(&unit, msa_user_set_confirmed(ctx->db, ctx->pool, user->id, ctx->now, ctx->now));
    return report(&unit, "user-confirmed", user);
}

msa_outcome_t msa_admin_unlock(msa_context_t *ctx, const msa_user_t *user)
{
    msa_outcome_t outcome = msa_throttle_forget(ctx, user);
    msa_audit(ctx, "user-unlocked", outcome, user->id, user->email);
    return outcome;
}

/* Every ticket's stamp is void already; without the rows, lists tell the truth too. */
static apr_status_t drop_tickets(msa_context_t *ctx, const msa_user_t *user)
{
    apr_status_t status = msa_ticket_delete_of_user(ctx->db, ctx->pool, user->id, NULL, 0);
    return status == APR_NOTFOUND ? APR_SUCCESS : status;
}

msa_outcome_t msa_admin_set_password(msa_context_t *ctx, const msa_user_t *user,
                                     const char *password)
{
    const char *stored = NULL, *uniquifier = NULL;
    msa_unit_t unit = msa_unit_make(ctx);
    msa_outcome_t outcome = msa_policy_password(ctx, password, user->email, user->username);
    if (outcome == MSA_OK)
        outcome = msa_signin_hash(ctx, password, false, &stored);
    if (outcome != MSA_OK)
        return outcome;
    uniquifier = msa_context_random_hex(ctx, 16);
    if (!uniquifier)
        return MSA_BROKEN;
    while (msa_unit_begin(&unit)) {
        apr_status_t status =
            msa_user_set_password(ctx->db, ctx->pool, user->id, NULL, stored, uniquifier, ctx->now);
        if (status == APR_SUCCESS)
            status = drop_tickets(ctx, user);
        end(&unit, status);
    }
    return report(&unit, "password-changed", user);
}

msa_outcome_t msa_admin_reset_access(msa_context_t *ctx, const msa_user_t *user)
{
    const char *uniquifier = msa_context_random_hex(ctx, 16);
    msa_unit_t unit = msa_unit_make(ctx);
    if (!uniquifier)
        return MSA_BROKEN;
    while (msa_unit_begin(&unit)) {
        apr_status_t status =
            msa_user_set_uniquifier(ctx->db, ctx->pool, user->id, uniquifier, ctx->now);
        if (status == APR_SUCCESS)
            status = drop_tickets(ctx, user);
        end(&unit, status);
    }
    return report(&unit, "access-reset", user);
}

msa_outcome_t msa_admin_delete_user(msa_context_t *ctx, const msa_user_t *user)
{
    msa_unit_t unit = msa_unit_make(ctx);
    while (msa_unit_begin(&unit))
        end(&unit, msa_user_delete(ctx->db, ctx->pool, user->id));
    return report(&unit, "user-deleted", user);
}
