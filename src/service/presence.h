/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_SERVICE_PRESENCE_H
#define MSA_SERVICE_PRESENCE_H

/* Shared by database.c and presence.c only: what is known about a database, and what follows from
 * it. Call everything here under its lock. */

#include <pthread.h>
#include "database.h"
#include "lease.h"

struct msa_database_t {
    const char *params; /* as given */
    msa_target_t target;
    const msa_database_rules_t *rules;
    pthread_mutex_t lock;
    pthread_cond_t change;

    msa_lease_t *idle; /* the last one given back comes first */
    msa_lease_t *used;
    int open; /* idle and used ones */

    const msa_lease_t *attempt; /* the one that counts; NULL = none */
    apr_time_t attempt_since, attempt_until;
    int attempts; /* all of them, also those that nobody waits for any more */
    apr_time_t retry_at;
    apr_time_t crowd_told_until;

    bool is_away;
    bool is_doubtful; /* a statement was cut off: the attempt shows whether the database fails */
    bool is_file_known;
    msa_file_t file;
    unsigned epoch; /* counts the replacements of the file */
};

#define MSA_PRESENCE_RETRY  apr_time_from_sec(1) /* after a refused connection */
#define MSA_AFTERMATH_LINES 2

/** What follows from a change, to be done after the lock is released, since it takes time. */
typedef struct msa_aftermath_t {
    int count;
    msa_log_level_t levels[MSA_AFTERMATH_LINES];
    char lines[MSA_AFTERMATH_LINES][768];
    bool is_replaced;
    msa_lease_t *closed;
} msa_aftermath_t;

void msa_lease_push(msa_lease_t **list, msa_lease_t *lease);
/** Removes and returns the first of a list; NULL = it is empty. */
msa_lease_t *msa_lease_pop(msa_lease_t **list);

/** Closes idle connections that were last used at `until` or before. */
void msa_presence_close_idle(msa_database_t *database, apr_time_t until,
                             msa_aftermath_t *aftermath);

/** Notes that the database is away, if that is not known yet; `why` is for the log. */
void msa_presence_lost(msa_database_t *database, const char *why, msa_aftermath_t *aftermath);

/** Notes that a connection was made. */
void msa_presence_found(msa_database_t *database, msa_aftermath_t *aftermath);

/** Notes that a connection was refused: the database is away, unless other connections work and
 * there are only too many of them. */
void msa_presence_refused(msa_database_t *database, const char *why, msa_aftermath_t *aftermath);

/** Notes that the database is away if the attempt to connect takes too long at `now`. */
void msa_presence_look(msa_database_t *database, apr_time_t now, msa_aftermath_t *aftermath);

/** Notes which file the path leads to; NULL = none. Does nothing before the first one was
 * opened. */
void msa_presence_file(msa_database_t *database, const msa_file_t *file,
                       msa_aftermath_t *aftermath);

#endif
