/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_STORE_SCHEMA_H
#define MSA_STORE_SCHEMA_H

/* Making, upgrading and checking the tables. */

#include <stdbool.h>
#include <apr_tables.h>
#include "db.h"

/** Creates the tables and indexes that are missing; with triggers, those that note what others
 * write.
 */
apr_status_t msa_schema_create(msa_db_t *db, apr_pool_t *pool, bool with_triggers);
/** Adds missing columns and indexes to existing tables, own and Flask-Security's; never drops. */
apr_status_t msa_schema_upgrade(msa_db_t *db, apr_pool_t *pool);
/**
 * `*faults`: array of const char *, one sentence each, empty when all is well. `password_width`:
 * characters of the longest password hash that will be stored.
 */
apr_status_t msa_schema_check(msa_db_t *db, apr_pool_t *pool, int password_width,
                              apr_array_header_t **faults);
/** Only what the tables can be used with, but should be known. */
apr_status_t msa_schema_notes(msa_db_t *db, apr_pool_t *pool, int password_width,
                              apr_array_header_t **notes);

#endif
