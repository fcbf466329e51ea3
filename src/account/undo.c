/* SPDX-License-Identifier: Apache-2.0 */
/* The way back to a former address: looks at its link, and gives the account back, which ends
 * everyone's access. */

#include "undo.h"
#include "life.h"

#include "../identity/audit.h"
#include "../identity/former.h"
#include "../identity/mail.h"
#include "../identity/ticket.h"
#include "../identity/unit.h"

#include <string.h>

#include <apr_strings.h>

msa_outcome_t msa_undo_link(msa_context_t *ctx, const msa_user_t *user, const char **url)
{
    const char *secret = NULL;
    msa_outcome_t outcome = msa_former_issue(ctx, user, &secret);
    if (outcome == MSA_OK)
        *url = msa_mail_link(ctx, ctx->settings->change_email_url, secret);
    return outcome;
}

static msa_outcome_t inspect_undo(msa_context_t *ctx, const char *secret, msa_ticket_t **ticket,
                                  msa_user_t **user)
{
    msa_outcome_t outcome =
        msa_life_inspect_change(ctx, secret, MSA_PURPOSE_UNDO_EMAIL, ticket, user);
    return outcome == MSA_OK && !msa_former_address(*ticket) ? MSA_API_ERROR : outcome;
}

msa_outcome_t msa_undo_inspect(msa_context_t *ctx, const char *secret, msa_user_t **user,
                               const char **email)
{
    msa_ticket_t *ticket = NULL;
    msa_user_t *found = NULL;
    msa_outcome_t outcome = inspect_undo(ctx, secret, &ticket, &found);
    if (outcome != MSA_OK)
        return outcome;
    *user = found;
    *email = msa_former_address(ticket);
    return MSA_OK;
}

/* A password that was set after the change was asked for is not the owner's. */
static msa_outcome_t end_access(msa_context_t *ctx, const msa_ticket_t *ticket, msa_user_t *user)
{
    const char *uniquifier = msa_context_random_hex(ctx, 16);
    apr_status_t status;
    if (!uniquifier)
        return MSA_BROKEN;
    if (msa_former_is_same_password(ctx->pool, ticket, user))
        status = msa_user_set_uniquifier(ctx->db, ctx->pool, user->id, uniquifier, ctx->now);
    else
        status =
            msa_user_set_password(ctx->db, ctx->pool, user->id, NULL, NULL, uniquifier, ctx->now);
    if (status != APR_SUCCESS)
        return msa_context_outcome(status);
    user->fs_uniquifier = uniquifier;
    return msa_life_drop_all(ctx, user->id);
}

/* Whoever asked for the change had a session, perhaps the password: all that was handed out
 * ends. */
static msa_outcome_t write_undo(msa_context_t *ctx, msa_ticket_t *ticket, msa_user_t *user)
{
    msa_unit_t unit = msa_unit_make(ctx);
    while (msa_unit_begin(&unit)) {
        msa_outcome_t outcome = msa_ticket_use(ctx, ticket, user);
        if (outcome == MSA_OK && strcmp(user->email, msa_former_address(ticket)) != 0)
            outcome = msa_life_set_email(ctx, user, msa_former_address(ticket));
        if (outcome == MSA_OK)
            outcome = end_access(ctx, ticket, user);
        if (outcome == MSA_NOT_FOUND)
            outcome = MSA_API_ERROR;
        msa_unit_end(&unit, outcome);
    }
    return unit.outcome;
}

msa_outcome_t msa_undo(msa_context_t *ctx, const char *secret, msa_user_t **user)
{
    msa_ticket_t *ticket = NULL;
    msa_user_t *found = NULL;
    msa_outcome_t outcome = inspect_undo(ctx, secret, &ticket, &found);
    if (outcome == MSA_OK)
        outcome = write_undo(ctx, ticket, found);
    msa_audit(ctx, "change-email-undone", outcome, found ? found->id : 0,
              found ? found->email : NULL);
    if (outcome != MSA_OK)
        return outcome;
    found->email = msa_former_address(ticket);
    *user = found;
    return MSA_OK;
}
