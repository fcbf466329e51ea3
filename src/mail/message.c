/* SPDX-License-Identifier: Apache-2.0 */
/* Composes a message after RFC 5322 and MIME; no value it is given can add a header or a
 * recipient. */

#include "message.h"

#include "encode.h"
#include "../base/text.h"

#include <ctype.h>
#include <string.h>

#include <apr_strings.h>
#include <apr_tables.h>
#include <idn2.h>

#define HEADER_LINE_MAX 78  /* RFC 5322 section 2.1.1 */
#define DOMAIN_MAX      253 /* RFC 1035 section 2.3.4 */

/* Both body encodings turn every "=" of the text into "=3D" or leave none, so this line never
 * occurs in a body (RFC 2045 section 6.7). */
#define BOUNDARY "=_security_part"

static bool is_local_character(unsigned char c)
{
    return c >= 0x80 || isalnum(c) || strchr("!#$%&'*+-/=?^_`{|}~", c);
}

/* A dot-atom (RFC 5322 section 3.2.3) with the further characters of RFC 6532. */
static bool is_local_part(const char *text, size_t length)
{
    if (length == 0 || length > 64 || text[0] == '.' || text[length - 1] == '.')
        return false;
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '.' ? text[i + 1] == '.' : !is_local_character((unsigned char)text[i]))
            return false;
    }
    return true;
}

static bool is_domain(const char *text)
{
    size_t length = strlen(text);
    if (length == 0 || length > DOMAIN_MAX || text[0] == '.' || text[0] == '-')
        return false;
    for (size_t i = 0; i < length; i++) {
        if (!isalnum((unsigned char)text[i]) && !strchr("-_.", text[i]))
            return false;
    }
    return !strstr(text, "..") && text[length - 1] != '.';
}

static bool is_ascii(const char *text)
{
    while (*text && !(*text & 0x80))
        text++;
    return !*text;
}

static const char *ascii_domain(apr_pool_t *pool, const char *domain)
{
    char *ascii = NULL;
    const char *copy;
    if (is_ascii(domain))
        return domain;
    if (idn2_to_ascii_8z(domain, &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) != IDN2_OK)
        return "";
    copy = apr_pstrdup(pool, ascii);
    idn2_free(ascii);
    return copy;
}

apr_status_t msa_message_address(apr_pool_t *pool, const char *address, const char **wire)
{
    const char *at = strrchr(address, '@');
    const char *domain;
    if (!at || !msa_text_is_clean(address) || !is_local_part(address, at - address))
        return APR_EINVAL;
    domain = ascii_domain(pool, at + 1);
    if (!is_domain(domain))
        return APR_EINVAL;
    *wire = apr_pstrcat(pool, apr_pstrmemdup(pool, address, at - address), "@", domain, NULL);
    return APR_SUCCESS;
}

/* Only we make identifiers; one that does not look like ours would be someone else's header. */
static bool is_message_id(const char *id)
{
    const char *at = strchr(id, '@');
    if (!at || at == id || !at[1] || strchr(at + 1, '@') || strlen(id) > HEADER_LINE_MAX * 4)
        return false;
    for (; *id; id++) {
        if (*id <= ' ' || *id >= 0x7f || strchr("<>()\\\",;", *id))
            return false;
    }
    return true;
}

/* One line, or two when one would be too long. */
static const char *header_line(apr_pool_t *pool, const char *name, const char *value)
{
    bool fits = strlen(name) + 2 + strlen(value) <= HEADER_LINE_MAX;
    return apr_pstrcat(pool, name, fits ? ": " : ":\n ", value, "\n", NULL);
}

/* A display name without the white space and the quotes around it. */
static const char *display_name(apr_pool_t *pool, const char *text, size_t length)
{
    while (length > 0 && *text == ' ') {
        text++;
        length--;
    }
    while (length > 0 && text[length - 1] == ' ')
        length--;
    if (length >= 2 && text[0] == '"' && text[length - 1] == '"') {
        text++;
        length -= 2;
    }
    return apr_pstrmemdup(pool, text, length);
}

apr_status_t msa_message_sender(apr_pool_t *pool, const char *sender, const char **header)
{
    const char *open = strrchr(sender, '<');
    size_t length = strlen(sender);
    const char *name = "", *wire;
    apr_status_t status;
    if (open && sender[length - 1] != '>')
        return APR_EINVAL;
    if (open) {
        name = display_name(pool, sender, open - sender);
        sender = apr_pstrmemdup(pool, open + 1, sender + length - open - 2);
    }
    status = msa_message_address(pool, sender, &wire);
    if (status != APR_SUCCESS)
        return status;
    if (!*name) {
        *header = header_line(pool, "From", wire);
        return APR_SUCCESS;
    }
    name = msa_encode_phrase(pool, name, strlen("From: "));
    if (!name)
        return APR_EINVAL;
    *header = apr_pstrcat(pool, "From: ", name, "\n <", wire, ">\n", NULL);
    return APR_SUCCESS;
}

static const char *date_line(apr_pool_t *pool, apr_time_t date)
{
    apr_time_exp_t t;
    apr_time_exp_gmt(&t, date);
    return apr_psprintf(pool, "Date: %s, %d %s %d %02d:%02d:%02d +0000\n",
                        apr_day_snames[t.tm_wday], t.tm_mday, apr_month_snames[t.tm_mon],
                        t.tm_year + 1900, t.tm_hour, t.tm_min, t.tm_sec);
}

static apr_status_t add_headers(apr_pool_t *pool, apr_array_header_t *lines,
                                const msa_message_t *message)
{
    const char *subject = msa_encode_header(pool, message->subject, strlen("Subject: "));
    const char *recipient, *from;
    apr_status_t status = msa_message_sender(pool, message->sender, &from);
    if (status == APR_SUCCESS)
        status = msa_message_address(pool, message->recipient, &recipient);
    if (status != APR_SUCCESS)
        return status;
    if (!subject || !is_message_id(message->message_id))
        return APR_EINVAL;
    APR_ARRAY_PUSH(lines, const char *) = from;
    APR_ARRAY_PUSH(lines, const char *) = header_line(pool, "To", recipient);
    APR_ARRAY_PUSH(lines, const char *) = apr_pstrcat(pool, "Subject: ", subject, "\n", NULL);
    APR_ARRAY_PUSH(lines, const char *) = date_line(pool, message->date);
    APR_ARRAY_PUSH(lines, const char *) =
        header_line(pool, "Message-ID", apr_pstrcat(pool, "<", message->message_id, ">", NULL));
    APR_ARRAY_PUSH(lines, const char *) = "MIME-Version: 1.0\nAuto-Submitted: auto-generated\n";
    return APR_SUCCESS;
}

static void add_part(apr_pool_t *pool, apr_array_header_t *lines, const char *type,
                     const char *body)
{
    const char *name;
    const char *encoded = msa_encode_body(pool, body, &name);
    APR_ARRAY_PUSH(lines, const char *) =
        apr_pstrcat(pool, "Content-Type: ", type,
                    "; charset=utf-8\nContent-Transfer-Encoding: ", name, "\n\n", encoded, NULL);
}

static void add_bodies(apr_pool_t *pool, apr_array_header_t *lines, const msa_message_t *message)
{
    if (!message->html) {
        add_part(pool, lines, "text/plain", message->text);
        return;
    }
    if (!message->text) {
        add_part(pool, lines, "text/html", message->html);
        return;
    }
    APR_ARRAY_PUSH(lines, const char *) =
        "Content-Type: multipart/alternative; boundary=\"" BOUNDARY "\"\n\n--" BOUNDARY "\n";
    add_part(pool, lines, "text/plain", message->text);
    /* The line end before a boundary belongs to the boundary (RFC 2046 section 5.1.1). */
    APR_ARRAY_PUSH(lines, const char *) = "\n--" BOUNDARY "\n";
    add_part(pool, lines, "text/html", message->html);
    APR_ARRAY_PUSH(lines, const char *) = "\n--" BOUNDARY "--\n";
}

apr_status_t msa_message_compose(apr_pool_t *pool, const msa_message_t *message, const char **out,
                                 apr_size_t *length)
{
    apr_array_header_t *lines = apr_array_make(pool, 16, sizeof(const char *));
    apr_status_t status;
    if (!message->text && !message->html)
        return APR_EINVAL;
    status = add_headers(pool, lines, message);
    if (status != APR_SUCCESS)
        return status;
    add_bodies(pool, lines, message);
    *out = apr_array_pstrcat(pool, lines, 0);
    *length = strlen(*out);
    return APR_SUCCESS;
}
