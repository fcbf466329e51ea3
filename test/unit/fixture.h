/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_TEST_FIXTURE_H
#define MSA_TEST_FIXTURE_H

#include "../../src/identity/context.h"
#include "../../src/store/outbox.h"
#include "../../src/store/users.h"

/** The site every test context speaks for. */
#define FIXTURE_SITE "https://www.example.org"

/** A password that the policy accepts. */
#define FIXTURE_PASSWORD "correct horse battery"

/**
 * The library without a server: SQLite in a file of its own, the shipped templates, and an outside
 * world that the test moves. Change settings and directory freely before or between calls.
 */
typedef struct fixture_t {
    apr_pool_t *pool;
    const char *path; /* of the database */
    msa_settings_t settings;
    msa_directory_settings_t directory;
    msa_env_t env;
    const msa_db_source_t *source;
    const msa_password_policy_t *passwords;
    const msa_templates_t *templates;
    const msa_messages_t *messages;
    msa_context_t *ctx; /* a first unit of work; fixture_context makes more */

    apr_time_t now;               /* the clock: moves only when told */
    int randoms;                  /* how often randomness was asked for */
    int failing_random;           /* the n-th from 1 fails; 0 = none */
    int hashes;                   /* how often a hash slot was taken */
    int newcomers;                /* how often of those for newcomers */
    int guesses;                  /* how often a wrong password was made up */
    bool is_busy;                 /* no hash slot is to be had */
    void (*on_hash)(void *baton); /* called once, while the next hash slot is taken; NULL */
    void *on_hash_baton;
    int connections_left; /* until `on_connection`; 0 = never */
    void (*on_connection)(void *baton);
    void *on_connection_baton;
    apr_array_header_t *log;           /* of const char *: `LEVEL line` */
    apr_array_header_t *changed_users; /* of apr_int64_t, as told to the cache */
    int changed_tickets;
    int claims; /* made to look at mails */
} fixture_t;

/** Opens a fixture; fails the test when it cannot. */
fixture_t *fixture_open(void);
void fixture_close(fixture_t *fixture);
/** As cmocka's setup and teardown: `*state` is the fixture. */
int fixture_setup(void **state);
int fixture_teardown(void **state);

/** A further unit of work at the clock's time, on `source` (NULL = the fixture's), from `pool`. */
msa_context_t *fixture_context(fixture_t *fixture, apr_pool_t *pool, const msa_db_source_t *source);
/** A connection of its own to the same database, for another thread. */
const msa_db_source_t *fixture_source(fixture_t *fixture, apr_pool_t *pool);
/**
 * Calls `run(baton)` just before the fixture's own source lends its n-th connection from now (1 =
 * the next): in between two steps of a rule, as another process may come.
 */
void fixture_interrupt(fixture_t *fixture, int n, void (*run)(void *baton), void *baton);
/** Moves the clock; ctx sees it too. */
void fixture_advance(fixture_t *fixture, apr_interval_time_t by);

/** Creates an active, confirmed user with FIXTURE_PASSWORD; username may be NULL. */
msa_user_t *fixture_user(fixture_t *fixture, const char *email, const char *username);
/** The row as it is now; NULL when there is none. */
msa_user_t *fixture_reload(fixture_t *fixture, apr_int64_t id);
/** How many tickets a user has; purpose NULL = all that open something: no browsers, no places. */
int fixture_tickets(fixture_t *fixture, apr_int64_t user_id, const char *purpose);

/** Signs in by email address or username; returns the outcome. */
msa_outcome_t fixture_try(fixture_t *fixture, const char *name, const char *password);
/** Fails to, with another wrong password each time; fails the test when it is not told so. */
void fixture_guess(fixture_t *fixture, const char *name, int times);

/** Waiting mails to a recipient (NULL = all) of a kind (NULL = any). */
int fixture_mails(fixture_t *fixture, const char *recipient, const char *kind);
/** The newest waiting mail of a kind to a recipient, with its bodies; fails the test without one.
 */
const msa_mail_t *fixture_mail(fixture_t *fixture, const char *recipient, const char *kind);
/** The secret behind SITE`path`/ in the text of a mail; fails the test without one. */
const char *fixture_link(fixture_t *fixture, const msa_mail_t *mail, const char *path);

/** True when a line of the log contains `text`. */
bool fixture_logged(const fixture_t *fixture, const char *text);

#endif
