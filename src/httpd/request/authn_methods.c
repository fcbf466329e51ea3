/* SPDX-License-Identifier: Apache-2.0 */
/* Decides which methods count for a request, and whether anybody can be identified at all. */

#include "authn_methods.h"

#include "../configuration/config.h"
#include "../process/start.h"

bool msa_authn_is_off(request_rec *r)
{
    if (!msa_runtime.is_on)
        ap_log_rerror(
            APLOG_MARK, APLOG_ERR, 0, r,
            "SecurityEngine is not On anywhere, so no visitor can be identified: access is denied");
    return !msa_runtime.is_on;
}

int msa_authn_methods(const request_rec *r)
{
    return msa_methods_accepted(msa_config_directory(r));
}
