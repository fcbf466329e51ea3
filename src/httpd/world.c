/* SPDX-License-Identifier: Apache-2.0 */
#include "module.h"

#include <openssl/rand.h>

#include <apr_atomic.h>
#include <apr_strings.h>

#define OPEN_TRIES_MAX 12 /* dead connections of the pool are dropped one per try */
#define AWAY_SECONDS   1
#define AGENT_BYTES    255

/** The baton of a context's world. */
typedef struct world_t {
    server_rec *server;
    request_rec *r; /* NULL in the watchdog */
    apr_pool_t *pool;
    int hash_slot;     /* of the hash that is being computed */
    int newcomer_slot; /* the leave to take one; -1 = none was needed */
    int database_slot; /* of the connection that is held */
    msa_env_t env;
    msa_db_source_t source;
} world_t;

static apr_time_t now(void *baton)
{
    (void)baton;
    return apr_time_now();
}

static apr_status_t fill_random(void *baton, unsigned char *bytes, apr_size_t count)
{
    (void)baton;
    return RAND_bytes(bytes, (int)count) == 1 ? APR_SUCCESS : APR_EGENERAL;
}

static void write_log(void *baton, msa_log_level_t level, const char *line)
{
    static const int LEVELS[] = {
        [MSA_LOG_ERROR] = APLOG_ERR,     [MSA_LOG_WARNING] = APLOG_WARNING,
        [MSA_LOG_NOTICE] = APLOG_NOTICE, [MSA_LOG_INFO] = APLOG_INFO,
        [MSA_LOG_DEBUG] = APLOG_DEBUG,
    };
    world_t *world = baton;
    if (world->r)
        ap_log_rerror(APLOG_MARK, LEVELS[level], 0, world->r, "%s", line);
    else
        ap_log_error(APLOG_MARK, LEVELS[level], 0, world->server, "%s", line);
}

static void leave_newcomers(world_t *world)
{
    if (world->newcomer_slot >= 0)
        msa_slots_leave(msa_runtime.newcomer_slots, world->newcomer_slot);
}

/* Newcomers wait for each other outside, where they take no seat from those who sign in. */
static apr_status_t enter_slot(void *baton, bool is_newcomer)
{
    world_t *world = baton;
    apr_status_t status = APR_SUCCESS;
    world->newcomer_slot = -1;
    if (is_newcomer)
        status = msa_slots_enter(msa_runtime.newcomer_slots, &world->newcomer_slot);
    if (status != APR_SUCCESS)
        return status;
    status = msa_slots_enter(msa_runtime.hash_slots, &world->hash_slot);
    if (status != APR_SUCCESS)
        leave_newcomers(world);
    return status;
}

static void leave_slot(void *baton)
{
    world_t *world = baton;
    msa_slots_leave(msa_runtime.hash_slots, world->hash_slot);
    leave_newcomers(world);
}

static void user_changed(void *baton, apr_int64_t user_id)
{
    (void)baton;
    msa_generation_bump(user_id);
}

static void ticket_changed(void *baton, const unsigned char digest[32])
{
    (void)baton;
    msa_generation_bump(msa_generation_id(digest));
}

/* ---- the database ---- */

static bool is_away(const world_t *world)
{
    return apr_atomic_read32(msa_config_server(world->server)->away_until) >
           (apr_uint32_t)apr_time_sec(msa_env_ticks());
}

/* While the database is away, mod_dbd would fill the log with every request. */
static apr_status_t note_away(world_t *world, const char *why)
{
    apr_uint32_t until = (apr_uint32_t)apr_time_sec(msa_env_ticks()) + AWAY_SECONDS + 1;
    apr_atomic_set32(msa_config_server(world->server)->away_until, until);
    write_log(world, MSA_LOG_ERROR, why);
    return APR_EGENERAL;
}

static apr_status_t enter_database(world_t *world)
{
    /* The watchdog is no worker: it takes nothing away from visitors. */
    if (!world->r)
        return APR_SUCCESS;
    return msa_slots_enter(msa_runtime.database_slots, &world->database_slot);
}

static void leave_database(world_t *world)
{
    if (world->r)
        msa_slots_leave(msa_runtime.database_slots, world->database_slot);
}

static apr_status_t open_connection(void *baton, apr_pool_t *pool, msa_db_connection_t *connection)
{
    world_t *world = baton;
    (void)pool;
    if (is_away(world))
        return APR_EGENERAL;
    if (!msa_runtime.dbd_open || !msa_config_server(world->server)->dbd_driver) {
        write_log(world, MSA_LOG_ERROR,
                  "database missing: this virtual host has no DBDriver and DBDParams of mod_dbd");
        return APR_EGENERAL;
    }
    if (enter_database(world) != APR_SUCCESS)
        return note_away(world, "database away: half of the workers wait for it");
    for (int i = 0; i < OPEN_TRIES_MAX; i++) {
        ap_dbd_t *lease = msa_runtime.dbd_open(world->pool, world->server);
        if (!lease)
            continue;
        connection->driver = lease->driver;
        connection->handle = lease->handle;
        connection->pool = lease->pool;
        connection->lease = lease;
        msa_descriptors_keep(lease);
        return APR_SUCCESS;
    }
    leave_database(world);
    return note_away(world, "database away: mod_dbd gives no connection");
}

static void close_connection(void *baton, msa_db_connection_t *connection)
{
    world_t *world = baton;
    msa_runtime.dbd_close(world->server, connection->lease);
    leave_database(world);
}

/* ---- contexts ---- */

static msa_context_t *make_context(apr_pool_t *pool, server_rec *server, request_rec *r)
{
    const msa_server_t *config = msa_config_server(server);
    world_t *world = apr_pcalloc(pool, sizeof(*world));
    msa_context_t *ctx = apr_pcalloc(pool, sizeof(*ctx));
    world->server = server;
    world->r = r;
    world->pool = pool;
    world->env = (msa_env_t){world,      now,          fill_random,    write_log,      enter_slot,
                             leave_slot, user_changed, ticket_changed, msa_runtime.key};
    world->source =
        (msa_db_source_t){world, open_connection, close_connection, config->is_unfit_told};
    ctx->pool = pool;
    ctx->env = &world->env;
    ctx->settings = &config->settings;
    ctx->directory = &msa_directory_settings_default;
    ctx->passwords = config->passwords;
    ctx->templates = config->templates;
    ctx->messages = config->messages;
    ctx->db = msa_db_make(pool, ctx->env, ctx->settings, &world->source);
    ctx->now = apr_time_now();
    ctx->audience = config->settings.public_url;
    ctx->address = "-";
    return ctx;
}

/* A proxy that ends TLS sends plain requests of visitors who asked the public URL. */
bool msa_world_is_secure(const request_rec *r)
{
    conn_rec *connection = r->connection->master ? r->connection->master : r->connection;
    return msa_config_server(r->server)->is_public_tls ||
           (msa_runtime.is_https && msa_runtime.is_https(connection));
}

msa_context_t *msa_world_request(request_rec *r)
{
    msa_context_t *ctx = make_context(r->pool, r->server, r);
    const char *agent = apr_table_get(r->headers_in, "User-Agent");
    ctx->directory = msa_config_directory(r);
    ctx->is_secure = msa_world_is_secure(r);
    ctx->address = r->useragent_ip;
    ctx->agent = agent ? apr_pstrndup(r->pool, agent, AGENT_BYTES) : NULL;
    return ctx;
}

msa_context_t *msa_world_server(apr_pool_t *pool, server_rec *server)
{
    return make_context(pool, server, NULL);
}
