/* SPDX-License-Identifier: Apache-2.0 */
#include "module.h"

#include "../base/digest.h"

#include <apr_strings.h>
#include <util_mutex.h>

#define MUTEX_TYPE        "security-auth"
#define DEFAULT_ARGS      "security-auth-cache(8388608)"
#define BAD_SECONDS       3
#define RECORD_AVERAGE    400
#define LOADS_WITHIN_IDLE 4
#define CACHE_NAMESPACE   "security_auth"

/* A stored record: a digest under this start's key, then the block; a block of no bytes means
 * nobody. */
typedef struct header_t {
    unsigned char mac[MSA_DIGEST_SIZE];
} header_t;

int msa_cache_pre_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp)
{
    (void)plog;
    (void)ptemp;
    return ap_mutex_register(pconf, MUTEX_TYPE, NULL, APR_LOCK_DEFAULT, 0) == APR_SUCCESS
               ? OK
               : HTTP_INTERNAL_SERVER_ERROR;
}

static apr_status_t destroy_instance(void *data)
{
    server_rec *server = data;
    msa_runtime.cache->destroy(msa_runtime.cache_instance, server);
    return APR_SUCCESS;
}

/* What SecurityCache names; the error says what is missing. */
static const char *create(apr_pool_t *pool, const msa_server_t *config,
                          const ap_socache_provider_t **provider, ap_socache_instance_t **instance)
{
    const char *setting = config->settings.cache;
    const char *colon = ap_strchr_c(setting, ':');
    const char *name = apr_pstrmemdup(pool, setting, strcspn(setting, ":"));
    const char *args = colon ? colon + 1 : NULL;
    bool is_shmcb = strcmp(name, "shmcb") == 0;
    const char *error;
    if (!args && is_shmcb)
        args = ap_runtime_dir_relative(pool, DEFAULT_ARGS);
    *provider = ap_lookup_provider(AP_SOCACHE_PROVIDER_GROUP, name, AP_SOCACHE_PROVIDER_VERSION);
    if (!*provider)
        return apr_psprintf(pool,
                            "SecurityCache %s: there is no such provider; load mod_socache_%s",
                            setting, name);
    /* What other machines can write to must be signed under a key that they share. */
    if (!is_shmcb && !config->cache_key)
        return apr_psprintf(pool,
                            "SecurityCache %s needs SecurityCacheKey file:PATH, the same on every "
                            "machine",
                            name);
    error = (*provider)->create(instance, args, pool, pool);
    return error ? apr_psprintf(pool, "SecurityCache %s: %s", setting, error) : NULL;
}

const char *msa_cache_fault(apr_pool_t *pool, const msa_server_t *config)
{
    const ap_socache_provider_t *provider;
    ap_socache_instance_t *instance;
    return create(pool, config, &provider, &instance);
}

apr_status_t msa_cache_make(apr_pool_t *pool, server_rec *server, const msa_server_t *config)
{
    static struct ap_socache_hints hints = {RECORD_AVERAGE, MSA_DIGEST_SIZE, 60000000};
    apr_status_t status = APR_SUCCESS;
    const char *error = create(pool, config, &msa_runtime.cache, &msa_runtime.cache_instance);
    /* The configuration was checked, so this is a server that may not need any. */
    if (error) {
        ap_log_error(APLOG_MARK, APLOG_INFO, 0, server, "no cache: %s", error);
        msa_runtime.cache = NULL;
        return APR_SUCCESS;
    }
    if (msa_runtime.cache->flags & AP_SOCACHE_FLAG_NOTMPSAFE)
        status = ap_global_mutex_create(&msa_runtime.cache_mutex, NULL, MUTEX_TYPE, NULL, server,
                                        pool, 0);
    if (status == APR_SUCCESS)
        status = msa_runtime.cache->init(msa_runtime.cache_instance, CACHE_NAMESPACE, &hints,
                                         server, pool);
    if (status == APR_SUCCESS)
        apr_pool_cleanup_register(pool, server, destroy_instance, apr_pool_cleanup_null);
    else
        ap_log_error(APLOG_MARK, APLOG_CRIT, status, server, "SecurityCache cannot be made");
    return status;
}

void msa_cache_child_init(apr_pool_t *pool, server_rec *server)
{
    apr_status_t status;
    if (!msa_runtime.cache_mutex)
        return;
    status = apr_global_mutex_child_init(&msa_runtime.cache_mutex,
                                         apr_global_mutex_lockfile(msa_runtime.cache_mutex), pool);
    if (status != APR_SUCCESS)
        ap_log_error(APLOG_MARK, APLOG_CRIT, status, server, "the cache's mutex is not usable");
}

static bool lock(void)
{
    return msa_runtime.cache && (!msa_runtime.cache_mutex ||
                                 apr_global_mutex_lock(msa_runtime.cache_mutex) == APR_SUCCESS);
}

static void unlock(void)
{
    if (msa_runtime.cache_mutex)
        apr_global_mutex_unlock(msa_runtime.cache_mutex);
}

/* Memory that only httpd writes needs no signature; it is checked where others could write. */
static void sign(const unsigned char *key, const unsigned char *record, unsigned int length,
                 unsigned char mac[MSA_DIGEST_SIZE])
{
    unsigned char text[MSA_DIGEST_SIZE + MSA_DIGEST_SIZE];
    memcpy(text, key, MSA_DIGEST_SIZE);
    msa_digest_sha256(record, length, text + MSA_DIGEST_SIZE);
    msa_digest_hmac_sha256(msa_runtime.key, sizeof(msa_runtime.key), text, sizeof(text), mac);
}

static bool is_genuine(const unsigned char *key, const unsigned char *record, unsigned int length)
{
    unsigned char mac[MSA_DIGEST_SIZE];
    if (length < sizeof(header_t))
        return false;
    if (!msa_runtime.is_key_shared)
        return true;
    sign(key, record + sizeof(header_t), length - (unsigned int)sizeof(header_t), mac);
    return msa_digest_equal(mac, record, sizeof(mac));
}

/* Sites of one server do not share records: what one of them does not know, another may. */
static void place_of(const request_rec *r, const unsigned char key[MSA_DIGEST_SIZE],
                     unsigned char place[MSA_DIGEST_SIZE])
{
    const unsigned char *site = msa_config_server(r->server)->fingerprint[msa_world_is_secure(r)];
    memcpy(place, key, MSA_DIGEST_SIZE);
    for (int i = 0; i < MSA_FINGERPRINT; i++)
        place[i] ^= site[i];
}

static bool is_usable(const msa_known_t *known, unsigned int length, apr_time_t now,
                      const unsigned char fingerprint[MSA_FINGERPRINT])
{
    return length >= sizeof(*known) && known->size == length && known->expires_at > now &&
           memcmp(known->fingerprint, fingerprint, MSA_FINGERPRINT) == 0 &&
           msa_generation_is_current(known->user_id, known->epoch) &&
           msa_generation_is_current(msa_generation_id(known->digest), known->epoch);
}

const msa_known_t *msa_cache_get(request_rec *r, const unsigned char key[MSA_DIGEST_SIZE],
                                 const unsigned char fingerprint[MSA_FINGERPRINT],
                                 bool *is_known_bad)
{
    union {
        unsigned char bytes[sizeof(header_t) + MSA_KNOWN_BYTES_MAX];
        apr_uint64_t aligned;
    } record;
    unsigned char place[MSA_DIGEST_SIZE];
    unsigned int length = sizeof(record.bytes);
    const msa_known_t *known = (const void *)(record.bytes + sizeof(header_t));
    apr_status_t status;
    *is_known_bad = false;
    place_of(r, key, place);
    if (!lock())
        return NULL;
    status = msa_runtime.cache->retrieve(msa_runtime.cache_instance, r->server, place,
                                         MSA_DIGEST_SIZE, record.bytes, &length, r->pool);
    unlock();
    if (status != APR_SUCCESS || !is_genuine(place, record.bytes, length))
        return NULL;
    length -= (unsigned int)sizeof(header_t);
    *is_known_bad = length == 0;
    if (!is_usable(known, length, r->request_time, fingerprint))
        return NULL;
    return apr_pmemdup(r->pool, known, length);
}

static void store(request_rec *r, const unsigned char key[MSA_DIGEST_SIZE], const void *block,
                  unsigned int size, apr_time_t expires_at)
{
    unsigned char *record = apr_pcalloc(r->pool, sizeof(header_t) + size);
    unsigned char place[MSA_DIGEST_SIZE];
    place_of(r, key, place);
    memcpy(record + sizeof(header_t), block, size);
    if (msa_runtime.is_key_shared)
        sign(place, record + sizeof(header_t), size, record);
    if (!lock())
        return;
    /* Whether it was kept matters to nobody: the next request asks the database again. */
    msa_runtime.cache->store(msa_runtime.cache_instance, r->server, place, MSA_DIGEST_SIZE,
                             expires_at, record, (unsigned int)sizeof(header_t) + size, r->pool);
    unlock();
}

/* A session's use is noted when it is loaded: so that is never long ago, measured by its idle
 * limit. */
static apr_interval_time_t timeout_of(const request_rec *r, const msa_known_t *known)
{
    const msa_settings_t *settings = &msa_config_server(r->server)->settings;
    apr_interval_time_t share = settings->session_idle / LOADS_WITHIN_IDLE;
    if (known->purpose == MSA_PURPOSE_SESSION && share < settings->cache_timeout)
        return share;
    return settings->cache_timeout;
}

void msa_cache_put(request_rec *r, const unsigned char key[MSA_DIGEST_SIZE],
                   const msa_known_t *known)
{
    apr_time_t limit = r->request_time + timeout_of(r, known);
    if (known->expires_at < limit)
        limit = known->expires_at;
    if (limit > r->request_time + apr_time_from_sec(1))
        store(r, key, known, known->size, limit);
}

void msa_cache_put_bad(request_rec *r, const unsigned char key[MSA_DIGEST_SIZE])
{
    store(r, key, "", 0, r->request_time + apr_time_from_sec(BAD_SECONDS));
}
