/* SPDX-License-Identifier: Apache-2.0 */
#include "../../src/wire/packet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { KIND = 7, NAME = 1, NUMBER, BODY, NONE };

/** Room for a message, and for one byte more than the largest. */
static union {
    msa_packet_head_t head;
    unsigned char bytes[MSA_PACKET_MAX + 4];
} room;

static msa_packet_t begin(apr_size_t size)
{
    memset(&room, 0xEE, sizeof(room));
    return msa_packet_begin(&room, size, KIND);
}

static void a_message_contains_what_was_added(void **state)
{
    static const char BYTES[] = {1, 0, 2, 0, 0};
    msa_packet_t message = begin(sizeof(room));
    apr_size_t length = 0;
    (void)state;
    msa_packet_add_text(&message, NAME, "ann");
    msa_packet_add_number(&message, NUMBER, APR_INT64_MIN);
    msa_packet_add(&message, BODY, BYTES, sizeof(BYTES));
    message.head->host = 3;
    message.head->id = 4;
    message.head->within = 5;
    assert_false(message.is_full);
    assert_true(msa_packet_is_sound(&room, room.head.size));
    assert_int_equal(room.head.kind, KIND);
    assert_int_equal(room.head.host, 3);
    assert_string_equal(msa_packet_text(&room.head, NAME), "ann");
    assert_true(msa_packet_number(&room.head, NUMBER, 0) == APR_INT64_MIN);
    assert_memory_equal(msa_packet_bytes(&room.head, BODY, &length), BYTES, sizeof(BYTES));
    assert_int_equal(length, sizeof(BYTES));
}

static void nothing_is_found_where_nothing_is(void **state)
{
    msa_packet_t message = begin(sizeof(room));
    apr_size_t at = 0, length = 99;
    (void)state;
    assert_null(msa_packet_next(&room.head, NONE, &at, &length));
    msa_packet_add_text(&message, NAME, NULL);
    assert_int_equal(room.head.size, sizeof(msa_packet_head_t));
    msa_packet_add_text(&message, NAME, "ann");
    assert_null(msa_packet_text(&room.head, NONE));
    assert_int_equal(msa_packet_number(&room.head, NONE, -1), -1);
    assert_int_equal(msa_packet_number(&room.head, NAME, -1), -1);
    assert_null(msa_packet_next(&room.head, NONE, &at, &length));
    assert_int_equal(at, 0);
    assert_int_equal(length, 99);
}

static void an_empty_field_is_there(void **state)
{
    msa_packet_t message = begin(sizeof(room));
    apr_size_t length = 99;
    (void)state;
    msa_packet_add(&message, BODY, NULL, 0);
    msa_packet_add_text(&message, NAME, "");
    assert_non_null(msa_packet_bytes(&room.head, BODY, &length));
    assert_int_equal(length, 0);
    assert_string_equal(msa_packet_text(&room.head, NAME), "");
}

static void a_text_with_a_nul_inside_is_not_a_text(void **state)
{
    msa_packet_t message = begin(sizeof(room));
    (void)state;
    msa_packet_add(&message, NAME, "ann\0root", 8);
    assert_null(msa_packet_text(&room.head, NAME));
}

static void fields_of_one_tag_come_in_order(void **state)
{
    static const char *const NAMES[] = {"a", "bcd", "", "efghi"};
    msa_packet_t message = begin(sizeof(room));
    apr_size_t at = 0, length = 0;
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        msa_packet_add_text(&message, NAME, NAMES[i]);
        msa_packet_add_number(&message, NUMBER, 1);
    }
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(msa_packet_next(&room.head, NAME, &at, &length), NAMES[i]);
        assert_int_equal(length, strlen(NAMES[i]));
    }
    assert_null(msa_packet_next(&room.head, NAME, &at, &length));
}

static void what_does_not_fit_is_not_begun(void **state)
{
    apr_size_t size = sizeof(msa_packet_head_t) + 12;
    msa_packet_t message = begin(size);
    (void)state;
    msa_packet_add_text(&message, NAME, "123");
    assert_false(message.is_full);
    msa_packet_add(&message, BODY, "", 0);
    assert_true(message.is_full);
    assert_int_equal(room.head.size, size);
    assert_int_equal(room.bytes[size], 0xEE);
}

static void a_full_message_accepts_nothing_more(void **state)
{
    msa_packet_t message = begin(64);
    (void)state;
    msa_packet_add(&message, BODY, room.bytes, SIZE_MAX);
    assert_true(message.is_full);
    msa_packet_add_text(&message, NAME, "ann");
    assert_null(msa_packet_text(&room.head, NAME));
}

static void no_message_is_larger_than_the_largest(void **state)
{
    apr_size_t most = MSA_PACKET_MAX - sizeof(msa_packet_head_t) - 8 - 4;
    char *bytes = calloc(1, MSA_PACKET_MAX);
    msa_packet_t message = begin(sizeof(room));
    (void)state;
    msa_packet_add(&message, BODY, bytes, most + 4);
    assert_true(message.is_full);
    message = begin(sizeof(room));
    msa_packet_add(&message, BODY, bytes, most);
    assert_false(message.is_full);
    assert_int_equal(room.head.size, MSA_PACKET_MAX);
    assert_true(msa_packet_is_sound(&room, MSA_PACKET_MAX));
    room.head.size = MSA_PACKET_MAX + 4;
    assert_false(msa_packet_is_sound(&room, MSA_PACKET_MAX + 4));
    free(bytes);
}

static void a_message_of_another_size_is_unsound(void **state)
{
    msa_packet_t message = begin(sizeof(room));
    apr_size_t size;
    (void)state;
    msa_packet_add_text(&message, NAME, "ann");
    size = room.head.size;
    assert_true(msa_packet_is_sound(&room, size));
    for (apr_size_t got = 0; got < size; got++)
        assert_false(msa_packet_is_sound(&room, got));
    assert_false(msa_packet_is_sound(&room, size + 4));
    room.head.size = (apr_uint32_t)size - 1;
    assert_false(msa_packet_is_sound(&room, size - 1));
}

/* What becomes of the second of two fields when the first claims another length. */
static const char *second_with_length(apr_uint32_t length)
{
    msa_packet_t message = begin(sizeof(room));
    msa_packet_add_text(&message, BODY, "1234567");
    msa_packet_add_text(&message, NAME, "ann");
    memcpy(room.bytes + sizeof(msa_packet_head_t) + 4, &length, sizeof(length));
    return msa_packet_text(&room.head, NAME);
}

static void a_field_that_is_not_whole_is_the_end(void **state)
{
    static const apr_uint32_t LENGTHS[] = {
        6,       21,         28,         29,         MSA_PACKET_MAX, 0x7FFFFFFF,
        1 << 31, 0xFFFFFFF8, 0xFFFFFFFB, 0xFFFFFFFC, 0xFFFFFFFD,     0xFFFFFFFF,
    };
    (void)state;
    assert_string_equal(second_with_length(7), "ann");
    for (size_t i = 0; i < sizeof(LENGTHS) / sizeof(LENGTHS[0]); i++)
        assert_null(second_with_length(LENGTHS[i]));
}

static void a_field_without_its_nul_is_the_end(void **state)
{
    msa_packet_t message = begin(sizeof(room));
    (void)state;
    msa_packet_add_text(&message, NAME, "ann");
    room.bytes[sizeof(msa_packet_head_t) + 8 + 3] = '!';
    assert_null(msa_packet_text(&room.head, NAME));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_contains_what_was_added),
        cmocka_unit_test(nothing_is_found_where_nothing_is),
        cmocka_unit_test(an_empty_field_is_there),
        cmocka_unit_test(a_text_with_a_nul_inside_is_not_a_text),
        cmocka_unit_test(fields_of_one_tag_come_in_order),
        cmocka_unit_test(what_does_not_fit_is_not_begun),
        cmocka_unit_test(a_full_message_accepts_nothing_more),
        cmocka_unit_test(no_message_is_larger_than_the_largest),
        cmocka_unit_test(a_message_of_another_size_is_unsound),
        cmocka_unit_test(a_field_that_is_not_whole_is_the_end),
        cmocka_unit_test(a_field_without_its_nul_is_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
