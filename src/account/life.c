/* SPDX-License-Identifier: Apache-2.0 */
/* What registration, confirmation, recovery and changes have in common: finding the user of an
 * address, issuing and dropping links, and writing mails that cost the same for somebody as for
 * nobody. */

#include "life.h"

#include "../base/text.h"
#include "../base/text_email.h"
#include "../base/text_time.h"
#include "../identity/mail.h"
#include "../identity/policy.h"
#include "../identity/throttle.h"
#include "../identity/ticket.h"
#include "../identity/unit.h"

#include <string.h>

#include <apr_strings.h>

/* Live links of one kind that one user may have; only a flood makes more. */
#define LINKS_MAX 100

/* Stands for the owner of an address that has none. */
static const msa_user_t NOBODY = {.email = "", .fs_uniquifier = ""};

msa_outcome_t msa_life_find(msa_context_t *ctx, const char *email, const char **normal,
                            msa_user_t **user)
{
    apr_status_t status;
    if (!msa_text_is_clean(email) ||
        msa_text_email_normalize(ctx->pool, email, normal) != APR_SUCCESS)
        return MSA_INVALID_EMAIL_ADDRESS;
    status = msa_user_by_email(ctx->db, ctx->pool, *normal, user);
    return status == APR_NOTFOUND ? MSA_USER_DOES_NOT_EXIST : msa_context_outcome(status);
}

msa_outcome_t msa_life_link(msa_context_t *ctx, const msa_user_t *user, msa_purpose_t purpose,
                            const char *path, const char *detail, const char **url)
{
    msa_ticket_order_t order = {.purpose = purpose, .detail = detail};
    const char *secret = NULL;
    msa_outcome_t outcome = msa_ticket_issue(ctx, user, &order, &secret, NULL);
    if (outcome == MSA_OK)
        *url = msa_mail_link(ctx, path, secret);
    return outcome;
}

msa_outcome_t msa_life_confirm_link(msa_context_t *ctx, const msa_user_t *user,
                                    const char *registration, const char **url)
{
    msa_ticket_order_t order = {
        .purpose = MSA_PURPOSE_CONFIRM, .detail = user->email, .registration = registration};
    const char *secret = NULL;
    msa_outcome_t outcome = msa_ticket_issue(ctx, user, &order, &secret, NULL);
    if (outcome == MSA_OK)
        *url = msa_mail_link(ctx, ctx->settings->confirm_url, secret);
    return outcome;
}

const char *msa_life_within(const msa_context_t *ctx, msa_purpose_t purpose)
{
    return msa_text_duration_words(ctx->pool, msa_purpose_lifetime(ctx->settings, purpose));
}

/* One by one: in InnoDB a DELETE over a range locks the gaps around it, and the requests of two
 * neighbours, both writing a new link there, would wait for each other. */
msa_outcome_t msa_life_drop(msa_context_t *ctx, apr_int64_t user_id, msa_purpose_t purpose,
                            int *count)
{
    apr_array_header_t *tickets = NULL;
    apr_status_t status = msa_ticket_list(ctx->db, ctx->pool, user_id, msa_purpose_name(purpose),
                                          LINKS_MAX, &tickets);
    *count = 0;
    for (int i = 0; status == APR_SUCCESS && i < tickets->nelts; i++) {
        status = msa_ticket_delete(ctx->db, ctx->pool, APR_ARRAY_IDX(tickets, i, msa_ticket_t *));
        if (status == APR_NOTFOUND)
            status = APR_SUCCESS;
        ++*count;
    }
    return msa_context_outcome(status);
}

msa_outcome_t msa_life_drop_all(msa_context_t *ctx, apr_int64_t user_id)
{
    apr_status_t status = msa_ticket_delete_of_user(ctx->db, ctx->pool, user_id, NULL, 0);
    return status == APR_NOTFOUND ? MSA_OK : msa_context_outcome(status);
}

msa_outcome_t msa_life_decoy_row(msa_context_t *ctx, const char *detail)
{
    msa_ticket_order_t order = {.purpose = MSA_PURPOSE_RESET, .detail = detail};
    const char *secret = NULL;
    msa_ticket_t *ticket = NULL;
    msa_outcome_t outcome = msa_ticket_issue(ctx, &NOBODY, &order, &secret, &ticket);
    if (outcome != MSA_OK)
        return outcome;
    return msa_context_outcome(msa_ticket_delete(ctx->db, ctx->pool, ticket));
}

/* No row has the number 0. */
msa_outcome_t msa_life_decoy_statement(msa_context_t *ctx)
{
    static const msa_ticket_t NONE = {0};
    apr_status_t status = msa_ticket_delete(ctx->db, ctx->pool, &NONE);
    return status == APR_NOTFOUND ? MSA_OK : msa_context_outcome(status);
}

/* A decoy is deleted again; for a real user as many statements find nothing. */
static msa_outcome_t write_letter(msa_context_t *ctx, const msa_letter_t *letter, const char *path,
                                  const msa_user_t *user, const char *email)
{
    msa_ticket_order_t order = {.purpose = letter->purpose, .detail = email};
    msa_values_t *values = msa_values_make(ctx->pool);
    const char *secret = NULL;
    msa_ticket_t *ticket = NULL;
    msa_outcome_t outcome = msa_ticket_issue(ctx, user ? user : &NOBODY, &order, &secret, &ticket);
    if (outcome != MSA_OK)
        return outcome;
    msa_values_set(values, letter->link, msa_mail_link(ctx, path, secret));
    msa_values_set(values, "within", msa_life_within(ctx, letter->purpose));
    if (!user) {
        outcome = msa_mail_decoy(ctx, letter->mail, email, values);
        if (outcome == MSA_OK)
            outcome = msa_context_outcome(msa_ticket_delete(ctx->db, ctx->pool, ticket));
        return outcome;
    }
    outcome = msa_mail_queue_hidden(ctx, letter->mail, email, values);
    return outcome == MSA_OK ? msa_life_decoy_statement(ctx) : outcome;
}

msa_outcome_t msa_life_send(msa_context_t *ctx, const msa_letter_t *letter, const char *path,
                            const msa_user_t *user, const char *email)
{
    msa_unit_t unit = msa_unit_make(ctx);
    while (msa_unit_begin(&unit)) {
        msa_outcome_t outcome = MSA_OK;
        int count = 1;
        if (letter->replaces)
            outcome = msa_life_drop(ctx, user ? user->id : NOBODY.id, letter->purpose, &count);
        if (outcome == MSA_OK)
            outcome = write_letter(ctx, letter, path, user, email);
        if (outcome == MSA_OK && !count)
            outcome = msa_life_decoy_statement(ctx);
        if (outcome == MSA_UNAUTHENTICATED)
            outcome = MSA_USER_DOES_NOT_EXIST;
        msa_unit_end(&unit, outcome);
    }
    return unit.outcome;
}

msa_outcome_t msa_life_answer(msa_context_t *ctx, const msa_letter_t *letter, const char *path,
                              msa_outcome_t outcome, const msa_user_t *user, const char *email)
{
    bool is_flooded = false;
    msa_outcome_t done;
    if (!email || outcome == MSA_BROKEN)
        return outcome;
    done = msa_throttle_mail(ctx, email, &is_flooded);
    if (done != MSA_OK)
        return done;
    if (outcome == MSA_OK && is_flooded)
        outcome = MSA_THROTTLED;
    if (outcome != MSA_OK && !ctx->settings->generic_responses)
        return outcome;
    done = outcome == MSA_OK ? msa_life_send(ctx, letter, path, user, user->email)
                             : msa_life_send(ctx, letter, path, NULL, email);
    return done == MSA_OK ? outcome : done;
}

/* Gives only links that would work; a new reset link ends the older ones, as it always does.
 * Whatever there is to write takes the same number of statements. */
static msa_outcome_t add_links(msa_context_t *ctx, const msa_user_t *owner,
                               const char *registration, msa_values_t *values)
{
    const msa_settings_t *settings = ctx->settings;
    bool resets = settings->is_recoverable && msa_policy_signin(ctx, owner) == MSA_OK;
    bool confirms = settings->is_confirmable && owner->is_active && !owner->confirmed_at;
    const char *reset = NULL, *confirm = NULL;
    int count = 0;
    msa_outcome_t outcome =
        msa_life_drop(ctx, resets ? owner->id : NOBODY.id, MSA_PURPOSE_RESET, &count);
    if (outcome == MSA_OK && resets)
        outcome =
            msa_life_link(ctx, owner, MSA_PURPOSE_RESET, settings->reset_url, owner->email, &reset);
    if (outcome == MSA_OK && confirms)
        outcome = msa_life_confirm_link(ctx, owner, registration, &confirm);
    if (outcome == MSA_OK && !resets && !confirms)
        outcome = msa_life_decoy_row(ctx, owner->email);
    else if (outcome == MSA_OK && !count)
        outcome = msa_life_decoy_statement(ctx);
    if (outcome != MSA_OK)
        return outcome;
    msa_values_set(values, "reset_link", reset);
    msa_values_set(values, "confirmation_link", confirm);
    if (confirm)
        msa_values_set(values, registration ? "brings_password" : "asks_password", "true");
    if (settings->is_recoverable)
        msa_values_set(values, "recovery_link", msa_mail_link(ctx, settings->reset_url, NULL));
    return MSA_OK;
}

msa_outcome_t msa_life_tell_owner(msa_context_t *ctx, const msa_user_t *owner,
                                  const char *registration)
{
    msa_values_t *values = msa_values_make(ctx->pool);
    msa_outcome_t outcome = add_links(ctx, owner, registration, values);
    msa_values_set(values, "username", owner->username);
    /* An owner who changed a moment ago is told at the next attempt; now it must not show. */
    if (outcome != MSA_OK)
        return MSA_BROKEN;
    return msa_mail_queue(ctx, "welcome_existing", owner->email, values);
}

msa_outcome_t msa_life_decoy_tell_owner(msa_context_t *ctx, const char *email)
{
    msa_outcome_t outcome = msa_life_decoy_row(ctx, email);
    if (outcome != MSA_OK)
        return outcome;
    return msa_mail_decoy(ctx, "welcome_existing", email, msa_values_make(ctx->pool));
}

/* Anyone who did not make the change is shown where to get the account back. */
static msa_outcome_t mail_notice(msa_context_t *ctx, const msa_user_t *user, const char *notice)
{
    msa_values_t *values = msa_values_make(ctx->pool);
    if (ctx->settings->is_recoverable)
        msa_values_set(values, "reset_link", msa_mail_link(ctx, ctx->settings->reset_url, NULL));
    return msa_mail_queue(ctx, notice, user->email, values);
}

msa_outcome_t msa_life_renew(msa_context_t *ctx, msa_user_t *user, const char *stored,
                             apr_int64_t except_id, const char *notice)
{
    msa_user_t renewed = *user;
    msa_outcome_t outcome;
    renewed.password = stored;
    renewed.fs_uniquifier = msa_context_random_hex(ctx, 16);
    if (!renewed.fs_uniquifier)
        return MSA_BROKEN;
    outcome = msa_context_outcome(msa_user_set_password(
        ctx->db, ctx->pool, user->id, user->password, stored, renewed.fs_uniquifier, ctx->now));
    if (outcome == MSA_OK)
        outcome = msa_ticket_renew(ctx, user, &renewed, except_id);
    if (outcome == MSA_OK && notice)
        outcome = mail_notice(ctx, user, notice);
    if (outcome == MSA_OK)
        *user = renewed;
    return outcome;
}

msa_outcome_t msa_life_inspect_change(msa_context_t *ctx, const char *secret, msa_purpose_t purpose,
                                      msa_ticket_t **ticket, msa_user_t **user)
{
    msa_outcome_t outcome = msa_ticket_inspect(ctx, secret, 1u << purpose, false, ticket, user);
    if (outcome == MSA_CONFIRMATION_EXPIRED)
        return MSA_CHANGE_EMAIL_EXPIRED;
    if (outcome == MSA_NOT_FOUND || (outcome == MSA_OK && !(*ticket)->detail))
        return MSA_API_ERROR;
    return outcome;
}

msa_outcome_t msa_life_set_email(msa_context_t *ctx, const msa_user_t *user, const char *email)
{
    apr_status_t status =
        msa_user_set_email(ctx->db, ctx->pool, user->id, user->email, email, ctx->now, ctx->now);
    if (status == APR_EEXIST)
        return MSA_EMAIL_ALREADY_ASSOCIATED;
    return msa_context_outcome(status);
}
