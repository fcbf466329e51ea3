/* SPDX-License-Identifier: Apache-2.0 */
/* COOKIES[] says what each cookie is called; sets and clears them with their attributes. */

#include "cookie.h"

#include <stddef.h>

#include <apr_strings.h>

#define GONE "; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0"

/** What each cookie is called: a setting and a suffix. */
static const struct {
    size_t name;
    const char *suffix;
} COOKIES[MSA_COOKIE_COUNT] = {
    [MSA_COOKIE_SESSION] = {offsetof(msa_settings_t, session_cookie_name),  ""       },
    [MSA_COOKIE_REMEMBER] = {offsetof(msa_settings_t, remember_cookie_name), ""       },
    [MSA_COOKIE_DEVICE] = {offsetof(msa_settings_t, session_cookie_name),  "_device"},
    [MSA_COOKIE_CSRF] = {offsetof(msa_settings_t, session_cookie_name),  "_csrf"  },
    [MSA_COOKIE_FLASH] = {offsetof(msa_settings_t, session_cookie_name),  "_flash" },
};

const char *msa_cookie_name(apr_pool_t *pool, const msa_settings_t *settings, msa_cookie_t cookie,
                            bool is_secure)
{
    const char *name = *(const char *const *)((const char *)settings + COOKIES[cookie].name);
    return apr_pstrcat(pool, is_secure ? "__Host-" : "", name, COOKIES[cookie].suffix, NULL);
}

/* RFC 6265 section 4.1; __Host- of RFC 6265bis section 4.1.3.2 needs Secure, Path=/ and no
 * Domain. */
static void add(const msa_context_t *ctx, apr_table_t *headers, const char *name, const char *value,
                const char *lifetime)
{
    apr_table_addn(headers, "Set-Cookie",
                   apr_pstrcat(ctx->pool, name, "=", value, "; Path=/; HttpOnly; SameSite=Lax",
                               ctx->is_secure ? "; Secure" : "", lifetime, NULL));
}

static const char *name_of(const msa_context_t *ctx, msa_cookie_t cookie)
{
    return msa_cookie_name(ctx->pool, ctx->settings, cookie, ctx->is_secure);
}

void msa_cookie_set(const msa_context_t *ctx, apr_table_t *headers, msa_cookie_t cookie,
                    const char *value, apr_interval_time_t lifetime)
{
    char date[APR_RFC822_DATE_LEN];
    const char *limit = "";
    if (lifetime > 0) {
        apr_rfc822_date(date, ctx->now + lifetime);
        limit = apr_psprintf(ctx->pool, "; Expires=%s; Max-Age=%" APR_INT64_T_FMT, date,
                             apr_time_sec(lifetime));
    }
    add(ctx, headers, name_of(ctx, cookie), value, limit);
}

void msa_cookie_clear(const msa_context_t *ctx, apr_table_t *headers, msa_cookie_t cookie)
{
    add(ctx, headers, name_of(ctx, cookie), "", GONE);
}

void msa_cookie_signout(const msa_context_t *ctx, apr_table_t *headers)
{
    const msa_settings_t *settings = ctx->settings;
    msa_cookie_clear(ctx, headers, MSA_COOKIE_SESSION);
    msa_cookie_clear(ctx, headers, MSA_COOKIE_REMEMBER);
    /* What a Flask-Security application signed stays good until the browser forgets it. */
    if (settings->flask_secret_keys && ctx->is_secure) {
        add(ctx, headers, settings->session_cookie_name, "", GONE);
        add(ctx, headers, settings->remember_cookie_name, "", GONE);
    }
}

void msa_cookie_signin(const msa_context_t *ctx, apr_table_t *headers, const msa_signin_t *signin)
{
    if (signin->session)
        msa_cookie_set(ctx, headers, MSA_COOKIE_SESSION, signin->session, 0);
    if (signin->remember)
        msa_cookie_set(ctx, headers, MSA_COOKIE_REMEMBER, signin->remember,
                       signin->remember_lifetime);
    if (signin->device)
        msa_cookie_set(ctx, headers, MSA_COOKIE_DEVICE, signin->device,
                       ctx->settings->remember_lifetime);
}
