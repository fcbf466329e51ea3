/* SPDX-License-Identifier: Apache-2.0 */
/* Collects whom the open transaction concerns, writes it to the changes table before the COMMIT and
 * tells this machine after it. */

#include "notes.h"
#include "changes.h"
#include "connection.h"

#include <string.h>

/* Whoever forgets `other` has forgotten `note` too. */
static bool is_within(const msa_change_t *note, const msa_change_t *other)
{
    if (other->has_digest)
        return note->has_digest && msa_digest_equal(note->digest, other->digest, MSA_DIGEST_SIZE);
    return other->user_id == 0 || other->user_id == note->user_id;
}

static bool is_noted(const apr_array_header_t *notes, const msa_change_t *note)
{
    for (int i = 0; i < notes->nelts; i++) {
        if (is_within(note, &APR_ARRAY_IDX(notes, i, msa_change_t)))
            return true;
    }
    return false;
}

static void drop_within(apr_array_header_t *notes, const msa_change_t *note)
{
    msa_change_t *all = (msa_change_t *)notes->elts;
    int count = 0;
    for (int i = 0; i < notes->nelts; i++) {
        if (!is_within(&all[i], note))
            all[count++] = all[i];
    }
    notes->nelts = count;
}

void msa_notes_add(msa_db_t *db, const msa_concern_t *concern)
{
    msa_change_t note = {.user_id = concern->user_id, .has_digest = concern->digest != NULL};
    msa_concern_t more = {.user_id = note.has_digest ? note.user_id : 0};
    if (note.has_digest)
        memcpy(note.digest, concern->digest, MSA_DIGEST_SIZE);
    if (note.user_id && note.user_id == db->new_user)
        return;
    if (!db->notes)
        db->notes = apr_array_make(db->pool, 4, sizeof(msa_change_t));
    if (is_noted(db->notes, &note))
        return;
    drop_within(db->notes, &note);
    if (db->notes->nelts < MSA_NOTES_MAX)
        APR_ARRAY_PUSH(db->notes, msa_change_t) = note;
    else
        msa_notes_add(db, &more);
}

apr_status_t msa_change_insert(msa_db_t *db, apr_pool_t *pool, apr_int64_t user_id,
                               const unsigned char *digest, apr_time_t now)
{
    msa_arg_t args[] = {msa_arg_number(user_id), msa_arg_digest(pool, digest), msa_arg_time(now)};
    return msa_statement_write(db, SQL_CHANGE_INSERT, args, 3, NULL);
}

apr_status_t msa_notes_write(msa_db_t *db)
{
    apr_status_t status = APR_SUCCESS;
    for (int i = 0; db->notes && i < db->notes->nelts && status == APR_SUCCESS; i++) {
        const msa_change_t *note = &APR_ARRAY_IDX(db->notes, i, msa_change_t);
        status =
            msa_change_insert(db, db->pool, note->user_id, note->has_digest ? note->digest : NULL,
                              db->env->now(db->env->baton));
    }
    return status;
}

void msa_notes_tell(const msa_db_t *db)
{
    const msa_env_t *env = db->env;
    for (int i = 0; db->notes && i < db->notes->nelts; i++) {
        const msa_change_t *note = &APR_ARRAY_IDX(db->notes, i, msa_change_t);
        if (note->has_digest)
            env->ticket_changed(env->baton, note->digest);
        else
            env->user_changed(env->baton, note->user_id);
    }
}

void msa_notes_create(msa_db_t *db, apr_int64_t user_id)
{
    db->new_user = user_id;
}

void msa_notes_clear(msa_db_t *db)
{
    db->new_user = 0;
    if (db->notes)
        db->notes->nelts = 0;
}
