/* SPDX-License-Identifier: Apache-2.0 */
#include "pool.h"

#include "../../src/base/text_http.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <apr_strings.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const char *cookie(void **state, const char *header, const char *name)
{
    const char *value = NULL;
    apr_size_t length = 0;
    if (!msa_text_cookie(&header, name, &value, &length))
        return NULL;
    return apr_pstrmemdup(*state, value, length);
}

static void cookies_are_found_by_their_exact_name(void **state)
{
    static const struct {
        const char *header, *value;
    } HEADERS[] = {
        {"session=abc",                   "abc"  },
        {"a=b; session=abc; c=d",         "abc"  },
        {"a=b;session=abc",               "abc"  },
        {"  ;; session=abc  ;",           "abc"  },
        {"session=first; session=second", "first"},
        {"session=\"abc\"",               "abc"  },
        {"session=a=b",                   "a=b"  },
        {"session=",                      ""     },
        {"session==",                     "="    },
        {"session=&",                     "&"    },
        {"session==&=",                   "=&="  },
        {"session=%",                     "%"    },
        {"session=a=%zz",                 "a=%zz"},
        {"session=\"",                    "\""   },
        {"x=\"; session=abc",             "abc"  },
    };
    for (size_t i = 0; i < COUNT(HEADERS); i++) {
        const char *value = cookie(state, HEADERS[i].header, "session");
        assert_non_null(value);
        assert_string_equal(value, HEADERS[i].value);
    }
}

static void no_cookie_is_made_up(void **state)
{
    static const char *const HEADERS[] = {
        "",
        "session",
        "=; session",
        "; ; ;",
        "=session",
        "xsession=1",
        "session2=1",
        "Session=1",
        "__Host-session=1",
        "x=session=1",
        "session_chunks=999999; session_0=a",
        "session =1",
    };
    for (size_t i = 0; i < COUNT(HEADERS); i++)
        assert_null(cookie(state, HEADERS[i], "session"));
    assert_null(cookie(state, NULL, "session"));
}

static void a_cookie_among_many_is_found(void **state)
{
    const char *header = "";
    for (int i = 0; i < 100; i++)
        header = apr_psprintf(*state, "%sc%d=%d; ", header, i, i);
    assert_null(cookie(state, header, "session"));
    assert_string_equal(cookie(state, apr_pstrcat(*state, header, "session=x", NULL), "session"),
                        "x");
}

static void the_best_entry_of_accept_decides(void **state)
{
    static const struct {
        const char *accept;
        bool is_json;
    } ACCEPTS[] = {
        {"application/json",                                                true },
        {"application/json, text/html",                                     true },
        {"application/json;q=.9, text/html;q=.8",                           true },
        {"application/json, text/plain, */*",                               true },
        {"text/html;q=0.5, application/json;q=0.6",                         true },
        {"text/html;q=0, application/json;q=0.001",                         true },
        {"application/json; charset=utf-8",                                 true },
        {"Application/JSON;Q=1.000",                                        true },
        {"text/html;q=.8;level=1, application/json ; q=0.9",                true },
        {"*/*, application/json;q=0.1",                                     true },
        {"application/*;q=1, application/json;q=1",                         true },
        {", application/json",                                              true },
        {"any, application/json",                                           true },
        {"*/*, text/html;q=0.2, application/json;q=0.1",                    false},
        {"*/*, application/json;q=0",                                       false},
        {"text/html, application/json",                                     false},
        {"text/html;q=.5, application/json;q=.5",                           false},
        {"*/*",                                                             false},
        {"application/*",                                                   false},
        {"",                                                                false},
        {",,;q=,",                                                          false},
        {"application/vnd.api+json",                                        false},
        {"application/jsonx",                                               false},
        {"application/json;q=0",                                            false},
        {"application/json;q=0.000",                                        false},
        {"application/json;q=2",                                            false},
        {"application/json;q=-1",                                           false},
        {"application/json;q=inf",                                          false},
        {"application/json;q=nan",                                          false},
        {"application/json;q=1.5",                                          false},
        {"application/json;q=",                                             false},
        {"application/json;q=0.7, text/html;q=0.71",                        false},
        {"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", false},
    };
    (void)state;
    assert_false(msa_text_wants_json(NULL, NULL));
    for (size_t i = 0; i < COUNT(ACCEPTS); i++) {
        if (msa_text_wants_json(NULL, ACCEPTS[i].accept) != ACCEPTS[i].is_json)
            fail_msg("Accept: %s", ACCEPTS[i].accept);
    }
}

static void a_json_body_wants_a_json_answer(void **state)
{
    static const struct {
        const char *type;
        bool is_json;
    } TYPES[] = {
        {"application/json",                  true },
        {"application/json; charset=utf-8",   true },
        {" Application/JSON ;x",              true },
        {"application/vnd.api+json",          true },
        {"application/problem+JSON;a=b",      true },
        {"application/+json",                 false},
        {"application/jsonx",                 false},
        {"application/json-seq",              false},
        {"text/json",                         false},
        {"text/x+json",                       false},
        {"text/plain",                        false},
        {"application/x-www-form-urlencoded", false},
        {"",                                  false},
        {NULL,                                false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(TYPES); i++) {
        assert_int_equal(msa_text_is_json_type(TYPES[i].type), TYPES[i].is_json);
        assert_int_equal(msa_text_wants_json(TYPES[i].type, "text/html"), TYPES[i].is_json);
    }
}

static void media_types_are_compared_whole(void **state)
{
    static const char FORM[] = "application/x-www-form-urlencoded";
    (void)state;
    assert_true(msa_text_is_type("application/x-www-form-urlencoded", FORM));
    assert_true(msa_text_is_type("Application/X-WWW-form-urlencoded ; charset=UTF-8", FORM));
    assert_false(msa_text_is_type("application/x-www-form-urlencodedX", FORM));
    assert_false(msa_text_is_type("multipart/form-data", FORM));
    assert_false(msa_text_is_type("", FORM));
    assert_false(msa_text_is_type(NULL, FORM));
}

static void only_clients_that_name_html_are_browsers(void **state)
{
    (void)state;
    assert_true(msa_text_accepts_html("text/html,application/xhtml+xml,*/*;q=0.8"));
    assert_true(msa_text_accepts_html("application/json, text/html;q=0.1"));
    assert_true(msa_text_accepts_html("application/xhtml+xml"));
    assert_false(msa_text_accepts_html("text/html;q=0"));
    assert_false(msa_text_accepts_html("*/*"));
    assert_false(msa_text_accepts_html("text/*"));
    assert_false(msa_text_accepts_html("text/htmlx"));
    assert_false(msa_text_accepts_html(""));
    assert_false(msa_text_accepts_html(NULL));
}

static void basic_credentials_are_a_name_and_a_password(void **state)
{
    static const struct {
        const char *header, *name, *password;
    } HEADERS[] = {
        {"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==",   "Aladdin", "open sesame"},
        {"basic   QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Aladdin", "open sesame"},
        {"BASIC YTpiOmM=",                       "a",       "b:c"        },
        {"Basic w6k6w6k",                        "\u00e9",  "\u00e9"     },
    };
    for (size_t i = 0; i < COUNT(HEADERS); i++) {
        const char *name = NULL, *password = NULL;
        assert_int_equal(msa_text_basic(*state, HEADERS[i].header, &name, &password), APR_SUCCESS);
        assert_string_equal(name, HEADERS[i].name);
        assert_string_equal(password, HEADERS[i].password);
    }
}

static void what_is_not_a_pair_of_name_and_password_is_refused(void **state)
{
    static const char *const HEADERS[] = {
        "Basic ",         /* nothing */
        "Basic YQ==",     /* a */
        "Basic OmI=",     /* :b */
        "Basic YTo=",     /* a: */
        "Basic YTpiAGM=", /* a NUL behind a: */
        "Basic YQA6Yg==", /* and one in the name */
        "Basic w2E6Yg==", /* not UTF-8 */
        "Basic YTpi\n",   "Basic YTpi YTpi", "Basic YTpi, Basic YTpi",
        "Basic =YTpi",    "Basic ====",      "Basic a:b",
    };
    char *longer = apr_pcalloc(*state, MSA_TEXT_BASIC_MAX + 2);
    const char *name = NULL, *password = NULL;
    for (size_t i = 0; i < COUNT(HEADERS); i++)
        assert_int_equal(msa_text_basic(*state, HEADERS[i], &name, &password), APR_EINVAL);
    memset(longer, 'A', MSA_TEXT_BASIC_MAX + 1);
    memcpy(longer, "Basic YTpi", 10);
    assert_int_equal(msa_text_basic(*state, longer, &name, &password), APR_EINVAL);
    assert_int_equal(msa_text_basic(*state, NULL, &name, &password), APR_NOTFOUND);
    assert_int_equal(msa_text_basic(*state, "Bearer YTpi", &name, &password), APR_NOTFOUND);
    assert_int_equal(msa_text_basic(*state, "Basic", &name, &password), APR_NOTFOUND);
    assert_null(name);
    assert_null(password);
}

static void encoded_credentials_are_read_even_if_they_are_not_a_pair(void **state)
{
    assert_string_equal(msa_text_credentials(*state, "Basic YTo="), "a:");
    assert_string_equal(msa_text_credentials(*state, "Basic YQ=="), "a");
    assert_string_equal(msa_text_credentials(*state, "Basic "), "");
    assert_null(msa_text_credentials(*state, "Basic a:b"));
    assert_null(msa_text_credentials(*state, "Bearer YTo="));
    assert_null(msa_text_credentials(*state, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(cookies_are_found_by_their_exact_name, pool_setup,
                                        pool_teardown),
        cmocka_unit_test_setup_teardown(no_cookie_is_made_up, pool_setup, pool_teardown),
        cmocka_unit_test_setup_teardown(a_cookie_among_many_is_found, pool_setup, pool_teardown),
        cmocka_unit_test_setup_teardown(basic_credentials_are_a_name_and_a_password, pool_setup,
                                        pool_teardown),
        cmocka_unit_test_setup_teardown(what_is_not_a_pair_of_name_and_password_is_refused,
                                        pool_setup, pool_teardown),
        cmocka_unit_test_setup_teardown(encoded_credentials_are_read_even_if_they_are_not_a_pair,
                                        pool_setup, pool_teardown),
        cmocka_unit_test_setup_teardown(the_best_entry_of_accept_decides, pool_setup,
                                        pool_teardown),
        cmocka_unit_test_setup_teardown(a_json_body_wants_a_json_answer, pool_setup, pool_teardown),
        cmocka_unit_test_setup_teardown(media_types_are_compared_whole, pool_setup, pool_teardown),
        cmocka_unit_test_setup_teardown(only_clients_that_name_html_are_browsers, pool_setup,
                                        pool_teardown),
    };
    return cmocka_run_group_tests_name("http", tests, pool_group_setup, pool_group_teardown);
}
