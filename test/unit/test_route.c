/* SPDX-License-Identifier: Apache-2.0 */
#include "../../src/page/page.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char *const PATHS[] = {
    "/",
    "/l",
    "/lo",
    "/log",
    "/login",
    "/loginx",
    "/login/",
    "/logout",
    "/reset",
    "/reset/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "/reset/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA/more",
    "/confirm/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "/change-email/x",
    "/tf/a",
    "/a",
    "/a/b",
    "/a/b/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "//x",
    "",
    "login",
    "*",
};

static msa_settings_t settings_of(const char *prefix, const char *login_url, const char *reset_url)
{
    msa_settings_t settings = msa_settings_default;
    settings.is_engine_on = settings.is_recoverable = settings.is_confirmable = true;
    settings.is_change_email = true;
    settings.url_prefix = prefix;
    settings.login_url = login_url;
    settings.reset_url = reset_url;
    return settings;
}

/* What the map rules out is not an endpoint, whatever the endpoints are called. */
static void the_map_leaves_no_endpoint_out(void **state)
{
    const msa_settings_t all[] = {
        settings_of("", "/login", "/reset"), settings_of("", "/", "/a/b"),
        settings_of("", "/a", "/"),          settings_of("/l", "/login", "/a"),
        settings_of("/a", "/b", "/b/c"),     settings_of("/reset", "/login", "/x"),
    };
    int found = 0;
    (void)state;
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        msa_route_map_t map;
        msa_route_map_make(&all[i], &map);
        for (size_t j = 0; j < sizeof(PATHS) / sizeof(PATHS[0]); j++) {
            if (!msa_route_find(&all[i], PATHS[j]))
                continue;
            assert_true(msa_route_may_be(&all[i], &map, PATHS[j]));
            found++;
        }
    }
    assert_true(found > 10);
}

static void the_map_leaves_most_paths_out(void **state)
{
    static const char *const OTHERS[] = {
        "/index.html", "/images/logo.png", "/static/app.js", "/favicon.ico", "/", "*"};
    msa_settings_t settings = settings_of("", "/login", "/reset");
    msa_route_map_t map;
    (void)state;
    msa_route_map_make(&settings, &map);
    for (size_t i = 0; i < sizeof(OTHERS) / sizeof(OTHERS[0]); i++)
        assert_false(msa_route_may_be(&settings, &map, OTHERS[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_map_leaves_no_endpoint_out),
        cmocka_unit_test(the_map_leaves_most_paths_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
