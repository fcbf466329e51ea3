/* SPDX-License-Identifier: Apache-2.0 */
#include "life.h"
#include "undo.h"

#include "../base/text.h"

#include <string.h>

#include <apr_strings.h>

/* The detail of such a link is `STAMP ADDRESS`: the stamp of its issue, in hexadecimal, tells
 * whether the password is still the one of that time. */
#define STAMP_LENGTH (2 * (apr_size_t)MSA_DIGEST_SIZE)

#define LINKS_READ 100 /* of one user; more only ever come from a flood */

static const char *address_of(const msa_ticket_t *ticket)
{
    const char *detail = ticket->detail;
    if (!detail || strlen(detail) <= STAMP_LENGTH + 1 || detail[STAMP_LENGTH] != ' ')
        return NULL;
    return detail + STAMP_LENGTH + 1;
}

static const char *stamp_of(msa_context_t *ctx, const msa_user_t *user)
{
    unsigned char stamp[MSA_DIGEST_SIZE];
    msa_user_stamp(user, stamp);
    return msa_digest_hex(ctx->pool, stamp, sizeof(stamp));
}

/* By it the links that could give an address back are found. */
static const char *address_family(const msa_context_t *ctx, const char *email)
{
    unsigned char digest[MSA_DIGEST_SIZE];
    const char *key = msa_text_identity_key(ctx->pool, email);
    if (!key)
        key = email;
    msa_digest_sha256(key, strlen(key), digest);
    return msa_digest_hex(ctx->pool, digest, sizeof(digest));
}

msa_outcome_t msa_undo_link(msa_context_t *ctx, const msa_user_t *user, const char **url)
{
    msa_ticket_order_t order = {
        .purpose = MSA_PURPOSE_UNDO_EMAIL,
        .family = address_family(ctx, user->email),
        .detail = apr_pstrcat(ctx->pool, stamp_of(ctx, user), " ", user->email, NULL)};
    const char *secret = NULL;
    msa_outcome_t outcome = msa_ticket_issue(ctx, user, &order, &secret, NULL);
    if (outcome == MSA_OK)
        *url = msa_mail_link(ctx, ctx->settings->change_email_url, secret);
    return outcome;
}

/* A link that was left over from an account that is gone keeps nothing for anybody. */
msa_outcome_t msa_undo_held(msa_context_t *ctx, const char *email)
{
    apr_array_header_t *holders = NULL;
    apr_status_t status =
        msa_ticket_holders(ctx->db, ctx->pool, address_family(ctx, email),
                           msa_purpose_name(MSA_PURPOSE_UNDO_EMAIL), ctx->now, &holders);
    if (status != APR_SUCCESS)
        return MSA_BROKEN;
    for (int i = 0; i < holders->nelts; i++) {
        const msa_holder_t *holder = &APR_ARRAY_IDX(holders, i, msa_holder_t);
        if (msa_ticket_is_of(&holder->ticket, &holder->user))
            return MSA_OK;
    }
    return MSA_NOT_FOUND;
}

apr_status_t msa_undo_rehash(msa_context_t *ctx, apr_int64_t user_id,
                             const unsigned char from[MSA_DIGEST_SIZE],
                             const unsigned char to[MSA_DIGEST_SIZE])
{
    return msa_ticket_replace_detail(ctx->db, user_id, msa_purpose_name(MSA_PURPOSE_UNDO_EMAIL),
                                     msa_digest_hex(ctx->pool, from, MSA_DIGEST_SIZE),
                                     msa_digest_hex(ctx->pool, to, MSA_DIGEST_SIZE));
}

static msa_outcome_t inspect(msa_context_t *ctx, const char *secret, msa_ticket_t **ticket,
                             msa_user_t **user)
{
    msa_outcome_t outcome =
        msa_life_inspect_change(ctx, secret, MSA_PURPOSE_UNDO_EMAIL, ticket, user);
    return outcome == MSA_OK && !address_of(*ticket) ? MSA_API_ERROR : outcome;
}

msa_outcome_t msa_undo_inspect(msa_context_t *ctx, const char *secret, msa_user_t **user,
                               const char **email)
{
    msa_ticket_t *ticket = NULL;
    msa_user_t *found = NULL;
    msa_outcome_t outcome = inspect(ctx, secret, &ticket, &found);
    if (outcome != MSA_OK)
        return outcome;
    *user = found;
    *email = address_of(ticket);
    return MSA_OK;
}

/* A later link to the same address keeps it open for longer. */
static void note_former(msa_context_t *ctx, apr_array_header_t *former, const msa_ticket_t *ticket)
{
    const char *address = msa_text_email_mask(ctx->pool, address_of(ticket));
    msa_former_t *entry = NULL;
    for (int i = 0; !entry && i < former->nelts; i++) {
        if (strcmp(APR_ARRAY_IDX(former, i, msa_former_t).address, address) == 0)
            entry = &APR_ARRAY_IDX(former, i, msa_former_t);
    }
    if (!entry) {
        entry = apr_array_push(former);
        entry->address = address;
        entry->until = ticket->expires_at;
    } else if (!ticket->expires_at || (entry->until && ticket->expires_at > entry->until)) {
        entry->until = ticket->expires_at;
    }
}

/* From the request on there is a link; before the change, it leads to the present address. */
static bool is_way_back(const msa_context_t *ctx, const msa_ticket_t *ticket,
                        const msa_user_t *user)
{
    return msa_ticket_is_of(ticket, user) && address_of(ticket) &&
           strcmp(address_of(ticket), user->email) != 0 &&
           (!ticket->expires_at || ticket->expires_at > ctx->now);
}

msa_outcome_t msa_undo_list(msa_context_t *ctx, const msa_user_t *user, apr_array_header_t **former)
{
    apr_array_header_t *tickets = NULL;
    apr_array_header_t *found = apr_array_make(ctx->pool, 2, sizeof(msa_former_t));
    apr_status_t status =
        msa_ticket_list(ctx->db, ctx->pool, user ? user->id : 0,
                        msa_purpose_name(MSA_PURPOSE_UNDO_EMAIL), LINKS_READ, &tickets);
    for (int i = 0; status == APR_SUCCESS && user && i < tickets->nelts; i++) {
        const msa_ticket_t *ticket = APR_ARRAY_IDX(tickets, i, const msa_ticket_t *);
        if (is_way_back(ctx, ticket, user))
            note_former(ctx, found, ticket);
    }
    if (status == APR_SUCCESS)
        *former = found;
    return msa_context_outcome(status);
}

/* A password that was set after the change was asked for is not the owner's. */
static msa_outcome_t end_access(msa_context_t *ctx, const msa_ticket_t *ticket, msa_user_t *user)
{
    const char *uniquifier = msa_context_random_hex(ctx, 16);
    apr_status_t status;
    if (!uniquifier)
        return MSA_BROKEN;
    if (msa_digest_equal(ticket->detail, stamp_of(ctx, user), STAMP_LENGTH))
        status = msa_user_set_uniquifier(ctx->db, ctx->pool, user->id, uniquifier, ctx->now);
    else
        status =
            msa_user_set_password(ctx->db, ctx->pool, user->id, NULL, NULL, uniquifier, ctx->now);
    if (status != APR_SUCCESS)
        return msa_context_outcome(status);
    user->fs_uniquifier = uniquifier;
    return msa_life_drop_all(ctx, user->id);
}

/* Who asked for the change had a session, perhaps the password: all that was handed out ends. */
static msa_outcome_t write_undo(msa_context_t *ctx, msa_ticket_t *ticket, msa_user_t *user)
{
    msa_unit_t unit = msa_unit_make(ctx);
    while (msa_unit_begin(&unit)) {
        msa_outcome_t outcome = msa_ticket_use(ctx, ticket, user);
        if (outcome == MSA_OK && strcmp(user->email, address_of(ticket)) != 0)
            outcome = msa_life_set_email(ctx, user, address_of(ticket));
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
    msa_outcome_t outcome = inspect(ctx, secret, &ticket, &found);
    if (outcome == MSA_OK)
        outcome = write_undo(ctx, ticket, found);
    msa_audit(ctx, "change-email-undone", outcome, found ? found->id : 0,
              found ? found->email : NULL);
    if (outcome != MSA_OK)
        return outcome;
    found->email = address_of(ticket);
    *user = found;
    return MSA_OK;
}
