/* SPDX-License-Identifier: Apache-2.0 */
/* ROUTES[]: the endpoints, who may come, by which method, and which functions serve them; and the
 * checks before any of them runs. */

#include "conversation.h"

#include "../account/register.h"
#include "../base/digest.h"
#include "../base/text_http.h"
#include "../identity/audit.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#include <apr_strings.h>

#include "csrf.h"
#include "face.h"
#include "fault.h"
#include "reply.h"
#include "request.h"
#include "serve.h"

/** Who may come. */
typedef enum { ANYBODY, SIGNED_IN, FRESH } access_t;

typedef void (*serve_t)(msa_page_t *page);

struct msa_route_t {
    size_t url;     /* the setting that holds its path */
    size_t feature; /* the setting that turns it on */
    bool has_link;  /* `/url/LINK` instead of `/url` */
    access_t access;
    serve_t get;
    serve_t post; /* NULL = 405 */
};

#define AT(field) offsetof(msa_settings_t, field)

/* clang-format off */
static const msa_route_t ROUTES[] = {
    /* path, feature, whether `/LINK` follows, who may come,
       GET, POST */
    {AT(login_url),           AT(is_engine_on),       false, ANYBODY,
        serve_login_form, serve_login},
    {AT(logout_url),          AT(is_engine_on),       false, ANYBODY,
        serve_logout_form, serve_logout},
    {AT(verify_url),          AT(is_engine_on),       false, SIGNED_IN,
        serve_verify_form, serve_verify},
    {AT(style_url),           AT(is_engine_on),       false, ANYBODY,
        serve_style, NULL},
    {AT(account_url),         AT(is_engine_on),       false, SIGNED_IN,
        serve_account_form, serve_account},
    {AT(register_url),        AT(is_registerable),    false, ANYBODY,
        serve_register_form, serve_register},
    {AT(confirm_url),         AT(is_confirmable),     false, ANYBODY,
        serve_confirm_form, serve_confirm},
    {AT(confirm_url),         AT(is_confirmable),     true,  ANYBODY,
        serve_confirm_link_form, serve_confirm_link},
    {AT(reset_url),           AT(is_recoverable),     false, ANYBODY,
        serve_reset_form, serve_reset},
    {AT(reset_url),           AT(is_recoverable),     true,  ANYBODY,
        serve_reset_link_form, serve_reset_link},
    /* A user whose confirmation link brings no password chooses one. */
    {AT(reset_url),           AT(is_confirmable),     true,  ANYBODY,
        serve_reset_link_form, serve_reset_link},
    {AT(change_url),          AT(is_changeable),      false, SIGNED_IN,
        serve_change_form, serve_change},
    {AT(change_username_url), AT(is_change_username), false, FRESH,
        serve_change_username_form, serve_change_username},
    {AT(change_email_url),    AT(is_change_email),    false, FRESH,
        serve_change_email_form, serve_change_email},
    {AT(change_email_url),    AT(is_change_email),    true,  ANYBODY,
        serve_change_email_link_form, serve_change_email_link},
    {AT(tokens_url),          AT(is_tokens_enabled),  false, FRESH,
        serve_tokens_form, serve_tokens},
};
/* clang-format on */

#define ROUTE_COUNT (sizeof(ROUTES) / sizeof(ROUTES[0]))

static bool is_on(const msa_settings_t *settings, const msa_route_t *route)
{
    return *(const bool *)((const char *)settings + route->feature);
}

/* The part of `path` after the route's URL; NULL when it is another path. */
static const char *rest_of(const msa_settings_t *settings, const msa_route_t *route,
                           const char *path)
{
    const char *url = *(const char *const *)((const char *)settings + route->url);
    while (*url && *url == *path) {
        url++;
        path++;
    }
    return *url ? NULL : path;
}

/* A link followed by something more is still ours. */
static bool is_link(const char *rest)
{
    apr_size_t length = strcspn(rest, "/");
    return length && (!rest[length] || msa_digest_is_secret(rest, length));
}

static bool matches(const msa_route_t *route, const char *rest)
{
    if (!route->has_link)
        return *rest == '\0';
    return rest[0] == '/' && is_link(rest + 1);
}

const msa_route_t *msa_route_find(const msa_settings_t *settings, const char *path)
{
    size_t prefix = strlen(settings->url_prefix);
    if (!settings->is_engine_on || strncmp(path, settings->url_prefix, prefix) != 0)
        return NULL;
    for (size_t i = 0; i < ROUTE_COUNT; i++) {
        const char *rest = rest_of(settings, &ROUTES[i], path + prefix);
        if (rest && matches(&ROUTES[i], rest) && is_on(settings, &ROUTES[i]))
            return &ROUTES[i];
    }
    return NULL;
}

/* Of the first segment after the prefix, which a path that is found shares with its endpoint. */
static unsigned char start_of(const char *path)
{
    unsigned hash = 0;
    for (int i = 1; i <= 3 && *path && path[i] && path[i] != '/'; i++)
        hash = hash * 31 + (unsigned char)path[i];
    return (unsigned char)hash;
}

void msa_route_map_make(const msa_settings_t *settings, msa_route_map_t *map)
{
    memset(map, 0, sizeof(*map));
    map->prefix = strlen(settings->url_prefix);
    for (size_t i = 0; i < ROUTE_COUNT; i++) {
        const char *url = *(const char *const *)((const char *)settings + ROUTES[i].url);
        unsigned char start = start_of(url);
        map->starts[start / 8] |= (unsigned char)(1 << start % 8);
    }
}

bool msa_route_may_be(const msa_settings_t *settings, const msa_route_map_t *map, const char *path)
{
    unsigned char start;
    if (map->prefix && strncmp(path, settings->url_prefix, map->prefix) != 0)
        return false;
    start = start_of(path + map->prefix);
    return map->starts[start / 8] >> start % 8 & 1;
}

const char *msa_route_link(const msa_settings_t *settings, const char *path)
{
    const msa_route_t *route = msa_route_find(settings, path);
    if (!route || !route->has_link)
        return NULL;
    return rest_of(settings, route, path + strlen(settings->url_prefix)) + 1;
}

const char *msa_route_collision(const msa_settings_t *settings)
{
    for (size_t i = 0; i < ROUTE_COUNT; i++) {
        const char *path = *(const char *const *)((const char *)settings + ROUTES[i].url);
        for (size_t j = 0; j < i; j++) {
            const char *rest = rest_of(settings, &ROUTES[j], path);
            if (rest && !*rest && ROUTES[i].url != ROUTES[j].url && is_on(settings, &ROUTES[i]) &&
                is_on(settings, &ROUTES[j]))
                return path;
        }
    }
    return NULL;
}

bool msa_route_signs_out(const msa_route_t *route)
{
    return route->post == serve_logout;
}

bool msa_route_registers(const msa_route_t *route)
{
    return route->post == serve_register;
}

bool msa_route_is_public(const msa_route_t *route)
{
    return route->get == serve_style;
}

bool msa_route_reads_body(const msa_route_t *route, const char *method)
{
    return route->post && strcmp(method, "POST") == 0;
}

static const char *route_target(const msa_page_t *page)
{
    const msa_request_t *request = page->request;
    if (!request->query)
        return request->path;
    return apr_pstrcat(page->ctx->pool, request->path, "?", request->query, NULL);
}

/* What an earlier answer had to say matters more than the request to sign in. */
static void ask(msa_page_t *page, msa_outcome_t outcome)
{
    bool verify = outcome == MSA_REAUTHENTICATION_REQUIRED;
    if (page->is_json || page->request->is_challenged)
        msa_answer_outcome(page, outcome);
    else
        msa_answer_redirect(
            page,
            msa_page_signin_url(page->ctx->pool, page->ctx->settings, verify, route_target(page)),
            msa_face_has_flash(page) ? MSA_OK : outcome);
}

/* A form filled in while the freshness ran out is still accepted during the grace period. */
static bool is_fresh(const msa_page_t *page, bool is_post)
{
    const msa_directory_settings_t *directory = page->ctx->directory;
    apr_interval_time_t within = directory->freshness;
    if (within >= 0 && is_post)
        within += directory->freshness_grace_period;
    return msa_identity_is_fresh(page->ctx, page->identity, within);
}

static void dispatch(msa_page_t *page, bool is_post)
{
    const msa_route_t *route = page->route;
    msa_outcome_t outcome = MSA_OK;
    if (route->access != ANYBODY && !page->identity) {
        ask(page, MSA_UNAUTHENTICATED);
        return;
    }
    /* A personal access token is for a program's work, not for the account itself. */
    if (route->access != ANYBODY && page->identity->purpose == MSA_PURPOSE_PERSONAL) {
        msa_answer_outcome(page, MSA_UNAUTHORIZED);
        return;
    }
    if (route->access == FRESH && !is_fresh(page, is_post)) {
        ask(page, MSA_REAUTHENTICATION_REQUIRED);
        return;
    }
    if (is_post)
        /* As in Flask-Security, signing out needs no csrf_token. */
        outcome = msa_csrf_check(page, route->post != serve_logout);
    if (outcome == MSA_CSRF_TOKEN_MISSING || outcome == MSA_CSRF_TOKEN_INVALID) {
        msa_page_fault_of(page, outcome);
        if (!page->is_json) {
            route->get(page);
            return;
        }
        msa_answer_form(page, NULL);
        return;
    }
    if (outcome != MSA_OK) {
        msa_audit(page->ctx, "request", outcome, 0, NULL);
        msa_answer_outcome(page, outcome);
        return;
    }
    (is_post ? route->post : route->get)(page);
}

static void serve(msa_page_t *page)
{
    const char *method = page->request->method;
    bool is_post = strcmp(method, "POST") == 0;
    bool is_get = strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
    msa_outcome_t outcome;
    if ((is_post && !page->route->post) || (is_get && !page->route->get) || (!is_post && !is_get)) {
        apr_table_setn(page->reply->headers, "Allow",
                       page->route->post ? "GET, HEAD, POST" : "GET, HEAD");
        msa_answer_outcome(page, MSA_METHOD_NOT_ALLOWED);
        return;
    }
    if (page->request->body_length > MSA_PAGE_BODY_MAX)
        outcome = MSA_BODY_TOO_LARGE;
    else
        outcome = msa_page_read(page);
    if (outcome != MSA_OK)
        msa_answer_outcome(page, outcome);
    else
        dispatch(page, is_post);
}

/* A browser that fetches a page before anyone opens it says so (Fetch, section 3.5; older browsers
 * in their own words): `prefetch`, `prefetch;prerender`, `preview`. */
static bool only_looks(const msa_request_t *request)
{
    static const char *const NAMES[] = {"Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"};
    if (strcmp(request->method, "HEAD") == 0)
        return true;
    for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
        const char *purpose = apr_table_get(request->headers, NAMES[i]);
        if (purpose && strncasecmp(purpose, "pre", 3) == 0)
            return true;
    }
    return false;
}

const msa_reply_t *msa_page_serve(msa_context_t *ctx, const msa_route_t *route,
                                  const msa_request_t *request)
{
    const char *rest =
        rest_of(ctx->settings, route, request->path + strlen(ctx->settings->url_prefix));
    msa_page_t page = {.ctx = ctx, .request = request, .route = route};
    page.identity = request->identity;
    page.link = route->has_link && rest ? rest + 1 : NULL;
    page.fields = page.others = page.query = apr_table_make(ctx->pool, 1);
    page.faults = apr_array_make(ctx->pool, 2, sizeof(msa_fault_t));
    page.values = msa_values_make(ctx->pool);
    page.extras = json_object();
    page.only_looks = only_looks(request);
    page.is_json = msa_text_wants_json(apr_table_get(request->headers, "Content-Type"),
                                       apr_table_get(request->headers, "Accept"));
    page.reply = msa_face_reply(ctx->pool);
    ctx->device = msa_page_secret(&page, MSA_COOKIE_DEVICE, 0);
    serve(&page);
    json_decref(page.extras);
    return page.reply;
}
