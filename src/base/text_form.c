/* SPDX-License-Identifier: Apache-2.0 */
/* Reads and writes `application/x-www-form-urlencoded`: bodies and query strings. */

#include "text_form.h"
#include "text.h"

#include <string.h>

#include <apr_strings.h>

int msa_text_hex_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    return digit >= 'A' && digit <= 'F' ? digit - 'A' + 10 : -1;
}

/* NULL for a broken escape, an encoded NUL, or bytes that are not UTF-8 once decoded. */
static char *decode(apr_pool_t *pool, const char *text, apr_size_t length)
{
    char *decoded = apr_palloc(pool, length + 1);
    char *end = decoded;
    for (apr_size_t i = 0; i < length; i++) {
        int high, low;
        if (text[i] != '%') {
            *end++ = text[i] == '+' ? ' ' : text[i];
            continue;
        }
        if (i + 2 >= length)
            return NULL;
        high = msa_text_hex_value(text[i + 1]);
        low = msa_text_hex_value(text[i + 2]);
        if (high < 0 || low < 0)
            return NULL;
        *end++ = (char)(high << 4 | low);
        i += 2;
    }
    *end = '\0';
    if (memchr(decoded, '\0', (apr_size_t)(end - decoded)) ||
        !msa_text_is_utf8(decoded, (apr_size_t)(end - decoded)))
        return NULL;
    return decoded;
}

static apr_status_t add_pair(apr_pool_t *pool, const char *pair, apr_size_t length,
                             apr_table_t *fields)
{
    const char *equals = memchr(pair, '=', length);
    apr_size_t name_length = equals ? (apr_size_t)(equals - pair) : length;
    char *name = decode(pool, pair, name_length);
    char *value =
        equals ? decode(pool, equals + 1, length - name_length - 1) : apr_pstrdup(pool, "");
    if (!name || !value || msa_text_field(fields, name) ||
        apr_table_elts(fields)->nelts >= MSA_TEXT_FIELDS_MAX)
        return APR_EINVAL;
    apr_table_addn(fields, name, value);
    return APR_SUCCESS;
}

static apr_status_t add_pairs(apr_pool_t *pool, const char *text, apr_size_t length, bool is_strict,
                              apr_table_t *fields)
{
    const char *end = text + length;
    while (text < end) {
        const char *next = memchr(text, '&', (apr_size_t)(end - text));
        apr_size_t pair = (apr_size_t)((next ? next : end) - text);
        if (pair && add_pair(pool, text, pair, fields) != APR_SUCCESS && is_strict)
            return APR_EINVAL;
        text = next ? next + 1 : end;
    }
    return APR_SUCCESS;
}

apr_status_t msa_text_form_parse(apr_pool_t *pool, const char *body, apr_size_t length,
                                 apr_table_t **fields)
{
    apr_table_t *parsed = apr_table_make(pool, 8);
    apr_status_t status = add_pairs(pool, body, length, true, parsed);
    if (status == APR_SUCCESS)
        *fields = parsed;
    return status;
}

apr_table_t *msa_text_query_parse(apr_pool_t *pool, const char *query)
{
    apr_table_t *parsed = apr_table_make(pool, 4);
    add_pairs(pool, query, strlen(query), false, parsed);
    return parsed;
}

const char *msa_text_query_without(apr_pool_t *pool, const char *query, const char *name,
                                   const char **value)
{
    apr_size_t name_length = strlen(name);
    const char *first = NULL;
    apr_array_header_t *rest = apr_array_make(pool, 8, sizeof(const char *));
    while (*query) {
        apr_size_t length = strcspn(query, "&");
        const char *pair = apr_pstrmemdup(pool, query, length);
        if (strncmp(pair, name, name_length) != 0 || pair[name_length] != '=') {
            if (length)
                APR_ARRAY_PUSH(rest, const char *) = pair;
        } else if (!first) {
            first = pair + name_length + 1;
        }
        query += length + (query[length] == '&');
    }
    if (first)
        *value = first;
    return apr_array_pstrcat(pool, rest, '&');
}

const char *msa_text_field(const apr_table_t *fields, const char *name)
{
    const apr_array_header_t *pairs = apr_table_elts(fields);
    const apr_table_entry_t *pair = (const apr_table_entry_t *)pairs->elts;
    for (int i = 0; i < pairs->nelts; i++) {
        if (strcmp(pair[i].key, name) == 0)
            return pair[i].val;
    }
    return NULL;
}

static bool is_unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c && strchr("-._~", c));
}

const char *msa_text_percent_encode(apr_pool_t *pool, const char *text, const char *keep)
{
    static const char DIGITS[] = "0123456789ABCDEF";
    char *encoded = apr_palloc(pool, strlen(text) * 3 + 1);
    char *end = encoded;
    for (; *text; text++) {
        if (is_unreserved(*text) || (keep && strchr(keep, *text))) {
            *end++ = *text;
            continue;
        }
        *end++ = '%';
        *end++ = DIGITS[(unsigned char)*text >> 4];
        *end++ = DIGITS[(unsigned char)*text & 15];
    }
    *end = '\0';
    return encoded;
}

const char *msa_text_add_query(apr_pool_t *pool, const char *path, const char *name,
                               const char *value)
{
    return apr_pstrcat(pool, path, strchr(path, '?') ? "&" : "?",
                       msa_text_percent_encode(pool, name, NULL), "=",
                       msa_text_percent_encode(pool, value, NULL), NULL);
}
