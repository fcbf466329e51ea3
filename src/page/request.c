/* SPDX-License-Identifier: Apache-2.0 */
#include "conversation.h"

#include "../base/text.h"

#include <string.h>

#include <apr_strings.h>

static const char *header(const msa_page_t *page, const char *name)
{
    return apr_table_get(page->request->headers, name);
}

static void add_fault(msa_page_t *page, const char *field)
{
    msa_fault_t *fault = apr_array_push(page->faults);
    fault->field = apr_pstrdup(page->ctx->pool, field);
    fault->outcome = MSA_API_ERROR;
}

/* Clients of Flask-Security send lists (their first element counts), booleans and null. */
static void add_json_field(msa_page_t *page, apr_table_t *fields, const char *name, json_t *value)
{
    apr_pool_t *pool = page->ctx->pool;
    if (json_is_array(value))
        value = json_array_get(value, 0);
    if (!value || json_is_null(value))
        return;
    if (json_is_string(value))
        apr_table_addn(fields, apr_pstrdup(pool, name),
                       apr_pstrdup(pool, json_string_value(value)));
    else if (json_is_boolean(value))
        apr_table_addn(fields, apr_pstrdup(pool, name), json_is_true(value) ? "true" : "false");
    else
        add_fault(page, name);
}

static msa_outcome_t read_json(msa_page_t *page)
{
    const msa_request_t *request = page->request;
    apr_table_t *fields = apr_table_make(page->ctx->pool, 8);
    json_error_t error;
    const char *name;
    json_t *value;
    json_t *body = json_loadb(request->body, request->body_length,
                              JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    bool is_empty = json_is_null(body) || (json_is_array(body) && json_array_size(body) == 0);
    bool is_readable = is_empty || json_is_object(body);
    if (json_is_object(body) && json_object_size(body) > MSA_TEXT_FIELDS_MAX)
        is_readable = false;
    if (is_readable && !is_empty) {
        json_object_foreach(body, name, value)
        {
            add_json_field(page, fields, name, value);
        }
    }
    json_decref(body);
    page->fields = fields;
    return is_readable ? MSA_OK : MSA_BAD_REQUEST;
}

static msa_outcome_t read_form(msa_page_t *page)
{
    apr_table_t *fields = NULL;
    if (msa_text_form_parse(page->ctx->pool, page->request->body, page->request->body_length,
                            &fields) != APR_SUCCESS)
        return MSA_BAD_REQUEST;
    page->fields = fields;
    return MSA_OK;
}

static msa_outcome_t read_body(msa_page_t *page)
{
    const char *type = header(page, "Content-Type");
    if (page->request->body_length == 0)
        return MSA_OK;
    if (msa_text_is_json_type(type))
        return read_json(page);
    if (msa_text_is_type(type, "application/x-www-form-urlencoded"))
        return read_form(page);
    return MSA_UNSUPPORTED_MEDIA_TYPE;
}

msa_outcome_t msa_page_read(msa_page_t *page)
{
    const char *query = page->request->query;
    apr_table_t *parsed = NULL;
    page->query = page->fields = apr_table_make(page->ctx->pool, 1);
    if (query && msa_text_form_parse(page->ctx->pool, query, strlen(query), &parsed) != APR_SUCCESS)
        return MSA_BAD_REQUEST;
    if (parsed)
        page->query = parsed;
    return read_body(page);
}

const char *msa_page_field(const msa_page_t *page, const char *name)
{
    return msa_text_field(page->fields, name);
}

bool msa_page_flag(const msa_page_t *page, const char *name)
{
    const char *value = msa_page_field(page, name);
    return value && *value && strcmp(value, "false") != 0;
}

const char *msa_page_query(const msa_page_t *page, const char *name)
{
    return msa_text_field(page->query, name);
}

const char *msa_page_cookie(const msa_page_t *page, const char *name)
{
    const char *value;
    apr_size_t length;
    const char *prefixed = msa_cookie_name(page->ctx->pool, name, page->ctx->is_secure);
    const char *cookies = header(page, "Cookie");
    if (!cookies || !msa_text_cookie(cookies, prefixed, &value, &length))
        return NULL;
    return apr_pstrmemdup(page->ctx->pool, value, length);
}
