/* SPDX-License-Identifier: Apache-2.0 */
#include "store_fixture.h"

#include "../../src/store/roles.h"
#include "../../src/store/schema.h"
#include "../../src/store/sql.h"

#define PASSWORD_WIDTH 97

static int faults(store_t *store, const char **first)
{
    apr_array_header_t *found = NULL;
    assert_int_equal(msa_schema_check(store->db, store->pool, PASSWORD_WIDTH, &found), APR_SUCCESS);
    *first = found->nelts ? APR_ARRAY_IDX(found, 0, const char *) : "";
    return found->nelts;
}

static void assert_told(store_t *store, const char *text)
{
    const char *fault = NULL;
    faults(store, &fault);
    if (!strstr(fault, text))
        fail_msg("not about %s: %s", text, fault);
}

static apr_status_t find_ann(store_t *store, msa_user_t **user)
{
    return msa_user_by_email(store->db, store->pool, "ann@example.org", user);
}

/* What was seen of the tables is not asked for again at once. */
static void look_anew(store_t *store)
{
    store_reopen(store, "");
}

/* SQLite's other connection learns by an error that the tables have changed. */
static void notice_changes(store_t *store)
{
    int changed = 0;
    if (!store_is_mysql(store))
        apr_dbd_query(store->dbd, store->other, &changed, "SELECT COUNT(*) FROM sqlite_master");
}

static void assert_unfit(store_t *store)
{
    msa_user_t *user = NULL;
    look_anew(store);
    assert_int_not_equal(find_ann(store, &user), APR_SUCCESS);
    assert_int_not_equal(find_ann(store, &user), APR_NOTFOUND);
    assert_int_not_equal(msa_db_begin(store->db), APR_SUCCESS);
    assert_true(store_logged(store, "database unfit: "));
    assert_int_equal(store->lends, 0);
}

static void assert_fit(store_t *store)
{
    msa_user_t *user = NULL;
    look_anew(store);
    assert_int_equal(find_ann(store, &user), APR_SUCCESS);
}

static void make_members(store_t *store, const char *type)
{
    store_do(store, "DROP TABLE roles_users");
    store_do(store,
             apr_psprintf(store->pool, "CREATE TABLE roles_users (user_id %s, role_id INT)", type));
}

/* ---- keys ---- */

static void keys_are_whole_numbers_in_every_spelling_of_the_database(void **state)
{
    static const char *const MYSQL[] = {"TINYINT",
                                        "SMALLINT UNSIGNED",
                                        "MEDIUMINT(5)",
                                        "INT ZEROFILL",
                                        "BIGINT UNSIGNED ZEROFILL",
                                        "INTEGER",
                                        "INT8",
                                        "SERIAL",
                                        NULL};
    static const char *const SQLITE[] = {
        "INT", "INTEGER", "integer", "BIGINT", "UNSIGNED BIG INT", "INT8", "TINYINT(3)", NULL};
    store_t *store = *state;
    const char *first = NULL;
    store_user(store, "ann@example.org", NULL);
    for (const char *const *type = store_is_mysql(store) ? MYSQL : SQLITE; *type; type++) {
        make_members(store, *type);
        if (strstr(*type, "SERIAL") == NULL)
            assert_int_equal(msa_role_add(store->db, store->pool, 1, 3), APR_SUCCESS);
        assert_fit(store);
        faults(store, &first);
        assert_null(strstr(first, "must hold whole numbers"));
    }
    assert_int_equal(store->log->nelts, 0);
}

static void keys_of_any_other_type_make_the_store_unfit(void **state)
{
    static const char *const MYSQL[] = {
        "CHAR(36)",      "VARCHAR(64)", "TEXT",       "BINARY(16)", "VARBINARY(16)", "BLOB",
        "DECIMAL(10,0)", "DOUBLE",      "FLOAT",      "BIT(8)",     "YEAR",          "DATETIME",
        "ENUM('1')",     "JSON",        "VARCHAR(1)", NULL};
    static const char *const SQLITE[] = {"CHAR(36)", "VARCHAR", "TEXT",    "BLOB",   "",
                                         "NUMERIC",  "REAL",    "DECIMAL", "DOUBLE", "BOOLEAN",
                                         "DATETIME", "UUID",    NULL};
    store_t *store = *state;
    store_user(store, "ann@example.org", NULL);
    for (const char *const *type = store_is_mysql(store) ? MYSQL : SQLITE; *type; type++) {
        make_members(store, *type);
        assert_unfit(store);
        assert_told(store, "the column roles_users.user_id has the type ");
    }
    make_members(store, "INT");
    assert_fit(store);
}

static void each_of_the_four_keys_is_looked_at(void **state)
{
    static const char *const TABLES[][2] = {
        {"user",        "id"     },
        {"role",        "id"     },
        {"roles_users", "user_id"},
        {"roles_users", "role_id"}
    };
    store_t *store = *state;
    for (size_t i = 0; i < 4; i++) {
        const char *table = TABLES[i][0], *column = TABLES[i][1];
        store_do(store, apr_psprintf(store->pool, "ALTER TABLE %s RENAME COLUMN %s TO former",
                                     table, column));
        store_do(store,
                 apr_psprintf(store->pool, "ALTER TABLE %s ADD COLUMN %s CHAR(36)", table, column));
        assert_unfit(store);
        assert_told(store,
                    apr_psprintf(store->pool, "the column %s.%s has the type ", table, column));
        store_do(store, apr_psprintf(store->pool, "ALTER TABLE %s DROP COLUMN %s", table, column));
        store_do(store, apr_psprintf(store->pool, "ALTER TABLE %s RENAME COLUMN former TO %s",
                                     table, column));
    }
}

/* ---- rows ---- */

/* SQLite keeps what is not a number in a column for numbers, unless that is the file's key. */
static void become_lax(store_t *store)
{
    store_do(store, "PRAGMA foreign_keys = OFF");
    store_do(store, "CREATE TABLE lax AS SELECT * FROM user");
    store_do(store, "DROP TABLE user");
    store_do(store,
             "CREATE TABLE user (id INT, email VARCHAR, username VARCHAR, password VARCHAR, "
             "active INT, fs_uniquifier VARCHAR, confirmed_at DATETIME, last_login_at "
             "DATETIME, current_login_at DATETIME, last_login_ip VARCHAR, current_login_ip "
             "VARCHAR, login_count INT, create_datetime DATETIME, update_datetime DATETIME)");
    store_do(store, "INSERT INTO user (id, email, password, active, fs_uniquifier) "
                    "VALUES (1, 'ann@example.org', '$hash$', 1, 'x')");
}

static void assert_broken(store_t *store, const char *column, const char *value)
{
    const char *told = apr_psprintf(store->pool, "database broken: user.%s is ", column);
    msa_user_t *user = NULL;
    apr_array_header_t *users = NULL;
    store->log->nelts = 0;
    store_do(store, apr_psprintf(store->pool, "UPDATE user SET %s = %s", column, value));
    if (find_ann(store, &user) == APR_SUCCESS)
        fail_msg("%s = %s was read", column, value);
    assert_int_equal(store->log->nelts, 1);
    if (!store_logged(store, told))
        fail_msg("not told of %s: %s", column, APR_ARRAY_IDX(store->log, 0, const char *));
    assert_int_not_equal(find_ann(store, &user), APR_NOTFOUND);
    /* A list begins after 0. */
    if (*value != '-' && strcmp(value, "NULL") != 0)
        assert_int_not_equal(msa_user_list(store->db, store->pool, NULL, 0, 9, &users),
                             APR_SUCCESS);
    assert_null(user);
}

static void key_that_is_not_an_integer_never_matches_another(void **state)
{
    static const char *const VALUES[] = {
        "'6f1c0000-0000'",       "''", "'6x'", "-6", "6.5", "NULL", "1e300", "'0x6'",
        "'99999999999999999999'"};
    store_t *store = *state;
    if (store_is_mysql(store))
        return;
    become_lax(store);
    for (size_t i = 0; i < sizeof(VALUES) / sizeof(VALUES[0]); i++)
        assert_broken(store, "id", VALUES[i]);
    store_do(store, "UPDATE user SET id = 6");
    assert_fit(store);
}

static void only_digits_are_a_whole_number(void **state)
{
    static const char *const NONE[] = {
        "",   " 6",  "6 ",  "+6", "-6",  "6.0", "6x",
        "x6", "0x6", "6e1", "6,", "1 2", "\t6", "9223372036854775808"};
    apr_int64_t number = -1;
    (void)state;
    for (size_t i = 0; i < sizeof(NONE) / sizeof(NONE[0]); i++)
        assert_false(msa_sql_number(NONE[i], &number));
    assert_false(msa_sql_number(NULL, &number));
    assert_int_equal(number, -1);
    assert_true(msa_sql_number("9223372036854775807", &number) && number == APR_INT64_MAX);
    assert_true(msa_sql_number("0000000006", &number) && number == 6);
    assert_true(msa_sql_number("0", &number) && number == 0);
}

static void state_that_cannot_be_read_is_not_guessed(void **state)
{
    static const char *const FLAGS[] = {"'true'", "'yes'", "''", "2", "-1", "1.5", "NULL"};
    static const char *const TIMES[] = {"'yesterday'", "1700000000", "''", "'2021-02-31 00:00:00'"};
    store_t *store = *state;
    msa_user_t *user = NULL;
    if (store_is_mysql(store))
        return;
    become_lax(store);
    for (size_t i = 0; i < sizeof(FLAGS) / sizeof(FLAGS[0]); i++)
        assert_broken(store, "active", FLAGS[i]);
    store_do(store, "UPDATE user SET active = 0");
    for (size_t i = 0; i < sizeof(TIMES) / sizeof(TIMES[0]); i++)
        assert_broken(store, "confirmed_at", TIMES[i]);
    store_do(store, "UPDATE user SET confirmed_at = NULL, login_count = 'many', "
                    "last_login_at = 'once', current_login_at = 'now', create_datetime = 'ever'");
    assert_int_equal(find_ann(store, &user), APR_SUCCESS);
    assert_false(user->is_active);
    assert_int_equal(user->confirmed_at, 0);
    assert_int_equal(user->login_count, 0);
}

static void numbers_that_are_too_great_are_none(void **state)
{
    store_t *store = *state;
    msa_user_t *user = NULL;
    if (!store_is_mysql(store))
        return;
    store_user(store, "ann@example.org", NULL);
    store_do(store, "SET foreign_key_checks = 0");
    store_do(store, "DROP TABLE roles_users");
    store_do(store, "CREATE TABLE roles_users (user_id BIGINT UNSIGNED ZEROFILL, role_id INT)");
    store_do(store, "ALTER TABLE user MODIFY id BIGINT UNSIGNED ZEROFILL NOT NULL AUTO_INCREMENT");
    assert_int_equal(find_ann(store, &user), APR_SUCCESS);
    assert_int_equal(user->id, 1);
    assert_broken(store, "id", "18446744073709551615");
    store_do(store, "UPDATE user SET id = 1");
    assert_broken(store, "active", "2");
}

static void role_that_cannot_be_read_is_refused_and_reported(void **state)
{
    store_t *store = *state;
    msa_user_t *ann;
    apr_array_header_t *roles = NULL;
    if (store_is_mysql(store))
        return;
    ann = store_user(store, "ann@example.org", NULL);
    store_do(store, "PRAGMA foreign_keys = OFF");
    store_do(store, "DROP TABLE role");
    store_do(store, "CREATE TABLE role (id INT, name TEXT, description TEXT, permissions TEXT, "
                    "update_datetime DATETIME)");
    store_do(store, "INSERT INTO role (id, name) VALUES ('3a', 'admin')");
    store_do(store, "INSERT INTO roles_users (user_id, role_id) VALUES (1, '3a')");
    assert_int_not_equal(msa_roles_of_user(store->db, store->pool, ann->id, &roles), APR_SUCCESS);
    assert_null(roles);
    assert_true(store_logged(store, "database broken: role.id is not a whole number: \"3a\""));
}

static void text_and_number_are_never_the_same_user(void **state)
{
    store_t *store = *state;
    msa_user_t *ann;
    apr_array_header_t *roles = NULL;
    if (store_is_mysql(store))
        return;
    ann = store_user(store, "ann@example.org", NULL);
    store_do(store, "PRAGMA foreign_keys = OFF");
    store_do(store, "INSERT INTO role (id, name) VALUES (3, 'admin')");
    store_do(store, "INSERT INTO roles_users (user_id, role_id) VALUES ('1b', 3)");
    assert_int_equal(msa_roles_of_user(store->db, store->pool, ann->id, &roles), APR_SUCCESS);
    assert_int_equal(roles->nelts, 0);
}

static void ticket_that_cannot_be_read_is_good_for_nobody(void **state)
{
    static const char *const COLUMNS[] = {"user_id",  "created_at", "expires_at", "used_at",
                                          "spent_at", "fresh_at",   "stamp"};
    store_t *store = *state;
    msa_ticket_t *ticket, *found = NULL;
    if (store_is_mysql(store))
        return;
    for (size_t i = 0; i < sizeof(COLUMNS) / sizeof(COLUMNS[0]); i++) {
        ticket = store_ticket(store, 7, "session", (int)i + 1);
        assert_int_equal(msa_ticket_insert(store->db, store->pool, ticket), APR_SUCCESS);
        store_do(store,
                 apr_psprintf(store->pool, "UPDATE security_ticket SET %s = '9x' WHERE id = %d",
                              COLUMNS[i], (int)ticket->id));
        if (msa_ticket_by_digest(store->db, store->pool, ticket->digest, &found) == APR_SUCCESS)
            fail_msg("a ticket with an unreadable %s was read", COLUMNS[i]);
        assert_true(store_logged(
            store, apr_psprintf(store->pool, "broken: security_ticket.%s is ", COLUMNS[i])));
    }
}

/* ---- what is missing ---- */

static const char *const OWN[] = {"ticket", "outbox", "attempt", "changes", "audit", "version"};

static const char *columns_of(store_t *store, const char *table)
{
    return store_ask(store,
                     apr_psprintf(store->pool,
                                  store_is_mysql(store)
                                      ? "SELECT GROUP_CONCAT(column_name SEPARATOR ' ') FROM "
                                        "information_schema.columns WHERE table_schema = "
                                        "DATABASE() AND table_name = '%s'"
                                      : "SELECT group_concat(name, ' ') FROM "
                                        "pragma_table_info('%s')",
                                  table));
}

static void any_missing_column_of_ours_is_reported(void **state)
{
    store_t *store = *state;
    for (size_t i = 0; i < sizeof(OWN) / sizeof(OWN[0]); i++) {
        const char *table = apr_pstrcat(store->pool, "security_", OWN[i], NULL);
        char *names = apr_pstrdup(store->pool, columns_of(store, table)), *last = NULL;
        for (char *name = apr_strtok(names, " ", &last); name;
             name = apr_strtok(NULL, " ", &last)) {
            store_do(store, apr_psprintf(store->pool, "ALTER TABLE %s RENAME COLUMN %s TO former",
                                         table, name));
            assert_told(store,
                        apr_psprintf(store->pool, "the table %s has no column %s", table, name));
            store_do(store, apr_psprintf(store->pool, "ALTER TABLE %s RENAME COLUMN former TO %s",
                                         table, name));
        }
    }
}

static void without_one_table_the_store_answers_nothing_at_all(void **state)
{
    store_t *store = *state;
    store_user(store, "ann@example.org", NULL);
    for (size_t i = 0; i < sizeof(OWN) / sizeof(OWN[0]); i++) {
        const char *table = apr_pstrcat(store->pool, "security_", OWN[i], NULL);
        notice_changes(store);
        store_do(store, apr_pstrcat(store->pool, "DROP TABLE ", table, NULL));
        assert_unfit(store);
        assert_told(store, apr_pstrcat(store->pool, "there is no table ", table, NULL));
        assert_int_equal(msa_schema_upgrade(store->db, store->pool), APR_SUCCESS);
        assert_fit(store);
    }
    notice_changes(store);
    store_do(store, "DROP TABLE roles_users");
    assert_unfit(store);
    assert_int_equal(msa_schema_create(store->db, store->pool, false), APR_SUCCESS);
    assert_fit(store);
}

static void unfit_store_is_reported_once_until_it_is_repaired(void **state)
{
    store_t *store = *state;
    msa_db_source_t *source = NULL;
    const char *error = NULL;
    msa_user_t *user = NULL;
    msa_db_t *db;
    assert_int_equal(
        msa_db_source_direct(store->pool, store->driver, store->params, &source, &error),
        APR_SUCCESS);
    store_do(store, "DROP TABLE security_attempt");
    for (int i = 0; i < 3; i++) {
        db = msa_db_make(store->pool, &store->env, &store->settings, source);
        assert_int_not_equal(msa_user_by_id(db, store->pool, 1, &user), APR_SUCCESS);
    }
    assert_int_equal(store->log->nelts, 1);
    assert_true(store_logged(store, "database unfit: there is no table security_attempt; "));
    assert_int_equal(msa_schema_upgrade(db, store->pool), APR_SUCCESS);
    assert_int_equal(msa_user_by_id(db, store->pool, 1, &user), APR_NOTFOUND);
    assert_int_equal(store->log->nelts, 1);
}

/* ---- the journal ---- */

static void file_that_is_not_in_wal_mode_is_reported_and_repaired(void **state)
{
    store_t *store = *state;
    const char *first = NULL;
    if (store_is_mysql(store))
        return;
    look_anew(store);
    store_ask(store, "PRAGMA journal_mode = DELETE");
    assert_told(store, "not in WAL mode");
    assert_told(store, "its journal mode is delete");
    assert_int_equal(msa_schema_upgrade(store->db, store->pool), APR_SUCCESS);
    assert_int_equal(faults(store, &first), 0);
    notice_changes(store);
    assert_string_equal(store_ask(store, "PRAGMA journal_mode"), "wal");
}

int main(void)
{
    static const struct CMUnitTest TESTS[] = {
        cmocka_unit_test(keys_are_whole_numbers_in_every_spelling_of_the_database),
        cmocka_unit_test(keys_of_any_other_type_make_the_store_unfit),
        cmocka_unit_test(each_of_the_four_keys_is_looked_at),
        cmocka_unit_test(key_that_is_not_an_integer_never_matches_another),
        cmocka_unit_test(only_digits_are_a_whole_number),
        cmocka_unit_test(state_that_cannot_be_read_is_not_guessed),
        cmocka_unit_test(numbers_that_are_too_great_are_none),
        cmocka_unit_test(role_that_cannot_be_read_is_refused_and_reported),
        cmocka_unit_test(text_and_number_are_never_the_same_user),
        cmocka_unit_test(ticket_that_cannot_be_read_is_good_for_nobody),
        cmocka_unit_test(any_missing_column_of_ours_is_reported),
        cmocka_unit_test(without_one_table_the_store_answers_nothing_at_all),
        cmocka_unit_test(unfit_store_is_reported_once_until_it_is_repaired),
        cmocka_unit_test(file_that_is_not_in_wal_mode_is_reported_and_repaired),
    };
    return store_run("shape", TESTS, sizeof(TESTS) / sizeof(TESTS[0]));
}
