/* SPDX-License-Identifier: Apache-2.0 */
/* What the service gives the rules to work with: a connection, hash slots, the record table to note
 * changes in, and a log that goes back with the answer. */

#include "world.h"

#include "../base/digest.h"

#include <apr_strings.h>

#include "log.h"
#include "turns.h"

#define WATCH_WAIT apr_time_from_sec(3)

static void write_log(void *baton, msa_log_level_t level, const char *line)
{
    msa_world_t *world = baton;
    msa_line_t *kept;
    if (!world->lines) {
        msa_log_write(world->host, level, line);
        return;
    }
    kept = apr_array_push(world->lines);
    kept->level = level;
    kept->text = apr_pstrdup(world->pool, line);
}

static apr_time_t deadline_of(const msa_world_t *world)
{
    return world->until ? world->until : msa_env_ticks() + WATCH_WAIT;
}

/* What follows a hash takes time too. */
static apr_time_t hash_deadline_of(const msa_world_t *world)
{
    return world->until ? world->began + (world->until - world->began) * 3 / 4 : deadline_of(world);
}

static apr_status_t enter_slot(void *baton, bool is_newcomer)
{
    msa_world_t *world = baton;
    world->is_newcomer = is_newcomer;
    return msa_turn_wait(is_newcomer, hash_deadline_of(world));
}

static void leave_slot(void *baton)
{
    const msa_world_t *world = baton;
    msa_turn_end(world->is_newcomer);
}

void msa_world_user_changed(apr_int64_t user_id)
{
    if (user_id)
        msa_table_changed(msa_service.table, msa_table_user_slot(user_id));
    else
        msa_table_changed_all(msa_service.table);
}

void msa_world_ticket_changed(const unsigned char digest[MSA_DIGEST_SIZE])
{
    msa_table_changed(msa_service.table, msa_table_ticket_slot(digest));
}

static void user_changed(void *baton, apr_int64_t user_id)
{
    (void)baton;
    msa_world_user_changed(user_id);
}

static void ticket_changed(void *baton, const unsigned char digest[MSA_DIGEST_SIZE])
{
    (void)baton;
    msa_world_ticket_changed(digest);
}

/* ---- the database ---- */

static apr_status_t open_connection(void *baton, apr_pool_t *pool, msa_db_connection_t *connection)
{
    msa_world_t *world = baton;
    apr_status_t status;
    (void)pool;
    if (!world->host->database) {
        write_log(world, MSA_LOG_ERROR,
                  "database missing: set DBDriver and DBDParams for this virtual host");
        return APR_EGENERAL;
    }
    status = msa_database_take(world->host->database, deadline_of(world), connection);
    if (APR_STATUS_IS_TIMEUP(status))
        write_log(world, MSA_LOG_WARNING, "database busy: no connection became free in time");
    return status;
}

static void close_connection(void *baton, msa_db_connection_t *connection)
{
    const msa_world_t *world = baton;
    msa_database_give(world->host->database, connection);
}

/* ---- contexts ---- */

msa_context_t *msa_world_make(apr_pool_t *pool, msa_host_t *host, apr_time_t until,
                              msa_world_t **made)
{
    msa_world_t *world = apr_pcalloc(pool, sizeof(*world));
    msa_context_t *ctx = apr_pcalloc(pool, sizeof(*ctx));
    world->pool = pool;
    world->host = host;
    world->began = msa_env_ticks();
    world->until = until;
    world->env = (msa_env_t){.baton = world,
                             .now = msa_env_now,
                             .random = msa_env_random,
                             .log = write_log,
                             .hash_enter = enter_slot,
                             .hash_leave = leave_slot,
                             .user_changed = user_changed,
                             .ticket_changed = ticket_changed,
                             .key = msa_service.key};
    world->source =
        (msa_db_source_t){world, open_connection, close_connection, &host->is_unfit_told};
    world->directory = msa_directory_settings_default;
    ctx->pool = pool;
    ctx->env = &world->env;
    ctx->settings = &host->settings;
    ctx->directory = &world->directory;
    ctx->passwords = host->passwords;
    ctx->templates = host->templates;
    ctx->messages = host->messages;
    ctx->db = msa_db_make(pool, ctx->env, ctx->settings, &world->source);
    ctx->now = apr_time_now();
    ctx->audience = host->settings.public_url;
    ctx->address = "-";
    if (made)
        *made = world;
    return ctx;
}
