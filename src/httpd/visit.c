/* SPDX-License-Identifier: Apache-2.0 */
#include "module.h"

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

int msa_visit_post_read_request(request_rec *r)
{
    const msa_server_t *config = msa_config_server(r->server);
    if (!config->settings.is_engine_on)
        return DECLINED;
    msa_conceal(r);
    msa_own_headers_remove(r);
    if (msa_own_headers_are_dropped(r))
        return HTTP_BAD_REQUEST;
    /* It would echo the visitor's cookies, before any guard is asked. */
    if (r->method_number == M_TRACE)
        return HTTP_METHOD_NOT_ALLOWED;
    return DECLINED;
}
