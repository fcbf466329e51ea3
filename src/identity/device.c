/* SPDX-License-Identifier: Apache-2.0 */
/* Recognises a browser (by its cookie) and an address that a user has signed in from before.
 * Decides who is mailed about a new browser and whose attempts have a counter of their own. */

#include "device.h"
#include "mail.h"
#include "ticket.h"
#include "unit.h"

#include "../base/text.h"
#include "../base/text_time.h"

#include <string.h>

#include <apr_strings.h>

#define PLACE_LIFETIME apr_time_from_sec(30 * 86400)
#define NOTE_INTERVAL  apr_time_from_sec(86400)

/* ---- where a user has signed in before ---- */

/* An address is not a secret, so its ticket is found by what it is about. */
static void place_digest(msa_context_t *ctx, const msa_user_t *user,
                         unsigned char digest[MSA_DIGEST_SIZE])
{
    const char *id = apr_psprintf(ctx->pool, "%" APR_INT64_T_FMT, user ? user->id : 0);
    const char *texts[] = {"place", id, msa_context_network(ctx), NULL};
    msa_digest_texts(NULL, texts, digest);
}

static bool device_digest(const msa_context_t *ctx, unsigned char digest[MSA_DIGEST_SIZE])
{
    if (!ctx->device || !msa_digest_is_secret(ctx->device, strlen(ctx->device)))
        return false;
    msa_digest_sha256(ctx->device, MSA_SECRET_LENGTH, digest);
    return true;
}

static bool is_device_live(const msa_context_t *ctx, const msa_ticket_t *ticket,
                           const msa_user_t *user)
{
    return ticket->expires_at > ctx->now && msa_ticket_is_of(ticket, user);
}

static bool is_device(const msa_context_t *ctx, const msa_ticket_t *ticket, const msa_user_t *user)
{
    return strcmp(ticket->purpose, msa_purpose_name(MSA_PURPOSE_DEVICE)) == 0 &&
           msa_ticket_is_for(ctx, ticket) && is_device_live(ctx, ticket, user);
}

msa_outcome_t msa_familiar_find(msa_context_t *ctx, const msa_user_t *user,
                                msa_familiar_t *familiar)
{
    unsigned char digests[2][MSA_DIGEST_SIZE];
    apr_array_header_t *tickets = NULL;
    msa_familiar_t found = {0};
    place_digest(ctx, user, digests[0]);
    if (!device_digest(ctx, digests[1]))
        memcpy(digests[1], digests[0], MSA_DIGEST_SIZE);
    if (msa_ticket_by_digests(ctx->db, ctx->pool, digests[0], digests[1], &tickets) != APR_SUCCESS)
        return MSA_BROKEN;
    for (int i = 0; user && i < tickets->nelts; i++) {
        const msa_ticket_t *ticket = APR_ARRAY_IDX(tickets, i, const msa_ticket_t *);
        if (msa_digest_equal(ticket->digest, digests[0], MSA_DIGEST_SIZE)) {
            found.place = ticket;
            found.is_place_live = is_device_live(ctx, ticket, user);
        } else if (is_device(ctx, ticket, user)) {
            found.device = ticket;
        }
    }
    *familiar = found;
    return MSA_OK;
}

static apr_status_t insert_place(msa_context_t *ctx, const msa_user_t *user)
{
    msa_ticket_t place = {.purpose = msa_purpose_name(MSA_PURPOSE_PLACE),
                          .user_id = user->id,
                          .audience = ctx->audience,
                          .created_at = ctx->now,
                          .expires_at = ctx->now + PLACE_LIFETIME,
                          .used_at = ctx->now,
                          .address = ctx->address};
    place_digest(ctx, user, place.digest);
    msa_purpose_mark(MSA_PURPOSE_PLACE, user, place.stamp);
    return msa_ticket_insert_bounded(ctx, &place);
}

/* The user is not locked here: when two requests come at once, there is one place too many for a
 * while. */
static msa_outcome_t write_place(msa_context_t *ctx, const msa_user_t *user,
                                 const msa_ticket_t *older)
{
    apr_status_t status = APR_SUCCESS;
    if (older)
        status = msa_ticket_delete(ctx->db, ctx->pool, older);
    return msa_context_outcome(status == APR_SUCCESS ? insert_place(ctx, user) : status);
}

/* A ticket past half its life gets a full one again. */
static apr_time_t device_end(const msa_context_t *ctx, const msa_ticket_t *ticket,
                             apr_interval_time_t lifetime)
{
    bool is_due = ticket->expires_at - ctx->now < lifetime / 2;
    return is_due ? ctx->now + lifetime : ticket->expires_at;
}

/* Once a day, so that HTTP Basic does not cost a write each time. */
static apr_status_t note_use(msa_context_t *ctx, const msa_ticket_t *ticket, apr_time_t expires_at)
{
    apr_status_t status = APR_SUCCESS;
    if (expires_at != ticket->expires_at || ctx->now - ticket->used_at >= NOTE_INTERVAL)
        status = msa_ticket_prolong(ctx->db, ctx->pool, ticket, expires_at, ctx->now);
    /* If it has ended meanwhile, so be it: somebody wanted that. */
    return status == APR_NOTFOUND ? APR_SUCCESS : status;
}

/* A browser's ticket lives no longer than its cookie, which is not sent here. When two requests
 * write a new place at once, the second finds it there already. */
void msa_familiar_note(msa_context_t *ctx, const msa_user_t *user, const msa_familiar_t *familiar)
{
    msa_unit_t unit = msa_unit_make(ctx);
    if (!ctx->settings->throttle_account)
        return;
    if (familiar->device)
        note_use(ctx, familiar->device, familiar->device->expires_at);
    if (familiar->is_place_live) {
        note_use(ctx, familiar->place, device_end(ctx, familiar->place, PLACE_LIFETIME));
        return;
    }
    while (msa_unit_begin(&unit))
        msa_unit_end(&unit, write_place(ctx, user, familiar->place));
}

/* ---- browsers ---- */

/* Changes with the password: anyone who knew the old one is news again under the new one. */
static const char *era_of(msa_context_t *ctx, const msa_user_t *user)
{
    const char *texts[] = {"device", user->fs_uniquifier, NULL};
    unsigned char digest[MSA_DIGEST_SIZE];
    msa_digest_texts(NULL, texts, digest);
    return msa_digest_hex(ctx->pool, digest, sizeof(digest));
}

static bool is_of_era(const msa_ticket_t *device, const char *era)
{
    return device->detail && strcmp(device->detail, era) == 0;
}

static bool is_any_of_era(const apr_array_header_t *devices, const char *era)
{
    for (int i = 0; i < devices->nelts; i++) {
        if (is_of_era(APR_ARRAY_IDX(devices, i, const msa_ticket_t *), era))
            return true;
    }
    return false;
}

static apr_status_t find_own(msa_context_t *ctx, const msa_user_t *user, msa_ticket_t **own)
{
    unsigned char digest[MSA_DIGEST_SIZE];
    msa_ticket_t *found = NULL;
    apr_status_t status = APR_NOTFOUND;
    if (device_digest(ctx, digest))
        status = msa_ticket_by_digest(ctx->db, ctx->pool, digest, &found);
    if (status == APR_SUCCESS && is_device(ctx, found, user))
        *own = found;
    return status == APR_NOTFOUND ? APR_SUCCESS : status;
}

static msa_outcome_t mail(msa_context_t *ctx, const msa_user_t *user)
{
    msa_values_t *values = msa_values_make(ctx->pool);
    msa_values_set(values, "time", msa_text_datetime(ctx->pool, ctx->now));
    msa_values_set(values, "address", ctx->address);
    msa_values_set(values, "agent", ctx->agent && msa_text_is_name(ctx->agent) ? ctx->agent : "-");
    msa_values_set(values, "username", user->username);
    if (ctx->settings->is_recoverable)
        msa_values_set(values, "reset_link", msa_mail_link(ctx, ctx->settings->reset_url, NULL));
    return msa_mail_queue(ctx, "new_login", user->email, values);
}

static msa_outcome_t keep(msa_context_t *ctx, const msa_ticket_t *own, msa_signin_t *signin)
{
    apr_time_t expires_at =
        device_end(ctx, own, msa_purpose_lifetime(ctx->settings, MSA_PURPOSE_DEVICE));
    if (note_use(ctx, own, expires_at) != APR_SUCCESS)
        return MSA_BROKEN;
    if (expires_at != own->expires_at)
        signin->device = ctx->device;
    return MSA_OK;
}

msa_outcome_t msa_device_note(msa_context_t *ctx, const msa_user_t *user, msa_signin_t *signin)
{
    msa_ticket_order_t order = {.purpose = MSA_PURPOSE_DEVICE, .detail = era_of(ctx, user)};
    apr_array_header_t *others = NULL;
    msa_ticket_t *own = NULL;
    apr_status_t status;
    if (!ctx->settings->send_new_login_email && !ctx->settings->throttle_account)
        return MSA_OK;
    if (find_own(ctx, user, &own) != APR_SUCCESS)
        return MSA_BROKEN;
    if (own && is_of_era(own, order.detail))
        return keep(ctx, own, signin);
    status = msa_ticket_list(ctx->db, ctx->pool, user->id, msa_purpose_name(MSA_PURPOSE_DEVICE),
                             MSA_FAMILIAR_MAX, &others);
    if (status != APR_SUCCESS)
        return MSA_BROKEN;
    /* The very first browser is not news to somebody who has just made the account. */
    if (ctx->settings->send_new_login_email && is_any_of_era(others, order.detail) &&
        mail(ctx, user) != MSA_OK)
        return MSA_BROKEN;
    if (own)
        status = msa_ticket_delete(ctx->db, ctx->pool, own);
    if (status != APR_SUCCESS && status != APR_NOTFOUND)
        return MSA_BROKEN;
    return msa_ticket_issue(ctx, user, &order, &signin->device, NULL);
}
