/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_STORE_SCHEMA_H
#define MSA_STORE_SCHEMA_H

/* Creating, upgrading and checking the tables. */

#include <stdbool.h>
#include <apr_tables.h>
#include "db.h"

/**
 * Creates the tables and indexes that are missing; with triggers, also those that write down what
 * other programs change.
 */
apr_status_t msa_schema_create(msa_db_t *db, apr_pool_t *pool, bool with_triggers);
/**
 * Adds missing tables, columns and indexes, our own and Flask-Security's, and replaces triggers of
 * older releases; never drops a table or column.
 */
apr_status_t msa_schema_upgrade(msa_db_t *db, apr_pool_t *pool);
/**
 * Looks for what is wrong with the tables. `*faults`: array of const char *, one sentence each,
 * empty when all is well; includes the notes of msa_schema_notes. `password_width`: characters of
 * the longest password hash that will be stored.
 */
apr_status_t msa_schema_check(msa_db_t *db, apr_pool_t *pool, int password_width,
                              apr_array_header_t **faults);
/** What should be known about the tables, but keeps nobody from using them; `*notes` as above. */
apr_status_t msa_schema_notes(msa_db_t *db, apr_pool_t *pool, int password_width,
                              apr_array_header_t **notes);

#endif
