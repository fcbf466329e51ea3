/* SPDX-License-Identifier: Apache-2.0 */
#include "../../src/base/settings_json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pool.h"

static const char *TEXTS[] = {"one", "tw\xc3\xb6", "three"};
static const apr_array_header_t WORDS = {
    .elt_size = sizeof(char *), .nelts = 3, .nalloc = 3, .elts = (char *)TEXTS};
static const apr_array_header_t NONE = {.elt_size = sizeof(char *)};
static msa_register_field_t REGISTERED[] = {
    {"first", "first_name", true },
    {"last",  "last_name",  false},
};
static const apr_array_header_t REGISTER_FIELDS = {
    .elt_size = sizeof(REGISTERED[0]), .nelts = 2, .nalloc = 2, .elts = (char *)REGISTERED};

/* No member has its default, and none is NULL. */
static const msa_settings_t OTHERS = {
    .is_engine_on = true,
    .url_prefix = "other url_prefix",
    .login_url = "other login_url",
    .logout_url = "other logout_url",
    .register_url = "other register_url",
    .confirm_url = "other confirm_url",
    .reset_url = "other reset_url",
    .change_url = "other change_url",
    .verify_url = "other verify_url",
    .change_email_url = "other change_email_url",
    .change_username_url = "other change_username_url",
    .account_url = "other account_url",
    .tokens_url = "other tokens_url",
    .style_url = "other style_url",
    .is_registerable = true,
    .is_confirmable = true,
    .is_recoverable = true,
    .is_changeable = true,
    .is_change_email = true,
    .is_change_username = true,
    .is_trackable = true,
    .is_username_enabled = true,
    .is_username_required = true,
    .is_tokens_enabled = true,
    .login_without_confirmation = true,
    .auto_login_after_confirm = false,
    .auto_login_after_reset = false,
    .generic_responses = false,
    .is_audit = true,
    .link_confirmation_button = true,
    .is_password_confirm_required = false,
    .register_fields = &REGISTER_FIELDS,
    .is_spa = true,
    .redirect_host = "other redirect_host",
    .password_hash = "other password_hash",
    .password_hash_options = "other password_hash_options",
    .password_schemes = &WORDS,
    .deprecated_password_schemes = &WORDS,
    .password_single_hash = &NONE,
    .password_single_hash_all = true,
    .password_salt = "s\xff\xfel\x01",
    .password_length_min = 2000042,
    .password_length_max = 2000043,
    .password_blocklist = "other password_blocklist",
    .session_cookie_name = "other session_cookie_name",
    .remember_cookie_name = "other remember_cookie_name",
    .session_idle = 1000000000047,
    .session_lifetime = 1000000000048,
    .remember_lifetime = 1000000000049,
    .remember_grace = 1000000000050,
    .token_max_age = 1000000000051,
    .confirm_within = 1000000000052,
    .reset_within = 1000000000053,
    .change_email_within = 1000000000054,
    .change_email_undo_within = 1000000000055,
    .token_headers = &WORDS,
    .token_key = "other token_key",
    .backwards_compat_auth_token = false,
    .personal_token_max_age = 1000000000059,
    .throttle_account = 2000060,
    .throttle_address = 2000061,
    .throttle_requests = 2000062,
    .throttle_window = 1000000000063,
    .foreign_users = MSA_FOREIGN_OFF,
    .csrf = MSA_CSRF_OFF,
    .csrf_headers = &WORDS,
    .user_table = "other user_table",
    .role_table = "other role_table",
    .roles_users_table = "other roles_users_table",
    .table_prefix = "other table_prefix",
    .public_url = "other public_url",
    .email_sender = "other email_sender",
    .email_plaintext = false,
    .email_html = false,
    .sendmail = &WORDS,
    .mail_timeout = 1000000000076,
    .mail_retry = 2000077,
    .mail_concurrency = 2000078,
    .send_register_email = false,
    .send_password_change_email = false,
    .send_password_reset_email = false,
    .send_password_reset_notice_email = false,
    .send_username_change_email = false,
    .send_new_login_email = true,
    .send_account_locked_email = false,
    .email_subjects = &WORDS,
    .templates = "other templates",
    .language = "other language",
    .flask_secret_keys = &WORDS,
    .cache_timeout = 1000000000091,
    .cache_grace = 1000000000095,
    .hash_slots = 2000092,
};

static msa_settings_t read_back(void **state, const json_t *json, int background)
{
    msa_settings_t settings;
    const char *error = NULL;
    memset(&settings, background, sizeof(settings));
    assert_int_equal(msa_settings_read(*state, json, &settings, &error), APR_SUCCESS);
    return settings;
}

static void every_setting_differs_from_its_default_in_this_test(void **state)
{
    json_t *others = msa_settings_json(&OTHERS, true);
    json_t *defaults = msa_settings_json(&msa_settings_default, true), *value;
    const char *name;
    (void)state;
    json_object_foreach(others, name, value)
    {
        if (json_equal(value, json_object_get(defaults, name)))
            fail_msg("%s has its default", name);
    }
    json_decref(others);
    json_decref(defaults);
}

static void every_setting_arrives_unchanged(void **state)
{
    json_t *written = msa_settings_json(&OTHERS, true), *again;
    msa_settings_t settings = read_back(state, written, 0);
    assert_true(settings.is_engine_on);
    assert_false(settings.generic_responses);
    assert_string_equal(settings.login_url, OTHERS.login_url);
    assert_string_equal(settings.password_salt, "s\xff\xfel\x01");
    assert_int_equal(settings.password_length_max, OTHERS.password_length_max);
    assert_int_equal(settings.session_idle, OTHERS.session_idle);
    assert_int_equal(settings.csrf, MSA_CSRF_OFF);
    assert_int_equal(settings.foreign_users, MSA_FOREIGN_OFF);
    assert_int_equal(settings.sendmail->nelts, 3);
    assert_string_equal(APR_ARRAY_IDX(settings.sendmail, 1, const char *), TEXTS[1]);
    assert_int_equal(settings.password_single_hash->nelts, 0);
    assert_string_equal(APR_ARRAY_IDX(settings.register_fields, 1, msa_register_field_t).column,
                        "last_name");
    again = msa_settings_json(&settings, true);
    assert_true(json_equal(written, again));
    json_decref(written);
    json_decref(again);
}

/* Whatever was in memory before, reading writes every byte that belongs to a member. A forgotten
 * member (in the table, or above) still shows what was there. */
static void no_member_of_the_settings_is_forgotten(void **state)
{
#if defined(__has_builtin) && __has_builtin(__builtin_clear_padding)
    json_t *json = msa_settings_json(&OTHERS, true);
    msa_settings_t over_zeros = read_back(state, json, 0x00);
    msa_settings_t over_ones = read_back(state, json, 0xff), members;
    const unsigned char *zeros = (unsigned char *)&over_zeros, *ones = (unsigned char *)&over_ones;
    const unsigned char *is_member = (unsigned char *)&members;
    memset(&members, 0xff, sizeof(members));
    __builtin_clear_padding(&members);
    for (size_t i = 0; i < sizeof(members); i++) {
        if (is_member[i] && zeros[i] == 0x00 && ones[i] == 0xff)
            fail_msg("the member at byte %zu of msa_settings_t is not written or not read", i);
    }
    json_decref(json);
#else
    (void)state;
    skip();
#endif
}

static void keys_are_written_only_for_the_service(void **state)
{
    json_t *json = msa_settings_json(&OTHERS, false);
    (void)state;
    assert_null(json_object_get(json, "flask_secret_keys"));
    assert_non_null(json_object_get(json, "password_salt"));
    json_decref(json);
}

static void null_or_absent_settings_keep_their_default(void **state)
{
    msa_settings_t settings = msa_settings_default;
    const char *error = NULL;
    json_t *json = json_pack("{sn sb}", "login_url", "is_audit", 1);
    assert_int_equal(msa_settings_read(*state, json, &settings, &error), APR_SUCCESS);
    assert_string_equal(settings.login_url, "/login");
    assert_null(settings.password_salt);
    assert_true(settings.is_audit);
    json_decref(json);
}

/* clang-format off */
static const struct {
    const char *json, *named;
} REFUSED[] = {
    {"[]", "object"},
    {"{\"is_spar\": true}", "is_spar"},
    {"{\"login_url\": 1}", "login_url"},
    {"{\"login_url\": [256]}", "login_url"},
    {"{\"login_url\": [65, 0]}", "login_url"},
    {"{\"is_audit\": 1}", "is_audit"},
    {"{\"mail_retry\": true}", "mail_retry"},
    {"{\"mail_retry\": 1.5}", "mail_retry"},
    {"{\"mail_retry\": -1}", "mail_retry"},
    {"{\"mail_retry\": 2147483648}", "mail_retry"},
    {"{\"session_idle\": \"30m\"}", "session_idle"},
    {"{\"csrf\": 4}", "csrf"},
    {"{\"csrf\": \"off\"}", "csrf"},
    {"{\"foreign_users\": 3}", "foreign_users"},
    {"{\"sendmail\": \"/bin/true\"}", "sendmail"},
    {"{\"sendmail\": [\"/bin/true\", 1]}", "sendmail"},
    {"{\"register_fields\": {}}", "register_fields"},
    {"{\"register_fields\": [{\"name\": \"a\", \"column\": \"b\"}]}", "register_fields"},
    {"{\"register_fields\": [{\"name\": \"a\", \"column\": 1, \"is_required\": true}]}",
        "register_fields"},
};
/* clang-format on */

static void unknown_and_wrongly_typed_members_are_refused_and_change_nothing(void **state)
{
    for (size_t i = 0; i < sizeof(REFUSED) / sizeof(REFUSED[0]); i++) {
        msa_settings_t settings = msa_settings_default;
        const char *error = NULL;
        json_t *json = json_loads(REFUSED[i].json, 0, NULL);
        assert_non_null(json);
        assert_int_equal(msa_settings_read(*state, json, &settings, &error), APR_EINVAL);
        assert_non_null(strstr(error, REFUSED[i].named));
        assert_memory_equal(&settings, &msa_settings_default, sizeof(settings));
        json_decref(json);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_setting_differs_from_its_default_in_this_test,
                                        pool_setup, pool_teardown),
        cmocka_unit_test_setup_teardown(every_setting_arrives_unchanged, pool_setup, pool_teardown),
        cmocka_unit_test_setup_teardown(no_member_of_the_settings_is_forgotten, pool_setup,
                                        pool_teardown),
        cmocka_unit_test_setup_teardown(keys_are_written_only_for_the_service, pool_setup,
                                        pool_teardown),
        cmocka_unit_test_setup_teardown(null_or_absent_settings_keep_their_default, pool_setup,
                                        pool_teardown),
        cmocka_unit_test_setup_teardown(
            unknown_and_wrongly_typed_members_are_refused_and_change_nothing, pool_setup,
            pool_teardown),
    };
    return cmocka_run_group_tests_name("settings", tests, pool_group_setup, pool_group_teardown);
}
