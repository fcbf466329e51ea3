/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_SERVICE_PRESENCE_H
#define MSA_SERVICE_PRESENCE_H

/* Between database.c and presence.c only: what is known of a database, and what follows from it.
 * Everything here is called under its lock. */

#include <pthread.h>
#include "database.h"
#include "lease.h"

struct msa_database_t {
    const char *params; /* as they were given */
    msa_target_t target;
    const msa_database_rules_t *rules;
    pthread_mutex_t lock;
    pthread_cond_t change;

    msa_lease_t *idle; /* the last one given back is the first */
    msa_lease_t *used;
    int open; /* both of them */

    const msa_lease_t *attempt; /* that is waited for; NULL = none */
    apr_time_t attempt_since, attempt_until;
    int attempts; /* with those that nobody waits for any more */
    apr_time_t retry_at;
    apr_time_t crowd_told_until;

    bool is_away;
    bool is_doubtful; /* a statement was cut off: the attempt will tell whose fault it was */
    bool is_file_known;
    msa_file_t file;
    unsigned epoch; /* of the file */
};

#define MSA_PRESENCE_RETRY  apr_time_from_sec(1) /* after a connection was refused */
#define MSA_AFTERMATH_LINES 2

/** What follows from a change, to be done when the lock is given back: all of it may take time. */
typedef struct msa_aftermath_t {
    int count;
    msa_log_level_t levels[MSA_AFTERMATH_LINES];
    char lines[MSA_AFTERMATH_LINES][768];
    bool is_replaced;
    msa_lease_t *closed;
} msa_aftermath_t;

void msa_lease_push(msa_lease_t **list, msa_lease_t *lease);
/** The first of a list; NULL = it is empty. */
msa_lease_t *msa_lease_pop(msa_lease_t **list);

/** Has the idle ones closed that were last used until then. */
void msa_presence_close_idle(msa_database_t *database, apr_time_t until,
                             msa_aftermath_t *aftermath);

/** It is away, unless that is known: `why` in a form for the log. */
void msa_presence_lost(msa_database_t *database, const char *why, msa_aftermath_t *aftermath);

/** A connection was made. */
void msa_presence_found(msa_database_t *database, msa_aftermath_t *aftermath);

/** A connection was refused: away, unless others do their work and there are only too many. */
void msa_presence_refused(msa_database_t *database, const char *why, msa_aftermath_t *aftermath);

/** Away when the attempt to connect takes too long: whoever looks first finds that out. */
void msa_presence_look(msa_database_t *database, apr_time_t now, msa_aftermath_t *aftermath);

/** The file as it is now; NULL = there is none. Nothing while none was ever opened. */
void msa_presence_file(msa_database_t *database, const msa_file_t *file,
                       msa_aftermath_t *aftermath);

#endif
