/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the steps of a template with the values of one answer, and escapes each for the place where
 * it stands. */

#include "template_list.h"

#include <string.h>
#include <strings.h>

#include <apr_strings.h>

/** A text that grows. */
typedef struct buffer_t {
    apr_pool_t *pool;
    char *text;
    apr_size_t used, room;
} buffer_t;

/** Where names are looked up: in the innermost row first. */
typedef struct scope_t {
    const msa_values_t *levels[MSA_TEMPLATE_ROWS_DEPTH + 1];
    int depth;
} scope_t;

static void append(buffer_t *buffer, const char *text, apr_size_t length)
{
    if (length > buffer->room - buffer->used) {
        apr_size_t room = (buffer->room + length) * 2;
        char *more = apr_palloc(buffer->pool, room + 1);
        memcpy(more, buffer->text, buffer->used);
        buffer->text = more;
        buffer->room = room;
    }
    memcpy(buffer->text + buffer->used, text, length);
    buffer->used += length;
}

static const char *escape_of(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

static void append_escaped(buffer_t *buffer, const char *text)
{
    while (*text) {
        apr_size_t plain = strcspn(text, "&<>\"'");
        const char *escape = escape_of(text[plain]);
        append(buffer, text, plain);
        text += plain;
        if (escape) {
            append(buffer, escape, strlen(escape));
            text++;
        }
    }
}

/* A URL that a browser would run is not an address; a colon before the first slash makes a
 * scheme. */
static bool is_harmless_url(const char *url)
{
    static const char *const SCHEMES[] = {"http:", "https:", "mailto:"};
    apr_size_t head = strcspn(url, ":/?#");
    for (const char *c = url; *c; c++) {
        if ((unsigned char)*c <= 0x20)
            return false;
    }
    if (url[head] != ':')
        return true;
    for (size_t i = 0; i < sizeof(SCHEMES) / sizeof(SCHEMES[0]); i++) {
        if (strncasecmp(url, SCHEMES[i], strlen(SCHEMES[i])) == 0)
            return true;
    }
    return false;
}

/* A value is part of a line: it must not begin another line of a mail. */
static void append_plain(buffer_t *buffer, const char *value)
{
    while (*value) {
        apr_size_t printable = 0;
        while ((unsigned char)value[printable] >= ' ' && value[printable] != 0x7f)
            printable++;
        append(buffer, value, printable);
        value += printable;
        if (*value) {
            append(buffer, " ", 1);
            value++;
        }
    }
}

static const char *look_up(const scope_t *scope, const char *name)
{
    for (int i = scope->depth - 1; i >= 0; i--) {
        const char *value = msa_values_get(scope->levels[i], name);
        if (value)
            return value;
    }
    return NULL;
}

static const apr_array_header_t *look_up_list(const scope_t *scope, const char *name)
{
    for (int i = scope->depth - 1; i >= 0; i--) {
        const apr_array_header_t *list =
            apr_hash_get(scope->levels[i]->lists, name, APR_HASH_KEY_STRING);
        if (list)
            return list;
    }
    return NULL;
}

static bool is_set(const scope_t *scope, const char *name)
{
    const char *value = look_up(scope, name);
    return (value && *value) || look_up_list(scope, name);
}

static void fill_value(buffer_t *buffer, const msa_step_t *step, const char *value)
{
    if (!value)
        return;
    if (step->kind == MSA_STEP_PLAIN)
        append_plain(buffer, value);
    else if (step->kind == MSA_STEP_URL && !is_harmless_url(value))
        append(buffer, "#", 1);
    else
        append_escaped(buffer, value);
}

static void run(buffer_t *buffer, const msa_steps_t *steps, int from, int to, scope_t *scope);

static void run_rows(buffer_t *buffer, const msa_steps_t *steps, int at, scope_t *scope)
{
    const msa_step_t *step = &steps->steps[at];
    const apr_array_header_t *rows = look_up_list(scope, step->text);
    if (!rows)
        return;
    scope->depth++;
    for (int i = 0; i < rows->nelts; i++) {
        scope->levels[scope->depth - 1] = APR_ARRAY_IDX(rows, i, const msa_values_t *);
        run(buffer, steps, at + 1, step->end, scope);
    }
    scope->depth--;
}

static void run(buffer_t *buffer, const msa_steps_t *steps, int from, int to, scope_t *scope)
{
    for (int i = from; i < to;) {
        const msa_step_t *step = &steps->steps[i];
        int next = i + 1;
        if (step->kind == MSA_STEP_LITERAL)
            append(buffer, step->text, step->length);
        else if (step->kind == MSA_STEP_IF)
            next = is_set(scope, step->text) ? next : step->end;
        else if (step->kind == MSA_STEP_UNLESS)
            next = is_set(scope, step->text) ? step->end : next;
        else if (step->kind == MSA_STEP_EACH) {
            run_rows(buffer, steps, i, scope);
            next = step->end;
        } else {
            fill_value(buffer, step, look_up(scope, step->text));
        }
        i = next;
    }
}

const char *msa_template_fill(apr_pool_t *pool, const msa_steps_t *steps,
                              const msa_values_t *values)
{
    buffer_t buffer = {.pool = pool, .room = 4096};
    scope_t scope = {.levels = {values}, .depth = 1};
    buffer.text = apr_palloc(pool, buffer.room + 1);
    run(&buffer, steps, 0, steps->count, &scope);
    buffer.text[buffer.used] = '\0';
    return buffer.text;
}

msa_values_t *msa_values_make(apr_pool_t *pool)
{
    msa_values_t *values = apr_palloc(pool, sizeof(*values));
    values->pool = pool;
    values->texts = apr_hash_make(pool);
    values->lists = apr_hash_make(pool);
    return values;
}

void msa_values_set(msa_values_t *values, const char *name, const char *text)
{
    apr_hash_set(values->texts, name, APR_HASH_KEY_STRING, text);
}

const char *msa_values_get(const msa_values_t *values, const char *name)
{
    return apr_hash_get(values->texts, name, APR_HASH_KEY_STRING);
}

msa_values_t *msa_values_add_row(msa_values_t *values, const char *list)
{
    apr_array_header_t *rows = apr_hash_get(values->lists, list, APR_HASH_KEY_STRING);
    msa_values_t *row = msa_values_make(values->pool);
    if (!rows) {
        rows = apr_array_make(values->pool, 4, sizeof(msa_values_t *));
        apr_hash_set(values->lists, list, APR_HASH_KEY_STRING, rows);
    }
    APR_ARRAY_PUSH(rows, msa_values_t *) = row;
    return row;
}

void msa_values_drop_rows(msa_values_t *values, const char *list)
{
    apr_hash_set(values->lists, list, APR_HASH_KEY_STRING, NULL);
}
