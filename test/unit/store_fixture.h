/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_TEST_STORE_FIXTURE_H
#define MSA_TEST_STORE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <apr_strings.h>

#include "../../src/store/tickets.h"

/** What every test of the store begins with: empty tables, as `msa_schema_create` makes them. */
typedef struct store_t {
    apr_pool_t *pool;
    const char *driver; /* "sqlite3" or "mysql" */
    const char *params;
    const char *path; /* of the SQLite file; NULL = MySQL */
    msa_env_t env;
    msa_settings_t settings;
    apr_time_t now;                /* whole seconds */
    const msa_db_source_t *source; /* the source of `db` */
    msa_db_t *db;
    apr_array_header_t *log;  /* of const char * */
    apr_array_header_t *told; /* of msa_change_t: what the environment was told; `id` is 0 */

    /* of `source`: one connection, checked before it is lent */
    const apr_dbd_driver_t *dbd;
    apr_pool_t *lent_pool;
    apr_dbd_t *lent;
    int lends;      /* connections lent and not given back */
    int blind;      /* how many more are lent without a check */
    int opens_left; /* until `on_open`; 0 = never */
    void (*on_open)(struct store_t *store);

    int inserted;     /* how many rows a test has inserted by hand */
    apr_dbd_t *other; /* a second connection to the same tables */
} store_t;

/**
 * Runs the tests on SQLite, and again on MySQL if MSA_TEST_MYSQL_PARAMS (in the form of DBDParams)
 * names an empty database. Returns cmocka's result.
 */
int store_run(const char *group, const struct CMUnitTest *tests, size_t count);

bool store_is_mysql(const store_t *store);
/** Opens the source anew with more parameters (",reconnect=1"). */
void store_reopen(store_t *store, const char *further);
/** Executes a statement on `other`; fails the test when the database refuses it. */
void store_do(store_t *store, const char *text);
/** The first column of the first row of a query on `other`; NULL = there is none. */
const char *store_ask(store_t *store, const char *text);
/** True when a line of the log contains `text`. */
bool store_logged(const store_t *store, const char *text);
/** Ends a connection of the source on the server, by its id, and waits until it is gone (MySQL). */
void store_kill(store_t *store, const char *id);
/** The server's id of the source's connection (MySQL). */
const char *store_connection_id(store_t *store);

/** Creates an active user. */
msa_user_t *store_user(store_t *store, const char *email, const char *username);
/** A ticket of a user, not yet inserted; every byte of its digest is `mark`. */
msa_ticket_t *store_ticket(store_t *store, apr_int64_t user_id, const char *purpose, int mark);

#endif
