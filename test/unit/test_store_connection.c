/* SPDX-License-Identifier: Apache-2.0 */
#include "store_fixture.h"

#include "../../src/store/attempts.h"
#include "../../src/store/changes.h"
#include "../../src/store/notes.h"
#include "../../src/store/schema.h"

#define COUNT_CHANGES "SELECT COUNT(*) FROM security_changes"

static const char *const RECONNECTS[] = {",reconnect=0", ",reconnect=1"};

static apr_status_t note(store_t *store, apr_int64_t user_id)
{
    return msa_change_insert(store->db, store->pool, user_id, NULL, store->now);
}

static apr_status_t read_newest(store_t *store)
{
    apr_int64_t id = 0;
    return msa_change_newest(store->db, store->pool, &id);
}

/* A connection on which both statements have been used, so that they are prepared. */
static void warm_up(store_t *store)
{
    assert_int_equal(note(store, 1), APR_SUCCESS);
    assert_int_equal(read_newest(store), APR_SUCCESS);
    store_do(store, "DELETE FROM security_changes");
}

/* Ends the connection on the server; the source notices only when `is_seen`. */
static void cut(store_t *store, bool is_seen)
{
    store_kill(store, store_connection_id(store));
    store->blind = is_seen ? 0 : 1;
}

static void begin(store_t *store)
{
    assert_int_equal(msa_db_begin(store->db), APR_SUCCESS);
}

static void assert_noted(store_t *store, const char *count)
{
    assert_string_equal(store_ask(store, COUNT_CHANGES), count);
    assert_int_equal(store->lends, 0);
}

/* ---- transactions ---- */

static void transaction_commits_when_told(void **state)
{
    store_t *store = *state;
    begin(store);
    assert_int_equal(note(store, 1), APR_SUCCESS);
    assert_int_equal(note(store, 2), APR_SUCCESS);
    assert_int_equal(store->lends, 1);
    assert_int_equal(msa_db_end(store->db, true), APR_SUCCESS);
    assert_noted(store, "2");
}

static void transaction_rolls_back_when_told(void **state)
{
    store_t *store = *state;
    begin(store);
    assert_int_equal(note(store, 1), APR_SUCCESS);
    assert_int_equal(msa_db_end(store->db, false), APR_SUCCESS);
    assert_noted(store, "0");
    assert_int_equal(note(store, 1), APR_SUCCESS);
    assert_noted(store, "1");
}

static void transaction_in_which_something_failed_does_not_commit(void **state)
{
    store_t *store = *state;
    msa_user_t twin = {.email = "bob@example.org"};
    twin.fs_uniquifier = store_user(store, "ann@example.org", NULL)->fs_uniquifier;
    begin(store);
    assert_int_equal(note(store, 1), APR_SUCCESS);
    assert_int_equal(msa_user_create(store->db, store->pool, &twin, store->now), APR_EEXIST);
    assert_int_not_equal(note(store, 2), APR_SUCCESS);
    assert_int_not_equal(msa_db_end(store->db, true), APR_SUCCESS);
    assert_noted(store, "0");
    assert_int_equal(store->log->nelts, 0);
}

static void transaction_inside_another_is_refused(void **state)
{
    store_t *store = *state;
    begin(store);
    assert_int_equal(note(store, 1), APR_SUCCESS);
    assert_int_not_equal(msa_db_begin(store->db), APR_SUCCESS);
    assert_int_equal(msa_db_end(store->db, false), APR_SUCCESS);
    assert_noted(store, "0");
    assert_int_not_equal(msa_db_end(store->db, true), APR_SUCCESS);
}

static msa_db_t *in_pool(store_t *store, apr_pool_t *pool)
{
    msa_db_source_t *source = apr_pcalloc(pool, sizeof(*source));
    *source = *store->source;
    return msa_db_make(pool, &store->env, &store->settings, source);
}

static void forgotten_transaction_rolls_back(void **state)
{
    store_t *store = *state;
    apr_pool_t *pool;
    msa_db_t *db;
    apr_pool_create(&pool, store->pool);
    db = in_pool(store, pool);
    assert_int_equal(msa_db_begin(db), APR_SUCCESS);
    assert_int_equal(msa_change_insert(db, pool, 1, NULL, store->now), APR_SUCCESS);
    apr_pool_destroy(pool);
    assert_noted(store, "0");
    assert_int_equal(note(store, 1), APR_SUCCESS);
    assert_noted(store, "1");
}

/* Another reader of a file that is not in WAL mode: nobody can commit while it reads. */
static void begin_to_read(store_t *store)
{
    store_ask(store, "PRAGMA journal_mode = DELETE");
    store_do(store, "BEGIN");
    store_ask(store, COUNT_CHANGES);
}

static void transaction_that_could_not_commit_is_never_committed_later(void **state)
{
    store_t *store = *state;
    if (store_is_mysql(store))
        return;
    store_reopen(store, "");
    begin_to_read(store);
    begin(store);
    assert_int_equal(note(store, 1), APR_SUCCESS);
    assert_int_not_equal(msa_db_end(store->db, true), APR_SUCCESS);
    store_do(store, "COMMIT");
    /* On the same connection, alone and in a transaction. */
    assert_int_equal(note(store, 2), APR_SUCCESS);
    begin(store);
    assert_int_equal(note(store, 3), APR_SUCCESS);
    assert_int_equal(msa_db_end(store->db, true), APR_SUCCESS);
    assert_noted(store, "2");
    assert_string_equal(store_ask(store, "SELECT MIN(user_id) FROM security_changes"), "2");
}

static void what_others_left_open_on_a_connection_is_not_committed(void **state)
{
    store_t *store = *state;
    int changed = 0;
    if (store_is_mysql(store))
        return;
    warm_up(store);
    assert_int_equal(apr_dbd_query(store->dbd, store->lent, &changed, "BEGIN"), 0);
    assert_int_equal(apr_dbd_query(store->dbd, store->lent, &changed,
                                   "INSERT INTO security_changes (user_id, created_at) VALUES "
                                   "(7, 0)"),
                     0);
    begin(store);
    assert_int_equal(note(store, 1), APR_SUCCESS);
    assert_int_equal(msa_db_end(store->db, true), APR_SUCCESS);
    assert_noted(store, "1");
    assert_string_equal(store_ask(store, "SELECT MIN(user_id) FROM security_changes"), "1");
}

/* ---- connections that break (MySQL) ---- */

static void next_statement_does_not_notice_a_broken_connection(void **state)
{
    store_t *store = *state;
    if (!store_is_mysql(store))
        return;
    for (int i = 0; i < 4; i++) {
        store_reopen(store, RECONNECTS[i % 2]);
        warm_up(store);
        cut(store, i < 2);
        assert_int_equal(read_newest(store), APR_SUCCESS);
        cut(store, i < 2);
        assert_int_equal(note(store, 1), APR_SUCCESS);
        assert_noted(store, "1");
        assert_int_equal(store->log->nelts, 0);
    }
}

static const char *zone_after(store_t *store)
{
    apr_dbd_results_t *results = NULL;
    apr_dbd_row_t *row = NULL;
    const char *zone = NULL;
    assert_int_equal(
        apr_dbd_select(store->dbd, store->pool, store->lent, &results,
                       "SELECT CONCAT(@@time_zone, ' ', @@innodb_lock_wait_timeout, ' ', "
                       "@@lock_wait_timeout, IF(@@autocommit, ' each', ' none'), "
                       "IF(@@sql_safe_updates, ' safe', ' free'))",
                       0),
        0);
    while (apr_dbd_get_row(store->dbd, store->pool, results, &row, -1) == 0)
        zone = apr_pstrdup(store->pool, apr_dbd_get_entry(store->dbd, row, 0));
    return zone;
}

static void replaced_connection_is_set_up_again(void **state)
{
    store_t *store = *state;
    int count = 0;
    if (!store_is_mysql(store))
        return;
    for (int i = 0; i < 4; i++) {
        store_reopen(store, RECONNECTS[i % 2]);
        warm_up(store);
        cut(store, i < 2);
        /* Not prepared on the connection before: only the guard can tell. */
        assert_int_equal(msa_attempt_sweep(store->db, store->pool, store->now, 9, &count),
                         APR_SUCCESS);
        assert_string_equal(zone_after(store), "+00:00 1 1 each free");
    }
}

static void transaction_begins_on_a_living_connection(void **state)
{
    store_t *store = *state;
    if (!store_is_mysql(store))
        return;
    for (int i = 0; i < 4; i++) {
        store_reopen(store, RECONNECTS[i % 2]);
        warm_up(store);
        cut(store, i < 2);
        begin(store);
        assert_int_equal(note(store, 1), APR_SUCCESS);
        assert_int_equal(msa_db_end(store->db, true), APR_SUCCESS);
        assert_noted(store, "1");
        assert_int_equal(store->log->nelts, 0);
    }
}

/* Cuts the connection after `before` writes; the write that follows may be prepared already.
 * Nothing must remain. */
static void assert_nothing_half_done(store_t *store, const char *reconnect, int before,
                                     bool is_prepared)
{
    const char *id;
    store_reopen(store, reconnect);
    warm_up(store);
    if (is_prepared)
        assert_int_equal(
            msa_attempt_insert(store->db, store->pool, &(msa_attempt_t){"a", "b", NULL}, 0),
            APR_SUCCESS);
    store_do(store, "DELETE FROM security_attempt");
    id = store_connection_id(store);
    begin(store);
    for (int i = 0; i < before; i++)
        assert_int_equal(note(store, i), APR_SUCCESS);
    store_kill(store, id);
    assert_int_not_equal(
        msa_attempt_insert(store->db, store->pool, &(msa_attempt_t){"a", "b", NULL}, store->now),
        APR_SUCCESS);
    assert_int_not_equal(note(store, 9), APR_SUCCESS);
    assert_int_not_equal(msa_db_end(store->db, true), APR_SUCCESS);
    assert_noted(store, "0");
    assert_string_equal(store_ask(store, "SELECT COUNT(*) FROM security_attempt"), "0");
    assert_int_equal(note(store, 1), APR_SUCCESS);
    assert_noted(store, "1");
}

static void transaction_that_loses_its_connection_leaves_nothing(void **state)
{
    store_t *store = *state;
    if (!store_is_mysql(store))
        return;
    for (int before = 0; before <= 2; before++) {
        for (int i = 0; i < 4; i++)
            assert_nothing_half_done(store, RECONNECTS[i % 2], before, i < 2);
    }
    assert_true(store_logged(store, "database failed: statement="));
}

static void commit_that_loses_its_connection_is_not_a_success(void **state)
{
    store_t *store = *state;
    if (!store_is_mysql(store))
        return;
    for (int i = 0; i < 4; i++) {
        const char *id;
        store_reopen(store, RECONNECTS[i % 2]);
        warm_up(store);
        if (i < 2) {
            begin(store);
            assert_int_equal(msa_db_end(store->db, true), APR_SUCCESS);
        }
        id = store_connection_id(store);
        begin(store);
        assert_int_equal(note(store, 1), APR_SUCCESS);
        store_kill(store, id);
        assert_int_not_equal(msa_db_end(store->db, true), APR_SUCCESS);
        assert_noted(store, "0");
    }
}

static void rolled_back_connection_commits_single_statements_again(void **state)
{
    store_t *store = *state;
    if (!store_is_mysql(store))
        return;
    begin(store);
    assert_int_equal(msa_db_end(store->db, true), APR_SUCCESS);
    assert_int_equal(note(store, 1), APR_SUCCESS);
    assert_noted(store, "1");
    begin(store);
    assert_int_equal(msa_db_end(store->db, false), APR_SUCCESS);
    assert_int_equal(note(store, 1), APR_SUCCESS);
    assert_noted(store, "2");
}

/* ---- locks and changing tables ---- */

static void locked_database_is_busy_and_not_broken(void **state)
{
    store_t *store = *state;
    if (store_is_mysql(store)) {
        msa_user_t *ann = store_user(store, "ann@example.org", NULL);
        store_do(store, "SET autocommit = 0");
        store_do(store, "UPDATE user SET active = 0");
        assert_int_equal(msa_user_set_active(store->db, store->pool, ann->id, false, store->now),
                         APR_EBUSY);
        store_do(store, "ROLLBACK");
        store_do(store, "SET autocommit = 1");
    } else {
        store_do(store, "BEGIN IMMEDIATE");
        assert_int_equal(note(store, 1), APR_EBUSY);
        assert_int_equal(msa_db_begin(store->db), APR_EBUSY);
        assert_int_equal(read_newest(store), APR_SUCCESS);
        store_do(store, "ROLLBACK");
    }
    assert_true(store_logged(store, "database failed: statement="));
    assert_int_equal(note(store, 1), APR_SUCCESS);
    assert_noted(store, "1");
}

static void statement_that_takes_too_long_ends_alone(void **state)
{
    store_t *store = *state;
    int changed = 0;
    if (!store_is_mysql(store) || !strstr(store_ask(store, "SELECT version()"), "MariaDB"))
        return;
    warm_up(store);
    assert_int_equal(
        apr_dbd_query(store->dbd, store->lent, &changed, "SET max_statement_time = 0.1"), 0);
    store_do(store, "LOCK TABLES security_changes WRITE");
    assert_int_equal(read_newest(store), APR_EGENERAL);
    store_do(store, "UNLOCK TABLES");
    assert_true(store_logged(store, "max_statement_time"));
    assert_int_equal(read_newest(store), APR_SUCCESS);
}

static void what_hangs_on_a_locked_table_ends(void **state)
{
    store_t *store = *state;
    if (!store_is_mysql(store))
        return;
    warm_up(store);
    store_do(store, "LOCK TABLES security_changes WRITE");
    assert_int_equal(read_newest(store), APR_EBUSY);
    store_do(store, "UNLOCK TABLES");
    assert_int_equal(read_newest(store), APR_SUCCESS);
}

static void changed_tables_do_not_end_prepared_statements(void **state)
{
    store_t *store = *state;
    msa_user_t *user = NULL;
    store_user(store, "ann@example.org", NULL);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(msa_user_by_email(store->db, store->pool, "ann@example.org", &user),
                         APR_SUCCESS);
        store_do(store, apr_psprintf(store->pool, "ALTER TABLE user ADD COLUMN c%d INT", i));
    }
    begin(store);
    assert_int_equal(note(store, 1), APR_SUCCESS);
    assert_int_equal(msa_db_end(store->db, true), APR_SUCCESS);
    assert_int_equal(store->log->nelts, 0);
}

static void two_sites_with_other_tables_share_a_connection(void **state)
{
    store_t *store = *state;
    msa_settings_t other = store->settings;
    msa_db_t *db;
    other.table_prefix = "other_";
    db = msa_db_make(store->pool, &store->env, &other, store->source);
    assert_int_equal(msa_schema_create(db, store->pool, false), APR_SUCCESS);
    for (int i = 0; i < 3; i++) {
        begin(store);
        assert_int_equal(note(store, 1), APR_SUCCESS);
        assert_int_equal(msa_db_end(store->db, true), APR_SUCCESS);
        assert_int_equal(msa_db_begin(db), APR_SUCCESS);
        assert_int_equal(msa_change_insert(db, store->pool, 1, NULL, store->now), APR_SUCCESS);
        assert_int_equal(msa_db_end(db, true), APR_SUCCESS);
    }
    assert_noted(store, "3");
    assert_string_equal(store_ask(store, "SELECT COUNT(*) FROM other_changes"), "3");
    assert_int_equal(store->log->nelts, 0);
}

static void failure_is_logged_once_without_values(void **state)
{
    store_t *store = *state;
    store_do(store, store_is_mysql(store)
                        ? "CREATE TRIGGER full BEFORE INSERT ON security_attempt FOR EACH ROW "
                          "SIGNAL SQLSTATE '45000'"
                        : "CREATE TRIGGER full BEFORE INSERT ON security_attempt BEGIN "
                          "SELECT RAISE(ABORT, 'full'); END");
    assert_int_not_equal(msa_attempt_insert(store->db, store->pool,
                                            &(msa_attempt_t){"secret", "192.0.2.1", NULL},
                                            store->now),
                         APR_SUCCESS);
    assert_int_equal(store->log->nelts, 1);
    assert_true(store_logged(store, "database failed: statement=attempt_insert error=\""));
    assert_true(store_logged(store, apr_psprintf(store->pool, "driver=%s", store->driver)));
    assert_false(store_logged(store, "secret"));
    assert_int_equal(note(store, 1), APR_SUCCESS);
}

static void direct_source_opens_again_after_a_break(void **state)
{
    store_t *store = *state;
    msa_db_source_t *source = NULL;
    const char *error = NULL;
    apr_int64_t id;
    msa_db_t *db;
    assert_int_not_equal(
        msa_db_source_direct(store->pool, "nosuchdriver", store->params, &source, &error),
        APR_SUCCESS);
    assert_non_null(error);
    assert_int_equal(
        msa_db_source_direct(store->pool, store->driver, store->params, &source, &error),
        APR_SUCCESS);
    db = msa_db_make(store->pool, &store->env, &store->settings, source);
    for (int i = 0; i < 3; i++) {
        const char *mine;
        assert_int_equal(msa_change_newest(db, store->pool, &id), APR_SUCCESS);
        if (!store_is_mysql(store))
            continue;
        mine = store_ask(store, "SELECT MAX(id) FROM information_schema.processlist "
                                "WHERE id <> CONNECTION_ID()");
        store_kill(store, mine);
    }
}

int main(void)
{
    static const struct CMUnitTest TESTS[] = {
        cmocka_unit_test(transaction_commits_when_told),
        cmocka_unit_test(transaction_rolls_back_when_told),
        cmocka_unit_test(transaction_in_which_something_failed_does_not_commit),
        cmocka_unit_test(transaction_inside_another_is_refused),
        cmocka_unit_test(forgotten_transaction_rolls_back),
        cmocka_unit_test(transaction_that_could_not_commit_is_never_committed_later),
        cmocka_unit_test(what_others_left_open_on_a_connection_is_not_committed),
        cmocka_unit_test(next_statement_does_not_notice_a_broken_connection),
        cmocka_unit_test(replaced_connection_is_set_up_again),
        cmocka_unit_test(transaction_begins_on_a_living_connection),
        cmocka_unit_test(transaction_that_loses_its_connection_leaves_nothing),
        cmocka_unit_test(commit_that_loses_its_connection_is_not_a_success),
        cmocka_unit_test(rolled_back_connection_commits_single_statements_again),
        cmocka_unit_test(locked_database_is_busy_and_not_broken),
        cmocka_unit_test(statement_that_takes_too_long_ends_alone),
        cmocka_unit_test(what_hangs_on_a_locked_table_ends),
        cmocka_unit_test(changed_tables_do_not_end_prepared_statements),
        cmocka_unit_test(two_sites_with_other_tables_share_a_connection),
        cmocka_unit_test(failure_is_logged_once_without_values),
        cmocka_unit_test(direct_source_opens_again_after_a_break),
    };
    return store_run("connection", TESTS, sizeof(TESTS) / sizeof(TESTS[0]));
}
