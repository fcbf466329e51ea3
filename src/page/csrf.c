/* SPDX-License-Identifier: Apache-2.0 */
#include "conversation.h"

#include "../base/text.h"

#include <string.h>
#include <strings.h>

#include <apr_strings.h>

#define TOKEN_SECONDS 3600

static const char *header(const msa_page_t *page, const char *name)
{
    return apr_table_get(page->request->headers, name);
}

static bool is_own_origin(const msa_page_t *page, const char *origin)
{
    const msa_context_t *ctx = page->ctx;
    const char *host = header(page, "Host");
    if (strcasecmp(origin, ctx->settings->public_url) == 0)
        return true;
    if (!host)
        return false;
    return strcasecmp(origin, apr_pstrcat(ctx->pool, ctx->is_secure ? "https://" : "http://", host,
                                          NULL)) == 0;
}

/*
 * Fetch Metadata (W3C) tells who asked; older browsers send Origin with every POST (RFC 6454, Fetch
 * section 3.2). A program that sends neither carries no cookies that it was not given.
 */
static bool is_own_request(const msa_page_t *page)
{
    const char *site = header(page, "Sec-Fetch-Site");
    const char *origin = header(page, "Origin");
    if (site && (strcmp(site, "same-origin") == 0 || strcmp(site, "none") == 0))
        return true;
    if (origin)
        return is_own_origin(page, origin);
    return site == NULL;
}

/* What a token hangs on: the session, or a cookie of its own before sign-in. */
static bool session_key(const msa_page_t *page, unsigned char key[MSA_DIGEST_SIZE])
{
    const msa_identity_t *identity = page->identity;
    if (!identity || identity->purpose != MSA_PURPOSE_SESSION || !identity->ticket_id)
        return false;
    memcpy(key, identity->digest, MSA_DIGEST_SIZE);
    return true;
}

static bool cookie_key(const char *cookie, unsigned char key[MSA_DIGEST_SIZE])
{
    if (!cookie || !msa_digest_is_secret(cookie, strlen(cookie)))
        return false;
    msa_digest_sha256(cookie, strlen(cookie), key);
    return true;
}

static const char *token_make(const msa_page_t *page, const unsigned char key[MSA_DIGEST_SIZE],
                              apr_int64_t issued_at)
{
    unsigned char mac[MSA_DIGEST_SIZE];
    const char *time = apr_psprintf(page->ctx->pool, "%" APR_INT64_T_FMT, issued_at);
    msa_digest_hmac_sha256(key, MSA_DIGEST_SIZE, time, strlen(time), mac);
    return apr_pstrcat(page->ctx->pool, time, ".",
                       msa_digest_base64url(page->ctx->pool, mac, sizeof(mac)), NULL);
}

bool msa_csrf_is_needed(const msa_page_t *page)
{
    msa_csrf_t regime = page->ctx->settings->csrf;
    return regime == MSA_CSRF_TOKEN || regime == MSA_CSRF_BOTH;
}

static bool needs_origin(const msa_page_t *page)
{
    msa_csrf_t regime = page->ctx->settings->csrf;
    return regime == MSA_CSRF_ORIGIN || regime == MSA_CSRF_BOTH;
}

const char *msa_csrf_token(msa_page_t *page)
{
    unsigned char key[MSA_DIGEST_SIZE];
    const char *cookie = msa_page_cookie(page, MSA_COOKIE_CSRF);
    if (!session_key(page, key) && !cookie_key(cookie, key)) {
        cookie = msa_digest_secret(page->ctx->env, page->ctx->pool);
        if (!cookie_key(cookie, key))
            return "";
        if (msa_csrf_is_needed(page))
            msa_cookie_set(page->ctx, page->reply->headers, MSA_COOKIE_CSRF, cookie, 0);
    }
    return token_make(page, key, apr_time_sec(page->ctx->now));
}

static const char *token_sent(const msa_page_t *page)
{
    const apr_array_header_t *names = page->ctx->settings->csrf_headers;
    const char *token = msa_page_field(page, "csrf_token");
    for (int i = 0; !token && names && i < names->nelts; i++)
        token = header(page, APR_ARRAY_IDX(names, i, const char *));
    return token;
}

static bool is_made_with(const msa_page_t *page, const unsigned char key[MSA_DIGEST_SIZE],
                         const char *token, apr_int64_t issued_at)
{
    const char *expected = token_make(page, key, issued_at);
    return strlen(token) == strlen(expected) && msa_digest_equal(token, expected, strlen(expected));
}

/* Many clients ask for a token once, before they sign in, and go on with it. */
static msa_outcome_t check_token(const msa_page_t *page)
{
    unsigned char key[MSA_DIGEST_SIZE];
    const char *token = token_sent(page);
    apr_int64_t issued_at, now = apr_time_sec(page->ctx->now);
    if (!token || !*token)
        return MSA_CSRF_TOKEN_MISSING;
    issued_at = apr_strtoi64(token, NULL, 10);
    if (issued_at <= 0 || issued_at > now || now - issued_at > TOKEN_SECONDS)
        return MSA_CSRF_TOKEN_INVALID;
    if (session_key(page, key) && is_made_with(page, key, token, issued_at))
        return MSA_OK;
    if (cookie_key(msa_page_cookie(page, MSA_COOKIE_CSRF), key) &&
        is_made_with(page, key, token, issued_at))
        return MSA_OK;
    return MSA_CSRF_TOKEN_INVALID;
}

msa_outcome_t msa_csrf_check(const msa_page_t *page, bool wants_token)
{
    /* A token in a header is never sent by a browser on its own; one in a link is. */
    if (page->identity && strcmp(page->identity->method, "token") == 0 &&
        !page->request->is_token_in_url)
        return MSA_OK;
    if (needs_origin(page) && !is_own_request(page))
        return MSA_CROSS_SITE;
    return wants_token && msa_csrf_is_needed(page) ? check_token(page) : MSA_OK;
}
