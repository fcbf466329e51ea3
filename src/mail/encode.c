/* SPDX-License-Identifier: Apache-2.0 */
/* Text in the forms that mail can carry: encoded words for headers, quoted-printable or base64
 * for bodies. */

#include "encode.h"

#include "../base/text.h"

#include <string.h>

#include <apr_base64.h>
#include <apr_strings.h>

#define HEADER_LINE_MAX 78 /* RFC 5322 section 2.1.1 */
#define BODY_LINE_MAX   76 /* RFC 2045 section 6.7 */

/* 42 bytes are 56 characters of base64: 68 with `=?utf-8?B?` and `?=`, 77 after `Subject: `. */
#define WORD_BYTES_MAX 42

static bool is_printable(const char *text)
{
    for (; *text; text++) {
        if (*text < ' ' || *text > '~')
            return false;
    }
    return true;
}

/* As many bytes of whole code points as one encoded word may hold (RFC 2047 section 5 (3)). */
static size_t word_length(const char *text)
{
    size_t length = strlen(text);
    if (length <= WORD_BYTES_MAX)
        return length;
    length = WORD_BYTES_MAX;
    while ((text[length] & 0xc0) == 0x80)
        length--;
    return length;
}

static const char *encoded_words(apr_pool_t *pool, const char *text)
{
    const char *words = "";
    while (*text) {
        size_t length = word_length(text);
        char *base64 = apr_palloc(pool, apr_base64_encode_len((int)length));
        apr_base64_encode(base64, text, (int)length);
        words = apr_pstrcat(pool, words, *words ? "\n " : "", "=?utf-8?B?", base64, "?=", NULL);
        text += length;
    }
    return words;
}

const char *msa_encode_header(apr_pool_t *pool, const char *text, apr_size_t used)
{
    if (!msa_text_is_clean(text))
        return NULL;
    if (is_printable(text) && !strstr(text, "=?") && used + strlen(text) <= HEADER_LINE_MAX)
        return text;
    return encoded_words(pool, text);
}

static const char *quoted(apr_pool_t *pool, const char *text)
{
    char *copy = apr_palloc(pool, 2 * strlen(text) + 3);
    char *end = copy;
    *end++ = '"';
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            *end++ = '\\';
        *end++ = *text;
    }
    *end++ = '"';
    *end = '\0';
    return copy;
}

const char *msa_encode_phrase(apr_pool_t *pool, const char *text, apr_size_t used)
{
    const char *quotes;
    if (!msa_text_is_clean(text))
        return NULL;
    quotes = quoted(pool, text);
    if (is_printable(text) && !strstr(text, "=?") && used + strlen(quotes) <= HEADER_LINE_MAX)
        return quotes;
    return encoded_words(pool, text);
}

/* The state of quoted-printable: the end of what is written, and the column there. */
typedef struct writer_t {
    char *end;
    int column;
} writer_t;

static void put(writer_t *writer, const char *text, int length)
{
    if (writer->column + length > BODY_LINE_MAX - 1) {
        memcpy(writer->end, "=\n", 2);
        writer->end += 2;
        writer->column = 0;
    }
    memcpy(writer->end, text, length);
    writer->end += length;
    writer->column += length;
}

static void put_escaped(writer_t *writer, unsigned char byte)
{
    static const char DIGITS[] = "0123456789ABCDEF";
    char text[3] = {'=', DIGITS[byte >> 4], DIGITS[byte & 15]};
    put(writer, text, 3);
}

/* Besides what must be escaped: white space before a line end, which mailers cut off, and the two
 * beginnings of a line that they change, "." and mbox's "From ". */
static bool needs_escape(const writer_t *writer, const char *rest)
{
    unsigned char byte = (unsigned char)*rest;
    if (byte == ' ' || byte == '\t')
        return rest[1] == '\n' || rest[1] == '\r' || !rest[1];
    if (byte < 33 || byte > 126 || byte == '=')
        return true;
    /* A soft break may come just before this byte, so the last column counts as a beginning too. */
    return (byte == '.' || byte == 'F') &&
           (writer->column == 0 || writer->column >= BODY_LINE_MAX - 1);
}

static const char *quoted_printable(apr_pool_t *pool, const char *body)
{
    /* Three characters for each byte, and a soft break after at least 24 bytes. */
    char *text = apr_palloc(pool, 4 * strlen(body) + 8);
    writer_t writer = {text, 0};
    for (const char *rest = body; *rest; rest++) {
        if (*rest == '\r' && rest[1] == '\n')
            continue;
        if (*rest == '\n' || *rest == '\r') {
            *writer.end++ = '\n';
            writer.column = 0;
        } else if (needs_escape(&writer, rest)) {
            put_escaped(&writer, (unsigned char)*rest);
        } else {
            put(&writer, rest, 1);
        }
    }
    if (writer.column)
        *writer.end++ = '\n';
    *writer.end = '\0';
    return text;
}

/* Base64 hides line ends from mailers, so they have to be CRLF here (RFC 2045 section 6.8). */
static const char *with_crlf(apr_pool_t *pool, const char *body)
{
    char *text = apr_palloc(pool, 2 * strlen(body) + 1);
    char *end = text;
    for (; *body; body++) {
        if (*body == '\r' && body[1] == '\n')
            continue;
        if (*body == '\n' || *body == '\r')
            *end++ = '\r';
        *end++ = *body == '\r' ? '\n' : *body;
    }
    *end = '\0';
    return text;
}

static const char *base64_lines(apr_pool_t *pool, const char *body)
{
    const char *lines = with_crlf(pool, body);
    int length = (int)strlen(lines);
    char *flat = apr_palloc(pool, apr_base64_encode_len(length));
    int size = apr_base64_encode(flat, lines, length) - 1;
    char *text = apr_palloc(pool, size + size / BODY_LINE_MAX + 2);
    char *end = text;
    for (int i = 0; i < size; i += BODY_LINE_MAX) {
        int line = size - i < BODY_LINE_MAX ? size - i : BODY_LINE_MAX;
        memcpy(end, flat + i, line);
        end += line;
        *end++ = '\n';
    }
    *end = '\0';
    return text;
}

const char *msa_encode_body(apr_pool_t *pool, const char *body, const char **name)
{
    size_t non_ascii = 0, length = strlen(body);
    for (size_t i = 0; i < length; i++)
        non_ascii += (body[i] & 0x80) != 0;
    if (non_ascii > length / 6) {
        *name = "base64";
        return base64_lines(pool, body);
    }
    *name = "quoted-printable";
    return quoted_printable(pool, body);
}
