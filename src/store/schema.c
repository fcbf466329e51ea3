/* SPDX-License-Identifier: Apache-2.0 */
#include "record.h"

#include <string.h>

#include <apr_strings.h>

#define NEWEST_VERSION "1" /* as the dialects' tables say it */

typedef enum { OF_USER, OF_ROLE, OF_MEMBERS, OF_PREFIX } owner_t;

/** What must be there, and how a missing one is added; both databases take these types. */
typedef struct column_t {
    owner_t owner;
    const char *table; /* behind the prefix, for our own */
    const char *name;
    const char *type;
} column_t;

static const column_t COLUMNS[] = {
    {OF_USER,    NULL,      "id",               NULL          },
    {OF_USER,    NULL,      "email",            NULL          },
    {OF_USER,    NULL,      "username",         "VARCHAR(255)"},
    {OF_USER,    NULL,      "password",         "VARCHAR(255)"},
    {OF_USER,    NULL,      "active",           NULL          },
    {OF_USER,    NULL,      "fs_uniquifier",    NULL          },
    {OF_USER,    NULL,      "confirmed_at",     "DATETIME"    },
    {OF_USER,    NULL,      "last_login_at",    "DATETIME"    },
    {OF_USER,    NULL,      "current_login_at", "DATETIME"    },
    {OF_USER,    NULL,      "last_login_ip",    "VARCHAR(64)" },
    {OF_USER,    NULL,      "current_login_ip", "VARCHAR(64)" },
    {OF_USER,    NULL,      "login_count",      "INTEGER"     },
    {OF_USER,    NULL,      "create_datetime",  "DATETIME"    },
    {OF_USER,    NULL,      "update_datetime",  "DATETIME"    },
    {OF_ROLE,    NULL,      "id",               NULL          },
    {OF_ROLE,    NULL,      "name",             NULL          },
    {OF_ROLE,    NULL,      "description",      "VARCHAR(255)"},
    {OF_ROLE,    NULL,      "permissions",      "TEXT"        },
    {OF_ROLE,    NULL,      "update_datetime",  "DATETIME"    },
    {OF_MEMBERS, NULL,      "user_id",          NULL          },
    {OF_MEMBERS, NULL,      "role_id",          NULL          },
    {OF_PREFIX,  "ticket",  "digest",           NULL          },
    {OF_PREFIX,  "ticket",  "registration",     "TEXT"        },
    {OF_PREFIX,  "outbox",  "claimed_until",    NULL          },
    {OF_PREFIX,  "attempt", "account_key",      NULL          },
    {OF_PREFIX,  "changes", "digest",           NULL          },
    {OF_PREFIX,  "audit",   "event",            NULL          },
    {OF_PREFIX,  "version", "version",          NULL          },
};

/** What the statements search by; the name goes behind the prefix. */
typedef struct index_t {
    const char *driver; /* NULL = every one */
    owner_t owner;
    const char *table;
    const char *name;
    const char *columns;
    bool is_unique; /* if the rows that are there allow it */
} index_t;

static const index_t INDEXES[] = {
    {"sqlite3", OF_USER,    NULL,      "user_email",      "lower(email)",            true },
    {"sqlite3", OF_USER,    NULL,      "user_username",   "lower(username)",         true },
    {"sqlite3", OF_MEMBERS, NULL,      "member_user",     "user_id",                 false},
    {"sqlite3", OF_MEMBERS, NULL,      "member_role",     "role_id",                 false},
    {NULL,      OF_PREFIX,  "ticket",  "ticket_user",     "user_id, purpose",        false},
    {NULL,      OF_PREFIX,  "ticket",  "ticket_family",   "family",                  false},
    {NULL,      OF_PREFIX,  "ticket",  "ticket_expires",  "expires_at",              false},
    {NULL,      OF_PREFIX,  "ticket",  "ticket_spent",    "spent_at",                false},
    {NULL,      OF_PREFIX,  "outbox",  "outbox_due",      "state, next_at",          false},
    {NULL,      OF_PREFIX,  "outbox",  "outbox_sent",     "state, sent_at",          false},
    {NULL,      OF_PREFIX,  "outbox",  "outbox_claimed",  "claimed_until",           false},
    {NULL,      OF_PREFIX,  "attempt", "attempt_account", "account_key, created_at", false},
    {NULL,      OF_PREFIX,  "attempt", "attempt_address", "address, created_at",     false},
    {NULL,      OF_PREFIX,  "attempt", "attempt_created", "created_at",              false},
    {NULL,      OF_PREFIX,  "changes", "changes_created", "created_at",              false},
    {NULL,      OF_PREFIX,  "audit",   "audit_created",   "created_at",              false},
    {NULL,      OF_PREFIX,  "audit",   "audit_user",      "user_id",                 false},
};

#define COLUMN_COUNT (sizeof(COLUMNS) / sizeof(COLUMNS[0]))
#define INDEX_COUNT  (sizeof(INDEXES) / sizeof(INDEXES[0]))

static const char *table_of(apr_pool_t *pool, const msa_settings_t *settings, owner_t owner,
                            const char *table)
{
    switch (owner) {
    case OF_USER:
        return settings->user_table;
    case OF_ROLE:
        return settings->role_table;
    case OF_MEMBERS:
        return settings->roles_users_table;
    case OF_PREFIX:
        break;
    }
    return apr_pstrcat(pool, settings->table_prefix, table, NULL);
}

static bool is_meant(const char *driver, const msa_dialect_t *dialect)
{
    return !driver || strcmp(driver, dialect->driver) == 0;
}

static apr_status_t has_index(msa_db_t *db, apr_pool_t *pool, const index_t *index, bool *has)
{
    const msa_settings_t *settings = msa_db_settings(db);
    msa_arg_t args[] = {msa_arg_text(table_of(pool, settings, index->owner, index->table)),
                        msa_arg_text(apr_pstrcat(pool, settings->table_prefix, index->name, NULL))};
    apr_array_header_t *rows = NULL;
    apr_status_t status = msa_db_read(db, pool, SQL_INDEX_EXISTS, args, 2, 1, &rows);
    if (status == APR_SUCCESS)
        *has = rows->nelts > 0;
    return status;
}

static apr_status_t create_index(msa_db_t *db, apr_pool_t *pool, const msa_dialect_t *dialect,
                                 const index_t *index)
{
    const char quote[2] = {dialect->quote, '\0'};
    const char *rest = apr_pstrcat(pool, "INDEX {prefix}", index->name, " ON ", quote,
                                   table_of(pool, msa_db_settings(db), index->owner, index->table),
                                   quote, " (", index->columns, ")", NULL);
    if (index->is_unique &&
        msa_db_execute(db, apr_pstrcat(pool, "CREATE UNIQUE ", rest, NULL), true) == APR_SUCCESS)
        return APR_SUCCESS;
    return msa_db_execute(db, apr_pstrcat(pool, "CREATE ", rest, NULL), false);
}

static apr_status_t create_indexes(msa_db_t *db, apr_pool_t *pool, const msa_dialect_t *dialect)
{
    for (size_t i = 0; i < INDEX_COUNT; i++) {
        bool has = false;
        apr_status_t status;
        if (!is_meant(INDEXES[i].driver, dialect))
            continue;
        status = has_index(db, pool, &INDEXES[i], &has);
        if (status == APR_SUCCESS && !has)
            status = create_index(db, pool, dialect, &INDEXES[i]);
        if (status != APR_SUCCESS)
            return status;
    }
    return APR_SUCCESS;
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

/** Queries that return one text per fault. */
typedef struct question_t {
    const char *driver; /* NULL = every one */
    const char *query;
    const char *fault;
} question_t;

/* A release before did not have the tickets of a deleted user go. */
static const question_t OLD_TRIGGERS[] = {
    {"mysql",
     "SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema = DATABASE() AND "
     "trigger_name = '{prefix}user_deleted' AND action_statement NOT LIKE '%{prefix}ticket%'", "a trigger was made by an older release: "},
    {"sqlite3",
     "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name = '{prefix}user_deleted' AND "
     "sql NOT LIKE '%{prefix}ticket%'",                                                        "a trigger was made by an older release: "},
};

static apr_status_t ask(msa_db_t *db, apr_pool_t *pool, const question_t *question,
                        apr_array_header_t *faults)
{
    apr_array_header_t *values = NULL;
    apr_status_t status = msa_db_read_text(db, pool, question->query, &values);
    for (int i = 0; status == APR_SUCCESS && i < values->nelts; i++)
        APR_ARRAY_PUSH(faults, const char *) =
            apr_pstrcat(pool, question->fault, APR_ARRAY_IDX(values, i, const char *), NULL);
    return status;
}

static apr_status_t ask_all(msa_db_t *db, apr_pool_t *pool, const question_t *questions,
                            size_t count, apr_array_header_t *faults)
{
    const msa_dialect_t *dialect = msa_db_dialect(db);
    apr_status_t status = APR_SUCCESS;
    for (size_t i = 0; status == APR_SUCCESS && i < count; i++) {
        if (is_meant(questions[i].driver, dialect))
            status = ask(db, pool, &questions[i], faults);
    }
    return status;
}

static apr_status_t find_old_triggers(msa_db_t *db, apr_pool_t *pool, apr_array_header_t *faults)
{
    return ask_all(db, pool, OLD_TRIGGERS, sizeof(OLD_TRIGGERS) / sizeof(OLD_TRIGGERS[0]), faults);
}

apr_status_t msa_schema_create(msa_db_t *db, apr_pool_t *pool, bool with_triggers)
{
    const msa_dialect_t *dialect = msa_db_dialect(db);
    apr_array_header_t *values = NULL;
    apr_status_t status = APR_SUCCESS;
    if (!dialect)
        return APR_EGENERAL;
    if (is_meant("sqlite3", dialect))
        status = msa_db_read_text(db, pool, "PRAGMA journal_mode = WAL", &values);
    for (const char *const *text = dialect->tables; *text && status == APR_SUCCESS; text++)
        status = msa_db_execute(db, *text, false);
    if (status == APR_SUCCESS)
        status = create_indexes(db, pool, dialect);
    if (status == APR_SUCCESS && with_triggers)
        status = create_triggers(db, pool, dialect);
    return status;
}

static apr_status_t add_column(msa_db_t *db, apr_pool_t *pool, const msa_dialect_t *dialect,
                               const column_t *column)
{
    const char quote[2] = {dialect->quote, '\0'};
    const char *table = table_of(pool, msa_db_settings(db), column->owner, column->table);
    bool has = false;
    apr_status_t status = msa_record_has_column(db, pool, table, column->name, &has);
    if (status != APR_SUCCESS || has)
        return status;
    return msa_db_execute(db,
                          apr_pstrcat(pool, "ALTER TABLE ", quote, table, quote, " ADD COLUMN ",
                                      column->name, " ", column->type, NULL),
                          false);
}

/* Columns first: an index may need them. */
apr_status_t msa_schema_upgrade(msa_db_t *db, apr_pool_t *pool)
{
    const msa_dialect_t *dialect = msa_db_dialect(db);
    apr_array_header_t *old = apr_array_make(pool, 1, sizeof(const char *));
    apr_status_t status = APR_SUCCESS;
    if (!dialect)
        return APR_EGENERAL;
    for (const char *const *text = dialect->tables; *text && status == APR_SUCCESS; text++)
        status = msa_db_execute(db, *text, false);
    for (size_t i = 0; status == APR_SUCCESS && i < COLUMN_COUNT; i++) {
        if (COLUMNS[i].type)
            status = add_column(db, pool, dialect, &COLUMNS[i]);
    }
    if (status == APR_SUCCESS)
        status = create_indexes(db, pool, dialect);
    if (status == APR_SUCCESS)
        status = find_old_triggers(db, pool, old);
    return status == APR_SUCCESS && old->nelts ? create_triggers(db, pool, dialect) : status;
}

static apr_status_t check_columns(msa_db_t *db, apr_pool_t *pool, apr_array_header_t *faults)
{
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        const char *table = table_of(pool, msa_db_settings(db), COLUMNS[i].owner, COLUMNS[i].table);
        bool has = false;
        apr_status_t status = msa_record_has_column(db, pool, table, COLUMNS[i].name, &has);
        if (status != APR_SUCCESS)
            return status;
        if (!has)
            APR_ARRAY_PUSH(faults, const char *) =
                apr_psprintf(pool, "the table %s has no column %s", table, COLUMNS[i].name);
    }
    return APR_SUCCESS;
}

static apr_status_t check_indexes(msa_db_t *db, apr_pool_t *pool, const msa_dialect_t *dialect,
                                  apr_array_header_t *faults)
{
    const msa_settings_t *settings = msa_db_settings(db);
    for (size_t i = 0; i < INDEX_COUNT; i++) {
        const index_t *index = &INDEXES[i];
        bool has = false;
        apr_status_t status;
        if (!is_meant(index->driver, dialect))
            continue;
        status = has_index(db, pool, index, &has);
        if (status != APR_SUCCESS)
            return status;
        if (!has)
            APR_ARRAY_PUSH(faults, const char *) =
                apr_psprintf(pool, "the table %s has no index %s%s on %s",
                             table_of(pool, settings, index->owner, index->table),
                             settings->table_prefix, index->name, index->columns);
    }
    return APR_SUCCESS;
}

#define NO_UNIQUE_KEY(column)                                                                      \
    "SELECT '" column "' FROM (SELECT 1) one WHERE NOT EXISTS (SELECT 1 FROM "                     \
    "information_schema.statistics WHERE table_schema = DATABASE() AND "                           \
    "table_name = '{user_name}' AND non_unique = 0 AND seq_in_index = 1 AND "                      \
    "column_name = '" column "')"

#define SPELLINGS(column)                                                                          \
    "SELECT lower(" column ") FROM {user} WHERE " column " IS NOT NULL GROUP BY lower(" column     \
    ") HAVING COUNT(*) > 1 LIMIT 20"

static const question_t QUESTIONS[] = {
    {"mysql",
     "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() AND "
     "(table_name IN ('{user_name}', '{role_name}', '{roles_users_name}') OR "
     "table_name LIKE '{prefix}%') AND engine <> 'InnoDB'",                          "a table is not InnoDB, so a transaction cannot hold it: "},
    {"mysql",
     "SELECT CONCAT(table_name, '.', column_name) FROM information_schema.columns WHERE "
     "table_schema = DATABASE() AND table_name = '{user_name}' AND column_name IN "
     "('email', 'username') AND character_set_name NOT IN ('utf8mb4')",              "a column is not utf8mb4, so not every name fits: "       },
    {"mysql", NO_UNIQUE_KEY("email"),                                                "a column of the user table has no unique key: "          },
    {"mysql", NO_UNIQUE_KEY("fs_uniquifier"),                                        "a column of the user table has no unique key: "          },
    {NULL,    SPELLINGS("email"),
     "an e-mail address is there in several spellings, so none but the exact one signs in: "                                                   },
    {NULL,    SPELLINGS("username"),
     "a username is there in several spellings, so none but the exact one signs in: "                                                          },
    {NULL,    "SELECT version FROM {prefix}version WHERE version > " NEWEST_VERSION,
     "the tables were made by a newer release, version of the tables: "                                                                        },
};

apr_status_t msa_schema_check(msa_db_t *db, apr_pool_t *pool, apr_array_header_t **faults)
{
    const msa_dialect_t *dialect = msa_db_dialect(db);
    apr_array_header_t *found = apr_array_make(pool, 4, sizeof(const char *));
    apr_status_t status;
    bool is_whole;
    if (!dialect)
        return APR_EGENERAL;
    status = check_columns(db, pool, found);
    /* Without its columns a table cannot be asked for more. */
    is_whole = found->nelts == 0;
    if (status == APR_SUCCESS)
        status = check_indexes(db, pool, dialect, found);
    if (status == APR_SUCCESS && is_whole)
        status = ask_all(db, pool, QUESTIONS, sizeof(QUESTIONS) / sizeof(QUESTIONS[0]), found);
    if (status == APR_SUCCESS)
        status = find_old_triggers(db, pool, found);
    if (status == APR_SUCCESS)
        *faults = found;
    return status;
}
