/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_STORE_NOTES_H
#define MSA_STORE_NOTES_H

/* Whom the open transaction concerns. Of this room only. */

#include <apr_time.h>
#include "statement.h"

/** How many users and tickets a transaction notes one by one. */
#define MSA_NOTES_MAX 64

/**
 * Notes whom a statement of the open transaction concerned: each once, and no ticket of a user who
 * is noted as a whole. Beyond MSA_NOTES_MAX a ticket is noted as its user, and a user as everybody.
 */
void msa_notes_add(msa_db_t *db, const msa_concern_t *concern);
/**
 * The open transaction created this user: nothing is remembered about them yet, so whatever else it
 * writes about them is not noted.
 */
void msa_notes_create(msa_db_t *db, apr_int64_t user_id);
/** Writes a row of the changes table for each note, in the open transaction. */
apr_status_t msa_notes_write(msa_db_t *db);
/** Tells this machine's caches about each note, after the commit. */
void msa_notes_tell(const msa_db_t *db);
/** Forgets all notes: a transaction begins. */
void msa_notes_clear(msa_db_t *db);

/** Inserts a row of the changes table; digest NULL = all about the user (0 = everybody). */
apr_status_t msa_change_insert(msa_db_t *db, apr_pool_t *pool, apr_int64_t user_id,
                               const unsigned char *digest, apr_time_t now);

#endif
