/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_STORE_NOTES_H
#define MSA_STORE_NOTES_H

/* Whom the open transaction concerns. Of this room only. */

#include <apr_time.h>
#include "statement.h"

/** So many users and tickets a transaction notes one by one. */
#define MSA_NOTES_MAX 64

/**
 * Notes whom a statement of the open transaction concerned: each once, and no ticket of whom all is
 * noted. Where there are more than MSA_NOTES_MAX, the user of a ticket stands for it, and everybody
 * for what still is too much.
 */
void msa_notes_add(msa_db_t *db, const msa_concern_t *concern);
/** A user is new in the open transaction: whatever else it writes about them, nothing is remembered
 * of them yet. */
void msa_notes_create(msa_db_t *db, apr_int64_t user_id);
/** Writes a row of the changes table for each, in the open transaction. */
apr_status_t msa_notes_write(msa_db_t *db);
/** Tells this machine's cache of each, after the commit. */
void msa_notes_tell(const msa_db_t *db);
/** Forgets them: the transaction is over, or not begun yet. */
void msa_notes_clear(msa_db_t *db);

/** One row of the changes table; digest NULL = everything about the user (0 = everybody). */
apr_status_t msa_change_insert(msa_db_t *db, apr_pool_t *pool, apr_int64_t user_id,
                               const unsigned char *digest, apr_time_t now);

#endif
