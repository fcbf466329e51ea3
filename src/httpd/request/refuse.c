/* SPDX-License-Identifier: Apache-2.0 */
/* Answers visitors who may not have what they asked for: with a redirect to the sign-in page, a
 * challenge, or an error as a page or as JSON. */

#include "refuse.h"

#include "../../base/text_http.h"

#include <apr_strings.h>

#include "../../page/page.h"
#include "../configuration/config.h"
#include "../process/start.h"
#include "authn_methods.h"
#include "finding.h"
#include "hooks.h"
#include "world.h"

#define JSON_FILTER "SECURITY_AUTH_JSON"
#define JSON_NOTE   "security-auth-json"

static bool wants_json(request_rec *r)
{
    return msa_text_wants_json(apr_table_get(r->headers_in, "Content-Type"),
                               apr_table_get(r->headers_in, "Accept"));
}

/* httpd gives every error page the type text/html. */
static apr_status_t set_json_type(ap_filter_t *filter, apr_bucket_brigade *brigade)
{
    ap_set_content_type(filter->r, "application/json");
    ap_remove_output_filter(filter);
    return ap_pass_brigade(filter->next, brigade);
}

static void insert_error_filter(request_rec *r)
{
    if (apr_table_get(r->notes, JSON_NOTE))
        ap_add_output_filter(JSON_FILTER, NULL, r, r->connection);
}

void msa_refuse_register(void)
{
    ap_register_output_filter(JSON_FILTER, set_json_type, NULL, AP_FTYPE_CONTENT_SET);
    ap_hook_insert_error_filter(insert_error_filter, NULL, NULL, APR_HOOK_LAST);
}

/* MSA_METHOD_ bits of the credentials besides cookies that were sent and count here, good or
 * bad. */
static int find_presented(request_rec *r)
{
    int sent = msa_find_token(r) ? MSA_METHOD_TOKEN : 0;
    const char *header = apr_table_get(r->headers_in, "Authorization");
    if (header && strncasecmp(header, "Basic ", 6) == 0)
        sent |= MSA_METHOD_BASIC;
    return sent & msa_authn_methods(r);
}

/* RFC 9110 section 11.6.1: every 401 has a challenge; RFC 6750 section 3: it says why a token
 * failed. */
void msa_refuse_challenge(request_rec *r)
{
    const char *name = ap_auth_name(r);
    const char *realm =
        ap_escape_quotes(r->pool, name ? name : msa_config_server(r->server)->settings.public_url);
    int methods = msa_authn_methods(r);
    bool has_basic = methods & MSA_METHOD_BASIC;
    const msa_record_t *record = NULL;
    bool has_bad_token =
        find_presented(r) & MSA_METHOD_TOKEN && msa_find_visitor(r, methods, &record) != MSA_OK;
    apr_table_unset(r->err_headers_out, "WWW-Authenticate");
    if (has_basic)
        apr_table_addn(r->err_headers_out, "WWW-Authenticate",
                       apr_psprintf(r->pool, "Basic realm=\"%s\", charset=\"UTF-8\"", realm));
    if (has_bad_token || !has_basic)
        apr_table_addn(r->err_headers_out, "WWW-Authenticate",
                       apr_psprintf(r->pool, "Bearer realm=\"%s\"%s", realm,
                                    has_bad_token ? ", error=\"invalid_token\"" : ""));
}

bool msa_refuse_is_challenged(request_rec *r)
{
    int methods = msa_authn_methods(r);
    return !(methods & MSA_METHOD_SESSION) || methods & MSA_METHOD_BASIC || find_presented(r);
}

static void copy_retry(request_rec *r, const msa_reply_t *reply)
{
    const char *seconds = apr_table_get(reply->headers, "Retry-After");
    if (seconds)
        apr_table_setn(r->err_headers_out, "Retry-After", seconds);
}

static int answer_refused(request_rec *r, msa_outcome_t outcome)
{
    const msa_reply_t *reply;
    apr_table_setn(r->err_headers_out, "Cache-Control", "private, no-store");
    /* Pages and their texts come with an engine. */
    if (!msa_runtime.is_on)
        return HTTP_SERVICE_UNAVAILABLE;
    reply = msa_page_refuse(msa_world_request(r), r->headers_in, outcome);
    copy_retry(r, reply);
    if (wants_json(r) && !r->main) {
        apr_table_setn(r->notes, JSON_NOTE, "1");
        ap_custom_response(r, reply->status, reply->body);
    }
    return reply->status;
}

static int redirect(request_rec *r, const char *target)
{
    apr_table_setn(r->err_headers_out, "Location", target);
    apr_table_setn(r->err_headers_out, "Cache-Control", "private, no-store");
    apr_table_mergen(r->err_headers_out, "Vary", "Cookie");
    return r->method_number == M_GET ? HTTP_MOVED_TEMPORARILY : HTTP_SEE_OTHER;
}

static const request_rec *first_of(const request_rec *r)
{
    while (r->prev)
        r = r->prev;
    return r;
}

/* The page as the visitor asked for it, before mod_rewrite changed anything. */
static const char *target_of(request_rec *r)
{
    const apr_uri_t *uri = &first_of(r)->parsed_uri;
    const char *path = uri->path;
    if (r->method_number != M_GET || !path)
        return NULL;
    while (path[0] == '/' && path[1] == '/')
        path++;
    return uri->query ? apr_pstrcat(r->pool, path, "?", uri->query, NULL) : path;
}

static bool is_error_page(const request_rec *r)
{
    while ((r = r->prev)) {
        if (r->status != HTTP_OK)
            return true;
    }
    return false;
}

/* Only a visitor who looks at a page can be redirected, and never away from an error page. */
static bool can_redirect(request_rec *r)
{
    return !r->main && !is_error_page(r) && msa_config_server(r->server)->settings.is_engine_on &&
           msa_text_accepts_html(apr_table_get(r->headers_in, "Accept")) && !wants_json(r) &&
           !msa_refuse_is_challenged(r);
}

static int ask_for_page(request_rec *r, msa_outcome_t outcome)
{
    const msa_settings_t *settings = &msa_config_server(r->server)->settings;
    bool verify = outcome == MSA_REAUTHENTICATION_REQUIRED;
    if (can_redirect(r))
        return redirect(r, msa_page_signin_url(r->pool, settings, verify, target_of(r)));
    msa_refuse_challenge(r);
    return answer_refused(r, outcome);
}

/* Visitors who may not read the view itself would be redirected to it forever. */
static bool is_view(request_rec *r, const char *view)
{
    apr_uri_t uri;
    char *path;
    if (apr_uri_parse(r->pool, view, &uri) != APR_SUCCESS)
        return true;
    if (uri.hostname && (!r->hostname || strcasecmp(uri.hostname, r->hostname) != 0))
        return false;
    path = apr_pstrdup(r->pool, uri.path ? uri.path : "/");
    return ap_unescape_url(path) != OK || strcmp(path, first_of(r)->uri) == 0;
}

int msa_refuse(request_rec *r, msa_outcome_t outcome)
{
    const char *view = msa_config_directory(r)->unauthorized_view;
    if (outcome == MSA_UNAUTHENTICATED || outcome == MSA_REAUTHENTICATION_REQUIRED)
        return ask_for_page(r, outcome);
    if (outcome == MSA_UNAUTHORIZED && view && can_redirect(r) && !is_view(r, view))
        return redirect(r, view);
    return answer_refused(r, outcome);
}
