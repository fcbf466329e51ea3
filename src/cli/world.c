/* SPDX-License-Identifier: Apache-2.0 */
/* What the tool gives the rules to work with: its database connection, and its log on standard
 * error. */

#include "cli.h"

#include "../base/digest.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <apr_strings.h>

/* The tool itself reports decisions; only trouble deserves a line more. */
static void write_log(void *baton, msa_log_level_t level, const char *line)
{
    (void)baton;
    if (level <= MSA_LOG_WARNING)
        fprintf(stderr, "security-auth: %s\n", line);
}

static apr_status_t enter_slot(void *baton, bool is_newcomer)
{
    (void)baton;
    (void)is_newcomer;
    return APR_SUCCESS;
}

static void leave_slot(void *baton)
{
    (void)baton;
}

/* Running servers read it in the table of changes. */
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

/* The tool tries no passwords, so nothing is ever hidden under this key. */
static const unsigned char KEY[MSA_DIGEST_SIZE];

static const msa_env_t ENV = {.now = msa_env_now,
                              .random = msa_env_random,
                              .log = write_log,
                              .hash_enter = enter_slot,
                              .hash_leave = leave_slot,
                              .user_changed = user_changed,
                              .ticket_changed = ticket_changed,
                              .key = KEY};

/* SQLite makes a file that it does not find, and a mistyped name would look like an empty
 * database. */
static bool is_missing_file(const msa_options_t *options)
{
    return strcmp(options->driver, "sqlite3") == 0 && access(options->params, F_OK) != 0;
}

static int open_source(msa_cli_t *cli, bool may_be_made, msa_db_source_t **source)
{
    const msa_options_t *options = &cli->options;
    const char *error = NULL;
    apr_status_t status;
    mode_t mask;
    if (!may_be_made && is_missing_file(options)) {
        msa_cli_refuse(cli, "there is no database %s; schema create creates it", options->params);
        return EXIT_AWAY;
    }
    /* A new SQLite file contains password hashes: nobody else may read it. */
    mask = umask(S_IRWXG | S_IRWXO);
    status = msa_db_source_direct(cli->pool, options->driver, options->params, source, &error);
    umask(mask);
    if (status != APR_SUCCESS) {
        msa_cli_refuse(cli, "the database cannot be reached: %s", error);
        return EXIT_AWAY;
    }
    return EXIT_DONE;
}

int msa_cli_open(msa_cli_t *cli, bool may_be_made)
{
    msa_context_t *ctx = apr_pcalloc(cli->pool, sizeof(*ctx));
    msa_db_source_t *source = NULL;
    const char *error = NULL;
    int status = open_source(cli, may_be_made, &source);
    if (status != EXIT_DONE)
        return status;
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
