/* SPDX-License-Identifier: Apache-2.0 */
/* What one transaction keeps another from doing, and what it does not. */
#include "store_fixture.h"

/** One of three neighbours, with a database connection of their own. */
typedef struct person_t {
    store_t *store;
    msa_db_t *db;
    apr_int64_t id;
    const char *family;
    int marks; /* digests used up */
} person_t;

static void add_ticket(person_t *person, const char *purpose)
{
    store_t *store = person->store;
    msa_ticket_t *ticket = store_ticket(store, person->id, purpose, 0);
    memcpy(ticket->digest, &person->id, sizeof(person->id));
    ticket->digest[31] = (unsigned char)++person->marks;
    ticket->family = person->family;
    assert_int_equal(msa_ticket_insert(person->db, store->pool, ticket), APR_SUCCESS);
}

static person_t make_person(store_t *store, const char *email, const char *family)
{
    person_t person = {.store = store, .db = store->db, .family = family};
    person.id = store_user(store, email, NULL)->id;
    add_ticket(&person, "session");
    add_ticket(&person, "remember");
    return person;
}

static void add_tickets(person_t *person)
{
    add_ticket(person, "confirm");
    add_ticket(person, "session");
}

static void delete_all(person_t *person)
{
    assert_int_equal(
        msa_ticket_delete_of_user(person->db, person->store->pool, person->id, NULL, 0),
        APR_SUCCESS);
}

static void delete_one_purpose(person_t *person)
{
    assert_int_equal(
        msa_ticket_delete_of_user(person->db, person->store->pool, person->id, "session", 0),
        APR_SUCCESS);
}

static void delete_what_is_not_there(person_t *person)
{
    assert_int_equal(
        msa_ticket_delete_of_user(person->db, person->store->pool, person->id, "reset", 0),
        APR_NOTFOUND);
}

static void delete_family(person_t *person)
{
    assert_int_equal(
        msa_ticket_delete_family(person->db, person->store->pool, person->id, person->family, 0),
        APR_SUCCESS);
}

static void move_stamp(person_t *person)
{
    unsigned char from[MSA_DIGEST_SIZE], to[MSA_DIGEST_SIZE] = {0};
    memset(from, 0xa5, sizeof(from));
    assert_int_equal(msa_ticket_move_stamp(person->db, person->store->pool, person->id, from, to),
                     APR_SUCCESS);
}

static void replace_detail(person_t *person)
{
    assert_int_equal(msa_ticket_replace_detail(person->db, person->id, "session", "a", "b"),
                     APR_SUCCESS);
}

static void track(person_t *person)
{
    store_t *store = person->store;
    assert_int_equal(msa_user_track(person->db, store->pool, person->id, "192.0.2.1", store->now),
                     APR_SUCCESS);
}

static void delete_user(person_t *person)
{
    assert_int_equal(msa_user_delete(person->db, person->store->pool, person->id), APR_SUCCESS);
}

typedef void work_t(person_t *person);

static work_t *const WORKS[] = {
    add_tickets,   delete_all, delete_one_purpose, delete_what_is_not_there,
    delete_family, move_stamp, replace_detail,     track,
    delete_user};

#define WORK_COUNT (sizeof(WORKS) / sizeof(WORKS[0]))

static msa_db_t *another_hand(store_t *store)
{
    msa_db_source_t *source = NULL;
    const char *error = NULL;
    assert_int_equal(
        msa_db_source_direct(store->pool, store->driver, store->params, &source, &error),
        APR_SUCCESS);
    return msa_db_make(store->pool, &store->env, &store->settings, source);
}

/* While the one in the middle is at work, both neighbours finish theirs. */
static void working_on_one_user_keeps_no_other_waiting(void **state)
{
    store_t *store = *state;
    person_t before, middle, after;
    if (!store_is_mysql(store))
        return;
    before = make_person(store, "ann@example.org", "0");
    middle = make_person(store, "bob@example.org", "1");
    after = make_person(store, "cid@example.org", "2");
    before.db = after.db = another_hand(store);
    for (size_t i = 0; i < WORK_COUNT * WORK_COUNT; i++) {
        assert_int_equal(msa_db_begin(middle.db), APR_SUCCESS);
        WORKS[i / WORK_COUNT](&middle);
        assert_int_equal(msa_db_begin(before.db), APR_SUCCESS);
        WORKS[i % WORK_COUNT](&before);
        WORKS[i % WORK_COUNT](&after);
        assert_int_equal(msa_db_end(before.db, false), APR_SUCCESS);
        assert_int_equal(msa_db_end(middle.db, false), APR_SUCCESS);
    }
}

static void meeting_a_lock_is_reported_as_a_conflict(void **state)
{
    store_t *store = *state;
    msa_user_t *user = store_user(store, "ann@example.org", NULL);
    if (!store_is_mysql(store))
        return;
    assert_int_equal(msa_db_begin(store->db), APR_SUCCESS);
    assert_null(msa_db_conflict(store->db));
    store_do(store, "START TRANSACTION");
    store_do(store, "UPDATE user SET login_count = 7");
    assert_int_equal(msa_user_track(store->db, store->pool, user->id, "192.0.2.1", store->now),
                     APR_EBUSY);
    assert_int_not_equal(msa_db_end(store->db, true), APR_SUCCESS);
    assert_non_null(strstr(msa_db_conflict(store->db), "statement=user_track error=\"Lock wait"));
    assert_int_equal(store->log->nelts, 0);
    store_do(store, "ROLLBACK");
    assert_int_equal(msa_db_begin(store->db), APR_SUCCESS);
    assert_null(msa_db_conflict(store->db));
    assert_int_equal(msa_user_track(store->db, store->pool, user->id, "192.0.2.1", store->now),
                     APR_SUCCESS);
    assert_int_equal(msa_db_end(store->db, true), APR_SUCCESS);
}

int main(void)
{
    static const struct CMUnitTest TESTS[] = {
        cmocka_unit_test(working_on_one_user_keeps_no_other_waiting),
        cmocka_unit_test(meeting_a_lock_is_reported_as_a_conflict),
    };
    return store_run("locks", TESTS, sizeof(TESTS) / sizeof(TESTS[0]));
}
