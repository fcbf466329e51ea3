/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_BASE_SETTINGS_JSON_H
#define MSA_BASE_SETTINGS_JSON_H

#include <apr_pools.h>
#include <jansson.h>
#include "settings.h"

/* Settings on their way from httpd, which reads them, to the programs that work by them: the tool
 * (`httpd -t -D DUMP_SECURITY`) and the service. A JSON object with a member for each field of
 * msa_settings_t, under the name of the field; NULL and absent are the same. */

/**
 * All settings of a virtual host. The keys an application signs with (flask_secret_keys) are
 * included only `with_keys`: people read the dump. The caller owns the reference.
 */
json_t *msa_settings_json(const msa_settings_t *settings, bool with_keys);

/**
 * Reads what msa_settings_json wrote over `settings`, which starts as the defaults; texts come from
 * `pool`. APR_EINVAL with `*error` for a member that is unknown, of another type or out of range,
 * as between programs of different versions; `settings` is then unchanged.
 */
apr_status_t msa_settings_read(apr_pool_t *pool, const json_t *json, msa_settings_t *settings,
                               const char **error);

#endif
