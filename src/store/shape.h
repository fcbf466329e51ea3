/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_STORE_SHAPE_H
#define MSA_STORE_SHAPE_H

/* What the tables must be like for the statements to mean what they say. Of this room only. */

#include <apr_hash.h>
#include "dialect.h"
#include "db.h"

typedef enum { MSA_OF_USER, MSA_OF_ROLE, MSA_OF_MEMBERS, MSA_OF_PREFIX } msa_owner_t;

typedef enum {
    MSA_HOLDS_ANYTHING,
    MSA_HOLDS_NUMBERS, /* whole ones only */
    MSA_HOLDS_FLAGS    /* 1 and 0 */
} msa_holds_t;

/** A column that the statements need. */
typedef struct msa_column_t {
    msa_owner_t owner;
    const char *table; /* behind the prefix, for our own */
    const char *name;
    msa_holds_t holds;
    int width;        /* characters that must fit; 0 = not looked at */
    const char *type; /* how a missing one is added, in every database; NULL = it is not */
} msa_column_t;

/** The columns as the database told them. */
typedef struct msa_shape_t {
    const msa_dialect_t *dialect;
    const msa_settings_t *settings;
    apr_hash_t *columns; /* "table.column" -> what is known of it */
} msa_shape_t;

/** The column at `index`; NULL behind the last. */
const msa_column_t *msa_shape_column(size_t index);
/** The name of a table in the database. */
const char *msa_shape_table(apr_pool_t *pool, const msa_settings_t *settings, msa_owner_t owner,
                            const char *table);
/** The query whose rows are table, column, type, width (NULL = none). */
const char *msa_shape_query(apr_pool_t *pool, const msa_dialect_t *dialect,
                            const msa_settings_t *settings);
/** Makes a shape of the rows of that query. */
msa_shape_t *msa_shape_make(apr_pool_t *pool, const msa_dialect_t *dialect,
                            const msa_settings_t *settings, const apr_array_header_t *rows);
bool msa_shape_has(const msa_shape_t *shape, apr_pool_t *pool, const char *table,
                   const char *column);
/** Adds a sentence for each thing that makes the tables unfit for use. */
void msa_shape_faults(const msa_shape_t *shape, apr_pool_t *pool, apr_array_header_t *faults);
/** Adds a sentence for each column that does not hold all that may be written to it. */
void msa_shape_notes(const msa_shape_t *shape, apr_pool_t *pool, int password_width,
                     apr_array_header_t *notes);

/** Reads the shape of the database as it is now; APR_SUCCESS, or an error that is logged. */
apr_status_t msa_db_shape(msa_db_t *db, apr_pool_t *pool, const msa_shape_t **shape);

#endif
