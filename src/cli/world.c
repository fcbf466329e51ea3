/* SPDX-License-Identifier: Apache-2.0 */
#include "cli.h"

#include <stdio.h>
#include <sys/stat.h>

#include <openssl/rand.h>

#include <apr_strings.h>

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

/* Decisions are what the tool says by itself; only trouble is worth a line more. */
static void write_log(void *baton, msa_log_level_t level, const char *line)
{
    (void)baton;
    if (level <= MSA_LOG_WARNING)
        fprintf(stderr, "security-auth: %s\n", line);
}

static apr_status_t enter_slot(void *baton)
{
    (void)baton;
    return APR_SUCCESS;
}

static void leave_slot(void *baton)
{
    (void)baton;
}

/* Running servers read of it in the changes table. */
static void user_changed(void *baton, apr_int64_t user_id)
{
    (void)baton;
    (void)user_id;
}

static void ticket_changed(void *baton, const unsigned char digest[32])
{
    (void)baton;
    (void)digest;
}

static const msa_env_t ENV = {NULL,       now,        fill_random,  write_log,
                              enter_slot, leave_slot, user_changed, ticket_changed};

int msa_cli_open(msa_cli_t *cli)
{
    msa_context_t *ctx = apr_pcalloc(cli->pool, sizeof(*ctx));
    msa_db_source_t *source = NULL;
    const char *error = NULL;
    /* A new SQLite file holds password hashes: nobody else reads it. */
    mode_t mask = umask(S_IRWXG | S_IRWXO);
    apr_status_t status =
        msa_db_source_direct(cli->pool, cli->options.driver, cli->options.params, &source, &error);
    umask(mask);
    if (status != APR_SUCCESS) {
        msa_cli_refuse(cli, "the database cannot be reached: %s", error);
        return EXIT_AWAY;
    }
    ctx->pool = cli->pool;
    ctx->env = &ENV;
    ctx->settings = &cli->settings;
    ctx->directory = &msa_directory_settings_default;
    if (msa_password_policy_make(cli->pool, &cli->settings, &ctx->passwords, &error) != APR_SUCCESS)
        return msa_cli_refuse(cli, "%s", error);
    ctx->db = msa_db_make(cli->pool, ctx->env, ctx->settings, source);
    ctx->now = apr_time_now();
    ctx->audience = cli->settings.public_url;
    ctx->address = "-";
    cli->ctx = ctx;
    return EXIT_DONE;
}
