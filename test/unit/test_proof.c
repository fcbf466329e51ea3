/* SPDX-License-Identifier: Apache-2.0 */
#include "../../src/wire/methods.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "pool.h"

static const unsigned char KEY[MSA_DIGEST_SIZE] = {1, 2, 3};
static const unsigned char SITE[MSA_SITE_SIZE] = {4, 5, 6};

/** A key that was made. */
typedef struct made_t {
    unsigned char bytes[MSA_TABLE_KEY];
} made_t;

static made_t make(apr_pool_t *pool, const unsigned char *key, const unsigned char *site,
                   const msa_proof_t *proof)
{
    made_t made;
    msa_proof_key(pool, key, site, proof, made.bytes);
    return made;
}

static bool is_same(made_t a, made_t b)
{
    return memcmp(a.bytes, b.bytes, sizeof(a.bytes)) == 0;
}

static msa_proof_t proof_of(msa_proof_kind_t kind, const char *value, const char *password)
{
    return (msa_proof_t){kind, value, strlen(value), password};
}

static void a_proof_has_one_key_for_as_long_as_its_secret(void **state)
{
    unsigned char other_key[MSA_DIGEST_SIZE] = {1, 2, 4};
    msa_proof_t proof = proof_of(MSA_PROOF_SECRET, "secret", NULL);
    made_t made = make(*state, KEY, SITE, &proof);
    assert_true(is_same(made, make(*state, KEY, SITE, &proof)));
    assert_false(is_same(made, make(*state, other_key, SITE, &proof)));
}

static void what_one_site_knows_another_does_not(void **state)
{
    unsigned char other_site[MSA_SITE_SIZE] = {4, 5, 7};
    msa_proof_t proof = proof_of(MSA_PROOF_SECRET, "secret", NULL);
    assert_false(is_same(make(*state, KEY, SITE, &proof), make(*state, KEY, other_site, &proof)));
}

/* The same bytes, divided in another way or of another kind, and with a byte more or less. */
static void no_two_proofs_have_one_key(void **state)
{
    const msa_proof_t proofs[] = {
        proof_of(MSA_PROOF_SECRET, "ab", NULL),      proof_of(MSA_PROOF_BASIC, "ab", NULL),
        proof_of(MSA_PROOF_NAME, "ab", NULL),        proof_of(MSA_PROOF_PASSWORD, "ab", ""),
        proof_of(MSA_PROOF_PASSWORD, "a", "b"),      proof_of(MSA_PROOF_PASSWORD, "", "ab"),
        proof_of(MSA_PROOF_FLASK_TOKEN, "ab", NULL), proof_of(MSA_PROOF_FLASK_SESSION, "ab", NULL),
        proof_of(MSA_PROOF_SECRET, "abc", NULL),     proof_of(MSA_PROOF_SECRET, "a", NULL),
        proof_of(MSA_PROOF_SECRET, "", NULL),
    };
    for (size_t i = 0; i < sizeof(proofs) / sizeof(proofs[0]); i++) {
        for (size_t j = 0; j < i; j++)
            assert_false(
                is_same(make(*state, KEY, SITE, &proofs[i]), make(*state, KEY, SITE, &proofs[j])));
    }
}

/* Only so many bytes of it count, whatever follows them in the header. */
static void a_proof_ends_where_it_says(void **state)
{
    msa_proof_t first = {.kind = MSA_PROOF_SECRET, .value = "secret; more", .length = 6};
    msa_proof_t second = proof_of(MSA_PROOF_SECRET, "secret", NULL);
    assert_true(is_same(make(*state, KEY, SITE, &first), make(*state, KEY, SITE, &second)));
}

static void a_basic_header_that_cannot_be_read_is_not_worth_a_question(void **state)
{
    static const char *const HEADERS[] = {"Basic YQ==", "Basic w2E6Yg==", "Basic a:b", "Basic "};
    msa_proof_t proof = proof_of(MSA_PROOF_BASIC, "Basic YTpi", NULL);
    assert_true(msa_proof_is_readable(*state, &proof));
    for (size_t i = 0; i < sizeof(HEADERS) / sizeof(HEADERS[0]); i++) {
        proof = proof_of(MSA_PROOF_BASIC, HEADERS[i], NULL);
        assert_false(msa_proof_is_readable(*state, &proof));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_proof_has_one_key_for_as_long_as_its_secret, pool_setup,
                                        pool_teardown),
        cmocka_unit_test_setup_teardown(what_one_site_knows_another_does_not, pool_setup,
                                        pool_teardown),
        cmocka_unit_test_setup_teardown(no_two_proofs_have_one_key, pool_setup, pool_teardown),
        cmocka_unit_test_setup_teardown(a_proof_ends_where_it_says, pool_setup, pool_teardown),
        cmocka_unit_test_setup_teardown(a_basic_header_that_cannot_be_read_is_not_worth_a_question,
                                        pool_setup, pool_teardown),
    };
    return cmocka_run_group_tests(tests, pool_group_setup, pool_group_teardown);
}
