/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include "../../src/account/admin.h"
#include "../../src/identity/scope.h"
#include "../../src/identity/token.h"
#include "../../src/store/statement.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static apr_array_header_t *names(fixture_t *f, const char *a, const char *b)
{
    apr_array_header_t *list = apr_array_make(f->pool, 2, sizeof(const char *));
    APR_ARRAY_PUSH(list, const char *) = a;
    if (b)
        APR_ARRAY_PUSH(list, const char *) = b;
    return list;
}

static msa_user_t *editor(fixture_t *f)
{
    msa_user_t *user = fixture_user(f, "ann@example.org", NULL);
    assert_int_equal(msa_admin_create_role(f->ctx, "editor", NULL, names(f, "read", "write")),
                     MSA_OK);
    assert_int_equal(msa_admin_create_role(f->ctx, "admin", NULL, names(f, "all", NULL)), MSA_OK);
    assert_int_equal(msa_admin_add_role(f->ctx, user, "editor"), MSA_OK);
    return user;
}

static msa_outcome_t hold(fixture_t *f, const char *secret, msa_identity_t **identity)
{
    return msa_identity_by_secret(f->ctx, secret, 1u << MSA_PURPOSE_PERSONAL, identity);
}

static void a_personal_token_carries_its_scope_and_no_more(void **state)
{
    fixture_t *f = *state;
    msa_user_t *user = editor(f);
    const char *secret = NULL;
    msa_personal_token_t *token = NULL;
    msa_identity_t *identity = NULL;
    assert_int_equal(msa_token_create(f->ctx, user, "deploy \"1\"", NULL, names(f, "read", NULL),
                                      apr_time_from_sec(3600), &secret, &token),
                     MSA_OK);
    assert_int_equal(strncmp(secret, "msa_", 4), 0);
    assert_int_equal(strlen(secret), 47);
    assert_int_equal(hold(f, secret, &identity), MSA_OK);
    assert_int_equal(identity->roles->nelts, 0);
    assert_int_equal(identity->permissions->nelts, 1);
    assert_string_equal(APR_ARRAY_IDX(identity->permissions, 0, const char *), "read");
    assert_int_equal(hold(f, secret + 4, &identity), MSA_UNAUTHENTICATED);
    fixture_advance(f, apr_time_from_sec(3600));
    assert_int_equal(hold(f, secret, &identity), MSA_UNAUTHENTICATED);
}

static void a_personal_token_gives_nobody_more_than_they_have(void **state)
{
    fixture_t *f = *state;
    msa_user_t *user = editor(f);
    const char *secret = NULL;
    msa_personal_token_t *token = NULL;
    msa_identity_t *identity = NULL;
    assert_int_equal(msa_token_create(f->ctx, user, "t", names(f, "admin", NULL), NULL,
                                      apr_time_from_sec(60), &secret, &token),
                     MSA_TOKEN_SCOPE_EXCEEDED);
    assert_int_equal(msa_token_create(f->ctx, user, "t", NULL, names(f, "read", "all"),
                                      apr_time_from_sec(60), &secret, &token),
                     MSA_TOKEN_SCOPE_EXCEEDED);
    assert_int_equal(msa_token_create(f->ctx, user, "t", names(f, "editor", NULL), NULL,
                                      apr_time_from_sec(60), &secret, &token),
                     MSA_OK);
    assert_int_equal(msa_admin_remove_role(f->ctx, user, "editor"), MSA_OK);
    assert_int_equal(hold(f, secret, &identity), MSA_OK);
    assert_int_equal(identity->roles->nelts, 0);
}

static void a_personal_token_always_expires_and_has_a_name(void **state)
{
    fixture_t *f = *state;
    msa_user_t *user = editor(f);
    const char *secret = NULL;
    msa_personal_token_t *token = NULL;
    apr_array_header_t *many = apr_array_make(f->pool, 200, sizeof(const char *));
    for (int i = 0; i < 200; i++)
        APR_ARRAY_PUSH(many, const char *) = "read";
    assert_int_equal(msa_token_create(f->ctx, user, "t", NULL, NULL,
                                      f->settings.personal_token_max_age * 10, &secret, &token),
                     MSA_OK);
    assert_int_equal(token->expires_at, f->now + f->settings.personal_token_max_age);
    assert_int_equal(msa_token_create(f->ctx, user, "t", NULL, NULL, 0, &secret, &token),
                     MSA_API_ERROR);
    assert_int_equal(
        msa_token_create(f->ctx, user, "", NULL, NULL, apr_time_from_sec(60), &secret, &token),
        MSA_API_ERROR);
    assert_int_equal(
        msa_token_create(f->ctx, user, "  ", NULL, NULL, apr_time_from_sec(60), &secret, &token),
        MSA_API_ERROR);
    assert_int_equal(
        msa_token_create(f->ctx, user, "a\nb", NULL, NULL, apr_time_from_sec(60), &secret, &token),
        MSA_API_ERROR);
    assert_int_equal(
        msa_token_create(f->ctx, user, "t", NULL, many, apr_time_from_sec(60), &secret, &token),
        MSA_API_ERROR);
}

static void make_tokens(fixture_t *f, const msa_user_t *user, int count, int seconds)
{
    const char *secret = NULL;
    msa_personal_token_t *token = NULL;
    for (int i = 0; i < count; i++)
        assert_int_equal(msa_token_create(f->ctx, user, "t", NULL, NULL, apr_time_from_sec(seconds),
                                          &secret, &token),
                         MSA_OK);
}

static void dead_personal_tokens_neither_hide_nor_prevent_live_ones(void **state)
{
    fixture_t *f = *state;
    msa_user_t *user = editor(f);
    const char *secret = NULL;
    msa_personal_token_t *token = NULL;
    apr_array_header_t *tokens = NULL;
    make_tokens(f, user, 1, 3600);
    make_tokens(f, user, 199, 60);
    assert_int_equal(
        msa_token_create(f->ctx, user, "t", NULL, NULL, apr_time_from_sec(60), &secret, &token),
        MSA_TOO_MANY_TOKENS);
    fixture_advance(f, apr_time_from_sec(61));
    make_tokens(f, user, 1, 60);
    assert_int_equal(msa_token_list(f->ctx, user->id, &tokens), MSA_OK);
    assert_int_equal(tokens->nelts, 2);
    assert_int_equal(msa_db_execute(f->ctx->db, "UPDATE {user} SET fs_uniquifier = 'other'", false),
                     APR_SUCCESS);
    assert_int_equal(msa_token_list(f->ctx, user->id, &tokens), MSA_OK);
    assert_int_equal(tokens->nelts, 0);
}

static void a_personal_token_is_listed_until_its_owner_revokes_it(void **state)
{
    fixture_t *f = *state;
    msa_user_t *user = editor(f);
    msa_user_t *other = fixture_user(f, "bob@example.org", NULL);
    const char *secret = NULL;
    msa_personal_token_t *token = NULL;
    msa_identity_t *identity = NULL;
    apr_array_header_t *tokens = NULL;
    assert_int_equal(msa_token_create(f->ctx, user, "deploy", NULL, names(f, "read", "write"),
                                      apr_time_from_sec(3600), &secret, &token),
                     MSA_OK);
    assert_int_equal(msa_token_list(f->ctx, user->id, &tokens), MSA_OK);
    assert_int_equal(tokens->nelts, 1);
    assert_string_equal(APR_ARRAY_IDX(tokens, 0, msa_personal_token_t *)->name, "deploy");
    assert_int_equal(APR_ARRAY_IDX(tokens, 0, msa_personal_token_t *)->permissions->nelts, 2);
    assert_int_equal(APR_ARRAY_IDX(tokens, 0, msa_personal_token_t *)->used_at, 0);
    assert_int_equal(msa_token_revoke(f->ctx, other->id, token->id), MSA_NOT_FOUND);
    assert_int_equal(hold(f, secret, &identity), MSA_OK);
    assert_int_equal(msa_token_revoke(f->ctx, user->id, token->id), MSA_OK);
    assert_int_equal(hold(f, secret, &identity), MSA_UNAUTHENTICATED);
    assert_int_equal(f->changed_tickets, 1);
    assert_int_equal(msa_token_revoke(f->ctx, user->id, token->id), MSA_NOT_FOUND);
}

static void a_scope_that_cannot_be_read_allows_nothing(void **state)
{
    static const char *const DETAILS[] = {
        NULL, "", "{", "[]", "{\"roles\":\"editor\"}", "{\"roles\":[1,null]}",
    };
    fixture_t *f = *state;
    for (size_t i = 0; i < sizeof(DETAILS) / sizeof(DETAILS[0]); i++) {
        msa_identity_t identity = {.roles = names(f, "editor", NULL),
                                   .permissions = names(f, "read", "write")};
        msa_scope_restrict(f->pool, DETAILS[i], &identity);
        assert_int_equal(identity.roles->nelts, 0);
        assert_int_equal(identity.permissions->nelts, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_personal_token_carries_its_scope_and_no_more,
                                        fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_personal_token_gives_nobody_more_than_they_have,
                                        fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_personal_token_always_expires_and_has_a_name,
                                        fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(dead_personal_tokens_neither_hide_nor_prevent_live_ones,
                                        fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_personal_token_is_listed_until_its_owner_revokes_it,
                                        fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_scope_that_cannot_be_read_allows_nothing, fixture_setup,
                                        fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
