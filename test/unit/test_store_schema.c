/* SPDX-License-Identifier: Apache-2.0 */
#include "store_fixture.h"

#include "../../src/store/attempts.h"
#include "../../src/store/roles.h"
#include "../../src/store/schema.h"

#define PASSWORD_WIDTH 97
#define CHANGES        "SELECT COUNT(*) FROM security_changes"

/* The tables as SQLAlchemy makes them from Flask-Security's models (fsqla_v3), with a user in
 * them. */
static const char *const FLASK_MYSQL[] = {
    "CREATE TABLE role (id INTEGER NOT NULL AUTO_INCREMENT, name VARCHAR(80) NOT NULL, "
    "description VARCHAR(255), permissions TEXT, update_datetime DATETIME NOT NULL DEFAULT now(), "
    "PRIMARY KEY (id), UNIQUE (name)) CHARSET utf8mb4",
    "CREATE TABLE user (id INTEGER NOT NULL AUTO_INCREMENT, email VARCHAR(255) NOT NULL, "
    "active BOOL NOT NULL, fs_uniquifier VARCHAR(64) NOT NULL, confirmed_at DATETIME, "
    "last_login_at DATETIME, current_login_at DATETIME, last_login_ip VARCHAR(64), "
    "current_login_ip VARCHAR(64), login_count INTEGER, tf_primary_method VARCHAR(64), "
    "tf_totp_secret VARCHAR(255), tf_phone_number VARCHAR(128), "
    "create_datetime DATETIME NOT NULL DEFAULT now(), "
    "update_datetime DATETIME NOT NULL DEFAULT now(), username VARCHAR(255), us_totp_secrets TEXT, "
    "fs_webauthn_user_handle VARCHAR(64), mf_recovery_codes TEXT, password VARCHAR(255), "
    "us_phone_number VARCHAR(128), PRIMARY KEY (id), UNIQUE (email), UNIQUE (fs_uniquifier), "
    "UNIQUE (username), UNIQUE (fs_webauthn_user_handle), UNIQUE (us_phone_number)) "
    "CHARSET utf8mb4",
    "CREATE TABLE roles_users (user_id INTEGER, role_id INTEGER, "
    "FOREIGN KEY(user_id) REFERENCES user (id), FOREIGN KEY(role_id) REFERENCES role (id)) "
    "CHARSET utf8mb4",
    NULL,
};

static const char *const FLASK_SQLITE[] = {
    "CREATE TABLE role (id INTEGER NOT NULL, name VARCHAR(80) NOT NULL, description VARCHAR(255), "
    "permissions TEXT, update_datetime DATETIME DEFAULT (CURRENT_TIMESTAMP) NOT NULL, "
    "PRIMARY KEY (id), UNIQUE (name))",
    "CREATE TABLE \"user\" (id INTEGER NOT NULL, email VARCHAR(255) NOT NULL, "
    "active BOOLEAN NOT NULL, fs_uniquifier VARCHAR(64) NOT NULL, confirmed_at DATETIME, "
    "last_login_at DATETIME, current_login_at DATETIME, last_login_ip VARCHAR(64), "
    "current_login_ip VARCHAR(64), login_count INTEGER, tf_primary_method VARCHAR(64), "
    "tf_totp_secret VARCHAR(255), tf_phone_number VARCHAR(128), "
    "create_datetime DATETIME DEFAULT (CURRENT_TIMESTAMP) NOT NULL, "
    "update_datetime DATETIME DEFAULT (CURRENT_TIMESTAMP) NOT NULL, username VARCHAR(255), "
    "us_totp_secrets TEXT, fs_webauthn_user_handle VARCHAR(64), mf_recovery_codes TEXT, "
    "password VARCHAR(255), us_phone_number VARCHAR(128), PRIMARY KEY (id), UNIQUE (email), "
    "UNIQUE (fs_uniquifier), UNIQUE (username), UNIQUE (fs_webauthn_user_handle), "
    "UNIQUE (us_phone_number))",
    "CREATE TABLE roles_users (user_id INTEGER, role_id INTEGER, "
    "FOREIGN KEY(user_id) REFERENCES \"user\" (id), FOREIGN KEY(role_id) REFERENCES role (id))",
    NULL,
};

static const char *const FLASK_ROWS[] = {
    "INSERT INTO user (id, email, active, fs_uniquifier, confirmed_at, password) VALUES "
    "(41, 'Ann@example.org', 1, '0123456789abcdef0123456789abcdef', "
    "'2021-05-06 07:08:09.000000', '$2b$12$x')",
    "INSERT INTO role (id, name, permissions) VALUES (3, 'admin', 'read,write')",
    "INSERT INTO roles_users (user_id, role_id) VALUES (41, 3)",
    "INSERT INTO roles_users (user_id, role_id) VALUES (41, 3)",
    NULL,
};

static void do_all(store_t *store, const char *const *texts)
{
    for (const char *const *text = texts; *text; text++)
        store_do(store, *text);
}

static void drop(store_t *store, const char *tables)
{
    char *rest = apr_pstrdup(store->pool, tables), *last = NULL;
    for (char *table = apr_strtok(rest, " ", &last); table; table = apr_strtok(NULL, " ", &last))
        store_do(store, apr_pstrcat(store->pool, "DROP TABLE IF EXISTS ", table, NULL));
}

static void become_flask(store_t *store)
{
    drop(store, "roles_users user role security_ticket security_outbox security_attempt "
                "security_changes security_audit security_version");
    do_all(store, store_is_mysql(store) ? FLASK_MYSQL : FLASK_SQLITE);
    do_all(store, FLASK_ROWS);
}

static int faults(store_t *store, const char **first)
{
    apr_array_header_t *found = NULL;
    assert_int_equal(msa_schema_check(store->db, store->pool, PASSWORD_WIDTH, &found), APR_SUCCESS);
    if (first)
        *first = found->nelts ? APR_ARRAY_IDX(found, 0, const char *) : "";
    return found->nelts;
}

static void assert_fault(store_t *store, const char *text)
{
    const char *fault = NULL;
    assert_int_equal(faults(store, &fault), 1);
    if (!strstr(fault, text))
        fail_msg("not about %s: %s", text, fault);
}

static apr_status_t create(store_t *store, bool with_triggers)
{
    return msa_schema_create(store->db, store->pool, with_triggers);
}

/* ---- making and mending ---- */

static void new_tables_are_sound_and_may_be_created_again(void **state)
{
    store_t *store = *state;
    msa_user_t *user = NULL;
    assert_int_equal(faults(store, NULL), 0);
    store_user(store, "ann@example.org", "ann");
    assert_int_equal(create(store, true), APR_SUCCESS);
    assert_int_equal(create(store, true), APR_SUCCESS);
    assert_int_equal(msa_schema_upgrade(store->db, store->pool), APR_SUCCESS);
    assert_int_equal(faults(store, NULL), 0);
    assert_int_equal(msa_user_by_email(store->db, store->pool, "ann@example.org", &user),
                     APR_SUCCESS);
    assert_string_equal(store_ask(store, "SELECT COUNT(*) FROM security_version"), "1");
    assert_int_equal(store->log->nelts, 0);
}

static void tables_of_flask_security_are_accepted_as_they_are(void **state)
{
    store_t *store = *state;
    msa_user_t *user = NULL, *bob;
    apr_array_header_t *roles = NULL;
    become_flask(store);
    assert_true(faults(store, NULL) > 0);
    assert_int_equal(create(store, true), APR_SUCCESS);
    assert_int_equal(faults(store, NULL), 0);
    assert_int_equal(msa_user_by_email(store->db, store->pool, "ann@example.org", &user),
                     APR_SUCCESS);
    assert_int_equal(user->id, 41);
    assert_null(user->username);
    assert_int_equal(apr_time_sec(user->confirmed_at), 1620284889);
    assert_int_equal(user->login_count, 0);
    assert_true(user->created_at > 0);
    assert_int_equal(msa_roles_of_user(store->db, store->pool, 41, &roles), APR_SUCCESS);
    assert_int_equal(roles->nelts, 1);
    bob = store_user(store, "bob@example.org", NULL);
    assert_int_equal(bob->id, 42);
    assert_int_equal(msa_user_delete(store->db, store->pool, 41), APR_SUCCESS);
    assert_int_equal(store->log->nelts, 0);
}

static void spellings_of_older_tables_remain_and_are_reported(void **state)
{
    store_t *store = *state;
    if (store_is_mysql(store))
        return;
    become_flask(store);
    store_do(store, "INSERT INTO user (email, active, fs_uniquifier) VALUES "
                    "('ann@example.org', 1, 'x')");
    assert_int_equal(create(store, false), APR_SUCCESS);
    assert_fault(store, "in several spellings, so only the exact one can sign in: "
                        "ann@example.org");
    assert_int_equal(store->log->nelts, 0);
}

static void missing_column_is_reported_and_added(void **state)
{
    store_t *store = *state;
    store_do(store, "ALTER TABLE user DROP COLUMN login_count");
    assert_fault(store, "the table user has no column login_count");
    assert_int_equal(msa_schema_upgrade(store->db, store->pool), APR_SUCCESS);
    assert_int_equal(faults(store, NULL), 0);
}

static void attempts_of_an_older_release_are_brought_forward(void **state)
{
    store_t *store = *state;
    msa_attempt_t attempt = {"ann", "192.0.2.1", "0123456789abcdef0123456789abcdef"};
    msa_attempts_t count = {0};
    store_do(store, "ALTER TABLE security_attempt DROP COLUMN guess");
    store_do(store, "INSERT INTO security_attempt (account_key, address, created_at) "
                    "VALUES ('ann', '192.0.2.1', 1700000000)");
    assert_fault(store, "the table security_attempt has no column guess");
    assert_int_equal(msa_schema_upgrade(store->db, store->pool), APR_SUCCESS);
    assert_int_equal(faults(store, NULL), 0);
    assert_int_equal(msa_attempt_insert(store->db, store->pool, &attempt, store->now), APR_SUCCESS);
    assert_int_equal(msa_attempt_count(store->db, store->pool, &attempt, 0, &count), APR_SUCCESS);
    assert_int_equal(count.of_account, 2);
    assert_int_equal(count.of_guess, 1);
}

static void missing_index_is_reported_and_added(void **state)
{
    store_t *store = *state;
    store_do(store, store_is_mysql(store) ? "DROP INDEX security_ticket_family ON security_ticket"
                                          : "DROP INDEX security_ticket_family");
    assert_fault(store, "the table security_ticket has no index security_ticket_family on family");
    assert_int_equal(msa_schema_upgrade(store->db, store->pool), APR_SUCCESS);
    assert_int_equal(faults(store, NULL), 0);
}

static void missing_table_is_reported_and_created(void **state)
{
    store_t *store = *state;
    drop(store, "security_attempt");
    assert_true(faults(store, NULL) > 0);
    assert_int_equal(msa_schema_upgrade(store->db, store->pool), APR_SUCCESS);
    assert_int_equal(faults(store, NULL), 0);
}

static void tables_of_a_newer_release_are_reported(void **state)
{
    store_t *store = *state;
    store_do(store, "UPDATE security_version SET version = 99");
    assert_fault(store, "made by a newer release; their version is 99");
}

static void tables_without_transactions_are_reported(void **state)
{
    store_t *store = *state;
    if (!store_is_mysql(store))
        return;
    drop(store, "roles_users");
    store_do(store, "CREATE TABLE roles_users (user_id INT, role_id INT) ENGINE=MyISAM");
    assert_fault(store, "not InnoDB, so transactions do not cover it: roles_users");
}

static void names_that_not_everybody_can_have_are_reported(void **state)
{
    store_t *store = *state;
    if (!store_is_mysql(store))
        return;
    store_do(store, "ALTER TABLE user MODIFY email VARCHAR(255) CHARACTER SET latin1 NOT NULL");
    assert_fault(store, "not utf8mb4, so it cannot hold every name: user.email");
    store_do(store, "ALTER TABLE user MODIFY email VARCHAR(255) CHARACTER SET utf8mb4 NOT NULL, "
                    "DROP INDEX fs_uniquifier");
    assert_fault(store, "has no unique key: fs_uniquifier");
}

static void names_of_tables_are_settings(void **state)
{
    store_t *store = *state;
    msa_user_t *user = NULL;
    store->settings.user_table = "Members_1";
    store->settings.role_table = "groups";
    store->settings.roles_users_table = "order";
    store->settings.table_prefix = "";
    assert_int_equal(create(store, true), APR_SUCCESS);
    assert_int_equal(faults(store, NULL), 0);
    store_user(store, "ann@example.org", NULL);
    assert_int_equal(msa_user_by_email(store->db, store->pool, "ann@example.org", &user),
                     APR_SUCCESS);
    assert_int_equal(msa_user_delete(store->db, store->pool, user->id), APR_SUCCESS);
}

/* A unit of work of its own, because its tables have their names from the beginning. */
static void begin_work(store_t *store)
{
    store->db = msa_db_make(store->pool, &store->env, &store->settings, store->source);
}

static void name_that_is_not_an_identifier_never_becomes_sql(void **state)
{
    static const char *const NAMES[] = {"", "us er", "user`; DROP TABLE role; --", "1user",
                                        "us\"er"};
    store_t *store = *state;
    msa_user_t *user = NULL;
    for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
        store->settings.user_table = NAMES[i];
        begin_work(store);
        assert_int_not_equal(msa_user_by_id(store->db, store->pool, 1, &user), APR_SUCCESS);
    }
    store->settings = msa_settings_default;
    store->settings.table_prefix = "a-b";
    begin_work(store);
    assert_int_not_equal(create(store, false), APR_SUCCESS);
    assert_true(store_logged(store, "invalid table name"));
}

/* ---- triggers ---- */

static void assert_changes(store_t *store, const char *text, const char *count)
{
    store_do(store, "DELETE FROM security_changes");
    store_do(store, text);
    if (strcmp(store_ask(store, CHANGES), count) != 0)
        fail_msg("%s changes, not %s, by %s", store_ask(store, CHANGES), count, text);
}

static void writes_of_other_programs_are_noted(void **state)
{
    static const struct {
        const char *text;
        const char *count;
    } WRITES[] = {
        {"UPDATE user SET password = 'new'",                                  "1"},
        {"UPDATE user SET password = 'NEW'",                                  "1"},
        {"UPDATE user SET password = 'NEW'",                                  "0"},
        {"UPDATE user SET password = NULL",                                   "1"},
        {"UPDATE user SET active = 0",                                        "1"},
        {"UPDATE user SET fs_uniquifier = 'y'",                               "1"},
        {"UPDATE user SET email = 'ANN@example.org'",                         "1"},
        {"UPDATE user SET username = 'ann'",                                  "1"},
        {"UPDATE user SET confirmed_at = NULL",                               "1"},
        {"UPDATE user SET login_count = 7, last_login_ip = '192.0.2.1'",      "0"},
        {"INSERT INTO role (id, name) VALUES (3, 'admin')",                   "0"},
        {"INSERT INTO roles_users (user_id, role_id) SELECT id, 3 FROM user", "1"},
        {"UPDATE roles_users SET role_id = 3",                                "0"},
        {"UPDATE role SET permissions = 'read'",                              "1"},
        {"UPDATE role SET permissions = 'READ'",                              "1"},
        {"UPDATE role SET permissions = 'READ', description = 'of readers'",  "0"},
        {"UPDATE role SET name = 'Admin'",                                    "1"},
        {"DELETE FROM roles_users",                                           "1"},
        {"DELETE FROM role",                                                  "1"},
        {"DELETE FROM user",                                                  "1"},
    };
    store_t *store = *state;
    msa_user_t *ann = store_user(store, "ann@example.org", NULL);
    assert_int_equal(create(store, true), APR_SUCCESS);
    for (size_t i = 0; i < sizeof(WRITES) / sizeof(WRITES[0]); i++) {
        bool is_role = strstr(WRITES[i].text, " role") && !strstr(WRITES[i].text, " roles");
        assert_changes(store, WRITES[i].text, WRITES[i].count);
        if (*WRITES[i].count == '1')
            assert_string_equal(store_ask(store, "SELECT user_id FROM security_changes"),
                                is_role ? "0" : apr_ltoa(store->pool, (long)ann->id));
    }
    assert_int_equal(store->log->nelts, 0);
}

static void insert_ticket(store_t *store, apr_int64_t user_id, int mark)
{
    msa_ticket_t *ticket = store_ticket(store, user_id, "session", mark);
    assert_int_equal(msa_ticket_insert(store->db, store->pool, ticket), APR_SUCCESS);
}

static void the_tickets_of_a_deleted_user_are_deleted_too(void **state)
{
    static const char COUNT[] = "SELECT COUNT(*) FROM security_ticket";
    store_t *store = *state;
    msa_user_t *ann = store_user(store, "ann@example.org", NULL);
    msa_user_t *bob = store_user(store, "bob@example.org", NULL);
    assert_int_equal(create(store, true), APR_SUCCESS);
    insert_ticket(store, ann->id, 1);
    insert_ticket(store, bob->id, 2);
    store_do(store, apr_psprintf(store->pool, "DELETE FROM user WHERE id = %d", (int)ann->id));
    assert_string_equal(store_ask(store, COUNT), "1");
}

static void triggers_that_noted_unchanged_rows_are_reported_and_renewed(void **state)
{
    static const char *const TRIGGERS[][2] = {
        {"security_member_updated", "roles_users"},
        {"security_role_updated",   "role"       },
    };
    store_t *store = *state;
    bool is_mysql = store_is_mysql(store);
    assert_int_equal(create(store, true), APR_SUCCESS);
    for (size_t i = 0; i < sizeof(TRIGGERS) / sizeof(TRIGGERS[0]); i++) {
        store_do(store, apr_pstrcat(store->pool, "DROP TRIGGER ", TRIGGERS[i][0], NULL));
        store_do(store,
                 apr_pstrcat(store->pool, "CREATE TRIGGER ", TRIGGERS[i][0], " AFTER UPDATE ON ",
                             TRIGGERS[i][1], " FOR EACH ROW ", is_mysql ? "" : "BEGIN ",
                             "INSERT INTO security_changes (user_id, created_at) VALUES (0, 1)",
                             is_mysql ? "" : "; END", NULL));
    }
    assert_int_equal(faults(store, NULL), 2);
    assert_int_equal(msa_schema_upgrade(store->db, store->pool), APR_SUCCESS);
    assert_int_equal(faults(store, NULL), 0);
}

static void a_trigger_of_an_older_release_is_reported_and_renewed(void **state)
{
    store_t *store = *state;
    bool is_mysql = store_is_mysql(store);
    assert_int_equal(create(store, true), APR_SUCCESS);
    assert_int_equal(faults(store, NULL), 0);
    store_do(store, "DROP TRIGGER security_user_deleted");
    store_do(store, is_mysql ? "CREATE TRIGGER security_user_deleted AFTER DELETE ON user FOR EACH "
                               "ROW INSERT INTO security_changes (user_id, created_at) "
                               "VALUES (OLD.id, 1)"
                             : "CREATE TRIGGER security_user_deleted AFTER DELETE ON user BEGIN "
                               "INSERT INTO security_changes (user_id, created_at) "
                               "VALUES (OLD.id, 1); END");
    assert_fault(store,
                 "a trigger of an older release needs schema upgrade: security_user_deleted");
    assert_int_equal(msa_schema_upgrade(store->db, store->pool), APR_SUCCESS);
    assert_int_equal(faults(store, NULL), 0);
}

int main(void)
{
    static const struct CMUnitTest TESTS[] = {
        cmocka_unit_test(new_tables_are_sound_and_may_be_created_again),
        cmocka_unit_test(tables_of_flask_security_are_accepted_as_they_are),
        cmocka_unit_test(spellings_of_older_tables_remain_and_are_reported),
        cmocka_unit_test(missing_column_is_reported_and_added),
        cmocka_unit_test(attempts_of_an_older_release_are_brought_forward),
        cmocka_unit_test(missing_index_is_reported_and_added),
        cmocka_unit_test(missing_table_is_reported_and_created),
        cmocka_unit_test(tables_of_a_newer_release_are_reported),
        cmocka_unit_test(tables_without_transactions_are_reported),
        cmocka_unit_test(names_that_not_everybody_can_have_are_reported),
        cmocka_unit_test(names_of_tables_are_settings),
        cmocka_unit_test(name_that_is_not_an_identifier_never_becomes_sql),
        cmocka_unit_test(writes_of_other_programs_are_noted),
        cmocka_unit_test(the_tickets_of_a_deleted_user_are_deleted_too),
        cmocka_unit_test(a_trigger_of_an_older_release_is_reported_and_renewed),
        cmocka_unit_test(triggers_that_noted_unchanged_rows_are_reported_and_renewed),
    };
    return store_run("schema", TESTS, sizeof(TESTS) / sizeof(TESTS[0]));
}
