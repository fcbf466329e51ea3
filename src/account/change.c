/* SPDX-License-Identifier: Apache-2.0 */
/* A signed-in user chooses another password or username. A new password ends what was handed out
 * under the old one. */

#include "change.h"
#include "life.h"

#include "../base/require.h"
#include "../base/text.h"
#include "../identity/audit.h"
#include "../identity/mail.h"
#include "../identity/policy.h"
#include "../identity/session.h"
#include "../identity/signin.h"
#include "../identity/unit.h"

#include <string.h>

static msa_outcome_t load(msa_context_t *ctx, const msa_identity_t *identity, msa_user_t **user)
{
    msa_outcome_t outcome =
        msa_context_outcome(msa_user_by_id(ctx->db, ctx->pool, identity->user_id, user));
    if (outcome == MSA_NOT_FOUND || (outcome == MSA_OK && !(*user)->is_active))
        return MSA_UNAUTHENTICATED;
    return outcome;
}

/* Two spellings that hash alike are one password. */
static bool is_same(msa_context_t *ctx, const char *a, const char *b)
{
    const char *normal_a = msa_text_nfkd(ctx->pool, a, NULL);
    const char *normal_b = msa_text_nfkd(ctx->pool, b, NULL);
    return normal_a && normal_b && strcmp(normal_a, normal_b) == 0;
}

static msa_outcome_t prepare_change(msa_context_t *ctx, msa_user_t *user, const char *password,
                                    const char *new_password, const char **stored)
{
    msa_outcome_t outcome = msa_signin_prove(ctx, user, password);
    if (outcome == MSA_OK && is_same(ctx, password, new_password))
        return MSA_PASSWORD_IS_THE_SAME;
    if (outcome == MSA_OK)
        outcome = msa_policy_password(ctx, new_password, user->email, user->username);
    if (outcome == MSA_OK)
        outcome = msa_signin_hash(ctx, new_password, false, stored);
    return outcome;
}

/* MSA_INVALID_PASSWORD: the password that was proved is no longer the user's. */
static msa_outcome_t write_changed_password(msa_context_t *ctx, msa_user_t *user,
                                            const char *stored)
{
    const char *notice = ctx->settings->send_password_change_email ? "change_notice" : NULL;
    msa_user_t renewed = *user;
    msa_unit_t unit = msa_unit_make(ctx);
    while (msa_unit_begin(&unit)) {
        msa_outcome_t outcome;
        renewed = *user;
        outcome = msa_life_renew(ctx, &renewed, stored, 0, notice);
        if (outcome == MSA_NOT_FOUND)
            outcome = MSA_INVALID_PASSWORD;
        msa_unit_end(&unit, outcome);
    }
    if (unit.outcome == MSA_OK)
        *user = renewed;
    return unit.outcome;
}

msa_outcome_t msa_change_password(msa_context_t *ctx, const msa_identity_t *identity,
                                  const char *password, const char *new_password, bool remember,
                                  msa_signin_t *signin, msa_user_t **user)
{
    MSA_REQUIRE(identity && password && new_password);
    const char *stored = NULL;
    msa_user_t *found = NULL;
    msa_outcome_t outcome = load(ctx, identity, &found);
    if (outcome == MSA_OK)
        outcome = prepare_change(ctx, found, password, new_password, &stored);
    if (outcome == MSA_OK)
        outcome = write_changed_password(ctx, found, stored);
    msa_audit(ctx, "password-changed", outcome, identity->user_id, identity->email);
    if (outcome == MSA_OK)
        outcome = msa_signin_start(ctx, found, remember, true, NULL, signin);
    if (outcome == MSA_OK)
        *user = found;
    return outcome;
}

static msa_outcome_t check_name(msa_context_t *ctx, const msa_user_t *user, const char *username,
                                const char **normal)
{
    msa_user_t *owner = NULL;
    msa_outcome_t outcome = msa_policy_username(ctx, username, normal);
    if (outcome != MSA_OK)
        return outcome;
    outcome = msa_context_outcome(msa_user_by_username(ctx->db, ctx->pool, *normal, &owner));
    if (outcome == MSA_NOT_FOUND)
        return MSA_OK;
    if (outcome == MSA_OK && owner->id != user->id)
        return MSA_USERNAME_ALREADY_ASSOCIATED;
    return outcome;
}

static msa_outcome_t write_name(msa_context_t *ctx, const msa_user_t *user, const char *username)
{
    msa_values_t *values = msa_values_make(ctx->pool);
    msa_unit_t unit = msa_unit_make(ctx);
    msa_values_set(values, "username", username);
    while (msa_unit_begin(&unit)) {
        apr_status_t status =
            msa_user_set_username(ctx->db, ctx->pool, user->id, username, ctx->now);
        msa_outcome_t outcome =
            status == APR_EEXIST ? MSA_USERNAME_ALREADY_ASSOCIATED : msa_context_outcome(status);
        if (outcome == MSA_OK && ctx->settings->send_username_change_email)
            outcome = msa_mail_queue(ctx, "change_username_notice", user->email, values);
        msa_unit_end(&unit, outcome);
    }
    return unit.outcome;
}

msa_outcome_t msa_change_username(msa_context_t *ctx, const msa_identity_t *identity,
                                  const char *username)
{
    const char *normal = NULL;
    msa_user_t *user = NULL;
    msa_outcome_t outcome = load(ctx, identity, &user);
    if (outcome == MSA_OK)
        outcome = check_name(ctx, user, username, &normal);
    if (outcome == MSA_OK && !(user->username && strcmp(user->username, normal) == 0))
        outcome = write_name(ctx, user, normal);
    msa_audit(ctx, "username-changed", outcome, identity->user_id, identity->email);
    return outcome;
}
