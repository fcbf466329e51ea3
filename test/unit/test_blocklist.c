/* SPDX-License-Identifier: Apache-2.0 */
#include "../../src/password/password.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <apr_file_io.h>
#include <apr_strings.h>

#include "pool.h"

static const char *write_list(apr_pool_t *pool, const char *text)
{
    char *path = apr_pstrdup(pool, "/tmp/msa-blocklist.XXXXXX");
    apr_file_t *file;
    assert_int_equal(apr_file_mktemp(&file, path, APR_FOPEN_CREATE | APR_FOPEN_WRITE, pool), 0);
    assert_int_equal(apr_file_write_full(file, text, strlen(text), NULL), APR_SUCCESS);
    apr_file_close(file);
    return path;
}

static apr_status_t make(apr_pool_t *pool, const char *path, const msa_password_policy_t **policy,
                         const char **error)
{
    msa_settings_t *settings = apr_pmemdup(pool, &msa_settings_default, sizeof(*settings));
    settings->password_blocklist = path;
    return msa_password_policy_make(pool, settings, policy, error);
}

static void a_listed_password_is_common_in_whatever_case(void **state)
{
    static const char *const LISTED[] = {"trustno1", "TrustNo1", "last line", "\xc3\x84pfel"};
    static const char *const OTHERS[] = {"", "trustno", "trustno12", " trustno1", "\xff\xfe"};
    apr_pool_t *pool = *state;
    const char *path = write_list(pool, "trustno1\r\n\n\xff\xfe\n\xc3\xa4pfel\nlast line");
    const msa_password_policy_t *policy = NULL;
    const char *error = NULL;
    assert_int_equal(make(pool, path, &policy, &error), APR_SUCCESS);
    apr_file_remove(path, pool);
    for (size_t i = 0; i < sizeof(LISTED) / sizeof(LISTED[0]); i++)
        assert_true(msa_password_is_common(policy, pool, LISTED[i]));
    for (size_t i = 0; i < sizeof(OTHERS) / sizeof(OTHERS[0]); i++)
        assert_false(msa_password_is_common(policy, pool, OTHERS[i]));
}

static void without_a_list_no_password_is_common(void **state)
{
    const msa_password_policy_t *policy = NULL;
    const char *error = NULL;
    assert_int_equal(make(*state, NULL, &policy, &error), APR_SUCCESS);
    assert_false(msa_password_is_common(policy, *state, "trustno1"));
}

static void a_list_that_cannot_be_read_is_an_error(void **state)
{
    const msa_password_policy_t *policy = NULL;
    const char *error = NULL;
    assert_int_equal(make(*state, "/nowhere/list", &policy, &error), APR_EINVAL);
    assert_non_null(strstr(error, "SecurityPasswordBlocklist: /nowhere/list"));
    assert_int_equal(make(*state, "/", &policy, &error), APR_EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_listed_password_is_common_in_whatever_case, pool_setup,
                                        pool_teardown),
        cmocka_unit_test_setup_teardown(without_a_list_no_password_is_common, pool_setup,
                                        pool_teardown),
        cmocka_unit_test_setup_teardown(a_list_that_cannot_be_read_is_an_error, pool_setup,
                                        pool_teardown),
    };
    return cmocka_run_group_tests_name("blocklist", tests, pool_group_setup, pool_group_teardown);
}
