/* SPDX-License-Identifier: Apache-2.0 */
/* METHODS[]: the methods to prove who asks, in order of precedence. Both processes apply them to a
 * request. */

#include "methods.h"

#include "../base/digest.h"
#include "../base/text_http.h"
#include "../identity/ticket.h"

#include <string.h>
#include <strings.h>

#include <apr_strings.h>
#include <sodium/crypto_shorthash_siphash24.h>

#define COOKIES_MAX 4    /* cookies of one name that are tried */
#define SIGNED_MAX  8192 /* bytes of what an application signed */

/** One row of METHODS[]. */
typedef struct method_t {
    int method; /* its bit in SecurityApiEnabledMethods */
    msa_outcome_t (*recognise)(const msa_visitor_t *visitor, const msa_record_t **record);
} method_t;

static const char *header_of(const msa_visitor_t *visitor, const char *name)
{
    return apr_table_get(visitor->headers, name);
}

/* ---- proofs ---- */

/** What precedes every proof when it is hashed. Its size is fixed and it holds the length of what
 * follows, so different sites, kinds or pairs of texts never yield the same bytes. */
typedef struct key_head_t {
    unsigned char site[MSA_SITE_SIZE];
    apr_uint32_t kind;
    apr_uint32_t length; /* of the value; the rest is the password */
} key_head_t;

_Static_assert(sizeof(key_head_t) == MSA_SITE_SIZE + 2 * sizeof(apr_uint32_t), "without gaps");
_Static_assert(crypto_shorthash_siphashx24_BYTES == MSA_TABLE_KEY, "a key is what SipHash makes");
_Static_assert(crypto_shorthash_siphashx24_KEYBYTES <= MSA_DIGEST_SIZE, "there is enough key");

void msa_proof_key(apr_pool_t *pool, const unsigned char key[MSA_DIGEST_SIZE],
                   const unsigned char site[MSA_SITE_SIZE], const msa_proof_t *proof,
                   unsigned char out[MSA_TABLE_KEY])
{
    key_head_t head = {.kind = proof->kind, .length = (apr_uint32_t)proof->length};
    apr_size_t password = proof->password ? strlen(proof->password) : 0;
    apr_size_t length = sizeof(head) + proof->length + password;
    unsigned char *text = apr_palloc(pool, length);
    memcpy(head.site, site, MSA_SITE_SIZE);
    memcpy(text, &head, sizeof(head));
    memcpy(text + sizeof(head), proof->value, proof->length);
    if (password)
        memcpy(text + sizeof(head) + proof->length, proof->password, password);
    crypto_shorthash_siphashx24(out, text, length, key);
    msa_digest_wipe(text, length);
}

bool msa_proof_is_readable(apr_pool_t *pool, const msa_proof_t *proof)
{
    const char *name, *password;
    return proof->kind != MSA_PROOF_BASIC ||
           msa_text_basic(pool, proof->value, &name, &password) == APR_SUCCESS;
}

/* The keys that an application signs with help decide who is believed. */
static const char *keys_of(apr_pool_t *pool, const msa_settings_t *settings)
{
    return settings->flask_secret_keys ? apr_array_pstrcat(pool, settings->flask_secret_keys, '\n')
                                       : "";
}

void msa_site_fingerprint(apr_pool_t *pool, const msa_settings_t *settings, const char *driver,
                          const char *params, bool is_secure, unsigned char out[MSA_SITE_SIZE])
{
    bool needs_confirmation = settings->is_confirmable && !settings->login_without_confirmation;
    const char *limits = apr_psprintf(
        pool,
        "%d %d %d %" APR_TIME_T_FMT " %" APR_TIME_T_FMT " %" APR_TIME_T_FMT " %" APR_TIME_T_FMT,
        settings->is_tokens_enabled, settings->is_username_enabled, needs_confirmation,
        settings->session_idle, settings->token_max_age, settings->cache_timeout,
        settings->cache_grace);
    const char *texts[] = {is_secure ? "tls site" : "site",
                           settings->public_url,
                           driver ? driver : "",
                           params ? params : "",
                           settings->table_prefix,
                           settings->user_table,
                           settings->role_table,
                           settings->roles_users_table,
                           keys_of(pool, settings),
                           limits,
                           NULL};
    unsigned char digest[MSA_DIGEST_SIZE];
    msa_digest_texts(NULL, texts, digest);
    memcpy(out, digest, MSA_SITE_SIZE);
}

/* A secret issued for another purpose proves nothing here. */
static msa_outcome_t find(const msa_visitor_t *visitor, const char *secret, apr_size_t length,
                          unsigned purposes, const msa_record_t **record)
{
    msa_proof_t proof = {.kind = MSA_PROOF_SECRET, .value = secret, .length = length};
    msa_outcome_t outcome = visitor->look_up(visitor->baton, &proof, record);
    if (outcome == MSA_OK && !(purposes & (1u << (*record)->purpose)))
        return MSA_UNAUTHENTICATED;
    return outcome;
}

static msa_outcome_t find_signed(const msa_visitor_t *visitor, const char *value, apr_size_t length,
                                 msa_proof_kind_t kind, const msa_record_t **record)
{
    msa_proof_t proof = {.kind = kind, .value = value, .length = length};
    if (!visitor->settings->flask_secret_keys || length > SIGNED_MAX)
        return MSA_UNAUTHENTICATED;
    return visitor->look_up(visitor->baton, &proof, record);
}

/* ---- cookies ---- */

typedef msa_outcome_t (*attempt_t)(const msa_visitor_t *visitor, const char *value,
                                   apr_size_t length, const msa_record_t **record);

static void log_others(const msa_visitor_t *visitor, const char *name, int count, bool is_good)
{
    visitor->log(
        visitor->baton,
        apr_psprintf(
            visitor->pool,
            "%d cookies named %s %s were not issued here: another path or host may set them", count,
            name, is_good ? "before the valid one" : "were tried and"));
}

/*
 * Without TLS another path of this host, or a sibling site, can set a cookie that the browser sends
 * before ours (RFC 6265 section 8.6), so the first good one counts. Ours are secrets by their form;
 * an application's are not.
 */
static msa_outcome_t try_cookies(const msa_visitor_t *visitor, const char *name, bool is_ours,
                                 attempt_t attempt, const msa_record_t **record)
{
    const char *rest = header_of(visitor, "Cookie");
    const char *value;
    apr_size_t length;
    int tried = 0;
    while (rest && msa_text_cookie(&rest, name, &value, &length)) {
        msa_outcome_t outcome;
        if (msa_digest_is_secret(value, length) != is_ours)
            continue;
        if (tried == COOKIES_MAX) {
            log_others(visitor, name, tried, false);
            break;
        }
        outcome = attempt(visitor, value, length, record);
        if (outcome == MSA_OK && tried > 0)
            log_others(visitor, name, tried, true);
        if (outcome != MSA_UNAUTHENTICATED && outcome != MSA_NOT_FOUND)
            return outcome;
        tried++;
    }
    return MSA_NOT_FOUND;
}

static const char *own_name(const msa_visitor_t *visitor, msa_cookie_t cookie)
{
    return (*visitor->cookies)[cookie][visitor->is_secure];
}

static msa_outcome_t try_session(const msa_visitor_t *visitor, const char *value, apr_size_t length,
                                 const msa_record_t **record)
{
    return find(visitor, value, length, 1u << MSA_PURPOSE_SESSION, record);
}

static msa_outcome_t recognise_session(const msa_visitor_t *visitor, const msa_record_t **record)
{
    return try_cookies(visitor, own_name(visitor, MSA_COOKIE_SESSION), true, try_session, record);
}

/* The application's cookies share our names, but never have our prefix, not even over TLS. */
static msa_outcome_t flask_cookie(const msa_visitor_t *visitor, msa_cookie_t cookie,
                                  attempt_t attempt, const msa_record_t **record)
{
    msa_outcome_t outcome = MSA_NOT_FOUND;
    for (int i = visitor->is_secure; outcome == MSA_NOT_FOUND && i >= 0; i--)
        outcome = try_cookies(visitor, (*visitor->cookies)[cookie][i], false, attempt, record);
    return outcome;
}

static msa_outcome_t try_flask_session(const msa_visitor_t *visitor, const char *value,
                                       apr_size_t length, const msa_record_t **record)
{
    return find_signed(visitor, value, length, MSA_PROOF_FLASK_SESSION, record);
}

static msa_outcome_t recognise_flask_session(const msa_visitor_t *visitor,
                                             const msa_record_t **record)
{
    return flask_cookie(visitor, MSA_COOKIE_SESSION, try_flask_session, record);
}

static msa_outcome_t try_remember(const msa_visitor_t *visitor, const char *value,
                                  apr_size_t length, const msa_record_t **record)
{
    msa_proof_t proof = {.kind = MSA_PROOF_REMEMBER, .value = value, .length = length};
    return visitor->look_up(visitor->baton, &proof, record);
}

static msa_outcome_t recognise_remember(const msa_visitor_t *visitor, const msa_record_t **record)
{
    return try_cookies(visitor, own_name(visitor, MSA_COOKIE_REMEMBER), true, try_remember, record);
}

static msa_outcome_t try_flask_remember(const msa_visitor_t *visitor, const char *value,
                                        apr_size_t length, const msa_record_t **record)
{
    return find_signed(visitor, value, length, MSA_PROOF_FLASK_REMEMBER, record);
}

static msa_outcome_t recognise_flask_remember(const msa_visitor_t *visitor,
                                              const msa_record_t **record)
{
    return flask_cookie(visitor, MSA_COOKIE_REMEMBER, try_flask_remember, record);
}

/* ---- tokens ---- */

static const char *bearer_of(const msa_visitor_t *visitor)
{
    const char *header = header_of(visitor, "Authorization");
    if (!header || strncasecmp(header, "Bearer ", 7) != 0)
        return NULL;
    header += 7;
    return header + strspn(header, " ");
}

/* Programs that have no token yet send the header empty. */
const char *msa_visitor_token(const msa_visitor_t *visitor)
{
    const apr_array_header_t *names = visitor->settings->token_headers;
    const char *token = visitor->query_token;
    for (int i = 0; !token && i < names->nelts; i++) {
        token = header_of(visitor, APR_ARRAY_IDX(names, i, const char *));
        if (token && !*token)
            token = NULL;
    }
    return token ? token : bearer_of(visitor);
}

static msa_outcome_t recognise_token(const msa_visitor_t *visitor, const msa_record_t **record)
{
    const char *token = msa_visitor_token(visitor);
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
        return find_signed(visitor, token, length, MSA_PROOF_FLASK_TOKEN, record);
    return find(visitor, token, length, purposes, record);
}

/* ---- Basic (RFC 7617) ---- */

/* The header is looked up as sent; it is decoded only when the record table does not have it. */
static msa_outcome_t recognise_basic(const msa_visitor_t *visitor, const msa_record_t **record)
{
    const char *header = header_of(visitor, "Authorization");
    msa_proof_t proof = {.kind = MSA_PROOF_BASIC, .value = header};
    if (!header || strncasecmp(header, "Basic ", 6) != 0)
        return MSA_NOT_FOUND;
    proof.length = strlen(header);
    return proof.length > MSA_TEXT_BASIC_MAX ? MSA_UNAUTHENTICATED
                                             : visitor->look_up(visitor->baton, &proof, record);
}

/* What a program states explicitly comes before what a browser sends along on its own. */
static const method_t METHODS[] = {
    {MSA_METHOD_TOKEN,   recognise_token         },
    {MSA_METHOD_BASIC,   recognise_basic         },
    {MSA_METHOD_SESSION, recognise_session       },
    {MSA_METHOD_SESSION, recognise_flask_session },
    {MSA_METHOD_SESSION, recognise_remember      },
    {MSA_METHOD_SESSION, recognise_flask_remember},
};

#define METHOD_COUNT (sizeof(METHODS) / sizeof(METHODS[0]))

_Static_assert(METHOD_COUNT <= MSA_METHODS_MAX, "every method has its place");

int msa_methods_accepted(const msa_directory_settings_t *directory)
{
    return directory->methods ? directory->methods : MSA_METHOD_SESSION | MSA_METHOD_TOKEN;
}

int msa_method_bit(size_t index)
{
    return index < METHOD_COUNT ? METHODS[index].method : 0;
}

msa_outcome_t msa_method_try(const msa_visitor_t *visitor, size_t index,
                             const msa_record_t **record)
{
    return METHODS[index].recognise(visitor, record);
}
