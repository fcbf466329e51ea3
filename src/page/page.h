/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_PAGE_PAGE_H
#define MSA_PAGE_PAGE_H

/* The way into this room: finding the endpoint of a path, answering a request to it, refusing a
 * request to something else, and the names of our cookies. */

#include <stdbool.h>
#include <apr_tables.h>
#include <jansson.h>
#include "../identity/identity.h"

#define MSA_PAGE_BODY_MAX 65536 /* bytes of a request body; more is answered with 413 */

/** What a visitor sent to one of our endpoints, free of httpd. */
typedef struct msa_request_t {
    const char *method;         /* "GET", "HEAD", "POST", ... */
    const char *path;           /* decoded and normalised */
    const char *query;          /* as sent; NULL = none */
    const apr_table_t *headers; /* names case-insensitive */
    const char *body;           /* NULL = none */
    apr_size_t body_length;
    const msa_identity_t *identity; /* who is signed in; NULL = nobody */
    bool is_challenged; /* refusals are 401 with a challenge: a page is of no use to this client */
    const char *query_token; /* a token from the query; NULL. Any page can make a browser send it */
} msa_request_t;

/** What goes back. */
typedef struct msa_reply_t {
    int status;
    const char *content_type; /* NULL = no body */
    const char *body;
    apr_size_t body_length;
    apr_table_t *headers; /* to be added; Set-Cookie may occur several times */
} msa_reply_t;

/** One endpoint; a row of ROUTES[] in route.c. */
typedef struct msa_route_t msa_route_t;

/**
 * The endpoint behind a path under these settings; NULL: not ours, or its feature is off. Does not
 * allocate; runs on every request to the virtual host.
 */
const msa_route_t *msa_route_find(const msa_settings_t *settings, const char *path);

/** Which paths can be endpoints at all, by how they begin; made once for the settings. */
typedef struct msa_route_map_t {
    apr_size_t prefix;        /* bytes of SecurityUrlPrefix */
    unsigned char starts[32]; /* a bit for each hash of an endpoint's first letters */
} msa_route_map_t;

/** Fills `map`. */
void msa_route_map_make(const msa_settings_t *settings, msa_route_map_t *map);

/** False when msa_route_find would find nothing for this path, nor for one that begins with it and
 * a slash; costs next to nothing for most paths. True proves nothing. */
bool msa_route_may_be(const msa_settings_t *settings, const msa_route_map_t *map, const char *path);

/** Where in `path` the secret begins when it is the path of a link (`/reset/LINK`); else NULL. */
const char *msa_route_link(const msa_settings_t *settings, const char *path);

/** A path, without the prefix, that two endpoints would share under these settings; NULL when there
 * is none. */
const char *msa_route_collision(const msa_settings_t *settings);

/** True for the endpoint that signs out: it works without knowing who is asking. */
bool msa_route_signs_out(const msa_route_t *route);

/** True for the endpoint where people ask for an account. */
bool msa_route_registers(const msa_route_t *route);

/** True for the endpoint whose answer is the same for everyone: it needs neither a user nor a
 * database. */
bool msa_route_is_public(const msa_route_t *route);

/** True when a request to the route with this method carries a body to read. */
bool msa_route_reads_body(const msa_route_t *route, const char *method);

/**
 * Answers a request to an endpoint: method, body, sign-in, freshness, origin and token, then the
 * page. Never fails; a broken dependency becomes the 503 page. Allocates from ctx->pool, and sets
 * ctx->device.
 */
const msa_reply_t *msa_page_serve(msa_context_t *ctx, const msa_route_t *route,
                                  const msa_request_t *request);

/**
 * The answer to a refused request (401, 403, 503, ...) for somebody else's resource: a JSON
 * envelope when the client asked for JSON, else an HTML error page. From ctx->pool.
 */
const msa_reply_t *msa_page_refuse(msa_context_t *ctx, const apr_table_t *headers,
                                   msa_outcome_t outcome);

/** `/login?next=...`, or the verify page, for a browser that asked for `target` (path and query;
 * NULL or unsafe: no `next`). */
const char *msa_page_signin_url(apr_pool_t *pool, const msa_settings_t *settings, bool verify,
                                const char *target);

/** All our cookies; no backend sees one, and none sets one. */
typedef enum {
    MSA_COOKIE_SESSION,
    MSA_COOKIE_REMEMBER,
    MSA_COOKIE_DEVICE, /* recognises a browser */
    MSA_COOKIE_CSRF,
    MSA_COOKIE_FLASH, /* a message for the next page */
    MSA_COOKIE_COUNT
} msa_cookie_t;

/** The name of a cookie on a connection, with `__Host-` in front over TLS. From `pool`. */
const char *msa_cookie_name(apr_pool_t *pool, const msa_settings_t *settings, msa_cookie_t cookie,
                            bool is_secure);

/** Their names on this virtual host: plain, over TLS. */
typedef const char *msa_cookie_names_t[MSA_COOKIE_COUNT][2];

/**
 * Whether a pair `name=value` of a Cookie or Set-Cookie header is one of ours, as browsers read it.
 * Where an application of Flask-Security shares our names (`is_shared`), session and remember
 * cookies are ours only when their value looks like a secret of ours.
 */
bool msa_cookie_is_own(const msa_cookie_names_t names, bool is_shared, const char *pair,
                       apr_size_t length);

/**
 * A Cookie header without our cookies, and without what another reader would take for one: inside
 * the value of another cookie, behind a comma, blank or quote. "" = none is left. From `pool`.
 */
const char *msa_cookie_others(apr_pool_t *pool, const msa_cookie_names_t names, bool is_shared,
                              const char *cookies);

/** Adds the Set-Cookie headers of a sign-in (session, remember, device: those that it has) to
 * `headers`. */
void msa_cookie_signin(const msa_context_t *ctx, apr_table_t *headers, const msa_signin_t *signin);

#endif
