/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_BASE_SETTINGS_JSON_H
#define MSA_BASE_SETTINGS_JSON_H

#include <apr_pools.h>
#include <jansson.h>
#include "settings.h"

/*
 * Settings on their way from httpd, which reads them, to the processes that work by them: the tool
 * (`httpd -t -D DUMP_SECURITY`) and the service. An object with a member for each field of
 * msa_settings_t under the field's own name; NULL and absent are the same.
 */

/**
 * All settings of a virtual host. Keys with which an application signs (flask_secret_keys) only
 * `with_keys`: people read the dump.
 */
json_t *msa_settings_json(const msa_settings_t *settings, bool with_keys);

/**
 * Reads what msa_settings_json has written over `settings`, which has the defaults; texts from
 * `pool`. Members that are unknown or of another type are APR_EINVAL with `*error`: the two
 * programs are of different versions.
 */
apr_status_t msa_settings_read(apr_pool_t *pool, const json_t *json, msa_settings_t *settings,
                               const char **error);

#endif
