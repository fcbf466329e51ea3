/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the query, the body (form or JSON) and the cookies of a request into fields. */

#include "request.h"

#include "../base/digest.h"
#include "../base/text_form.h"
#include "../base/text_http.h"

#include <string.h>

#include <apr_strings.h>

#include "fault.h"

#define SECRETS_MAX 4 /* of one name that are looked at */

const char *msa_page_header(const msa_page_t *page, const char *name)
{
    return apr_table_get(page->request->headers, name);
}

/* The text for a JSON value that is not a string, where a checkbox or a number is asked for. */
static const char *other_text(apr_pool_t *pool, const json_t *value)
{
    if (json_is_integer(value))
        return apr_psprintf(pool, "%" APR_INT64_T_FMT, (apr_int64_t)json_integer_value(value));
    return json_is_false(value) ? "false" : "true";
}

/* Clients of Flask-Security send lists (whose first element counts), booleans and null. */
static void add_json_field(apr_pool_t *pool, apr_table_t *fields, apr_table_t *others,
                           const char *name, const json_t *value)
{
    if (json_is_array(value))
        value = json_array_get(value, 0);
    if (!value || json_is_null(value))
        return;
    name = apr_pstrdup(pool, name);
    if (json_is_string(value))
        apr_table_addn(fields, name, apr_pstrdup(pool, json_string_value(value)));
    else
        apr_table_addn(others, name, other_text(pool, value));
}

static msa_outcome_t read_json(msa_page_t *page)
{
    const msa_request_t *request = page->request;
    apr_table_t *fields = apr_table_make(page->ctx->pool, 8);
    apr_table_t *others = apr_table_make(page->ctx->pool, 1);
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
            add_json_field(page->ctx->pool, fields, others, name, value);
        }
    }
    json_decref(body);
    page->fields = fields;
    page->others = others;
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
    const char *type = msa_page_header(page, "Content-Type");
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
    page->query = page->fields = page->others = apr_table_make(page->ctx->pool, 1);
    if (query)
        page->query = msa_text_query_parse(page->ctx->pool, query);
    return read_body(page);
}

const char *msa_page_field(const msa_page_t *page, const char *name)
{
    if (msa_text_field(page->others, name) && !msa_page_has_fault(page, name, MSA_API_ERROR))
        msa_page_fault_plain(page, name, MSA_API_ERROR);
    return msa_text_field(page->fields, name);
}

bool msa_page_flag(const msa_page_t *page, const char *name)
{
    const char *value = msa_text_field(page->fields, name);
    const char *other = msa_text_field(page->others, name);
    if (other)
        return strcmp(other, "false") != 0 && strcmp(other, "0") != 0;
    return value && *value && strcmp(value, "false") != 0;
}

apr_int64_t msa_page_number(const msa_page_t *page, const char *name)
{
    const char *text = msa_text_field(page->fields, name);
    char *rest = NULL;
    apr_int64_t number;
    if (!text)
        text = msa_text_field(page->others, name);
    number = text ? apr_strtoi64(text, &rest, 10) : 0;
    return rest && rest != text && !*rest && number > 0 ? number : 0;
}

void msa_page_check_repeated(const msa_page_t *page, const char *name, const char *repeated)
{
    const char *password = msa_page_field(page, name);
    const char *again = msa_page_field(page, repeated);
    if (strcmp(password ? password : "", again ? again : "") != 0)
        msa_page_fault_plain(page, repeated, MSA_RETYPE_PASSWORD_MISMATCH);
    else if (!again || !*again)
        msa_page_fault_plain(page, repeated, MSA_PASSWORD_NOT_PROVIDED);
}

const char *msa_page_query(const msa_page_t *page, const char *name)
{
    return msa_text_field(page->query, name);
}

/* After `skipped` others; with `is_secret` only secrets count. */
static const char *find_cookie(const msa_page_t *page, msa_cookie_t cookie, bool is_secret,
                               int skipped)
{
    const msa_context_t *ctx = page->ctx;
    const char *value;
    apr_size_t length;
    const char *name = msa_cookie_name(ctx->pool, ctx->settings, cookie, ctx->is_secure);
    const char *rest = msa_page_header(page, "Cookie");
    while (rest && msa_text_cookie(&rest, name, &value, &length)) {
        if ((!is_secret || msa_digest_is_secret(value, length)) && skipped-- == 0)
            return apr_pstrmemdup(ctx->pool, value, length);
    }
    return NULL;
}

const char *msa_page_cookie(const msa_page_t *page, msa_cookie_t cookie)
{
    return find_cookie(page, cookie, false, 0);
}

const char *msa_page_secret(const msa_page_t *page, msa_cookie_t cookie, int skipped)
{
    return skipped < SECRETS_MAX ? find_cookie(page, cookie, true, skipped) : NULL;
}
