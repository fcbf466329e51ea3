/* SPDX-License-Identifier: Apache-2.0 */
#include "table_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sys/mman.h>
#include <sys/stat.h>

#include "pool.h"

#define ROOM  8  /* usual entries that the fixture's table has room for */
#define FEW   2  /* roles that fit into a usual entry */
#define MANY  90 /* roles that do not */
#define FLOOD 100000

static bool get(table_fixture_t *fixture, int number, apr_time_t now, msa_entry_t *entry)
{
    test_key_t key = key_of(number);
    return msa_table_get(fixture->reader, fixture->pool, key.bytes, now, entry);
}

static void put_known(table_fixture_t *fixture, int number, const msa_record_t *record)
{
    test_key_t key = key_of(number);
    msa_entry_t entry = {.record = record, .used_until = NOW + 1, .kept_until = NOW + 2};
    msa_table_put(fixture->writer, key.bytes, &entry, NOW);
}

static void put_bad(table_fixture_t *fixture, int number)
{
    test_key_t key = key_of(number);
    msa_entry_t entry = {.is_bad = true, .used_until = NOW + 2, .kept_until = NOW + 2};
    msa_table_put(fixture->writer, key.bytes, &entry, NOW);
}

/* ---- what is found ---- */

static void a_record_is_found_unchanged(void **state)
{
    static const int ROLES[] = {FEW, MANY};
    table_fixture_t *fixture = *state;
    for (int i = 0; i < 2; i++) {
        const msa_record_t *record =
            record_make(fixture->pool, i, ROLES[i], msa_table_epoch(fixture->writer));
        msa_entry_t entry;
        put_known(fixture, i, record);
        assert_true(get(fixture, i, NOW, &entry));
        assert_false(entry.is_bad);
        assert_true(entry.used_until == NOW + 1 && entry.kept_until == NOW + 2);
        assert_int_equal(entry.record->size, record->size);
        assert_memory_equal(entry.record, record, record->size);
    }
}

static void nothing_is_found_under_another_key(void **state)
{
    table_fixture_t *fixture = *state;
    msa_entry_t entry = {.used_until = 99};
    assert_false(table_has(fixture, 1));
    table_put(fixture, 1, FEW);
    assert_false(get(fixture, 2, NOW, &entry));
    assert_int_equal(entry.used_until, 99);
}

static void the_latest_record_counts_whatever_its_size(void **state)
{
    table_fixture_t *fixture = *state;
    static const int ROLES[] = {FEW, MANY, FEW, FEW, MANY, MANY};
    for (size_t i = 0; i < sizeof(ROLES) / sizeof(ROLES[0]); i++) {
        const msa_record_t *record =
            record_make(fixture->pool, 1, ROLES[i], msa_table_epoch(fixture->writer));
        msa_entry_t entry;
        put_known(fixture, 1, record);
        assert_true(get(fixture, 1, NOW, &entry));
        assert_int_equal(entry.record->size, record->size);
        put_bad(fixture, 1);
        assert_true(get(fixture, 1, NOW, &entry));
        assert_true(entry.is_bad);
    }
    table_put(fixture, 1, FEW);
    assert_true(table_has(fixture, 1));
}

static void a_record_counts_until_its_limits(void **state)
{
    table_fixture_t *fixture = *state;
    msa_record_t *record;
    msa_entry_t entry;
    table_put(fixture, 1, FEW);
    assert_true(get(fixture, 1, NOW + 1, &entry));
    assert_int_equal(entry.used_until, NOW + 1);
    assert_false(get(fixture, 1, NOW + 2, &entry));

    record = (msa_record_t *)record_make(fixture->pool, 1, FEW, msa_table_epoch(fixture->writer));
    record->expires_at = NOW + 1;
    put_known(fixture, 1, record);
    assert_true(get(fixture, 1, NOW, &entry));
    assert_false(get(fixture, 1, NOW + 1, &entry));
}

static void an_expired_record_replaces_the_earlier_one(void **state)
{
    table_fixture_t *fixture = *state;
    test_key_t key = key_of(1);
    msa_entry_t entry = {.is_bad = true, .kept_until = NOW};
    table_put(fixture, 1, FEW);
    msa_table_put(fixture->writer, key.bytes, &entry, NOW);
    assert_false(get(fixture, 1, NOW, &entry));
}

/* ---- changes ---- */

static void a_change_ends_what_was_loaded_before(void **state)
{
    table_fixture_t *fixture = *state;
    for (int i = 0; i < 3; i++) {
        const msa_record_t *record =
            record_make(fixture->pool, 1, FEW, msa_table_epoch(fixture->writer));
        put_known(fixture, 1, record);
        assert_true(table_has(fixture, 1));
        if (i == 0)
            msa_table_changed(fixture->writer, record->user_slot);
        else if (i == 1)
            msa_table_changed(fixture->writer, record->ticket_slot);
        else
            msa_table_changed_all(fixture->writer);
        assert_false(table_has(fixture, 1));
        put_known(fixture, 1, record);
        assert_false(table_has(fixture, 1));
        table_put(fixture, 1, FEW);
        assert_true(table_has(fixture, 1));
    }
}

static void a_change_to_another_user_ends_nothing(void **state)
{
    table_fixture_t *fixture = *state;
    table_put(fixture, 1, FEW);
    for (int other = 2; other < 50; other++)
        msa_table_changed(fixture->writer, msa_table_user_slot(other));
    assert_true(table_has(fixture, 1));
}

static void a_late_load_does_not_replace_a_later_one(void **state)
{
    table_fixture_t *fixture = *state;
    const msa_record_t *late = record_make(fixture->pool, 1, FEW, msa_table_epoch(fixture->writer));
    msa_table_changed(fixture->writer, late->user_slot);
    table_put(fixture, 1, FEW);
    put_known(fixture, 1, late);
    assert_true(table_has(fixture, 1));
}

static void the_clock_advances_with_each_change(void **state)
{
    table_fixture_t *fixture = *state;
    for (int i = 0; i < 1000; i++) {
        apr_uint64_t before = msa_table_epoch(fixture->writer);
        msa_table_changed(fixture->writer, 5);
        assert_true(msa_table_epoch(fixture->writer) > before);
    }
}

static void neighbours_have_slots_of_their_own(void **state)
{
    (void)state;
    for (int i = 1; i < 1000; i++)
        assert_int_not_equal(msa_table_user_slot(i), msa_table_user_slot(i + 1));
}

/* ---- room ---- */

static void a_flood_of_bad_records_leaves_the_good_ones(void **state)
{
    table_fixture_t *fixture = *state;
    msa_entry_t entry;
    for (int i = 0; i < ROOM; i++)
        table_put(fixture, i, FEW);
    table_put(fixture, 100, MANY);
    for (int i = 0; i < FLOOD; i++)
        put_bad(fixture, 1000 + i);
    for (int i = 0; i < ROOM; i++)
        assert_true(table_has(fixture, i));
    assert_true(table_has(fixture, 100));
    assert_true(get(fixture, 1000 + FLOOD - 1, NOW, &entry));
    assert_true(entry.is_bad);
    assert_null(entry.record);
}

/* Fills the table, adds one more entry, then uses all but `idle`. True when all of those were
 * there. */
static bool use_all_but(table_fixture_t *fixture, int idle)
{
    int there = 0;
    for (int i = 0; i <= ROOM; i++)
        table_put(fixture, i, FEW);
    for (int i = 0; i <= ROOM; i++)
        there += i != idle && table_has(fixture, i);
    return there == ROOM;
}

static void unused_records_are_replaced_first(void **state)
{
    table_fixture_t *fixture = *state;
    int tried = 0;
    for (int idle = 0; idle < ROOM; idle++) {
        int there = 0;
        msa_table_changed_all(fixture->writer);
        /* The idle one had to give way to the ninth already. */
        if (use_all_but(fixture, idle))
            continue;
        table_put(fixture, 100, FEW);
        assert_true(table_has(fixture, 100));
        assert_false(table_has(fixture, idle));
        for (int i = 0; i <= ROOM; i++)
            there += table_has(fixture, i);
        assert_int_equal(there, ROOM - 1);
        tried++;
    }
    assert_true(tried > 0);
}

/* Seven that are in use, and one place for all that come and go. */
static void expired_records_are_replaced_before_all_others(void **state)
{
    table_fixture_t *fixture = *state;
    for (int i = 1; i < ROOM; i++)
        table_put(fixture, i, FEW);
    for (int i = 0; i < 20; i++) {
        const apr_time_t now = NOW - 20 + i;
        msa_record_t *record = (msa_record_t *)record_make(fixture->pool, 100 + i, FEW,
                                                           msa_table_epoch(fixture->writer));
        msa_entry_t entry = {.record = record, .used_until = now, .kept_until = NOW};
        test_key_t key = key_of(100 + i);
        if (i % 3 == 0)
            record->expires_at = now + 1;
        if (i % 3 == 1)
            entry.kept_until = now + 1;
        msa_table_put(fixture->writer, key.bytes, &entry, now);
        assert_true(get(fixture, 100 + i, now, &entry));
        if (i % 3 == 2)
            msa_table_changed(fixture->writer, record->user_slot);
    }
    for (int i = 1; i < ROOM; i++)
        assert_true(table_has(fixture, i));
}

static void without_recency_the_table_works(void **state)
{
    table_fixture_t *fixture = *state;
    assert_int_equal(msa_table_map(fixture->pool, fixture->fd, -1, true, &fixture->writer), 0);
    assert_int_equal(msa_table_map(fixture->pool, fixture->read_fd, -1, false, &fixture->reader),
                     0);
    for (int i = 0; i < 100; i++) {
        table_put(fixture, i, i % 2 ? FEW : MANY);
        assert_true(table_has(fixture, i));
    }
}

/* ---- broken memory ---- */

/* The entry of a user, in a mapping of the test's own: its sequence precedes its key. */
static apr_uint64_t *record_of(table_fixture_t *fixture, int number)
{
    test_key_t key = key_of(number);
    struct stat file;
    char *start, *found;
    assert_int_equal(fstat(fixture->fd, &file), 0);
    start = mmap(NULL, (size_t)file.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fixture->fd, 0);
    assert_ptr_not_equal(start, MAP_FAILED);
    found = memmem(start, (size_t)file.st_size, key.bytes, sizeof(key.bytes));
    assert_non_null(found);
    return (apr_uint64_t *)(found - sizeof(apr_uint64_t));
}

static void a_record_left_half_written_is_nobodys(void **state)
{
    static const int ROLES[] = {FEW, MANY};
    table_fixture_t *fixture = *state;
    for (int i = 0; i < 2; i++) {
        table_put(fixture, i, ROLES[i]);
        *record_of(fixture, i) |= 1;
        assert_false(table_has(fixture, i));
        table_put(fixture, i, ROLES[i]);
        assert_true(table_has(fixture, i));
    }
}

static void a_record_left_half_written_gives_its_room_first(void **state)
{
    table_fixture_t *fixture = *state;
    for (int i = 0; i < ROOM; i++)
        table_put(fixture, i, FEW);
    *record_of(fixture, 3) |= 1;
    table_put(fixture, 100, FEW);
    for (int i = 0; i < ROOM; i++)
        assert_true(table_has(fixture, i) == (i != 3));
    assert_true(table_has(fixture, 100));
}

/* Whichever word of an entry changes, the reader finds a sound record or none. */
static void an_unsound_record_is_nobodys(void **state)
{
    table_fixture_t *fixture = *state;
    apr_uint64_t *entry;
    table_put(fixture, 1, FEW);
    entry = record_of(fixture, 1);
    for (int word = 5; word < 64; word++) {
        apr_uint64_t before = entry[word];
        msa_entry_t found;
        entry[word] = UINT64_MAX;
        if (get(fixture, 1, NOW, &found))
            assert_true(msa_record_is_sound(found.record, found.record->size));
        entry[word] = before;
    }
    /* The word with the size. */
    entry[5] = 0;
    assert_false(table_has(fixture, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_record_is_found_unchanged, table_setup, table_teardown),
        cmocka_unit_test_setup_teardown(nothing_is_found_under_another_key, table_setup,
                                        table_teardown),
        cmocka_unit_test_setup_teardown(the_latest_record_counts_whatever_its_size, table_setup,
                                        table_teardown),
        cmocka_unit_test_setup_teardown(a_record_counts_until_its_limits, table_setup,
                                        table_teardown),
        cmocka_unit_test_setup_teardown(an_expired_record_replaces_the_earlier_one, table_setup,
                                        table_teardown),
        cmocka_unit_test_setup_teardown(a_change_ends_what_was_loaded_before, table_setup,
                                        table_teardown),
        cmocka_unit_test_setup_teardown(a_change_to_another_user_ends_nothing, table_setup,
                                        table_teardown),
        cmocka_unit_test_setup_teardown(a_late_load_does_not_replace_a_later_one, table_setup,
                                        table_teardown),
        cmocka_unit_test_setup_teardown(the_clock_advances_with_each_change, table_setup,
                                        table_teardown),
        cmocka_unit_test(neighbours_have_slots_of_their_own),
        cmocka_unit_test_setup_teardown(a_flood_of_bad_records_leaves_the_good_ones, table_setup,
                                        table_teardown),
        cmocka_unit_test_setup_teardown(unused_records_are_replaced_first, table_setup,
                                        table_teardown),
        cmocka_unit_test_setup_teardown(expired_records_are_replaced_before_all_others, table_setup,
                                        table_teardown),
        cmocka_unit_test_setup_teardown(without_recency_the_table_works, table_setup,
                                        table_teardown),
        cmocka_unit_test_setup_teardown(a_record_left_half_written_is_nobodys, table_setup,
                                        table_teardown),
        cmocka_unit_test_setup_teardown(a_record_left_half_written_gives_its_room_first,
                                        table_setup, table_teardown),
        cmocka_unit_test_setup_teardown(an_unsound_record_is_nobodys, table_setup, table_teardown),
    };
    return cmocka_run_group_tests(tests, pool_group_setup, pool_group_teardown);
}
