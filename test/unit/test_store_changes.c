/* SPDX-License-Identifier: Apache-2.0 */
#include "mutators.h"

#include "../../src/store/changes.h"
#include "../../src/store/notes.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- what is noted ---- */

static void fail_of(const char *name, const char *what)
{
    fail_msg("%s: %s", name, what);
}

static void assert_is(const char *name, const msa_change_t *change, const scene_t *scene, who_t who)
{
    const msa_ticket_t *ticket = who == THE_SESSION ? &scene->session
                                 : who == THE_TOKEN ? &scene->personal
                                                    : NULL;
    if (change->has_digest != (ticket != NULL))
        fail_of(name, "notes a ticket instead of a user, or a user instead of a ticket");
    if (ticket && memcmp(change->digest, ticket->digest, MSA_DIGEST_SIZE) != 0)
        fail_of(name, "notes another ticket");
    if (!ticket && change->user_id != (who == EVERYBODY ? 0 : scene->user.id))
        fail_of(name, "notes somebody else");
}

static apr_array_header_t *noted(store_t *store)
{
    apr_array_header_t *changes = NULL;
    assert_int_equal(msa_change_list(store->db, store->pool, 0, 1000, &changes), APR_SUCCESS);
    return changes;
}

/* Rows of changes for other processes, and a call for this machine's record table. */
static void assert_noted(const char *name, const scene_t *scene, who_t who)
{
    const apr_array_header_t *changes = noted(scene->store);
    const apr_array_header_t *told = scene->store->told;
    if (changes->nelts != (who != NOBODY) || told->nelts != (who != NOBODY))
        fail_msg("%s: %d rows, %d told", name, changes->nelts, told->nelts);
    if (who == NOBODY)
        return;
    assert_is(name, APR_ARRAY_IDX(changes, 0, const msa_change_t *), scene, who);
    assert_is(name, &APR_ARRAY_IDX(told, 0, const msa_change_t), scene, who);
}

static void end(store_t *store, bool is_commit)
{
    assert_int_equal(msa_db_end(store->db, is_commit), APR_SUCCESS);
}

static void begin(store_t *store)
{
    assert_int_equal(msa_db_begin(store->db), APR_SUCCESS);
}

static void assert_done(const mutator_t *m, apr_status_t status)
{
    if (status != m->status)
        fail_msg("%s: %d", m->name, status);
}

static void what_is_written_alone_tells_whom_it_concerns(void **state)
{
    for (const mutator_t *m = MUTATORS; m->name; m++) {
        scene_t scene = scene_set(*state);
        assert_done(m, m->change(&scene));
        assert_noted(m->name, &scene, m->who);
    }
}

static void what_is_written_in_a_transaction_tells_it_at_its_end(void **state)
{
    store_t *store = *state;
    for (const mutator_t *m = MUTATORS; m->name; m++) {
        scene_t scene = scene_set(store);
        begin(store);
        assert_done(m, m->change(&scene));
        assert_int_equal(store->told->nelts, 0);
        end(store, true);
        assert_noted(m->name, &scene, m->who);
    }
}

static void what_changes_no_row_concerns_nobody(void **state)
{
    for (const mutator_t *m = MUTATORS; m->name; m++) {
        scene_t scene = scene_unset(*state);
        m->change(&scene);
        assert_noted(m->name, &scene, NOBODY);
    }
}

static void what_was_rolled_back_concerns_nobody_and_the_next_run_tells_its_own(void **state)
{
    store_t *store = *state;
    msa_db_t *db = store->db;
    for (const mutator_t *m = MUTATORS; m->name; m++) {
        scene_t scene = scene_set(store);
        begin(store);
        assert_done(m, m->change(&scene));
        end(store, false);
        assert_noted(m->name, &scene, NOBODY);
        begin(store);
        assert_int_equal(msa_ticket_delete(db, store->pool, &scene.personal), APR_SUCCESS);
        end(store, true);
        assert_noted(m->name, &scene, THE_TOKEN);
    }
}

/* ---- none is forgotten ---- */

static bool is_listed(const char *name)
{
    for (const mutator_t *m = MUTATORS; m->name; m++) {
        if (strcmp(m->name, name) == 0)
            return true;
    }
    for (const char *const *reader = READERS; *reader; reader++) {
        if (strcmp(*reader, name) == 0)
            return true;
    }
    return false;
}

/* Functions that change rows run their statements in these ways; all other headers are of such
 * functions. */
static bool is_of_records(const char *header)
{
    static const char *const OTHERS[] = {"connection.h", "db.h",  "dialect.h",   "notes.h", "row.h",
                                         "shape.h",      "sql.h", "statement.h", "whole.h"};
    size_t length = strlen(header);
    for (size_t i = 0; i < sizeof(OTHERS) / sizeof(OTHERS[0]); i++) {
        if (strcmp(OTHERS[i], header) == 0)
            return false;
    }
    return length > 2 && strcmp(header + length - 2, ".h") == 0;
}

static size_t check_header(const char *path)
{
    static const char DECLARED[] = "apr_status_t msa_";
    char line[256];
    size_t count = 0;
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    while (fgets(line, sizeof(line), file)) {
        char *name = line + sizeof(DECLARED) - sizeof("msa_");
        if (strncmp(line, DECLARED, sizeof(DECLARED) - 1) != 0)
            continue;
        name[strcspn(name, "(")] = '\0';
        if (!is_listed(name))
            fail_of(name, "whom does it concern?");
        count++;
    }
    fclose(file);
    return count;
}

static void every_function_of_the_store_stands_in_one_of_the_two_lists(void **state)
{
    const char *source = getenv("srcdir");
    char directory[512], path[1024];
    const struct dirent *entry;
    size_t count = 0;
    DIR *headers;
    (void)state;
    snprintf(directory, sizeof(directory), "%s/src/store", source ? source : ".");
    headers = opendir(directory);
    assert_non_null(headers);
    while ((entry = readdir(headers))) {
        snprintf(path, sizeof(path), "%s/%s", directory, entry->d_name);
        if (is_of_records(entry->d_name))
            count += check_header(path);
    }
    closedir(headers);
    assert_true(count > 60);
}

/* ---- together ---- */

static void each_is_told_of_once_and_a_ticket_not_where_all_of_its_user_is(void **state)
{
    store_t *store = *state;
    msa_db_t *db = store->db;
    scene_t scene = scene_set(store);
    begin(store);
    for (int i = 0; i < 2; i++)
        assert_int_equal(msa_ticket_set_fresh(db, store->pool, &scene.session, store->now),
                         APR_SUCCESS);
    end(store, true);
    assert_noted("the same ticket", &scene, THE_SESSION);
    scene_forget(store);
    begin(store);
    assert_int_equal(msa_ticket_delete(db, store->pool, &scene.session), APR_SUCCESS);
    assert_int_equal(msa_ticket_delete(db, store->pool, &scene.personal), APR_SUCCESS);
    assert_int_equal(msa_user_set_active(db, store->pool, scene.user.id, false, store->now),
                     APR_SUCCESS);
    assert_int_equal(msa_role_remove(db, store->pool, scene.user.id, scene.role.id), APR_SUCCESS);
    end(store, true);
    assert_noted("the same user", &scene, THE_USER);
    scene_forget(store);
    begin(store);
    assert_int_equal(msa_user_set_username(db, store->pool, scene.user.id, "n", store->now),
                     APR_SUCCESS);
    assert_int_equal(msa_role_delete(db, store->pool, scene.role.id), APR_SUCCESS);
    assert_int_equal(msa_user_set_confirmed(db, store->pool, scene.user.id, 0, store->now),
                     APR_SUCCESS);
    end(store, true);
    assert_noted("everybody", &scene, EVERYBODY);
}

static void a_new_user_has_no_record_until_the_transaction_ends(void **state)
{
    store_t *store = *state;
    scene_t scene = scene_set(store);
    begin(store);
    scene.user = *store_user(store, "new@example.org", NULL);
    assert_int_equal(msa_role_add(store->db, store->pool, scene.user.id, scene.role.id),
                     APR_SUCCESS);
    end(store, true);
    assert_noted("somebody new", &scene, NOBODY);
    begin(store);
    assert_int_equal(msa_role_remove(store->db, store->pool, scene.user.id, scene.role.id),
                     APR_SUCCESS);
    end(store, true);
    assert_noted("somebody new no more", &scene, THE_USER);
}

static void end_tickets(store_t *store, int count, bool is_of_one)
{
    scene_forget(store);
    begin(store);
    for (int i = 0; i < count; i++) {
        msa_ticket_t *ticket = store_ticket(store, is_of_one ? 7 : 7 + i, "session", 10 + i);
        assert_int_equal(msa_ticket_insert(store->db, store->pool, ticket), APR_SUCCESS);
        assert_int_equal(msa_ticket_delete(store->db, store->pool, ticket), APR_SUCCESS);
    }
    end(store, true);
}

static void many_tickets_become_their_user_and_many_users_everybody(void **state)
{
    store_t *store = *state;
    scene_t scene = {.store = store, .user = {.id = 7}};
    end_tickets(store, MSA_NOTES_MAX, true);
    assert_int_equal(noted(store)->nelts, MSA_NOTES_MAX);
    assert_int_equal(store->told->nelts, MSA_NOTES_MAX);
    end_tickets(store, MSA_NOTES_MAX + 9, true);
    assert_noted("many tickets", &scene, THE_USER);
    end_tickets(store, MSA_NOTES_MAX, false);
    assert_int_equal(noted(store)->nelts, MSA_NOTES_MAX);
    end_tickets(store, MSA_NOTES_MAX + 9, false);
    assert_noted("many users", &scene, EVERYBODY);
}

static void what_cannot_be_told_of_is_not_done(void **state)
{
    store_t *store = *state;
    msa_db_t *db = store->db;
    scene_t scene = scene_set(store);
    store_do(store, store_is_mysql(store)
                        ? "CREATE TRIGGER full BEFORE INSERT ON security_changes FOR EACH ROW "
                          "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'full'"
                        : "CREATE TRIGGER full BEFORE INSERT ON security_changes BEGIN "
                          "SELECT RAISE(ABORT, 'full'); END");
    assert_int_not_equal(msa_user_set_active(db, store->pool, scene.user.id, false, store->now),
                         APR_SUCCESS);
    assert_int_not_equal(msa_ticket_delete(db, store->pool, &scene.session), APR_SUCCESS);
    begin(store);
    assert_int_equal(msa_user_set_active(db, store->pool, scene.user.id, false, store->now),
                     APR_SUCCESS);
    assert_int_not_equal(msa_db_end(store->db, true), APR_SUCCESS);
    assert_int_equal(store->told->nelts, 0);
    assert_string_equal(store_ask(store, "SELECT SUM(active) FROM user"), "1");
    assert_string_equal(
        store_ask(store, "SELECT COUNT(*) FROM security_ticket WHERE purpose = 'session'"), "1");
    assert_true(store_logged(store, "statement=change_insert"));
}

int main(void)
{
    static const struct CMUnitTest TESTS[] = {
        cmocka_unit_test(what_is_written_alone_tells_whom_it_concerns),
        cmocka_unit_test(what_is_written_in_a_transaction_tells_it_at_its_end),
        cmocka_unit_test(what_changes_no_row_concerns_nobody),
        cmocka_unit_test(what_was_rolled_back_concerns_nobody_and_the_next_run_tells_its_own),
        cmocka_unit_test(every_function_of_the_store_stands_in_one_of_the_two_lists),
        cmocka_unit_test(each_is_told_of_once_and_a_ticket_not_where_all_of_its_user_is),
        cmocka_unit_test(a_new_user_has_no_record_until_the_transaction_ends),
        cmocka_unit_test(many_tickets_become_their_user_and_many_users_everybody),
        cmocka_unit_test(what_cannot_be_told_of_is_not_done),
    };
    return store_run("changes", TESTS, sizeof(TESTS) / sizeof(TESTS[0]));
}
