/* SPDX-License-Identifier: Apache-2.0 */
#include "account.h"

msa_outcome_t msa_context_outcome(apr_status_t status)
{
    if (status == APR_SUCCESS)
        return MSA_OK;
    return status == APR_NOTFOUND ? MSA_NOT_FOUND : MSA_BROKEN;
}

const char *msa_context_random_hex(msa_context_t *ctx, apr_size_t bytes)
{
    unsigned char *random = apr_palloc(ctx->pool, bytes);
    if (ctx->env->random(ctx->env->baton, random, bytes) != APR_SUCCESS) {
        msa_env_log(ctx->env, ctx->pool, MSA_LOG_ERROR, "no random numbers are available");
        return NULL;
    }
    return msa_digest_hex(ctx->pool, random, bytes);
}
