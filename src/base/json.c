/* SPDX-License-Identifier: Apache-2.0 */
/* The little that several rooms need of JSON: lists of texts, and texts that may not be UTF-8. */

#include "json.h"

#include <limits.h>

#include <apr_strings.h>

json_t *msa_json_texts(const apr_array_header_t *texts)
{
    json_t *list = json_array();
    for (int i = 0; texts && i < texts->nelts; i++)
        json_array_append_new(list, json_string(APR_ARRAY_IDX(texts, i, const char *)));
    return list;
}

json_t *msa_json_text(const char *text)
{
    json_t *json = json_string(text);
    if (json)
        return json;
    json = json_array();
    for (; *text; text++)
        json_array_append_new(json, json_integer((unsigned char)*text));
    return json;
}

const char *msa_json_text_read(apr_pool_t *pool, const json_t *json)
{
    size_t count = json_array_size(json);
    char *text;
    if (json_is_string(json))
        return apr_pstrdup(pool, json_string_value(json));
    if (!json_is_array(json))
        return NULL;
    text = apr_palloc(pool, count + 1);
    for (size_t i = 0; i < count; i++) {
        json_int_t byte = json_integer_value(json_array_get(json, i));
        if (byte < 1 || byte > UCHAR_MAX)
            return NULL;
        text[i] = (char)byte;
    }
    text[count] = '\0';
    return text;
}
