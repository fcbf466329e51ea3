/* SPDX-License-Identifier: Apache-2.0 */
#include "module.h"

#include "../base/digest.h"

#include <unistd.h>

#include <ap_mpm.h>
#include <apr_strings.h>
#include <openssl/rand.h>

#define HASH_SLOTS_MAX 64

msa_runtime_t msa_runtime;

APR_DECLARE_OPTIONAL_FN(int, ssl_is_https, (conn_rec *));

static int hash_slot_count(const msa_server_t *config)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    if (config->settings.hash_slots > HASH_SLOTS_MAX)
        return HASH_SLOTS_MAX;
    if (config->settings.hash_slots)
        return config->settings.hash_slots;
    return processors > 2 ? (int)(processors / 2) : 1;
}

static int newcomer_slot_count(int hash_slots)
{
    return hash_slots > 1 ? hash_slots / 2 : 1;
}

/* A database that answers nothing holds who asks it for ever; half of the workers never ask. */
static int database_slot_count(void)
{
    int processes = 1, threads = 1;
    ap_mpm_query(AP_MPMQ_MAX_DAEMONS, &processes);
    ap_mpm_query(AP_MPMQ_MAX_THREADS, &threads);
    threads = threads > 1 ? threads : 1;
    return processes * threads > 1 ? processes * threads / 2 : 1;
}

static apr_status_t make_key(const msa_server_t *config)
{
    const char *secret = config->cache_key;
    msa_runtime.is_key_shared = secret != NULL;
    if (secret) {
        msa_digest_sha256(secret, strlen(secret), msa_runtime.key);
        return APR_SUCCESS;
    }
    return RAND_bytes(msa_runtime.key, sizeof(msa_runtime.key)) == 1 ? APR_SUCCESS : APR_EGENERAL;
}

static apr_status_t make_shared(apr_pool_t *pconf, server_rec *server)
{
    const msa_server_t *config = msa_config_server(server);
    apr_status_t status = make_key(config);
    if (status == APR_SUCCESS)
        status = msa_generation_make(pconf);
    if (status == APR_SUCCESS)
        status = msa_slots_make(pconf, hash_slot_count(config), &msa_runtime.hash_slots);
    if (status == APR_SUCCESS)
        status = msa_slots_make(pconf, newcomer_slot_count(hash_slot_count(config)),
                                &msa_runtime.newcomer_slots);
    if (status == APR_SUCCESS)
        status = msa_slots_make(pconf, database_slot_count(), &msa_runtime.database_slots);
    if (status == APR_SUCCESS)
        return msa_cache_make(pconf, server, config);
    ap_log_error(APLOG_MARK, APLOG_CRIT, status, server, "shared memory cannot be made");
    return status;
}

/* Each child goes on with a copy of its own. */
static void make_notes(apr_pool_t *pconf, server_rec *server)
{
    for (; server; server = server->next) {
        msa_server_t *config = ap_get_module_config(server->module_config, &security_auth_module);
        config->is_unfit_told = apr_pcalloc(pconf, sizeof(*config->is_unfit_told));
    }
}

int msa_start(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *server)
{
    (void)plog;
    (void)ptemp;
    if (ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG)
        return OK;
    memset(&msa_runtime, 0, sizeof(msa_runtime));
    if (!msa_config_is_any_engine_on(server))
        return OK;
    msa_runtime.is_on = true;
    msa_runtime.pool = pconf;
    msa_runtime.main_server = server;
    msa_runtime.dbd_open = APR_RETRIEVE_OPTIONAL_FN(ap_dbd_open);
    msa_runtime.dbd_close = APR_RETRIEVE_OPTIONAL_FN(ap_dbd_close);
    msa_runtime.is_https = APR_RETRIEVE_OPTIONAL_FN(ssl_is_https);
    make_notes(pconf, server);
    if (make_shared(pconf, server) != APR_SUCCESS)
        return HTTP_INTERNAL_SERVER_ERROR;
    return msa_worker_start(pconf, server);
}
