/* SPDX-License-Identifier: Apache-2.0 */
/* Finds who has a name and password, for HTTP Basic: the password of the account, or a personal
 * access token in its place. */

#include "identity_password.h"
#include "signin.h"
#include "ticket.h"

#include "../base/require.h"
#include "../base/text.h"

#include <string.h>

static bool is_named(msa_context_t *ctx, const msa_identity_t *identity, const char *name)
{
    const char *key = msa_text_identity_key(ctx->pool, name);
    const char *email = msa_text_identity_key(ctx->pool, identity->email);
    const char *username =
        identity->username ? msa_text_identity_key(ctx->pool, identity->username) : NULL;
    if (!key)
        return false;
    return (email && strcmp(key, email) == 0) || (username && strcmp(key, username) == 0);
}

static msa_outcome_t by_personal_token(msa_context_t *ctx, const char *name, const char *secret,
                                       msa_identity_t **identity)
{
    msa_outcome_t outcome =
        msa_identity_by_secret(ctx, secret, 1u << MSA_PURPOSE_PERSONAL, identity);
    if (outcome == MSA_OK && !is_named(ctx, *identity, name))
        return MSA_UNAUTHENTICATED;
    if (outcome == MSA_OK)
        (*identity)->method = "basic";
    return outcome;
}

msa_outcome_t msa_identity_by_password(msa_context_t *ctx, const char *name, const char *password,
                                       msa_identity_t **identity)
{
    MSA_REQUIRE(name && password);
    bool is_email = strchr(name, '@') != NULL || !ctx->settings->is_username_enabled;
    msa_user_t *user = NULL;
    msa_outcome_t outcome;

    /* A dead token that some script keeps sending is not a guess at the password: it must neither
     * cost a hash nor count against the user. */
    if (msa_ticket_is_personal(password))
        return by_personal_token(ctx, name, password, identity);
    outcome =
        msa_signin_check(ctx, is_email ? name : NULL, is_email ? NULL : name, password, &user);
    if (outcome == MSA_THROTTLED || outcome == MSA_BUSY || outcome == MSA_BROKEN)
        return outcome;
    if (outcome != MSA_OK)
        return MSA_UNAUTHENTICATED;
    outcome = msa_identity_of_user(ctx, user, identity);
    if (outcome != MSA_OK)
        return outcome;
    (*identity)->method = "basic";
    (*identity)->issued_at = ctx->now;
    (*identity)->fresh_at = ctx->now;
    (*identity)->expires_at = APR_INT64_MAX;
    return MSA_OK;
}
