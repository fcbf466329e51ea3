/* SPDX-License-Identifier: Apache-2.0 */
#include "../../src/flask/flask.h"

#include "../../src/flask/itsdangerous.h"
#include "pool.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <apr_strings.h>

/**
 * What Flask, Flask-Login and itsdangerous made from known payloads: test/unit/token_vectors.json
 */
typedef struct vector_t {
    const char *name, *kind, *key, *salt, *token;
    const json_t *payload;
    apr_time_t signed_at;
} vector_t;

static const char *member(const json_t *vector, const char *name)
{
    return json_string_value(json_object_get(vector, name));
}

static void walk(apr_pool_t *pool, void (*check)(apr_pool_t *pool, const vector_t *vector))
{
    const char *directory = getenv("MSA_TEST_DATA");
    const char *path =
        apr_pstrcat(pool, directory ? directory : "test/unit", "/token_vectors.json", NULL);
    json_t *file = json_load_file(path, 0, NULL);
    const json_t *entry;
    size_t index;
    assert_true(json_array_size(file) > 30);
    json_array_foreach(file, index, entry)
    {
        vector_t vector = {
            member(entry, "name"),
            member(entry, "kind"),
            member(entry, "secret_key"),
            member(entry, "salt"),
            member(entry, "token"),
            json_object_get(entry, "payload"),
            apr_time_from_sec(json_integer_value(json_object_get(entry, "timestamp")))};
        check(pool, &vector);
    }
    json_decref(file);
}

static apr_status_t verify(apr_pool_t *pool, const vector_t *vector, const char *key,
                           const char *token, json_t **payload, apr_time_t *signed_at)
{
    msa_derive_t derive =
        strcmp(vector->kind, "session") == 0 ? MSA_DERIVE_HMAC : MSA_DERIVE_CONCAT;
    msa_flask_claim_t claim = {0};
    if (vector->salt)
        return msa_itsdangerous_verify(pool, derive, key, vector->salt, token, vector->signed_at,
                                       payload, signed_at);
    *payload = NULL;
    if (msa_flask_verify(pool, MSA_FLASK_REMEMBER, key, token, 0, &claim) != APR_SUCCESS)
        return APR_EINVAL;
    *payload = json_string(claim.fs_uniquifier);
    return APR_SUCCESS;
}

static void check_good(apr_pool_t *pool, const vector_t *vector)
{
    json_t *payload = NULL;
    apr_time_t signed_at = 0;
    if (verify(pool, vector, vector->key, vector->token, &payload, &signed_at) != APR_SUCCESS)
        fail_msg("%s is refused", vector->name);
    if (!json_equal(payload, vector->payload))
        fail_msg("%s says something else", vector->name);
    assert_true(signed_at == vector->signed_at);
    json_decref(payload);
}

static void every_vector_is_read_as_it_was_written(void **state)
{
    walk(*state, check_good);
}

static void refuse(apr_pool_t *pool, const vector_t *vector, const char *key, const char *token)
{
    json_t *payload = NULL;
    apr_time_t signed_at = 0;
    if (verify(pool, vector, key, token, &payload, &signed_at) == APR_SUCCESS)
        fail_msg("%s is taken as %s", vector->name, token);
}

static void check_forged(apr_pool_t *pool, const vector_t *vector)
{
    apr_size_t length = strlen(vector->token);
    apr_size_t step = length / 64 + 1;
    for (apr_size_t i = 0; i < length; i += step) {
        char *changed = apr_pstrdup(pool, vector->token);
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        refuse(pool, vector, vector->key, changed);
        refuse(pool, vector, vector->key, apr_pstrmemdup(pool, vector->token, i));
    }
    refuse(pool, vector, vector->key, apr_pstrcat(pool, vector->token, "A", NULL));
    refuse(pool, vector, vector->key, apr_pstrcat(pool, vector->token, "=", NULL));
    refuse(pool, vector, apr_pstrcat(pool, vector->key, "x", NULL), vector->token);
    refuse(pool, vector, vector->key + 1, vector->token);
}

static void every_changed_vector_and_every_other_key_is_refused(void **state)
{
    walk(*state, check_forged);
}

static void check_future(apr_pool_t *pool, const vector_t *vector)
{
    vector_t early = *vector;
    early.signed_at -= apr_time_from_sec(60);
    if (vector->salt && early.signed_at > 0)
        refuse(pool, &early, vector->key, vector->token);
}

static void nothing_is_valid_before_it_was_signed(void **state)
{
    walk(*state, check_future);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_vector_is_read_as_it_was_written, pool_setup,
                                        pool_teardown),
        cmocka_unit_test_setup_teardown(every_changed_vector_and_every_other_key_is_refused,
                                        pool_setup, pool_teardown),
        cmocka_unit_test_setup_teardown(nothing_is_valid_before_it_was_signed, pool_setup,
                                        pool_teardown),
    };
    return cmocka_run_group_tests_name("flask", tests, pool_group_setup, pool_group_teardown);
}
