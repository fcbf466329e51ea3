/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the HTTP headers that decide something: Accept, Content-Type, Cookie, Authorization. */

#include "text_http.h"
#include "text.h"

#include <string.h>
#include <strings.h>

#include <apr_base64.h>
#include <apr_strings.h>

#define BASE64_CHARACTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="

bool msa_text_cookie(const char **rest, const char *name, const char **value, apr_size_t *length)
{
    const char *header = *rest;
    apr_size_t name_length = strlen(name);
    while (header && *header) {
        apr_size_t pair;
        while (*header == ' ' || *header == '\t' || *header == ';')
            header++;
        pair = (apr_size_t)(strchrnul(header, ';') - header);
        if (pair > name_length && header[name_length] == '=' &&
            memcmp(header, name, name_length) == 0) {
            const char *start = header + name_length + 1;
            apr_size_t size = pair - name_length - 1;
            while (size && (start[size - 1] == ' ' || start[size - 1] == '\t'))
                size--;
            if (size >= 2 && start[0] == '"' && start[size - 1] == '"') {
                start++;
                size -= 2;
            }
            *value = start;
            *length = size;
            *rest = header + pair;
            return true;
        }
        header += pair;
    }
    return false;
}

static bool is_basic(const char *header)
{
    return header && strncasecmp(header, "Basic ", 6) == 0;
}

const char *msa_text_credentials(apr_pool_t *pool, const char *header)
{
    char *decoded;
    int length;
    if (!is_basic(header) || strlen(header) > MSA_TEXT_BASIC_MAX)
        return NULL;
    header += 6 + strspn(header + 6, " ");
    if (header[strspn(header, BASE64_CHARACTERS)])
        return NULL;
    decoded = apr_pcalloc(pool, (apr_size_t)apr_base64_decode_len(header) + 1);
    length = apr_base64_decode(decoded, header);
    decoded[length] = '\0';
    return memchr(decoded, '\0', (apr_size_t)length) ? NULL : decoded;
}

apr_status_t msa_text_basic(apr_pool_t *pool, const char *header, const char **name,
                            const char **password)
{
    const char *credentials = msa_text_credentials(pool, header);
    const char *colon = credentials ? strchr(credentials, ':') : NULL;
    if (!is_basic(header))
        return APR_NOTFOUND;
    if (!colon || colon == credentials || !colon[1] ||
        !msa_text_is_utf8(credentials, strlen(credentials)))
        return APR_EINVAL;
    *name = apr_pstrmemdup(pool, credentials, (apr_size_t)(colon - credentials));
    *password = colon + 1;
    return APR_SUCCESS;
}

/* The media type without parameters and the white space around it. */
static apr_size_t type_length(const char **type)
{
    apr_size_t length;
    *type += strspn(*type, " \t");
    length = strcspn(*type, ";,");
    while (length && ((*type)[length - 1] == ' ' || (*type)[length - 1] == '\t'))
        length--;
    return length;
}

static bool is_same(const char *type, apr_size_t length, const char *wanted)
{
    return length == strlen(wanted) && strncasecmp(type, wanted, length) == 0;
}

bool msa_text_is_type(const char *content_type, const char *type)
{
    apr_size_t length;
    if (!content_type)
        return false;
    length = type_length(&content_type);
    return is_same(content_type, length, type);
}

bool msa_text_is_json_type(const char *content_type)
{
    static const char PREFIX[] = "application/", SUFFIX[] = "+json";
    apr_size_t length, prefix = sizeof(PREFIX) - 1, suffix = sizeof(SUFFIX) - 1;
    if (!content_type)
        return false;
    length = type_length(&content_type);
    if (is_same(content_type, length, "application/json"))
        return true;
    return length > prefix + suffix && strncasecmp(content_type, PREFIX, prefix) == 0 &&
           strncasecmp(content_type + length - suffix, SUFFIX, suffix) == 0;
}

/* A weight (RFC 9110 section 12.4.2) in thousandths, with or without its leading 0; 0 when it
 * cannot be read. strtod would depend on the locale and accept "inf". */
static int weight(const char *text)
{
    static const int DIGIT_WORTH[] = {100, 10, 1};
    int thousandths = *text == '1' ? 1000 : 0;
    text += *text == '0' || *text == '1';
    if (*text != '.')
        return thousandths;
    text++;
    for (size_t i = 0; i < 3 && *text >= '0' && *text <= '9'; i++, text++)
        thousandths += (*text - '0') * DIGIT_WORTH[i];
    return thousandths <= 1000 ? thousandths : 0;
}

/* The weight of one entry of Accept; 1000 when it has none. */
static int quality(const char *entry, apr_size_t length)
{
    const char *end = entry + length;
    const char *parameter = memchr(entry, ';', length);
    while (parameter) {
        parameter++;
        while (parameter < end && (*parameter == ' ' || *parameter == '\t'))
            parameter++;
        /* cppcheck-suppress knownConditionTrueFalse ; the loop before also ends at a letter */
        if (end - parameter >= 2 && strncasecmp(parameter, "q=", 2) == 0)
            return weight(parameter + 2);
        parameter = memchr(parameter, ';', (apr_size_t)(end - parameter));
    }
    return 1000;
}

/* How an entry of Accept ranks: a named type before a range like `text/<any>`. */
static int rank(const char *entry, apr_size_t length)
{
    int q = quality(entry, length);
    apr_size_t type = type_length(&entry);
    bool is_named = memchr(entry, '/', type) && !memchr(entry, '*', type);
    return q && is_named ? q + 1000 : q;
}

static bool best_is_json(const char *accept)
{
    int best = 0;
    bool is_json = false;
    while (*accept) {
        apr_size_t length = strcspn(accept, ",");
        int own = rank(accept, length);
        if (own > best) {
            best = own;
            is_json = msa_text_is_type(accept, "application/json");
        }
        accept += length + (accept[length] == ',');
    }
    return is_json;
}

bool msa_text_wants_json(const char *content_type, const char *accept)
{
    return msa_text_is_json_type(content_type) || (accept && best_is_json(accept));
}

bool msa_text_accepts_html(const char *accept)
{
    while (accept && *accept) {
        apr_size_t length = strcspn(accept, ",");
        if ((msa_text_is_type(accept, "text/html") ||
             msa_text_is_type(accept, "application/xhtml+xml")) &&
            quality(accept, length) > 0)
            return true;
        accept += length + (accept[length] == ',');
    }
    return false;
}
