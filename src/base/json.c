/* SPDX-License-Identifier: Apache-2.0 */
#include "json.h"

json_t *msa_json_texts(const apr_array_header_t *texts)
{
    json_t *list = json_array();
    for (int i = 0; texts && i < texts->nelts; i++)
        json_array_append_new(list, json_string(APR_ARRAY_IDX(texts, i, const char *)));
    return list;
}
