/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include "../../src/account/admin.h"
#include "../../src/account/change_email.h"
#include "../../src/account/confirm.h"
#include "../../src/account/recover.h"
#include "../../src/account/register.h"
#include "../../src/account/undo.h"
#include "../../src/identity/session.h"
#include "../../src/identity/signin.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#define NEW_PASSWORD   "staple battery horse"
#define OTHER_PASSWORD "horse correct staple"
#define EMAIL          "ann@example.org"
#define FOREIGN_EMAIL  "mallory@elsewhere.example"
#define LIMIT          3

static int setup(void **state)
{
    int status = fixture_setup(state);
    fixture_t *f = *state;
    f->settings.throttle_account = LIMIT;
    return status;
}

/* ---- a mailbox that is not flooded ---- */

static void an_address_gets_no_more_reset_mails_than_the_limit_and_the_last_link_works(void **state)
{
    fixture_t *f = *state;
    msa_user_t *user = fixture_user(f, EMAIL, NULL), *found = NULL;
    for (int i = 0; i < LIMIT; i++)
        assert_int_equal(msa_recover_request(f->ctx, i % 2 ? "ANN@Example.Org" : EMAIL), MSA_OK);
    assert_int_equal(msa_recover_request(f->ctx, EMAIL), MSA_THROTTLED);
    assert_int_equal(fixture_mails(f, NULL, NULL), LIMIT);
    assert_true(fixture_logged(f, "password-reset-instructions-sent denied: throttled"));
    assert_int_equal(
        msa_recover_inspect(f->ctx,
                            fixture_link(f, fixture_mail(f, EMAIL, "reset_instructions"), "/reset"),
                            &found),
        MSA_OK);
    assert_int_equal(found->id, user->id);
    fixture_advance(f, f->settings.throttle_window + apr_time_from_sec(1));
    assert_int_equal(msa_recover_request(f->ctx, EMAIL), MSA_OK);
}

static void an_address_gets_no_more_confirmation_mails_than_the_limit(void **state)
{
    fixture_t *f = *state;
    msa_user_t *user = fixture_user(f, EMAIL, NULL);
    f->settings.is_confirmable = true;
    assert_int_equal(msa_user_set_confirmed(f->ctx->db, f->pool, user->id, 0, f->now), APR_SUCCESS);
    for (int i = 0; i < LIMIT; i++)
        assert_int_equal(msa_confirm_request(f->ctx, EMAIL), MSA_OK);
    assert_int_equal(msa_confirm_request(f->ctx, EMAIL), MSA_THROTTLED);
    assert_int_equal(fixture_mails(f, NULL, NULL), LIMIT);
    assert_int_equal(fixture_tickets(f, user->id, "confirm"), LIMIT);
}

static msa_outcome_t enlist(fixture_t *f, const char *email, const char *username)
{
    msa_registration_t form = {.email = email, .username = username, .password = FIXTURE_PASSWORD};
    apr_array_header_t *faults = apr_array_make(f->pool, 4, sizeof(msa_fault_t));
    msa_user_t *user = NULL;
    return msa_register(f->ctx, &form, faults, &user);
}

static void registering_a_taken_name_again_and_again_floods_nobody(void **state)
{
    fixture_t *f = *state;
    f->settings.is_username_enabled = true;
    fixture_user(f, EMAIL, "annabel");
    for (int i = 0; i < 2 * LIMIT; i++) {
        assert_int_equal(enlist(f, EMAIL, NULL), MSA_OK);
        assert_int_equal(enlist(f, FOREIGN_EMAIL, "annabel"), MSA_OK);
    }
    assert_int_equal(fixture_mails(f, EMAIL, NULL), LIMIT);
    assert_int_equal(fixture_mails(f, FOREIGN_EMAIL, NULL), LIMIT);
    assert_int_equal(fixture_tickets(f, 0, NULL), 0);
}

static void changing_to_one_address_again_and_again_floods_nobody(void **state)
{
    fixture_t *f = *state;
    msa_user_t *user = fixture_user(f, EMAIL, NULL);
    msa_signin_t here = {0};
    assert_int_equal(msa_signin_start(f->ctx, user, false, true, NULL, &here), MSA_OK);
    for (int i = 0; i < LIMIT; i++)
        assert_int_equal(msa_change_email_request(f->ctx, here.identity, FOREIGN_EMAIL), MSA_OK);
    assert_int_equal(msa_change_email_request(f->ctx, here.identity, FOREIGN_EMAIL), MSA_THROTTLED);
    assert_int_equal(fixture_mails(f, FOREIGN_EMAIL, NULL), LIMIT);
}

static void requesting_mails_locks_nobody_out(void **state)
{
    fixture_t *f = *state;
    msa_user_t *user = fixture_user(f, EMAIL, NULL);
    for (int i = 0; i < 2 * LIMIT; i++)
        msa_recover_request(f->ctx, EMAIL);
    assert_int_equal(msa_signin_check(f->ctx, EMAIL, NULL, FIXTURE_PASSWORD, &user), MSA_OK);
    f->settings.throttle_account = 0;
    assert_int_equal(msa_recover_request(f->ctx, EMAIL), MSA_OK);
}

/* ---- an account that was taken over ---- */

/* A stranger in Ann's session changes the address of the account. Returns her way back. */
static const char *take_over(fixture_t *f, const msa_user_t *user)
{
    msa_signin_t here = {0};
    msa_user_t *found = NULL;
    assert_int_equal(msa_signin_start(f->ctx, user, false, true, NULL, &here), MSA_OK);
    assert_int_equal(msa_change_email_request(f->ctx, here.identity, FOREIGN_EMAIL), MSA_OK);
    assert_int_equal(
        msa_change_email(f->ctx,
                         fixture_link(f,
                                      fixture_mail(f, FOREIGN_EMAIL, "change_email_instructions"),
                                      "/change-email"),
                         &found),
        MSA_OK);
    return fixture_link(f, fixture_mail(f, EMAIL, "change_email_notice"), "/change-email");
}

static void set_password(fixture_t *f, const char *password)
{
    msa_user_t *found = NULL;
    assert_int_equal(msa_recover_request(f->ctx, FOREIGN_EMAIL), MSA_OK);
    assert_int_equal(
        msa_recover(f->ctx,
                    fixture_link(f, fixture_mail(f, FOREIGN_EMAIL, "reset_instructions"), "/reset"),
                    password, &found),
        MSA_OK);
}

static void a_hijacker_cannot_invalidate_the_undo_link_with_a_new_password(void **state)
{
    fixture_t *f = *state;
    msa_user_t *user = fixture_user(f, EMAIL, NULL), *found = NULL;
    const char *undo = take_over(f, user), *email = NULL;
    set_password(f, NEW_PASSWORD);
    assert_int_equal(msa_undo_inspect(f->ctx, undo, &found, &email), MSA_OK);
    assert_int_equal(msa_undo(f->ctx, undo, &found), MSA_OK);
    assert_string_equal(fixture_reload(f, user->id)->email, EMAIL);
    assert_int_equal(fixture_tickets(f, user->id, NULL), 0);
    assert_int_equal(msa_undo(f->ctx, undo, &found), MSA_API_ERROR);
}

static void a_hijacker_cannot_register_the_former_address(void **state)
{
    fixture_t *f = *state;
    msa_user_t *user = fixture_user(f, EMAIL, NULL), *found = NULL;
    const char *undo = take_over(f, user);
    assert_int_equal(enlist(f, "ANN@example.org", NULL), MSA_OK);
    assert_int_equal(msa_user_by_email(f->ctx->db, f->pool, EMAIL, &found), APR_NOTFOUND);
    f->settings.generic_responses = false;
    assert_int_equal(enlist(f, EMAIL, NULL), MSA_API_ERROR);
    f->settings.generic_responses = true;
    assert_int_equal(msa_undo(f->ctx, undo, &found), MSA_OK);
    assert_string_equal(fixture_reload(f, user->id)->email, EMAIL);
}

static void a_former_address_is_free_when_the_undo_link_expires(void **state)
{
    fixture_t *f = *state;
    msa_user_t *found = NULL;
    take_over(f, fixture_user(f, EMAIL, NULL));
    fixture_advance(f, f->settings.change_email_undo_within + apr_time_from_sec(1));
    assert_int_equal(enlist(f, EMAIL, NULL), MSA_OK);
    assert_int_equal(msa_user_by_email(f->ctx->db, f->pool, EMAIL, &found), APR_SUCCESS);
}

static void a_password_set_after_the_change_is_undone_with_it(void **state)
{
    fixture_t *f = *state;
    msa_user_t *user = fixture_user(f, EMAIL, NULL), *found = NULL;
    const char *undo = take_over(f, user);
    set_password(f, NEW_PASSWORD);
    assert_int_equal(msa_undo(f->ctx, undo, &found), MSA_OK);
    assert_null(fixture_reload(f, user->id)->password);
    assert_int_equal(msa_signin_check(f->ctx, EMAIL, NULL, NEW_PASSWORD, &found),
                     MSA_INVALID_PASSWORD);
    assert_int_equal(msa_recover_request(f->ctx, EMAIL), MSA_OK);
    assert_int_equal(
        msa_recover(f->ctx, fixture_link(f, fixture_mail(f, EMAIL, "reset_instructions"), "/reset"),
                    OTHER_PASSWORD, &found),
        MSA_OK);
    assert_int_equal(msa_signin_check(f->ctx, EMAIL, NULL, OTHER_PASSWORD, &found), MSA_OK);
}

static void a_password_older_than_the_change_stays_when_it_is_undone(void **state)
{
    fixture_t *f = *state;
    msa_user_t *user = fixture_user(f, EMAIL, NULL), *found = NULL;
    assert_int_equal(msa_undo(f->ctx, take_over(f, user), &found), MSA_OK);
    assert_int_equal(msa_signin_check(f->ctx, EMAIL, NULL, FIXTURE_PASSWORD, &found), MSA_OK);
}

static void an_administrator_and_a_disabled_account_end_the_undo_link(void **state)
{
    fixture_t *f = *state;
    msa_user_t *user = fixture_user(f, EMAIL, NULL), *found = NULL;
    const char *undo = take_over(f, user);
    assert_int_equal(msa_admin_set_active(f->ctx, user, false), MSA_OK);
    assert_int_equal(msa_undo(f->ctx, undo, &found), MSA_API_ERROR);
    assert_int_equal(msa_admin_set_active(f->ctx, user, true), MSA_OK);
    assert_int_equal(msa_admin_set_password(f->ctx, user, NEW_PASSWORD), MSA_OK);
    assert_int_equal(msa_undo(f->ctx, undo, &found), MSA_API_ERROR);
}

/* ---- browsers ---- */

static void a_program_without_cookies_leaves_no_endless_list_of_known_browsers(void **state)
{
    fixture_t *f = *state;
    msa_user_t *user = fixture_user(f, EMAIL, NULL);
    msa_signin_t first = {0}, last = {0};
    f->settings.send_new_login_email = true;
    assert_int_equal(msa_signin_start(f->ctx, user, false, true, NULL, &first), MSA_OK);
    assert_int_equal(fixture_mails(f, NULL, NULL), 0);
    for (int i = 0; i < 30; i++)
        assert_int_equal(msa_signin_start(f->ctx, user, false, true, NULL, &last), MSA_OK);
    assert_int_equal(fixture_mails(f, EMAIL, "new_login"), 30);
    assert_int_equal(fixture_tickets(f, user->id, "device"), 20);
    f->ctx->device = last.device;
    assert_int_equal(msa_signin_start(f->ctx, user, false, true, NULL, &last), MSA_OK);
    assert_int_equal(fixture_mails(f, EMAIL, "new_login"), 30);
    f->ctx->device = first.device;
    assert_int_equal(msa_signin_start(f->ctx, user, false, true, NULL, &last), MSA_OK);
    assert_int_equal(fixture_mails(f, EMAIL, "new_login"), 31);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            an_address_gets_no_more_reset_mails_than_the_limit_and_the_last_link_works, setup,
            fixture_teardown),
        cmocka_unit_test_setup_teardown(an_address_gets_no_more_confirmation_mails_than_the_limit,
                                        setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(registering_a_taken_name_again_and_again_floods_nobody,
                                        setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(changing_to_one_address_again_and_again_floods_nobody,
                                        setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(requesting_mails_locks_nobody_out, setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(
            a_hijacker_cannot_invalidate_the_undo_link_with_a_new_password, fixture_setup,
            fixture_teardown),
        cmocka_unit_test_setup_teardown(a_hijacker_cannot_register_the_former_address,
                                        fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_former_address_is_free_when_the_undo_link_expires,
                                        fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_password_set_after_the_change_is_undone_with_it,
                                        fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_password_older_than_the_change_stays_when_it_is_undone,
                                        fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(an_administrator_and_a_disabled_account_end_the_undo_link,
                                        fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(
            a_program_without_cookies_leaves_no_endless_list_of_known_browsers, fixture_setup,
            fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
