/* SPDX-License-Identifier: Apache-2.0 */
#include "store_fixture.h"

#include "../../src/store/notes.h"
#include "../../src/store/schema.h"

#define PASSWORD_WIDTH 97
#define IPV6           "2001:db8:1234:5678:9abc:def0:1234:5678"

static int faults(store_t *store, const char **first)
{
    apr_array_header_t *found = NULL;
    assert_int_equal(msa_schema_check(store->db, store->pool, PASSWORD_WIDTH, &found), APR_SUCCESS);
    *first = found->nelts ? APR_ARRAY_IDX(found, 0, const char *) : "";
    return found->nelts;
}

static void assert_told(store_t *store, const char *text)
{
    const char *fault = NULL;
    faults(store, &fault);
    if (!strstr(fault, text))
        fail_msg("not about %s: %s", text, fault);
}

static apr_status_t find_ann(store_t *store, msa_user_t **user)
{
    return msa_user_by_email(store->db, store->pool, "ann@example.org", user);
}

static void columns_that_are_too_narrow_are_reported(void **state)
{
    static const struct {
        const char *column, *type;
        int width;
    } NARROW[] = {
        {"email",            "VARCHAR(100) NOT NULL", 254},
        {"username",         "VARCHAR(20)",           32 },
        {"password",         "VARCHAR(80)",           97 },
        {"fs_uniquifier",    "VARCHAR(20) NOT NULL",  32 },
        {"last_login_ip",    "VARCHAR(15)",           45 },
        {"current_login_ip", "VARCHAR(39)",           45 },
    };
    store_t *store = *state;
    msa_user_t *user = NULL;
    if (!store_is_mysql(store))
        return;
    for (size_t i = 0; i < sizeof(NARROW) / sizeof(NARROW[0]); i++) {
        store_do(store, apr_psprintf(store->pool, "ALTER TABLE user MODIFY %s %s", NARROW[i].column,
                                     NARROW[i].type));
        assert_told(store,
                    apr_psprintf(store->pool, "the column user.%s holds ", NARROW[i].column));
        assert_told(store, apr_psprintf(store->pool, "but %d may be needed", NARROW[i].width));
        store_do(store, apr_psprintf(store->pool, "ALTER TABLE user MODIFY %s VARCHAR(255)",
                                     NARROW[i].column));
    }
    store_reopen(store, "");
    assert_int_equal(find_ann(store, &user), APR_NOTFOUND);
}

static apr_status_t sign_in_from(store_t *store, apr_int64_t id, const char *address)
{
    apr_status_t status;
    assert_int_equal(msa_db_begin(store->db), APR_SUCCESS);
    status = msa_user_track(store->db, store->pool, id, address, store->now);
    if (status == APR_SUCCESS)
        status = msa_change_insert(store->db, store->pool, id, NULL, store->now);
    return msa_db_end(store->db, status == APR_SUCCESS);
}

static void sign_in_does_not_fail_for_what_is_noted_about_it(void **state)
{
    static const char *const ODD[] = {"MODIFY current_login_ip VARCHAR(15)",
                                      "MODIFY last_login_ip VARCHAR(4)",
                                      "MODIFY current_login_ip INT", "MODIFY login_count TINYINT",
                                      "MODIFY last_login_at VARCHAR(4)"};
    store_t *store = *state;
    msa_user_t *ann = store_user(store, "ann@example.org", NULL), *user = NULL;
    if (!store_is_mysql(store))
        return;
    for (size_t i = 0; i < sizeof(ODD) / sizeof(ODD[0]); i++) {
        store_do(store, "UPDATE user SET current_login_ip = NULL, last_login_ip = NULL, "
                        "login_count = 126, last_login_at = NULL, current_login_at = NULL");
        store_do(store, apr_pstrcat(store->pool, "ALTER TABLE user ", ODD[i], NULL));
        assert_int_equal(sign_in_from(store, ann->id, IPV6), APR_SUCCESS);
        assert_int_equal(sign_in_from(store, ann->id, IPV6), APR_SUCCESS);
        assert_int_equal(find_ann(store, &user), APR_SUCCESS);
    }
    assert_string_equal(store_ask(store, "SELECT COUNT(*) FROM security_changes"), "10");
    assert_int_equal(store->log->nelts, 0);
}

static void address_that_does_not_fit_is_left_out_and_the_time_is_not(void **state)
{
    store_t *store = *state;
    msa_user_t *ann = store_user(store, "ann@example.org", NULL), *user = NULL;
    if (!store_is_mysql(store))
        return;
    store_do(store, "ALTER TABLE user MODIFY current_login_ip VARCHAR(15)");
    assert_int_equal(sign_in_from(store, ann->id, "192.0.2.1"), APR_SUCCESS);
    assert_int_equal(sign_in_from(store, ann->id, IPV6), APR_SUCCESS);
    assert_int_equal(find_ann(store, &user), APR_SUCCESS);
    assert_null(user->current_login_ip);
    assert_true(user->current_login_at == store->now);
    assert_int_equal(user->login_count, 2);
}

static void what_does_not_fit_is_refused_whole(void **state)
{
    store_t *store = *state;
    msa_user_t *ann = store_user(store, "ann@example.org", NULL), *user = NULL;
    char hash[98];
    if (!store_is_mysql(store))
        return;
    memset(hash, 'x', sizeof(hash) - 1);
    hash[sizeof(hash) - 1] = '\0';
    store_do(store, "ALTER TABLE user MODIFY password VARCHAR(80)");
    assert_int_equal(
        msa_user_set_password(store->db, store->pool, ann->id, NULL, hash, NULL, store->now),
        APR_EINVAL);
    assert_true(store_logged(store, "Data too long for column 'password'"));
    assert_int_equal(find_ann(store, &user), APR_SUCCESS);
    assert_string_equal(user->password, "$hash$");
}

int main(void)
{
    static const struct CMUnitTest TESTS[] = {
        cmocka_unit_test(columns_that_are_too_narrow_are_reported),
        cmocka_unit_test(sign_in_does_not_fail_for_what_is_noted_about_it),
        cmocka_unit_test(address_that_does_not_fit_is_left_out_and_the_time_is_not),
        cmocka_unit_test(what_does_not_fit_is_refused_whole),
    };
    return store_run("narrow", TESTS, sizeof(TESTS) / sizeof(TESTS[0]));
}
