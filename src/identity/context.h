/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_IDENTITY_CONTEXT_H
#define MSA_IDENTITY_CONTEXT_H

/* What every rule is given: database, settings, time, client, messages. */

#include <stdbool.h>
#include "../base/env.h"
#include "../base/messages.h"
#include "../base/outcome.h"
#include "../base/settings_directory.h"
#include "../base/template.h"
#include "../password/password.h"
#include "../store/db.h"

/*
 * The rules, here and in src/account: the only place where decisions about people are made. Every
 * function returns one msa_outcome_t; outputs are written on MSA_OK only and live in ctx->pool.
 * MSA_BROKEN means that a dependency failed and is logged already. Every decision is logged once
 * (audit.h).
 */

/** One unit of work: one request of a visitor or one command of the administrator. */
typedef struct msa_context_t {
    apr_pool_t *pool;
    const msa_env_t *env;
    const msa_settings_t *settings;
    const msa_directory_settings_t *directory;
    const msa_password_policy_t *passwords;
    const msa_templates_t *templates; /* for mails */
    const msa_messages_t *messages;
    msa_db_t *db;
    apr_time_t now;       /* read once */
    const char *audience; /* the site tickets are good for: settings->public_url */
    bool is_secure;       /* the visitor came over TLS */
    const char *address;  /* of the client, as httpd (mod_remoteip) knows it; "-" for the tool */
    const char *agent;    /* its User-Agent, cut to 255 bytes; NULL */
    const char *device;   /* the secret of its device cookie; NULL */
} msa_context_t;

/** The outcome of a store operation: MSA_OK, MSA_NOT_FOUND for APR_NOTFOUND, MSA_BROKEN for the
 * rest. */
msa_outcome_t msa_context_outcome(apr_status_t status);

/** `bytes` random bytes in hexadecimal, from ctx->pool; NULL when randomness failed (logged). */
const char *msa_context_random_hex(msa_context_t *ctx, apr_size_t bytes);

/** The address of the client as it is counted: all of an IPv6 /64 are one. */
const char *msa_context_network(msa_context_t *ctx);

#endif
