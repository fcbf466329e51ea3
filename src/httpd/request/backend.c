/* SPDX-License-Identifier: Apache-2.0 */
/* What another server behind mod_proxy is told about a visitor, and what it may set: none of our
 * cookies or tokens reaches it, and it sets none of our cookies. */

#include "backend.h"

#include "../../base/digest.h"
#include "../../base/text_http.h"
#include "../../identity/ticket.h"

#include <apr_strings.h>

#include "../configuration/config.h"
#include "facts.h"
#include "hooks.h"
#include "own_headers.h"
#include "state.h"

#define COOKIE_FILTER "SECURITY_AUTH_COOKIES"

bool msa_backend_is_asked(const request_rec *r)
{
    /* When SetHandler names mod_proxy, proxyreq is set only once it answers. */
    return r->proxyreq || (r->handler && (strcmp(r->handler, "proxy-server") == 0 ||
                                          strncmp(r->handler, "proxy:", 6) == 0));
}

/* ---- what a backend must not see ---- */

/* A Flask-Security application, which may be the backend, has cookies with our names. */
static bool is_shared(const msa_server_t *config)
{
    return config->settings.flask_secret_keys != NULL;
}

static void strip_cookies(request_rec *r, const msa_server_t *config)
{
    const char *cookies = apr_table_get(r->headers_in, "Cookie");
    const char *kept =
        cookies ? msa_cookie_others(r->pool, config->cookies, is_shared(config), cookies) : "";
    if (*kept)
        apr_table_setn(r->headers_in, "Cookie", kept);
    else
        apr_table_unset(r->headers_in, "Cookie");
}

/* True for what is, or could be, a secret of ours. An application's own tokens look different. */
static bool could_be_ours(const char *token, apr_size_t length)
{
    apr_size_t prefix = strlen(MSA_PERSONAL_PREFIX);
    return (length > prefix && strncmp(token, MSA_PERSONAL_PREFIX, prefix) == 0) ||
           msa_digest_is_secret(token, length);
}

static bool has_ours(const char *text)
{
    static const char BETWEEN[] = " \t,;:\"'";
    while (*(text += strspn(text, BETWEEN))) {
        apr_size_t length = strcspn(text, BETWEEN);
        if (could_be_ours(text, length))
            return true;
        text += length;
    }
    return false;
}

static void strip_tokens(request_rec *r, const msa_server_t *config)
{
    const apr_array_header_t *names = config->settings.token_headers;
    for (int i = 0; i < names->nelts; i++) {
        const char *name = APR_ARRAY_IDX(names, i, const char *);
        const char *token = apr_table_get(r->headers_in, name);
        if (token && (!config->settings.flask_secret_keys || has_ours(token)))
            apr_table_unset(r->headers_in, name);
    }
}

/* A password that we asked for goes no further, and our tokens go nowhere, whoever is asked. */
static void strip_authorization(request_rec *r, const msa_record_t *record)
{
    const char *header = apr_table_get(r->headers_in, "Authorization");
    const char *credentials = msa_text_credentials(r->pool, header);
    bool is_proved = record && strcmp(msa_record_text(record, record->method), "basic") == 0;
    if (header && (is_proved || (credentials && msa_state_is_ours(r)) ||
                   has_ours(credentials ? credentials : header)))
        apr_table_unset(r->headers_in, "Authorization");
}

/* ---- what a backend must not set ---- */

static int collect_others(void *baton, const char *name, const char *cookie)
{
    apr_array_header_t *kept = baton;
    (void)name;
    APR_ARRAY_PUSH(kept, const char *) = cookie;
    return 1;
}

static int is_another(void *baton, const char *name, const char *cookie)
{
    (void)name;
    return strcmp(baton, cookie) != 0;
}

static bool is_set_by_us(request_rec *r, const char *cookie)
{
    const apr_table_t *cookies = msa_state_peek(r)->cookies;
    return cookies && !apr_table_do(is_another, (void *)cookie, cookies, "Set-Cookie", NULL);
}

static void drop_cookies_of(request_rec *r, apr_table_t *headers)
{
    const msa_server_t *config = msa_config_server(r->server);
    apr_array_header_t *all = apr_array_make(r->pool, 2, sizeof(const char *));
    apr_table_do(collect_others, all, headers, "Set-Cookie", NULL);
    apr_table_unset(headers, "Set-Cookie");
    for (int i = 0; i < all->nelts; i++) {
        const char *cookie = APR_ARRAY_IDX(all, i, const char *);
        if (!msa_cookie_is_own(config->cookies, is_shared(config), cookie, strlen(cookie)) ||
            is_set_by_us(r, cookie))
            apr_table_addn(headers, "Set-Cookie", cookie);
    }
}

/* mod_proxy_fcgi and its like put cookies into err_headers_out. */
void msa_backend_drop_cookies(request_rec *r)
{
    if (!msa_state_peek(r)->is_backend_asked)
        return;
    drop_cookies_of(r, r->headers_out);
    drop_cookies_of(r, r->err_headers_out);
}

static apr_status_t filter_cookies(ap_filter_t *filter, apr_bucket_brigade *brigade)
{
    msa_backend_drop_cookies(filter->r);
    ap_remove_output_filter(filter);
    return ap_pass_brigade(filter->next, brigade);
}

/* ---- both ways ---- */

int msa_backend_prepare(request_rec *r, const msa_record_t *record)
{
    const msa_server_t *config = msa_config_server(r->server);
    msa_state_t *state = msa_state(r);
    bool is_told = record && msa_config_directory(r)->pass_headers;
    /* A virtual host without endpoints may still have guards. */
    bool is_early = config->settings.is_engine_on;
    if (!is_early && !msa_state_is_ours(r) && !msa_config_directory(r)->pass_headers)
        return OK;
    if (!is_early && msa_own_headers_are_dropped(r))
        return HTTP_BAD_REQUEST;
    /* What another backend in this visit was told is not meant for this one. */
    if (!is_early || state->is_backend_told)
        msa_own_headers_remove(r);
    strip_cookies(r, config);
    strip_tokens(r, config);
    strip_authorization(r, record);
    /* CGI programs of backends would see it as their HTTP_PROXY. */
    apr_table_unset(r->headers_in, "Proxy");
    ap_add_output_filter(COOKIE_FILTER, NULL, r, r->connection);
    state->is_backend_asked = true;
    state->is_backend_told = is_told;
    if (is_told)
        msa_facts_pass(r, record);
    return OK;
}

void msa_backend_register(void)
{
    ap_register_output_filter(COOKIE_FILTER, filter_cookies, NULL, AP_FTYPE_CONTENT_SET);
    ap_hook_insert_error_filter(msa_backend_drop_cookies, NULL, NULL, APR_HOOK_MIDDLE);
}
