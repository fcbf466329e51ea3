/* SPDX-License-Identifier: Apache-2.0 */
#include "../../src/password/password.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>
#include <openssl/rand.h>

#include <apr_general.h>
#include <apr_strings.h>

static apr_pool_t *pool;

static apr_status_t fill_random(void *baton, unsigned char *bytes, apr_size_t count)
{
    (void)baton;
    return RAND_bytes(bytes, (int)count) == 1 ? APR_SUCCESS : APR_EGENERAL;
}

static const msa_env_t env = {.random = fill_random};

static int setup(void **state)
{
    (void)state;
    return apr_pool_create(&pool, NULL) == APR_SUCCESS ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    apr_pool_destroy(pool);
    return 0;
}

static const msa_password_policy_t *make_policy(const msa_settings_t *settings)
{
    const msa_password_policy_t *policy = NULL;
    const char *error = NULL;
    apr_status_t status = msa_password_policy_make(pool, settings, &policy, &error);
    if (status != APR_SUCCESS)
        fail_msg("%s", error);
    return policy;
}

static apr_array_header_t *names(const char *name)
{
    apr_array_header_t *list = apr_array_make(pool, 1, sizeof(const char *));
    APR_ARRAY_PUSH(list, const char *) = name;
    return list;
}

static const char *unhex(const char *hex)
{
    apr_size_t length = strlen(hex) / 2;
    char *text = apr_pcalloc(pool, length + 1);
    for (apr_size_t i = 0; i < length; i++) {
        char digits[3] = {hex[2 * i], hex[2 * i + 1], '\0'};
        text[i] = (char)strtol(digits, NULL, 16);
    }
    return text;
}

static json_t *load_vectors(void)
{
    const char *directory = getenv("MSA_TEST_DATA");
    json_error_t error;
    const char *path =
        apr_pstrcat(pool, directory ? directory : "test/unit", "/hash_vectors.json", NULL);
    json_t *file = json_load_file(path, 0, &error);
    if (!file)
        fail_msg("%s: %s", path, error.text);
    return file;
}

static const char *member(const json_t *vector, const char *name)
{
    return json_string_value(json_object_get(vector, name));
}

static const msa_password_policy_t *policy_of(const json_t *vector)
{
    static msa_settings_t settings;
    bool is_double = json_is_true(json_object_get(vector, "double_hash"));
    settings = msa_settings_default;
    settings.password_salt = member(vector, "security_password_salt");
    if (strcmp(member(vector, "scheme"), "plaintext") == 0)
        settings.password_schemes = names("plaintext");
    settings.password_single_hash = names(is_double ? "plaintext" : member(vector, "scheme"));
    return make_policy(&settings);
}

static void every_vector_of_flask_security_verifies(void **state)
{
    json_t *file = load_vectors();
    json_t *vector;
    size_t index;
    (void)state;
    json_array_foreach(json_object_get(file, "vectors"), index, vector)
    {
        const msa_password_policy_t *policy = policy_of(vector);
        const char *password = unhex(member(vector, "password_typed_utf8_hex"));
        const char *stored = member(vector, "stored");
        if (msa_password_verify(policy, pool, password, stored, NULL) != MSA_PASSWORD_MATCHES)
            fail_msg("%s %s does not verify", member(vector, "scheme"),
                     member(vector, "password_id"));
    }
    assert_true(index > 100);
    json_decref(file);
}

static void no_vector_verifies_another_password(void **state)
{
    json_t *file = load_vectors();
    json_t *vector;
    size_t index;
    (void)state;
    json_array_foreach(json_object_get(file, "vectors"), index, vector)
    {
        const char *password =
            apr_pstrcat(pool, "x", unhex(member(vector, "password_typed_utf8_hex")), NULL);
        if (msa_password_verify(policy_of(vector), pool, password, member(vector, "stored"),
                                NULL) == MSA_PASSWORD_MATCHES)
            fail_msg("%s %s verifies a wrong password", member(vector, "scheme"),
                     member(vector, "password_id"));
    }
    json_decref(file);
}

/** Every scheme for new hashes, at a low cost. */
static const struct {
    const char *scheme, *options, *prefix;
} HASHING[] = {
    {"argon2",        "memory=7168 time=1", "$argon2id$"     },
    {"bcrypt",        "rounds=4",           "$2b$04$"        },
    {"bcrypt_sha256", "rounds=4",           "$bcrypt-sha256$"},
    {"scrypt",        "cost=6",             "$7$"            },
    {"yescrypt",      "cost=1",             "$y$"            },
    {"pbkdf2_sha512", "rounds=1000",        "$pbkdf2-sha512$"},
    {"pbkdf2_sha256", "rounds=1000",        "$pbkdf2-sha256$"},
    {"sha512_crypt",  "rounds=5000",        "$6$"            },
    {"sha256_crypt",  "rounds=5000",        "$5$"            },
    {"plaintext",     "",                   ""               },
};

#define HASHING_COUNT (sizeof(HASHING) / sizeof(HASHING[0]))

static msa_settings_t settings_of(size_t index, const char *salt)
{
    msa_settings_t settings = msa_settings_default;
    settings.password_hash = HASHING[index].scheme;
    settings.password_hash_options = HASHING[index].options;
    settings.password_salt = salt;
    return settings;
}

static void check_round(size_t index, const char *salt, const char *password)
{
    msa_settings_t settings = settings_of(index, salt);
    const msa_password_policy_t *policy = make_policy(&settings);
    const char *stored = NULL;
    bool is_outdated = true;
    assert_int_equal(msa_password_hash(policy, &env, pool, password, &stored), APR_SUCCESS);
    assert_true(strlen(stored) <= 255);
    if (strlen(password) <= 72)
        assert_int_equal(strncmp(stored, HASHING[index].prefix, strlen(HASHING[index].prefix)), 0);
    if (msa_password_verify(policy, pool, password, stored, &is_outdated) != MSA_PASSWORD_MATCHES)
        fail_msg("%s does not verify its own hash %s", HASHING[index].scheme, stored);
    if (is_outdated)
        fail_msg("%s calls its own new hash outdated", HASHING[index].scheme);
    assert_int_not_equal(
        msa_password_verify(policy, pool, apr_pstrcat(pool, password, "x", NULL), stored, NULL),
        MSA_PASSWORD_MATCHES);
}

static void every_scheme_verifies_what_it_hashed(void **state)
{
    (void)state;
    for (size_t i = 0; i < HASHING_COUNT; i++) {
        check_round(i, NULL, "correct horse");
        check_round(i, "salty", "correct horse");
        check_round(i, NULL, "p\xc3\xa4ssw\xc3\xb6rd");
    }
}

static void every_byte_of_a_long_password_counts(void **state)
{
    char *password = apr_pcalloc(pool, 129);
    (void)state;
    memset(password, 'A', 128);
    for (size_t i = 0; i < HASHING_COUNT; i++) {
        if (strcmp(HASHING[i].scheme, "plaintext") != 0)
            check_round(i, NULL, password);
    }
}

static void the_same_text_in_two_unicode_forms_is_one_password(void **state)
{
    msa_settings_t settings = settings_of(0, NULL);
    const msa_password_policy_t *policy = make_policy(&settings);
    const char *stored = NULL;
    (void)state;
    assert_int_equal(msa_password_hash(policy, &env, pool, "caf\xc3\xa9-secret", &stored),
                     APR_SUCCESS);
    assert_int_equal(msa_password_verify(policy, pool, "cafe\xcc\x81-secret", stored, NULL),
                     MSA_PASSWORD_MATCHES);
}

static void an_old_cut_bcrypt_hash_still_works_and_is_outdated(void **state)
{
    msa_settings_t settings = settings_of(1, NULL);
    const msa_password_policy_t *policy = make_policy(&settings);
    const char *stored = NULL;
    char *exact = apr_pcalloc(pool, 73);
    const char *longer;
    bool is_outdated = false;
    (void)state;
    memset(exact, 'A', 72);
    longer = apr_pstrcat(pool, exact, "BCD", NULL);
    assert_int_equal(msa_password_hash(policy, &env, pool, exact, &stored), APR_SUCCESS);
    assert_int_equal(msa_password_verify(policy, pool, exact, stored, &is_outdated),
                     MSA_PASSWORD_MATCHES);
    assert_false(is_outdated);
    assert_int_equal(msa_password_verify(policy, pool, longer, stored, &is_outdated),
                     MSA_PASSWORD_MATCHES);
    assert_true(is_outdated);
}

static void what_is_no_hash_never_matches(void **state)
{
    static const char *const STORED[] = {"",           "!",          "*",      "garbage",
                                         "password",   "$2b$12$x",   "$6$",    "$argon2id$v=19$",
                                         "{SHA}short", "{MD5}abc",   "$1$a$b", "pbkdf2_sha256$1$$",
                                         "$7$",        "$y$j9T$a$b", "x",      "!$2b$12$"};
    const msa_password_policy_t *policy = make_policy(&msa_settings_default);
    (void)state;
    for (size_t i = 0; i < sizeof(STORED) / sizeof(STORED[0]); i++) {
        assert_int_equal(msa_password_verify(policy, pool, STORED[i], STORED[i], NULL),
                         MSA_PASSWORD_UNKNOWN_FORMAT);
        assert_int_not_equal(msa_password_verify(policy, pool, "", STORED[i], NULL),
                             MSA_PASSWORD_MATCHES);
    }
}

static void no_shortened_hash_matches(void **state)
{
    (void)state;
    for (size_t i = 0; i < HASHING_COUNT - 1; i++) {
        msa_settings_t settings = settings_of(i, NULL);
        const msa_password_policy_t *policy = make_policy(&settings);
        const char *stored = NULL;
        assert_int_equal(msa_password_hash(policy, &env, pool, "correct horse", &stored),
                         APR_SUCCESS);
        for (apr_size_t length = strlen(stored) - 1; length > strlen(stored) - 24; length--) {
            if (msa_password_verify(policy, pool, "correct horse",
                                    apr_pstrmemdup(pool, stored, length),
                                    NULL) == MSA_PASSWORD_MATCHES)
                fail_msg("%s matches when cut to %d", stored, (int)length);
        }
    }
}

static void a_hash_that_asks_for_too_much_work_is_refused(void **state)
{
    static const char *const STORED[] = {
        "$argon2id$v=19$m=4194304,t=2,p=1$c2FsdHNhbHRzYWx0$"
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "$argon2id$v=19$m=19456,t=4000000000,p=1$c2FsdHNhbHRzYWx0$"
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "$2b$31$DBT04u/UbJmtqrhcXj9sruNRWE69EClQSxk5oaXxHhwnUEG.DJIvm",
        "$pbkdf2-sha256$999999999$eO99L8XY25uTkhLi3DsnpA$"
        "DkuCodn6gNiZvjWHkuJ4oZ0Feir3cdmZ4wYpGglmEK0",
        "pbkdf2_sha1$2000000000$yCPLZg0kDRdf$M7m2kYbqRnlOwWA7EXmkTe3kMh0=",
        "$6$rounds=999999999$pe.XW8eVBErrdHLD$S9xvdyC8T1cur9L0w/"
        "1jmIFP2iy9veHIWBLgcQ3p5B0V7sQ0pDuvS7"
        "DvCLcfXGJXVhDPwRRdrmm5g2W6raxsA0",
        "$y$jzT$cccccccccccccccccccccc$ccccccccccccccccccccccccccccccccccccccccccc",
        "$7$zU..../....cccccccccccccc$ccccccccccccccccccccccccccccccccccccccccccc",
    };
    const msa_password_policy_t *policy = make_policy(&msa_settings_default);
    (void)state;
    for (size_t i = 0; i < sizeof(STORED) / sizeof(STORED[0]); i++) {
        if (msa_password_verify(policy, pool, "password", STORED[i], NULL) !=
            MSA_PASSWORD_TOO_COSTLY)
            fail_msg("%s is not refused", STORED[i]);
    }
}

static void weaker_and_foreign_hashes_are_outdated(void **state)
{
    msa_settings_t weak = settings_of(1, NULL), strong = settings_of(1, NULL);
    msa_settings_t other = settings_of(0, NULL), lenient = settings_of(0, NULL);
    const char *stored = NULL;
    bool is_outdated = false;
    (void)state;
    strong.password_hash_options = "rounds=5";
    lenient.deprecated_password_schemes = names("des_crypt");
    assert_int_equal(msa_password_hash(make_policy(&weak), &env, pool, "secret", &stored), 0);
    assert_int_equal(
        msa_password_verify(make_policy(&strong), pool, "secret", stored, &is_outdated),
        MSA_PASSWORD_MATCHES);
    assert_true(is_outdated);
    assert_int_equal(msa_password_verify(make_policy(&other), pool, "secret", stored, &is_outdated),
                     MSA_PASSWORD_MATCHES);
    assert_true(is_outdated);
    assert_int_equal(
        msa_password_verify(make_policy(&lenient), pool, "secret", stored, &is_outdated),
        MSA_PASSWORD_MATCHES);
    assert_false(is_outdated);
}

static void hashes_that_htpasswd_wrote_verify(void **state)
{
    const msa_password_policy_t *policy = make_policy(&msa_settings_default);
    (void)state;
    assert_int_equal(
        msa_password_verify(policy, pool, "password", "{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=", NULL),
        MSA_PASSWORD_MATCHES);
    assert_int_equal(msa_password_verify(policy, pool, "myPassword",
                                         "$apr1$qHDFfhPC$nITSVHgYbDAK1Y0acGRnY0", NULL),
                     MSA_PASSWORD_MATCHES);
}

static void a_wrong_setting_is_told_in_a_sentence(void **state)
{
    static const struct {
        const char *scheme, *options;
    } WRONG[] = {
        {"md5",       ""                },
        {"des_crypt", ""                },
        {"argon2",    "memory=1"        },
        {"argon2",    "speed=9"         },
        {"argon2",    "memory"          },
        {"bcrypt",    "rounds=12x"      },
        {"bcrypt",    "rounds=31"       },
        {"argon2",    "time=99999999999"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(WRONG) / sizeof(WRONG[0]); i++) {
        msa_settings_t settings = msa_settings_default;
        const msa_password_policy_t *policy = NULL;
        const char *error = NULL;
        settings.password_hash = WRONG[i].scheme;
        settings.password_hash_options = WRONG[i].options;
        assert_int_equal(msa_password_policy_make(pool, &settings, &policy, &error), APR_EINVAL);
        assert_non_null(error);
    }
}

static void a_password_that_is_too_long_or_no_text_is_refused_before_hashing(void **state)
{
    const msa_password_policy_t *policy = make_policy(&msa_settings_default);
    char *password = apr_pcalloc(pool, MSA_PASSWORD_BYTES_MAX + 2);
    const char *stored = NULL;
    (void)state;
    memset(password, 'a', MSA_PASSWORD_BYTES_MAX + 1);
    assert_int_equal(msa_password_hash(policy, &env, pool, password, &stored), APR_EINVAL);
    assert_int_equal(msa_password_hash(policy, &env, pool, "\xff\xfe", &stored), APR_EINVAL);
    assert_null(stored);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_vector_of_flask_security_verifies),
        cmocka_unit_test(no_vector_verifies_another_password),
        cmocka_unit_test(every_scheme_verifies_what_it_hashed),
        cmocka_unit_test(every_byte_of_a_long_password_counts),
        cmocka_unit_test(the_same_text_in_two_unicode_forms_is_one_password),
        cmocka_unit_test(an_old_cut_bcrypt_hash_still_works_and_is_outdated),
        cmocka_unit_test(what_is_no_hash_never_matches),
        cmocka_unit_test(no_shortened_hash_matches),
        cmocka_unit_test(a_hash_that_asks_for_too_much_work_is_refused),
        cmocka_unit_test(weaker_and_foreign_hashes_are_outdated),
        cmocka_unit_test(hashes_that_htpasswd_wrote_verify),
        cmocka_unit_test(a_wrong_setting_is_told_in_a_sentence),
        cmocka_unit_test(a_password_that_is_too_long_or_no_text_is_refused_before_hashing),
    };
    int failed;
    apr_initialize();
    failed = cmocka_run_group_tests_name("password", tests, setup, teardown);
    apr_terminate();
    return failed;
}
