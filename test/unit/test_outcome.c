/* SPDX-License-Identifier: Apache-2.0 */
#include "../../src/base/outcome.h"
#include "../../src/base/env.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <apr_strings.h>

#include "pool.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static void every_outcome_has_a_whole_row(void **state)
{
    (void)state;
    for (int i = 0; i < MSA_OUTCOME_COUNT; i++) {
        const msa_outcome_row_t *row = msa_outcome_row((msa_outcome_t)i);
        if (!row->name || !row->key || !row->field || !row->category)
            fail_msg("row %d is not complete", i);
        assert_true(row->name[0] && row->key[0]);
        assert_true(row->status >= 200 && row->status < 600);
        assert_true(row->level <= MSA_LOG_DEBUG);
        assert_true(row->generic < MSA_OUTCOME_COUNT);
        assert_true(strcmp(row->category, "error") == 0 || strcmp(row->category, "info") == 0 ||
                    strcmp(row->category, "success") == 0);
    }
}

static void names_and_keys_are_unique(void **state)
{
    (void)state;
    for (int i = 0; i < MSA_OUTCOME_COUNT; i++) {
        const msa_outcome_row_t *row = msa_outcome_row((msa_outcome_t)i);
        assert_int_equal(msa_outcome_by_key(row->key), i);
        for (int j = 0; j < i; j++)
            assert_string_not_equal(row->name, msa_outcome_row((msa_outcome_t)j)->name);
    }
    assert_int_equal(msa_outcome_by_key("NO_SUCH_KEY"), MSA_OUTCOME_COUNT);
}

/* Names go into log lines that programs read. */
static void names_are_words_with_hyphens(void **state)
{
    (void)state;
    for (int i = 0; i < MSA_OUTCOME_COUNT; i++) {
        const msa_outcome_row_t *row = msa_outcome_row((msa_outcome_t)i);
        assert_int_equal(strspn(row->name, "abcdefghijklmnopqrstuvwxyz-"), strlen(row->name));
        assert_int_equal(strspn(row->key, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_"), strlen(row->key));
    }
}

static void generic_responses_hide_why_a_sign_in_failed(void **state)
{
    static const msa_outcome_t REASONS[] = {
        MSA_USER_DOES_NOT_EXIST,   MSA_INVALID_PASSWORD,     MSA_DISABLED_ACCOUNT,
        MSA_CONFIRMATION_REQUIRED, MSA_EMAIL_NOT_PROVIDED,   MSA_INVALID_EMAIL_ADDRESS,
        MSA_PASSWORD_NOT_PROVIDED, MSA_GENERIC_AUTHN_FAILED,
    };
    (void)state;
    for (size_t i = 0; i < COUNT(REASONS); i++) {
        assert_int_equal(msa_outcome_public(REASONS[i], true), MSA_GENERIC_AUTHN_FAILED);
        assert_int_equal(msa_outcome_public(REASONS[i], false), REASONS[i]);
    }
    assert_string_equal(msa_outcome_row(MSA_GENERIC_AUTHN_FAILED)->field, "");
}

static void what_is_public_hides_nothing_more(void **state)
{
    (void)state;
    for (int i = 0; i < MSA_OUTCOME_COUNT; i++) {
        msa_outcome_t shown = msa_outcome_public((msa_outcome_t)i, true);
        assert_int_equal(msa_outcome_public(shown, true), shown);
        assert_int_equal(msa_outcome_row(shown)->status, msa_outcome_row((msa_outcome_t)i)->status);
    }
}

static void statuses_are_those_that_clients_know(void **state)
{
    static const struct {
        msa_outcome_t outcome;
        int status;
    } STATUSES[] = {
        {MSA_OK,                        200},
        {MSA_UNAUTHENTICATED,           401},
        {MSA_UNAUTHORIZED,              403},
        {MSA_REAUTHENTICATION_REQUIRED, 401},
        {MSA_ANONYMOUS_USER_REQUIRED,   400},
        {MSA_INVALID_PASSWORD,          400},
        {MSA_CROSS_SITE,                403},
        {MSA_CSRF_TOKEN_INVALID,        400},
        {MSA_THROTTLED,                 429},
        {MSA_TOO_MANY_REQUESTS,         429},
        {MSA_BUSY,                      503},
        {MSA_BROKEN,                    503},
        {MSA_BODY_TOO_LARGE,            413},
        {MSA_UNSUPPORTED_MEDIA_TYPE,    415},
        {MSA_METHOD_NOT_ALLOWED,        405},
        {MSA_NOT_FOUND,                 404},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(STATUSES); i++)
        assert_int_equal(msa_outcome_row(STATUSES[i].outcome)->status, STATUSES[i].status);
}

static void an_unknown_outcome_is_broken(void **state)
{
    (void)state;
    assert_ptr_equal(msa_outcome_row(MSA_OUTCOME_COUNT), msa_outcome_row(MSA_BROKEN));
    assert_ptr_equal(msa_outcome_row((msa_outcome_t)-1), msa_outcome_row(MSA_BROKEN));
}

static void remember_line(void *baton, msa_log_level_t level, const char *line)
{
    assert_int_equal(level, MSA_LOG_NOTICE);
    *(const char **)baton = line;
}

static void a_log_line_reaches_the_world_formatted(void **state)
{
    const char *line = NULL;
    const msa_env_t env = {.baton = &line, .log = remember_line};
    msa_env_log(&env, *state, MSA_LOG_NOTICE, "login denied: %s %d", "wrong-password", 7);
    assert_string_equal(line, "login denied: wrong-password 7");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_outcome_has_a_whole_row, pool_setup, pool_teardown),
        cmocka_unit_test_setup_teardown(names_and_keys_are_unique, pool_setup, pool_teardown),
        cmocka_unit_test_setup_teardown(names_are_words_with_hyphens, pool_setup, pool_teardown),
        cmocka_unit_test_setup_teardown(generic_responses_hide_why_a_sign_in_failed, pool_setup,
                                        pool_teardown),
        cmocka_unit_test_setup_teardown(what_is_public_hides_nothing_more, pool_setup,
                                        pool_teardown),
        cmocka_unit_test_setup_teardown(statuses_are_those_that_clients_know, pool_setup,
                                        pool_teardown),
        cmocka_unit_test_setup_teardown(an_unknown_outcome_is_broken, pool_setup, pool_teardown),
        cmocka_unit_test_setup_teardown(a_log_line_reaches_the_world_formatted, pool_setup,
                                        pool_teardown),
    };
    return cmocka_run_group_tests_name("outcome", tests, pool_group_setup, pool_group_teardown);
}
