/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_STORE_DIALECT_H
#define MSA_STORE_DIALECT_H

/* What a dialect of SQL has to say about itself to be a row of DIALECTS[]. */

#include <stdbool.h>
#include <apr_pools.h>
#include "sql.h"
#include "../base/settings.h"

/** What a driver's error means; only classify functions know the drivers' numbers. */
typedef enum {
    DB_OK,
    DB_UNIQUE,
    DB_UNFIT,   /* compared with a text that the column could not hold */
    DB_REFUSED, /* a value that its column does not take: too long, out of range, no date */
    DB_SLOW,    /* stopped by a time limit: the statement did nothing, the connection is well */
    DB_BUSY,    /* another one has what it needs: not executed, worth another try */
    DB_STALE,   /* the prepared statement is dead: nothing was executed */
    DB_GONE,    /* no connection any more: nothing was executed */
    DB_LOST,    /* the connection broke underway: perhaps executed */
    DB_OTHER
} msa_db_kind_t;

/** What differs between the databases. */
typedef struct msa_dialect_t {
    const char *driver; /* apr_dbd's name */
    char quote;         /* around identifiers */
    const char *hold;   /* ends a SELECT whose rows stay as they are until the transaction ends */
    bool can_reconnect; /* the driver may replace a connection behind our back */
    bool commits_by_statement;
    const char *by_user;       /* {by_user}: ties a read of the ticket table to its index by user */
    const char *by_family;     /* {by_family}: or to the one by family */
    bool has_types;            /* a column holds what its type says, and no more */
    const char *const *setup;  /* run on each new connection, NULL-terminated */
    const char *patience;      /* for what changes tables: waits longer; NULL = it waits so */
    const char *indexes[2];    /* a row for an index, before the table's name and before its own */
    const char *columns;       /* table, column, type, width of all columns; ends in IN */
    const char *const *tables; /* texts that make the tables, NULL-terminated */
    const char *const *triggers; /* CREATE TRIGGER texts, NULL-terminated */
    msa_db_kind_t (*classify)(int code, const char *error);
    bool (*is_whole)(const char *type); /* a column of this type holds whole numbers only */
    const char *texts[SQL_COUNT];       /* instead of the standard text; NULL = standard */
} msa_dialect_t;

extern const msa_dialect_t msa_dialect_mysql;
extern const msa_dialect_t msa_dialect_sqlite;

/** The dialect of an apr_dbd driver, or NULL. */
const msa_dialect_t *msa_dialect_find(const char *driver);

/** The text of a statement, names of tables filled in. */
const char *msa_sql_text(apr_pool_t *pool, const msa_dialect_t *dialect,
                         const msa_settings_t *settings, msa_sql_t statement);
/**
 * `text` with {user}, {role} and {roles_users} replaced by quoted names, {user_name}, {role_name},
 * {roles_users_name} and {prefix} by bare ones, {hold}, {by_user} and {by_family} by the dialect's
 * words.
 */
const char *msa_sql_expand(apr_pool_t *pool, const msa_dialect_t *dialect,
                           const msa_settings_t *settings, const char *text);

#endif
