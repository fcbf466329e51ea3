/* SPDX-License-Identifier: Apache-2.0 */
/* Looks at the columns of a database and decides whether the statements mean what they say
 * there. */

#include "shape.h"

#include <string.h>
#include <strings.h>

#include <apr_strings.h>

#define EMAIL_WIDTH    254
#define USERNAME_WIDTH 32
#define ADDRESS_WIDTH  45 /* of an IPv6 address with an IPv4 address at its end */
#define UNIQUE_WIDTH   32

/* What a column holds. */
#define ANYTHING MSA_HOLDS_ANYTHING
#define NUMBERS  MSA_HOLDS_NUMBERS
#define FLAGS    MSA_HOLDS_FLAGS

/* clang-format off */
static const msa_column_t COLUMNS[] = {
    /* whose table, name behind the prefix, column, what it holds, least width, type when added */
    {MSA_OF_USER,    NULL,      "id",               NUMBERS,  0,              NULL},
    {MSA_OF_USER,    NULL,      "email",            ANYTHING, EMAIL_WIDTH,    NULL},
    {MSA_OF_USER,    NULL,      "username",         ANYTHING, USERNAME_WIDTH, "VARCHAR(255)"},
    {MSA_OF_USER,    NULL,      "password",         ANYTHING, 0,              "VARCHAR(255)"},
    {MSA_OF_USER,    NULL,      "active",           FLAGS,    0,              NULL},
    {MSA_OF_USER,    NULL,      "fs_uniquifier",    ANYTHING, UNIQUE_WIDTH,   NULL},
    {MSA_OF_USER,    NULL,      "confirmed_at",     ANYTHING, 0,              "DATETIME"},
    {MSA_OF_USER,    NULL,      "last_login_at",    ANYTHING, 0,              "DATETIME"},
    {MSA_OF_USER,    NULL,      "current_login_at", ANYTHING, 0,              "DATETIME"},
    {MSA_OF_USER,    NULL,      "last_login_ip",    ANYTHING, ADDRESS_WIDTH,  "VARCHAR(64)"},
    {MSA_OF_USER,    NULL,      "current_login_ip", ANYTHING, ADDRESS_WIDTH,  "VARCHAR(64)"},
    {MSA_OF_USER,    NULL,      "login_count",      ANYTHING, 0,              "INTEGER"},
    {MSA_OF_USER,    NULL,      "create_datetime",  ANYTHING, 0,              "DATETIME"},
    {MSA_OF_USER,    NULL,      "update_datetime",  ANYTHING, 0,              "DATETIME"},

    {MSA_OF_ROLE,    NULL,      "id",               NUMBERS,  0,              NULL},
    {MSA_OF_ROLE,    NULL,      "name",             ANYTHING, 0,              NULL},
    {MSA_OF_ROLE,    NULL,      "description",      ANYTHING, 0,              "VARCHAR(255)"},
    {MSA_OF_ROLE,    NULL,      "permissions",      ANYTHING, 0,              "TEXT"},
    {MSA_OF_ROLE,    NULL,      "update_datetime",  ANYTHING, 0,              "DATETIME"},

    {MSA_OF_MEMBERS, NULL,      "user_id",          NUMBERS,  0,              NULL},
    {MSA_OF_MEMBERS, NULL,      "role_id",          NUMBERS,  0,              NULL},

    {MSA_OF_PREFIX,  "ticket",  "id",               NUMBERS,  0,              NULL},
    {MSA_OF_PREFIX,  "ticket",  "digest",           ANYTHING, 0,              NULL},
    {MSA_OF_PREFIX,  "ticket",  "purpose",          ANYTHING, 0,              NULL},
    {MSA_OF_PREFIX,  "ticket",  "user_id",          NUMBERS,  0,              NULL},
    {MSA_OF_PREFIX,  "ticket",  "stamp",            ANYTHING, 0,              NULL},
    {MSA_OF_PREFIX,  "ticket",  "family",           ANYTHING, 0,              NULL},
    {MSA_OF_PREFIX,  "ticket",  "audience",         ANYTHING, 0,              NULL},
    {MSA_OF_PREFIX,  "ticket",  "created_at",       NUMBERS,  0,              NULL},
    {MSA_OF_PREFIX,  "ticket",  "expires_at",       NUMBERS,  0,              NULL},
    {MSA_OF_PREFIX,  "ticket",  "used_at",          NUMBERS,  0,              NULL},
    {MSA_OF_PREFIX,  "ticket",  "spent_at",         NUMBERS,  0,              NULL},
    {MSA_OF_PREFIX,  "ticket",  "fresh_at",         NUMBERS,  0,              NULL},
    {MSA_OF_PREFIX,  "ticket",  "address",          ANYTHING, 0,              NULL},
    {MSA_OF_PREFIX,  "ticket",  "agent",            ANYTHING, 0,              NULL},
    {MSA_OF_PREFIX,  "ticket",  "detail",           ANYTHING, 0,              NULL},
    {MSA_OF_PREFIX,  "ticket",  "registration",     ANYTHING, 0,              "TEXT"},

    {MSA_OF_PREFIX,  "outbox",  "id",               NUMBERS,  0,              NULL},
    {MSA_OF_PREFIX,  "outbox",  "message_id",       ANYTHING, 0,              NULL},
    {MSA_OF_PREFIX,  "outbox",  "sender",           ANYTHING, 0,              NULL},
    {MSA_OF_PREFIX,  "outbox",  "recipient",        ANYTHING, 0,              NULL},
    {MSA_OF_PREFIX,  "outbox",  "subject",          ANYTHING, 0,              NULL},
    {MSA_OF_PREFIX,  "outbox",  "text_part",        ANYTHING, 0,              NULL},
    {MSA_OF_PREFIX,  "outbox",  "html_part",        ANYTHING, 0,              NULL},
    {MSA_OF_PREFIX,  "outbox",  "kind",             ANYTHING, 0,              NULL},
    {MSA_OF_PREFIX,  "outbox",  "created_at",       NUMBERS,  0,              NULL},
    {MSA_OF_PREFIX,  "outbox",  "next_at",          NUMBERS,  0,              NULL},
    {MSA_OF_PREFIX,  "outbox",  "attempts",         NUMBERS,  0,              NULL},
    {MSA_OF_PREFIX,  "outbox",  "state",            NUMBERS,  0,              NULL},
    {MSA_OF_PREFIX,  "outbox",  "sent_at",          NUMBERS,  0,              NULL},
    {MSA_OF_PREFIX,  "outbox",  "failed_at",        NUMBERS,  0,              NULL},
    {MSA_OF_PREFIX,  "outbox",  "claimed_by",       ANYTHING, 0,              NULL},
    {MSA_OF_PREFIX,  "outbox",  "claimed_until",    NUMBERS,  0,              NULL},
    {MSA_OF_PREFIX,  "outbox",  "error",            ANYTHING, 0,              NULL},

    {MSA_OF_PREFIX,  "attempt", "id",               NUMBERS,  0,              NULL},
    {MSA_OF_PREFIX,  "attempt", "account_key",      ANYTHING, 0,              NULL},
    {MSA_OF_PREFIX,  "attempt", "address",          ANYTHING, 0,              NULL},
    {MSA_OF_PREFIX,  "attempt", "guess",            ANYTHING, 0,              "CHAR(32)"},
    {MSA_OF_PREFIX,  "attempt", "created_at",       NUMBERS,  0,              NULL},

    {MSA_OF_PREFIX,  "changes", "id",               NUMBERS,  0,              NULL},
    {MSA_OF_PREFIX,  "changes", "user_id",          NUMBERS,  0,              NULL},
    {MSA_OF_PREFIX,  "changes", "digest",           ANYTHING, 0,              NULL},
    {MSA_OF_PREFIX,  "changes", "created_at",       NUMBERS,  0,              NULL},

    {MSA_OF_PREFIX,  "audit",   "id",               NUMBERS,  0,              NULL},
    {MSA_OF_PREFIX,  "audit",   "event",            ANYTHING, 0,              NULL},
    {MSA_OF_PREFIX,  "audit",   "outcome",          ANYTHING, 0,              NULL},
    {MSA_OF_PREFIX,  "audit",   "user_id",          NUMBERS,  0,              NULL},
    {MSA_OF_PREFIX,  "audit",   "identity",         ANYTHING, 0,              NULL},
    {MSA_OF_PREFIX,  "audit",   "address",          ANYTHING, 0,              NULL},
    {MSA_OF_PREFIX,  "audit",   "created_at",       NUMBERS,  0,              NULL},

    {MSA_OF_PREFIX,  "version", "version",          NUMBERS,  0,              NULL},
};
/* clang-format on */

#define COLUMN_COUNT (sizeof(COLUMNS) / sizeof(COLUMNS[0]))

/** One column of the database. */
typedef struct found_t {
    const char *type;
    apr_int64_t width; /* in characters; 0 = no limit known */
} found_t;

const msa_column_t *msa_shape_column(size_t index)
{
    return index < COLUMN_COUNT ? &COLUMNS[index] : NULL;
}

const char *msa_shape_table(apr_pool_t *pool, const msa_settings_t *settings, msa_owner_t owner,
                            const char *table)
{
    switch (owner) {
    case MSA_OF_USER:
        return settings->user_table;
    case MSA_OF_ROLE:
        return settings->role_table;
    case MSA_OF_MEMBERS:
        return settings->roles_users_table;
    case MSA_OF_PREFIX:
        break;
    }
    return apr_pstrcat(pool, settings->table_prefix, table, NULL);
}

/* The columns of one table stand together. */
static bool begins_table(const msa_column_t *column)
{
    return column == COLUMNS || column->owner != column[-1].owner ||
           (column->table && strcmp(column->table, column[-1].table) != 0);
}

const char *msa_shape_query(apr_pool_t *pool, const msa_dialect_t *dialect,
                            const msa_settings_t *settings)
{
    const char *names = NULL;
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        const msa_column_t *column = &COLUMNS[i];
        const char *table = msa_shape_table(pool, settings, column->owner, column->table);
        if (begins_table(column))
            names = apr_pstrcat(pool, names ? names : "", names ? ", '" : "'", table, "'", NULL);
    }
    return apr_pstrcat(pool, dialect->columns, " (", names, ")", NULL);
}

static const char *lower(apr_pool_t *pool, const char *text)
{
    char *made = apr_pstrdup(pool, text);
    for (char *c = made; *c; c++)
        *c = (char)((*c >= 'A' && *c <= 'Z') ? *c + ('a' - 'A') : *c);
    return made;
}

/* Column names ignore case. */
static const char *key_of(apr_pool_t *pool, const char *table, const char *column)
{
    return apr_pstrcat(pool, table, ".", lower(pool, column), NULL);
}

static void note_row(msa_shape_t *shape, apr_pool_t *pool, const char *const *row, bool is_exact)
{
    found_t *found = apr_pcalloc(pool, sizeof(*found));
    found->type = row[2] ? row[2] : "";
    msa_sql_number(row[3], &found->width);
    if (row[0] && row[1])
        apr_hash_set(shape->columns, key_of(pool, is_exact ? row[0] : lower(pool, row[0]), row[1]),
                     APR_HASH_KEY_STRING, found);
}

/* Some databases distinguish tables by case: one spelled exactly as asked takes precedence. */
msa_shape_t *msa_shape_make(apr_pool_t *pool, const msa_dialect_t *dialect,
                            const msa_settings_t *settings, const apr_array_header_t *rows)
{
    msa_shape_t *shape = apr_pcalloc(pool, sizeof(*shape));
    shape->dialect = dialect;
    shape->settings = settings;
    shape->columns = apr_hash_make(pool);
    for (int i = 0; i < 2 * rows->nelts; i++)
        note_row(shape, pool, APR_ARRAY_IDX(rows, i % rows->nelts, const char *const *),
                 i >= rows->nelts);
    return shape;
}

static const found_t *find(const msa_shape_t *shape, apr_pool_t *pool, const char *table,
                           const char *column)
{
    const found_t *found =
        apr_hash_get(shape->columns, key_of(pool, table, column), APR_HASH_KEY_STRING);
    return found ? found
                 : apr_hash_get(shape->columns, key_of(pool, lower(pool, table), column),
                                APR_HASH_KEY_STRING);
}

bool msa_shape_has(const msa_shape_t *shape, apr_pool_t *pool, const char *table,
                   const char *column)
{
    return find(shape, pool, table, column) != NULL;
}

static bool has_table(const msa_shape_t *shape, apr_pool_t *pool, const char *table)
{
    apr_size_t length = strlen(table);
    for (apr_hash_index_t *i = apr_hash_first(pool, shape->columns); i; i = apr_hash_next(i)) {
        const char *key = apr_hash_this_key(i);
        if (strncasecmp(key, table, length) == 0 && key[length] == '.')
            return true;
    }
    return false;
}

/* Where any column takes any value, each row is checked as it is read. */
static bool can_hold(const msa_dialect_t *dialect, msa_holds_t holds, const char *type)
{
    if (holds == MSA_HOLDS_ANYTHING || (holds == MSA_HOLDS_FLAGS && !dialect->has_types))
        return true;
    return dialect->is_whole(type);
}

static const char *fault_of(const msa_shape_t *shape, apr_pool_t *pool, const msa_column_t *column,
                            const char *table)
{
    const found_t *found = find(shape, pool, table, column->name);
    if (!found)
        return apr_psprintf(pool, "the table %s has no column %s", table, column->name);
    if (can_hold(shape->dialect, column->holds, found->type))
        return NULL;
    return apr_psprintf(pool, "the column %s.%s has the type %s, but must hold whole numbers only",
                        table, column->name, *found->type ? found->type : "(none)");
}

void msa_shape_faults(const msa_shape_t *shape, apr_pool_t *pool, apr_array_header_t *faults)
{
    bool is_there = false;
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        const msa_column_t *column = &COLUMNS[i];
        const char *table = msa_shape_table(pool, shape->settings, column->owner, column->table);
        const char *fault = NULL;
        if (begins_table(column)) {
            is_there = has_table(shape, pool, table);
            fault = is_there ? NULL : apr_psprintf(pool, "there is no table %s", table);
        }
        if (is_there)
            fault = fault_of(shape, pool, column, table);
        if (fault)
            APR_ARRAY_PUSH(faults, const char *) = fault;
    }
}

void msa_shape_notes(const msa_shape_t *shape, apr_pool_t *pool, int password_width,
                     apr_array_header_t *notes)
{
    for (size_t i = 0; shape->dialect->has_types && i < COLUMN_COUNT; i++) {
        const msa_column_t *column = &COLUMNS[i];
        const char *table = msa_shape_table(pool, shape->settings, column->owner, column->table);
        const found_t *found = find(shape, pool, table, column->name);
        int width = column->width;
        if (column->owner == MSA_OF_USER && strcmp(column->name, "password") == 0)
            width = password_width;
        if (found && found->width && found->width < width)
            APR_ARRAY_PUSH(notes, const char *) = apr_psprintf(
                pool,
                "the column %s.%s holds %" APR_INT64_T_FMT " characters, but %d may be needed",
                table, column->name, found->width, width);
    }
}
