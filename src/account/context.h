/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_ACCOUNT_CONTEXT_H
#define MSA_ACCOUNT_CONTEXT_H

#include <stdbool.h>
#include "../base/env.h"
#include "../base/messages.h"
#include "../base/outcome.h"
#include "../base/settings.h"
#include "../base/template.h"
#include "../password/password.h"
#include "../store/store.h"

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

/* ---- units of work (unit.c) ---- */

/**
 * A transaction that is run again, whole, when a conflict with another one ended it:
 *
 *     msa_unit_t unit = msa_unit_make(ctx);
 *     while (msa_unit_begin(&unit)) {
 *         outcome = ...;
 *         msa_unit_end(&unit, outcome);
 *     }
 *     return unit.outcome;
 *
 * So each run does the same: what it changes outside of the database, it sets anew from the start;
 * what was read before and decides is read again, or asked for by the statement that writes.
 */
typedef struct msa_unit_t {
    msa_context_t *ctx;
    msa_outcome_t outcome; /* of the last run */
    int runs;
    bool is_done;
} msa_unit_t;

msa_unit_t msa_unit_make(msa_context_t *ctx);

/**
 * Begins a run: true for the first, and after a run that met a conflict. False when there is
 * nothing more to do, or the transaction cannot be begun; the outcome is MSA_BROKEN then.
 */
bool msa_unit_begin(msa_unit_t *unit);

/**
 * Ends a run: commits when `outcome` is MSA_OK, else rolls back. unit->outcome becomes `outcome`,
 * or MSA_BROKEN when the commit failed. True when it has committed; the caches here and elsewhere
 * are told of whom it concerned then (msa_db_end).
 */
bool msa_unit_end(msa_unit_t *unit, msa_outcome_t outcome);

#endif
