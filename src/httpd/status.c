/* SPDX-License-Identifier: Apache-2.0 */
#include "module.h"

#include <http_protocol.h>
#include <mod_status.h>

/* Counted in the database: a mail that another machine gave up stands there as well. */
static apr_status_t count_mails(request_rec *r, int *all_waiting, int *all_failed)
{
    const apr_array_header_t *hosts = msa_worker_hosts(r->pool, msa_runtime.main_server);
    for (int i = 0; i < hosts->nelts; i++) {
        msa_context_t *ctx = msa_world_server(r->pool, APR_ARRAY_IDX(hosts, i, server_rec *));
        int waiting = 0, failed = 0;
        apr_status_t status = msa_outbox_count(ctx->db, r->pool, &waiting, &failed);
        if (status != APR_SUCCESS)
            return status;
        *all_waiting += waiting;
        *all_failed += failed;
    }
    return APR_SUCCESS;
}

static int show_mails(request_rec *r, int flags)
{
    int waiting = 0, failed = 0;
    apr_status_t status = count_mails(r, &waiting, &failed);
    bool is_short = flags & AP_STATUS_SHORT;
    if (status != APR_SUCCESS && !is_short)
        ap_rputs("<hr />\n<h1>Mails of mod_security_auth</h1>\n<p>The database is away.</p>\n", r);
    else if (status == APR_SUCCESS)
        ap_rprintf(r,
                   is_short ? "OutboxWaiting: %d\nOutboxFailed: %d\n"
                            : "<hr />\n<h1>Mails of mod_security_auth</h1>\n"
                              "<p>%d waiting, %d given up</p>\n",
                   waiting, failed);
    return OK;
}

void msa_status_register(void)
{
    APR_OPTIONAL_HOOK(ap, status_hook, show_mails, NULL, NULL, APR_HOOK_MIDDLE);
}
