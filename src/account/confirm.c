/* SPDX-License-Identifier: Apache-2.0 */
/* Confirms an email address: mails the link, looks at it without using it, and uses it up. A link
 * may bring along what was registered with it. */

#include "confirm.h"
#include "life.h"
#include "registration.h"

#include "../base/require.h"
#include "../identity/audit.h"
#include "../identity/ticket.h"
#include "../identity/unit.h"

#include <string.h>

static const msa_letter_t LETTER = {"confirmation_instructions", "confirmation_link",
                                    MSA_PURPOSE_CONFIRM, false};

static msa_outcome_t check_unconfirmed(const msa_user_t *user)
{
    if (!user->is_active)
        return MSA_DISABLED_ACCOUNT;
    return user->confirmed_at ? MSA_ALREADY_CONFIRMED : MSA_OK;
}

msa_outcome_t msa_confirm_request(msa_context_t *ctx, const char *email)
{
    MSA_REQUIRE(email);
    const char *normal = NULL;
    msa_user_t *user = NULL;
    msa_outcome_t outcome = msa_life_find(ctx, email, &normal, &user);
    if (outcome == MSA_OK)
        outcome = check_unconfirmed(user);
    outcome = msa_life_answer(ctx, &LETTER, ctx->settings->confirm_url, outcome, user, normal);
    msa_audit(ctx, "confirm-instructions-sent", outcome, user ? user->id : 0, email);
    return outcome;
}

/* A used link is found too: anyone who follows it again is told that all is well. */
static msa_outcome_t judge_confirmation(const msa_ticket_t *ticket, const msa_user_t *user)
{
    if (!ticket->detail || strcmp(ticket->detail, user->email) != 0)
        return MSA_INVALID_CONFIRMATION_TOKEN;
    if (user->confirmed_at)
        return MSA_ALREADY_CONFIRMED;
    return ticket->spent_at ? MSA_INVALID_CONFIRMATION_TOKEN : MSA_OK;
}

static msa_outcome_t inspect_confirmation(msa_context_t *ctx, const char *secret,
                                          msa_ticket_t **ticket, msa_user_t **user)
{
    msa_outcome_t outcome =
        msa_ticket_inspect(ctx, secret, 1u << MSA_PURPOSE_CONFIRM, true, ticket, user);
    if (outcome == MSA_NOT_FOUND)
        return MSA_INVALID_CONFIRMATION_TOKEN;
    return outcome == MSA_OK ? judge_confirmation(*ticket, *user) : outcome;
}

msa_outcome_t msa_confirm_inspect(msa_context_t *ctx, const char *secret, msa_user_t **user)
{
    msa_ticket_t *ticket = NULL;
    msa_user_t *found = NULL;
    msa_outcome_t outcome = inspect_confirmation(ctx, secret, &ticket, &found);
    if (outcome == MSA_OK)
        *user = found;
    return outcome;
}

/* The second of two finds the address confirmed. */
static msa_outcome_t confirm(msa_context_t *ctx, msa_ticket_t *ticket, msa_user_t *user)
{
    msa_unit_t unit = msa_unit_make(ctx);
    while (msa_unit_begin(&unit)) {
        msa_outcome_t outcome = msa_ticket_claim(ctx, ticket, user);
        if (outcome == MSA_OK)
            outcome = judge_confirmation(ticket, user);
        if (outcome == MSA_OK)
            outcome = msa_context_outcome(msa_ticket_spend(ctx->db, ctx->pool, ticket, ctx->now));
        if (outcome == MSA_OK)
            outcome = msa_registration_adopt(ctx, ticket, user);
        if (outcome == MSA_OK)
            outcome = msa_context_outcome(
                msa_user_set_confirmed(ctx->db, ctx->pool, user->id, ctx->now, ctx->now));
        if (outcome == MSA_NOT_FOUND)
            outcome = MSA_INVALID_CONFIRMATION_TOKEN;
        msa_unit_end(&unit, outcome);
    }
    return unit.outcome;
}

msa_outcome_t msa_confirm(msa_context_t *ctx, const char *secret, msa_user_t **user)
{
    MSA_REQUIRE(secret && user);
    msa_ticket_t *ticket = NULL;
    msa_user_t *found = NULL;
    msa_outcome_t outcome = inspect_confirmation(ctx, secret, &ticket, &found);
    if (outcome == MSA_OK)
        outcome = confirm(ctx, ticket, found);
    msa_audit(ctx, "user-confirmed", outcome, found ? found->id : 0, found ? found->email : NULL);
    if (outcome != MSA_OK)
        return outcome;
    found->confirmed_at = ctx->now;
    *user = found;
    return MSA_OK;
}
