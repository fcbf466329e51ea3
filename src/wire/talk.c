/* SPDX-License-Identifier: Apache-2.0 */
/* What each kind of question and answer consists of: requests, replies, proofs and settings as
 * fields of a message. */

#include "talk.h"

#include <stddef.h>
#include <string.h>

#include <apr_strings.h>

#define HEADER_MIDDLE ": "

/* ---- who asks, and what they show ---- */

void msa_talk_put_visitor(msa_packet_t *message, const msa_talk_visitor_t *visitor)
{
    msa_packet_add_text(message, MSA_TAG_ADDRESS, visitor->address);
    msa_packet_add_text(message, MSA_TAG_AGENT, visitor->agent);
    msa_packet_add_number(message, MSA_TAG_IS_SECURE, visitor->is_secure);
}

void msa_talk_get_visitor(const msa_packet_head_t *head, msa_talk_visitor_t *visitor)
{
    visitor->address = msa_packet_text(head, MSA_TAG_ADDRESS);
    if (!visitor->address)
        visitor->address = "-";
    visitor->agent = msa_packet_text(head, MSA_TAG_AGENT);
    visitor->is_secure = msa_packet_number(head, MSA_TAG_IS_SECURE, 0) != 0;
}

void msa_talk_put_proof(msa_packet_t *message, const msa_proof_t *proof)
{
    msa_packet_add_number(message, MSA_TAG_PROOF_KIND, proof->kind);
    msa_packet_add(message, MSA_TAG_PROOF_VALUE, proof->value, proof->length);
    msa_packet_add_text(message, MSA_TAG_PROOF_PASSWORD, proof->password);
}

bool msa_talk_get_proof(const msa_packet_head_t *head, msa_proof_t *proof)
{
    apr_int64_t kind = msa_packet_number(head, MSA_TAG_PROOF_KIND, -1);
    proof->value = msa_packet_text(head, MSA_TAG_PROOF_VALUE);
    proof->password = msa_packet_text(head, MSA_TAG_PROOF_PASSWORD);
    if (kind < 0 || kind >= MSA_PROOF_COUNT || !proof->value)
        return false;
    proof->kind = (msa_proof_kind_t)kind;
    proof->length = strlen(proof->value);
    return (proof->kind == MSA_PROOF_PASSWORD) == (proof->password != NULL);
}

/* ---- headers ---- */

typedef struct sheet_t {
    msa_packet_t *message;
    apr_pool_t *pool;
} sheet_t;

static int put_header(void *baton, const char *name, const char *value)
{
    const sheet_t *sheet = baton;
    msa_packet_add_text(sheet->message, MSA_TAG_HEADER,
                        apr_pstrcat(sheet->pool, name, HEADER_MIDDLE, value, NULL));
    return !sheet->message->is_full;
}

void msa_talk_put_headers(msa_packet_t *message, apr_pool_t *pool, const apr_table_t *headers)
{
    sheet_t sheet = {message, pool};
    apr_table_do(put_header, &sheet, headers, NULL);
}

apr_table_t *msa_talk_get_headers(const msa_packet_head_t *head, apr_pool_t *pool)
{
    apr_table_t *headers = apr_table_make(pool, 16);
    apr_size_t at = 0, length = 0;
    const char *line;
    while ((line = msa_packet_next(head, MSA_TAG_HEADER, &at, &length))) {
        const char *middle = strstr(line, HEADER_MIDDLE);
        if (middle && strlen(line) == length)
            apr_table_addn(headers, apr_pstrmemdup(pool, line, (apr_size_t)(middle - line)),
                           middle + strlen(HEADER_MIDDLE));
    }
    return headers;
}

/* ---- a request to an endpoint, and its answer ---- */

void msa_talk_put_request(msa_packet_t *message, apr_pool_t *pool, const msa_request_t *request)
{
    msa_packet_add_text(message, MSA_TAG_METHOD, request->method);
    msa_packet_add_text(message, MSA_TAG_PATH, request->path);
    msa_packet_add_text(message, MSA_TAG_QUERY, request->query);
    msa_packet_add_text(message, MSA_TAG_QUERY_TOKEN, request->query_token);
    msa_packet_add_number(message, MSA_TAG_IS_CHALLENGED, request->is_challenged);
    if (request->body)
        msa_packet_add(message, MSA_TAG_BODY, request->body, request->body_length);
    msa_talk_put_headers(message, pool, request->headers);
}

bool msa_talk_get_request(const msa_packet_head_t *head, apr_pool_t *pool, msa_request_t *request)
{
    memset(request, 0, sizeof(*request));
    request->method = msa_packet_text(head, MSA_TAG_METHOD);
    request->path = msa_packet_text(head, MSA_TAG_PATH);
    request->query = msa_packet_text(head, MSA_TAG_QUERY);
    request->query_token = msa_packet_text(head, MSA_TAG_QUERY_TOKEN);
    request->is_challenged = msa_packet_number(head, MSA_TAG_IS_CHALLENGED, 0) != 0;
    request->body = msa_packet_bytes(head, MSA_TAG_BODY, &request->body_length);
    request->headers = msa_talk_get_headers(head, pool);
    return request->method && request->path;
}

void msa_talk_put_reply(msa_packet_t *message, apr_pool_t *pool, const msa_reply_t *reply)
{
    msa_packet_add_number(message, MSA_TAG_STATUS, reply->status);
    msa_packet_add_text(message, MSA_TAG_CONTENT_TYPE, reply->content_type);
    if (reply->body)
        msa_packet_add(message, MSA_TAG_BODY, reply->body, reply->body_length);
    msa_talk_put_headers(message, pool, reply->headers);
}

bool msa_talk_get_reply(const msa_packet_head_t *head, apr_pool_t *pool, msa_reply_t *reply)
{
    apr_int64_t status = msa_packet_number(head, MSA_TAG_STATUS, 0);
    memset(reply, 0, sizeof(*reply));
    reply->status = (int)status;
    reply->content_type = msa_packet_text(head, MSA_TAG_CONTENT_TYPE);
    reply->body = msa_packet_bytes(head, MSA_TAG_BODY, &reply->body_length);
    reply->headers = msa_talk_get_headers(head, pool);
    return status >= 200 && status < 600;
}

/* ---- the settings of a directory ---- */

typedef enum { TEXT, NUMBER, INTERVAL, FLAG } kind_t;

#define PLACE(member, kind)                                                                        \
    {                                                                                              \
        offsetof(msa_directory_settings_t, member), kind                                           \
    }

/** Every member of msa_directory_settings_t. A row's index is its tag. */
static const struct {
    size_t offset;
    kind_t kind;
} PLACES[] = {
    PLACE(methods, NUMBER),
    PLACE(post_login_view, TEXT),
    PLACE(post_logout_view, TEXT),
    PLACE(post_register_view, TEXT),
    PLACE(post_confirm_view, TEXT),
    PLACE(post_reset_view, TEXT),
    PLACE(post_change_view, TEXT),
    PLACE(post_verify_view, TEXT),
    PLACE(post_change_email_view, TEXT),
    PLACE(confirm_error_view, TEXT),
    PLACE(reset_error_view, TEXT),
    PLACE(reset_view, TEXT),
    PLACE(change_email_error_view, TEXT),
    PLACE(requires_confirmation_error_view, TEXT),
    PLACE(unauthorized_view, TEXT),
    PLACE(freshness, INTERVAL),
    PLACE(freshness_grace_period, INTERVAL),
    PLACE(pass_headers, FLAG),
};

#define PLACE_COUNT (sizeof(PLACES) / sizeof(PLACES[0]))

void msa_talk_put_directory(msa_packet_t *message, const msa_directory_settings_t *directory)
{
    for (size_t i = 0; i < PLACE_COUNT; i++) {
        const char *field = (const char *)directory + PLACES[i].offset;
        int tag = MSA_TAG_DIRECTORY + (int)i;
        if (PLACES[i].kind == TEXT)
            msa_packet_add_text(message, tag, *(const char *const *)field);
        else if (PLACES[i].kind == NUMBER)
            msa_packet_add_number(message, tag, *(const int *)field);
        else if (PLACES[i].kind == INTERVAL)
            msa_packet_add_number(message, tag, *(const apr_interval_time_t *)field);
        else
            msa_packet_add_number(message, tag, *(const bool *)field);
    }
}

void msa_talk_get_directory(const msa_packet_head_t *head, msa_directory_settings_t *directory)
{
    *directory = msa_directory_settings_default;
    for (size_t i = 0; i < PLACE_COUNT; i++) {
        char *field = (char *)directory + PLACES[i].offset;
        int tag = MSA_TAG_DIRECTORY + (int)i;
        if (PLACES[i].kind == TEXT)
            *(const char **)field = msa_packet_text(head, tag);
        else if (PLACES[i].kind == NUMBER)
            *(int *)field = (int)msa_packet_number(head, tag, *(int *)field);
        else if (PLACES[i].kind == INTERVAL)
            *(apr_interval_time_t *)field =
                msa_packet_number(head, tag, *(apr_interval_time_t *)field);
        else
            *(bool *)field = msa_packet_number(head, tag, *(bool *)field) != 0;
    }
}
