/* SPDX-License-Identifier: Apache-2.0 */
/* What is known about a database (there, away, crowded, replaced) and what the log says about it,
 * once for each change. */

#include "presence.h"

#include <stdio.h>

#define CROWD_SILENCE apr_time_from_sec(60)

void msa_lease_push(msa_lease_t **list, msa_lease_t *lease)
{
    lease->next = *list;
    *list = lease;
}

msa_lease_t *msa_lease_pop(msa_lease_t **list)
{
    msa_lease_t *lease = *list;
    if (lease)
        *list = lease->next;
    return lease;
}

void msa_presence_close_idle(msa_database_t *database, apr_time_t until, msa_aftermath_t *aftermath)
{
    msa_lease_t **place = &database->idle;
    while (*place) {
        if ((*place)->since > until) {
            place = &(*place)->next;
            continue;
        }
        msa_lease_push(&aftermath->closed, msa_lease_pop(place));
        database->open--;
    }
}

static void tell_state(const msa_database_t *database, msa_log_level_t level, const char *state,
                       const char *why, msa_aftermath_t *aftermath)
{
    int i = aftermath->count;
    if (i == MSA_AFTERMATH_LINES)
        return;
    aftermath->levels[i] = level;
    snprintf(aftermath->lines[i], sizeof(aftermath->lines[i]), "database %s: %s: %s", state,
             database->target.name, why);
    aftermath->count++;
}

void msa_presence_lost(msa_database_t *database, const char *why, msa_aftermath_t *aftermath)
{
    if (database->is_away)
        return;
    database->is_away = true;
    database->is_doubtful = false;
    msa_presence_close_idle(database, msa_env_ticks(), aftermath);
    tell_state(database, MSA_LOG_ERROR, "away", why, aftermath);
    pthread_cond_broadcast(&database->change);
}

void msa_presence_found(msa_database_t *database, msa_aftermath_t *aftermath)
{
    if (database->is_away)
        tell_state(database, MSA_LOG_NOTICE, "back", "it answers again", aftermath);
    else if (database->is_doubtful)
        tell_state(
            database, MSA_LOG_WARNING, "slow",
            "a connection was in use for too long and was cut off; the database itself answers",
            aftermath);
    database->is_away = database->is_doubtful = false;
    database->retry_at = 0;
    /* Nobody waits any longer for what else is being tried. */
    database->attempt = NULL;
}

static bool is_one_at_work(const msa_database_t *database, const msa_lease_t *list)
{
    for (; list; list = list->next) {
        if (!list->is_cut && list->epoch == database->epoch && !msa_lease_is_ended(list))
            return true;
    }
    return false;
}

void msa_presence_refused(msa_database_t *database, const char *why, msa_aftermath_t *aftermath)
{
    apr_time_t now = msa_env_ticks();
    if (!database->is_away && !is_one_at_work(database, database->used) &&
        !is_one_at_work(database, database->idle)) {
        /* It may be back at once. */
        database->retry_at = now;
        msa_presence_lost(database, why, aftermath);
        return;
    }
    database->retry_at = now + MSA_PRESENCE_RETRY;
    if (database->is_away)
        return;
    database->is_doubtful = false;
    if (now < database->crowd_told_until)
        return;
    database->crowd_told_until = now + CROWD_SILENCE;
    tell_state(database, MSA_LOG_WARNING, "crowded", why, aftermath);
}

void msa_presence_look(msa_database_t *database, apr_time_t now, msa_aftermath_t *aftermath)
{
    const char *why = "connecting takes too long";
    if (!database->attempt || now < database->attempt_until)
        return;
    if (database->is_doubtful)
        why = "a connection was in use for too long and was cut off, and no new one can be made";
    msa_presence_lost(database, why, aftermath);
}

/* Connections to a file that is gone or was replaced are of no use. */
void msa_presence_file(msa_database_t *database, const msa_file_t *file, msa_aftermath_t *aftermath)
{
    if (!database->is_file_known || (file && msa_file_equal(file, &database->file)))
        return;
    /* As long as the database is away, what is known about it counts for a while. */
    if (!file && database->is_away)
        return;
    database->epoch++;
    if (!file) {
        msa_presence_lost(database, "the file is missing", aftermath);
        return;
    }
    aftermath->is_replaced = true;
    msa_presence_close_idle(database, msa_env_ticks(), aftermath);
    database->file = *file;
    tell_state(database, MSA_LOG_WARNING, "replaced", "the path now leads to another file",
               aftermath);
}
