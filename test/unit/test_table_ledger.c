/* SPDX-License-Identifier: Apache-2.0 */
#include "table_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <pthread.h>

#include "../../src/wire/table_memory.h"

#include "pool.h"

#define WRITERS 8

/* ---- marks ---- */

static const msa_mark_t MARK = {7, 70, 700, 7000};

static void a_mark_is_found_by_whoever_maps_the_table(void **state)
{
    const table_fixture_t *fixture = *state;
    const msa_mark_t later = {8, 80, 800, 8000};
    msa_mark_t mark = {0};
    assert_false(msa_ledger_mark_get(fixture->reader, 5, &mark));
    msa_ledger_mark_put(fixture->writer, 5, &MARK);
    assert_true(msa_ledger_mark_get(fixture->reader, 5, &mark));
    assert_memory_equal(&mark, &MARK, sizeof(mark));
    msa_ledger_mark_put(fixture->writer, 5, &later);
    assert_true(msa_ledger_mark_get(fixture->reader, 5, &mark));
    assert_memory_equal(&mark, &later, sizeof(mark));
    assert_false(msa_ledger_mark_get(fixture->reader, 6, &mark));
}

static void stores_that_are_too_many_are_not_known(void **state)
{
    const table_fixture_t *fixture = *state;
    msa_mark_t mark;
    for (apr_uint64_t store = 1; store <= MSA_LEDGER_MARKS + 1; store++)
        msa_ledger_mark_put(fixture->writer, store, &MARK);
    for (apr_uint64_t store = 1; store <= MSA_LEDGER_MARKS; store++)
        assert_true(msa_ledger_mark_get(fixture->reader, store, &mark));
    assert_false(msa_ledger_mark_get(fixture->reader, MSA_LEDGER_MARKS + 1, &mark));
}

static void a_mark_left_half_written_is_not_known(void **state)
{
    const table_fixture_t *fixture = *state;
    apr_uint64_t *words = fixture->writer->memory->ledger.marks[0];
    msa_mark_t mark;
    msa_ledger_mark_put(fixture->writer, 5, &MARK);
    for (int i = MSA_MARK_ID; i < MSA_MARK_WORDS; i++) {
        words[i]++;
        assert_false(msa_ledger_mark_get(fixture->reader, 5, &mark));
        words[i]--;
    }
    assert_true(msa_ledger_mark_get(fixture->reader, 5, &mark));
}

/* ---- sign-outs ---- */

static msa_signout_t signout_make(apr_uint64_t store, unsigned char session, unsigned char remember)
{
    msa_signout_t made = {.store = store};
    memset(made.session, session, sizeof(made.session));
    memset(made.remember, remember, sizeof(made.remember));
    return made;
}

static bool is_signed_out_of(const table_fixture_t *fixture, apr_uint64_t store, unsigned char byte)
{
    unsigned char digest[MSA_DIGEST_SIZE];
    memset(digest, byte, sizeof(digest));
    return msa_ledger_is_signed_out(fixture->reader, store, digest);
}

static bool is_signed_out(const table_fixture_t *fixture, unsigned char byte)
{
    return is_signed_out_of(fixture, 0, byte);
}

static void a_sign_out_is_kept_until_it_is_done(void **state)
{
    const table_fixture_t *fixture = *state;
    const msa_signout_t first = signout_make(5, 1, 2), second = signout_make(5, 3, 0),
                        other = signout_make(6, 4, 0);
    msa_ledger_place_t place = {0}, end = {0};
    msa_signout_t found;
    assert_false(msa_ledger_signout_next(fixture->reader, 5, &place, &found));
    assert_true(msa_ledger_signout_add(fixture->writer, &first));
    assert_true(msa_ledger_signout_add(fixture->writer, &other));
    assert_true(msa_ledger_signout_add(fixture->writer, &second));
    place = (msa_ledger_place_t){0};
    assert_true(msa_ledger_signout_next(fixture->reader, 5, &place, &found));
    assert_memory_equal(&found, &first, sizeof(found));
    for (unsigned char byte = 1; byte <= 4; byte++)
        assert_true(is_signed_out(fixture, byte));
    assert_false(is_signed_out(fixture, 5));
    assert_true(is_signed_out_of(fixture, 6, 4) && is_signed_out_of(fixture, 5, 2));
    assert_false(is_signed_out_of(fixture, 5, 4) || is_signed_out_of(fixture, 6, 2));
    msa_ledger_signout_end(fixture->writer, &place);
    assert_false(is_signed_out(fixture, 1));
    assert_false(is_signed_out(fixture, 2));
    assert_true(msa_ledger_signout_next(fixture->reader, 5, &place, &found));
    assert_memory_equal(&found, &second, sizeof(found));
    assert_false(msa_ledger_signout_next(fixture->reader, 5, &place, &found));
    assert_true(msa_ledger_signout_next(fixture->reader, 6, &end, &found));
    assert_memory_equal(&found, &other, sizeof(found));
}

/* The place has been reused meanwhile. */
static void who_is_late_ends_no_other_sign_out(void **state)
{
    const table_fixture_t *fixture = *state;
    const msa_signout_t first = signout_make(5, 1, 0), second = signout_make(5, 2, 0);
    msa_ledger_place_t one = {0}, late = {0};
    msa_signout_t found;
    assert_true(msa_ledger_signout_add(fixture->writer, &first));
    assert_true(msa_ledger_signout_next(fixture->reader, 5, &one, &found));
    assert_true(msa_ledger_signout_next(fixture->reader, 5, &late, &found));
    msa_ledger_signout_end(fixture->writer, &one);
    assert_true(msa_ledger_signout_add(fixture->writer, &second));
    msa_ledger_signout_end(fixture->writer, &late);
    assert_true(is_signed_out(fixture, 2));
    one = (msa_ledger_place_t){0};
    assert_true(msa_ledger_signout_next(fixture->reader, 5, &one, &found));
    msa_ledger_signout_end(fixture->writer, &one);
    assert_false(is_signed_out(fixture, 2));
}

static void *add_many(void *data)
{
    const table_fixture_t *fixture = data;
    const msa_signout_t signout = signout_make(5, 1, 2);
    apr_size_t added = 0;
    while (added < MSA_LEDGER_SIGNOUTS && msa_ledger_signout_add(fixture->writer, &signout))
        added++;
    return (void *)added; /* NOLINT(performance-no-int-to-ptr) */
}

static void a_crowd_signs_out_until_there_are_too_many(void **state)
{
    table_fixture_t *fixture = *state;
    const msa_signout_t expected = signout_make(5, 1, 2);
    pthread_t writers[WRITERS];
    msa_ledger_place_t place = {0};
    msa_signout_t found;
    apr_size_t added = 0, kept = 0;
    for (int i = 0; i < WRITERS; i++)
        assert_int_equal(pthread_create(&writers[i], NULL, add_many, fixture), 0);
    for (int i = 0; i < WRITERS; i++) {
        void *count;
        pthread_join(writers[i], &count);
        added += (apr_size_t)count;
    }
    assert_int_equal(added, MSA_LEDGER_SIGNOUTS);
    while (msa_ledger_signout_next(fixture->reader, 5, &place, &found)) {
        assert_memory_equal(&found, &expected, sizeof(found));
        msa_ledger_signout_end(fixture->writer, &place);
        kept++;
    }
    assert_int_equal(kept, MSA_LEDGER_SIGNOUTS);
    assert_int_equal(fixture->writer->memory->ledger.pending, 0);
    assert_true(msa_ledger_signout_add(fixture->writer, &expected));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_mark_is_found_by_whoever_maps_the_table, table_setup,
                                        table_teardown),
        cmocka_unit_test_setup_teardown(stores_that_are_too_many_are_not_known, table_setup,
                                        table_teardown),
        cmocka_unit_test_setup_teardown(a_mark_left_half_written_is_not_known, table_setup,
                                        table_teardown),
        cmocka_unit_test_setup_teardown(a_sign_out_is_kept_until_it_is_done, table_setup,
                                        table_teardown),
        cmocka_unit_test_setup_teardown(who_is_late_ends_no_other_sign_out, table_setup,
                                        table_teardown),
        cmocka_unit_test_setup_teardown(a_crowd_signs_out_until_there_are_too_many, table_setup,
                                        table_teardown),
    };
    return cmocka_run_group_tests(tests, pool_group_setup, pool_group_teardown);
}
