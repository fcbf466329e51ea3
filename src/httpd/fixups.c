/* SPDX-License-Identifier: Apache-2.0 */
#include "module.h"

#include <apr_strings.h>

#define COOKIE_FILTER "SECURITY_AUTH_COOKIES"

/** What scripts, log formats and (with SecurityPassHeaders) backends learn; one text each. */
static const struct {
    const char *variable;
    const char *header;
    size_t text; /* offset of the text's offset */
    bool is_list;
} FACTS[] = {
    {"SECURITY_USER_ID",     "X-Security-User-Id",     offsetof(msa_known_t, id_text),     false},
    {"SECURITY_EMAIL",       "X-Security-Email",       offsetof(msa_known_t, email),       false},
    {"SECURITY_USERNAME",    "X-Security-Username",    offsetof(msa_known_t, username),    false},
    {"SECURITY_ROLES",       "X-Security-Roles",       offsetof(msa_known_t, roles),       true },
    {"SECURITY_PERMISSIONS", "X-Security-Permissions", offsetof(msa_known_t, permissions), true },
    {"SECURITY_METHOD",      "X-Security-Method",      offsetof(msa_known_t, method),      false},
};

#define FACT_COUNT (sizeof(FACTS) / sizeof(FACTS[0]))

static const char *text_of(apr_pool_t *pool, const msa_known_t *known, size_t fact)
{
    apr_uint16_t offset = *(const apr_uint16_t *)((const char *)known + FACTS[fact].text);
    const char *text = msa_known_text(known, offset);
    /* Without the comma behind the last name. */
    return FACTS[fact].is_list && *text ? apr_pstrmemdup(pool, text, strlen(text) - 1) : text;
}

static void set_environment(request_rec *r, const msa_known_t *known)
{
    bool is_empty = apr_is_empty_table(r->subprocess_env);
    for (size_t i = 0; i < FACT_COUNT; i++) {
        const char *text = text_of(r->pool, known, i);
        if (is_empty)
            apr_table_addn(r->subprocess_env, FACTS[i].variable, text);
        else
            apr_table_setn(r->subprocess_env, FACTS[i].variable, text);
    }
}

static void clear_environment(request_rec *r)
{
    for (size_t i = 0; i < FACT_COUNT; i++)
        apr_table_unset(r->subprocess_env, FACTS[i].variable);
}

/*
 * What a shared cache keeps, it would give to everybody. These headers stand in err_headers_out,
 * where neither an error page nor a proxied answer replaces them. A list of what its reader may see
 * is marked with what it names.
 */
static void mark_private(request_rec *r, const msa_known_t *known)
{
    const char *method = msa_known_text(known, known->method);
    const char *vary = *method == 's' || *method == 'r' ? "Cookie" : "Authorization";
    for (; r; r = r->main) {
        const char *control = apr_table_get(r->err_headers_out, "Cache-Control");
        /* mod_dir puts the headers of its index file, marked already, into those of the folder. */
        if (control && ap_find_token(r->pool, control, "private"))
            continue;
        apr_table_mergen(r->err_headers_out, "Cache-Control", "private");
        apr_table_mergen(r->err_headers_out, "Vary", vary);
    }
}

/* Of a Flask-Security application, which may be the backend, only what we made is kept apart. */
static bool is_own_value(const msa_server_t *config, const char *value, apr_size_t length)
{
    return !config->settings.flask_secret_keys || msa_digest_is_secret(value, length);
}

/* As a browser reads a pair: white space around the name is nothing, and what has no name is sent
 * back by its value alone (RFC 6265bis section 5.7). */
static bool is_own_cookie(const msa_server_t *config, const char *pair, apr_size_t length)
{
    const char *names[] = {config->session_cookie[0], config->session_cookie[1],
                           config->remember_cookie[0], config->remember_cookie[1]};
    const char *end = pair + length;
    while (pair < end && strchr(" \t=", *pair))
        pair++;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        apr_size_t name = strlen(names[i]);
        const char *value;
        if ((apr_size_t)(end - pair) <= name || strncmp(pair, names[i], name) != 0)
            continue;
        value = pair + name + strspn(pair + name, " \t");
        if (*value++ != '=')
            continue;
        value += strspn(value, " \t\"");
        return is_own_value(config, value, strcspn(value, "; \t\""));
    }
    return false;
}

static const char *other_cookies(apr_pool_t *pool, const msa_server_t *config, const char *cookies)
{
    apr_array_header_t *kept = apr_array_make(pool, 8, sizeof(const char *));
    while (*cookies) {
        apr_size_t length;
        cookies += strspn(cookies, " ;");
        length = strcspn(cookies, ";");
        if (length && !is_own_cookie(config, cookies, length))
            APR_ARRAY_PUSH(kept, const char *) = apr_pstrcat(
                pool, kept->nelts ? " " : "", apr_pstrmemdup(pool, cookies, length), NULL);
        cookies += length;
    }
    return apr_array_pstrcat(pool, kept, ';');
}

static bool is_own_token(const msa_server_t *config, const char *token)
{
    return strncmp(token, MSA_PERSONAL_PREFIX, strlen(MSA_PERSONAL_PREFIX)) == 0 ||
           is_own_value(config, token, strlen(token));
}

/* A backend gets facts about the visitor, never what it takes to be him. */
static void strip_secrets(request_rec *r, const msa_server_t *config)
{
    const apr_array_header_t *names = config->settings.token_headers;
    const char *cookies = apr_table_get(r->headers_in, "Cookie");
    const char *kept = cookies ? other_cookies(r->pool, config, cookies) : NULL;
    if (kept && *kept)
        apr_table_setn(r->headers_in, "Cookie", kept);
    else
        apr_table_unset(r->headers_in, "Cookie");
    for (int i = 0; i < names->nelts; i++) {
        const char *name = APR_ARRAY_IDX(names, i, const char *);
        const char *token = apr_table_get(r->headers_in, name);
        if (token && is_own_token(config, token))
            apr_table_unset(r->headers_in, name);
    }
    if (r->ap_auth_type && strcmp(r->ap_auth_type, MSA_AUTH_TYPE) == 0)
        apr_table_unset(r->headers_in, "Authorization");
}

static int collect_foreign(void *baton, const char *name, const char *cookie)
{
    apr_array_header_t *kept = baton;
    (void)name;
    APR_ARRAY_PUSH(kept, const char *) = cookie;
    return 1;
}

/* Nor does it set what the visitor is taken by. Our own Set-Cookie stands in err_headers_out. */
static apr_status_t drop_cookies(ap_filter_t *filter, apr_bucket_brigade *brigade)
{
    request_rec *r = filter->r;
    const msa_server_t *config = msa_config_server(r->server);
    apr_array_header_t *all = apr_array_make(r->pool, 2, sizeof(const char *));
    apr_table_do(collect_foreign, all, r->headers_out, "Set-Cookie", NULL);
    apr_table_unset(r->headers_out, "Set-Cookie");
    for (int i = 0; i < all->nelts; i++) {
        const char *cookie = APR_ARRAY_IDX(all, i, const char *);
        if (!is_own_cookie(config, cookie, strlen(cookie)))
            apr_table_addn(r->headers_out, "Set-Cookie", cookie);
    }
    ap_remove_output_filter(filter);
    return ap_pass_brigade(filter->next, brigade);
}

static void pass_facts(request_rec *r, const msa_known_t *known)
{
    apr_table_setn(r->headers_in, "X-Remote-User", msa_known_text(known, known->email));
    for (size_t i = 0; i < FACT_COUNT; i++) {
        const char *text = text_of(r->pool, known, i);
        if (*text)
            apr_table_setn(r->headers_in, FACTS[i].header, text);
    }
}

/* mod_proxy takes what SetHandler gives it only when it answers. */
static bool is_proxied(const request_rec *r)
{
    return r->proxyreq || (r->handler && (strcmp(r->handler, "proxy-server") == 0 ||
                                          strncmp(r->handler, "proxy:", 6) == 0));
}

/* A virtual host without endpoints can have guards all the same. */
static void guard_backend(request_rec *r, bool is_ours)
{
    const msa_server_t *config = msa_config_server(r->server);
    if (!config->settings.is_engine_on) {
        if (!is_ours && !msa_config_directory(r)->pass_headers)
            return;
        msa_visit_remove_own_headers(r);
    }
    strip_secrets(r, config);
    ap_add_output_filter(COOKIE_FILTER, NULL, r, r->connection);
}

static int fixups(request_rec *r)
{
    bool is_ours = msa_visit_is_ours(r);
    const msa_known_t *known = msa_visit_known(r);
    msa_handler_claim(r);
    if (is_proxied(r))
        guard_backend(r, is_ours);
    if (!known) {
        clear_environment(r);
        return DECLINED;
    }
    set_environment(r, known);
    if (is_ours)
        mark_private(r, known);
    if (is_proxied(r) && msa_config_directory(r)->pass_headers)
        pass_facts(r, known);
    return DECLINED;
}

void msa_fixups_register(void)
{
    /* Once it is known who will answer, and before RequestHeader writes what the site adds. */
    static const char *const predecessors[] = {"mod_dir.c", "mod_env.c", "mod_rewrite.c", NULL};
    static const char *const successors[] = {"mod_headers.c", NULL};
    ap_register_output_filter(COOKIE_FILTER, drop_cookies, NULL, AP_FTYPE_CONTENT_SET);
    ap_hook_fixups(fixups, predecessors, successors, APR_HOOK_LAST);
}
