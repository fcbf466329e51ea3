/* SPDX-License-Identifier: Apache-2.0 */
#include "../../src/password/password.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>
#include <openssl/rand.h>

#include <apr_escape.h>
#include <apr_general.h>
#include <apr_strings.h>

/** A stored value that nothing matches. */
#define ARGON2(m, t, p)                                                                            \
    "$argon2id$v=19$m=" m ",t=" t ",p=" p                                                          \
    "$c2FsdHNhbHRzYWx0$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

static apr_pool_t *pool;

static apr_status_t fill_random(void *baton, unsigned char *bytes, apr_size_t count)
{
    return !baton && RAND_bytes(bytes, (int)count) == 1 ? APR_SUCCESS : APR_EGENERAL;
}

static const msa_env_t env = {.random = fill_random};

static const msa_password_policy_t *make_policy(const msa_settings_t *settings)
{
    const msa_password_policy_t *policy = NULL;
    const char *error = NULL;
    if (msa_password_policy_make(pool, settings, &policy, &error) != APR_SUCCESS)
        fail_msg("%s", error);
    return policy;
}

static apr_array_header_t *names(const char *name)
{
    apr_array_header_t *list = name ? apr_array_make(pool, 1, sizeof(const char *)) : NULL;
    if (list)
        APR_ARRAY_PUSH(list, const char *) = name;
    return list;
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

static void walk(void (*check)(const json_t *vector, const char *password, const char *stored))
{
    const char *directory = getenv("MSA_TEST_DATA");
    const char *path =
        apr_pstrcat(pool, directory ? directory : "test/unit", "/hash_vectors.json", NULL);
    json_t *file = json_load_file(path, 0, NULL);
    json_t *vector;
    size_t index;
    if (!file)
        fail_msg("cannot read %s", path);
    json_array_foreach(json_object_get(file, "vectors"), index, vector)
    {
        const char *typed = member(vector, "password_typed_utf8_hex");
        char *password = apr_pcalloc(pool, strlen(typed));
        apr_unescape_hex(password, typed, APR_ESCAPE_STRING, 0, NULL);
        check(vector, password, member(vector, "stored"));
    }
    assert_true(index > 100);
    json_decref(file);
}

static void check_vector(const json_t *vector, const char *password, const char *stored)
{
    const msa_password_policy_t *policy = policy_of(vector);
    const char *wrong = apr_pstrcat(pool, "x", password, NULL);
    if (msa_password_verify(policy, pool, password, stored, NULL) != MSA_PASSWORD_MATCHES ||
        msa_password_verify(policy, pool, wrong, stored, NULL) != MSA_PASSWORD_DIFFERS)
        fail_msg("%s %s", member(vector, "scheme"), member(vector, "password_id"));
}

static void every_vector_of_flask_security_verifies_its_password_only(void **state)
{
    (void)state;
    walk(check_vector);
}

static void check_cuts(const json_t *vector, const char *password, const char *stored)
{
    const msa_password_policy_t *policy = policy_of(vector);
    for (apr_size_t length = 0; length < strlen(stored); length++) {
        const char *cut = apr_pstrmemdup(pool, stored, length);
        msa_password_result_t result = msa_password_verify(policy, pool, password, cut, NULL);
        if (result != MSA_PASSWORD_DIFFERS && result != MSA_PASSWORD_UNKNOWN_FORMAT)
            fail_msg("%s cut to %d: %d", stored, (int)length, (int)result);
    }
}

static void no_vector_matches_when_cut_anywhere(void **state)
{
    (void)state;
    walk(check_cuts);
}

static void check_default(const json_t *vector, const char *password, const char *stored)
{
    const char *scheme = member(vector, "scheme");
    bool is_listed = strncmp(scheme, "django", 6) == 0 || strcmp(scheme, "plaintext") == 0;
    bool is_double = json_is_true(json_object_get(vector, "double_hash"));
    msa_settings_t settings = msa_settings_default;
    settings.password_salt = member(vector, "security_password_salt");
    if (strcmp(scheme, "plaintext") == 0)
        settings.password_schemes = names(scheme);
    if ((msa_password_verify(make_policy(&settings), pool, password, stored, NULL) ==
         MSA_PASSWORD_MATCHES) != (is_listed != is_double))
        fail_msg("%s %s", scheme, member(vector, "password_id"));
}

static void the_default_list_decides_which_schemes_hash_once(void **state)
{
    (void)state;
    walk(check_default);
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

static msa_password_result_t verify(const msa_settings_t *settings, const char *password,
                                    const char *stored)
{
    return msa_password_verify(make_policy(settings), pool, password, stored, NULL);
}

static void check_round(size_t index, const char *salt, const char *password)
{
    msa_settings_t settings = settings_of(index, salt);
    const msa_password_policy_t *policy = make_policy(&settings);
    const char *stored = NULL;
    char *other = apr_pstrdup(pool, password);
    bool is_outdated = true;
    assert_int_equal(msa_password_hash(policy, &env, pool, password, &stored), APR_SUCCESS);
    assert_true(strlen(stored) <= 255);
    if (strlen(password) < 72)
        assert_int_equal(strncmp(stored, HASHING[index].prefix, strlen(HASHING[index].prefix)), 0);
    if (msa_password_verify(policy, pool, password, stored, &is_outdated) != MSA_PASSWORD_MATCHES ||
        is_outdated)
        fail_msg("%s does not know its own hash %s", HASHING[index].scheme, stored);
    other[strlen(other) - 1] ^= 1;
    assert_int_equal(verify(&settings, other, stored), MSA_PASSWORD_DIFFERS);
    other = apr_pstrcat(pool, password, "x", NULL);
    assert_int_equal(verify(&settings, other, stored), MSA_PASSWORD_DIFFERS);
}

static void every_scheme_verifies_what_it_hashed(void **state)
{
    (void)state;
    for (size_t i = 0; i < HASHING_COUNT; i++) {
        check_round(i, NULL, "correct horse");
        check_round(i, "salty", "correct horse");
        check_round(i, NULL, "p\xc3\xa4ssw\xc3\xb6rd!");
    }
}

static void every_byte_of_a_long_password_counts(void **state)
{
    static const apr_size_t LENGTHS[] = {71, 72, 73, 511, 512};
    (void)state;
    for (size_t i = 0; i < sizeof(LENGTHS) / sizeof(LENGTHS[0]); i++) {
        char *password = apr_pcalloc(pool, LENGTHS[i] + 1);
        memset(password, 'A', LENGTHS[i]);
        for (size_t k = 0; k < HASHING_COUNT; k++)
            check_round(k, NULL, password);
    }
}

static void every_password_can_be_kept_as_plain_text(void **state)
{
    static const char *const PASSWORDS[] = {
        "abcdefghijklm",
        "$ecret word",
        "{brace} word",
        "pbkdf2_sha1$1000$yCPLZg0kDRdf$M7m2kYbqRnlOwWA7EXmkTe3kMh0=",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(PASSWORDS) / sizeof(PASSWORDS[0]); i++)
        check_round(HASHING_COUNT - 1, NULL, PASSWORDS[i]);
}

static bool is_outdated_under(const msa_settings_t *settings, const char *password,
                              const char *stored)
{
    bool is_outdated = false;
    const msa_password_policy_t *policy = make_policy(settings);
    assert_int_equal(msa_password_verify(policy, pool, password, stored, &is_outdated),
                     MSA_PASSWORD_MATCHES);
    return is_outdated;
}

static void an_old_cut_bcrypt_hash_still_works_and_is_outdated(void **state)
{
    static const char CUT[] = "$2b$04$5Hg1DKFqPE8C2aflZ5vVoeciYCN/f4jeF2gyyKMSI.xZIwMy4jZYe";
    static const apr_size_t LENGTHS[] = {72, 73, 511, 512, 4096};
    msa_settings_t settings = settings_of(1, NULL);
    char *password = apr_pcalloc(pool, 4097);
    (void)state;
    memset(password, 'A', 71);
    assert_int_equal(verify(&settings, password, CUT), MSA_PASSWORD_DIFFERS);
    for (size_t i = 0; i < sizeof(LENGTHS) / sizeof(LENGTHS[0]); i++) {
        memset(password, 'A', LENGTHS[i]);
        assert_true(is_outdated_under(&settings, password, CUT));
    }
    password[71] = 'B';
    assert_int_equal(verify(&settings, password, CUT), MSA_PASSWORD_DIFFERS);
}

/** Hashes of `password` by other programs (crypt(3), hashlib, passlib's manual, openssl). */
static const char *const FOREIGN[] = {
    "$2a$05$5Hg1DKFqPE8C2aflZ5vVoeB54gKXYF1ZLb8D51wAYKR.9/mug.FEW",
    "$2y$05$5Hg1DKFqPE8C2aflZ5vVoeB54gKXYF1ZLb8D51wAYKR.9/mug.FEW",
    "$bcrypt-sha256$2a,8$UE3dIZ.0I6XZtA/LdMrrle$Ag04/5zYu./12.OSqInXZnJ.WZoh1ua",
    "$bcrypt-sha256$2b,5$5Hg1DKFqPE8C2aflZ5vVoe$12BjNE0p7axMg55.Y/mHsYiVuFBDQyu",
    "$scrypt$ln=10,r=8,p=1$c2FsdHNhbHRzYWx0c2FsdA$BVMRKqdiVYikKAaPR1wucsKUKvw4TuPLkdEYtoSHas4",
    "$7$8U..../....saltsaltsalt$Sw6kuFXjhcCcqwhelQiw/30BZrCuhOttpjYG9XJDl69",
    "$y$j75$saltsaltsalt$EJVmvLaWqQibNwAKXpgavjVqkjgw4EyKMKuwMa4X504",
    "$5$rounds=1000$saltsalt$azOwbpkvuuBKkE82dQPwTsQE8JyT9Fflpr9aKid3aT9",
    "$apr1$abcdefgh$FBwExRW4dCc8aL.OvjpIE1",
    "{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=",
};

#define FOREIGN_COUNT (sizeof(FOREIGN) / sizeof(FOREIGN[0]))

static void what_other_programs_stored_verifies(void **state)
{
    const msa_settings_t *settings = &msa_settings_default;
    char *very_long = apr_pcalloc(pool, 3001); /* crypt(3) itself fails above 511 */
    (void)state;
    memset(very_long, 'p', 3000);
    for (size_t i = 0; i < FOREIGN_COUNT; i++) {
        if (verify(settings, "password", FOREIGN[i]) != MSA_PASSWORD_MATCHES)
            fail_msg("%s does not verify", FOREIGN[i]);
        assert_int_equal(verify(settings, "Password", FOREIGN[i]), MSA_PASSWORD_DIFFERS);
        assert_int_equal(verify(settings, very_long, FOREIGN[i]), MSA_PASSWORD_DIFFERS);
        for (apr_size_t length = 0; length < strlen(FOREIGN[i]); length++)
            assert_int_equal(verify(settings, "password", apr_pstrmemdup(pool, FOREIGN[i], length)),
                             MSA_PASSWORD_UNKNOWN_FORMAT);
    }
}

static void what_is_not_a_hash_never_matches(void **state)
{
    static const char *const STORED[] = {"",           "!",          "*",      "garbage",
                                         "password",   "$2b$12$x",   "$6$",    "$argon2id$v=19$",
                                         "{SHA}short", "{MD5}abc",   "$1$a$b", "pbkdf2_sha256$1$$",
                                         "$7$",        "$y$j9T$a$b", "x",      "!$2b$12$",
                                         "\xff\xfe",   "$",          "{SHA}",  "$scrypt$ln=1"};
    const msa_settings_t *settings = &msa_settings_default;
    (void)state;
    for (size_t i = 0; i < sizeof(STORED) / sizeof(STORED[0]); i++) {
        assert_int_equal(verify(settings, STORED[i], STORED[i]), MSA_PASSWORD_UNKNOWN_FORMAT);
        assert_int_equal(verify(settings, "", STORED[i]), MSA_PASSWORD_UNKNOWN_FORMAT);
    }
}

static void a_hash_that_asks_for_too_much_work_is_refused(void **state)
{
    static const char *const STORED[] = {
        ARGON2("4194304", "2", "1"),
        ARGON2("19456", "4000000000", "1"),
        "$2b$31$DBT04u/UbJmtqrhcXj9sruNRWE69EClQSxk5oaXxHhwnUEG.DJIvm",
        "$pbkdf2-sha256$999999999$eO99$DkuCodn6gNiZvjWHkuJ4oZ0Feir3cdmZ4wYpGglmEK0",
        "pbkdf2_sha1$2000000000$yCPLZg0kDRdf$M7m2kYbqRnlOwWA7EXmkTe3kMh0=",
        "$5$rounds=999999999$saltsalt$axJXjwcn4bmNcBpP43PYdyDHz2FTFOG/Y8lztmG5Os8",
        "$y$jzT$cccccccccccccccccccccc$ccccccccccccccccccccccccccccccccccccccccccc",
        "$7$zU..../....cccccccccccccc$ccccccccccccccccccccccccccccccccccccccccccc",
        "$scrypt$ln=30,r=8,p=1$c2FsdHNhbHRzYWx0c2FsdA$BVMRKqdiVYikKAaPR1wucsKUKvw4TuPLkdEYtoSHas4",
        "$scrypt$ln=17,r=8,p=99$c2FsdHNhbHRzYWx0c2FsdA$BVMRKqdiVYikKAaPR1wucsKUKvw4TuPLkdEYtoSHas4",
        "$bcrypt-sha256$v=2,t=2b,r=16$z6ONkkly3y6tGeXK9Kxy6O$cALHGZl5fpDiE.ALkbPwYNdy6NGfxEi",
        "bcrypt_sha256$$2b$20$cwk/pzKJLWcml2YTu3kCDOvCglHtlOBZfwjbO0NgPKiD8fdag2Jrm",
        "argon2$argon2i$v=19$m=102400,t=11,p=8$5NxbK+W8d46RMibkPAdASA$5ZBWJGaDZ4PABnS/PqZ8/w",
        ARGON2("19456", "2", "17"),
    };
    (void)state;
    for (size_t i = 0; i < sizeof(STORED) / sizeof(STORED[0]); i++)
        assert_int_equal(verify(&msa_settings_default, "a", STORED[i]), MSA_PASSWORD_TOO_COSTLY);
}

static void a_weaker_hash_is_outdated_and_a_stronger_is_not(void **state)
{
    static const struct {
        const char *scheme, *weak, *strong;
    } COSTS[] = {
        {"argon2",        "memory=7168 time=1",         "argon2 memory=8192 time=1" },
        {"argon2",        "memory=7168 time=1",         "memory=7168 time=2"        },
        {"argon2",        "memory=7168 time=1 lanes=1", "memory=7168 time=1 lanes=2"},
        {"bcrypt",        "rounds=4",                   "rounds=5"                  },
        {"bcrypt_sha256", "rounds=4",                   "rounds=5"                  },
        {"scrypt",        "cost=6",                     "cost=7"                    },
        {"yescrypt",      "cost=1",                     "cost=2"                    },
        {"pbkdf2_sha512", "rounds=1000",                "rounds=1001"               },
        {"sha512_crypt",  "rounds=5000",                "rounds=5001"               },
    };
    char *password = apr_pcalloc(pool, 74);
    (void)state;
    memset(password, 'A', 73); /* bcrypt stores it in another way, which must not hide its cost */
    for (size_t i = 0; i < sizeof(COSTS) / sizeof(COSTS[0]); i++) {
        msa_settings_t weak = msa_settings_default, strong;
        const char *low = NULL, *high = NULL;
        weak.password_hash = COSTS[i].scheme;
        strong = weak;
        weak.password_hash_options = COSTS[i].weak;
        strong.password_hash_options = COSTS[i].strong;
        assert_int_equal(msa_password_hash(make_policy(&weak), &env, pool, password, &low), 0);
        assert_int_equal(msa_password_hash(make_policy(&strong), &env, pool, password, &high), 0);
        if (!is_outdated_under(&strong, password, low) || is_outdated_under(&weak, password, high))
            fail_msg("%s %s", COSTS[i].scheme, COSTS[i].strong);
    }
}

static void another_or_deprecated_scheme_is_outdated(void **state)
{
    msa_settings_t bcrypt = settings_of(1, NULL), argon2 = settings_of(0, NULL);
    msa_settings_t lenient = argon2, strict = argon2;
    const char *stored = NULL;
    bool is_outdated = false;
    (void)state;
    lenient.deprecated_password_schemes = names("des_crypt");
    strict.deprecated_password_schemes = names("bcrypt");
    assert_int_equal(msa_password_hash(make_policy(&bcrypt), &env, pool, "secret", &stored), 0);
    assert_true(is_outdated_under(&argon2, "secret", stored));
    assert_false(is_outdated_under(&lenient, "secret", stored));
    assert_true(is_outdated_under(&strict, "secret", stored));
    msa_password_verify(make_policy(&argon2), pool, "wrong", stored, &is_outdated);
    assert_true(is_outdated);
}

static void only_accepted_schemes_match(void **state)
{
    static const char *const MARKS[] = {"", "!", "*", "{SHA}"};
    msa_settings_t settings = msa_settings_default;
    (void)state;
    assert_int_equal(verify(&settings, "password", "password"), MSA_PASSWORD_UNKNOWN_FORMAT);
    settings.password_schemes = names("pbkdf2_sha256");
    for (size_t i = 0; i < FOREIGN_COUNT; i++)
        assert_int_equal(verify(&settings, "password", FOREIGN[i]), MSA_PASSWORD_UNKNOWN_FORMAT);
    settings.password_schemes = names("plaintext");
    assert_int_equal(verify(&settings, "password", "password"), MSA_PASSWORD_MATCHES);
    for (size_t i = 0; i < FOREIGN_COUNT; i++)
        assert_int_equal(verify(&settings, FOREIGN[i], FOREIGN[i]), MSA_PASSWORD_UNKNOWN_FORMAT);
    for (size_t i = 0; i < sizeof(MARKS) / sizeof(MARKS[0]); i++)
        assert_int_equal(verify(&settings, MARKS[i], MARKS[i]), MSA_PASSWORD_UNKNOWN_FORMAT);
}

static void nothing_is_stored_without_randomness(void **state)
{
    const msa_env_t broken = {.random = fill_random, .baton = pool};
    (void)state;
    for (size_t i = 0; i < HASHING_COUNT - 1; i++) {
        msa_settings_t settings = settings_of(i, NULL);
        const msa_password_policy_t *policy = make_policy(&settings);
        const char *stored = NULL;
        assert_int_not_equal(msa_password_hash(policy, &broken, pool, "secret", &stored), 0);
        assert_null(stored);
    }
}

/* Memory that is resident and that a system short of it cannot take back. */
static long held_mebibytes(void)
{
    char line[200];
    long resident = 0, lent = 0;
    FILE *file = fopen("/proc/self/smaps_rollup", "r");
    while (fgets(line, sizeof(line), file))
        (void)(sscanf(line, "Rss: %ld", &resident) || sscanf(line, "LazyFree: %ld", &lent));
    fclose(file);
    return (resident - lent) / 1024;
}

static void the_memory_of_a_costly_hash_is_given_back(void **state)
{
    static const char *const STORED[] = {ARGON2("262144", "1", "1"), ARGON2("19456", "1", "1")};
    (void)state;
    for (int i = 0; i < 2; i++) {
        long before = held_mebibytes();
        assert_int_equal(verify(&msa_settings_default, "x", STORED[i]), MSA_PASSWORD_DIFFERS);
        assert_true(held_mebibytes() < before + 8);
    }
}

static void an_invalid_setting_is_named_in_the_error(void **state)
{
    static const struct {
        const char *scheme, *options, *salt, *accepted, *deprecated, *single;
    } WRONG[] = {
        {"md5",       "",                 NULL, NULL,   NULL,     NULL  },
        {"des_crypt", "",                 NULL, NULL,   NULL,     NULL  },
        {"argon2",    "memory=1",         NULL, NULL,   NULL,     NULL  },
        {"argon2",    "speed=9",          NULL, NULL,   NULL,     NULL  },
        {"bcrypt",    "rounds=12x",       NULL, NULL,   NULL,     NULL  },
        {"bcrypt",    "rounds=31",        NULL, NULL,   NULL,     NULL  },
        {"argon2",    "time=99999999999", NULL, NULL,   NULL,     NULL  },
        {"argon2",    "",                 "",   NULL,   NULL,     NULL  },
        {"argon2",    "",                 NULL, "auto", NULL,     NULL  },
        {"argon2",    "",                 NULL, NULL,   "md5",    NULL  },
        {"argon2",    "",                 NULL, NULL,   "argon2", NULL  },
        {"argon2",    "",                 NULL, NULL,   NULL,     "auto"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(WRONG) / sizeof(WRONG[0]); i++) {
        msa_settings_t settings = msa_settings_default;
        const msa_password_policy_t *policy = NULL;
        const char *error = NULL;
        settings.password_hash = WRONG[i].scheme;
        settings.password_hash_options = WRONG[i].options;
        settings.password_salt = WRONG[i].salt;
        settings.password_schemes = names(WRONG[i].accepted);
        settings.deprecated_password_schemes = names(WRONG[i].deprecated);
        settings.password_single_hash = names(WRONG[i].single);
        assert_int_equal(msa_password_policy_make(pool, &settings, &policy, &error), APR_EINVAL);
        assert_true(error && strncmp(error, "Security", strlen("Security")) == 0);
        assert_null(policy);
    }
}

static void a_password_that_is_too_long_or_not_text_is_refused_before_hashing(void **state)
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
        cmocka_unit_test(every_vector_of_flask_security_verifies_its_password_only),
        cmocka_unit_test(no_vector_matches_when_cut_anywhere),
        cmocka_unit_test(the_default_list_decides_which_schemes_hash_once),
        cmocka_unit_test(every_scheme_verifies_what_it_hashed),
        cmocka_unit_test(every_byte_of_a_long_password_counts),
        cmocka_unit_test(every_password_can_be_kept_as_plain_text),
        cmocka_unit_test(an_old_cut_bcrypt_hash_still_works_and_is_outdated),
        cmocka_unit_test(what_other_programs_stored_verifies),
        cmocka_unit_test(what_is_not_a_hash_never_matches),
        cmocka_unit_test(a_hash_that_asks_for_too_much_work_is_refused),
        cmocka_unit_test(a_weaker_hash_is_outdated_and_a_stronger_is_not),
        cmocka_unit_test(another_or_deprecated_scheme_is_outdated),
        cmocka_unit_test(only_accepted_schemes_match),
        cmocka_unit_test(nothing_is_stored_without_randomness),
        cmocka_unit_test(the_memory_of_a_costly_hash_is_given_back),
        cmocka_unit_test(an_invalid_setting_is_named_in_the_error),
        cmocka_unit_test(a_password_that_is_too_long_or_not_text_is_refused_before_hashing),
    };
    apr_initialize();
    atexit(apr_terminate);
    apr_pool_create(&pool, NULL);
    return cmocka_run_group_tests_name("password", tests, NULL, NULL);
}
