/* SPDX-License-Identifier: Apache-2.0 */
/* A connection lives for days. SQLite's driver keeps everything that was prepared on it until it is
 * closed, so work that is done again must not prepare anything again. */
#include "fixture.h"

#include "../../src/account/change_email.h"
#include "../../src/account/confirm.h"
#include "../../src/account/recover.h"
#include "../../src/account/register.h"
#include "../../src/identity/session.h"
#include "../../src/identity/sessions.h"
#include "../../src/identity/signin.h"
#include "../../src/store/statement.h"

#include <dlfcn.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <apr_dbd.h>
#include <apr_strings.h>

#define WARM_UP 2
#define ROUNDS  20

static int prepared;

/* apr_dbd's function, which takes precedence over the library's. */
int apr_dbd_prepare(const apr_dbd_driver_t *driver, apr_pool_t *pool, apr_dbd_t *handle,
                    const char *query, const char *label, apr_dbd_prepared_t **statement)
{
    __typeof__(apr_dbd_prepare) *next = dlsym(RTLD_NEXT, "apr_dbd_prepare");
    assert_non_null(next);
    prepared++;
    return next(driver, pool, handle, query, label, statement);
}

static const char *address(fixture_t *f, int round)
{
    return apr_psprintf(f->pool, "user%d@example.org", round);
}

static msa_outcome_t enlist(fixture_t *f, int round)
{
    apr_array_header_t *extra = apr_array_make(f->pool, 2, sizeof(const char *));
    apr_array_header_t *faults = apr_array_make(f->pool, 4, sizeof(msa_fault_t));
    msa_registration_t form = {
        .email = address(f, round), .password = FIXTURE_PASSWORD, .extra = extra};
    msa_user_t *user = NULL;
    APR_ARRAY_PUSH(extra, const char *) = "one";
    APR_ARRAY_PUSH(extra, const char *) = "two";
    return msa_register(fixture_context(f, f->pool, NULL), &form, faults, &user);
}

static void add_fields(fixture_t *f)
{
    static const char *const COLUMNS[] = {"tf_phone_number", "tf_primary_method"};
    apr_array_header_t *fields = apr_array_make(f->pool, 2, sizeof(msa_register_field_t));
    for (size_t i = 0; i < sizeof(COLUMNS) / sizeof(COLUMNS[0]); i++) {
        msa_register_field_t *field = apr_array_push(fields);
        field->name = field->column = COLUMNS[i];
    }
    f->settings.register_fields = fields;
}

static void live_a_day(fixture_t *f, int round)
{
    msa_context_t *ctx = fixture_context(f, f->pool, NULL);
    msa_signin_t signin = {0};
    msa_user_t *user = NULL;
    assert_int_equal(enlist(f, round), MSA_OK);
    assert_int_equal(
        msa_confirm(ctx, fixture_link(f, fixture_mail(f, address(f, round), "welcome"), "/confirm"),
                    &user),
        MSA_OK);
    assert_int_equal(msa_signin_check(ctx, address(f, round), NULL, "wrong horse", &user),
                     MSA_INVALID_PASSWORD);
    assert_int_equal(msa_signin_check(ctx, address(f, round), NULL, FIXTURE_PASSWORD, &user),
                     MSA_OK);
    assert_int_equal(msa_signin_start(ctx, user, true, true, NULL, &signin), MSA_OK);
    assert_int_equal(msa_recover_request(ctx, address(f, round)), MSA_OK);
    assert_int_equal(msa_change_email_request(ctx, signin.identity, "new@elsewhere.example"),
                     MSA_OK);
    assert_int_equal(msa_sessions_end(ctx, user->id, 0), MSA_OK);
}

static void everyday_statements_are_prepared_once(void **state)
{
    fixture_t *f = *state;
    add_fields(f);
    for (int round = 0; round < WARM_UP; round++)
        live_a_day(f, round);
    prepared = 0;
    for (int round = WARM_UP; round < WARM_UP + ROUNDS; round++)
        live_a_day(f, round);
    assert_int_equal(prepared, 0);
}

/* What anyone can cause must not make the connection forget what it has prepared. */
static void refused_statements_are_prepared_once_as_well(void **state)
{
    fixture_t *f = *state;
    apr_array_header_t *rows = NULL;
    add_fields(f);
    assert_int_equal(enlist(f, 0), MSA_OK);
    assert_int_equal(msa_db_read_text(f->ctx->db, f->pool,
                                      "CREATE TRIGGER refuse BEFORE UPDATE OF tf_phone_number ON "
                                      "{user} BEGIN SELECT RAISE(ABORT, 'no such number'); END",
                                      &rows),
                     APR_SUCCESS);
    for (int round = 1; round <= WARM_UP; round++)
        assert_int_equal(enlist(f, round), MSA_BROKEN);
    prepared = 0;
    for (int round = 1; round <= ROUNDS; round++)
        assert_int_equal(enlist(f, round), MSA_BROKEN);
    assert_int_equal(prepared, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(everyday_statements_are_prepared_once, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(refused_statements_are_prepared_once_as_well, fixture_setup,
                                        fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
