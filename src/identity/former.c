/* SPDX-License-Identifier: Apache-2.0 */
/* The former addresses of an account: the tickets that can put one back, and how long each of them
 * keeps its address from being taken. */

#include "former.h"
#include "ticket.h"

#include "../base/text.h"
#include "../base/text_email.h"

#include <string.h>

#include <apr_strings.h>

/* The detail of such a ticket is `STAMP ADDRESS`: the user's stamp when it was issued, in
 * hexadecimal, tells whether the password is still the one of that time. */
#define STAMP_LENGTH (2 * (apr_size_t)MSA_DIGEST_SIZE)

#define LINKS_READ 100 /* of one user; only a flood makes more */

const char *msa_former_address(const msa_ticket_t *ticket)
{
    const char *detail = ticket->detail;
    if (!detail || strlen(detail) <= STAMP_LENGTH + 1 || detail[STAMP_LENGTH] != ' ')
        return NULL;
    return detail + STAMP_LENGTH + 1;
}

static const char *stamp_of(apr_pool_t *pool, const msa_user_t *user)
{
    unsigned char stamp[MSA_DIGEST_SIZE];
    msa_user_stamp(user, stamp);
    return msa_digest_hex(pool, stamp, sizeof(stamp));
}

/* The links that could give an address back are found by this. */
static const char *address_family(const msa_context_t *ctx, const char *email)
{
    unsigned char digest[MSA_DIGEST_SIZE];
    const char *key = msa_text_identity_key(ctx->pool, email);
    if (!key)
        key = email;
    msa_digest_sha256(key, strlen(key), digest);
    return msa_digest_hex(ctx->pool, digest, sizeof(digest));
}

msa_outcome_t msa_former_issue(msa_context_t *ctx, const msa_user_t *user, const char **secret)
{
    msa_ticket_order_t order = {
        .purpose = MSA_PURPOSE_UNDO_EMAIL,
        .family = address_family(ctx, user->email),
        .detail = apr_pstrcat(ctx->pool, stamp_of(ctx->pool, user), " ", user->email, NULL)};
    return msa_ticket_issue(ctx, user, &order, secret, NULL);
}

bool msa_former_is_same_password(apr_pool_t *pool, const msa_ticket_t *ticket,
                                 const msa_user_t *user)
{
    return msa_digest_equal(ticket->detail, stamp_of(pool, user), STAMP_LENGTH);
}

/* A link left over from a deleted account keeps the address for nobody. */
msa_outcome_t msa_former_held(msa_context_t *ctx, const char *email)
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

apr_status_t msa_former_rehash(msa_context_t *ctx, apr_int64_t user_id,
                               const unsigned char from[MSA_DIGEST_SIZE],
                               const unsigned char to[MSA_DIGEST_SIZE])
{
    return msa_ticket_replace_detail(ctx->db, user_id, msa_purpose_name(MSA_PURPOSE_UNDO_EMAIL),
                                     msa_digest_hex(ctx->pool, from, MSA_DIGEST_SIZE),
                                     msa_digest_hex(ctx->pool, to, MSA_DIGEST_SIZE));
}

/* A later link to the same address keeps the way back open longer. */
static void note_former(msa_context_t *ctx, apr_array_header_t *former, const msa_ticket_t *ticket)
{
    const char *address = msa_text_email_mask(ctx->pool, msa_former_address(ticket));
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

/* The link exists from the request on; until the change is made, it leads to the present
 * address. */
static bool is_way_back(const msa_context_t *ctx, const msa_ticket_t *ticket,
                        const msa_user_t *user)
{
    return msa_ticket_is_of(ticket, user) && msa_former_address(ticket) &&
           strcmp(msa_former_address(ticket), user->email) != 0 &&
           (!ticket->expires_at || ticket->expires_at > ctx->now);
}

msa_outcome_t msa_former_list(msa_context_t *ctx, const msa_user_t *user,
                              apr_array_header_t **former)
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
