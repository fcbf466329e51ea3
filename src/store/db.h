/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_STORE_DB_H
#define MSA_STORE_DB_H

/* The database as the rules see it: where connections come from, and transactions. */

#include <apr_dbd.h>
#include <apr_pools.h>
#include "../base/env.h"
#include "../base/settings.h"

/*
 * The contract of every operation on rows (users.h, roles.h, ...). All return apr_status_t:
 * APR_SUCCESS, APR_NOTFOUND (no such row, or a conditional change that did not apply), APR_EEXIST
 * (a unique key is taken), APR_EINVAL (a value is too long, not clean UTF-8, or refused by its
 * column), APR_EBUSY (another transaction was in the way; see msa_db_conflict), anything else =
 * broken and logged. Outputs are written on APR_SUCCESS only and live in `pool`. Times are UTC
 * microseconds, 0 = NULL, stored as whole seconds.
 *
 * Whatever changes a row knows whom that concerns: the user, or the ticket, about whom something
 * that is remembered elsewhere is no longer true. It reports this to the transaction, whose end
 * (msa_db_end) announces it to all caches; outside of a transaction it is one by itself. The
 * headers name those concerned after `Concerns:`; where that is missing, the change concerns
 * nobody. A statement that changed no row concerns nobody.
 */

/** A connection lent by a source. `pool` lives as long as the connection. */
typedef struct msa_db_connection_t {
    const apr_dbd_driver_t *driver;
    apr_dbd_t *handle;
    apr_pool_t *pool;
    void *lease; /* the source's own business */
} msa_db_connection_t;

/**
 * Where connections come from: the pool of the service, or one opened directly (tool, tests).
 * `open` returns a live connection or an error, the cause of which the service has logged; the
 * direct source logs nothing.
 */
typedef struct msa_db_source_t {
    void *baton;
    apr_status_t (*open)(void *baton, apr_pool_t *pool, msa_db_connection_t *connection);
    void (*close)(void *baton, msa_db_connection_t *connection);
    /* Of this process and database: the log has been told that the tables are unfit. NULL = say so
     * each time. */
    volatile apr_uint32_t *is_unfit_told;
} msa_db_source_t;

/**
 * The database of one unit of work (a request, a command). It takes a connection for each statement
 * or transaction and gives it back right after, so that no unit keeps one while it does something
 * else.
 */
typedef struct msa_db_t msa_db_t;

/** Makes the database of a unit of work; `pool`, `env`, `settings` and `source` must outlive it. */
msa_db_t *msa_db_make(apr_pool_t *pool, const msa_env_t *env, const msa_settings_t *settings,
                      const msa_db_source_t *source);

/**
 * Begins a transaction on a connection proved to be alive; everything until msa_db_end belongs to
 * it. APR_SUCCESS, or an error, which is logged; APR_EGENERAL inside another transaction.
 */
apr_status_t msa_db_begin(msa_db_t *db);

/**
 * Ends the transaction: commits only when `commit` and nothing in it failed, else rolls back.
 * APR_SUCCESS when the outcome is the one asked for, else an error; APR_EGENERAL when no
 * transaction is open. Always gives the connection back.
 *
 * A commit announces everyone whom the transaction concerned, each once: to other processes and
 * machines by rows of the changes table, written before it; to this process by env->user_changed
 * and env->ticket_changed, called after it. A transaction that was rolled back concerned nobody.
 */
apr_status_t msa_db_end(msa_db_t *db, bool commit);

/** How often a transaction that meets conflicts is run, at most. */
#define MSA_DB_RUNS_MAX 3

/**
 * The statement of the last transaction that another transaction was in the way of, and the
 * driver's message: for the log, where nothing has been said about it yet. NULL = there was none.
 * Such a transaction has been rolled back whole and may succeed when it is run again.
 */
const char *msa_db_conflict(const msa_db_t *db);

/**
 * A source that opens one connection of its own through apr_dbd (apr_dbd_init must have run) and
 * keeps it until `pool` goes, opening it again when it is dead: for the tool and for tests, with
 * one thread. APR_SUCCESS, or an error with `*error` from `pool`.
 */
apr_status_t msa_db_source_direct(apr_pool_t *pool, const char *driver, const char *params,
                                  msa_db_source_t **source, const char **error);

#endif
