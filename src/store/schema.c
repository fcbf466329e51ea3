/* SPDX-License-Identifier: Apache-2.0 */
#include "record.h"

#include <string.h>

#include <apr_strings.h>

/** What must be there, and how a missing one is added; both databases take these types. */
typedef struct column_t {
    enum { OF_USER, OF_ROLE, OF_PREFIX } owner;
    const char *table; /* behind the prefix, for our own */
    const char *name;
    const char *type;
} column_t;

static const column_t COLUMNS[] = {
    {OF_USER,   NULL,      "id",               NULL          },
    {OF_USER,   NULL,      "email",            NULL          },
    {OF_USER,   NULL,      "username",         "VARCHAR(255)"},
    {OF_USER,   NULL,      "password",         "VARCHAR(255)"},
    {OF_USER,   NULL,      "active",           NULL          },
    {OF_USER,   NULL,      "fs_uniquifier",    NULL          },
    {OF_USER,   NULL,      "confirmed_at",     "DATETIME"    },
    {OF_USER,   NULL,      "last_login_at",    "DATETIME"    },
    {OF_USER,   NULL,      "current_login_at", "DATETIME"    },
    {OF_USER,   NULL,      "last_login_ip",    "VARCHAR(64)" },
    {OF_USER,   NULL,      "current_login_ip", "VARCHAR(64)" },
    {OF_USER,   NULL,      "login_count",      "INTEGER"     },
    {OF_USER,   NULL,      "create_datetime",  "DATETIME"    },
    {OF_USER,   NULL,      "update_datetime",  "DATETIME"    },
    {OF_ROLE,   NULL,      "id",               NULL          },
    {OF_ROLE,   NULL,      "name",             NULL          },
    {OF_ROLE,   NULL,      "description",      "VARCHAR(255)"},
    {OF_ROLE,   NULL,      "permissions",      "TEXT"        },
    {OF_ROLE,   NULL,      "update_datetime",  "DATETIME"    },
    {OF_PREFIX, "ticket",  "digest",           NULL          },
    {OF_PREFIX, "outbox",  "claimed_until",    NULL          },
    {OF_PREFIX, "attempt", "account_key",      NULL          },
    {OF_PREFIX, "changes", "digest",           NULL          },
    {OF_PREFIX, "audit",   "event",            NULL          },
};

#define COLUMN_COUNT (sizeof(COLUMNS) / sizeof(COLUMNS[0]))

static const char *table_of(apr_pool_t *pool, const msa_settings_t *settings,
                            const column_t *column)
{
    if (column->owner == OF_USER)
        return settings->user_table;
    if (column->owner == OF_ROLE)
        return settings->role_table;
    return apr_pstrcat(pool, settings->table_prefix, column->table, NULL);
}

static apr_status_t create_triggers(msa_db_t *db, apr_pool_t *pool, const msa_dialect_t *dialect)
{
    apr_status_t status = APR_SUCCESS;
    for (const char *const *text = dialect->triggers; *text && status == APR_SUCCESS; text++) {
        /* MySQL has no CREATE TRIGGER IF NOT EXISTS: the old one of ours goes first. */
        const char *name = strstr(*text, "{prefix}");
        char *drop = apr_pstrcat(pool, "DROP TRIGGER IF EXISTS ",
                                 apr_pstrmemdup(pool, name, strcspn(name, " ")), NULL);
        status = msa_db_execute(db, drop, false);
        if (status == APR_SUCCESS)
            status = msa_db_execute(db, *text, false);
    }
    return status;
}

apr_status_t msa_schema_create(msa_db_t *db, apr_pool_t *pool, bool with_triggers)
{
    const msa_dialect_t *dialect = msa_db_dialect(db);
    apr_array_header_t *values = NULL;
    apr_status_t status = APR_SUCCESS;
    if (!dialect)
        return APR_EGENERAL;
    if (strcmp(dialect->driver, "sqlite3") == 0)
        status = msa_db_read_text(db, pool, "PRAGMA journal_mode = WAL", &values);
    for (const char *const *text = dialect->tables; *text && status == APR_SUCCESS; text++)
        status = msa_db_execute(db, *text, false);
    if (status == APR_SUCCESS && with_triggers)
        status = create_triggers(db, pool, dialect);
    return status;
}

apr_status_t msa_schema_upgrade(msa_db_t *db, apr_pool_t *pool)
{
    const msa_settings_t *settings = msa_db_settings(db);
    const msa_dialect_t *dialect = msa_db_dialect(db);
    apr_status_t status = msa_schema_create(db, pool, false);
    for (size_t i = 0; status == APR_SUCCESS && i < COLUMN_COUNT; i++) {
        const column_t *column = &COLUMNS[i];
        const char quote[2] = {dialect->quote, '\0'};
        const char *table = table_of(pool, settings, column);
        if (!column->type || msa_record_has_column(db, pool, table, column->name))
            continue;
        status = msa_db_execute(db,
                                apr_pstrcat(pool, "ALTER TABLE ", quote, table, quote,
                                            " ADD COLUMN ", column->name, " ", column->type, NULL),
                                false);
    }
    return status;
}

static void check_columns(msa_db_t *db, apr_pool_t *pool, apr_array_header_t *faults)
{
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        const char *table = table_of(pool, msa_db_settings(db), &COLUMNS[i]);
        if (!msa_record_has_column(db, pool, table, COLUMNS[i].name))
            APR_ARRAY_PUSH(faults, const char *) =
                apr_psprintf(pool, "the table %s has no column %s", table, COLUMNS[i].name);
    }
}

/** Queries that return one text per fault. */
static const struct {
    const char *driver; /* NULL = every one */
    const char *query;
    const char *fault;
} QUESTIONS[] = {
    {"mysql",
     "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() AND "
     "table_name LIKE '{prefix}%' AND engine <> 'InnoDB'",                                          "a table is not InnoDB, so a transaction cannot hold it: "},
    {"mysql",
     "SELECT CONCAT(table_name, '.', column_name) FROM information_schema.columns WHERE "
     "table_schema = DATABASE() AND table_name = '{user_name}' AND column_name IN "
     "('email', 'username') AND character_set_name NOT IN ('utf8mb4')",                             "a column is not utf8mb4, so not every name fits: "       },
    {NULL,    "SELECT lower(email) FROM {user} GROUP BY lower(email) HAVING COUNT(*) > 1 LIMIT 20",
     "an e-mail address is there in several spellings, so none but the exact one signs in: "                                                                  },
};

static apr_status_t ask(msa_db_t *db, apr_pool_t *pool, const char *query, const char *fault,
                        apr_array_header_t *faults)
{
    apr_array_header_t *values = NULL;
    apr_status_t status = msa_db_read_text(db, pool, query, &values);
    for (int i = 0; status == APR_SUCCESS && i < values->nelts; i++)
        APR_ARRAY_PUSH(faults, const char *) =
            apr_pstrcat(pool, fault, APR_ARRAY_IDX(values, i, const char *), NULL);
    return status;
}

apr_status_t msa_schema_check(msa_db_t *db, apr_pool_t *pool, apr_array_header_t **faults)
{
    const msa_dialect_t *dialect = msa_db_dialect(db);
    apr_array_header_t *found = apr_array_make(pool, 4, sizeof(const char *));
    apr_status_t status = APR_SUCCESS;
    if (!dialect)
        return APR_EGENERAL;
    check_columns(db, pool, found);
    /* Without its columns the table cannot be asked for more. */
    for (size_t i = 0; !found->nelts && i < sizeof(QUESTIONS) / sizeof(QUESTIONS[0]); i++) {
        if (!QUESTIONS[i].driver || strcmp(QUESTIONS[i].driver, dialect->driver) == 0)
            status = ask(db, pool, QUESTIONS[i].query, QUESTIONS[i].fault, found);
        if (status != APR_SUCCESS)
            return status;
    }
    *faults = found;
    return APR_SUCCESS;
}
