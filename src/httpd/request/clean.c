/* SPDX-License-Identifier: Apache-2.0 */
/* The first hook of a request: removes secrets and what would speak for us, before any other module
 * reads it. */

#include "hooks.h"

#include "../configuration/config.h"
#include "conceal.h"
#include "own_headers.h"

static int clean(request_rec *r)
{
    const msa_server_t *config = msa_config_server(r->server);
    if (!config->settings.is_engine_on)
        return DECLINED;
    msa_conceal(r);
    msa_own_headers_remove(r);
    if (msa_own_headers_are_dropped(r))
        return HTTP_BAD_REQUEST;
    /* It would echo the visitor's cookies before any guard is asked. */
    if (r->method_number == M_TRACE)
        return HTTP_METHOD_NOT_ALLOWED;
    return DECLINED;
}

void msa_clean_register(void)
{
    static const char *const after_proxy[] = {"mod_proxy.c", NULL};
    static const char *const before_log[] = {"mod_log_forensic.c", NULL};
    ap_hook_post_read_request(clean, after_proxy, before_log, APR_HOOK_REALLY_FIRST);
}
