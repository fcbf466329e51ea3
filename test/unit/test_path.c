/* SPDX-License-Identifier: Apache-2.0 */
#include "pool.h"

#include "../../src/base/text_form.h"
#include "../../src/base/text_path.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <apr_strings.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* Where a sign-in leads, on a site that the visitor knows as www.example.org. */
static const char *after(void **state, const char *next)
{
    return msa_text_local_path(*state, next, "www.example.org");
}

static const char *const TRICKS[] = {
    "https://evil.example/x",
    "http://evil.example",
    "//evil.example",
    "///evil.example",
    "////evil.example/%2e%2e",
    "/////evil.example",
    "/\\evil.example",
    "\\/evil.example",
    "\\\\evil.example",
    "\\\\\\evil",
    "\\\\\\\\evil.example",
    "/x\\evil.example",
    "/%09/evil.example",
    "/\t/evil.example",
    "/%0a/evil",
    "/%0d%0aX: y",
    "/\n/evil.example",
    "/\r\nSet-Cookie: a=b",
    "/%20/evil.example",
    "/ /evil.example",
    "/%01/evil.example",
    "/%7f/evil.example",
    " /evil.example",
    "%20/evil.example",
    "%01/evil.example",
    "\x01/evil.example",
    " //evil.example",
    " ",
    "",
    "/%2f%2fevil.example",
    "/%2Fevil.example",
    "/%5cevil.example",
    "/%5C%5Cevil.example",
    "%2f%2fevil.example",
    "https://www.example.org@evil.example",
    "https://www.example.org%40evil.example",
    "https://www.example.org:80@evil.example/",
    "https://www.example.org.evil.example/",
    "https://www.example.orgevil.example/",
    "https://www.example.org\\@evil.example",
    "https://www.example.org?evil",
    "https://www.example.org#evil",
    "https://evil.example/www.example.org",
    "https://evil.example?https://www.example.org/",
    "https://www.example.org//evil.example",
    "https://www.example.org/\\evil.example",
    "https://www.example.org/%2fevil.example",
    "https://user:password@www.example.org/",
    "https://www.example.org:8443/",
    "http:evil.example",
    "https:/evil.example",
    "https:evil",
    "https:///evil.example",
    "https:\\\\evil.example",
    "ftp://www.example.org/",
    "httpss://www.example.org/",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "\x01javascript:alert(1)",
    "%01javascript:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "evil.example",
    "evil.example/page",
    "page",
    "?next=/",
    "#fragment",
    ".",
    "../..",
    "/\x80",
    "/\xc0\xaf/evil.example",
    "/\xc2\x85/evil.example",
    "/a\x7f",
    "\xef\xbb\xbf/page",
    "\xef\xbc\x8f\xef\xbc\x8f"
    "evil.example",
};

/* security-cases A: what has led visitors of other programs to foreign sites. */
static void no_trick_leads_to_another_site(void **state)
{
    for (size_t i = 0; i < COUNT(TRICKS); i++) {
        const char *path = after(state, TRICKS[i]);
        if (path)
            fail_msg("%s leads to %s", TRICKS[i], path);
    }
}

static void paths_of_this_site_stay_as_they_are(void **state)
{
    static const char *const PATHS[] = {
        "/",
        "/page1",
        "/a?b=c%26d",
        "/a/b.html?x=1&y=2#top",
        "/%68%74%74%70%3a//evil",
        "/javascript:",
        "/a//b",
        "/~ann/",
        "/a?next=//evil.example",
        "/a@b",
        "/a%2fb",
        "/.//x",
    };
    for (size_t i = 0; i < COUNT(PATHS); i++)
        assert_string_equal(after(state, PATHS[i]), PATHS[i]);
}

static void absolute_addresses_of_this_site_become_paths(void **state)
{
    assert_string_equal(after(state, "http://www.example.org/page1"), "/page1");
    assert_string_equal(after(state, "https://www.example.org/x?y"), "/x?y");
    assert_string_equal(after(state, "HTTPS://WWW.Example.Org/x"), "/x");
    assert_string_equal(after(state, "https://www.example.org"), "/");
    assert_string_equal(msa_text_local_path(*state, "http://a.example:8080/x", "a.example:8080"),
                        "/x");
}

static void without_a_known_host_only_paths_count(void **state)
{
    assert_null(msa_text_local_path(*state, "http://www.example.org/page1", NULL));
    assert_null(msa_text_local_path(*state, "http:///page1", ""));
    assert_string_equal(msa_text_local_path(*state, "/page1", NULL), "/page1");
}

static void characters_invalid_in_an_address_are_encoded(void **state)
{
    assert_string_equal(after(state, "/a b"), "/a%20b");
    assert_string_equal(after(state, "/\xc3\xa9"), "/%C3%A9");
    assert_string_equal(after(state, "/\"<>^`{|}"), "/%22%3C%3E%5E%60%7B%7C%7D");
    assert_string_equal(after(state, "/\xef\xbc\x8f"
                                     "evil.example"),
                        "/%EF%BC%8Fevil.example");
}

static void too_long_is_refused_not_cut(void **state)
{
    char next[MSA_TEXT_NEXT_MAX + 2];
    memset(next, 'a', sizeof(next));
    next[0] = '/';
    next[MSA_TEXT_NEXT_MAX] = '\0';
    assert_string_equal(after(state, next), next);
    next[MSA_TEXT_NEXT_MAX] = 'a';
    next[MSA_TEXT_NEXT_MAX + 1] = '\0';
    assert_null(after(state, next));
}

static void queries_are_appended_encoded(void **state)
{
    assert_string_equal(msa_text_add_query(*state, "/a", "next", "/b?c=d&e"),
                        "/a?next=%2Fb%3Fc%3Dd%26e");
    assert_string_equal(msa_text_add_query(*state, "/a?b=c", "x", "1 2"), "/a?b=c&x=1%202");
    assert_string_equal(msa_text_percent_encode(*state, "a/b?c", "/"), "a/b%3Fc");
    assert_string_equal(msa_text_percent_encode(*state, "AZaz09-._~", NULL), "AZaz09-._~");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(no_trick_leads_to_another_site, pool_setup, pool_teardown),
        cmocka_unit_test_setup_teardown(paths_of_this_site_stay_as_they_are, pool_setup,
                                        pool_teardown),
        cmocka_unit_test_setup_teardown(absolute_addresses_of_this_site_become_paths, pool_setup,
                                        pool_teardown),
        cmocka_unit_test_setup_teardown(without_a_known_host_only_paths_count, pool_setup,
                                        pool_teardown),
        cmocka_unit_test_setup_teardown(characters_invalid_in_an_address_are_encoded, pool_setup,
                                        pool_teardown),
        cmocka_unit_test_setup_teardown(too_long_is_refused_not_cut, pool_setup, pool_teardown),
        cmocka_unit_test_setup_teardown(queries_are_appended_encoded, pool_setup, pool_teardown),
    };
    return cmocka_run_group_tests_name("path", tests, pool_group_setup, pool_group_teardown);
}
