/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_STORE_SHAPE_H
#define MSA_STORE_SHAPE_H

/* What the tables must look like for the statements to mean what they say. Used in this
 * room only. */

#include <apr_hash.h>
#include "dialect.h"
#include "db.h"

typedef enum { MSA_OF_USER, MSA_OF_ROLE, MSA_OF_MEMBERS, MSA_OF_PREFIX } msa_owner_t;

typedef enum {
    MSA_HOLDS_ANYTHING,
    MSA_HOLDS_NUMBERS, /* whole numbers only */
    MSA_HOLDS_FLAGS    /* 1 and 0 */
} msa_holds_t;

/** A column that the statements need. */
typedef struct msa_column_t {
    msa_owner_t owner;
    const char *table; /* behind the prefix, for our own tables */
    const char *name;
    msa_holds_t holds;
    int width;        /* characters that must fit; 0 = not checked */
    const char *type; /* type to add a missing one with, in any database; NULL = not added */
} msa_column_t;

/** The columns that the database says it has. */
typedef struct msa_shape_t {
    const msa_dialect_t *dialect;
    const msa_settings_t *settings;
    apr_hash_t *columns; /* "table.column" -> what is known about it */
} msa_shape_t;

/** The column at `index`; NULL past the last one. */
const msa_column_t *msa_shape_column(size_t index);
/** The name of a table in the database, from `pool` or `settings`. */
const char *msa_shape_table(apr_pool_t *pool, const msa_settings_t *settings, msa_owner_t owner,
                            const char *table);
/** The query, from `pool`, whose rows are table, column, type, width (NULL = none). */
const char *msa_shape_query(apr_pool_t *pool, const msa_dialect_t *dialect,
                            const msa_settings_t *settings);
/** Makes a shape from the rows of that query. */
msa_shape_t *msa_shape_make(apr_pool_t *pool, const msa_dialect_t *dialect,
                            const msa_settings_t *settings, const apr_array_header_t *rows);
/** True when the database has this column; `table` is its name in the database. */
bool msa_shape_has(const msa_shape_t *shape, apr_pool_t *pool, const char *table,
                   const char *column);
/** Adds a sentence for each reason why the tables cannot be used. */
void msa_shape_faults(const msa_shape_t *shape, apr_pool_t *pool, apr_array_header_t *faults);
/**
 * Adds a sentence for each column that is too narrow for what may be written to it;
 * `password_width` as for msa_schema_check.
 */
void msa_shape_notes(const msa_shape_t *shape, apr_pool_t *pool, int password_width,
                     apr_array_header_t *notes);

/**
 * Reads the shape that the database has now, outside of any transaction; APR_SUCCESS, or an error,
 * which is logged.
 */
apr_status_t msa_db_shape(msa_db_t *db, apr_pool_t *pool, const msa_shape_t **shape);

#endif
