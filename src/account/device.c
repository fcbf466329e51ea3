/* SPDX-License-Identifier: Apache-2.0 */
#include "account.h"

#include "../base/text.h"

/* Browsers of one user that are known; programs without cookies would make a new one each time. */
#define DEVICES_MAX 20

static bool is_known(msa_context_t *ctx, const msa_user_t *user, msa_outcome_t *outcome)
{
    msa_ticket_t *ticket = NULL;
    msa_user_t *owner = NULL;
    *outcome = MSA_NOT_FOUND;
    if (ctx->device)
        *outcome =
            msa_ticket_inspect(ctx, ctx->device, 1u << MSA_PURPOSE_DEVICE, false, &ticket, &owner);
    return *outcome == MSA_OK && owner->id == user->id;
}

static msa_outcome_t mail(msa_context_t *ctx, const msa_user_t *user)
{
    msa_values_t *values = msa_values_make(ctx->pool);
    msa_values_set(values, "time", msa_text_datetime(ctx->pool, ctx->now));
    msa_values_set(values, "address", ctx->address);
    msa_values_set(values, "agent", ctx->agent && msa_text_is_clean(ctx->agent) ? ctx->agent : "-");
    msa_values_set(values, "username", user->username);
    if (ctx->settings->is_recoverable)
        msa_values_set(values, "reset_link", msa_mail_link(ctx, ctx->settings->reset_url, NULL));
    return msa_mail_queue(ctx, "new_login", user->email, values);
}

/* Newest first: the last of a full list makes room. */
static msa_outcome_t make_room(msa_context_t *ctx, const apr_array_header_t *devices)
{
    apr_status_t status;
    if (devices->nelts < DEVICES_MAX)
        return MSA_OK;
    status = msa_ticket_delete(
        ctx->db, ctx->pool, APR_ARRAY_IDX(devices, devices->nelts - 1, const msa_ticket_t *)->id);
    return status == APR_NOTFOUND ? MSA_OK : msa_context_outcome(status);
}

msa_outcome_t msa_device_note(msa_context_t *ctx, const msa_user_t *user, msa_signin_t *signin)
{
    msa_ticket_order_t order = {.purpose = MSA_PURPOSE_DEVICE};
    apr_array_header_t *others = NULL;
    msa_outcome_t outcome;
    if (!ctx->settings->send_new_login_email || is_known(ctx, user, &outcome))
        return MSA_OK;
    if (outcome == MSA_BROKEN ||
        msa_ticket_list(ctx->db, ctx->pool, user->id, msa_purpose_name(MSA_PURPOSE_DEVICE),
                        DEVICES_MAX, &others) != APR_SUCCESS)
        return MSA_BROKEN;
    /* The first browser of all is no news to whoever just made the account. */
    outcome = others->nelts ? mail(ctx, user) : MSA_OK;
    if (outcome == MSA_OK)
        outcome = make_room(ctx, others);
    if (outcome == MSA_OK)
        outcome = msa_ticket_issue(ctx, user, &order, &signin->device, NULL);
    return outcome;
}
