/* SPDX-License-Identifier: Apache-2.0 */
/* Turns store statuses into outcomes, makes random identifiers, and says which network a client
 * belongs to. */

#include "context.h"

#include "../base/digest.h"

#include <string.h>

#include <arpa/inet.h>
#include <apr_strings.h>

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

/* Anyone who has an IPv6 address has the whole /64 (RFC 4291 section 2.5.1); an IPv4 address stays
 * the same however it is written. */
const char *msa_context_network(msa_context_t *ctx)
{
    struct in6_addr address;
    char text[INET6_ADDRSTRLEN];
    if (inet_pton(AF_INET6, ctx->address, &address) != 1)
        return ctx->address;
    if (IN6_IS_ADDR_V4MAPPED(&address)) {
        if (!inet_ntop(AF_INET, address.s6_addr + 12, text, sizeof(text)))
            return ctx->address;
        return apr_pstrdup(ctx->pool, text);
    }
    memset(address.s6_addr + 8, 0, 8);
    if (!inet_ntop(AF_INET6, &address, text, sizeof(text)))
        return ctx->address;
    return apr_pstrdup(ctx->pool, text);
}
