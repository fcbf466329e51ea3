/* SPDX-License-Identifier: Apache-2.0 */
/* PROOFS[]: finds out in the database whose proof was shown, and writes its entry for all
 * children. */

#include "look_up.h"

#include "../account/admin.h"
#include "../identity/identity_flask.h"
#include "../identity/identity_password.h"
#include "../identity/remember.h"

#include "../base/digest.h"
#include "../base/text.h"
#include "../base/text_http.h"
#include "later.h"

#include <pthread.h>
#include <string.h>

#include <apr_atomic.h>
#include <apr_strings.h>

#define BAD_TIME          apr_time_from_sec(3) /* how long a bad proof is remembered */
#define LOADS_WITHIN_IDLE 4
#define PROVED_MAX        4096

static const unsigned PURPOSES =
    1u << MSA_PURPOSE_SESSION | 1u << MSA_PURPOSE_TOKEN | 1u << MSA_PURPOSE_PERSONAL;

typedef msa_outcome_t (*load_t)(msa_search_t *search, const msa_proof_t *proof,
                                msa_identity_t **identity);

static const char *proof_text(const msa_search_t *search, const msa_proof_t *proof)
{
    return apr_pstrmemdup(search->ctx->pool, proof->value, proof->length);
}

/* For all purposes: a secret that proves nothing where it was shown may be good elsewhere, and one
 * entry serves both. */
static msa_outcome_t load_secret(msa_search_t *search, const msa_proof_t *proof,
                                 msa_identity_t **identity)
{
    const char *secret = proof_text(search, proof);
    if (msa_later_is_over(secret))
        return MSA_UNAUTHENTICATED;
    return msa_identity_by_secret(search->ctx, secret, PURPOSES, identity);
}

/* A page exchanges no remember cookie: the child has already done that before it asked. */
static msa_outcome_t load_remember(msa_search_t *search, const msa_proof_t *proof,
                                   msa_identity_t **identity)
{
    const char *secret = proof_text(search, proof);
    msa_outcome_t outcome;
    if (search->wants_identity || msa_later_is_over(secret))
        return MSA_UNAUTHENTICATED;
    outcome = msa_signin_revive(search->ctx, secret, &search->signin);
    if (outcome == MSA_OK)
        *identity = search->signin.identity;
    return outcome;
}

static msa_outcome_t load_password(msa_search_t *search, const msa_proof_t *proof,
                                   msa_identity_t **identity)
{
    return msa_identity_by_password(search->ctx, proof_text(search, proof), proof->password,
                                    identity);
}

static msa_outcome_t load_basic(msa_search_t *search, const msa_proof_t *proof,
                                msa_identity_t **identity)
{
    const char *name, *password;
    if (msa_text_basic(search->ctx->pool, proof_text(search, proof), &name, &password) !=
        APR_SUCCESS)
        return MSA_UNAUTHENTICATED;
    return msa_identity_by_password(search->ctx, name, password, identity);
}

static msa_outcome_t load_user(msa_context_t *ctx, const char *name, msa_identity_t **identity)
{
    msa_user_t *user = NULL;
    msa_outcome_t outcome = msa_admin_find_user(ctx, name, &user);
    if (outcome == MSA_USER_DOES_NOT_EXIST || (outcome == MSA_OK && !user->is_active))
        return MSA_UNAUTHENTICATED;
    if (outcome == MSA_OK)
        outcome = msa_identity_of_user(ctx, user, identity);
    if (outcome != MSA_OK)
        return MSA_BROKEN;
    (*identity)->expires_at = APR_INT64_MAX;
    return MSA_OK;
}

/* The name says what its user may do, but proves nothing: no page is served for it. */
static msa_outcome_t load_name(msa_search_t *search, const msa_proof_t *proof,
                               msa_identity_t **identity)
{
    const char *name = proof_text(search, proof);
    return search->wants_identity || name[0] == '#' ? MSA_UNAUTHENTICATED
                                                    : load_user(search->ctx, name, identity);
}

static msa_outcome_t load_signed(msa_search_t *search, const msa_proof_t *proof,
                                 msa_identity_t **identity)
{
    static const msa_flask_kind_t KINDS[] = {
        [MSA_PROOF_FLASK_SESSION] = MSA_FLASK_SESSION,
        [MSA_PROOF_FLASK_REMEMBER] = MSA_FLASK_REMEMBER,
        [MSA_PROOF_FLASK_TOKEN] = MSA_FLASK_TOKEN,
    };
    return msa_identity_by_flask(search->ctx, KINDS[proof->kind], proof_text(search, proof),
                                 identity);
}

/** How a proof is looked up in the database, and whether it is noted when it identifies nobody: not
 * where anyone can make up any number of them and each is cheap to refuse. */
static const struct {
    load_t load;
    bool is_bad_noted;
} PROOFS[MSA_PROOF_COUNT] = {
    [MSA_PROOF_SECRET] = {load_secret,   true },
    [MSA_PROOF_REMEMBER] = {load_remember, false},
    [MSA_PROOF_PASSWORD] = {load_password, false},
    [MSA_PROOF_NAME] = {load_name,     true },
    [MSA_PROOF_FLASK_SESSION] = {load_signed,   false},
    [MSA_PROOF_FLASK_REMEMBER] = {load_signed,   false},
    [MSA_PROOF_FLASK_TOKEN] = {load_signed,   false},
    [MSA_PROOF_BASIC] = {load_basic,    false},
};

/* ---- the table ---- */

static void put(const unsigned char key[MSA_TABLE_KEY], const msa_entry_t *entry, apr_time_t now)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    /* There is only one writer. What a retired service finds, its children learn from its
     * answers. */
    if (apr_atomic_read32(&msa_service.is_retired))
        return;
    pthread_mutex_lock(&lock);
    msa_table_put(msa_service.table, key, entry, now);
    pthread_mutex_unlock(&lock);
}

static apr_time_t earlier(apr_time_t a, apr_time_t b)
{
    return a < b ? a : b;
}

/* The use of a session is noted when it is loaded, so it must be loaded often compared with its
 * idle limit. */
static msa_entry_t entry_of(const msa_settings_t *settings, const msa_record_t *record,
                            apr_time_t now)
{
    msa_entry_t entry = {.record = record};
    apr_interval_time_t used = settings->cache_timeout, kept = settings->cache_grace;
    if (record->purpose == MSA_PURPOSE_SESSION && record->ticket_id) {
        used = earlier(used, settings->session_idle / LOADS_WITHIN_IDLE);
        kept = earlier(kept, settings->session_idle);
    }
    entry.used_until = earlier(now + used, record->expires_at);
    entry.kept_until = earlier(now + (kept > used ? kept : used), record->expires_at);
    return entry;
}

/* ---- passwords that were right ---- */

/*
 * An entry saves a child a question; it does not prove a password to the service. An attacker who
 * controls a child knows the secret behind its key, and against them the key is too short a digest.
 * So the service keeps a whole digest of each good header in its own memory.
 */
static struct {
    pthread_mutex_t lock;
    unsigned char digests[PROVED_MAX][MSA_DIGEST_SIZE];
} proved = {.lock = PTHREAD_MUTEX_INITIALIZER};

/** Precedes the header when it is hashed; of fixed size, without gaps. */
typedef struct owner_t {
    unsigned char key[MSA_TABLE_KEY]; /* of the entry, which identifies the site */
    apr_int64_t user_id;
} owner_t;

/* Computes `digest`; returns the place where it is kept. */
static unsigned char *place_of(const msa_search_t *search, const msa_proof_t *proof,
                               const owner_t *owner, unsigned char digest[MSA_DIGEST_SIZE])
{
    apr_size_t length = sizeof(*owner) + proof->length;
    unsigned char *text = apr_palloc(search->ctx->pool, length);
    memcpy(text, owner, sizeof(*owner));
    memcpy(text + sizeof(*owner), proof->value, proof->length);
    msa_digest_sha256(text, length, digest);
    msa_digest_wipe(text, length);
    return proved.digests[(digest[0] << 8 | digest[1]) % PROVED_MAX];
}

static owner_t owner_of(const unsigned char key[MSA_TABLE_KEY], const msa_record_t *record)
{
    owner_t owner = {.user_id = record->user_id};
    memcpy(owner.key, key, MSA_TABLE_KEY);
    return owner;
}

static void note_proved(const msa_search_t *search, const msa_proof_t *proof, owner_t owner)
{
    unsigned char digest[MSA_DIGEST_SIZE];
    unsigned char *place = place_of(search, proof, &owner, digest);
    pthread_mutex_lock(&proved.lock);
    memcpy(place, digest, MSA_DIGEST_SIZE);
    pthread_mutex_unlock(&proved.lock);
}

static bool is_proved(const msa_search_t *search, const msa_proof_t *proof, owner_t owner)
{
    unsigned char digest[MSA_DIGEST_SIZE];
    const unsigned char *place = place_of(search, proof, &owner, digest);
    bool is_same;
    pthread_mutex_lock(&proved.lock);
    is_same = msa_digest_equal(place, digest, MSA_DIGEST_SIZE);
    pthread_mutex_unlock(&proved.lock);
    return is_same;
}

/* ---- looking up ---- */

static void find_key(const msa_search_t *search, const msa_proof_t *proof,
                     unsigned char key[MSA_TABLE_KEY])
{
    const msa_host_t *host = search->world->host;
    msa_proof_key(search->ctx->pool, msa_service.key, host->site[search->ctx->is_secure], proof,
                  key);
}

/* The key of a session that was just started. */
static void find_new_key(const msa_search_t *search, unsigned char key[MSA_TABLE_KEY])
{
    msa_proof_t proof = {.kind = MSA_PROOF_SECRET, .value = search->signin.session};
    proof.length = strlen(proof.value);
    find_key(search, &proof, key);
}

static msa_outcome_t load_record(msa_search_t *search, const msa_proof_t *proof,
                                 unsigned char key[MSA_TABLE_KEY], const msa_record_t **record)
{
    msa_context_t *ctx = search->ctx;
    apr_uint64_t epoch = msa_table_epoch(msa_service.table);
    msa_identity_t *identity = NULL;
    msa_entry_t entry = {.is_bad = true, .used_until = ctx->now + BAD_TIME};
    const char *why = NULL;
    msa_outcome_t outcome = PROOFS[proof->kind].load(search, proof, &identity);
    entry.kept_until = entry.used_until;
    if (outcome == MSA_UNAUTHENTICATED && PROOFS[proof->kind].is_bad_noted)
        put(key, &entry, ctx->now);
    if (outcome != MSA_OK)
        return outcome;
    *record = msa_record_pack(ctx->pool, identity, epoch, &why);
    if (!*record) {
        msa_env_log(ctx->env, ctx->pool, MSA_LOG_ERROR, "user %" APR_INT64_T_FMT " is refused: %s",
                    identity->user_id, why);
        return MSA_UNAUTHENTICATED;
    }
    entry = entry_of(ctx->settings, *record, ctx->now);
    if (proof->kind == MSA_PROOF_REMEMBER)
        find_new_key(search, key);
    put(key, &entry, ctx->now);
    if (proof->kind == MSA_PROOF_BASIC && !(*record)->ticket_id)
        note_proved(search, proof, owner_of(key, *record));
    search->identity = identity;
    return MSA_OK;
}

/* For a password that was hashed not long ago and a user about whom nothing has changed since. */
static msa_outcome_t identify_by_record(msa_search_t *search, const msa_record_t *record)
{
    msa_context_t *ctx = search->ctx;
    const char *name = apr_psprintf(ctx->pool, "#%" APR_INT64_T_FMT, record->user_id);
    msa_outcome_t outcome = load_user(ctx, name, &search->identity);
    if (outcome != MSA_OK)
        return outcome;
    search->identity->method = apr_pstrdup(ctx->pool, msa_record_text(record, record->method));
    search->identity->issued_at = record->issued_at;
    search->identity->fresh_at = record->fresh_at;
    return MSA_OK;
}

msa_outcome_t msa_look_up(void *baton, const msa_proof_t *proof, const msa_record_t **record)
{
    msa_search_t *search = baton;
    unsigned char key[MSA_TABLE_KEY];
    msa_entry_t entry;
    bool is_held;
    if (proof->kind == MSA_PROOF_REMEMBER)
        return load_record(search, proof, key, record);
    find_key(search, proof, key);
    is_held = msa_table_get(msa_service.table, search->ctx->pool, key, search->ctx->now, &entry) &&
              entry.used_until > search->ctx->now;
    if (is_held && entry.is_bad)
        return MSA_UNAUTHENTICATED;
    /* Another child may have asked the same a moment ago. */
    if (is_held && !search->wants_identity) {
        *record = entry.record;
        return MSA_OK;
    }
    if (is_held && proof->kind == MSA_PROOF_BASIC && !entry.record->ticket_id &&
        is_proved(search, proof, owner_of(key, entry.record))) {
        *record = entry.record;
        return identify_by_record(search, entry.record);
    }
    return load_record(search, proof, key, record);
}
