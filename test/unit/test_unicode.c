/* SPDX-License-Identifier: Apache-2.0 */
#include "../../src/base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <apr_strings.h>

#include "pool.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static void quoted_text_cannot_forge_a_log_line(void **state)
{
    static const char *const PAIRS[][2] = {
        {"ann@example.org",           "\"ann@example.org\""                   },
        {"",                          "\"\""                                  },
        {"a\nlogin ok user=\"root\"", "\"a\\x0alogin ok user=\\x22root\\x22\""},
        {"\r\t\x1b[2J\x7f",           "\"\\x0d\\x09\\x1b[2J\\x7f\""           },
        {"a\\x41",                    "\"a\\x5cx41\""                         },
        {"\xc3\xa9",                  "\"\xc3\xa9\""                          },
        {"\xc2\x85",                  "\"\\xc2\\x85\""                        },
        {"\xff\xc3",                  "\"\\xff\\xc3\""                        },
        {"%s%n",                      "\"%s%n\""                              },
    };
    for (size_t i = 0; i < COUNT(PAIRS); i++)
        assert_string_equal(msa_text_quote(*state, PAIRS[i][0]), PAIRS[i][1]);
    assert_string_equal(msa_text_quote(*state, NULL), "-");
}

static void long_text_is_cut_in_the_log(void **state)
{
    char text[10240];
    const char *quoted;
    memset(text, 'a', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    quoted = msa_text_quote(*state, text);
    assert_int_equal(strlen(quoted), 1 + 128 + 1 + 3);
    assert_string_equal(quoted + 1 + 127, "a\"...");
    text[128] = '\0';
    assert_int_equal(strlen(msa_text_quote(*state, text)), 1 + 128 + 1);
}

static void clean_text_has_no_control_characters(void **state)
{
    (void)state;
    assert_true(msa_text_is_clean("Ann \xc3\x89mile \xf0\x9f\x94\x91"));
    assert_true(msa_text_is_clean(""));
    assert_false(msa_text_is_clean("a\nb"));
    assert_false(msa_text_is_clean("a\x7f"));
    assert_false(msa_text_is_clean("a\xc2\x9b"));
    assert_false(msa_text_is_clean("a\xff"));
}

static void white_space_alone_is_not_text(void **state)
{
    (void)state;
    assert_true(msa_text_is_blank(NULL));
    assert_true(msa_text_is_blank(""));
    assert_true(msa_text_is_blank(" \t\r\n"));
    assert_true(msa_text_is_blank("\xc2\xa0\xe3\x80\x80\xe2\x80\x83"));
    assert_false(msa_text_is_blank(" a "));
    assert_false(msa_text_is_blank("\xff"));
}

static void only_well_formed_utf8_is_utf8(void **state)
{
    (void)state;
    assert_true(msa_text_is_utf8("a\xf0\x9f\x94\x91", 5));
    assert_true(msa_text_is_utf8("", 0));
    assert_false(msa_text_is_utf8("\xf0\x9f\x94\x91", 3));
    assert_false(msa_text_is_utf8("\xc0\xaf", 2));
    assert_false(msa_text_is_utf8("\xed\xa0\x80", 3));
    assert_false(msa_text_is_utf8("\xf4\x90\x80\x80", 4));
    assert_false(msa_text_is_utf8("\x80", 1));
}

static void passwords_are_decomposed_and_counted_in_code_points(void **state)
{
    apr_size_t count = 0;
    assert_string_equal(msa_text_nfkd(*state, "\xc3\xa9", &count), "e\xcc\x81");
    assert_int_equal(count, 2);
    assert_string_equal(msa_text_nfkd(*state, "\xef\xac\x81", NULL), "fi");
    assert_string_equal(msa_text_nfkd(*state, "\xf0\x9f\x94\x91", &count), "\xf0\x9f\x94\x91");
    assert_int_equal(count, 1);
    assert_string_equal(msa_text_nfkd(*state, " a ", &count), " a ");
    assert_int_equal(count, 3);
    assert_null(msa_text_nfkd(*state, "\xff", &count));
}

static void text_too_long_to_compare_in_time_is_not_mapped(void **state)
{
    char *text = apr_pcalloc(*state, MSA_TEXT_MAPPED_MAX + 2);
    memset(text, 'a', MSA_TEXT_MAPPED_MAX);
    assert_string_equal(msa_text_nfkd(*state, text, NULL), text);
    assert_string_equal(msa_text_identity_key(*state, text), text);
    text[MSA_TEXT_MAPPED_MAX] = 'a';
    assert_null(msa_text_nfkd(*state, text, NULL));
    assert_null(msa_text_identity_key(*state, text));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(quoted_text_cannot_forge_a_log_line, pool_setup,
                                        pool_teardown),
        cmocka_unit_test_setup_teardown(long_text_is_cut_in_the_log, pool_setup, pool_teardown),
        cmocka_unit_test_setup_teardown(clean_text_has_no_control_characters, pool_setup,
                                        pool_teardown),
        cmocka_unit_test_setup_teardown(white_space_alone_is_not_text, pool_setup, pool_teardown),
        cmocka_unit_test_setup_teardown(only_well_formed_utf8_is_utf8, pool_setup, pool_teardown),
        cmocka_unit_test_setup_teardown(text_too_long_to_compare_in_time_is_not_mapped, pool_setup,
                                        pool_teardown),
        cmocka_unit_test_setup_teardown(passwords_are_decomposed_and_counted_in_code_points,
                                        pool_setup, pool_teardown),
    };
    return cmocka_run_group_tests_name("unicode", tests, pool_group_setup, pool_group_teardown);
}
