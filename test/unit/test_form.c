/* SPDX-License-Identifier: Apache-2.0 */
#include "pool.h"

#include "../../src/base/text.h"
#include "../../src/base/text_form.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <apr_strings.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static apr_status_t parse(void **state, const char *body, apr_table_t **fields)
{
    *fields = NULL;
    return msa_text_form_parse(*state, body, strlen(body), fields);
}

static void forms_are_decoded_once(void **state)
{
    apr_table_t *fields;
    assert_int_equal(
        parse(state, "email=ann%40example.org&password=a+b%2Bc%2526&empty=&flag&=x&&", &fields),
        APR_SUCCESS);
    assert_string_equal(msa_text_field(fields, "email"), "ann@example.org");
    assert_string_equal(msa_text_field(fields, "password"), "a b+c%26");
    assert_string_equal(msa_text_field(fields, "empty"), "");
    assert_string_equal(msa_text_field(fields, "flag"), "");
    assert_string_equal(msa_text_field(fields, ""), "x");
    assert_null(msa_text_field(fields, "absent"));
}

static void field_names_are_case_sensitive(void **state)
{
    apr_table_t *fields;
    assert_int_equal(parse(state, "Email=a&email=b", &fields), APR_SUCCESS);
    assert_string_equal(msa_text_field(fields, "email"), "b");
    assert_string_equal(msa_text_field(fields, "Email"), "a");
    assert_null(msa_text_field(fields, "EMAIL"));
}

static void an_empty_body_is_a_form_without_fields(void **state)
{
    apr_table_t *fields;
    assert_int_equal(parse(state, "", &fields), APR_SUCCESS);
    assert_true(apr_is_empty_table(fields));
}

static void broken_forms_are_refused(void **state)
{
    static const char *const BROKEN[] = {
        "a=%",         "a=%4",           "a=%zz",  "a=%g0",   "%=a",    "a=b%",
        "a=%00",       "a=b%00c",        "%00=a",  "a=%ff",   "a=\xff", "a=%c0%af",
        "a=%ed%a0%80", "a=%f5%80%80%80", "\xc3=a", "a=b&a=c", "a&a",    "a=b&%61=c",
    };
    for (size_t i = 0; i < COUNT(BROKEN); i++) {
        apr_table_t *fields;
        if (parse(state, BROKEN[i], &fields) != APR_EINVAL || fields)
            fail_msg("%s was read", BROKEN[i]);
    }
}

static void a_nul_byte_in_the_body_is_refused(void **state)
{
    static const char BODY[] = "email=ann\0@example.org";
    apr_table_t *fields = NULL;
    assert_int_equal(msa_text_form_parse(*state, BODY, sizeof(BODY) - 1, &fields), APR_EINVAL);
    assert_null(fields);
}

static void only_the_given_length_is_read(void **state)
{
    apr_table_t *fields;
    assert_int_equal(msa_text_form_parse(*state, "a=b%40c", 3, &fields), APR_SUCCESS);
    assert_string_equal(msa_text_field(fields, "a"), "b");
}

static void the_number_of_fields_is_bounded(void **state)
{
    apr_table_t *fields;
    const char *body = "";
    for (int i = 0; i < MSA_TEXT_FIELDS_MAX; i++)
        body = apr_psprintf(*state, "%sf%d=%d&", body, i, i);
    assert_int_equal(parse(state, body, &fields), APR_SUCCESS);
    assert_string_equal(msa_text_field(fields, "f63"), "63");
    assert_int_equal(parse(state, apr_pstrcat(*state, body, "more=1", NULL), &fields), APR_EINVAL);
}

static void words_are_split_and_trimmed(void **state)
{
    apr_array_header_t *words = msa_text_words(*state, " a, b c ,,d,", ",");
    assert_int_equal(words->nelts, 3);
    assert_string_equal(APR_ARRAY_IDX(words, 0, const char *), "a");
    assert_string_equal(APR_ARRAY_IDX(words, 1, const char *), "b c");
    assert_string_equal(APR_ARRAY_IDX(words, 2, const char *), "d");
    assert_int_equal(msa_text_words(*state, "a  b\tc", " \t")->nelts, 3);
    assert_int_equal(msa_text_words(*state, " ,, ", ",")->nelts, 0);
    assert_int_equal(msa_text_words(*state, "", ",")->nelts, 0);
}

static void malformed_parts_of_a_query_are_ignored(void **state)
{
    apr_table_t *fields =
        msa_text_query_parse(*state, "%zz=1&utm=%ff&a=1&&next=/x&a=2&=&b=%00&c&next=//evil");
    assert_string_equal(msa_text_field(fields, "a"), "1");
    assert_string_equal(msa_text_field(fields, "next"), "/x");
    assert_string_equal(msa_text_field(fields, "c"), "");
    assert_null(msa_text_field(fields, "b"));
    assert_null(msa_text_field(fields, "utm"));
}

static void a_query_is_read_to_a_limit(void **state)
{
    const char *query = "";
    apr_table_t *fields;
    for (int i = 0; i < 2 * MSA_TEXT_FIELDS_MAX; i++)
        query = apr_psprintf(*state, "%sf%d=%d&", query, i, i);
    fields = msa_text_query_parse(*state, query);
    assert_int_equal(apr_table_elts(fields)->nelts, MSA_TEXT_FIELDS_MAX);
}

static void one_name_is_removed_from_a_query(void **state)
{
    static const struct {
        const char *query, *rest, *value;
    } QUERIES[] = {
        {"t=1",           "",              "1"  },
        {"a=b&t=1&c=d",   "a=b&c=d",       "1"  },
        {"t=1&t=2&t=",    "",              "1"  },
        {"t=",            "",              ""   },
        {"t==&x",         "x",             "="  },
        {"&&t=%41&&a=+&", "a=+",           "%41"},
        {"t",             "t",             NULL },
        {"tt=1&T=2&xt=3", "tt=1&T=2&xt=3", NULL },
        {"a=t=1",         "a=t=1",         NULL },
        {"",              "",              NULL },
    };
    for (size_t i = 0; i < sizeof(QUERIES) / sizeof(QUERIES[0]); i++) {
        const char *value = NULL;
        assert_string_equal(msa_text_query_without(*state, QUERIES[i].query, "t", &value),
                            QUERIES[i].rest);
        if (QUERIES[i].value)
            assert_string_equal(value, QUERIES[i].value);
        else
            assert_null(value);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(forms_are_decoded_once, pool_setup, pool_teardown),
        cmocka_unit_test_setup_teardown(field_names_are_case_sensitive, pool_setup, pool_teardown),
        cmocka_unit_test_setup_teardown(an_empty_body_is_a_form_without_fields, pool_setup,
                                        pool_teardown),
        cmocka_unit_test_setup_teardown(broken_forms_are_refused, pool_setup, pool_teardown),
        cmocka_unit_test_setup_teardown(a_nul_byte_in_the_body_is_refused, pool_setup,
                                        pool_teardown),
        cmocka_unit_test_setup_teardown(only_the_given_length_is_read, pool_setup, pool_teardown),
        cmocka_unit_test_setup_teardown(the_number_of_fields_is_bounded, pool_setup, pool_teardown),
        cmocka_unit_test_setup_teardown(malformed_parts_of_a_query_are_ignored, pool_setup,
                                        pool_teardown),
        cmocka_unit_test_setup_teardown(a_query_is_read_to_a_limit, pool_setup, pool_teardown),
        cmocka_unit_test_setup_teardown(one_name_is_removed_from_a_query, pool_setup,
                                        pool_teardown),
        cmocka_unit_test_setup_teardown(words_are_split_and_trimmed, pool_setup, pool_teardown),
    };
    return cmocka_run_group_tests_name("form", tests, pool_group_setup, pool_group_teardown);
}
