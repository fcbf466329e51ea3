/* SPDX-License-Identifier: Apache-2.0 */
#include "store_fixture.h"

#include "../../src/store/roles.h"

#define EMOJI "\xf0\x9f\x90\xb1"
#define LATER (store->now + apr_time_from_sec(60))

static apr_status_t find(store_t *store, const char *email, msa_user_t **user)
{
    return msa_user_by_email(store->db, store->pool, email, user);
}

/* Addresses in the tables of an older application may differ only in case. */
static void allow_spellings(store_t *store)
{
    if (store_is_mysql(store))
        store_do(store,
                 "ALTER TABLE `user` MODIFY email VARCHAR(255) COLLATE utf8mb4_bin NOT NULL");
    else
        store_do(store, "DROP INDEX security_user_email");
}

static void insert_spelling(store_t *store, const char *email)
{
    store_do(store, apr_psprintf(store->pool,
                                 "INSERT INTO user (email, active, fs_uniquifier) VALUES ('%s', 1, "
                                 "'u%d %s')",
                                 email, store->inserted++, email));
}

static void new_user_reads_back_as_written(void **state)
{
    store_t *store = *state;
    msa_user_t *made = store_user(store, "ann@example.org", "ann" EMOJI);
    msa_user_t *user = NULL;
    assert_int_equal(msa_user_by_id(store->db, store->pool, made->id, &user), APR_SUCCESS);
    assert_string_equal(user->email, "ann@example.org");
    assert_string_equal(user->username, "ann" EMOJI);
    assert_string_equal(user->password, "$hash$");
    assert_true(user->is_active);
    assert_string_equal(user->fs_uniquifier, made->fs_uniquifier);
    assert_int_equal(user->confirmed_at, store->now);
    assert_int_equal(user->created_at, store->now);
    assert_int_equal(user->last_login_at, 0);
    assert_null(user->last_login_ip);
    assert_int_equal(user->login_count, 0);
    assert_string_equal(store_ask(store, "SELECT length(fs_webauthn_user_handle) FROM user"), "32");
}

static void new_user_gets_a_token_uniquifier_where_there_is_that_column(void **state)
{
    store_t *store = *state;
    store_do(store, "ALTER TABLE user ADD COLUMN fs_token_uniquifier VARCHAR(64)");
    store_user(store, "ann@example.org", NULL);
    assert_string_equal(store_ask(store, "SELECT length(fs_token_uniquifier) FROM user"), "32");
    assert_string_equal(store_ask(store, "SELECT fs_token_uniquifier <> fs_uniquifier FROM user"),
                        "1");
}

/** Tables of older applications, which `schema check` reports. */
static void address_that_the_column_cannot_hold_is_nobodys(void **state)
{
    store_t *store = *state;
    msa_user_t *user = NULL;
    if (store_is_mysql(store))
        store_do(store, "ALTER TABLE user CONVERT TO CHARACTER SET latin1");
    store_user(store, "ann@example.org", NULL);
    assert_int_equal(find(store, EMOJI "@example.org", &user), APR_NOTFOUND);
    assert_int_equal(find(store, "ann@example.org", &user), APR_SUCCESS);
    assert_int_equal(store->log->nelts, 0);
}

static void unknown_user_is_not_found(void **state)
{
    store_t *store = *state;
    msa_user_t *user = NULL;
    assert_int_equal(msa_user_by_id(store->db, store->pool, 4711, &user), APR_NOTFOUND);
    assert_int_equal(find(store, "nobody@example.org", &user), APR_NOTFOUND);
    assert_int_equal(find(store, "", &user), APR_NOTFOUND);
    assert_int_equal(find(store, "x\xff@example.org", &user), APR_NOTFOUND);
    assert_int_equal(msa_user_by_username(store->db, store->pool, "nobody", &user), APR_NOTFOUND);
    assert_int_equal(msa_user_by_uniquifier(store->db, store->pool, "x", &user), APR_NOTFOUND);
    assert_null(user);
    assert_int_equal(store->log->nelts, 0);
}

static void user_is_found_in_any_case_of_letters(void **state)
{
    store_t *store = *state;
    msa_user_t *made = store_user(store, "Ann@example.org", "Ann");
    msa_user_t *user = NULL;
    assert_int_equal(find(store, "aNN@Example.ORG", &user), APR_SUCCESS);
    assert_int_equal(user->id, made->id);
    assert_int_equal(msa_user_by_username(store->db, store->pool, "aNN", &user), APR_SUCCESS);
    assert_int_equal(user->id, made->id);
}

static void user_is_found_in_every_spelling_that_folds_to_the_stored_one(void **state)
{
    store_t *store = *state;
    msa_user_t *made = store_user(store, "sam.strasse@example.org", "so\xcc\x88ss");
    msa_user_t *user = NULL;
    assert_int_equal(find(store,
                          "\xc5\xbf"
                          "AM.stra\xc3\x9f"
                          "e@example.org",
                          &user),
                     APR_SUCCESS);
    assert_int_equal(user->id, made->id);
    assert_int_equal(msa_user_by_username(store->db, store->pool, "SO\xcc\x88\xc3\x9f", &user),
                     APR_SUCCESS);
    assert_int_equal(user->id, made->id);
}

static void accent_makes_another_identity(void **state)
{
    store_t *store = *state;
    msa_user_t *user = NULL;
    store_user(store, "ann@example.org", "ann");
    assert_int_equal(find(store, "\xc3\xa4nn@example.org", &user), APR_NOTFOUND);
    assert_int_equal(msa_user_by_username(store->db, store->pool, "\xc3\xa4nn", &user),
                     APR_NOTFOUND);
}

static void uniquifier_is_compared_byte_by_byte(void **state)
{
    store_t *store = *state;
    msa_user_t *user = NULL;
    insert_spelling(store, "ann@example.org");
    assert_int_equal(msa_user_by_uniquifier(store->db, store->pool, "u0 ann@example.org", &user),
                     APR_SUCCESS);
    assert_int_equal(msa_user_by_uniquifier(store->db, store->pool, "U0 ann@example.org", &user),
                     APR_NOTFOUND);
    assert_int_equal(msa_user_by_uniquifier(store->db, store->pool, "u0 ann@example.org ", &user),
                     APR_NOTFOUND);
}

static void of_two_spellings_only_the_exact_one_is_found(void **state)
{
    store_t *store = *state;
    msa_user_t *user = NULL;
    allow_spellings(store);
    insert_spelling(store, "Ann@example.org");
    insert_spelling(store, "ann@example.org");
    assert_int_equal(find(store, "Ann@example.org", &user), APR_SUCCESS);
    assert_string_equal(user->email, "Ann@example.org");
    assert_int_equal(find(store, "ann@example.org", &user), APR_SUCCESS);
    assert_string_equal(user->email, "ann@example.org");
    if (!store_is_mysql(store))
        assert_int_equal(find(store, "ANN@example.org", &user), APR_NOTFOUND);
}

static void taken_identity_is_refused_in_any_case(void **state)
{
    store_t *store = *state;
    msa_user_t again = {.email = "ANN@example.org", .fs_uniquifier = "a", .password = "x"};
    msa_user_t same_name = {.email = "bob@example.org", .username = "ANN", .fs_uniquifier = "b"};
    store_user(store, "ann@example.org", "ann");
    assert_int_equal(msa_user_create(store->db, store->pool, &again, store->now), APR_EEXIST);
    assert_int_equal(msa_user_create(store->db, store->pool, &same_name, store->now), APR_EEXIST);
    assert_int_equal(store->log->nelts, 0);
}

static void further_spelling_of_an_ambiguous_address_is_refused(void **state)
{
    store_t *store = *state;
    msa_user_t third = {.email = "ANN@example.org", .fs_uniquifier = "c"};
    allow_spellings(store);
    insert_spelling(store, "Ann@example.org");
    insert_spelling(store, "ann@example.org");
    assert_int_equal(msa_user_create(store->db, store->pool, &third, store->now), APR_EEXIST);
}

static void insert_ann(store_t *store)
{
    insert_spelling(store, "ANN@example.org");
}

static void rival_who_registers_in_between_wins(void **state)
{
    store_t *store = *state;
    msa_user_t user = {.email = "ann@example.org", .fs_uniquifier = "a"};
    store->on_open = insert_ann;
    store->opens_left = 2;
    assert_int_equal(msa_user_create(store->db, store->pool, &user, store->now), APR_EEXIST);
    assert_string_equal(store_ask(store, "SELECT COUNT(*) FROM user"), "1");
    assert_int_equal(store->log->nelts, 0);
}

static const char *long_text(store_t *store, size_t bytes)
{
    char *text = apr_palloc(store->pool, bytes + 1);
    memset(text, 'x', bytes);
    text[bytes] = '\0';
    return text;
}

static void text_that_does_not_fit_never_reaches_the_database(void **state)
{
    store_t *store = *state;
    msa_user_t *ann = store_user(store, "ann@example.org", NULL);
    const char *text = long_text(store, 256);
    msa_user_t email = {.email = text, .fs_uniquifier = "a"};
    msa_user_t uniquifier = {.email = "b@example.org", .fs_uniquifier = text};
    store->opens_left = 1;
    store->on_open = NULL;
    assert_int_equal(msa_user_create(store->db, store->pool, &email, LATER), APR_EINVAL);
    assert_int_equal(msa_user_create(store->db, store->pool, &uniquifier, LATER), APR_EINVAL);
    assert_int_equal(
        msa_user_set_password(store->db, store->pool, ann->id, NULL, text, NULL, LATER),
        APR_EINVAL);
    assert_int_equal(msa_user_set_uniquifier(store->db, store->pool, ann->id, text, LATER),
                     APR_EINVAL);
    assert_int_equal(
        msa_user_set_email(store->db, store->pool, ann->id, ann->email, text, 0, LATER),
        APR_EINVAL);
    assert_int_equal(msa_user_set_username(store->db, store->pool, ann->id, text, LATER),
                     APR_EINVAL);
    assert_int_equal(msa_user_set_username(store->db, store->pool, ann->id, "a\nb", LATER),
                     APR_EINVAL);
    assert_int_equal(msa_user_set_username(store->db, store->pool, ann->id, "\xff", LATER),
                     APR_EINVAL);
}

static void password_is_replaced_only_while_it_is_the_old_one(void **state)
{
    store_t *store = *state;
    msa_user_t *ann = store_user(store, "ann@example.org", NULL);
    msa_user_t *user = NULL;
    assert_int_equal(
        msa_user_set_password(store->db, store->pool, ann->id, "$other$", "$new$", "fresh", LATER),
        APR_NOTFOUND);
    assert_int_equal(
        msa_user_set_password(store->db, store->pool, ann->id, "$hash$", "$new$", "fresh", LATER),
        APR_SUCCESS);
    assert_int_equal(msa_user_by_id(store->db, store->pool, ann->id, &user), APR_SUCCESS);
    assert_string_equal(user->password, "$new$");
    assert_string_equal(user->fs_uniquifier, "fresh");
    assert_int_equal(
        msa_user_set_password(store->db, store->pool, ann->id, NULL, "$newer$", NULL, LATER),
        APR_SUCCESS);
    assert_int_equal(msa_user_by_id(store->db, store->pool, ann->id, &user), APR_SUCCESS);
    assert_string_equal(user->password, "$newer$");
    assert_string_equal(user->fs_uniquifier, "fresh");
    assert_int_equal(
        strncmp(store_ask(store, "SELECT update_datetime FROM user"), "2023-11-14 22:14:20", 19),
        0);
}

static void address_changes_only_from_the_old_one_and_to_a_free_one(void **state)
{
    store_t *store = *state;
    msa_user_t *ann = store_user(store, "ann@example.org", NULL);
    msa_user_t *user = NULL;
    store_user(store, "bob@example.org", NULL);
    assert_int_equal(msa_user_set_email(store->db, store->pool, ann->id, "ann@example.org",
                                        "BOB@example.org", LATER, LATER),
                     APR_EEXIST);
    assert_int_equal(msa_user_set_email(store->db, store->pool, ann->id, "old@example.org",
                                        "new@example.org", LATER, LATER),
                     APR_NOTFOUND);
    assert_int_equal(msa_user_set_email(store->db, store->pool, ann->id, "ann@example.org",
                                        "ANN@example.org", LATER, LATER),
                     APR_SUCCESS);
    assert_int_equal(msa_user_by_id(store->db, store->pool, ann->id, &user), APR_SUCCESS);
    assert_string_equal(user->email, "ANN@example.org");
    assert_int_equal(user->confirmed_at, LATER);
}

static void username_changes_to_a_free_one_or_to_none(void **state)
{
    store_t *store = *state;
    msa_user_t *ann = store_user(store, "ann@example.org", "ann");
    msa_user_t *user = NULL;
    store_user(store, "bob@example.org", "bob");
    assert_int_equal(msa_user_set_username(store->db, store->pool, ann->id, "BOB", LATER),
                     APR_EEXIST);
    assert_int_equal(msa_user_set_username(store->db, store->pool, ann->id, "ANN", LATER),
                     APR_SUCCESS);
    assert_int_equal(msa_user_set_username(store->db, store->pool, ann->id, NULL, LATER),
                     APR_SUCCESS);
    assert_int_equal(msa_user_set_username(store->db, store->pool, 4711, "eve", LATER),
                     APR_NOTFOUND);
    assert_int_equal(msa_user_by_id(store->db, store->pool, ann->id, &user), APR_SUCCESS);
    assert_null(user->username);
}

static void state_may_be_set_to_what_it_is(void **state)
{
    store_t *store = *state;
    msa_user_t *ann = store_user(store, "ann@example.org", NULL);
    msa_user_t *user = NULL;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(msa_user_set_active(store->db, store->pool, ann->id, false, LATER),
                         APR_SUCCESS);
        assert_int_equal(msa_user_set_confirmed(store->db, store->pool, ann->id, 0, LATER),
                         APR_SUCCESS);
    }
    assert_int_equal(msa_user_set_active(store->db, store->pool, 4711, false, LATER), APR_NOTFOUND);
    assert_int_equal(msa_user_by_id(store->db, store->pool, ann->id, &user), APR_SUCCESS);
    assert_false(user->is_active);
    assert_int_equal(user->confirmed_at, 0);
}

static void column_of_the_site_is_written_in_a_transaction(void **state)
{
    store_t *store = *state;
    msa_user_t *ann = store_user(store, "ann@example.org", NULL);
    store_do(store, "ALTER TABLE user ADD COLUMN city VARCHAR(64)");
    assert_int_equal(msa_user_set_column(store->db, store->pool, ann->id, "city = 1 --", "x", 0),
                     APR_EINVAL);
    assert_int_equal(msa_db_begin(store->db), APR_SUCCESS);
    assert_int_equal(
        msa_user_set_column(store->db, store->pool, ann->id, "city", "K\xc3\xb6ln", LATER),
        APR_SUCCESS);
    assert_int_equal(msa_db_end(store->db, true), APR_SUCCESS);
    assert_string_equal(store_ask(store, "SELECT city FROM user"), "K\xc3\xb6ln");
}

static void logins_are_counted_and_the_one_before_is_kept(void **state)
{
    store_t *store = *state;
    msa_user_t *ann = store_user(store, "ann@example.org", NULL);
    msa_user_t *user = NULL;
    assert_int_equal(msa_user_track(store->db, store->pool, ann->id, "192.0.2.1", store->now),
                     APR_SUCCESS);
    assert_int_equal(msa_user_track(store->db, store->pool, ann->id, "192.0.2.2", LATER),
                     APR_SUCCESS);
    assert_int_equal(msa_user_by_id(store->db, store->pool, ann->id, &user), APR_SUCCESS);
    assert_int_equal(user->login_count, 2);
    assert_int_equal(user->last_login_at, store->now);
    assert_int_equal(user->current_login_at, LATER);
    assert_string_equal(user->last_login_ip, "192.0.2.1");
    assert_string_equal(user->current_login_ip, "192.0.2.2");
}

static void deleted_user_leaves_no_ticket_and_no_membership(void **state)
{
    store_t *store = *state;
    msa_user_t *ann = store_user(store, "ann@example.org", NULL);
    msa_user_t *bob = store_user(store, "bob@example.org", NULL);
    msa_role_t role = {.name = "admin"};
    assert_int_equal(msa_role_create(store->db, store->pool, &role, LATER), APR_SUCCESS);
    assert_int_equal(msa_role_add(store->db, store->pool, ann->id, role.id), APR_SUCCESS);
    assert_int_equal(
        msa_ticket_insert(store->db, store->pool, store_ticket(store, ann->id, "session", 1)),
        APR_SUCCESS);
    assert_int_equal(
        msa_ticket_insert(store->db, store->pool, store_ticket(store, bob->id, "session", 2)),
        APR_SUCCESS);
    assert_int_equal(msa_user_delete(store->db, store->pool, ann->id), APR_SUCCESS);
    assert_int_equal(msa_user_delete(store->db, store->pool, ann->id), APR_NOTFOUND);
    assert_string_equal(store_ask(store, "SELECT COUNT(*) FROM user"), "1");
    assert_string_equal(store_ask(store, "SELECT COUNT(*) FROM roles_users"), "0");
    assert_string_equal(store_ask(store, "SELECT COUNT(*) FROM security_ticket"), "1");
}

static void users_are_listed_in_pages_and_by_role(void **state)
{
    store_t *store = *state;
    msa_user_t *ann = store_user(store, "ann@example.org", NULL);
    msa_user_t *bob = store_user(store, "bob@example.org", NULL);
    msa_role_t role = {.name = "admin"};
    apr_array_header_t *users = NULL;
    assert_int_equal(msa_role_create(store->db, store->pool, &role, LATER), APR_SUCCESS);
    assert_int_equal(msa_role_add(store->db, store->pool, bob->id, role.id), APR_SUCCESS);
    assert_int_equal(msa_user_list(store->db, store->pool, NULL, 0, 1, &users), APR_SUCCESS);
    assert_int_equal(users->nelts, 1);
    assert_int_equal(APR_ARRAY_IDX(users, 0, msa_user_t *)->id, ann->id);
    assert_int_equal(msa_user_list(store->db, store->pool, NULL, ann->id, 9, &users), APR_SUCCESS);
    assert_int_equal(users->nelts, 1);
    assert_int_equal(msa_user_list(store->db, store->pool, "admin", 0, 9, &users), APR_SUCCESS);
    assert_int_equal(users->nelts, 1);
    assert_int_equal(APR_ARRAY_IDX(users, 0, msa_user_t *)->id, bob->id);
}

int main(void)
{
    static const struct CMUnitTest TESTS[] = {
        cmocka_unit_test(new_user_reads_back_as_written),
        cmocka_unit_test(new_user_gets_a_token_uniquifier_where_there_is_that_column),
        cmocka_unit_test(unknown_user_is_not_found),
        cmocka_unit_test(user_is_found_in_any_case_of_letters),
        cmocka_unit_test(user_is_found_in_every_spelling_that_folds_to_the_stored_one),
        cmocka_unit_test(accent_makes_another_identity),
        cmocka_unit_test(uniquifier_is_compared_byte_by_byte),
        cmocka_unit_test(of_two_spellings_only_the_exact_one_is_found),
        cmocka_unit_test(taken_identity_is_refused_in_any_case),
        cmocka_unit_test(further_spelling_of_an_ambiguous_address_is_refused),
        cmocka_unit_test(rival_who_registers_in_between_wins),
        cmocka_unit_test(text_that_does_not_fit_never_reaches_the_database),
        cmocka_unit_test(password_is_replaced_only_while_it_is_the_old_one),
        cmocka_unit_test(address_changes_only_from_the_old_one_and_to_a_free_one),
        cmocka_unit_test(username_changes_to_a_free_one_or_to_none),
        cmocka_unit_test(state_may_be_set_to_what_it_is),
        cmocka_unit_test(column_of_the_site_is_written_in_a_transaction),
        cmocka_unit_test(address_that_the_column_cannot_hold_is_nobodys),
        cmocka_unit_test(logins_are_counted_and_the_one_before_is_kept),
        cmocka_unit_test(deleted_user_leaves_no_ticket_and_no_membership),
        cmocka_unit_test(users_are_listed_in_pages_and_by_role),
    };
    return store_run("users", TESTS, sizeof(TESTS) / sizeof(TESTS[0]));
}
