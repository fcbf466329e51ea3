/* SPDX-License-Identifier: Apache-2.0 */
#include "store_fixture.h"

#include "../../src/store/attempts.h"
#include "../../src/store/audit.h"
#include "../../src/store/changes.h"
#include "../../src/store/notes.h"
#include "../../src/store/roles.h"

#define HOUR  apr_time_from_sec(3600)
#define LATER (store->now + apr_time_from_sec(60))

static const char *long_text(store_t *store, size_t bytes)
{
    char *text = apr_palloc(store->pool, bytes + 1);
    memset(text, 'x', bytes);
    text[bytes] = '\0';
    return text;
}

static msa_ticket_t *insert(store_t *store, apr_int64_t user_id, const char *purpose, int mark)
{
    msa_ticket_t *ticket = store_ticket(store, user_id, purpose, mark);
    assert_int_equal(msa_ticket_insert(store->db, store->pool, ticket), APR_SUCCESS);
    return ticket;
}

static msa_ticket_t *find(store_t *store, int mark)
{
    unsigned char digest[MSA_DIGEST_SIZE];
    msa_ticket_t *ticket = NULL;
    apr_status_t status;
    memset(digest, mark, sizeof(digest));
    status = msa_ticket_by_digest(store->db, store->pool, digest, &ticket);
    assert_int_equal(status, ticket ? APR_SUCCESS : APR_NOTFOUND);
    return ticket;
}

/* ---- roles ---- */

static void role_of_duplicate_rows_is_listed_once_and_removed_at_once(void **state)
{
    store_t *store = *state;
    msa_role_t role = {.name = "admin", .description = "all", .permissions = "read,write"};
    msa_user_t *ann = store_user(store, "ann@example.org", NULL);
    apr_array_header_t *list = NULL;
    assert_int_equal(msa_role_create(store->db, store->pool, &role, store->now), APR_SUCCESS);
    assert_int_equal(msa_role_add(store->db, store->pool, ann->id, role.id), APR_SUCCESS);
    assert_int_equal(msa_role_add(store->db, store->pool, ann->id, role.id), APR_EEXIST);
    store_do(store, "INSERT INTO roles_users SELECT * FROM roles_users");
    assert_int_equal(msa_roles_of_user(store->db, store->pool, ann->id, &list), APR_SUCCESS);
    assert_int_equal(list->nelts, 1);
    assert_string_equal(APR_ARRAY_IDX(list, 0, msa_role_t *)->permissions, "read,write");
    assert_int_equal(msa_role_members(store->db, store->pool, role.id, &list), APR_SUCCESS);
    assert_int_equal(list->nelts, 1);
    assert_int_equal(APR_ARRAY_IDX(list, 0, apr_int64_t), ann->id);
    assert_int_equal(msa_role_remove(store->db, store->pool, ann->id, role.id), APR_SUCCESS);
    assert_int_equal(msa_role_remove(store->db, store->pool, ann->id, role.id), APR_NOTFOUND);
}

static void role_is_found_by_its_exact_name_only(void **state)
{
    store_t *store = *state;
    msa_role_t role = {.name = "admin"}, again = {.name = "admin"};
    msa_role_t *found = NULL;
    assert_int_equal(msa_role_create(store->db, store->pool, &role, store->now), APR_SUCCESS);
    assert_int_equal(msa_role_create(store->db, store->pool, &again, store->now), APR_EEXIST);
    assert_int_equal(msa_role_by_name(store->db, store->pool, "Admin", &found), APR_NOTFOUND);
    assert_int_equal(msa_role_by_name(store->db, store->pool, "admin", &found), APR_SUCCESS);
    assert_int_equal(found->id, role.id);
    assert_int_equal(store->log->nelts, 0);
}

static void permissions_may_be_set_to_what_they_are(void **state)
{
    store_t *store = *state;
    msa_role_t role = {.name = "admin"};
    assert_int_equal(msa_role_create(store->db, store->pool, &role, store->now), APR_SUCCESS);
    for (int i = 0; i < 2; i++)
        assert_int_equal(msa_role_set_permissions(store->db, store->pool, role.id, "read", LATER),
                         APR_SUCCESS);
    assert_int_equal(msa_role_set_permissions(store->db, store->pool, 4711, "read", LATER),
                     APR_NOTFOUND);
}

static void deleted_role_leaves_no_membership(void **state)
{
    store_t *store = *state;
    msa_role_t role = {.name = "admin"};
    msa_user_t *ann = store_user(store, "ann@example.org", NULL);
    assert_int_equal(msa_role_create(store->db, store->pool, &role, store->now), APR_SUCCESS);
    assert_int_equal(msa_role_add(store->db, store->pool, ann->id, role.id), APR_SUCCESS);
    assert_int_equal(msa_role_delete(store->db, store->pool, role.id), APR_SUCCESS);
    assert_int_equal(msa_role_delete(store->db, store->pool, role.id), APR_NOTFOUND);
    assert_string_equal(store_ask(store, "SELECT COUNT(*) FROM roles_users"), "0");
}

/* ---- tickets ---- */

static void ticket_reads_back_as_written(void **state)
{
    store_t *store = *state;
    msa_ticket_t *made = store_ticket(store, 7, "remember", 1);
    msa_ticket_t *ticket;
    made->family = "family";
    made->detail = "ann@example.org";
    made->address = "2001:db8::1";
    made->agent = "Br\xc3\xbcser";
    made->fresh_at = LATER;
    assert_int_equal(msa_ticket_insert(store->db, store->pool, made), APR_SUCCESS);
    ticket = find(store, 1);
    assert_int_equal(ticket->id, made->id);
    assert_memory_equal(ticket->digest, made->digest, MSA_DIGEST_SIZE);
    assert_memory_equal(ticket->stamp, made->stamp, MSA_DIGEST_SIZE);
    assert_string_equal(ticket->purpose, "remember");
    assert_int_equal(ticket->user_id, 7);
    assert_string_equal(ticket->family, "family");
    assert_string_equal(ticket->audience, made->audience);
    assert_int_equal(ticket->created_at, store->now);
    assert_int_equal(ticket->expires_at, store->now + HOUR);
    assert_int_equal(ticket->spent_at, 0);
    assert_int_equal(ticket->fresh_at, LATER);
    assert_string_equal(ticket->address, "2001:db8::1");
    assert_string_equal(ticket->agent, "Br\xc3\xbcser");
    assert_string_equal(ticket->detail, "ann@example.org");
}

static void same_digest_cannot_be_inserted_twice(void **state)
{
    store_t *store = *state;
    insert(store, 7, "session", 1);
    assert_int_equal(
        msa_ticket_insert(store->db, store->pool, store_ticket(store, 8, "session", 1)),
        APR_EEXIST);
}

static void ticket_is_spent_only_once(void **state)
{
    store_t *store = *state;
    msa_ticket_t *ticket = insert(store, 7, "reset", 1);
    assert_int_equal(msa_ticket_spend(store->db, store->pool, ticket, LATER), APR_SUCCESS);
    assert_int_equal(msa_ticket_spend(store->db, store->pool, ticket, LATER + HOUR), APR_NOTFOUND);
    assert_int_equal(find(store, 1)->spent_at, LATER);
}

/* A transaction of MySQL that has read something keeps seeing what was there then. */
static void what_is_held_is_seen_as_it_is_now(void **state)
{
    store_t *store = *state;
    msa_user_t *ann = store_user(store, "ann@example.org", NULL), *held = NULL;
    msa_ticket_t *ticket = insert(store, ann->id, "remember", 1), *found = NULL;
    assert_int_equal(msa_user_hold(store->db, store->pool, 4711, &held), APR_NOTFOUND);
    assert_int_equal(msa_ticket_hold(store->db, store->pool, 4711, &found), APR_NOTFOUND);
    assert_int_equal(msa_db_begin(store->db), APR_SUCCESS);
    assert_non_null(find(store, 1));
    assert_int_equal(msa_user_by_id(store->db, store->pool, ann->id, &held), APR_SUCCESS);
    if (store_is_mysql(store)) {
        store_do(store, "DELETE FROM security_ticket");
        store_do(store, "UPDATE `user` SET active = 0");
    }
    assert_int_equal(msa_user_hold(store->db, store->pool, ann->id, &held), APR_SUCCESS);
    assert_int_equal(held->is_active, !store_is_mysql(store));
    assert_int_equal(msa_ticket_hold(store->db, store->pool, ticket->id, &found),
                     store_is_mysql(store) ? APR_NOTFOUND : APR_SUCCESS);
    assert_int_equal(msa_db_end(store->db, true), APR_SUCCESS);
}

static void ticket_may_be_seen_twice_in_one_second(void **state)
{
    store_t *store = *state;
    msa_ticket_t *ticket = insert(store, 7, "session", 1);
    msa_ticket_t missing = {.id = 4711};
    for (int i = 0; i < 2; i++) {
        assert_int_equal(
            msa_ticket_touch(store->db, store->pool, ticket->id, "192.0.2.1", "agent", LATER),
            APR_SUCCESS);
        assert_int_equal(msa_ticket_set_fresh(store->db, store->pool, ticket, LATER), APR_SUCCESS);
        assert_int_equal(msa_ticket_prolong(store->db, store->pool, ticket, LATER + 1000000, LATER),
                         APR_SUCCESS);
    }
    assert_int_equal(msa_ticket_prolong(store->db, store->pool, &missing, LATER, LATER),
                     APR_NOTFOUND);
    assert_int_equal(find(store, 1)->expires_at, LATER + 1000000);
    assert_int_equal(msa_ticket_touch(store->db, store->pool, 4711, "192.0.2.1", "agent", LATER),
                     APR_NOTFOUND);
    assert_int_equal(find(store, 1)->used_at, LATER);
}

static void tickets_of_a_user_end_but_for_the_one_excepted(void **state)
{
    store_t *store = *state;
    msa_ticket_t *kept = insert(store, 7, "session", 1);
    insert(store, 7, "session", 2);
    insert(store, 7, "token", 3);
    insert(store, 8, "session", 4);
    assert_int_equal(msa_ticket_delete_of_user(store->db, store->pool, 7, "session", kept->id),
                     APR_SUCCESS);
    assert_non_null(find(store, 1));
    assert_null(find(store, 2));
    assert_non_null(find(store, 3));
    assert_int_equal(msa_ticket_delete_of_user(store->db, store->pool, 7, NULL, 0), APR_SUCCESS);
    assert_null(find(store, 1));
    assert_null(find(store, 3));
    assert_non_null(find(store, 4));
}

static void family_ends_but_for_the_one_excepted(void **state)
{
    store_t *store = *state;
    msa_ticket_t *ticket[3];
    for (int i = 0; i < 3; i++) {
        ticket[i] = store_ticket(store, 7, "remember", i + 1);
        ticket[i]->family = i < 2 ? "one" : "other";
        assert_int_equal(msa_ticket_insert(store->db, store->pool, ticket[i]), APR_SUCCESS);
    }
    assert_int_equal(msa_ticket_delete_family(store->db, store->pool, 8, "one", 0), APR_NOTFOUND);
    assert_int_equal(msa_ticket_delete_family(store->db, store->pool, 7, "one", ticket[0]->id),
                     APR_SUCCESS);
    assert_non_null(find(store, 1));
    assert_null(find(store, 2));
    assert_non_null(find(store, 3));
}

static void tickets_are_listed_newest_first_without_spent_ones(void **state)
{
    store_t *store = *state;
    apr_array_header_t *list = NULL;
    msa_ticket_t *first = insert(store, 7, "session", 1);
    msa_ticket_t *second = insert(store, 7, "session", 2);
    msa_ticket_t *spent = insert(store, 7, "session", 3);
    insert(store, 7, "token", 4);
    assert_int_equal(msa_ticket_spend(store->db, store->pool, spent, LATER), APR_SUCCESS);
    assert_int_equal(msa_ticket_list(store->db, store->pool, 7, "session", 9, &list), APR_SUCCESS);
    assert_int_equal(list->nelts, 2);
    assert_int_equal(APR_ARRAY_IDX(list, 0, msa_ticket_t *)->id, second->id);
    assert_int_equal(APR_ARRAY_IDX(list, 1, msa_ticket_t *)->id, first->id);
    assert_int_equal(msa_ticket_list(store->db, store->pool, 7, NULL, 2, &list), APR_SUCCESS);
    assert_int_equal(list->nelts, 2);
}

static void stamp_moves_only_where_it_was_the_old_one(void **state)
{
    store_t *store = *state;
    unsigned char from[MSA_DIGEST_SIZE], to[MSA_DIGEST_SIZE];
    msa_ticket_t *stale = store_ticket(store, 7, "session", 2);
    memset(from, 0xa5, sizeof(from));
    memset(to, 0x5a, sizeof(to));
    memset(stale->stamp, 0x11, sizeof(stale->stamp));
    insert(store, 7, "session", 1);
    assert_int_equal(msa_ticket_insert(store->db, store->pool, stale), APR_SUCCESS);
    insert(store, 8, "session", 3);
    assert_int_equal(msa_ticket_move_stamp(store->db, store->pool, 7, from, to), APR_SUCCESS);
    assert_memory_equal(find(store, 1)->stamp, to, sizeof(to));
    assert_memory_equal(find(store, 2)->stamp, stale->stamp, sizeof(to));
    assert_memory_equal(find(store, 3)->stamp, from, sizeof(to));
}

static void sweep_takes_at_most_so_many_and_nothing_that_lives(void **state)
{
    store_t *store = *state;
    msa_ticket_t *endless = store_ticket(store, 7, "session", 9);
    int count = 0;
    endless->expires_at = 0;
    assert_int_equal(msa_ticket_insert(store->db, store->pool, endless), APR_SUCCESS);
    for (int i = 1; i <= 3; i++)
        insert(store, 7, "session", i);
    assert_int_equal(msa_ticket_sweep(store->db, store->pool, store->now + HOUR, 2, &count),
                     APR_SUCCESS);
    assert_string_equal(store_ask(store, "SELECT COUNT(*) FROM security_ticket"), "4");
    assert_int_equal(msa_ticket_sweep(store->db, store->pool, store->now + 2 * HOUR, 2, &count),
                     APR_SUCCESS);
    assert_int_equal(count, 2);
    assert_string_equal(store_ask(store, "SELECT COUNT(*) FROM security_ticket"), "2");
    assert_int_equal(msa_ticket_sweep(store->db, store->pool, store->now + 2 * HOUR, 2, &count),
                     APR_SUCCESS);
    assert_int_equal(count, 1);
    assert_non_null(find(store, 9));
    assert_int_equal(msa_ticket_spend(store->db, store->pool, endless, LATER), APR_SUCCESS);
    assert_int_equal(msa_ticket_sweep(store->db, store->pool, LATER, 2, &count), APR_SUCCESS);
    assert_non_null(find(store, 9));
    assert_int_equal(msa_ticket_sweep(store->db, store->pool, LATER + HOUR, 2, &count),
                     APR_SUCCESS);
    assert_null(find(store, 9));
}

static void note_about_a_client_is_cut_or_left_out(void **state)
{
    store_t *store = *state;
    msa_ticket_t *ticket = store_ticket(store, 7, "session", 1);
    ticket->agent = long_text(store, 300);
    ticket->address = "not\x01 clean";
    assert_int_equal(msa_ticket_insert(store->db, store->pool, ticket), APR_SUCCESS);
    assert_int_equal(strlen(find(store, 1)->agent), 255);
    assert_null(find(store, 1)->address);
    ticket = store_ticket(store, 7, "session", 2);
    ticket->detail = long_text(store, 1025);
    assert_int_equal(msa_ticket_insert(store->db, store->pool, ticket), APR_EINVAL);
    ticket = store_ticket(store, 7, long_text(store, 17), 2);
    assert_int_equal(msa_ticket_insert(store->db, store->pool, ticket), APR_EINVAL);
    assert_int_equal(store->log->nelts, 0);
}

/* ---- attempts, changes, audit ---- */

static void failures_count_by_account_and_by_address(void **state)
{
    store_t *store = *state;
    msa_attempts_t found = {-1, -1, -1};
    int count = -1;
    for (int i = 0; i < 3; i++)
        assert_int_equal(msa_attempt_insert(store->db, store->pool,
                                            &(msa_attempt_t){"old", "192.0.2.9", NULL}, 0),
                         0);
    assert_int_equal(msa_attempt_insert(store->db, store->pool,
                                        &(msa_attempt_t){"ann", "192.0.2.1", NULL}, store->now),
                     APR_SUCCESS);
    assert_int_equal(msa_attempt_insert(store->db, store->pool,
                                        &(msa_attempt_t){"ann", "192.0.2.2", NULL}, LATER),
                     APR_SUCCESS);
    assert_int_equal(msa_attempt_insert(store->db, store->pool,
                                        &(msa_attempt_t){"bob", "192.0.2.2", NULL}, LATER),
                     APR_SUCCESS);
    assert_int_equal(msa_attempt_count(store->db, store->pool,
                                       &(msa_attempt_t){"ann", "192.0.2.2", NULL}, store->now,
                                       &found),
                     APR_SUCCESS);
    assert_int_equal(found.of_account, 2);
    assert_int_equal(found.of_address, 2);
    assert_int_equal(msa_attempt_clear(store->db, store->pool, "ann", "192.0.2.2"), APR_SUCCESS);
    assert_int_equal(msa_attempt_sweep(store->db, store->pool, LATER, 3, &count), APR_SUCCESS);
    assert_int_equal(count, 3);
    assert_int_equal(msa_attempt_sweep(store->db, store->pool, LATER, 3, &count), APR_SUCCESS);
    assert_int_equal(count, 1);
    assert_int_equal(msa_attempt_count(store->db, store->pool,
                                       &(msa_attempt_t){"ann", "192.0.2.2", NULL}, store->now,
                                       &found),
                     APR_SUCCESS);
    assert_int_equal(found.of_account, 0);
    assert_int_equal(found.of_address, 1);
    assert_int_equal(msa_attempt_insert(store->db, store->pool,
                                        &(msa_attempt_t){long_text(store, 65), "192.0.2.1", NULL},
                                        LATER),
                     APR_EINVAL);
}

static void the_same_guess_is_known_again_under_its_keys_alone(void **state)
{
    static const msa_attempt_t SAME = {"ann", "192.0.2.1", "0123456789abcdef0123456789abcdef"};
    static const msa_attempt_t OTHERS[] = {
        {"bob", "192.0.2.1", "0123456789abcdef0123456789abcdef"},
        {"ann", "192.0.2.2", "0123456789abcdef0123456789abcdef"},
        {"ann", "192.0.2.1", "1123456789abcdef0123456789abcdef"},
        {"ann", "192.0.2.1", NULL                              },
    };
    store_t *store = *state;
    msa_attempts_t found = {-1, -1, -1};
    assert_int_equal(msa_attempt_insert(store->db, store->pool, &SAME, store->now), APR_SUCCESS);
    assert_int_equal(msa_attempt_count(store->db, store->pool, &SAME, store->now, &found),
                     APR_SUCCESS);
    assert_int_equal(found.of_guess, 1);
    assert_int_equal(msa_attempt_count(store->db, store->pool, &SAME, LATER, &found), APR_SUCCESS);
    assert_int_equal(found.of_guess, 0);
    for (size_t i = 0; i < sizeof(OTHERS) / sizeof(OTHERS[0]); i++) {
        assert_int_equal(msa_attempt_count(store->db, store->pool, &OTHERS[i], store->now, &found),
                         APR_SUCCESS);
        assert_int_equal(found.of_guess, 0);
    }
    assert_int_equal(msa_attempt_forget(store->db, store->pool, "bob"), APR_SUCCESS);
    assert_int_equal(msa_attempt_forget(store->db, store->pool, "ann"), APR_SUCCESS);
    assert_int_equal(msa_attempt_count(store->db, store->pool, &SAME, store->now, &found),
                     APR_SUCCESS);
    assert_int_equal(found.of_account, 0);
}

static void changes_are_read_from_where_one_stopped(void **state)
{
    store_t *store = *state;
    unsigned char digest[MSA_DIGEST_SIZE];
    apr_array_header_t *changes = NULL;
    const msa_change_t *change;
    apr_int64_t newest = -1;
    int count = -1;
    memset(digest, 3, sizeof(digest));
    assert_int_equal(msa_change_newest(store->db, store->pool, &newest), APR_SUCCESS);
    assert_int_equal(newest, 0);
    assert_int_equal(msa_change_insert(store->db, store->pool, 7, NULL, store->now), APR_SUCCESS);
    assert_int_equal(msa_change_newest(store->db, store->pool, &newest), APR_SUCCESS);
    assert_int_equal(msa_change_insert(store->db, store->pool, 8, digest, LATER), APR_SUCCESS);
    assert_int_equal(msa_change_list(store->db, store->pool, newest, 9, &changes), APR_SUCCESS);
    assert_int_equal(changes->nelts, 1);
    change = APR_ARRAY_IDX(changes, 0, msa_change_t *);
    assert_int_equal(change->user_id, 8);
    assert_true(change->has_digest);
    assert_memory_equal(change->digest, digest, sizeof(digest));
    assert_int_equal(msa_change_sweep(store->db, store->pool, LATER, 9, &count), APR_SUCCESS);
    assert_int_equal(count, 1);
    assert_int_equal(msa_change_list(store->db, store->pool, 0, 9, &changes), APR_SUCCESS);
    assert_int_equal(changes->nelts, 1);
}

static void audit_takes_what_somebody_typed(void **state)
{
    store_t *store = *state;
    assert_int_equal(msa_audit_insert(store->db, store->pool, "login", "no-such-user", 0,
                                      "'; DROP TABLE user; --", "192.0.2.1", store->now),
                     APR_SUCCESS);
    assert_int_equal(msa_audit_insert(store->db, store->pool, "login", "no-such-user", 0,
                                      "\xff\xfe", NULL, store->now),
                     APR_SUCCESS);
    assert_string_equal(store_ask(store, "SELECT identity FROM security_audit ORDER BY id"),
                        "'; DROP TABLE user; --");
    assert_string_equal(
        store_ask(store, "SELECT COUNT(*) FROM security_audit WHERE identity IS NULL"), "1");
}

int main(void)
{
    static const struct CMUnitTest TESTS[] = {
        cmocka_unit_test(role_of_duplicate_rows_is_listed_once_and_removed_at_once),
        cmocka_unit_test(role_is_found_by_its_exact_name_only),
        cmocka_unit_test(permissions_may_be_set_to_what_they_are),
        cmocka_unit_test(deleted_role_leaves_no_membership),
        cmocka_unit_test(ticket_reads_back_as_written),
        cmocka_unit_test(what_is_held_is_seen_as_it_is_now),
        cmocka_unit_test(same_digest_cannot_be_inserted_twice),
        cmocka_unit_test(ticket_is_spent_only_once),
        cmocka_unit_test(ticket_may_be_seen_twice_in_one_second),
        cmocka_unit_test(tickets_of_a_user_end_but_for_the_one_excepted),
        cmocka_unit_test(family_ends_but_for_the_one_excepted),
        cmocka_unit_test(tickets_are_listed_newest_first_without_spent_ones),
        cmocka_unit_test(stamp_moves_only_where_it_was_the_old_one),
        cmocka_unit_test(sweep_takes_at_most_so_many_and_nothing_that_lives),
        cmocka_unit_test(note_about_a_client_is_cut_or_left_out),
        cmocka_unit_test(failures_count_by_account_and_by_address),
        cmocka_unit_test(the_same_guess_is_known_again_under_its_keys_alone),
        cmocka_unit_test(changes_are_read_from_where_one_stopped),
        cmocka_unit_test(audit_takes_what_somebody_typed),
    };
    return store_run("records", TESTS, sizeof(TESTS) / sizeof(TESTS[0]));
}
