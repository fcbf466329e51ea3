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
 * The rules, here and in src/account, are the only place where decisions about people are made.
 * Every function returns one msa_outcome_t; outputs are written on MSA_OK only and live in
 * ctx->pool. MSA_BROKEN, which any of them may return, means that a dependency failed and that this
 * is already logged. Every decision is logged once (audit.h).
 */

/** One unit of work: one request from a visitor or one command from an administrator. */
typedef struct msa_context_t {
    apr_pool_t *pool;
    const msa_env_t *env;
    const msa_settings_t *settings;
    const msa_directory_settings_t *directory;
    const msa_password_policy_t *passwords;
    const msa_templates_t *templates; /* for mail */
    const msa_messages_t *messages;
    msa_db_t *db;
    apr_time_t now;       /* read once */
    const char *audience; /* the site that tickets are good for: settings->public_url */
    bool is_secure;       /* the visitor came over TLS */
    const char *address;  /* of the client, as httpd (mod_remoteip) sees it; "-" for the tool */
    const char *agent;    /* the client's User-Agent, cut to 255 bytes; NULL = none */
    const char *device;   /* the secret of the client's device cookie; NULL = none */
} msa_context_t;

/** The outcome of a store operation: MSA_OK for APR_SUCCESS, MSA_NOT_FOUND for APR_NOTFOUND,
 * MSA_BROKEN for everything else. */
msa_outcome_t msa_context_outcome(apr_status_t status);

/** `bytes` random bytes in hexadecimal, from ctx->pool; NULL when no random numbers are available
 * (logged). */
const char *msa_context_random_hex(msa_context_t *ctx, apr_size_t bytes);

/** The client's address as the throttle counts it: an IPv6 address without its last 64 bits, an
 * IPv4 address as such, also when it is written as an IPv6 one. From ctx->pool. */
const char *msa_context_network(msa_context_t *ctx);

#endif
