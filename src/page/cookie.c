/* SPDX-License-Identifier: Apache-2.0 */
#include "conversation.h"

#include <apr_strings.h>

#define GONE "; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0"

const char *msa_cookie_name(apr_pool_t *pool, const char *name, bool is_secure)
{
    return is_secure ? apr_pstrcat(pool, "__Host-", name, NULL) : name;
}

/* RFC 6265 section 4.1; __Host- of RFC 6265bis section 4.1.3.2 needs Secure, Path=/ and no Domain.
 */
static void add(const msa_context_t *ctx, apr_table_t *headers, const char *name, const char *value,
                const char *lifetime)
{
    apr_table_addn(headers, "Set-Cookie",
                   apr_pstrcat(ctx->pool, name, "=", value, "; Path=/; HttpOnly; SameSite=Lax",
                               ctx->is_secure ? "; Secure" : "", lifetime, NULL));
}

void msa_cookie_set(const msa_context_t *ctx, apr_table_t *headers, const char *name,
                    const char *value, apr_interval_time_t lifetime)
{
    char date[APR_RFC822_DATE_LEN];
    const char *limit = "";
    if (lifetime > 0) {
        apr_rfc822_date(date, ctx->now + lifetime);
        limit = apr_psprintf(ctx->pool, "; Expires=%s; Max-Age=%" APR_INT64_T_FMT, date,
                             apr_time_sec(lifetime));
    }
    add(ctx, headers, msa_cookie_name(ctx->pool, name, ctx->is_secure), value, limit);
}

void msa_cookie_clear(const msa_context_t *ctx, apr_table_t *headers, const char *name)
{
    add(ctx, headers, msa_cookie_name(ctx->pool, name, ctx->is_secure), "", GONE);
}

void msa_cookie_signout(const msa_context_t *ctx, apr_table_t *headers)
{
    const msa_settings_t *settings = ctx->settings;
    msa_cookie_clear(ctx, headers, settings->session_cookie_name);
    msa_cookie_clear(ctx, headers, settings->remember_cookie_name);
    /* What a Flask-Security application signed is good until the browser forgets it. */
    if (settings->flask_secret_keys && ctx->is_secure) {
        add(ctx, headers, settings->session_cookie_name, "", GONE);
        add(ctx, headers, settings->remember_cookie_name, "", GONE);
    }
}

void msa_cookie_signin(const msa_context_t *ctx, apr_table_t *headers, const msa_signin_t *signin)
{
    if (signin->session)
        msa_cookie_set(ctx, headers, ctx->settings->session_cookie_name, signin->session, 0);
    if (signin->remember)
        msa_cookie_set(ctx, headers, ctx->settings->remember_cookie_name, signin->remember,
                       signin->remember_lifetime);
    if (signin->device)
        msa_cookie_set(ctx, headers, msa_cookie_device(ctx), signin->device,
                       ctx->settings->remember_lifetime);
}

const char *msa_cookie_device(const msa_context_t *ctx)
{
    return apr_pstrcat(ctx->pool, ctx->settings->session_cookie_name, "_device", NULL);
}
