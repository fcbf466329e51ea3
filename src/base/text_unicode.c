/* SPDX-License-Identifier: Apache-2.0 */
/* Unicode as people see it: valid UTF-8, NFKD, names that look alike, invisible characters, quoting
 * for the log. */

#include "text.h"

#include <stdlib.h>
#include <string.h>

#include <utf8proc.h>

#include <apr_strings.h>

bool msa_text_is_utf8(const char *text, apr_size_t length)
{
    const utf8proc_uint8_t *rest = (const utf8proc_uint8_t *)text;
    while (length > 0) {
        utf8proc_int32_t code_point;
        utf8proc_ssize_t used = utf8proc_iterate(rest, (utf8proc_ssize_t)length, &code_point);
        if (used <= 0)
            return false;
        rest += used;
        length -= (apr_size_t)used;
    }
    return true;
}

bool msa_text_is_clean(const char *text)
{
    const utf8proc_uint8_t *rest = (const utf8proc_uint8_t *)text;
    apr_size_t length = strlen(text);
    while (length > 0) {
        utf8proc_int32_t code_point;
        utf8proc_ssize_t used = utf8proc_iterate(rest, (utf8proc_ssize_t)length, &code_point);
        if (used <= 0 || code_point < 0x20 || (code_point >= 0x7f && code_point < 0xa0))
            return false;
        rest += used;
        length -= (apr_size_t)used;
    }
    return true;
}

bool msa_text_is_blank(const char *text)
{
    const utf8proc_uint8_t *rest = (const utf8proc_uint8_t *)text;
    while (rest && *rest) {
        utf8proc_int32_t code_point;
        utf8proc_ssize_t used = utf8proc_iterate(rest, -1, &code_point);
        if (used <= 0)
            return false;
        if (!strchr(" \t\r\n", *rest) && utf8proc_category(code_point) != UTF8PROC_CATEGORY_ZS)
            return false;
        rest += used;
    }
    return true;
}

/* libutf8proc sorts combining marks by swapping neighbours: 64 KiB of them take seconds. */
static bool is_mappable(const char *text)
{
    return strnlen(text, MSA_TEXT_MAPPED_MAX + 1) <= MSA_TEXT_MAPPED_MAX;
}

static const char *map(apr_pool_t *pool, const char *text, utf8proc_option_t options)
{
    utf8proc_uint8_t *mapped = NULL;
    const char *copy;
    if (utf8proc_map((const utf8proc_uint8_t *)text, 0, &mapped,
                     UTF8PROC_NULLTERM | UTF8PROC_STABLE | options) < 0)
        return NULL;
    copy = apr_pstrdup(pool, (const char *)mapped);
    free(mapped);
    return copy;
}

const char *msa_text_nfkd(apr_pool_t *pool, const char *text, apr_size_t *code_points)
{
    const char *normal =
        is_mappable(text) ? map(pool, text, UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT) : NULL;
    if (normal && code_points) {
        apr_size_t count = 0;
        for (const char *byte = normal; *byte; byte++)
            count += (*byte & 0xc0) != 0x80;
        *code_points = count;
    }
    return normal;
}

const char *msa_text_identity_key(apr_pool_t *pool, const char *identity)
{
    const char *folded =
        is_mappable(identity) ? map(pool, identity, UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD) : NULL;
    return folded ? map(pool, folded, UTF8PROC_COMPOSE) : NULL;
}

bool msa_text_is_seen(apr_int32_t code_point)
{
    static const utf8proc_int32_t BRAILLE_BLANK = 0x2800;
    utf8proc_category_t category = utf8proc_category(code_point);
    /* Letters without a shape, and marks that select another one, are ignorable too. */
    if (code_point == BRAILLE_BLANK || utf8proc_get_property(code_point)->ignorable)
        return false;
    return category != UTF8PROC_CATEGORY_CN &&
           (category < UTF8PROC_CATEGORY_ZL || category > UTF8PROC_CATEGORY_CO);
}

bool msa_text_is_name(const char *text)
{
    const utf8proc_uint8_t *rest = (const utf8proc_uint8_t *)text;
    if (!msa_text_is_clean(text))
        return false;
    while (*rest) {
        utf8proc_int32_t code_point;
        rest += utf8proc_iterate(rest, -1, &code_point);
        if (!msa_text_is_seen(code_point))
            return false;
    }
    return true;
}

/* Writes `length` bytes, as \xNN whatever is invisible or is in `also`; returns the new end. */
static char *write_visible(char *end, const char *text, apr_size_t length, const char *also)
{
    static const char DIGITS[] = "0123456789abcdef";
    while (length > 0) {
        utf8proc_int32_t c;
        utf8proc_ssize_t used =
            utf8proc_iterate((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)length, &c);
        bool is_plain = used > 0 && msa_text_is_seen(c) && !(c < 0x80 && strchr(also, (int)c));
        apr_size_t step = used > 0 ? (apr_size_t)used : 1;
        for (apr_size_t i = 0; i < step; i++) {
            unsigned char byte = (unsigned char)text[i];
            if (is_plain) {
                *end++ = text[i];
                continue;
            }
            *end++ = '\\';
            *end++ = 'x';
            *end++ = DIGITS[byte >> 4];
            *end++ = DIGITS[byte & 15];
        }
        text += step;
        length -= step;
    }
    return end;
}

const char *msa_text_visible(apr_pool_t *pool, const char *text)
{
    apr_size_t length = strlen(text);
    char *visible = apr_palloc(pool, length * 4 + 1);
    *write_visible(visible, text, length, "\\") = '\0';
    return visible;
}

const char *msa_text_quote(apr_pool_t *pool, const char *text)
{
    static const apr_size_t BYTES_MAX = 128;
    char *quoted, *end;
    apr_size_t length, shown;
    if (!text)
        return "-";
    length = strnlen(text, BYTES_MAX + 1);
    shown = length > BYTES_MAX ? BYTES_MAX : length;
    quoted = apr_palloc(pool, shown * 4 + 3);
    quoted[0] = '"';
    end = write_visible(quoted + 1, text, shown, "\"\\");
    *end++ = '"';
    *end = '\0';
    return length > BYTES_MAX ? apr_pstrcat(pool, quoted, "...", NULL) : quoted;
}
