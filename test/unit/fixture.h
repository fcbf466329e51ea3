/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_TEST_FIXTURE_H
#define MSA_TEST_FIXTURE_H

#include "../../src/identity/context.h"
#include "../../src/store/outbox.h"
#include "../../src/store/users.h"

/** The site of every test context. */
#define FIXTURE_SITE "https://www.example.org"

/** A password that the policy accepts. */
#define FIXTURE_PASSWORD "correct horse battery"

/**
 * The library without a server: an SQLite file of its own, the shipped templates, and an outside
 * world that the test controls. Settings and directory may be changed at any time between calls.
 */
typedef struct fixture_t {
    apr_pool_t *pool;
    const char *path; /* the database */
    msa_settings_t settings;
    msa_directory_settings_t directory;
    msa_env_t env;
    const msa_db_source_t *source;
    const msa_password_policy_t *passwords;
    const msa_templates_t *templates;
    const msa_messages_t *messages;
    msa_context_t *ctx; /* the first unit of work; fixture_context makes more */

    apr_time_t now;               /* the clock; moves only when told to */
    int randoms;                  /* how often random bytes were requested */
    int failing_random;           /* which request fails, from 1; 0 = none */
    int hashes;                   /* how often a hash slot was taken */
    int newcomers;                /* how often one for newcomers */
    int guesses;                  /* how many wrong passwords fixture_guess has made up */
    bool is_busy;                 /* no hash slot is free */
    void (*on_hash)(void *baton); /* called once, with the next hash slot; NULL */
    void *on_hash_baton;
    int connections_left; /* until `on_connection`; 0 = never */
    void (*on_connection)(void *baton);
    void *on_connection_baton;
    apr_array_header_t *log;           /* of const char *: `LEVEL line` */
    apr_array_header_t *changed_users; /* of apr_int64_t, as reported to the environment */
    int changed_tickets;
    int claims; /* made to look at mails */
} fixture_t;

/** Opens a fixture; fails the test when that is not possible. */
fixture_t *fixture_open(void);
void fixture_close(fixture_t *fixture);
/** cmocka's setup and teardown: `*state` is the fixture. */
int fixture_setup(void **state);
int fixture_teardown(void **state);

/** Another unit of work at the clock's time, in `pool`, on `source` (NULL = the fixture's). */
msa_context_t *fixture_context(fixture_t *fixture, apr_pool_t *pool, const msa_db_source_t *source);
/** A separate connection to the same database, for another thread; in `pool`. */
const msa_db_source_t *fixture_source(fixture_t *fixture, apr_pool_t *pool);
/**
 * Calls `run(baton)` just before the fixture's own source lends its n-th connection from now (1 =
 * the next): between two steps of a rule, as another process might act.
 */
void fixture_interrupt(fixture_t *fixture, int n, void (*run)(void *baton), void *baton);
/** Moves the clock of the fixture and of ctx. */
void fixture_advance(fixture_t *fixture, apr_interval_time_t by);

/** Creates an active, confirmed user with FIXTURE_PASSWORD; `username` may be NULL. */
msa_user_t *fixture_user(fixture_t *fixture, const char *email, const char *username);
/** The user's row as it is now; NULL = there is none. */
msa_user_t *fixture_reload(fixture_t *fixture, apr_int64_t id);
/** How many tickets a user has. `purpose` NULL = all that open something, which excludes known
 * browsers and places. */
int fixture_tickets(fixture_t *fixture, apr_int64_t user_id, const char *purpose);

/** Signs in with an email address or a username; returns the outcome. */
msa_outcome_t fixture_try(fixture_t *fixture, const char *name, const char *password);
/** Tries to sign in `times` times, with another wrong password each time; fails the test when an
 * attempt has another outcome, such as throttling. */
void fixture_guess(fixture_t *fixture, const char *name, int times);

/** Counts waiting mails to a recipient (NULL = anyone) of a kind (NULL = any). */
int fixture_mails(fixture_t *fixture, const char *recipient, const char *kind);
/** The newest waiting mail of a kind to a recipient, with its bodies; fails the test when there is
 * none. */
const msa_mail_t *fixture_mail(fixture_t *fixture, const char *recipient, const char *kind);
/** The secret after SITE`path`/ in the text of a mail; fails the test when there is none. */
const char *fixture_link(fixture_t *fixture, const msa_mail_t *mail, const char *path);

/** True when a line of the log contains `text`. */
bool fixture_logged(const fixture_t *fixture, const char *text);

#endif
