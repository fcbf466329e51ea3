/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_TEST_MUTATORS_H
#define MSA_TEST_MUTATORS_H

/* Every function of the store that writes, and whom its change concerns. */

#include "store_fixture.h"
#include "../../src/store/outbox.h"
#include "../../src/store/roles.h"

/** What there is to change. */
typedef struct scene_t {
    store_t *store;
    msa_db_t *db;
    apr_pool_t *pool;
    msa_user_t user;
    msa_role_t role, spare; /* the user does not have `spare` */
    msa_ticket_t session, personal, link, other_link;
    msa_mail_t mail;
    apr_time_t later;
} scene_t;

/** Empties the tables and fills them anew; nothing has been noted or told. */
scene_t scene_set(store_t *store);
/** The same without any of the rows. */
scene_t scene_unset(store_t *store);
/** Forgets what has been noted and told. */
void scene_forget(store_t *store);

typedef enum { NOBODY, EVERYBODY, THE_USER, THE_SESSION, THE_TOKEN } who_t;

/** One way to call a function that writes. */
typedef struct mutator_t {
    const char *name;
    apr_status_t (*change)(scene_t *scene);
    who_t who;
    apr_status_t status; /* its result when all rows exist */
} mutator_t;

/** All of them; the last one has no name. */
extern const mutator_t MUTATORS[];
/** All other functions of the store's headers that return a status, NULL-terminated: they read, or
 * make the tables. */
extern const char *const READERS[];

#endif
