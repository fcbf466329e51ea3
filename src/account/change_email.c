/* SPDX-License-Identifier: Apache-2.0 */
/* Moves an account to another email address: a link to the new one, a notice and a way back to the
 * old one. Whether the new address is taken shows neither in the answer nor in the work. */

#include "change_email.h"
#include "life.h"
#include "undo.h"

#include "../base/require.h"
#include "../base/text_email.h"
#include "../identity/audit.h"
#include "../identity/mail.h"
#include "../identity/throttle.h"
#include "../identity/ticket.h"
#include "../identity/unit.h"

#include <string.h>

/** The addresses of one change. */
typedef struct change_t {
    msa_user_t *user;
    const char *email; /* the new one, as it would be stored */
    msa_user_t *owner; /* who has the new one; NULL = nobody */
    bool is_flooded;   /* enough mail has gone to it already */
} change_t;

static msa_outcome_t examine(msa_context_t *ctx, const msa_identity_t *identity, const char *email,
                             change_t *change)
{
    msa_outcome_t outcome =
        msa_context_outcome(msa_user_by_id(ctx->db, ctx->pool, identity->user_id, &change->user));
    if (outcome == MSA_NOT_FOUND || (outcome == MSA_OK && !change->user->is_active))
        return MSA_UNAUTHENTICATED;
    if (outcome == MSA_OK)
        outcome = msa_life_find(ctx, email, &change->email, &change->owner);
    if (outcome == MSA_USER_DOES_NOT_EXIST)
        return msa_text_email_is_public(change->email) ? MSA_OK : MSA_INVALID_EMAIL_ADDRESS;
    if (outcome != MSA_OK)
        return outcome;
    /* Another spelling of one's own address is a change like any other. */
    if (change->owner->id == change->user->id && strcmp(change->user->email, change->email) != 0) {
        change->owner = NULL;
        return MSA_OK;
    }
    return MSA_EMAIL_ALREADY_ASSOCIATED;
}

static msa_outcome_t mail_new_address(msa_context_t *ctx, const change_t *change)
{
    msa_values_t *values = msa_values_make(ctx->pool);
    const char *url = NULL;
    /* Decoy statements: the mail to an owner takes as many. */
    int count;
    msa_outcome_t outcome = msa_life_drop(ctx, 0, MSA_PURPOSE_RESET, &count);
    if (outcome == MSA_OK)
        outcome = msa_life_decoy_statement(ctx);
    if (outcome == MSA_OK)
        outcome = msa_life_link(ctx, change->user, MSA_PURPOSE_CHANGE_EMAIL,
                                ctx->settings->change_email_url, change->email, &url);
    if (outcome != MSA_OK)
        return outcome;
    msa_values_set(values, "link", url);
    msa_values_set(values, "old_email", msa_text_email_mask(ctx->pool, change->user->email));
    msa_values_set(values, "new_email", change->email);
    msa_values_set(values, "within", msa_life_within(ctx, MSA_PURPOSE_CHANGE_EMAIL));
    return msa_mail_queue(ctx, "change_email_instructions", change->email, values);
}

static msa_outcome_t mail_old_address(msa_context_t *ctx, const change_t *change)
{
    msa_values_t *values = msa_values_make(ctx->pool);
    const char *url = NULL;
    msa_outcome_t outcome = msa_undo_link(ctx, change->user, &url);
    if (outcome != MSA_OK)
        return outcome;
    msa_values_set(values, "undo_link", url);
    msa_values_set(values, "new_email", change->email);
    msa_values_set(values, "within", msa_life_within(ctx, MSA_PURPOSE_UNDO_EMAIL));
    return msa_mail_queue(ctx, "change_email_notice", change->user->email, values);
}

static msa_outcome_t tell_new_address(msa_context_t *ctx, const change_t *change)
{
    if (change->is_flooded)
        return msa_life_decoy_tell_owner(ctx, change->email);
    return change->owner ? msa_life_tell_owner(ctx, change->owner, NULL)
                         : mail_new_address(ctx, change);
}

/* The old address hears the same whether the new one is free or not: its reader may be the one who
 * is asking. */
static msa_outcome_t write_request(msa_context_t *ctx, const change_t *change)
{
    msa_unit_t unit = msa_unit_make(ctx);
    while (msa_unit_begin(&unit)) {
        int count = 0;
        msa_outcome_t outcome =
            msa_life_drop(ctx, change->user->id, MSA_PURPOSE_CHANGE_EMAIL, &count);
        if (outcome == MSA_OK)
            outcome = mail_old_address(ctx, change);
        if (outcome == MSA_OK)
            outcome = tell_new_address(ctx, change);
        /* An older link tells what was asked for before, not whose the address is. */
        if (outcome == MSA_OK && !count)
            outcome = msa_life_decoy_statement(ctx);
        msa_unit_end(&unit, outcome);
    }
    return unit.outcome;
}

static bool is_hidden(const msa_context_t *ctx, const change_t *change, msa_outcome_t outcome)
{
    return outcome == MSA_EMAIL_ALREADY_ASSOCIATED && ctx->settings->generic_responses &&
           change->owner->id != change->user->id;
}

msa_outcome_t msa_change_email_request(msa_context_t *ctx, const msa_identity_t *identity,
                                       const char *email)
{
    MSA_REQUIRE(identity && email);
    change_t change = {0};
    msa_outcome_t outcome = examine(ctx, identity, email, &change);
    if (outcome == MSA_OK || is_hidden(ctx, &change, outcome)) {
        msa_outcome_t done = msa_throttle_mail(ctx, change.email, &change.is_flooded);
        if (done == MSA_OK)
            done = write_request(ctx, &change);
        if (done == MSA_OK && change.is_flooded)
            done = MSA_THROTTLED;
        if (done != MSA_OK)
            outcome = done;
    }
    msa_audit(ctx, "change-email-instructions-sent", outcome, identity->user_id, identity->email);
    return outcome;
}

msa_outcome_t msa_change_email_inspect(msa_context_t *ctx, const char *secret, msa_user_t **user,
                                       const char **email)
{
    msa_ticket_t *ticket = NULL;
    msa_user_t *found = NULL;
    msa_outcome_t outcome =
        msa_life_inspect_change(ctx, secret, MSA_PURPOSE_CHANGE_EMAIL, &ticket, &found);
    if (outcome != MSA_OK)
        return outcome;
    *user = found;
    *email = ticket->detail;
    return MSA_OK;
}

/* Links sent to the old address end with it; the sessions go on. */
static msa_outcome_t drop_links(msa_context_t *ctx, apr_int64_t user_id)
{
    static const msa_purpose_t LINKS[] = {MSA_PURPOSE_CONFIRM, MSA_PURPOSE_RESET,
                                          MSA_PURPOSE_CHANGE_EMAIL};
    msa_outcome_t outcome = MSA_OK;
    int count;
    for (size_t i = 0; outcome == MSA_OK && i < sizeof(LINKS) / sizeof(LINKS[0]); i++)
        outcome = msa_life_drop(ctx, user_id, LINKS[i], &count);
    return outcome;
}

static msa_outcome_t write_change(msa_context_t *ctx, msa_ticket_t *ticket, msa_user_t *user)
{
    msa_unit_t unit = msa_unit_make(ctx);
    while (msa_unit_begin(&unit)) {
        msa_outcome_t outcome = msa_ticket_use(ctx, ticket, user);
        if (outcome == MSA_OK)
            outcome = msa_life_set_email(ctx, user, ticket->detail);
        if (outcome == MSA_OK)
            outcome = drop_links(ctx, user->id);
        if (outcome == MSA_NOT_FOUND)
            outcome = MSA_API_ERROR;
        msa_unit_end(&unit, outcome);
    }
    return unit.outcome;
}

msa_outcome_t msa_change_email(msa_context_t *ctx, const char *secret, msa_user_t **user)
{
    msa_ticket_t *ticket = NULL;
    msa_user_t *found = NULL;
    msa_outcome_t outcome =
        msa_life_inspect_change(ctx, secret, MSA_PURPOSE_CHANGE_EMAIL, &ticket, &found);
    if (outcome == MSA_OK)
        outcome = write_change(ctx, ticket, found);
    msa_audit(ctx, "change-email", outcome, found ? found->id : 0, found ? found->email : NULL);
    if (outcome != MSA_OK)
        return outcome;
    found->email = ticket->detail;
    found->confirmed_at = ctx->now;
    *user = found;
    return MSA_OK;
}
