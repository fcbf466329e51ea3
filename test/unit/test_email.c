/* SPDX-License-Identifier: Apache-2.0 */
#include "pool.h"

#include "../../src/base/text.h"
#include "../../src/base/text_email.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <apr_strings.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const char *normal(void **state, const char *address)
{
    const char *result = NULL;
    if (msa_text_email_normalize(*state, address, &result) != APR_SUCCESS)
        assert_null(result);
    return result;
}

static void addresses_have_one_spelling(void **state)
{
    static const char *const PAIRS[][2] = {
        {"ann@example.org",                   "ann@example.org"                      },
        {"New1@LP.com",                       "New1@lp.com"                          },
        {"matt@\xef\xbd\x8c\xef\xbd\x90.com", "matt@lp.com"                          },
        {"a@B\xc3\xbc"
         "cher.example",             "a@b\xc3\xbc"
         "cher.example"                             },
        {"a@xn--bcher-kva.example",           "a@b\xc3\xbc"
                                    "cher.example"},
        {"a@XN--BCHER-KVA.example",           "a@b\xc3\xbc"
                                    "cher.example"},
        {"a@fa\xc3\x9f.de",                   "a@fa\xc3\x9f.de"                      },
        {"a\xcc\x81@example.org",             "\xc3\xa1@example.org"                 },
        {"a+tag@example.org",                 "a+tag@example.org"                    },
        {"a.b-c_d@example.org",               "a.b-c_d@example.org"                  },
        {"!#$%&'*+/=?^_`{|}~@example.org",    "!#$%&'*+/=?^_`{|}~@example.org"       },
        {"a@sub.host-1.example.org",          "a@sub.host-1.example.org"             },
        {"a@1.example",                       "a@1.example"                          },
    };
    for (size_t i = 0; i < COUNT(PAIRS); i++) {
        const char *result = normal(state, PAIRS[i][0]);
        if (!result || strcmp(result, PAIRS[i][1]) != 0)
            fail_msg("%s became %s", PAIRS[i][0], result ? result : "nothing");
    }
}

static const char *const OTHERS[] = {
    "",
    "@",
    "ann",
    "@example.org",
    "ann@",
    "ann@example",
    "root@localhost",
    " ann@example.org",
    "ann@example.org ",
    "an n@example.org",
    "ann@exam ple.org",
    "victim@example.org,evil@example.net",
    "victim@example.org;evil@example.net",
    "a@b@example.org",
    "a@@example.org",
    "<ann@example.org>",
    "Ann <ann@example.org>",
    "ann@example.org\nBcc: evil@example.net",
    "ann@example.org\r\n",
    "an\tn@example.org",
    "ann\x7f@example.org",
    "ann\xc2\x85@example.org",
    "-oQ/tmp/x@example.org",
    "-@example.org",
    ".ann@example.org",
    "ann.@example.org",
    "a..nn@example.org",
    "\"ann\"@example.org",
    "\"a b\"@example.org",
    "an(comment)n@example.org",
    "a\\b@example.org",
    "a@[127.0.0.1]",
    "a@[IPv6:::1]",
    "a@127.0.0.1",
    "a@example.123",
    "a@example.org.",
    "a@.example.org",
    "a@example..org",
    "a@-example.org",
    "a@example-.org",
    "a@exam_ple.org",
    "a@example.org:25",
    "a@example.org/x",
    "a@exa%6dple.org",
    "a\xff@example.org",
    "a@\xff.org",
    "a@\xe2\x80\x8b.org",
    "a\xe2\x80\x8b@example.org",
    "a\xe2\x80\xae"
    "b@example.org",
    "a\xc2\xa0"
    "b@example.org",
    "a\xc2\xad"
    "b@example.org",
    "a\xe2\x80\xa8@example.org",
    "a\xe3\x85\xa4@example.org", /* a filler: a letter without a shape */
    "a\xef\xb8\x8f@example.org", /* a mark that selects another shape */
    "a\xee\x80\x80@example.org",
    "\xcc\x81"
    "a@example.org",
};

static void what_is_not_an_address_is_refused(void **state)
{
    for (size_t i = 0; i < COUNT(OTHERS); i++) {
        const char *result = normal(state, OTHERS[i]);
        if (result)
            fail_msg("%s became %s", OTHERS[i], result);
    }
}

static void a_special_use_domain_is_known_as_not_public(void **state)
{
    static const char *const SPECIAL[] = {"a@printer.local", "a@host.test", "a@x.invalid",
                                          "a@b.localhost",   "a@c.onion",   "a@1.arpa",
                                          "a@B.LOCAL"};
    for (size_t i = 0; i < COUNT(SPECIAL); i++) {
        assert_non_null(normal(state, SPECIAL[i]));
        assert_false(msa_text_email_is_public(normal(state, SPECIAL[i])));
    }
    assert_true(msa_text_email_is_public("a@local.example.org"));
    assert_true(msa_text_email_is_public("a@example.tests"));
}

static const char *letters(void **state, int count)
{
    char *text = apr_palloc(*state, (apr_size_t)count + 1);
    memset(text, 'a', (apr_size_t)count);
    text[count] = '\0';
    return text;
}

static void lengths_are_bounded(void **state)
{
    const char *label = letters(state, 63);
    const char *domain = apr_psprintf(*state, "%s.%s.%s", label, label, letters(state, 59));
    assert_non_null(normal(state, apr_pstrcat(*state, letters(state, 64), "@example.org", NULL)));
    assert_null(normal(state, apr_pstrcat(*state, letters(state, 65), "@example.org", NULL)));
    assert_non_null(normal(state, apr_pstrcat(*state, "a@", label, ".org", NULL)));
    assert_null(normal(state, apr_pstrcat(*state, "a@a", label, ".org", NULL)));
    assert_non_null(
        normal(state, apr_pstrcat(*state, letters(state, 64), "@", domain, ".x", NULL)));
    assert_null(normal(state, apr_pstrcat(*state, letters(state, 64), "@", domain, ".xyz", NULL)));
    assert_null(normal(state, letters(state, 1000000)));
}

static void an_address_is_masked_for_those_who_do_not_know_it(void **state)
{
    static const char *const PAIRS[][2] = {
        {"john@example.org",             "j***@e***.org"           },
        {"j@e.org",                      "***@***.org"             },
        {"jo@ex.co.uk",                  "j***@e***.uk"            },
        {"\xc3\xa1nn@b\xc3\xbc.example", "\xc3\xa1***@b***.example"},
        {"\xc3\xa1@\xc3\xbc.example",    "***@***.example"         },
        {"a.b+c@x-y.example",            "a***@x***.example"       },
        {"nobody",                       "n***"                    },
        {"",                             "***"                     },
        {"@",                            "***@***"                 },
        {"\xff\xff@example.org",         "***@e***.org"            },
    };
    for (size_t i = 0; i < COUNT(PAIRS); i++)
        assert_string_equal(msa_text_email_mask(*state, PAIRS[i][0]), PAIRS[i][1]);
}

static void spellings_of_one_identity_share_a_key(void **state)
{
    static const char *const SAME[][2] = {
        {"Ann@example.org",          "aNN@EXAMPLE.org"         },
        {"\xc3\x89mile",             "\xc3\xa9MILE"            },
        {"e\xcc\x81mile",            "\xc3\xa9mile"            },
        {"stra\xc3\x9f"
         "e",               "STRASSE"                 },
        {"\xce\xa3\xce\x91\xce\xa3", "\xcf\x83\xce\xb1\xcf\x82"},
    };
    for (size_t i = 0; i < COUNT(SAME); i++)
        assert_string_equal(msa_text_identity_key(*state, SAME[i][0]),
                            msa_text_identity_key(*state, SAME[i][1]));
    assert_string_not_equal(msa_text_identity_key(*state, "ann"),
                            msa_text_identity_key(*state, "\xc3\xa1nn"));
    assert_string_not_equal(msa_text_identity_key(*state, "ann@example.org"),
                            msa_text_identity_key(*state, "ann+tag@example.org"));
    assert_null(msa_text_identity_key(*state, "\xff"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(addresses_have_one_spelling, pool_setup, pool_teardown),
        cmocka_unit_test_setup_teardown(what_is_not_an_address_is_refused, pool_setup,
                                        pool_teardown),
        cmocka_unit_test_setup_teardown(a_special_use_domain_is_known_as_not_public, pool_setup,
                                        pool_teardown),
        cmocka_unit_test_setup_teardown(lengths_are_bounded, pool_setup, pool_teardown),
        cmocka_unit_test_setup_teardown(an_address_is_masked_for_those_who_do_not_know_it,
                                        pool_setup, pool_teardown),
        cmocka_unit_test_setup_teardown(spellings_of_one_identity_share_a_key, pool_setup,
                                        pool_teardown),
    };
    return cmocka_run_group_tests_name("email", tests, pool_group_setup, pool_group_teardown);
}
