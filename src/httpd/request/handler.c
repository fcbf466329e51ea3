/* SPDX-License-Identifier: Apache-2.0 */
/* Claims the endpoints before other modules do, sends each request to the service, and writes its
 * answer. */

#include "handler.h"

#include <apr_strings.h>

#include "../configuration/config.h"
#include "ask.h"
#include "authn_methods.h"
#include "finding.h"
#include "hooks.h"
#include "refuse.h"
#include "state.h"
#include "world.h"

#define HANDLER "security-auth"

/* A request is one to an endpoint once translate_name has found its route. */
static bool is_endpoint(request_rec *r)
{
    return !r->main && !r->prev && msa_state_peek(r)->route;
}

/* The request line only has the masked link. */
static const char *path_of(request_rec *r)
{
    const char *path = msa_state_peek(r)->link_path;
    return path ? path : r->uri;
}

static const msa_route_t *route_of(request_rec *r)
{
    const msa_server_t *config = msa_config_server(r->server);
    const msa_settings_t *settings = &config->settings;
    const char *path;
    if (!settings->is_engine_on || r->proxyreq || r->main || r->prev)
        return NULL;
    path = path_of(r);
    return msa_route_may_be(settings, &config->routes, path) ? msa_route_find(settings, path)
                                                             : NULL;
}

/* With mapping=encoded, mod_proxy claims paths this early. */
static int pre_translate_name(request_rec *r)
{
    return route_of(r) ? OK : DECLINED;
}

static int translate_name(request_rec *r)
{
    const msa_route_t *route = route_of(r);
    if (!route)
        return DECLINED;
    msa_state(r)->route = route;
    r->handler = HANDLER;
    r->filename = apr_pstrcat(r->pool, ap_document_root(r), "/", NULL);
    return OK;
}

/* The document root's .htaccess may choose views; whether its files may be read does not matter. */
static int map_to_storage(request_rec *r)
{
    if (!is_endpoint(r))
        return DECLINED;
    ap_directory_walk(r);
    msa_handler_claim(r);
    return OK;
}

/* A SetHandler for the whole site, or the front controller of its document root
 * (RewriteRule . ...), takes everything it finds. */
void msa_handler_claim(request_rec *r)
{
    if (!is_endpoint(r))
        return;
    r->filename = apr_pstrcat(r->pool, HANDLER, ":", r->uri, NULL);
    r->handler = HANDLER;
    r->proxyreq = PROXYREQ_NONE;
    r->path_info = NULL;
    r->args = r->parsed_uri.query;
    /* Nor must mod_dir take it for a directory and redirect to its slash. */
    memset(&r->finfo, 0, sizeof(r->finfo));
}

/*
 * An endpoint requires nobody to be signed in, and directives for the document root concern its
 * files. But a <Location> or <If> that refuses everyone or some addresses (Require ip, all denied)
 * is meant to.
 */
static int check_access_ex(request_rec *r)
{
    ap_conf_vector_t *kept = r->per_dir_config;
    msa_state_t *state;
    int status;
    if (!is_endpoint(r))
        return DECLINED;
    state = msa_state(r);
    if (state->is_checking)
        return DECLINED;
    state->is_checking = true;
    r->per_dir_config = r->server->lookup_defaults;
    ap_location_walk(r);
    ap_if_walk(r);
    status = ap_run_access_checker_ex(r);
    r->per_dir_config = kept;
    state->is_checking = false;
    return status == DECLINED ? OK : status;
}

/* Reads up to one byte more than allowed, so that the page can say 413. */
static int read_body(request_rec *r, const char **body, apr_size_t *length)
{
    apr_bucket_brigade *brigade = apr_brigade_create(r->pool, r->connection->bucket_alloc);
    char *text = apr_palloc(r->pool, MSA_PAGE_BODY_MAX + 2);
    apr_size_t used = 0;
    bool is_last = false;
    while (!is_last && used <= MSA_PAGE_BODY_MAX) {
        apr_size_t part = MSA_PAGE_BODY_MAX + 1 - used;
        apr_status_t status = ap_get_brigade(r->input_filters, brigade, AP_MODE_READBYTES,
                                             APR_BLOCK_READ, (apr_off_t)part);
        if (status != APR_SUCCESS)
            return ap_map_http_request_error(status, HTTP_BAD_REQUEST);
        is_last = !APR_BRIGADE_EMPTY(brigade) && APR_BUCKET_IS_EOS(APR_BRIGADE_LAST(brigade));
        if (apr_brigade_flatten(brigade, text + used, &part) != APR_SUCCESS)
            return HTTP_BAD_REQUEST;
        used += part;
        apr_brigade_cleanup(brigade);
    }
    text[used] = '\0';
    *body = text;
    *length = used;
    return OK;
}

static int write_reply(request_rec *r, const msa_reply_t *reply)
{
    r->status = reply->status;
    if (reply->status == HTTP_UNAUTHORIZED)
        msa_refuse_challenge(r);
    /* What earlier filters and modules set must not be beside our own. */
    apr_table_unset(r->headers_out, "Cache-Control");
    apr_table_unset(r->err_headers_out, "Referrer-Policy");
    if (!apr_table_get(r->err_headers_out, "Set-Cookie"))
        apr_table_unset(r->err_headers_out, "Cache-Control");
    msa_headers_add(r->headers_out, reply->headers);
    if (reply->content_type)
        ap_set_content_type(r, reply->content_type);
    ap_set_content_length(r, (apr_off_t)reply->body_length);
    if (reply->body_length && !r->header_only)
        ap_rwrite(reply->body, (int)reply->body_length, r);
    return OK;
}

/* Early enough for the environment and the access log. */
static int fix_endpoint(request_rec *r)
{
    const msa_record_t *record = NULL;
    if (!is_endpoint(r) || msa_find_visitor(r, msa_authn_methods(r), &record) != MSA_OK)
        return DECLINED;
    msa_state_name(r, record);
    r->ap_auth_type = apr_pstrdup(r->pool, MSA_AUTH_TYPE);
    return DECLINED;
}

/* The headers as the browser will send them from now on, with the session that its remember cookie
 * was exchanged for. */
static const apr_table_t *headers_of(request_rec *r)
{
    const msa_state_t *state = msa_state_peek(r);
    const char *name =
        msa_config_server(r->server)->cookies[MSA_COOKIE_SESSION][msa_world_is_secure(r)];
    const char *cookies = apr_table_get(r->headers_in, "Cookie");
    apr_table_t *headers;
    if (!state->session)
        return r->headers_in;
    headers = apr_table_copy(r->pool, r->headers_in);
    apr_table_setn(headers, "Cookie",
                   apr_pstrcat(r->pool, name, "=", state->session, cookies ? "; " : "",
                               cookies ? cookies : "", NULL));
    return headers;
}

/* Asks the service for the page. Trouble when it may have been done but the answer was lost;
 * headers too large for any message are a bad request. */
static msa_outcome_t ask_for_reply(request_rec *r, const msa_request_t *request, bool is_nobody,
                                   msa_reply_t *reply)
{
    msa_packet_t question = msa_ask_begin(r, MSA_TALK_PAGE, MSA_PACKET_MAX);
    const msa_packet_head_t *answer;
    msa_outcome_t outcome;
    msa_talk_put_directory(&question, msa_config_directory(r));
    msa_packet_add_number(&question, MSA_TAG_IS_NOBODY, is_nobody);
    msa_talk_put_request(&question, r->pool, request);
    if (question.is_full)
        return MSA_BAD_REQUEST;
    answer = msa_ask(r, &question, &outcome);
    if (outcome == MSA_OK && !msa_talk_get_reply(answer, r->pool, reply))
        outcome = MSA_BROKEN;
    return outcome;
}

static bool is_trouble(msa_outcome_t outcome)
{
    return outcome == MSA_BROKEN || outcome == MSA_BUSY;
}

static msa_outcome_t find_answer(request_rec *r, msa_request_t *request, msa_reply_t *reply)
{
    const msa_route_t *route = msa_state_peek(r)->route;
    const msa_record_t *record = NULL;
    msa_outcome_t outcome = msa_find_visitor(r, msa_authn_methods(r), &record);
    if (is_trouble(outcome) && !msa_route_signs_out(route))
        return outcome;
    request->headers = headers_of(r);
    return ask_for_reply(r, request, outcome != MSA_OK && !is_trouble(outcome), reply);
}

static int answer_endpoint(request_rec *r, msa_request_t *request)
{
    const msa_route_t *route = msa_state_peek(r)->route;
    msa_reply_t reply;
    msa_outcome_t outcome;
    request->headers = r->headers_in;
    /* Style sheets are served here, since the page that says that the service is away needs them
     * too. */
    if (msa_route_is_public(route))
        return write_reply(r, msa_page_serve(msa_world_request(r), route, request));
    outcome = find_answer(r, request, &reply);
    if (outcome == MSA_OK)
        return write_reply(r, &reply);
    return write_reply(r, msa_page_refuse(msa_world_request(r), r->headers_in, outcome));
}

static int handle(request_rec *r)
{
    msa_request_t request;
    int status = OK;
    if (!is_endpoint(r))
        return DECLINED;
    request = (msa_request_t){.method = r->method, .path = path_of(r), .query = r->args};
    if (msa_route_reads_body(msa_state_peek(r)->route, r->method))
        status = read_body(r, &request.body, &request.body_length);
    else
        ap_discard_request_body(r);
    if (status != OK)
        return status;
    /* A page is made anew for each request, so a part of it is of no use. */
    apr_table_unset(r->headers_in, "Range");
    apr_table_unset(r->headers_in, "Request-Range");
    request.is_challenged = msa_refuse_is_challenged(r);
    request.query_token = msa_state_peek(r)->query_token;
    return answer_endpoint(r, &request);
}

void msa_handler_register(void)
{
    static const char *const successors[] = {"mod_rewrite.c", "mod_proxy.c", "mod_alias.c", NULL};
    ap_hook_pre_translate_name(pre_translate_name, NULL, successors, APR_HOOK_REALLY_FIRST);
    ap_hook_translate_name(translate_name, NULL, successors, APR_HOOK_REALLY_FIRST);
    ap_hook_map_to_storage(map_to_storage, NULL, NULL, APR_HOOK_REALLY_FIRST);
    ap_hook_check_access_ex(check_access_ex, NULL, NULL, APR_HOOK_FIRST, AP_AUTH_INTERNAL_PER_CONF);
    ap_hook_fixups(fix_endpoint, NULL, NULL, APR_HOOK_FIRST);
    ap_hook_handler(handle, NULL, NULL, APR_HOOK_FIRST);
}
