/* SPDX-License-Identifier: Apache-2.0 */
/* Takes links and tokens out of the request line and the Referer before anything else reads or logs
 * them. */

#include "conceal.h"

#include "../../base/digest.h"
#include "../../base/text_form.h"

#include <limits.h>

#include <apr_strings.h>

#include "../configuration/config.h"
#include "hooks.h"
#include "state.h"

#define MASK "***"

/*
 * Secrets in the request line are the token in the query and the link of a mail. Logs, mod_status,
 * other modules and backends read that line; the state of the visit keeps what the handler needs.
 */

/* `text` with its first `old` replaced; `old` is the path or the query as sent. */
static char *replace(request_rec *r, const char *text, const char *old, const char *new)
{
    const char *at = text ? ap_strstr_c(text, old) : NULL;
    if (!at)
        return apr_pstrdup(r->pool, text);
    return apr_pstrcat(r->pool, apr_pstrmemdup(r->pool, text, (apr_size_t)(at - text)), new,
                       at + strlen(old), NULL);
}

/* ---- the token in the query ---- */

/* Only what follows the question mark is the query: the path may contain the same text. */
static char *replace_args(request_rec *r, const char *text, const char *old_args, const char *args)
{
    const char *mark = text ? ap_strchr_c(text, '?') : NULL;
    if (!mark || strncmp(mark + 1, old_args, strlen(old_args)) != 0)
        return apr_pstrdup(r->pool, text);
    /* When no pair is left the question mark goes too. */
    return apr_pstrcat(r->pool, apr_pstrmemdup(r->pool, text, (apr_size_t)(mark - text)),
                       *args ? "?" : "", args, mark + 1 + strlen(old_args), NULL);
}

static void take_query_token(request_rec *r, const char *key)
{
    const char *value = NULL;
    const char *old_args = r->args;
    const char *args;
    if (!old_args || !*key || !ap_strstr_c(old_args, key))
        return;
    args = msa_text_query_without(r->pool, old_args, key, &value);
    if (!value)
        return;
    if (*value)
        msa_state(r)->query_token = value;
    /* Nor may the pages that this one links to learn it. */
    apr_table_setn(r->err_headers_out, "Referrer-Policy", "strict-origin");
    r->the_request = replace_args(r, r->the_request, old_args, args);
    r->unparsed_uri = replace_args(r, r->unparsed_uri, old_args, args);
    r->args = *args ? apr_pstrdup(r->pool, args) : NULL;
    r->parsed_uri.query = r->args;
}

/* ---- the link of a mail ---- */

/* Decodes a path as httpd is about to, and encoded slashes too. False when httpd could not. */
static bool decode(apr_pool_t *pool, const char *sent, char **path)
{
    *path = apr_pstrdup(pool, sent);
    bool is_readable = ap_unescape_url_keep2f(*path, 1) == OK;
    ap_normalize_path(*path, AP_NORMALIZE_NOT_ABOVE_ROOT | AP_NORMALIZE_MERGE_SLASHES);
    return is_readable;
}

/* True for a path that decode would not change, with no query or fragment after it. */
static bool is_decoded(const char *path)
{
    static const bool IS_SPECIAL[UCHAR_MAX + 1] = {
        ['%'] = true, ['?'] = true, ['#'] = true, ['/'] = true};
    for (; *path; path++) {
        if (IS_SPECIAL[(unsigned char)*path] && (*path != '/' || path[1] == '/' || path[1] == '.'))
            return false;
    }
    return true;
}

/* True for nearly all paths: not encoded, and unlike those of our endpoints. */
static bool is_plain(const msa_server_t *config, const char *path)
{
    return is_decoded(path) && !msa_route_may_be(&config->settings, &config->routes, path);
}

static void take_link(request_rec *r, const msa_server_t *config)
{
    const msa_settings_t *settings = &config->settings;
    const char *sent = r->parsed_uri.path;
    const char *link;
    char *path, *masked;
    bool is_readable;
    /* What we forward to another server is not for us. */
    if (!sent || r->proxyreq || is_plain(config, sent))
        return;
    is_readable = decode(r->pool, sent, &path);
    link = msa_route_link(settings, path);
    if (!link)
        return;
    masked =
        apr_pstrcat(r->pool, apr_pstrmemdup(r->pool, path, (apr_size_t)(link - path)), MASK, NULL);
    msa_state(r)->link_path = is_readable ? path : masked;
    r->the_request = replace(r, r->the_request, sent, masked);
    r->unparsed_uri = replace(r, r->unparsed_uri, sent, masked);
    r->parsed_uri.path = r->uri = masked;
}

/* ---- the Referer ---- */

/* A single-page application gets the token of a reset link in the query of its view. */
static const char *handed_token(const char *args)
{
    while (args && *args) {
        apr_size_t length = strcspn(args, "&# ");
        if (length == 6 + MSA_SECRET_LENGTH && strncmp(args, "token=", 6) == 0 &&
            msa_digest_is_secret(args + 6, MSA_SECRET_LENGTH))
            return args + 6;
        args += length;
        args = *args == '&' ? args + 1 : NULL;
    }
    return NULL;
}

static void mask_handed_token(request_rec *r)
{
    const char *token = handed_token(r->args);
    if (token)
        r->the_request =
            replace(r, r->the_request, apr_pstrmemdup(r->pool, token, MSA_SECRET_LENGTH), MASK);
}

static bool has_secret(request_rec *r, const msa_settings_t *settings, const char *url)
{
    const char *value = NULL;
    char *path;
    apr_uri_t uri;
    if (apr_uri_parse(r->pool, url, &uri) != APR_SUCCESS)
        return true;
    if (uri.path) {
        decode(r->pool, uri.path, &path);
        if (msa_route_link(settings, path))
            return true;
    }
    if (uri.query && *settings->token_key)
        msa_text_query_without(r->pool, uri.query, settings->token_key, &value);
    return value || (settings->is_spa && handed_token(uri.query));
}

/* What follows the host of a URL; NULL when nothing does, or when this is not a URL. */
static const char *behind_host(const char *url)
{
    const char *at = ap_strstr_c(url, "://");
    for (at = at ? at + 3 : ""; *at && *at != '/' && *at != '?' && *at != '#'; at++)
        ;
    return *at ? at : NULL;
}

/* True for nearly all Referers: plain paths of a site, which need not be parsed. */
static bool is_plain_referer(const msa_server_t *config, const char *referer, const char *path)
{
    return (strncmp(referer, "http://", 7) == 0 || strncmp(referer, "https://", 8) == 0) &&
           *path == '/' && is_plain(config, path);
}

/* From our own pages, browsers are asked to send the origin alone; some send more. */
static void shorten_referer(request_rec *r, const msa_server_t *config)
{
    const char *referer = apr_table_get(r->headers_in, "Referer");
    const char *path;
    if (!referer)
        return;
    path = behind_host(referer);
    if (!path || is_plain_referer(config, referer, path) ||
        !has_secret(r, &config->settings, referer))
        return;
    apr_table_setn(r->headers_in, "Referer",
                   apr_pstrcat(r->pool,
                               apr_pstrmemdup(r->pool, referer, (apr_size_t)(path - referer)), "/",
                               NULL));
}

void msa_conceal(request_rec *r)
{
    const msa_server_t *config = msa_config_server(r->server);
    const msa_settings_t *settings = &config->settings;
    if (!settings->is_engine_on || msa_state_peek(r)->is_concealed)
        return;
    msa_state_note_concealed(r);
    take_query_token(r, settings->token_key);
    take_link(r, config);
    if (settings->is_spa)
        mask_handed_token(r);
    shorten_referer(r, config);
}

/* Requests that could not be parsed are logged too. */
static int log_transaction(request_rec *r)
{
    msa_conceal(r);
    return DECLINED;
}

void msa_conceal_register(void)
{
    ap_hook_log_transaction(log_transaction, NULL, NULL, APR_HOOK_REALLY_FIRST);
}
