/* SPDX-License-Identifier: Apache-2.0 */
/* Decides whether this site's own page asked for a change of state: by the origin, or by a token
 * that is bound to the sign-in. */

#include "csrf.h"

#include "../base/digest.h"

#include <string.h>
#include <strings.h>

#include <apr_strings.h>

#include "cookie.h"
#include "request.h"

#define TOKEN_SECONDS 3600
#define NONCE_LENGTH  16

static bool is_own_origin(const msa_page_t *page, const char *origin)
{
    const msa_context_t *ctx = page->ctx;
    const char *host = msa_page_header(page, "Host");
    if (strcasecmp(origin, ctx->settings->public_url) == 0)
        return true;
    if (!host)
        return false;
    return strcasecmp(origin, apr_pstrcat(ctx->pool, ctx->is_secure ? "https://" : "http://", host,
                                          NULL)) == 0;
}

/*
 * Fetch Metadata (W3C) tells who asked; older browsers send Origin with every POST (RFC 6454, Fetch
 * section 3.2). A program that sends neither carries no cookies but those it was given.
 */
static bool is_own_request(const msa_page_t *page)
{
    const char *site = msa_page_header(page, "Sec-Fetch-Site");
    const char *origin = msa_page_header(page, "Origin");
    if (site && (strcmp(site, "same-origin") == 0 || strcmp(site, "none") == 0))
        return true;
    if (origin)
        return is_own_origin(page, origin);
    return site == NULL;
}

/* What a token is bound to: the sign-in, whose session may change; before that, a cookie of its
 * own. */
static bool session_key(const msa_page_t *page, unsigned char key[MSA_DIGEST_SIZE])
{
    const msa_identity_t *identity = page->identity;
    const char *texts[] = {"csrf", identity ? identity->family : NULL, NULL};
    if (!identity || identity->purpose != MSA_PURPOSE_SESSION || !identity->family)
        return false;
    msa_digest_texts(NULL, texts, key);
    return true;
}

/*
 * Anyone who can plant the cookie knows it, and could ask for a token of their own with it: so the
 * key contains the server's secret and, where no session says who is asking, the user.
 */
static bool cookie_key(const msa_page_t *page, const char *cookie,
                       unsigned char key[MSA_DIGEST_SIZE])
{
    const msa_context_t *ctx = page->ctx;
    const char *text;
    if (!cookie)
        return false;
    text = apr_psprintf(ctx->pool, "%s\n%" APR_INT64_T_FMT, cookie,
                        page->identity ? page->identity->user_id : (apr_int64_t)0);
    msa_digest_hmac_sha256(ctx->env->key, MSA_DIGEST_SIZE, text, strlen(text), key);
    return true;
}

/* `seconds.nonce.mac`: nobody can tell what another visitor was given without having seen it. */
static const char *token_make(const msa_page_t *page, const unsigned char key[MSA_DIGEST_SIZE],
                              apr_int64_t issued_at, const char *nonce)
{
    unsigned char mac[MSA_DIGEST_SIZE];
    const char *text = apr_psprintf(page->ctx->pool, "%" APR_INT64_T_FMT ".%s", issued_at, nonce);
    msa_digest_hmac_sha256(key, MSA_DIGEST_SIZE, text, strlen(text), mac);
    return apr_pstrcat(page->ctx->pool, text, ".",
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
    const msa_context_t *ctx = page->ctx;
    unsigned char key[MSA_DIGEST_SIZE];
    const char *nonce = msa_digest_secret(ctx->env, ctx->pool);
    const char *cookie = msa_page_secret(page, MSA_COOKIE_CSRF, 0);
    if (!nonce)
        return "";
    if (!session_key(page, key) && !cookie_key(page, cookie, key)) {
        cookie = msa_digest_secret(ctx->env, ctx->pool);
        if (!cookie_key(page, cookie, key))
            return "";
        if (msa_csrf_is_needed(page))
            msa_cookie_set(ctx, page->reply->headers, MSA_COOKIE_CSRF, cookie, 0);
    }
    return token_make(page, key, apr_time_sec(ctx->now),
                      apr_pstrmemdup(ctx->pool, nonce, NONCE_LENGTH));
}

static const char *token_sent(const msa_page_t *page)
{
    const apr_array_header_t *names = page->ctx->settings->csrf_headers;
    const char *token = msa_page_field(page, "csrf_token");
    for (int i = 0; !token && names && i < names->nelts; i++)
        token = msa_page_header(page, APR_ARRAY_IDX(names, i, const char *));
    return token;
}

static bool is_made_with(const msa_page_t *page, const unsigned char key[MSA_DIGEST_SIZE],
                         const char *token, apr_int64_t issued_at)
{
    const char *nonce = strchr(token, '.');
    const char *expected;
    if (!nonce || strcspn(nonce + 1, ".") != NONCE_LENGTH)
        return false;
    nonce = apr_pstrmemdup(page->ctx->pool, nonce + 1, NONCE_LENGTH);
    expected = token_make(page, key, issued_at, nonce);
    return strlen(token) == strlen(expected) && msa_digest_equal(token, expected, strlen(expected));
}

/* What the cookie keeps of the token that a session began with. */
static const char *kept_mark(const msa_page_t *page, const unsigned char key[MSA_DIGEST_SIZE],
                             const char *token)
{
    unsigned char mac[MSA_DIGEST_SIZE];
    msa_digest_hmac_sha256(key, MSA_DIGEST_SIZE, token, strlen(token), mac);
    return msa_digest_base64url(page->ctx->pool, mac, sizeof(mac));
}

static bool is_kept(const msa_page_t *page, const unsigned char key[MSA_DIGEST_SIZE],
                    const char *token, const char *cookie)
{
    const char *mark = kept_mark(page, key, token);
    return strlen(cookie) == strlen(mark) && msa_digest_equal(cookie, mark, strlen(mark));
}

void msa_csrf_keep(msa_page_t *page)
{
    unsigned char key[MSA_DIGEST_SIZE];
    const char *token = token_sent(page);
    if (msa_csrf_is_needed(page) && token && session_key(page, key))
        msa_cookie_set(page->ctx, page->reply->headers, MSA_COOKIE_CSRF,
                       kept_mark(page, key, token), 0);
}

/* Any of the cookies may be ours: others have a say in which comes first. */
static bool is_token_of(const msa_page_t *page, const char *token, apr_int64_t issued_at)
{
    unsigned char key[MSA_DIGEST_SIZE];
    bool has_session = session_key(page, key);
    bool is_good = has_session && is_made_with(page, key, token, issued_at);
    const char *cookie;
    for (int i = 0; !is_good; i++) {
        cookie = msa_page_secret(page, MSA_COOKIE_CSRF, i);
        if (!cookie)
            return false;
        is_good = has_session
                      ? is_kept(page, key, token, cookie)
                      : cookie_key(page, cookie, key) && is_made_with(page, key, token, issued_at);
    }
    return true;
}

static msa_outcome_t check_token(const msa_page_t *page)
{
    const char *token = token_sent(page);
    apr_int64_t issued_at, now = apr_time_sec(page->ctx->now);
    if (!token || !*token)
        return MSA_CSRF_TOKEN_MISSING;
    issued_at = apr_strtoi64(token, NULL, 10);
    if (issued_at <= 0 || issued_at > now || now - issued_at > TOKEN_SECONDS)
        return MSA_CSRF_TOKEN_INVALID;
    return is_token_of(page, token, issued_at) ? MSA_OK : MSA_CSRF_TOKEN_INVALID;
}

msa_outcome_t msa_csrf_check(const msa_page_t *page, bool wants_token)
{
    /* A browser never sends a token in a header by itself; one in a link it does. */
    if (page->identity && strcmp(page->identity->method, "token") == 0 &&
        !page->request->query_token)
        return MSA_OK;
    if (needs_origin(page) && !is_own_request(page))
        return MSA_CROSS_SITE;
    return wants_token && msa_csrf_is_needed(page) ? check_token(page) : MSA_OK;
}
