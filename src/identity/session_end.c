/* SPDX-License-Identifier: Apache-2.0 */
/* Signs out by the digest of a secret, all that is left of it once the visitor has gone. */

#include "remember.h"
#include "ticket.h"
#include "audit.h"
#include "unit.h"

static bool is_signin_ticket(const msa_ticket_t *ticket)
{
    msa_purpose_t purpose = msa_purpose_of(ticket->purpose);
    return purpose == MSA_PURPOSE_SESSION || purpose == MSA_PURPOSE_REMEMBER;
}

/* Locks the user first, as everyone who ends tickets does. `user` is NULL when the account is
 * gone. */
static msa_outcome_t end(msa_context_t *ctx, const unsigned char digest[MSA_DIGEST_SIZE],
                         msa_user_t **user)
{
    msa_ticket_t *ticket = NULL;
    apr_status_t status = msa_ticket_by_digest(ctx->db, ctx->pool, digest, &ticket);
    *user = NULL;
    if (status == APR_NOTFOUND || (status == APR_SUCCESS && !is_signin_ticket(ticket)))
        return MSA_OK;
    if (status == APR_SUCCESS)
        status = msa_user_hold(ctx->db, ctx->pool, ticket->user_id, user);
    if (status == APR_SUCCESS || status == APR_NOTFOUND)
        status = ticket->family ? msa_ticket_delete_family(ctx->db, ctx->pool, ticket->user_id,
                                                           ticket->family, 0)
                                : msa_ticket_delete(ctx->db, ctx->pool, ticket);
    return status == APR_NOTFOUND ? MSA_OK : msa_context_outcome(status);
}

msa_outcome_t msa_signin_end_digest(msa_context_t *ctx, const unsigned char digest[MSA_DIGEST_SIZE])
{
    msa_user_t *user = NULL;
    msa_unit_t unit = msa_unit_make(ctx);
    while (msa_unit_begin(&unit))
        msa_unit_end(&unit, end(ctx, digest, &user));
    if (unit.outcome == MSA_OK && user)
        msa_audit(ctx, "logout", MSA_OK, user->id, user->email);
    return unit.outcome;
}
