/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_SERVICE_DATABASE_H
#define MSA_SERVICE_DATABASE_H

/* A pool of connections to one database, and whether the database is there. */

#include <stdbool.h>
#include <apr_pools.h>
#include <apr_time.h>
#include "../base/env.h"
#include "../store/db.h"

/*
 * A database is one distinct pair of DBDriver and DBDParams, with a small pool of apr_dbd
 * connections. Nobody waits for it beyond their own deadline: separate threads make connections,
 * one at a time for each database, so a host that never answers ties up no worker; a statement that
 * takes too long is cut off by shutting down its socket. Being away is a state of the database, not
 * of those who ask: while it is away, one connection is tried every second and everybody else is
 * refused at once. One log line says when that begins, and one when it ends.
 */
typedef struct msa_database_t msa_database_t;

/** What all databases of a process have in common. Any thread may call the functions, including
 * threads of the databases' own. */
typedef struct msa_database_rules_t {
    int connections_max;               /* of one database */
    apr_interval_time_t connect_limit; /* if connecting takes longer, the database is away */
    /* A connection to a server that is not given back within this time after it was taken is cut
     * off, whatever it is used for; with SQLite there is nothing to cut. */
    apr_interval_time_t statement_limit;
    apr_interval_time_t idle_limit; /* then an unused connection is closed */
    /** The path of an SQLite database now leads to another file: forget what is known about it. */
    void (*replaced)(void *baton);
    void (*log)(void *baton, msa_log_level_t level, const char *line);
    void *baton;
} msa_database_rules_t;

/** Makes a database without opening a connection. Call it after apr_dbd_init, while there is only
 * one thread. `rules` must outlive it; it lives until the process ends. */
msa_database_t *msa_database_make(apr_pool_t *pool, const char *driver, const char *params,
                                  const msa_database_rules_t *rules);

/** True when the database was made with this `driver` and `params`. */
bool msa_database_is(const msa_database_t *database, const char *driver, const char *params);

/** What identifies the database, without anything secret: the same text in every process. */
const char *msa_database_place(const msa_database_t *database);

/** A number for the SQLite file that connections were opened on: another file under the same name
 * has another number. 0 = none has been opened yet, or the database is a server. */
apr_uint64_t msa_database_file(msa_database_t *database);

/** True while the database is known to be away: msa_database_take would refuse at once. */
bool msa_database_is_away(msa_database_t *database);

/**
 * Takes a live connection, which belongs to the calling thread until msa_database_give. Waits until
 * `until` (of msa_env_ticks()) at most. APR_SUCCESS; APR_TIMEUP = no connection became free in
 * time; APR_EGENERAL = the database is away (logged when that began).
 */
apr_status_t msa_database_take(msa_database_t *database, apr_time_t until,
                               msa_db_connection_t *connection);

/** Gives a connection back. It is closed if it was cut off, if its file was replaced, or while the
 * database is away. */
void msa_database_give(msa_database_t *database, msa_db_connection_t *connection);

/**
 * Call it several times a second, from one thread. Cuts off what takes too long, closes idle
 * connections, tries again when the database is away, and checks that the file of an SQLite
 * database is still the same. Does not block. After something was cut off, a new connection shows
 * whether the database is away: it is, unless one can be made at once.
 */
void msa_database_attend(msa_database_t *database);

#endif
