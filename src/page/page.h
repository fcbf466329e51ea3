/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_PAGE_PAGE_H
#define MSA_PAGE_PAGE_H

/* The way into this room: finding the endpoint of a path, answering a request to it, refusing a
 * request to something else, and the names of our cookies. */

#include <stdbool.h>
#include <apr_tables.h>
#include <jansson.h>
#include "../identity/identity.h"

#define MSA_PAGE_BODY_MAX 65536 /* bytes of a request body; more is answered 413 */

/** What a visitor sent to one of our endpoints, still without httpd. */
typedef struct msa_request_t {
    const char *method;         /* "GET", "HEAD", "POST", ... */
    const char *path;           /* decoded and normalised */
    const char *query;          /* as sent; NULL = none */
    const apr_table_t *headers; /* names case-insensitive */
    const char *body;           /* NULL = none */
    apr_size_t body_length;
    const msa_identity_t *identity; /* who is signed in; NULL = nobody */
    bool is_challenged; /* refusals are 401 with a challenge: no page of ours is of use to him */
    const char *query_token; /* taken out of the query; NULL. Any page can have a browser send it */
} msa_request_t;

/** What goes back. */
typedef struct msa_reply_t {
    int status;
    const char *content_type; /* NULL = no body */
    const char *body;
    apr_size_t body_length;
    apr_table_t *headers; /* to be added; Set-Cookie may stand several times */
} msa_reply_t;

/** One endpoint; a row of ROUTES[] in route.c. */
typedef struct msa_route_t msa_route_t;

/**
 * The endpoint behind a path under these settings, or NULL: not ours, or its feature is off. Does
 * not allocate; asked for every request of the virtual host.
 */
const msa_route_t *msa_route_find(const msa_settings_t *settings, const char *path);

/** Which paths can be those of endpoints at all, by how they begin: made once for the settings. */
typedef struct msa_route_map_t {
    apr_size_t prefix;        /* bytes of SecurityUrlPrefix */
    unsigned char starts[32]; /* a bit for what the first letters of an endpoint are hashed to */
} msa_route_map_t;

void msa_route_map_make(const msa_settings_t *settings, msa_route_map_t *map);

/** False when msa_route_find would find nothing for this path or one that begins with it and a
 * slash; next to nothing for most paths. */
bool msa_route_may_be(const msa_settings_t *settings, const msa_route_map_t *map, const char *path);

/** Where in `path` the secret begins when it is the path of a link (`/reset/LINK`); else NULL. */
const char *msa_route_link(const msa_settings_t *settings, const char *path);

/** A path that two endpoints would share under these settings; NULL when there is none. */
const char *msa_route_collision(const msa_settings_t *settings);

/** True for the endpoint that signs out: it works without knowing who asks. */
bool msa_route_signs_out(const msa_route_t *route);

/** True for the endpoint where whoever has no account asks for one. */
bool msa_route_registers(const msa_route_t *route);

/** True for the endpoint whose answer is everybody's: it takes neither a user nor a database. */
bool msa_route_is_public(const msa_route_t *route);

/** True when a request with this method to the route carries a body to be read. */
bool msa_route_reads_body(const msa_route_t *route, const char *method);

/**
 * Answers a request to an endpoint: method, body, origin, sign-in, freshness, then the page. Never
 * fails; a broken dependency becomes the 503 page. Allocates from ctx->pool.
 */
const msa_reply_t *msa_page_serve(msa_context_t *ctx, const msa_route_t *route,
                                  const msa_request_t *request);

/**
 * The answer to a request for somebody else's resource that was refused (401, 403, 503, ...): JSON
 * envelope when the client asked for it, else an HTML error page.
 */
const msa_reply_t *msa_page_refuse(msa_context_t *ctx, const apr_table_t *headers,
                                   msa_outcome_t outcome);

/** `/login?next=...` (or the verify page) for a browser that asked for `target` (path and query).
 */
const char *msa_page_signin_url(apr_pool_t *pool, const msa_settings_t *settings, bool verify,
                                const char *target);

/** Every cookie of ours; no backend is told of one, and none sets one. */
typedef enum {
    MSA_COOKIE_SESSION,
    MSA_COOKIE_REMEMBER,
    MSA_COOKIE_DEVICE, /* knows a browser again */
    MSA_COOKIE_CSRF,
    MSA_COOKIE_FLASH, /* a message for the next page */
    MSA_COOKIE_COUNT
} msa_cookie_t;

/** The name a cookie has on a connection: with `__Host-` in front on TLS. From `pool`. */
const char *msa_cookie_name(apr_pool_t *pool, const msa_settings_t *settings, msa_cookie_t cookie,
                            bool is_secure);

/** The names of all of them on this virtual host: plain, on TLS. */
typedef const char *msa_cookie_names_t[MSA_COOKIE_COUNT][2];

/**
 * Whether a pair `name=value` of a Cookie or Set-Cookie header is one of ours, as browsers read it.
 * Where names are shared with an application of Flask-Security, session and remember cookies are
 * ours only when their value looks like a secret of ours.
 */
bool msa_cookie_is_own(const msa_cookie_names_t names, bool is_shared, const char *pair,
                       apr_size_t length);

/**
 * A Cookie header without those of ours, and without what another reader would take for one: inside
 * the value of another cookie, behind a comma, blank or quote. "" = none is left. From `pool`.
 */
const char *msa_cookie_others(apr_pool_t *pool, const msa_cookie_names_t names, bool is_shared,
                              const char *cookies);

/** Adds the Set-Cookie headers of a sign-in (session, remember) to `headers`. */
void msa_cookie_signin(const msa_context_t *ctx, apr_table_t *headers, const msa_signin_t *signin);

#endif
