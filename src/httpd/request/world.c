/* SPDX-License-Identifier: Apache-2.0 */
/* What a page that a child makes itself has to work with: settings and texts, but no database. */

#include "world.h"

#include <apr_strings.h>

#include "../configuration/config.h"
#include "../process/start.h"

static void write_log(void *baton, msa_log_level_t level, const char *line)
{
    request_rec *r = baton;
    ap_log_rerror(APLOG_MARK, level == MSA_LOG_ERROR ? APLOG_ERR : APLOG_INFO, 0, r, "%s", line);
}

/* A proxy that ends TLS forwards plain requests of visitors who asked for the public URL. */
bool msa_world_is_secure(const request_rec *r)
{
    conn_rec *connection = r->connection->master ? r->connection->master : r->connection;
    return msa_config_server(r->server)->is_public_tls ||
           (msa_runtime.is_https && msa_runtime.is_https(connection));
}

msa_context_t *msa_world_request(request_rec *r)
{
    const msa_server_t *config = msa_config_server(r->server);
    msa_env_t *env = apr_pcalloc(r->pool, sizeof(*env));
    msa_context_t *ctx = apr_pcalloc(r->pool, sizeof(*ctx));
    *env = (msa_env_t){.baton = r, .now = msa_env_now, .random = msa_env_random, .log = write_log};
    ctx->pool = r->pool;
    ctx->env = env;
    ctx->settings = &config->settings;
    ctx->directory = msa_config_directory(r);
    ctx->templates = config->templates;
    ctx->messages = config->messages;
    ctx->now = apr_time_now();
    ctx->audience = config->settings.public_url;
    ctx->address = r->useragent_ip;
    ctx->is_secure = msa_world_is_secure(r);
    return ctx;
}
