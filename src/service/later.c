/* SPDX-License-Identifier: Apache-2.0 */
/* Sign-outs that came while the database was away, remembered until it is back. */

#include "later.h"

#include <string.h>

#include "../base/digest.h"
#include "../identity/remember.h"
#include "../wire/table_ledger.h"
#include "host.h"
#include "log.h"
#include "world.h"

static const unsigned char NONE[MSA_DIGEST_SIZE];

static bool is_none(const unsigned char digest[MSA_DIGEST_SIZE])
{
    return msa_digest_equal(digest, NONE, MSA_DIGEST_SIZE);
}

static void digest_of(const char *secret, unsigned char digest[MSA_DIGEST_SIZE])
{
    if (secret && msa_digest_is_secret(secret, strlen(secret)))
        msa_digest_sha256(secret, MSA_SECRET_LENGTH, digest);
}

/* What another store keeps in mind it ends only there. */
static bool is_kept(const msa_host_t *host, const unsigned char digest[MSA_DIGEST_SIZE])
{
    return is_none(digest) || msa_ledger_is_signed_out(msa_service.table, host->store, digest);
}

bool msa_later_add(const msa_host_t *host, const char *session, const char *remember)
{
    msa_signout_t signout = {.store = host->store};
    digest_of(session, signout.session);
    digest_of(remember, signout.remember);
    if ((!is_kept(host, signout.session) || !is_kept(host, signout.remember)) &&
        !msa_ledger_signout_add(msa_service.table, &signout))
        return false;
    if (!is_none(signout.session))
        msa_world_ticket_changed(signout.session);
    return true;
}

bool msa_later_is_over(const char *secret)
{
    unsigned char digest[MSA_DIGEST_SIZE] = {0};
    digest_of(secret, digest);
    return !is_none(digest) && msa_ledger_is_signed_out(msa_service.table, 0, digest);
}

static msa_outcome_t sign_out(msa_context_t *ctx, const msa_signout_t *signout)
{
    msa_outcome_t outcome = MSA_OK;
    if (!is_none(signout->session))
        outcome = msa_signin_end_digest(ctx, signout->session);
    if (outcome == MSA_OK && !is_none(signout->remember))
        outcome = msa_signin_end_digest(ctx, signout->remember);
    return outcome;
}

void msa_later_run(apr_pool_t *pool, msa_host_t *host)
{
    msa_ledger_place_t place = {0};
    msa_signout_t signout;
    while (msa_ledger_signout_next(msa_service.table, host->store, &place, &signout)) {
        if (sign_out(msa_world_make(pool, host, 0, NULL), &signout) == MSA_OK)
            msa_ledger_signout_end(msa_service.table, &place);
        /* One that fails for a reason of its own keeps nobody else's waiting. */
        else if (msa_database_is_away(host->database))
            return;
    }
}
