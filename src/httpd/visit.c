/* SPDX-License-Identifier: Apache-2.0 */
#include "module.h"

#include "../base/text.h"

#include <apr_lib.h>
#include <apr_strings.h>

request_rec *msa_visit_initial(request_rec *r)
{
    while (r->main || r->prev)
        r = r->main ? r->main : r->prev;
    return r;
}

msa_visit_t *msa_visit(request_rec *r)
{
    msa_visit_t *visit;
    r = msa_visit_initial(r);
    visit = ap_get_module_config(r->request_config, &security_auth_module);
    if (!visit) {
        visit = apr_pcalloc(r->pool, sizeof(*visit));
        ap_set_module_config(r->request_config, &security_auth_module, visit);
    }
    return visit;
}

bool msa_visit_is_ours(const request_rec *r)
{
    return r->user && r->ap_auth_type && strcmp(r->ap_auth_type, MSA_AUTH_TYPE) == 0;
}

const msa_known_t *msa_visit_known(request_rec *r)
{
    const msa_visit_t *visit = msa_visit(r);
    if (msa_visit_is_ours(r))
        return visit->known;
    return r->user && visit->foreign && strcmp(visit->foreign_user, r->user) == 0 ? visit->foreign
                                                                                  : NULL;
}

const msa_known_t *msa_visit_keep(request_rec *r, const msa_known_t *known)
{
    apr_pool_t *pool = msa_visit_initial(r)->pool;
    return known && pool != r->pool ? apr_pmemdup(pool, known, known->size) : known;
}

/* ---- the token in the query string: neither log nor backend is to see it ---- */

/* `args` without the pairs named `key`; `*value` is the raw value of the first. */
static const char *without_pair(apr_pool_t *pool, const char *args, const char *key,
                                const char **value)
{
    apr_size_t key_length = strlen(key);
    apr_array_header_t *rest = apr_array_make(pool, 8, sizeof(const char *));
    while (*args) {
        apr_size_t length = strcspn(args, "&");
        if (length > key_length && args[key_length] == '=' && !strncmp(args, key, key_length)) {
            if (!*value)
                *value = apr_pstrmemdup(pool, args + key_length + 1, length - key_length - 1);
        } else if (length) {
            APR_ARRAY_PUSH(rest, const char *) = apr_pstrmemdup(pool, args, length);
        }
        args += length + (args[length] == '&');
    }
    return apr_array_pstrcat(pool, rest, '&');
}

/* Only what stands behind the question mark is the query: a path may spell the same. */
static char *replace_args(request_rec *r, const char *text, const char *old_args, const char *args)
{
    const char *mark = text ? ap_strchr_c(text, '?') : NULL;
    if (!mark || strncmp(mark + 1, old_args, strlen(old_args)) != 0)
        return apr_pstrdup(r->pool, text);
    /* The question mark goes with the last pair. */
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
    args = without_pair(r->pool, old_args, key, &value);
    if (!value)
        return;
    if (*value)
        msa_visit(r)->query_token = value;
    /* Nor the pages that this one links to. */
    apr_table_setn(r->err_headers_out, "Referrer-Policy", "strict-origin");
    r->the_request = replace_args(r, r->the_request, old_args, args);
    r->unparsed_uri = replace_args(r, r->unparsed_uri, old_args, args);
    r->args = *args ? apr_pstrdup(r->pool, args) : NULL;
    r->parsed_uri.query = r->args;
}

/* ---- headers that would speak for us ---- */

static const char *const NAMES[] = {
    "REMOTE_USER",          "X_REMOTE_USER",    "X_SECURITY_USER_ID",     "X_SECURITY_EMAIL",
    "X_SECURITY_USERNAME",  "X_SECURITY_ROLES", "X_SECURITY_PERMISSIONS", "X_SECURITY_METHOD",
    "SECURITY_USER_ID",     "SECURITY_EMAIL",   "SECURITY_USERNAME",      "SECURITY_ROLES",
    "SECURITY_PERMISSIONS", "SECURITY_METHOD",
};

/* Backends read `Remote_User`, `remote.user` and `Remote-User` alike. */
static bool is_same_name(const char *name, apr_size_t length, const char *own)
{
    for (apr_size_t i = 0; i < length; i++) {
        char c = apr_isalnum(name[i]) ? (char)apr_toupper(name[i]) : '_';
        if (c != own[i])
            return false;
    }
    return own[length] == '\0';
}

static bool is_own_name(const char *name, apr_size_t length)
{
    if (length == 0 || !strchr("rRxXsS", name[0]))
        return false;
    for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
        if (is_same_name(name, length, NAMES[i]))
            return true;
    }
    return false;
}

static int collect_own(void *baton, const char *name, const char *value)
{
    apr_array_header_t *found = baton;
    (void)value;
    if (is_own_name(name, strlen(name)))
        APR_ARRAY_PUSH(found, const char *) = name;
    return 1;
}

void msa_visit_remove_own_headers(request_rec *r)
{
    apr_array_header_t *found = apr_array_make(r->pool, 1, sizeof(const char *));
    apr_table_do(collect_own, found, r->headers_in, NULL);
    for (int i = 0; i < found->nelts; i++)
        apr_table_unset(r->headers_in, APR_ARRAY_IDX(found, i, const char *));
}

/* A hop-by-hop list that names our headers would have the proxy drop what we set. */
static bool drops_own_headers(request_rec *r)
{
    const char *list = apr_table_get(r->headers_in, "Connection");
    while (list && *list) {
        apr_size_t length;
        list += strspn(list, " \t,");
        length = strcspn(list, " \t,");
        if (is_own_name(list, length))
            return true;
        list += length;
    }
    return false;
}

int msa_visit_post_read_request(request_rec *r)
{
    const msa_server_t *config = msa_config_server(r->server);
    if (!config->settings.is_engine_on)
        return DECLINED;
    msa_visit_remove_own_headers(r);
    if (drops_own_headers(r)) {
        ap_log_rerror(APLOG_MARK, APLOG_NOTICE, 0, r,
                      "request denied: its Connection header names an identity header");
        return HTTP_BAD_REQUEST;
    }
    /* It would echo the visitor's cookies, before any guard is asked. */
    if (r->method_number == M_TRACE)
        return HTTP_METHOD_NOT_ALLOWED;
    take_query_token(r, config->settings.token_key);
    return DECLINED;
}
