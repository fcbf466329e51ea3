/* SPDX-License-Identifier: Apache-2.0 */
/* What happens in httpd's parent once the configuration has been read, and in each child when it
 * begins. */

#include "start.h"

#include <mpm_common.h>

#include "../configuration/check.h"
#include "../configuration/config.h"
#include "life.h"

msa_runtime_t msa_runtime;

APR_DECLARE_OPTIONAL_FN(int, ssl_is_https, (conn_rec *));

int msa_start(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *server)
{
    (void)plog;
    (void)ptemp;
    if (ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG)
        return OK;
    memset(&msa_runtime, 0, sizeof(msa_runtime));
    if (!msa_config_is_any_engine_on(server))
        return OK;
    msa_runtime.is_on = true;
    msa_runtime.timeout = msa_config_server(server)->service_timeout;
    msa_runtime.has_databases = msa_config_has_databases(server);
    msa_runtime.is_https = APR_RETRIEVE_OPTIONAL_FN(ssl_is_https);
    msa_check_stores(pconf, server);
    if (ap_coredumpdir_configured)
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, server,
                     "CoreDumpDirectory lets scripts of httpd's user read the memory of its "
                     "processes, through which passwords and cookies pass");
    return msa_life_start(pconf, server);
}

void msa_start_child(apr_pool_t *pool, server_rec *server)
{
    (void)pool;
    if (!msa_runtime.is_on)
        return;
    msa_life_child_init(server);
    /* httpd -X is parent and child in one. */
    if (!ap_exists_config_define("ONE_PROCESS"))
        msa_config_forget_secrets(server);
}
