/* SPDX-License-Identifier: Apache-2.0 */
/* A forgotten password: mails the reset link, looks at it, and sets the new password with it. */

#include "recover.h"
#include "life.h"

#include "../base/require.h"
#include "../identity/audit.h"
#include "../identity/device.h"
#include "../identity/policy.h"
#include "../identity/signin.h"
#include "../identity/ticket.h"
#include "../identity/unit.h"

#include <string.h>

static const msa_letter_t LETTER = {"reset_instructions", "reset_link", MSA_PURPOSE_RESET, true};

msa_outcome_t msa_recover_request(msa_context_t *ctx, const char *email)
{
    MSA_REQUIRE(email);
    const char *normal = NULL;
    msa_user_t *user = NULL;
    msa_outcome_t outcome = msa_life_find(ctx, email, &normal, &user);
    if (outcome == MSA_OK)
        outcome = msa_policy_signin(ctx, user);
    if (ctx->settings->send_password_reset_email)
        outcome = msa_life_answer(ctx, &LETTER, ctx->settings->reset_url, outcome, user, normal);
    msa_audit(ctx, "password-reset-instructions-sent", outcome, user ? user->id : 0, email);
    return outcome;
}

static msa_outcome_t judge_reset(const msa_ticket_t *ticket, const msa_user_t *user)
{
    if (!ticket->detail || strcmp(ticket->detail, user->email) != 0)
        return MSA_INVALID_RESET_PASSWORD_TOKEN;
    return MSA_OK;
}

static msa_outcome_t inspect_reset(msa_context_t *ctx, const char *secret, msa_ticket_t **ticket,
                                   msa_user_t **user)
{
    msa_outcome_t outcome =
        msa_ticket_inspect(ctx, secret, 1u << MSA_PURPOSE_RESET, false, ticket, user);
    if (outcome == MSA_NOT_FOUND)
        return MSA_INVALID_RESET_PASSWORD_TOKEN;
    if (outcome == MSA_CONFIRMATION_EXPIRED)
        return MSA_PASSWORD_RESET_EXPIRED;
    return outcome == MSA_OK ? judge_reset(*ticket, *user) : outcome;
}

msa_outcome_t msa_recover_link(msa_context_t *ctx, const msa_user_t *user, const char **secret)
{
    msa_ticket_order_t order = {.purpose = MSA_PURPOSE_RESET, .detail = user->email};
    const char *made = NULL;
    msa_unit_t unit = msa_unit_make(ctx);
    while (msa_unit_begin(&unit))
        msa_unit_end(&unit, msa_ticket_issue(ctx, user, &order, &made, NULL));
    if (unit.outcome == MSA_OK)
        *secret = made;
    return unit.outcome;
}

msa_outcome_t msa_recover_inspect(msa_context_t *ctx, const char *secret, msa_user_t **user)
{
    msa_ticket_t *ticket = NULL;
    msa_user_t *found = NULL;
    msa_outcome_t outcome = inspect_reset(ctx, secret, &ticket, &found);
    if (outcome == MSA_OK)
        *user = found;
    return outcome;
}

static msa_outcome_t write_recovered_password(msa_context_t *ctx, msa_ticket_t *ticket,
                                              msa_user_t *user, const char *stored)
{
    const char *notice = ctx->settings->send_password_reset_notice_email ? "reset_notice" : NULL;
    msa_unit_t unit = msa_unit_make(ctx);
    while (msa_unit_begin(&unit)) {
        msa_outcome_t outcome = msa_ticket_use(ctx, ticket, user);
        if (outcome == MSA_OK)
            outcome = judge_reset(ticket, user);
        if (outcome == MSA_OK)
            outcome = msa_life_renew(ctx, user, stored, 0, notice);
        if (outcome == MSA_NOT_FOUND)
            outcome = MSA_INVALID_RESET_PASSWORD_TOKEN;
        msa_unit_end(&unit, outcome);
    }
    return unit.outcome;
}

/* Anyone who has read the owner's mail here will sign in here next, whatever strangers keep
 * trying. */
static void note_place(msa_context_t *ctx, const msa_user_t *user)
{
    msa_familiar_t familiar;
    if (ctx->settings->throttle_account && msa_familiar_find(ctx, user, &familiar) == MSA_OK)
        msa_familiar_note(ctx, user, &familiar);
}

msa_outcome_t msa_recover(msa_context_t *ctx, const char *secret, const char *password,
                          msa_user_t **user)
{
    MSA_REQUIRE(secret && user);
    const char *stored = NULL;
    msa_ticket_t *ticket = NULL;
    msa_user_t *found = NULL;
    msa_outcome_t outcome = inspect_reset(ctx, secret, &ticket, &found);
    if (outcome == MSA_OK)
        outcome = msa_policy_password(ctx, password, found->email, found->username);
    if (outcome == MSA_OK)
        outcome = msa_signin_hash(ctx, password, false, &stored);
    if (outcome == MSA_OK)
        outcome = write_recovered_password(ctx, ticket, found, stored);
    msa_audit(ctx, "password-reset", outcome, found ? found->id : 0, found ? found->email : NULL);
    if (outcome != MSA_OK)
        return outcome;
    note_place(ctx, found);
    *user = found;
    return MSA_OK;
}
