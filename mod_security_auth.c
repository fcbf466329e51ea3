/* SPDX-License-Identifier: Apache-2.0 */
/* The module's record, and the order of its hooks among those of other modules. */

#define MSA_MODULE_RECORD
#include "src/httpd/configuration/config.h"
#include "src/httpd/configuration/directives.h"
#include "src/httpd/configuration/dump.h"
#include "src/httpd/process/life.h"
#include "src/httpd/process/start.h"
#include "src/httpd/request/hooks.h"

static void register_hooks(apr_pool_t *pool)
{
    ap_hook_check_config(msa_config_check, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_test_config(msa_dump, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_post_config(msa_start, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_child_init(msa_start_child, NULL, NULL, APR_HOOK_MIDDLE);
    msa_life_register();
    msa_clean_register();
    msa_ask_register();
    msa_conceal_register();
    msa_handler_register();
    msa_authn_register(pool);
    msa_authz_register(pool);
    msa_refuse_register();
    msa_fixups_register();
    msa_backend_register();
    msa_status_register();
}

AP_DECLARE_MODULE(security_auth) = {
    STANDARD20_MODULE_STUFF,  msa_config_create_directory, msa_config_merge_directory,
    msa_config_create_server, msa_config_merge_server,     msa_directives,
    register_hooks,           AP_MODULE_FLAG_NONE,
};
