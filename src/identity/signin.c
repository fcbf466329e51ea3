/* SPDX-License-Identifier: Apache-2.0 */
/* Proves a password: finds the user, asks the throttle and takes a hash slot, verifies, and
 * replaces an outdated hash. An unknown name costs as much as a wrong password. */

#include "signin.h"
#include "audit.h"
#include "former.h"
#include "policy.h"
#include "session.h"
#include "throttle.h"
#include "ticket.h"
#include "unit.h"

#include "../base/require.h"
#include "../base/text.h"
#include "../base/text_email.h"

#include <string.h>

#define NAME_BYTES_MAX 255 /* of a name as it is typed, of its normal form and of the columns */

static msa_outcome_t enter_slot(msa_context_t *ctx, bool is_newcomer)
{
    apr_status_t status = ctx->env->hash_enter(ctx->env->baton, is_newcomer);
    return status == APR_SUCCESS ? MSA_OK : MSA_BUSY;
}

static void leave_slot(msa_context_t *ctx)
{
    ctx->env->hash_leave(ctx->env->baton);
}

/* Decided before anything is looked up or hashed, so it tells nothing about accounts. */
static bool is_hashable(const char *password)
{
    size_t length = strlen(password);
    return length > 0 && length <= MSA_PASSWORD_BYTES_MAX && msa_text_is_utf8(password, length);
}

msa_outcome_t msa_signin_hash(msa_context_t *ctx, const char *password, bool is_newcomer,
                              const char **stored)
{
    MSA_REQUIRE(password);
    apr_status_t status;
    if (enter_slot(ctx, is_newcomer) != MSA_OK)
        return MSA_BUSY;
    status = msa_password_hash(ctx->passwords, ctx->env, ctx->pool, password, stored);
    leave_slot(ctx);
    if (status == APR_EINVAL)
        return MSA_PASSWORD_INVALID_LENGTH;
    if (status != APR_SUCCESS) {
        msa_env_log(ctx->env, ctx->pool, MSA_LOG_ERROR, "hashing a password failed: scheme=%s",
                    ctx->settings->password_hash);
        return MSA_BROKEN;
    }
    return MSA_OK;
}

static msa_outcome_t spend_dummy(msa_context_t *ctx, const char *password)
{
    if (enter_slot(ctx, false) != MSA_OK)
        return MSA_BUSY;
    msa_password_verify_dummy(ctx->passwords, ctx->pool, password);
    leave_slot(ctx);
    return MSA_OK;
}

/* One transaction replaces the hash and moves what was handed out under the old one. If another
 * writer came first, the row stays as it is: MSA_NOT_FOUND. */
static msa_outcome_t replace_hash(msa_context_t *ctx, const msa_user_t *user, const char *stored)
{
    unsigned char from[MSA_DIGEST_SIZE], to[MSA_DIGEST_SIZE];
    msa_user_t next = *user;
    msa_unit_t unit = msa_unit_make(ctx);
    next.password = stored;
    msa_user_stamp(user, from);
    msa_user_stamp(&next, to);
    while (msa_unit_begin(&unit)) {
        apr_status_t status =
            msa_user_rehash(ctx->db, ctx->pool, user->id, user->password, stored, ctx->now);
        if (status == APR_SUCCESS)
            status = msa_ticket_move_stamp(ctx->db, ctx->pool, user->id, from, to);
        if (status == APR_SUCCESS)
            status = msa_former_rehash(ctx, user->id, from, to);
        msa_unit_end(&unit, msa_context_outcome(status));
    }
    return unit.outcome;
}

/* The new hash is best effort: without it the sign-in goes on under the old one. */
static msa_outcome_t upgrade_hash(msa_context_t *ctx, msa_user_t *user, const char *password)
{
    const char *stored = NULL;
    msa_outcome_t outcome;
    if (msa_signin_hash(ctx, password, false, &stored) != MSA_OK)
        return MSA_OK;
    outcome = replace_hash(ctx, user, stored);
    if (outcome == MSA_OK)
        user->password = stored;
    return outcome == MSA_NOT_FOUND ? MSA_NOT_FOUND : MSA_OK;
}

static void log_unusable(msa_context_t *ctx, const msa_user_t *user, msa_password_result_t result)
{
    static const char *const CAUSES[] = {
        [MSA_PASSWORD_UNKNOWN_FORMAT] = "is not a hash of an accepted scheme",
        [MSA_PASSWORD_TOO_COSTLY] = "needs more work than is allowed",
        [MSA_PASSWORD_FAILED] = "could not be checked",
    };
    if (result != MSA_PASSWORD_MATCHES && result != MSA_PASSWORD_DIFFERS)
        msa_env_log(ctx->env, ctx->pool, MSA_LOG_WARNING,
                    "the stored password of user %" APR_INT64_T_FMT " %s", user->id,
                    CAUSES[result]);
}

static msa_outcome_t verify(msa_context_t *ctx, const msa_user_t *user, const char *password,
                            bool *is_outdated)
{
    msa_password_result_t result;
    if (!user->password) {
        msa_outcome_t outcome = spend_dummy(ctx, password);
        return outcome == MSA_OK ? MSA_INVALID_PASSWORD : outcome;
    }
    if (enter_slot(ctx, false) != MSA_OK)
        return MSA_BUSY;
    result = msa_password_verify(ctx->passwords, ctx->pool, password, user->password, is_outdated);
    /* An old hash may cost next to nothing; the time of a failure must not tell who has one. */
    if (result == MSA_PASSWORD_UNKNOWN_FORMAT || result == MSA_PASSWORD_TOO_COSTLY ||
        (result == MSA_PASSWORD_DIFFERS && *is_outdated))
        msa_password_verify_dummy(ctx->passwords, ctx->pool, password);
    leave_slot(ctx);
    log_unusable(ctx, user, result);
    if (result == MSA_PASSWORD_FAILED)
        return MSA_BROKEN;
    return result == MSA_PASSWORD_MATCHES ? MSA_OK : MSA_INVALID_PASSWORD;
}

static msa_outcome_t verify_and_upgrade(msa_context_t *ctx, msa_user_t *user, const char *password)
{
    bool is_outdated = false;
    msa_user_t *again = NULL;
    msa_outcome_t outcome = verify(ctx, user, password, &is_outdated);
    if (outcome != MSA_OK || !is_outdated)
        return outcome;
    if (upgrade_hash(ctx, user, password) != MSA_NOT_FOUND)
        return MSA_OK;
    /* Another writer replaced the hash meanwhile: the password must match what is stored now,
     * too. */
    outcome = msa_context_outcome(msa_user_by_id(ctx->db, ctx->pool, user->id, &again));
    if (outcome != MSA_OK)
        return outcome == MSA_NOT_FOUND ? MSA_INVALID_PASSWORD : outcome;
    *user = *again;
    return verify(ctx, user, password, &is_outdated);
}

msa_outcome_t msa_signin_prove(msa_context_t *ctx, msa_user_t *user, const char *password)
{
    MSA_REQUIRE(user && password);
    msa_trial_t trial = {.user = user, .name = user->email, .password = password};
    msa_outcome_t outcome = msa_throttle_begin(ctx, &trial);
    if (outcome != MSA_OK)
        return outcome;
    outcome =
        is_hashable(password) ? verify_and_upgrade(ctx, user, password) : MSA_INVALID_PASSWORD;
    return msa_throttle_end(ctx, &trial, outcome);
}

/* `*normal` is the name as it is looked up; NULL when nobody can have it. */
static msa_outcome_t find_user(msa_context_t *ctx, const char *email, const char *username,
                               const char **normal, msa_user_t **user)
{
    const char *name = email ? email : username;
    *normal = NULL;
    if (!*name || strlen(name) > NAME_BYTES_MAX || !msa_text_is_clean(name))
        return MSA_NOT_FOUND;
    if (!email) {
        name = msa_text_nfkd(ctx->pool, username, NULL);
        if (!name || strlen(name) > NAME_BYTES_MAX)
            return MSA_NOT_FOUND;
        *normal = name;
        return msa_context_outcome(msa_user_by_username(ctx->db, ctx->pool, name, user));
    }
    if (msa_text_email_normalize(ctx->pool, email, normal) != APR_SUCCESS)
        *normal = email;
    return msa_context_outcome(msa_user_by_email(ctx->db, ctx->pool, *normal, user));
}

/* What cannot be a name costs no hash: that tells nothing about accounts. */
static msa_outcome_t prove(msa_context_t *ctx, msa_user_t *user, const char *normal,
                           const char *password)
{
    msa_outcome_t outcome;
    if (user) {
        outcome = verify_and_upgrade(ctx, user, password);
        return outcome == MSA_OK ? msa_policy_signin(ctx, user) : outcome;
    }
    outcome = normal ? spend_dummy(ctx, password) : MSA_OK;
    return outcome == MSA_OK ? MSA_USER_DOES_NOT_EXIST : outcome;
}

/* A user with several names has one counter, so the user is found before anything is counted. */
static msa_outcome_t check_password(msa_context_t *ctx, const char *email, const char *username,
                                    const char *password, msa_user_t **user)
{
    msa_user_t *found = NULL;
    msa_trial_t trial = {.password = password};
    msa_outcome_t outcome;
    if (!is_hashable(password))
        return MSA_INVALID_PASSWORD;
    outcome = find_user(ctx, email, username, &trial.name, &found);
    if (outcome != MSA_OK && outcome != MSA_NOT_FOUND)
        return outcome;
    trial.user = found;
    outcome = msa_throttle_begin(ctx, &trial);
    if (outcome != MSA_OK)
        return outcome;
    outcome = msa_throttle_end(ctx, &trial, prove(ctx, found, trial.name, password));
    if (outcome != MSA_OK)
        return outcome;
    msa_familiar_note(ctx, found, &trial.familiar);
    *user = found;
    return MSA_OK;
}

msa_outcome_t msa_signin_check(msa_context_t *ctx, const char *email, const char *username,
                               const char *password, msa_user_t **user)
{
    MSA_REQUIRE((email || username) && password);
    msa_outcome_t outcome = check_password(ctx, email, username, password, user);
    if (outcome != MSA_OK)
        msa_audit(ctx, "login", outcome, 0, email ? email : username);
    return outcome;
}

static msa_outcome_t note_proof(msa_context_t *ctx, const msa_identity_t *identity,
                                msa_signin_t *signin)
{
    msa_ticket_t ticket = msa_identity_ticket(identity);
    msa_unit_t unit = msa_unit_make(ctx);
    if (!identity->ticket_id)
        return MSA_OK;
    if (!msa_signin_is_session(identity))
        return msa_context_outcome(msa_ticket_set_fresh(ctx->db, ctx->pool, &ticket, ctx->now));
    while (msa_unit_begin(&unit))
        msa_unit_end(&unit, msa_signin_renew(ctx, identity, true, signin));
    return unit.outcome;
}

msa_outcome_t msa_signin_refresh(msa_context_t *ctx, const msa_identity_t *identity,
                                 const char *password, msa_signin_t *signin)
{
    msa_signin_t made = *signin;
    msa_user_t *user = NULL;
    msa_outcome_t outcome =
        msa_context_outcome(msa_user_by_id(ctx->db, ctx->pool, identity->user_id, &user));
    if (outcome == MSA_OK && !user->is_active)
        outcome = MSA_NOT_FOUND;
    if (outcome == MSA_OK)
        outcome = msa_signin_prove(ctx, user, password);
    if (outcome == MSA_OK)
        outcome = note_proof(ctx, identity, &made);
    /* The user or the session ended while the password was checked, and it may well be the right
     * one. */
    if (outcome == MSA_NOT_FOUND)
        outcome = MSA_UNAUTHENTICATED;
    msa_audit(ctx, "verify", outcome, identity->user_id, identity->email);
    if (outcome != MSA_OK)
        return outcome;
    *signin = made;
    return MSA_OK;
}
