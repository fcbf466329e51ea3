/* SPDX-License-Identifier: Apache-2.0 */
#include "module.h"

#include "../base/digest.h"
#include "../base/text.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <mod_auth.h>

#define COOKIES_MAX 4    /* of one name that are looked at */
#define SIGNED_MAX  8192 /* bytes of what an application signed */

#define PURPOSES (1u << MSA_PURPOSE_SESSION | 1u << MSA_PURPOSE_TOKEN | 1u << MSA_PURPOSE_PERSONAL)

/** One way to prove who asks. MSA_NOT_FOUND = nothing of the kind was sent; the next way is tried.
 */
typedef struct way_t {
    int method; /* the bit of SecurityApiEnabledMethods that it belongs to */
    msa_outcome_t (*recognise)(request_rec *r, const msa_known_t **known);
} way_t;

static const unsigned char *fingerprint_of(request_rec *r)
{
    return msa_config_server(r->server)->fingerprint[msa_world_is_secure(r)];
}

/* ---- secrets: the cache first, then the database ---- */

typedef msa_outcome_t (*load_t)(msa_context_t *ctx, const char *secret, unsigned kind,
                                msa_identity_t **identity);

static msa_outcome_t load(request_rec *r, const char *secret, unsigned kind, load_t loader,
                          const unsigned char key[MSA_DIGEST_SIZE], const msa_known_t **known)
{
    apr_uint64_t epoch = msa_generation_now();
    msa_identity_t *identity = NULL;
    msa_outcome_t outcome = loader(msa_world_request(r), secret, kind, &identity);
    if (outcome != MSA_OK)
        return outcome;
    *known = msa_known_pack(r, identity, epoch);
    if (!*known)
        return MSA_UNAUTHENTICATED;
    msa_cache_put(r, key, *known);
    return MSA_OK;
}

/* Loads whatever it is a secret of: what is none here may be one elsewhere, and is kept as such. */
static msa_outcome_t find(request_rec *r, const char *secret, apr_size_t length, unsigned purposes,
                          const msa_known_t **known)
{
    unsigned char key[MSA_DIGEST_SIZE];
    bool is_known_bad = false;
    msa_outcome_t outcome = MSA_OK;
    msa_digest_sha256(secret, length, key);
    *known = msa_cache_get(r, key, fingerprint_of(r), &is_known_bad);
    if (is_known_bad)
        return MSA_UNAUTHENTICATED;
    if (!*known)
        outcome = load(r, apr_pstrmemdup(r->pool, secret, length), PURPOSES, msa_identity_by_secret,
                       key, known);
    if (outcome == MSA_UNAUTHENTICATED)
        msa_cache_put_bad(r, key);
    if (outcome == MSA_OK && !(purposes & (1u << (*known)->purpose)))
        return MSA_UNAUTHENTICATED;
    return outcome;
}

/* ---- what a Flask-Security application signed ---- */

static msa_outcome_t load_flask(msa_context_t *ctx, const char *value, unsigned kind,
                                msa_identity_t **identity)
{
    return msa_identity_by_flask(ctx, (msa_flask_kind_t)kind, value, identity);
}

/* What nobody signed is not noted: anybody can write as much of it as the cache holds. */
static msa_outcome_t find_flask(request_rec *r, const char *value, apr_size_t length,
                                msa_flask_kind_t kind, const msa_known_t **known)
{
    const char *texts[] = {"flask", apr_itoa(r->pool, (int)kind), NULL, NULL};
    unsigned char key[MSA_DIGEST_SIZE];
    bool is_known_bad = false;
    if (!msa_config_server(r->server)->settings.flask_secret_keys || length > SIGNED_MAX)
        return MSA_UNAUTHENTICATED;
    /* What was found good as one kind must not be taken as another. */
    texts[2] = apr_pstrmemdup(r->pool, value, length);
    msa_digest_texts(NULL, texts, key);
    *known = msa_cache_get(r, key, fingerprint_of(r), &is_known_bad);
    if (*known)
        return MSA_OK;
    return load(r, texts[2], kind, load_flask, key, known);
}

/* ---- cookies ---- */

typedef msa_outcome_t (*attempt_t)(request_rec *r, const char *value, apr_size_t length,
                                   const msa_known_t **known);

static void log_others(request_rec *r, const char *name, int count, bool is_good)
{
    ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, r,
                  "%d cookies %s %s were not made here: another path or host may set them", count,
                  name, is_good ? "before the good one" : "were tried and");
}

/*
 * Without TLS another path of this host, or a site beside it, can set a cookie that a browser sends
 * before ours (RFC 6265 section 8.6): the first that is good counts. Ours are secrets, an
 * application's are not.
 */
static msa_outcome_t try_cookies(request_rec *r, const char *name, bool is_ours, attempt_t attempt,
                                 const msa_known_t **known)
{
    const char *rest = apr_table_get(r->headers_in, "Cookie");
    const char *value;
    apr_size_t length;
    int tried = 0;
    while (rest && msa_text_cookie(&rest, name, &value, &length)) {
        msa_outcome_t outcome;
        if (msa_digest_is_secret(value, length) != is_ours)
            continue;
        if (tried == COOKIES_MAX) {
            log_others(r, name, tried, false);
            break;
        }
        outcome = attempt(r, value, length, known);
        if (outcome == MSA_OK && tried > 0)
            log_others(r, name, tried, true);
        if (outcome != MSA_UNAUTHENTICATED && outcome != MSA_NOT_FOUND)
            return outcome;
        tried++;
    }
    return MSA_NOT_FOUND;
}

static msa_outcome_t try_session(request_rec *r, const char *value, apr_size_t length,
                                 const msa_known_t **known)
{
    return find(r, value, length, 1u << MSA_PURPOSE_SESSION, known);
}

static const char *own_name(request_rec *r, msa_cookie_t cookie)
{
    return msa_config_server(r->server)->cookies[cookie][msa_world_is_secure(r)];
}

static msa_outcome_t recognise_session(request_rec *r, const msa_known_t **known)
{
    return try_cookies(r, own_name(r, MSA_COOKIE_SESSION), true, try_session, known);
}

/* The application's cookies have the names of ours, on TLS too without our prefix. */
static msa_outcome_t flask_cookie(request_rec *r, msa_cookie_t cookie, attempt_t attempt,
                                  const msa_known_t **known)
{
    const char *const *names = msa_config_server(r->server)->cookies[cookie];
    msa_outcome_t outcome = MSA_NOT_FOUND;
    for (int i = msa_world_is_secure(r); outcome == MSA_NOT_FOUND && i >= 0; i--)
        outcome = try_cookies(r, names[i], false, attempt, known);
    return outcome;
}

static msa_outcome_t try_flask_session(request_rec *r, const char *value, apr_size_t length,
                                       const msa_known_t **known)
{
    return find_flask(r, value, length, MSA_FLASK_SESSION, known);
}

static msa_outcome_t recognise_flask_session(request_rec *r, const msa_known_t **known)
{
    return flask_cookie(r, MSA_COOKIE_SESSION, try_flask_session, known);
}

static int copy_header(void *baton, const char *name, const char *value)
{
    apr_table_addn(baton, name, value);
    return 1;
}

static void set_cookies(request_rec *initial, const msa_context_t *ctx, const msa_signin_t *signin)
{
    apr_table_t *cookies = apr_table_make(initial->pool, 3);
    msa_cookie_signin(ctx, cookies, signin);
    apr_table_do(copy_header, initial->err_headers_out, cookies, NULL);
    msa_visit(initial)->cookies = cookies;
}

static msa_outcome_t revive(request_rec *r, const char *secret, const msa_known_t **known)
{
    apr_uint64_t epoch = msa_generation_now();
    request_rec *initial = msa_visit_initial(r);
    msa_context_t *ctx = msa_world_request(initial);
    msa_signin_t signin = {0};
    msa_outcome_t outcome = msa_signin_revive(ctx, secret, &signin);
    if (outcome != MSA_OK)
        return outcome == MSA_UNAUTHENTICATED ? MSA_NOT_FOUND : outcome;
    set_cookies(initial, ctx, &signin);
    apr_table_setn(initial->err_headers_out, "Cache-Control", "private, no-store");
    *known = msa_known_pack(r, signin.identity, epoch);
    if (!*known)
        return MSA_NOT_FOUND;
    msa_cache_put(r, (*known)->digest, *known);
    return MSA_OK;
}

static msa_outcome_t try_remember(request_rec *r, const char *value, apr_size_t length,
                                  const msa_known_t **known)
{
    return revive(r, apr_pstrmemdup(r->pool, value, length), known);
}

static msa_outcome_t recognise_remember(request_rec *r, const msa_known_t **known)
{
    return try_cookies(r, own_name(r, MSA_COOKIE_REMEMBER), true, try_remember, known);
}

static msa_outcome_t try_flask_remember(request_rec *r, const char *value, apr_size_t length,
                                        const msa_known_t **known)
{
    return find_flask(r, value, length, MSA_FLASK_REMEMBER, known);
}

static msa_outcome_t recognise_flask_remember(request_rec *r, const msa_known_t **known)
{
    return flask_cookie(r, MSA_COOKIE_REMEMBER, try_flask_remember, known);
}

/* ---- tokens ---- */

static const char *bearer_of(request_rec *r)
{
    const char *header = apr_table_get(r->headers_in, "Authorization");
    if (!header || strncasecmp(header, "Bearer ", 7) != 0)
        return NULL;
    header += 7;
    return header + strspn(header, " ");
}

/* Programs that have no token yet send its header empty. */
static const char *token_of(request_rec *r)
{
    const apr_array_header_t *names = msa_config_server(r->server)->settings.token_headers;
    const char *token = msa_visit(r)->query_token;
    for (int i = 0; !token && i < names->nelts; i++) {
        token = apr_table_get(r->headers_in, APR_ARRAY_IDX(names, i, const char *));
        if (token && !*token)
            token = NULL;
    }
    return token ? token : bearer_of(r);
}

static msa_outcome_t recognise_token(request_rec *r, const msa_known_t **known)
{
    const char *token = token_of(r);
    apr_size_t prefix = 0, length;
    unsigned purposes = 1u << MSA_PURPOSE_TOKEN;
    if (!token)
        return MSA_NOT_FOUND;
    length = strlen(token);
    if (length == strlen(MSA_PERSONAL_PREFIX) + MSA_SECRET_LENGTH &&
        strncmp(token, MSA_PERSONAL_PREFIX, strlen(MSA_PERSONAL_PREFIX)) == 0) {
        prefix = strlen(MSA_PERSONAL_PREFIX);
        purposes = 1u << MSA_PURPOSE_PERSONAL;
    }
    if (!msa_digest_is_secret(token + prefix, length - prefix))
        return find_flask(r, token, length, MSA_FLASK_TOKEN, known);
    return find(r, token, length, purposes, known);
}

/* ---- Basic (RFC 7617) ---- */

static msa_outcome_t check_basic(request_rec *r, const char *name, const char *password,
                                 const msa_known_t **known)
{
    const char *site = msa_config_server(r->server)->settings.public_url;
    const char *texts[] = {"basic", name, password, site, NULL};
    unsigned char key[MSA_DIGEST_SIZE];
    apr_uint64_t epoch;
    bool is_known_bad = false;
    msa_identity_t *identity = NULL;
    msa_outcome_t outcome;

    /* A keyed digest: the cache holds nothing that a dictionary could be tried against. */
    msa_digest_texts(msa_runtime.key, texts, key);
    *known = msa_cache_get(r, key, fingerprint_of(r), &is_known_bad);
    if (*known)
        return MSA_OK;
    epoch = msa_generation_now();
    outcome = msa_identity_by_password(msa_world_request(r), name, password, &identity);
    if (outcome != MSA_OK)
        return outcome;
    *known = msa_known_pack(r, identity, epoch);
    if (!*known)
        return MSA_UNAUTHENTICATED;
    msa_cache_put(r, key, *known);
    return MSA_OK;
}

static msa_outcome_t recognise_basic(request_rec *r, const msa_known_t **known)
{
    const char *header = apr_table_get(r->headers_in, "Authorization");
    const char *name = NULL, *password = NULL;
    apr_status_t status = msa_text_basic(r->pool, header, &name, &password);
    if (status == APR_NOTFOUND)
        return MSA_NOT_FOUND;
    return status == APR_SUCCESS ? check_basic(r, name, password, known) : MSA_UNAUTHENTICATED;
}

/* What a program says of itself comes before what a browser carries along. */
static const way_t WAYS[] = {
    {MSA_METHOD_TOKEN,   recognise_token         },
    {MSA_METHOD_BASIC,   recognise_basic         },
    {MSA_METHOD_SESSION, recognise_session       },
    {MSA_METHOD_SESSION, recognise_flask_session },
    {MSA_METHOD_SESSION, recognise_remember      },
    {MSA_METHOD_SESSION, recognise_flask_remember},
};

bool msa_authn_is_off(request_rec *r)
{
    if (!msa_runtime.is_on)
        ap_log_rerror(
            APLOG_MARK, APLOG_ERR, 0, r,
            "SecurityEngine is On nowhere, so nobody can be known here: access is refused");
    return !msa_runtime.is_on;
}

_Static_assert(sizeof(WAYS) / sizeof(WAYS[0]) <= MSA_WAYS_MAX, "every way has its finding");

int msa_authn_methods(const request_rec *r)
{
    int methods = msa_config_directory(r)->methods;
    return methods ? methods : MSA_METHOD_SESSION | MSA_METHOD_TOKEN;
}

int msa_authn_presented(request_rec *r)
{
    int sent = token_of(r) ? MSA_METHOD_TOKEN : 0;
    const char *header = apr_table_get(r->headers_in, "Authorization");
    if (header && strncasecmp(header, "Basic ", 6) == 0)
        sent |= MSA_METHOD_BASIC;
    return sent & msa_authn_methods(r);
}

/* Each way is gone once in a visit: a remember cookie is good for one exchange. */
static const msa_finding_t *find_by(request_rec *r, size_t way)
{
    msa_finding_t *finding = &msa_visit(r)->findings[way];
    const msa_known_t *known = NULL;
    if (!finding->is_done) {
        finding->outcome = msa_authn_is_off(r) ? MSA_BROKEN : WAYS[way].recognise(r, &known);
        finding->known = finding->outcome == MSA_OK ? msa_visit_keep(r, known) : NULL;
        finding->is_done = true;
    }
    return finding;
}

msa_outcome_t msa_authn_look_up(request_rec *r, int methods, const msa_known_t **known)
{
    for (size_t i = 0; i < sizeof(WAYS) / sizeof(WAYS[0]); i++) {
        const msa_finding_t *finding = methods & WAYS[i].method ? find_by(r, i) : NULL;
        if (!finding || finding->outcome == MSA_NOT_FOUND)
            continue;
        if (finding->outcome == MSA_OK)
            *known = finding->known;
        return finding->outcome;
    }
    return MSA_UNAUTHENTICATED;
}

/* ---- the hooks ---- */

static bool is_ours(const request_rec *r)
{
    const char *type = ap_auth_type((request_rec *)r);
    return type && strcasecmp(type, MSA_AUTH_TYPE) == 0;
}

/* Two kinds of credentials at once have no one meaning. */
static bool is_ambiguous(request_rec *r)
{
    const char *header = apr_table_get(r->headers_in, "Authorization");
    return header && ap_strchr_c(header, ',') &&
           (strncasecmp(header, "Basic ", 6) == 0 || strncasecmp(header, "Bearer ", 7) == 0);
}

/* Basic through httpd's own module ends in 500 when we could not tell who asks: it is a 503. */
static int surface_trouble(request_rec *r)
{
    msa_visit_t *visit = msa_visit(r);
    int status;
    if (visit->is_checking)
        return DECLINED;
    visit->is_checking = true;
    status = ap_run_check_user_id(r);
    visit->is_checking = false;
    return visit->trouble != MSA_OK ? msa_refuse(r, visit->trouble) : status;
}

static int check_user_id(request_rec *r)
{
    const msa_known_t *known = NULL;
    msa_outcome_t outcome;
    if (!ap_auth_type(r)) {
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r,
                      "a Require line asks who the visitor is, and no AuthType says how to find "
                      "out: set AuthType Security");
        return DECLINED;
    }
    if (!is_ours(r))
        return surface_trouble(r);
    if (is_ambiguous(r))
        return HTTP_BAD_REQUEST;
    outcome = msa_authn_look_up(r, msa_authn_methods(r), &known);
    if (outcome != MSA_OK)
        return msa_refuse(r, outcome);
    msa_visit_name(r, known);
    r->ap_auth_type = apr_pstrdup(r->pool, MSA_AUTH_TYPE);
    return OK;
}

/* A page open to all still learns who reads it, when somebody is signed in. */
static int force_authn(request_rec *r)
{
    const msa_known_t *known = NULL;
    if (!is_ours(r) || (!apr_table_get(r->headers_in, "Cookie") &&
                        !apr_table_get(r->headers_in, "Authorization") && !token_of(r)))
        return DECLINED;
    return msa_authn_look_up(r, msa_authn_methods(r), &known) == MSA_OK ? OK : DECLINED;
}

static int note_auth_failure(request_rec *r, const char *auth_type)
{
    (void)r;
    return strcasecmp(auth_type, MSA_AUTH_TYPE) == 0 ? OK : DECLINED;
}

/* ---- httpd's own mod_auth_basic asks us ---- */

/* The name is proved, and from here on the user's own: no other spelling goes round `Require not`.
 */
static authn_status check_password(request_rec *r, const char *user, const char *password)
{
    const msa_known_t *known = NULL;
    msa_outcome_t outcome = msa_authn_is_off(r) ? MSA_BROKEN : MSA_UNAUTHENTICATED;
    if (outcome == MSA_UNAUTHENTICATED && *user && *password &&
        strlen(user) + strlen(password) <= MSA_TEXT_BASIC_MAX &&
        msa_text_is_utf8(user, strlen(user)))
        outcome = check_basic(r, user, password, &known);
    if (outcome == MSA_OK) {
        msa_visit_name(r, msa_visit_keep(r, known));
        return AUTH_GRANTED;
    }
    if (outcome == MSA_UNAUTHENTICATED)
        return AUTH_DENIED;
    msa_visit(r)->trouble = outcome;
    return AUTH_GENERAL_ERROR;
}

static const authn_provider PROVIDER = {check_password, NULL};

void msa_authn_register(apr_pool_t *pool)
{
    ap_hook_check_authn(check_user_id, NULL, NULL, APR_HOOK_REALLY_FIRST,
                        AP_AUTH_INTERNAL_PER_CONF);
    ap_hook_force_authn(force_authn, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_note_auth_failure(note_auth_failure, NULL, NULL, APR_HOOK_MIDDLE);
    ap_register_auth_provider(pool, AUTHN_PROVIDER_GROUP, "security", AUTHN_PROVIDER_VERSION,
                              &PROVIDER, AP_AUTH_INTERNAL_PER_CONF);
}
