/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_STORE_DB_H
#define MSA_STORE_DB_H

/* The database as the rules see it: where connections come from, and the transaction. */

#include <apr_dbd.h>
#include <apr_pools.h>
#include "../base/env.h"
#include "../base/settings.h"

/*
 * What every operation on records keeps to (users.h, roles.h, ...). All return apr_status_t:
 * APR_SUCCESS, APR_NOTFOUND (no such row, or a conditional change that did not apply), APR_EEXIST
 * (unique key taken), APR_EINVAL (a value too long or not clean UTF-8), anything else = broken and
 * logged. Outputs are written on APR_SUCCESS only and live in `pool`. Times are UTC microseconds, 0
 * = NULL, stored as whole seconds.
 *
 * Whatever changes a row knows whom it concerns: of whom or of what ticket something is not true
 * any more that is remembered elsewhere. It says so to the transaction, whose end (msa_db_end)
 * tells all caches; outside of one it is a transaction by itself. Their headers tell whom after
 * `Concerns:`; where it is not said, nobody. What changed no row concerns nobody.
 */

/** A connection lent by a source. `pool` lives as long as the connection itself. */
typedef struct msa_db_connection_t {
    const apr_dbd_driver_t *driver;
    apr_dbd_t *handle;
    apr_pool_t *pool;
    void *lease; /* the source's own */
} msa_db_connection_t;

/**
 * Where connections come from: httpd's mod_dbd, or one opened directly (tool, tests). `open` tries
 * until it has a live connection or returns an error that it has logged.
 */
typedef struct msa_db_source_t {
    void *baton;
    apr_status_t (*open)(void *baton, apr_pool_t *pool, msa_db_connection_t *connection);
    void (*close)(void *baton, msa_db_connection_t *connection);
    /* Of this process and database: that its tables are unfit was told. NULL = tell it each time.
     */
    volatile apr_uint32_t *is_unfit_told;
} msa_db_source_t;

/**
 * The database of one unit of work (a request, a command). A connection is taken for each statement
 * or transaction and given back at its end, so nothing else ever waits for one.
 */
typedef struct msa_db_t msa_db_t;

/** Makes a unit of work's database; `pool`, `env`, `settings` and `source` outlive it. */
msa_db_t *msa_db_make(apr_pool_t *pool, const msa_env_t *env, const msa_settings_t *settings,
                      const msa_db_source_t *source);

/**
 * Starts a transaction, on a connection proved alive. Everything until msa_db_end belongs to it.
 * APR_SUCCESS or an error that is logged.
 */
apr_status_t msa_db_begin(msa_db_t *db);

/**
 * Ends the transaction: commits only when `commit` and nothing in it failed, else rolls back.
 * APR_SUCCESS when the outcome is what was asked for; the first error otherwise. Always gives the
 * connection back.
 *
 * A commit tells of all whom the transaction concerned, each once: by a row of the changes table,
 * written before it, for other processes and machines; after it by env->user_changed and
 * env->ticket_changed. What was rolled back concerned nobody.
 */
apr_status_t msa_db_end(msa_db_t *db, bool commit);

/** How often what met a conflict is run at most. */
#define MSA_DB_RUNS_MAX 3

/**
 * The statement of the last transaction that another one was in the way of, and the driver's words,
 * for the log, where nothing stands of it yet. NULL = there was none. Such a transaction is rolled
 * back whole and may succeed when it is run again.
 */
const char *msa_db_conflict(const msa_db_t *db);

/**
 * A source that opens one connection of its own through apr_dbd (apr_dbd_init must have run) and
 * keeps it until `pool` goes: for the tool and for tests. APR_SUCCESS, or an error with `*error`.
 */
apr_status_t msa_db_source_direct(apr_pool_t *pool, const char *driver, const char *params,
                                  msa_db_source_t **source, const char **error);

#endif
