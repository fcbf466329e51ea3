/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_SERVICE_DATABASE_H
#define MSA_SERVICE_DATABASE_H

/* A pool of connections to one database, and whether that is there. */

#include <stdbool.h>
#include <apr_pools.h>
#include <apr_time.h>
#include "../base/env.h"
#include "../store/db.h"

/*
 * A database: one distinct pair of DBDriver and DBDParams, with a small pool of connections of its
 * own on apr_dbd. Nobody waits for a database longer than their own deadline: connections are made
 * by a thread that does nothing else, one at a time for each database, so that a host that answers
 * nothing keeps no worker; a statement that takes too long is cut off by shutting its socket. Away
 * is a state of the database, never of a crowd: while it is away one connection is tried again
 * every second, and everybody else is refused at once. One log line says so when it begins, and one
 * when it ends.
 */
typedef struct msa_database_t msa_database_t;

/** What a database needs to know, the same for all of a process. The functions are called by any
 * thread, also by one that nobody else knows of. */
typedef struct msa_database_rules_t {
    int connections_max;               /* of one database */
    apr_interval_time_t connect_limit; /* a connection that takes longer: the database is away */
    /* A connection of a server that is used longer than that, from taking to giving whatever is
     * done with it, is cut off; SQLite has nothing to cut. */
    apr_interval_time_t statement_limit;
    apr_interval_time_t idle_limit; /* an unused connection is closed */
    /** The file of an SQLite database is another one: nothing that is known of it counts. */
    void (*replaced)(void *baton);
    void (*log)(void *baton, msa_log_level_t level, const char *line);
    void *baton;
} msa_database_rules_t;

/** Makes one; nothing is opened. `rules` outlives it. apr_dbd_init must have run, and other threads
 * must not. Lives until the process ends. */
msa_database_t *msa_database_make(apr_pool_t *pool, const char *driver, const char *params,
                                  const msa_database_rules_t *rules);

bool msa_database_is(const msa_database_t *database, const char *driver, const char *params);

/** Which database it is, without anything secret: the same text in every process. */
const char *msa_database_place(const msa_database_t *database);

/** A number for the file that connections are opened on, another one for another file of that name;
 * 0 = none was opened yet, or it is a server. */
apr_uint64_t msa_database_file(msa_database_t *database);

/** True while it is known to be away: asking it would be refused at once. */
bool msa_database_is_away(msa_database_t *database);

/**
 * Takes a live connection, until msa_database_give. Waits until `until` (of msa_env_ticks()) at the
 * most. APR_SUCCESS; APR_TIMEUP = all connections are in use; APR_EGENERAL = it is away (logged
 * when that began). A connection belongs to one thread until it is given back.
 */
apr_status_t msa_database_take(msa_database_t *database, apr_time_t until,
                               msa_db_connection_t *connection);

/** Gives it back. One that was cut off, or that belongs to a file that was replaced, is closed. */
void msa_database_give(msa_database_t *database, msa_db_connection_t *connection);

/**
 * About once a second, by one thread: cuts off what takes too long, closes what is idle, tries
 * again what is away, and looks whether the file of an SQLite database is still the same one. Does
 * not block. After it has cut something off, a new connection tells whether the database is away:
 * it is when none is made at once.
 */
void msa_database_attend(msa_database_t *database);

#endif
