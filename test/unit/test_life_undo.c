/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include "../../src/account/change_email.h"
#include "../../src/account/recover.h"
#include "../../src/account/undo.h"
#include "../../src/identity/former.h"
#include "../../src/identity/session.h"
#include "../../src/identity/sessions.h"
#include "../../src/identity/signin.h"
#include "../../src/identity/ticket.h"
#include "../../src/store/statement.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <apr_strings.h>

#define NEW_PASSWORD "staple battery horse"
#define EMAIL        "ann@example.org"
#define NEW_EMAIL    "ann@elsewhere.example"
#define SUCCESSOR    "sue@example.org"

/* Ann changes the address of her account. Returns the way back. */
static const char *change(fixture_t *f, const msa_user_t *user)
{
    msa_signin_t here = {0};
    msa_user_t *found = NULL;
    assert_int_equal(msa_signin_start(f->ctx, user, false, true, NULL, &here), MSA_OK);
    assert_int_equal(msa_change_email_request(f->ctx, here.identity, NEW_EMAIL), MSA_OK);
    assert_int_equal(
        msa_change_email(f->ctx,
                         fixture_link(f, fixture_mail(f, NEW_EMAIL, "change_email_instructions"),
                                      "/change-email"),
                         &found),
        MSA_OK);
    return fixture_link(f, fixture_mail(f, user->email, "change_email_notice"), "/change-email");
}

static void execute(fixture_t *f, const char *text)
{
    assert_int_equal(msa_db_execute(f->ctx->db, text, false), APR_SUCCESS);
}

/* An application deletes the row and creates another account, which gets the same id. */
static msa_user_t *replace(fixture_t *f, const msa_user_t *user)
{
    msa_user_t *next;
    execute(f, apr_psprintf(f->pool, "DELETE FROM user WHERE id = %d", (int)user->id));
    next = fixture_user(f, SUCCESSOR, NULL);
    assert_int_equal(next->id, user->id);
    return fixture_reload(f, next->id);
}

static void assert_untouched(fixture_t *f, const msa_user_t *user)
{
    msa_user_t *now = fixture_reload(f, user->id);
    assert_string_equal(now->email, user->email);
    assert_string_equal(now->password, user->password);
    assert_string_equal(now->fs_uniquifier, user->fs_uniquifier);
}

static void a_user_who_reuses_a_deleted_number_keeps_the_account(void **state)
{
    fixture_t *f = *state;
    msa_user_t *user = fixture_user(f, EMAIL, NULL), *found = NULL;
    const char *undo = change(f, user), *email = NULL;
    msa_user_t *next;
    fixture_advance(f, apr_time_from_sec(60));
    next = replace(f, user);
    assert_int_equal(msa_undo_inspect(f->ctx, undo, &found, &email), MSA_API_ERROR);
    assert_int_equal(msa_undo(f->ctx, undo, &found), MSA_API_ERROR);
    assert_untouched(f, next);
}

static void a_successor_of_the_same_second_keeps_the_account_too(void **state)
{
    fixture_t *f = *state;
    msa_user_t *user = fixture_user(f, EMAIL, NULL), *found = NULL;
    const char *undo = change(f, user);
    msa_user_t *next = replace(f, user);
    assert_true(next->created_at == fixture_reload(f, user->id)->created_at);
    assert_int_equal(msa_undo(f->ctx, undo, &found), MSA_API_ERROR);
    assert_untouched(f, next);
}

static void a_successor_without_a_time_of_creation_keeps_the_account_too(void **state)
{
    static const char TIMELESS[] = "UPDATE user SET create_datetime = ''";
    fixture_t *f = *state;
    msa_user_t *user = fixture_user(f, EMAIL, NULL), *found = NULL, *next;
    const char *undo;
    execute(f, TIMELESS);
    undo = change(f, user = fixture_reload(f, user->id));
    next = replace(f, user);
    execute(f, TIMELESS);
    assert_int_equal(fixture_reload(f, user->id)->created_at, 0);
    assert_int_equal(msa_undo(f->ctx, undo, &found), MSA_API_ERROR);
    assert_untouched(f, next);
}

static void the_undo_link_of_a_deleted_user_reserves_no_address(void **state)
{
    fixture_t *f = *state;
    msa_user_t *user = fixture_user(f, EMAIL, NULL);
    change(f, user);
    assert_int_equal(msa_former_held(f->ctx, EMAIL), MSA_OK);
    execute(f, "DELETE FROM user");
    assert_int_equal(msa_former_held(f->ctx, EMAIL), MSA_NOT_FOUND);
    assert_int_equal(fixture_user(f, SUCCESSOR, NULL)->id, user->id);
    assert_int_equal(msa_former_held(f->ctx, EMAIL), MSA_NOT_FOUND);
}

static void sessions_of_a_deleted_user_are_not_listed_for_a_reused_number(void **state)
{
    fixture_t *f = *state;
    msa_user_t *user = fixture_user(f, EMAIL, NULL);
    apr_array_header_t *sessions = NULL;
    change(f, user);
    assert_int_equal(msa_sessions_list(f->ctx, user->id, MSA_PURPOSE_SESSION, &sessions), MSA_OK);
    assert_int_equal(sessions->nelts, 1);
    replace(f, user);
    assert_int_equal(msa_sessions_list(f->ctx, user->id, MSA_PURPOSE_SESSION, &sessions), MSA_OK);
    assert_int_equal(sessions->nelts, 0);
}

static void the_undo_link_survives_one_new_password_after_another(void **state)
{
    static const char *const PASSWORDS[] = {NEW_PASSWORD, "horse correct staple", NEW_PASSWORD};
    fixture_t *f = *state;
    msa_user_t *user = fixture_user(f, EMAIL, NULL), *found = NULL;
    const char *undo = change(f, user);
    for (size_t i = 0; i < sizeof(PASSWORDS) / sizeof(PASSWORDS[0]); i++) {
        assert_int_equal(msa_recover_request(f->ctx, NEW_EMAIL), MSA_OK);
        assert_int_equal(
            msa_recover(f->ctx,
                        fixture_link(f, fixture_mail(f, NEW_EMAIL, "reset_instructions"), "/reset"),
                        PASSWORDS[i], &found),
            MSA_OK);
    }
    assert_int_equal(msa_former_held(f->ctx, EMAIL), MSA_OK);
    assert_int_equal(msa_undo(f->ctx, undo, &found), MSA_OK);
    assert_string_equal(fixture_reload(f, user->id)->email, EMAIL);
    assert_null(fixture_reload(f, user->id)->password);
}

static void a_password_set_by_another_program_after_the_change_is_undone_with_it(void **state)
{
    fixture_t *f = *state;
    msa_user_t *user = fixture_user(f, EMAIL, NULL), *found = NULL;
    const char *undo = change(f, user);
    execute(f, "UPDATE user SET password = '$argon2id$of-the-thief'");
    assert_int_equal(msa_undo(f->ctx, undo, &found), MSA_OK);
    assert_null(fixture_reload(f, user->id)->password);
}

static void the_same_password_in_a_newer_form_stays_when_a_change_is_undone(void **state)
{
    /* SHA-512-crypt of FIXTURE_PASSWORD: outdated, so that a sign-in replaces it. */
    static const char OUTDATED[] = "UPDATE user SET password = "
                                   "'$6$abcdefgh$dTmIYmW/LpvGK/iiDSK9zlcKIRJ33.7YE9DETLAR1zX9/2./"
                                   "Fv6/8dFZ1tCs/Kfp//7QeoJfyRWP7XdDzP87j1'";
    fixture_t *f = *state;
    msa_user_t *user = fixture_user(f, EMAIL, NULL), *found = NULL;
    const char *undo, *outdated;
    execute(f, OUTDATED);
    outdated = fixture_reload(f, user->id)->password;
    undo = change(f, fixture_reload(f, user->id));
    assert_int_equal(msa_signin_check(f->ctx, NEW_EMAIL, NULL, FIXTURE_PASSWORD, &found), MSA_OK);
    assert_string_not_equal(fixture_reload(f, user->id)->password, outdated);
    assert_int_equal(msa_undo(f->ctx, undo, &found), MSA_OK);
    assert_int_equal(msa_signin_check(f->ctx, EMAIL, NULL, FIXTURE_PASSWORD, &found), MSA_OK);
}

static void another_program_that_changes_the_uniquifier_ends_the_undo_link(void **state)
{
    fixture_t *f = *state;
    msa_user_t *user = fixture_user(f, EMAIL, NULL), *found = NULL;
    const char *undo = change(f, user);
    execute(f, "UPDATE user SET fs_uniquifier = 'of-another-program'");
    assert_int_equal(msa_undo(f->ctx, undo, &found), MSA_API_ERROR);
    assert_string_equal(fixture_reload(f, user->id)->email, NEW_EMAIL);
}

static int former(fixture_t *f, const msa_user_t *user, msa_former_t *first)
{
    apr_array_header_t *list = NULL;
    assert_int_equal(msa_former_list(f->ctx, user, &list), MSA_OK);
    if (list->nelts)
        *first = APR_ARRAY_IDX(list, 0, msa_former_t);
    return list->nelts;
}

static void an_address_can_take_an_account_back_until_its_last_link_expires(void **state)
{
    fixture_t *f = *state;
    msa_user_t *user = fixture_user(f, EMAIL, NULL);
    msa_former_t first = {0};
    msa_signin_t here = {0};
    assert_int_equal(msa_signin_start(f->ctx, user, false, true, NULL, &here), MSA_OK);
    assert_int_equal(msa_change_email_request(f->ctx, here.identity, "ann@third.example"), MSA_OK);
    /* As long as the address is the current one, there is nothing to undo. */
    assert_int_equal(former(f, user, &first), 0);
    fixture_advance(f, apr_time_from_sec(3600));
    change(f, user);
    user = fixture_reload(f, user->id);
    assert_int_equal(former(f, user, &first), 1);
    assert_string_equal(first.address, "a***@e***.org");
    assert_int_equal(apr_time_sec(first.until),
                     apr_time_sec(f->now + f->settings.change_email_undo_within));
    fixture_advance(f, f->settings.change_email_undo_within);
    assert_int_equal(former(f, user, &first), 0);
    assert_int_equal(former(f, NULL, &first), 0);
}

static void no_ticket_is_bound_to_a_user_without_identifying_data(void **state)
{
    msa_user_t user = {.id = 7, .fs_uniquifier = ""};
    msa_ticket_t ticket = {.user_id = 7};
    (void)state;
    for (int purpose = 0; purpose < MSA_PURPOSE_COUNT; purpose++) {
        ticket.purpose = msa_purpose_name((msa_purpose_t)purpose);
        msa_purpose_mark((msa_purpose_t)purpose, &user, ticket.stamp);
        assert_false(msa_ticket_is_of(&ticket, &user));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_user_who_reuses_a_deleted_number_keeps_the_account,
                                        fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_successor_of_the_same_second_keeps_the_account_too,
                                        fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(
            a_successor_without_a_time_of_creation_keeps_the_account_too, fixture_setup,
            fixture_teardown),
        cmocka_unit_test_setup_teardown(the_undo_link_of_a_deleted_user_reserves_no_address,
                                        fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(
            sessions_of_a_deleted_user_are_not_listed_for_a_reused_number, fixture_setup,
            fixture_teardown),
        cmocka_unit_test_setup_teardown(the_undo_link_survives_one_new_password_after_another,
                                        fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(
            a_password_set_by_another_program_after_the_change_is_undone_with_it, fixture_setup,
            fixture_teardown),
        cmocka_unit_test_setup_teardown(
            the_same_password_in_a_newer_form_stays_when_a_change_is_undone, fixture_setup,
            fixture_teardown),
        cmocka_unit_test_setup_teardown(
            another_program_that_changes_the_uniquifier_ends_the_undo_link, fixture_setup,
            fixture_teardown),
        cmocka_unit_test_setup_teardown(
            an_address_can_take_an_account_back_until_its_last_link_expires, fixture_setup,
            fixture_teardown),
        cmocka_unit_test_setup_teardown(no_ticket_is_bound_to_a_user_without_identifying_data,
                                        fixture_setup, fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
