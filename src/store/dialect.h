/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_STORE_DIALECT_H
#define MSA_STORE_DIALECT_H

/* What a dialect of SQL states about itself to be a row of DIALECTS[]. */

#include <stdbool.h>
#include <apr_pools.h>
#include "sql.h"
#include "../base/settings.h"

/** What a driver's error means; only the classify functions know the drivers' numbers. */
typedef enum {
    DB_OK,
    DB_UNIQUE,
    DB_UNFIT,   /* compared with a text that the column cannot hold */
    DB_REFUSED, /* a value that its column refuses: too long, out of range, not a date */
    DB_SLOW,    /* stopped by a time limit: the statement did nothing, the connection is good */
    DB_BUSY,    /* another transaction has what it needs: not executed, worth another try */
    DB_STALE,   /* the prepared statement is dead: nothing was executed */
    DB_GONE,    /* the connection is gone: nothing was executed */
    DB_LOST,    /* the connection broke while it ran: perhaps executed */
    DB_OTHER
} msa_db_kind_t;

/** What differs between the databases. */
typedef struct msa_dialect_t {
    const char *driver; /* apr_dbd's name */
    char quote;         /* around identifiers */
    const char *hold;   /* ends a SELECT whose rows nobody else may change before the COMMIT */
    bool can_reconnect; /* the driver may replace a connection behind our back */
    bool commits_by_statement;
    const char *by_user;      /* {by_user}: ties a query of the ticket table to its index by user */
    const char *by_family;    /* {by_family}: or to its index by family */
    bool has_types;           /* a column holds only what its type says */
    const char *const *setup; /* run on each new connection; NULL-terminated */
    const char *patience;     /* run before tables are changed: waits longer; NULL = not needed */
    const char *indexes[2];   /* query for an index: before its table's name, before its own */
    const char *columns; /* query of table, column, type and width of all columns; ends in IN */
    const char *const *tables;   /* texts that create the tables; NULL-terminated */
    const char *const *triggers; /* CREATE TRIGGER texts; NULL-terminated */
    msa_db_kind_t (*classify)(int code, const char *error);
    bool (*is_whole)(const char *type); /* whether a column of this type holds whole numbers only */
    const char *texts[SQL_COUNT];       /* replacing the standard text; NULL = standard */
} msa_dialect_t;

extern const msa_dialect_t msa_dialect_mysql;
extern const msa_dialect_t msa_dialect_sqlite;

/** The dialect of an apr_dbd driver, or NULL. */
const msa_dialect_t *msa_dialect_find(const char *driver);

/** The text of a statement, its holes filled; from `pool`. */
const char *msa_sql_text(apr_pool_t *pool, const msa_dialect_t *dialect,
                         const msa_settings_t *settings, msa_sql_t statement);
/**
 * `text` with its holes filled, from `pool`: {user}, {role} and {roles_users} by quoted names,
 * {user_name}, {role_name}, {roles_users_name} and {prefix} by bare ones, {hold}, {by_user} and
 * {by_family} by the dialect's words.
 */
const char *msa_sql_expand(apr_pool_t *pool, const msa_dialect_t *dialect,
                           const msa_settings_t *settings, const char *text);

#endif
