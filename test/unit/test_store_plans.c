/* SPDX-License-Identifier: Apache-2.0 */
/* Every statement finds its rows by an index, however large the tables are. */
#include "store_fixture.h"

#include "../../src/store/dialect.h"

#include <ctype.h>

#define MANY 4096

/** What a statement gets for an argument, by the column that it is compared with or written to. */
static const struct {
    const char *column;
    const char *value;
} VALUES[] = {
    {"email",         "'user7@example.org'"},
    {"username",      "'user7'"            },
    {"purpose",       "'session'"          },
    {"family",        "'f7'"               },
    {"expires_at",    "10"                 },
    {"spent_at",      "10"                 },
    {"claimed_until", "10"                 },
    {"sent_at",       "10"                 },
    {"failed_at",     "10"                 },
    {"next_at",       "10"                 },
    {"created_at",    "10"                 },
    {"LIMIT",         "20"                 },
};

/** What may read many rows: there are few roles, only the administrator asks for lists, and changes
 * are read in the order of their ids, a limited number at a time. */
static const char *const EXCEPTIONS[] = {
    "role_list",        "role_members",        "user_list",   "change_list",
    "user_list_role",   "role_delete_members", "outbox_list", "outbox_list_all",
    "outbox_retry_all", "outbox_count",        NULL};

static bool is_exception(const char *name)
{
    for (const char *const *exception = EXCEPTIONS; *exception; exception++) {
        if (strcmp(*exception, name) == 0)
            return true;
    }
    return false;
}

static const char *value_of(apr_pool_t *pool, const char *before, bool is_number)
{
    const char *end = before + strlen(before);
    const char *start;
    while (end > before && strchr(" =<>(,", end[-1]))
        end--;
    for (start = end; start > before && (start[-1] == '_' || isalnum((unsigned char)start[-1]));
         start--)
        ;
    for (size_t i = 0; i < sizeof(VALUES) / sizeof(VALUES[0]); i++) {
        if (strcmp(apr_pstrmemdup(pool, start, (apr_size_t)(end - start)), VALUES[i].column) == 0)
            return VALUES[i].value;
    }
    return is_number ? "7" : "'7'";
}

/* The statement with values in place of its arguments. */
static const char *filled(store_t *store, msa_sql_t statement)
{
    const char *text =
        msa_sql_text(store->pool, msa_dialect_find(store->driver), &store->settings, statement);
    const char *done = "";
    const char *hole;
    while ((hole = strchr(text, '%')) != NULL) {
        bool is_number = hole[1] == 'l';
        done = apr_pstrcat(store->pool, done,
                           apr_pstrmemdup(store->pool, text, (apr_size_t)(hole - text)), NULL);
        done = apr_pstrcat(store->pool, done, value_of(store->pool, done, is_number), NULL);
        text = hole + (is_number ? 4 : 2);
    }
    return apr_pstrcat(store->pool, done, text, NULL);
}

static void fill(store_t *store)
{
    static const char *const TEXTS[] = {
        "INSERT INTO roles_users (user_id, role_id) SELECT n + 1, 1 FROM n",
        "INSERT INTO security_ticket (digest, purpose, user_id, stamp, family, audience, "
        "created_at, expires_at, used_at, spent_at) SELECT n, 'session', n % 4 + 5, 's', "
        "n, 'a', n, n, n, n FROM n",
        "INSERT INTO security_outbox (message_id, sender, recipient, subject, kind, created_at, "
        "next_at, state, claimed_by) SELECT n, 's', 'r', 's', 'k', n, n, 0, n FROM n",
        "INSERT INTO security_outbox (message_id, sender, recipient, subject, kind, created_at, "
        "next_at, state, failed_at) SELECT n, 's', 'r', 's', 'k', n, n, 2, n FROM n",
        "INSERT INTO security_attempt (account_key, address, created_at) SELECT n, n, n FROM n",
        "INSERT INTO security_changes (user_id, created_at) SELECT n, n FROM n",
        "INSERT INTO security_audit (event, outcome, user_id, created_at) SELECT 'e', 'o', n, n "
        "FROM n",
    };
    bool is_mysql = store_is_mysql(store);
    store_do(store, "ALTER TABLE user ADD COLUMN fs_token_uniquifier VARCHAR(64)");
    store_do(store, "CREATE TABLE n (n INTEGER)");
    store_do(store, "INSERT INTO n VALUES (0)");
    for (int count = 1; count < MANY; count *= 2)
        store_do(store, apr_psprintf(store->pool, "INSERT INTO n SELECT n + %d FROM n", count));
    store_do(store, "INSERT INTO role (id, name) SELECT n + 1, n FROM n WHERE n < 200");
    store_do(store, is_mysql ? "INSERT INTO user (email, username, active, fs_uniquifier) SELECT "
                               "CONCAT('user', n, '@example.org'), CONCAT('user', n), 1, n FROM n"
                             : "INSERT INTO user (email, username, active, fs_uniquifier) SELECT "
                               "'user' || n || '@example.org', 'user' || n, 1, n FROM n");
    for (size_t i = 0; i < sizeof(TEXTS) / sizeof(TEXTS[0]); i++)
        store_do(store, TEXTS[i]);
    if (is_mysql)
        store_ask(store, "ANALYZE TABLE user, role, roles_users, security_ticket, security_outbox, "
                         "security_attempt, security_changes, security_audit");
}

static bool is_scan(const char *type)
{
    return strcmp(type, "ALL") == 0 || strcmp(type, "index") == 0;
}

/* An index under which half of the rows are equal is of no use. */
static bool is_half(const char *rows)
{
    return rows && apr_atoi64(rows) > MANY * 2 / 5;
}

/* The first table that a plan reads from beginning to end; NULL when there is none. */
static const char *scanned(store_t *store, const char *text)
{
    bool is_mysql = store_is_mysql(store);
    apr_dbd_results_t *results = NULL;
    apr_dbd_row_t *row = NULL;
    const char *found = NULL;
    const char *explain =
        apr_pstrcat(store->pool, is_mysql ? "EXPLAIN " : "EXPLAIN QUERY PLAN ", text, NULL);
    int code = apr_dbd_select(store->dbd, store->pool, store->other, &results, explain, 0);
    if (code)
        fail_msg("%s: %s", explain, apr_dbd_error(store->dbd, store->other, code));
    while (apr_dbd_get_row(store->dbd, store->pool, results, &row, -1) == 0) {
        const char *kind = apr_dbd_get_entry(store->dbd, row, 3);
        if (is_mysql && kind && (is_scan(kind) || is_half(apr_dbd_get_entry(store->dbd, row, 8))))
            found = apr_pstrdup(store->pool, apr_dbd_get_entry(store->dbd, row, 2));
        /* A statement whose tables are all in its parts reads one row that is in no table. */
        if (!is_mysql && strncmp(kind, "SCAN ", 5) == 0 && strcmp(kind, "SCAN CONSTANT ROW") != 0)
            found = apr_pstrdup(store->pool, kind + 5);
    }
    return found;
}

static void every_statement_finds_its_rows_by_an_index(void **state)
{
    store_t *store = *state;
    fill(store);
    for (int i = 0; i < SQL_COUNT; i++) {
        const char *name = msa_sql_name((msa_sql_t)i);
        const char *text = filled(store, (msa_sql_t)i);
        const char *table;
        if (!strstr(text, "security_") && !strstr(text, "user") && !strstr(text, "role"))
            continue;
        if (strstr(text, "information_schema") || strstr(text, "pragma_") ||
            strncmp(text, "INSERT", 6) == 0 || is_exception(name))
            continue;
        table = scanned(store, text);
        if (table)
            fail_msg("%s reads all of %s: %s", name, table, text);
    }
}

int main(void)
{
    static const struct CMUnitTest TESTS[] = {
        cmocka_unit_test(every_statement_finds_its_rows_by_an_index),
    };
    return store_run("plans", TESTS, sizeof(TESTS) / sizeof(TESTS[0]));
}
