/* SPDX-License-Identifier: Apache-2.0 */
#include "module.h"

#include "../base/text.h"

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
    args = msa_text_query_without(r->pool, old_args, key, &value);
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

int msa_visit_post_read_request(request_rec *r)
{
    const msa_server_t *config = msa_config_server(r->server);
    if (!config->settings.is_engine_on)
        return DECLINED;
    msa_own_headers_remove(r);
    if (msa_own_headers_are_dropped(r))
        return HTTP_BAD_REQUEST;
    /* It would echo the visitor's cookies, before any guard is asked. */
    if (r->method_number == M_TRACE)
        return HTTP_METHOD_NOT_ALLOWED;
    take_query_token(r, config->settings.token_key);
    return DECLINED;
}
