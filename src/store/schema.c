/* SPDX-License-Identifier: Apache-2.0 */
/* Creates the tables, upgrades older ones, and says what is wrong with those that exist. */

#include "schema.h"
#include "shape.h"
#include "statement.h"

#include <string.h>

#include <apr_strings.h>

#define NEWEST_VERSION "1" /* the number in the dialects' texts */

/** An index that the statements search by; its name goes behind the prefix. */
typedef struct index_t {
    const char *driver; /* NULL = every one */
    msa_owner_t owner;
    const char *table;
    const char *name;
    const char *columns;
    bool is_unique; /* if the existing rows allow it */
} index_t;

/* clang-format off */
static const index_t INDEXES[] = {
    /* driver, whose table, name behind the prefix, index, columns, whether it is unique */
    {"sqlite3", MSA_OF_USER,    NULL,      "user_email",      "lower(email)",            true},
    {"sqlite3", MSA_OF_USER,    NULL,      "user_username",   "lower(username)",         true},
    {"sqlite3", MSA_OF_MEMBERS, NULL,      "member_user",     "user_id",                 false},
    {"sqlite3", MSA_OF_MEMBERS, NULL,      "member_role",     "role_id",                 false},
    {NULL,      MSA_OF_PREFIX,  "ticket",  "ticket_user",     "user_id, purpose",        false},
    {NULL,      MSA_OF_PREFIX,  "ticket",  "ticket_family",   "family",                  false},
    {NULL,      MSA_OF_PREFIX,  "ticket",  "ticket_expires",  "expires_at",              false},
    {NULL,      MSA_OF_PREFIX,  "ticket",  "ticket_spent",    "spent_at",                false},
    {NULL,      MSA_OF_PREFIX,  "outbox",  "outbox_due",      "state, next_at",          false},
    {NULL,      MSA_OF_PREFIX,  "outbox",  "outbox_sent",     "state, sent_at",          false},
    {NULL,      MSA_OF_PREFIX,  "outbox",  "outbox_failed",   "state, failed_at",        false},
    {NULL,      MSA_OF_PREFIX,  "outbox",  "outbox_claimed",  "claimed_until",           false},
    {NULL,      MSA_OF_PREFIX,  "attempt", "attempt_account", "account_key, created_at", false},
    {NULL,      MSA_OF_PREFIX,  "attempt", "attempt_address", "address, created_at",     false},
    {NULL,      MSA_OF_PREFIX,  "attempt", "attempt_created", "created_at",              false},
    {NULL,      MSA_OF_PREFIX,  "changes", "changes_created", "created_at",              false},
    {NULL,      MSA_OF_PREFIX,  "audit",   "audit_created",   "created_at",              false},
    {NULL,      MSA_OF_PREFIX,  "audit",   "audit_user",      "user_id",                 false},
};
/* clang-format on */

#define INDEX_COUNT (sizeof(INDEXES) / sizeof(INDEXES[0]))

static bool is_meant(const char *driver, const msa_dialect_t *dialect)
{
    return !driver || strcmp(driver, dialect->driver) == 0;
}

static apr_status_t has_index(msa_db_t *db, apr_pool_t *pool, const msa_dialect_t *dialect,
                              const index_t *index, bool *has)
{
    const msa_settings_t *settings = msa_db_settings(db);
    apr_array_header_t *values = NULL;
    const char *table = msa_shape_table(pool, settings, index->owner, index->table);
    const char *query = apr_pstrcat(pool, dialect->indexes[0], table, dialect->indexes[1],
                                    settings->table_prefix, index->name, "'", NULL);
    apr_status_t status = msa_db_read_text(db, pool, query, &values);
    if (status == APR_SUCCESS)
        *has = values->nelts > 0;
    return status;
}

static apr_status_t create_index(msa_db_t *db, apr_pool_t *pool, const msa_dialect_t *dialect,
                                 const index_t *index)
{
    const char quote[2] = {dialect->quote, '\0'};
    const char *rest =
        apr_pstrcat(pool, "INDEX {prefix}", index->name, " ON ", quote,
                    msa_shape_table(pool, msa_db_settings(db), index->owner, index->table), quote,
                    " (", index->columns, ")", NULL);
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
        status = has_index(db, pool, dialect, &INDEXES[i], &has);
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
        /* MySQL has no CREATE TRIGGER IF NOT EXISTS, so our old one is dropped first. */
        const char *name = strstr(*text, "{prefix}");
        char *drop = apr_pstrcat(pool, "DROP TRIGGER IF EXISTS ",
                                 apr_pstrmemdup(pool, name, strcspn(name, " ")), NULL);
        status = msa_db_execute(db, drop, false);
        if (status == APR_SUCCESS)
            status = msa_db_execute(db, *text, false);
    }
    return status;
}

/** Queries that return a text for each thing that is wrong. */
typedef struct question_t {
    const char *driver; /* NULL = every one */
    const char *query;
    const char *fault;
} question_t;

/* An earlier release did not delete the tickets of a deleted user, and wrote down updates that
 * changed nothing. */
/* clang-format off */
static const question_t OLD_TRIGGERS[] = {
    {"mysql",
        "SELECT trigger_name "
        "FROM information_schema.triggers "
        "WHERE trigger_schema = DATABASE() "
          "AND (trigger_name = '{prefix}user_deleted' "
               "AND action_statement NOT LIKE '%{prefix}ticket%' "
               "OR trigger_name IN ('{prefix}member_updated', '{prefix}role_updated') "
               "AND action_statement NOT LIKE '%OLD.%')",
        "a trigger of an older release needs schema upgrade: "},
    {"sqlite3",
        "SELECT name "
        "FROM sqlite_master "
        "WHERE type = 'trigger' "
          "AND (name = '{prefix}user_deleted' AND sql NOT LIKE '%{prefix}ticket%' "
               "OR name IN ('{prefix}member_updated', '{prefix}role_updated') "
               "AND sql NOT LIKE '%OLD.%')",
        "a trigger of an older release needs schema upgrade: "},
};
/* clang-format on */

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

/* A property of the file: readers never wait for a writer, nor a writer for readers. */
static apr_status_t set_journal(msa_db_t *db, apr_pool_t *pool, const msa_dialect_t *dialect)
{
    apr_array_header_t *values = NULL;
    if (!is_meant("sqlite3", dialect))
        return APR_SUCCESS;
    return msa_db_read_text(db, pool, "PRAGMA journal_mode = WAL", &values);
}

apr_status_t msa_schema_create(msa_db_t *db, apr_pool_t *pool, bool with_triggers)
{
    const msa_dialect_t *dialect = msa_db_dialect(db);
    apr_status_t status;
    if (!dialect)
        return APR_EGENERAL;
    status = set_journal(db, pool, dialect);
    for (const char *const *text = dialect->tables; *text && status == APR_SUCCESS; text++)
        status = msa_db_execute(db, *text, false);
    if (status == APR_SUCCESS)
        status = create_indexes(db, pool, dialect);
    if (status == APR_SUCCESS && with_triggers)
        status = create_triggers(db, pool, dialect);
    return status;
}

static apr_status_t add_column(msa_db_t *db, apr_pool_t *pool, const msa_shape_t *shape,
                               const msa_column_t *column)
{
    const char quote[2] = {shape->dialect->quote, '\0'};
    const char *table = msa_shape_table(pool, shape->settings, column->owner, column->table);
    if (!column->type || msa_shape_has(shape, pool, table, column->name))
        return APR_SUCCESS;
    return msa_db_execute(db,
                          apr_pstrcat(pool, "ALTER TABLE ", quote, table, quote, " ADD COLUMN ",
                                      column->name, " ", column->type, NULL),
                          false);
}

static apr_status_t add_columns(msa_db_t *db, apr_pool_t *pool)
{
    const msa_shape_t *shape = NULL;
    const msa_column_t *column;
    apr_status_t status = msa_db_shape(db, pool, &shape);
    for (size_t i = 0; status == APR_SUCCESS && (column = msa_shape_column(i)); i++)
        status = add_column(db, pool, shape, column);
    return status;
}

/* Columns first, because an index may need them. */
apr_status_t msa_schema_upgrade(msa_db_t *db, apr_pool_t *pool)
{
    const msa_dialect_t *dialect = msa_db_dialect(db);
    apr_array_header_t *old = apr_array_make(pool, 1, sizeof(const char *));
    apr_status_t status = APR_SUCCESS;
    if (!dialect)
        return APR_EGENERAL;
    status = set_journal(db, pool, dialect);
    for (const char *const *text = dialect->tables; *text && status == APR_SUCCESS; text++)
        status = msa_db_execute(db, *text, false);
    if (status == APR_SUCCESS)
        status = add_columns(db, pool);
    if (status == APR_SUCCESS)
        status = create_indexes(db, pool, dialect);
    if (status == APR_SUCCESS)
        status = find_old_triggers(db, pool, old);
    return status == APR_SUCCESS && old->nelts ? create_triggers(db, pool, dialect) : status;
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
        status = has_index(db, pool, dialect, index, &has);
        if (status != APR_SUCCESS)
            return status;
        if (!has)
            APR_ARRAY_PUSH(faults, const char *) =
                apr_psprintf(pool, "the table %s has no index %s%s on %s",
                             msa_shape_table(pool, settings, index->owner, index->table),
                             settings->table_prefix, index->name, index->columns);
    }
    return APR_SUCCESS;
}

/* clang-format off */
#define NO_UNIQUE_KEY(column) \
        "SELECT '" column "' " \
        "FROM (SELECT 1) one " \
        "WHERE NOT EXISTS (SELECT 1 " \
                          "FROM information_schema.statistics " \
                          "WHERE table_schema = DATABASE() " \
                            "AND table_name = '{user_name}' " \
                            "AND non_unique = 0 " \
                            "AND seq_in_index = 1 " \
                            "AND column_name = '" column "')"

#define SPELLINGS(column) \
        "SELECT lower(" column ") " \
        "FROM {user} " \
        "WHERE " column " IS NOT NULL " \
        "GROUP BY lower(" column ") " \
        "HAVING COUNT(*) > 1 " \
        "LIMIT 20"

static const question_t QUESTIONS[] = {
    {"mysql",
        "SELECT table_name "
        "FROM information_schema.tables "
        "WHERE table_schema = DATABASE() "
          "AND (table_name IN ('{user_name}', '{role_name}', '{roles_users_name}') "
               "OR table_name LIKE '{prefix}%') "
          "AND engine <> 'InnoDB'",
        "a table is not InnoDB, so transactions do not cover it: "},
    {"mysql",
        "SELECT CONCAT(table_name, '.', column_name) "
        "FROM information_schema.columns "
        "WHERE table_schema = DATABASE() "
          "AND table_name = '{user_name}' "
          "AND column_name IN ('email', 'username') "
          "AND character_set_name NOT IN ('utf8mb4')",
        "a column is not utf8mb4, so it cannot hold every name: "},
    {"mysql",
        NO_UNIQUE_KEY("email"),
        "a column of the user table has no unique key: "},
    {"mysql",
        NO_UNIQUE_KEY("fs_uniquifier"),
        "a column of the user table has no unique key: "},
    {NULL,
        SPELLINGS("email"),
        "an email address exists in several spellings, so only the exact one can sign in: "},
    {NULL,
        SPELLINGS("username"),
        "a username exists in several spellings, so only the exact one can sign in: "},
    {NULL,
        "SELECT version FROM {prefix}version WHERE version > " NEWEST_VERSION,
        "the tables were made by a newer release; their version is "},
};
/* clang-format on */

static const question_t JOURNAL = {
    "sqlite3", "SELECT journal_mode FROM pragma_journal_mode WHERE journal_mode <> 'wal'",
    "the file is not in WAL mode, so its readers and writers block each other; its journal mode "
    "is "};

static apr_status_t note(msa_db_t *db, apr_pool_t *pool, const msa_shape_t *shape,
                         int password_width, apr_array_header_t *notes)
{
    msa_shape_notes(shape, pool, password_width, notes);
    if (!is_meant(JOURNAL.driver, shape->dialect))
        return APR_SUCCESS;
    return ask(db, pool, &JOURNAL, notes);
}

apr_status_t msa_schema_check(msa_db_t *db, apr_pool_t *pool, int password_width,
                              apr_array_header_t **faults)
{
    apr_array_header_t *found = apr_array_make(pool, 4, sizeof(const char *));
    const msa_shape_t *shape = NULL;
    bool is_fit;
    apr_status_t status = msa_db_shape(db, pool, &shape);
    if (status != APR_SUCCESS)
        return status;
    msa_shape_faults(shape, pool, found);
    is_fit = found->nelts == 0;
    status = note(db, pool, shape, password_width, found);
    if (status == APR_SUCCESS)
        status = check_indexes(db, pool, shape->dialect, found);
    /* A table that lacks columns cannot be asked for more. */
    if (status == APR_SUCCESS && is_fit)
        status = ask_all(db, pool, QUESTIONS, sizeof(QUESTIONS) / sizeof(QUESTIONS[0]), found);
    if (status == APR_SUCCESS)
        status = find_old_triggers(db, pool, found);
    if (status == APR_SUCCESS)
        *faults = found;
    return status;
}

apr_status_t msa_schema_notes(msa_db_t *db, apr_pool_t *pool, int password_width,
                              apr_array_header_t **notes)
{
    apr_array_header_t *found = apr_array_make(pool, 2, sizeof(const char *));
    const msa_shape_t *shape = NULL;
    apr_status_t status = msa_db_shape(db, pool, &shape);
    if (status == APR_SUCCESS)
        status = note(db, pool, shape, password_width, found);
    if (status == APR_SUCCESS)
        *notes = found;
    return status;
}
