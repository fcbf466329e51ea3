/* SPDX-License-Identifier: Apache-2.0 */
#include "../../src/base/digest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <apr_strings.h>

#include "pool.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const char *hex(void **state, const unsigned char *bytes, apr_size_t length)
{
    return msa_digest_hex(*state, bytes, length);
}

/* FIPS 180-4 examples. */
static void sha256_is_sha256(void **state)
{
    unsigned char digest[MSA_DIGEST_SIZE];
    msa_digest_sha256("abc", 3, digest);
    assert_string_equal(hex(state, digest, sizeof(digest)),
                        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    msa_digest_sha256("", 0, digest);
    assert_string_equal(hex(state, digest, sizeof(digest)),
                        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

/* RFC 4231 test case 2. */
static void hmac_is_hmac(void **state)
{
    static const char DATA[] = "what do ya want for nothing?";
    unsigned char digest[64];
    msa_digest_hmac_sha256("Jefe", 4, DATA, strlen(DATA), digest);
    assert_string_equal(hex(state, digest, MSA_DIGEST_SIZE),
                        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    msa_digest_hmac_sha512("Jefe", 4, DATA, strlen(DATA), digest);
    assert_string_equal(hex(state, digest, 64),
                        "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
                        "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737");
}

/* RFC 4231 test case 6. */
static void a_key_longer_than_a_block_is_hashed_first(void **state)
{
    static const char DATA[] = "Test Using Larger Than Block-Size Key - Hash Key First";
    unsigned char key[131], digest[64];
    memset(key, 0xaa, sizeof(key));
    msa_digest_hmac_sha256(key, sizeof(key), DATA, strlen(DATA), digest);
    assert_string_equal(hex(state, digest, MSA_DIGEST_SIZE),
                        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    msa_digest_hmac_sha512(key, sizeof(key), DATA, strlen(DATA), digest);
    assert_string_equal(hex(state, digest, 64),
                        "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352"
                        "6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598");
}

static void an_empty_key_is_a_key(void **state)
{
    unsigned char digest[MSA_DIGEST_SIZE];
    msa_digest_hmac_sha256("", 0, "", 0, digest);
    assert_string_equal(hex(state, digest, sizeof(digest)),
                        "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

static void every_byte_counts_for_equality(void **state)
{
    (void)state;
    assert_true(msa_digest_equal("abc", "abc", 3));
    assert_true(msa_digest_equal("abc", "abd", 2));
    assert_false(msa_digest_equal("abc", "abd", 3));
    assert_false(msa_digest_equal("xbc", "abc", 3));
    assert_false(msa_digest_equal("a\0b", "a\0c", 3));
    assert_true(msa_digest_equal("", "", 0));
}

static void wiped_memory_is_empty(void **state)
{
    char memory[] = "secret";
    (void)state;
    msa_digest_wipe(memory, sizeof(memory));
    for (size_t i = 0; i < sizeof(memory); i++)
        assert_int_equal(memory[i], 0);
}

static void hexadecimal_is_read_back(void **state)
{
    unsigned char digest[MSA_DIGEST_SIZE], read[MSA_DIGEST_SIZE];
    const char *text;
    msa_digest_sha256("abc", 3, digest);
    text = hex(state, digest, sizeof(digest));
    assert_true(msa_digest_from_hex(text, read));
    assert_memory_equal(read, digest, sizeof(digest));
    assert_true(msa_digest_from_hex(
        "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD", read));
    assert_memory_equal(read, digest, sizeof(digest));
}

static void what_is_not_a_digest_is_not_read(void **state)
{
    unsigned char read[MSA_DIGEST_SIZE] = {7};
    const char *digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_false(msa_digest_from_hex(NULL, read));
    assert_false(msa_digest_from_hex("", read));
    assert_false(msa_digest_from_hex(digest + 1, read));
    assert_false(msa_digest_from_hex(apr_pstrcat(*state, digest, "0", NULL), read));
    assert_false(msa_digest_from_hex(apr_pstrcat(*state, "g", digest + 1, NULL), read));
    assert_int_equal(read[0], 7);
}

/* RFC 4648 section 10, without padding. */
static void base64url_has_one_spelling(void **state)
{
    static const char *const PAIRS[][2] = {
        {"",             ""        },
        {"f",            "Zg"      },
        {"fo",           "Zm8"     },
        {"foo",          "Zm9v"    },
        {"foob",         "Zm9vYg"  },
        {"fooba",        "Zm9vYmE" },
        {"foobar",       "Zm9vYmFy"},
        {"\xfb\xff\xbf", "-_-_"    },
    };
    for (size_t i = 0; i < COUNT(PAIRS); i++) {
        const char *bytes = PAIRS[i][0], *text = PAIRS[i][1];
        unsigned char *read;
        apr_size_t length;
        assert_string_equal(
            msa_digest_base64url(*state, (const unsigned char *)bytes, strlen(bytes)), text);
        assert_int_equal(msa_digest_from_base64url(*state, text, strlen(text), &read, &length),
                         APR_SUCCESS);
        assert_int_equal(length, strlen(bytes));
        assert_memory_equal(read, bytes, length);
    }
}

static void malformed_base64url_is_refused(void **state)
{
    static const char *const OTHERS[] = {"Z",    "Zg==", "Zh",  "Zm9",     "Zm9vZ",
                                         "+/+/", "Zg\n", "Z g", "Zm9v\xff"};
    for (size_t i = 0; i < COUNT(OTHERS); i++) {
        unsigned char *read;
        apr_size_t length;
        if (msa_digest_from_base64url(*state, OTHERS[i], strlen(OTHERS[i]), &read, &length) !=
            APR_EINVAL)
            fail_msg("%s was read", OTHERS[i]);
    }
    assert_int_equal(msa_digest_from_base64url(*state, "Zm9v\0Zg", 7, &(unsigned char *){NULL},
                                               &(apr_size_t){0}),
                     APR_EINVAL);
}

static apr_status_t count_up(void *baton, unsigned char *bytes, apr_size_t count)
{
    unsigned char *next = baton;
    for (apr_size_t i = 0; i < count; i++)
        bytes[i] = (*next)++;
    return APR_SUCCESS;
}

static apr_status_t fail_random(void *baton, unsigned char *bytes, apr_size_t count)
{
    (void)baton;
    memset(bytes, 0, count);
    return APR_EGENERAL;
}

static void secrets_are_256_random_bits(void **state)
{
    unsigned char next = 0, *bytes;
    const msa_env_t env = {.baton = &next, .random = count_up};
    const char *first = msa_digest_secret(&env, *state), *second = msa_digest_secret(&env, *state);
    apr_size_t length;
    assert_int_equal(strlen(first), MSA_SECRET_LENGTH);
    assert_true(msa_digest_is_secret(first, strlen(first)));
    assert_string_not_equal(first, second);
    assert_int_equal(msa_digest_from_base64url(*state, first, strlen(first), &bytes, &length),
                     APR_SUCCESS);
    assert_int_equal(length, MSA_SECRET_BYTES);
    assert_int_equal(bytes[31], 31);
}

static void without_randomness_there_is_no_secret(void **state)
{
    const msa_env_t env = {.random = fail_random};
    assert_null(msa_digest_secret(&env, *state));
}

static void what_is_not_a_secret_is_recognised_by_its_shape(void **state)
{
    static const char SECRET[] = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
    (void)state;
    assert_true(msa_digest_is_secret(SECRET, 43));
    assert_false(msa_digest_is_secret(SECRET, 42));
    assert_false(msa_digest_is_secret("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", 44));
    assert_false(msa_digest_is_secret("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh+", 43));
    assert_false(msa_digest_is_secret("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh\0", 43));
    assert_false(msa_digest_is_secret("", 0));
}

static void no_text_is_mistaken_for_another_kind_or_for_two(void **state)
{
    static const char *const TEXTS[][4] = {
        {"mail",       "ann"},
        {"mailann"           },
        {"mail", "ann", ""},
        {"mail",       "", "ann"},
        {"name",            "mail\nann"},
        {"name\nmail",    "ann"},
        {"mail\nann"           },
        {""},
        {"", ""},
        {NULL           },
    };
    unsigned char digests[2 * COUNT(TEXTS)][MSA_DIGEST_SIZE];
    unsigned char key[MSA_DIGEST_SIZE] = {7};
    (void)state;
    for (size_t i = 0; i < COUNT(TEXTS); i++) {
        msa_digest_texts(NULL, TEXTS[i], digests[2 * i]);
        msa_digest_texts(key, TEXTS[i], digests[2 * i + 1]);
    }
    for (size_t i = 0; i < COUNT(digests); i++) {
        for (size_t j = 0; j < i; j++)
            assert_memory_not_equal(digests[i], digests[j], MSA_DIGEST_SIZE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(sha256_is_sha256, pool_setup, pool_teardown),
        cmocka_unit_test_setup_teardown(hmac_is_hmac, pool_setup, pool_teardown),
        cmocka_unit_test_setup_teardown(a_key_longer_than_a_block_is_hashed_first, pool_setup,
                                        pool_teardown),
        cmocka_unit_test_setup_teardown(an_empty_key_is_a_key, pool_setup, pool_teardown),
        cmocka_unit_test_setup_teardown(no_text_is_mistaken_for_another_kind_or_for_two, pool_setup,
                                        pool_teardown),
        cmocka_unit_test_setup_teardown(every_byte_counts_for_equality, pool_setup, pool_teardown),
        cmocka_unit_test_setup_teardown(wiped_memory_is_empty, pool_setup, pool_teardown),
        cmocka_unit_test_setup_teardown(hexadecimal_is_read_back, pool_setup, pool_teardown),
        cmocka_unit_test_setup_teardown(what_is_not_a_digest_is_not_read, pool_setup,
                                        pool_teardown),
        cmocka_unit_test_setup_teardown(base64url_has_one_spelling, pool_setup, pool_teardown),
        cmocka_unit_test_setup_teardown(malformed_base64url_is_refused, pool_setup, pool_teardown),
        cmocka_unit_test_setup_teardown(secrets_are_256_random_bits, pool_setup, pool_teardown),
        cmocka_unit_test_setup_teardown(without_randomness_there_is_no_secret, pool_setup,
                                        pool_teardown),
        cmocka_unit_test_setup_teardown(what_is_not_a_secret_is_recognised_by_its_shape, pool_setup,
                                        pool_teardown),
    };
    return cmocka_run_group_tests_name("digest", tests, pool_group_setup, pool_group_teardown);
}
