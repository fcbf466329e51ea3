/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the user whom a cookie or token of a Flask-Security application names, and until when it
 * counts here. */

#include "identity_flask.h"

#include "../base/digest.h"
#include "../base/require.h"

#include <string.h>

/** What each kind of claim stands for here. */
static const struct {
    const char *method;
    msa_purpose_t purpose;
} KINDS[] = {
    [MSA_FLASK_SESSION] = {"session",  MSA_PURPOSE_SESSION},
    [MSA_FLASK_REMEMBER] = {"remember", MSA_PURPOSE_SESSION},
    [MSA_FLASK_TOKEN] = {"token",    MSA_PURPOSE_TOKEN  },
};

static bool is_expired(const msa_context_t *ctx, const msa_flask_claim_t *claim,
                       msa_flask_kind_t kind)
{
    apr_interval_time_t max_age = ctx->settings->token_max_age;
    return kind == MSA_FLASK_TOKEN && max_age && ctx->now - claim->signed_at > max_age;
}

/* The application signs with the first of its keys and still accepts what the others signed. */
static bool is_signed(const msa_context_t *ctx, msa_flask_kind_t kind, const char *value,
                      msa_flask_claim_t *claim)
{
    const apr_array_header_t *keys = ctx->settings->flask_secret_keys;
    for (int i = 0; keys && i < keys->nelts; i++) {
        if (msa_flask_verify(ctx->pool, kind, APR_ARRAY_IDX(keys, i, const char *), value, ctx->now,
                             claim) == APR_SUCCESS)
            return true;
    }
    return false;
}

/* When the claim stops counting: SecurityTokenMaxAge may end before the claim itself. */
static apr_time_t end_of(const msa_context_t *ctx, const msa_flask_claim_t *claim,
                         msa_flask_kind_t kind)
{
    apr_time_t end = claim->expires_at ? claim->expires_at : APR_INT64_MAX;
    apr_interval_time_t age = kind == MSA_FLASK_TOKEN ? ctx->settings->token_max_age : 0;
    return age && claim->signed_at + age < end ? claim->signed_at + age : end;
}

msa_outcome_t msa_identity_by_flask(msa_context_t *ctx, msa_flask_kind_t kind, const char *value,
                                    msa_identity_t **identity)
{
    MSA_REQUIRE(value);
    msa_flask_claim_t claim;
    msa_user_t *user = NULL;
    msa_identity_t *made = NULL;
    msa_outcome_t outcome;

    if (!is_signed(ctx, kind, value, &claim) || is_expired(ctx, &claim, kind))
        return MSA_UNAUTHENTICATED;
    outcome =
        msa_context_outcome(msa_user_by_uniquifier(ctx->db, ctx->pool, claim.fs_uniquifier, &user));
    if (outcome == MSA_NOT_FOUND || (outcome == MSA_OK && !user->is_active))
        return MSA_UNAUTHENTICATED;
    if (outcome == MSA_OK)
        outcome = msa_identity_of_user(ctx, user, &made);
    if (outcome != MSA_OK)
        return outcome;
    msa_digest_sha256(value, strlen(value), made->digest);
    made->is_from_flask = true;
    made->purpose = KINDS[kind].purpose;
    made->method = KINDS[kind].method;
    made->audience = ctx->audience;
    made->issued_at = claim.signed_at;
    made->fresh_at = claim.fresh_at;
    made->expires_at = end_of(ctx, &claim, kind);
    *identity = made;
    return MSA_OK;
}
