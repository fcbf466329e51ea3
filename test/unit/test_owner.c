/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include "../../src/account/admin.h"
#include "../../src/account/recover.h"
#include "../../src/identity/device.h"
#include "../../src/identity/session.h"
#include "../../src/identity/ticket.h"
#include "../../src/store/statement.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <apr_strings.h>

#define EMAIL    "ann@example.org"
#define USERNAME "annabel"
#define NOBODY   "nobody@example.org"
#define HOME     "192.0.2.1"
#define STRANGER "198.51.100.1"
#define ROAD     "203.0.113.1"
#define LIMIT    3
#define DAY      apr_time_from_sec(86400)

static int setup(void **state)
{
    int status = fixture_setup(state);
    fixture_t *f = *state;
    f->settings.throttle_account = LIMIT;
    return status;
}

/* ---- others never lock the owner out ---- */

static msa_outcome_t try_from(fixture_t *f, const char *address, const char *device,
                              const char *password)
{
    f->ctx->address = address;
    f->ctx->device = device;
    return fixture_try(f, EMAIL, password);
}

static void guess_from(fixture_t *f, const char *address, const char *device, int times)
{
    f->ctx->address = address;
    f->ctx->device = device;
    fixture_guess(f, EMAIL, times);
}

/* Returns the device cookie that a sign-in leaves. */
static const char *sign_in(fixture_t *f, const msa_user_t *user, const char *address)
{
    msa_signin_t signin = {0};
    f->ctx->address = address;
    f->ctx->device = NULL;
    assert_int_equal(msa_signin_start(f->ctx, user, false, true, NULL, &signin), MSA_OK);
    assert_non_null(signin.device);
    return signin.device;
}

static void strangers_do_not_lock_out_a_known_browser(void **state)
{
    fixture_t *f = *state;
    const char *device = sign_in(f, fixture_user(f, EMAIL, USERNAME), HOME);
    guess_from(f, STRANGER, NULL, LIMIT);
    assert_int_equal(try_from(f, ROAD, NULL, FIXTURE_PASSWORD), MSA_THROTTLED);
    assert_int_equal(try_from(f, ROAD, device, FIXTURE_PASSWORD), MSA_OK);
}

static void a_browser_cookie_gives_only_as_many_guesses_as_anybody_has(void **state)
{
    fixture_t *f = *state;
    const char *device = sign_in(f, fixture_user(f, EMAIL, USERNAME), HOME);
    guess_from(f, STRANGER, device, LIMIT);
    assert_int_equal(try_from(f, ROAD, device, FIXTURE_PASSWORD), MSA_THROTTLED);
    assert_int_equal(try_from(f, ROAD, NULL, FIXTURE_PASSWORD), MSA_OK);
    fixture_advance(f, f->settings.throttle_window + apr_time_from_sec(1));
    assert_int_equal(try_from(f, ROAD, device, FIXTURE_PASSWORD), MSA_OK);
}

static void a_browser_of_one_user_is_unknown_for_another(void **state)
{
    fixture_t *f = *state;
    const char *device = sign_in(f, fixture_user(f, "bob@example.org", NULL), HOME);
    fixture_user(f, EMAIL, USERNAME);
    guess_from(f, STRANGER, device, LIMIT);
    assert_int_equal(try_from(f, ROAD, NULL, FIXTURE_PASSWORD), MSA_THROTTLED);
    assert_int_equal(try_from(f, ROAD, device, FIXTURE_PASSWORD), MSA_THROTTLED);
}

static void no_other_secret_or_dead_cookie_identifies_a_browser(void **state)
{
    fixture_t *f = *state;
    msa_user_t *user = fixture_user(f, EMAIL, USERNAME);
    msa_signin_t signin = {0};
    msa_ticket_order_t order = {.purpose = MSA_PURPOSE_DEVICE, .lifetime = apr_time_from_sec(60)};
    const char *short_lived = NULL;
    assert_int_equal(msa_signin_start(f->ctx, user, true, true, NULL, &signin), MSA_OK);
    assert_int_equal(msa_ticket_issue(f->ctx, user, &order, &short_lived, NULL), MSA_OK);
    fixture_advance(f, apr_time_from_sec(60));
    guess_from(f, STRANGER, NULL, LIMIT);
    assert_int_equal(try_from(f, ROAD, signin.session, FIXTURE_PASSWORD), MSA_THROTTLED);
    assert_int_equal(try_from(f, ROAD, signin.remember, FIXTURE_PASSWORD), MSA_THROTTLED);
    assert_int_equal(try_from(f, ROAD, short_lived, FIXTURE_PASSWORD), MSA_THROTTLED);
    assert_int_equal(try_from(f, ROAD, "no secret", FIXTURE_PASSWORD), MSA_THROTTLED);
    f->ctx->is_secure = !f->ctx->is_secure;
    assert_int_equal(try_from(f, ROAD, signin.device, FIXTURE_PASSWORD), MSA_THROTTLED);
    f->ctx->is_secure = !f->ctx->is_secure;
    assert_int_equal(try_from(f, ROAD, signin.device, FIXTURE_PASSWORD), MSA_OK);
}

static void no_browser_guesses_without_end_where_only_addresses_are_counted(void **state)
{
    fixture_t *f = *state;
    const char *device = sign_in(f, fixture_user(f, EMAIL, USERNAME), HOME);
    f->settings.throttle_account = 0;
    f->settings.throttle_address = LIMIT;
    guess_from(f, HOME, device, LIMIT);
    assert_int_equal(try_from(f, HOME, device, FIXTURE_PASSWORD), MSA_THROTTLED);
}

static void a_browser_does_not_wait_for_others_behind_its_address(void **state)
{
    fixture_t *f = *state;
    const char *device = sign_in(f, fixture_user(f, EMAIL, USERNAME), HOME);
    f->settings.throttle_address = LIMIT;
    f->ctx->address = HOME;
    fixture_guess(f, NOBODY, LIMIT);
    assert_int_equal(try_from(f, HOME, NULL, FIXTURE_PASSWORD), MSA_THROTTLED);
    assert_int_equal(try_from(f, HOME, device, FIXTURE_PASSWORD), MSA_OK);
}

static void an_address_the_owner_signed_in_from_is_counted_separately(void **state)
{
    fixture_t *f = *state;
    fixture_user(f, EMAIL, USERNAME);
    assert_int_equal(try_from(f, HOME, NULL, FIXTURE_PASSWORD), MSA_OK);
    guess_from(f, STRANGER, NULL, LIMIT);
    assert_int_equal(try_from(f, ROAD, NULL, FIXTURE_PASSWORD), MSA_THROTTLED);
    assert_int_equal(try_from(f, HOME, NULL, FIXTURE_PASSWORD), MSA_OK);
    guess_from(f, HOME, NULL, LIMIT);
    assert_int_equal(try_from(f, HOME, NULL, FIXTURE_PASSWORD), MSA_THROTTLED);
}

static void an_address_is_known_as_long_as_it_is_used(void **state)
{
    fixture_t *f = *state;
    msa_user_t *user = fixture_user(f, EMAIL, USERNAME);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(try_from(f, HOME, NULL, FIXTURE_PASSWORD), MSA_OK);
        fixture_advance(f, apr_time_from_sec(20 * 86400));
    }
    assert_int_equal(fixture_tickets(f, user->id, "place"), 1);
    guess_from(f, STRANGER, NULL, LIMIT);
    assert_int_equal(try_from(f, HOME, NULL, FIXTURE_PASSWORD), MSA_OK);
    fixture_advance(f, apr_time_from_sec(31 * 86400));
    guess_from(f, STRANGER, NULL, LIMIT);
    assert_int_equal(try_from(f, HOME, NULL, FIXTURE_PASSWORD), MSA_THROTTLED);
}

static void the_known_addresses_of_a_traveller_are_bounded(void **state)
{
    fixture_t *f = *state;
    msa_user_t *user = fixture_user(f, EMAIL, USERNAME);
    for (int i = 0; i < MSA_FAMILIAR_MAX + 5; i++)
        assert_int_equal(
            try_from(f, apr_psprintf(f->pool, "192.0.2.%d", i), NULL, FIXTURE_PASSWORD), MSA_OK);
    assert_int_equal(fixture_tickets(f, user->id, "place"), MSA_FAMILIAR_MAX);
    assert_int_equal(try_from(f, "192.0.2.24", NULL, FIXTURE_PASSWORD), MSA_OK);
}

/* By form or JSON, with or without the cookie of a browser; returns the cookie that it leaves. */
static const char *come(fixture_t *f, const msa_user_t *user, const char *address,
                        const char *device)
{
    msa_signin_t signin = {0};
    assert_int_equal(try_from(f, address, device, FIXTURE_PASSWORD), MSA_OK);
    assert_int_equal(msa_signin_start(f->ctx, user, false, true, NULL, &signin), MSA_OK);
    return signin.device;
}

static void daily_use_is_not_displaced_by_single_visits(void **state)
{
    fixture_t *f = *state;
    msa_user_t *user = fixture_user(f, EMAIL, USERNAME);
    const char *device = come(f, user, HOME, NULL);
    for (int day = 1; day <= 20; day++) {
        fixture_advance(f, DAY);
        assert_null(come(f, user, HOME, device));
    }
    for (int i = 0; i < MSA_FAMILIAR_MAX; i++)
        assert_non_null(come(f, user, apr_psprintf(f->pool, "192.0.2.%d", 100 + i), NULL));
    guess_from(f, STRANGER, NULL, LIMIT);
    assert_int_equal(try_from(f, HOME, NULL, FIXTURE_PASSWORD), MSA_OK);
    assert_int_equal(try_from(f, ROAD, device, FIXTURE_PASSWORD), MSA_OK);
}

static void a_browser_is_known_as_long_as_it_is_used(void **state)
{
    fixture_t *f = *state;
    msa_user_t *user = fixture_user(f, EMAIL, USERNAME);
    const char *device;
    int renewals = 0;
    f->settings.remember_lifetime = 30 * DAY;
    device = come(f, user, HOME, NULL);
    for (int i = 0; i < 10; i++) {
        const char *again;
        fixture_advance(f, 10 * DAY);
        again = come(f, user, HOME, device);
        renewals += again != NULL;
        device = again ? again : device;
    }
    /* The cookie is sent again, or the browser would drop it. */
    assert_int_equal(renewals, 5);
    assert_int_equal(fixture_tickets(f, user->id, "device"), 1);
    guess_from(f, STRANGER, NULL, LIMIT);
    assert_int_equal(try_from(f, ROAD, device, FIXTURE_PASSWORD), MSA_OK);
}

static apr_int64_t written(fixture_t *f)
{
    apr_array_header_t *rows = NULL;
    assert_int_equal(msa_db_read_text(f->ctx->db, f->pool, "SELECT COUNT(*) FROM written", &rows),
                     APR_SUCCESS);
    return apr_atoi64(APR_ARRAY_IDX(rows, 0, const char *));
}

static void a_program_that_calls_all_day_costs_one_write_a_day(void **state)
{
    static const char TABLE[] = "CREATE TABLE written (n INTEGER)";
    static const char TRIGGER[] = "CREATE TRIGGER noted AFTER UPDATE ON {prefix}ticket "
                                  "BEGIN INSERT INTO written VALUES (1); END";
    fixture_t *f = *state;
    msa_user_t *user = fixture_user(f, EMAIL, USERNAME);
    const char *device = come(f, user, HOME, NULL);
    assert_int_equal(msa_db_execute(f->ctx->db, TABLE, false), APR_SUCCESS);
    assert_int_equal(msa_db_execute(f->ctx->db, TRIGGER, false), APR_SUCCESS);
    for (int hour = 0; hour < 48; hour++) {
        fixture_advance(f, DAY / 24);
        assert_int_equal(try_from(f, HOME, device, FIXTURE_PASSWORD), MSA_OK);
    }
    assert_int_equal(written(f), 2 * 2); /* the browser and the place, on two days */
}

static void a_new_password_locks_out_no_browser_and_makes_each_one_unknown(void **state)
{
    fixture_t *f = *state;
    msa_user_t *user = fixture_user(f, EMAIL, USERNAME), *found = NULL;
    msa_signin_t signin = {0};
    const char *device = sign_in(f, user, HOME), *mails = NULL;
    f->settings.send_new_login_email = true;
    assert_int_equal(msa_recover_request(f->ctx, EMAIL), MSA_OK);
    mails = fixture_link(f, fixture_mail(f, EMAIL, "reset_instructions"), "/reset");
    f->ctx->address = ROAD;
    assert_int_equal(msa_recover(f->ctx, mails, "staple battery horse", &found), MSA_OK);
    guess_from(f, STRANGER, NULL, LIMIT);
    assert_int_equal(try_from(f, STRANGER, device, "staple battery horse"), MSA_OK);
    /* Anyone who read the mail signs in where they read it. */
    assert_int_equal(try_from(f, ROAD, NULL, "staple battery horse"), MSA_OK);
    sign_in(f, found, ROAD);
    assert_int_equal(fixture_mails(f, EMAIL, "new_login"), 0);
    f->ctx->device = device;
    assert_int_equal(msa_signin_start(f->ctx, found, false, true, NULL, &signin), MSA_OK);
    assert_non_null(signin.device);
    assert_int_equal(fixture_mails(f, EMAIL, "new_login"), 1);
    assert_int_equal(fixture_tickets(f, user->id, "device"), 2);
}

static void one_wrong_password_again_and_again_counts_once_for_the_account(void **state)
{
    fixture_t *f = *state;
    fixture_user(f, EMAIL, USERNAME);
    for (int i = 0; i < 3 * LIMIT; i++)
        assert_int_equal(try_from(f, ROAD, NULL, "the old password"), MSA_INVALID_PASSWORD);
    assert_int_equal(try_from(f, STRANGER, NULL, FIXTURE_PASSWORD), MSA_OK);
    /* It is hashed each time, and counts for its client. */
    assert_int_equal(f->hashes, 3 * LIMIT + 2);
    f->settings.throttle_address = 3 * LIMIT + 1;
    assert_int_equal(try_from(f, ROAD, NULL, "the old password"), MSA_INVALID_PASSWORD);
    assert_int_equal(try_from(f, ROAD, NULL, "the old password"), MSA_THROTTLED);
}

static void a_wrong_password_from_elsewhere_does_not_reveal_that_it_was_tried(void **state)
{
    fixture_t *f = *state;
    fixture_user(f, EMAIL, USERNAME);
    for (int i = 0; i < LIMIT; i++)
        assert_int_equal(try_from(f, apr_psprintf(f->pool, "192.0.2.%d", i), NULL, "the old one"),
                         MSA_INVALID_PASSWORD);
    assert_int_equal(try_from(f, ROAD, NULL, FIXTURE_PASSWORD), MSA_THROTTLED);
}

static void a_password_that_becomes_right_is_accepted_at_once(void **state)
{
    fixture_t *f = *state;
    msa_user_t *user = fixture_user(f, EMAIL, USERNAME);
    assert_int_equal(try_from(f, HOME, NULL, "the coming password"), MSA_INVALID_PASSWORD);
    assert_int_equal(msa_admin_set_password(f->ctx, user, "the coming password"), MSA_OK);
    assert_int_equal(try_from(f, HOME, NULL, "the coming password"), MSA_OK);
}

static void attempted_passwords_cannot_be_recovered_from_the_database(void **state)
{
    fixture_t *f = *state;
    apr_array_header_t *rows = NULL;
    static const char QUERY[] = "SELECT guess FROM {prefix}attempt";
    fixture_user(f, EMAIL, USERNAME);
    assert_int_equal(try_from(f, HOME, NULL, "the old password"), MSA_INVALID_PASSWORD);
    f->env.key = (const unsigned char *)"another key of thirty-two bytes.";
    assert_int_equal(try_from(f, HOME, NULL, "the old password"), MSA_INVALID_PASSWORD);
    assert_int_equal(msa_db_read_text(f->ctx->db, f->pool, QUERY, &rows), APR_SUCCESS);
    assert_int_equal(rows->nelts, 2);
    assert_int_equal(strlen(APR_ARRAY_IDX(rows, 0, const char *)), 32);
    assert_string_not_equal(APR_ARRAY_IDX(rows, 0, const char *),
                            APR_ARRAY_IDX(rows, 1, const char *));
}

/* ---- the mail about a locked account ---- */

static void the_owner_of_a_waiting_account_is_notified_once_per_window(void **state)
{
    fixture_t *f = *state;
    const msa_mail_t *mail;
    fixture_user(f, EMAIL, USERNAME);
    guess_from(f, STRANGER, NULL, LIMIT - 1);
    assert_int_equal(fixture_mails(f, NULL, NULL), 0);
    fixture_advance(f, f->settings.throttle_window / 2);
    guess_from(f, STRANGER, NULL, 1);
    assert_int_equal(fixture_mails(f, EMAIL, "account_locked"), 1);
    mail = fixture_mail(f, EMAIL, "account_locked");
    assert_non_null(strstr(mail->text, "1 hour"));
    assert_non_null(strstr(mail->text, FIXTURE_SITE "/reset"));
    assert_null(strstr(mail->text, STRANGER));
    /* The first failures are over; the next one locks the account again. */
    fixture_advance(f, f->settings.throttle_window / 2 + apr_time_from_sec(1));
    guess_from(f, STRANGER, NULL, LIMIT - 1);
    assert_int_equal(try_from(f, STRANGER, NULL, "one more"), MSA_THROTTLED);
    assert_int_equal(fixture_mails(f, EMAIL, "account_locked"), 1);
    fixture_advance(f, f->settings.throttle_window + apr_time_from_sec(1));
    guess_from(f, STRANGER, NULL, LIMIT);
    assert_int_equal(fixture_mails(f, EMAIL, "account_locked"), 2);
}

static void a_guess_counts_even_if_no_mail_can_be_written(void **state)
{
    static const char FULL[] = "CREATE TRIGGER full BEFORE INSERT ON {prefix}outbox "
                               "BEGIN SELECT RAISE(ABORT, 'the disk is full'); END";
    fixture_t *f = *state;
    fixture_user(f, EMAIL, USERNAME);
    assert_int_equal(msa_db_execute(f->ctx->db, FULL, false), APR_SUCCESS);
    guess_from(f, STRANGER, NULL, LIMIT);
    fixture_guess(f, NOBODY, LIMIT);
    assert_true(fixture_logged(f, "the account-locked mail was not written"));
    assert_int_equal(try_from(f, ROAD, NULL, FIXTURE_PASSWORD), MSA_THROTTLED);
    assert_int_equal(fixture_try(f, NOBODY, "wrong password"), MSA_THROTTLED);
}

static void guess_meanwhile(void *baton)
{
    fixture_t *f = baton;
    if (f->guesses < 2 * LIMIT)
        f->on_hash = guess_meanwhile;
    fixture_guess(f, EMAIL, 1);
}

/* All of them were let in before the first was counted. */
static void the_owner_is_notified_of_a_burst_of_guesses_as_well(void **state)
{
    fixture_t *f = *state;
    fixture_user(f, EMAIL, USERNAME);
    f->on_hash = guess_meanwhile;
    f->on_hash_baton = f;
    guess_from(f, STRANGER, NULL, 1);
    assert_int_equal(fixture_mails(f, EMAIL, "account_locked"), 1);
    assert_int_equal(try_from(f, ROAD, NULL, FIXTURE_PASSWORD), MSA_THROTTLED);
}

static void an_owner_is_notified_only_of_strangers(void **state)
{
    fixture_t *f = *state;
    const char *device = sign_in(f, fixture_user(f, EMAIL, USERNAME), HOME);
    assert_int_equal(try_from(f, HOME, NULL, FIXTURE_PASSWORD), MSA_OK);
    guess_from(f, HOME, NULL, LIMIT);
    guess_from(f, ROAD, device, LIMIT);
    assert_int_equal(fixture_mails(f, NULL, NULL), 0);
}

static void unknown_unwilling_and_disabled_users_are_not_notified(void **state)
{
    fixture_t *f = *state;
    msa_user_t *user = fixture_user(f, EMAIL, USERNAME);
    fixture_guess(f, NOBODY, LIMIT);
    fixture_guess(f, "nobodyhere", LIMIT);
    f->settings.send_account_locked_email = false;
    fixture_guess(f, EMAIL, LIMIT);
    fixture_advance(f, f->settings.throttle_window + apr_time_from_sec(1));
    f->settings.send_account_locked_email = true;
    assert_int_equal(msa_admin_set_active(f->ctx, user, false), MSA_OK);
    fixture_guess(f, EMAIL, LIMIT);
    assert_int_equal(fixture_mails(f, NULL, NULL), 0);
}

static void a_full_mailbox_gets_no_more_mail(void **state)
{
    fixture_t *f = *state;
    fixture_user(f, EMAIL, USERNAME);
    for (int i = 0; i < LIMIT; i++)
        assert_int_equal(msa_recover_request(f->ctx, EMAIL), MSA_OK);
    fixture_guess(f, EMAIL, LIMIT);
    assert_int_equal(fixture_mails(f, EMAIL, "account_locked"), 0);
}

static void an_administrator_ends_the_wait(void **state)
{
    fixture_t *f = *state;
    msa_user_t *user = fixture_user(f, EMAIL, USERNAME);
    const char *device = sign_in(f, user, HOME);
    assert_int_equal(try_from(f, HOME, NULL, FIXTURE_PASSWORD), MSA_OK);
    guess_from(f, STRANGER, NULL, LIMIT);
    guess_from(f, HOME, NULL, LIMIT);
    guess_from(f, ROAD, device, LIMIT);
    for (int i = 0; i < LIMIT; i++)
        msa_recover_request(f->ctx, EMAIL);
    assert_int_equal(msa_admin_unlock(f->ctx, user), MSA_OK);
    assert_true(fixture_logged(f, "user-unlocked ok"));
    assert_int_equal(try_from(f, ROAD, device, FIXTURE_PASSWORD), MSA_OK);
    assert_int_equal(try_from(f, HOME, NULL, FIXTURE_PASSWORD), MSA_OK);
    assert_int_equal(try_from(f, STRANGER, NULL, FIXTURE_PASSWORD), MSA_OK);
    assert_int_equal(msa_recover_request(f->ctx, EMAIL), MSA_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(strangers_do_not_lock_out_a_known_browser, setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_browser_cookie_gives_only_as_many_guesses_as_anybody_has,
                                        setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_browser_of_one_user_is_unknown_for_another, setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(no_other_secret_or_dead_cookie_identifies_a_browser, setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(
            no_browser_guesses_without_end_where_only_addresses_are_counted, setup,
            fixture_teardown),
        cmocka_unit_test_setup_teardown(a_browser_does_not_wait_for_others_behind_its_address,
                                        setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(an_address_the_owner_signed_in_from_is_counted_separately,
                                        setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(an_address_is_known_as_long_as_it_is_used, setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(the_known_addresses_of_a_traveller_are_bounded, setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(daily_use_is_not_displaced_by_single_visits, setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_browser_is_known_as_long_as_it_is_used, setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_program_that_calls_all_day_costs_one_write_a_day, setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(
            a_new_password_locks_out_no_browser_and_makes_each_one_unknown, setup,
            fixture_teardown),
        cmocka_unit_test_setup_teardown(
            one_wrong_password_again_and_again_counts_once_for_the_account, setup,
            fixture_teardown),
        cmocka_unit_test_setup_teardown(
            a_wrong_password_from_elsewhere_does_not_reveal_that_it_was_tried, setup,
            fixture_teardown),
        cmocka_unit_test_setup_teardown(a_password_that_becomes_right_is_accepted_at_once, setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(attempted_passwords_cannot_be_recovered_from_the_database,
                                        setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(the_owner_of_a_waiting_account_is_notified_once_per_window,
                                        setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_guess_counts_even_if_no_mail_can_be_written, setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(the_owner_is_notified_of_a_burst_of_guesses_as_well, setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(an_owner_is_notified_only_of_strangers, setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(unknown_unwilling_and_disabled_users_are_not_notified,
                                        setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_full_mailbox_gets_no_more_mail, setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(an_administrator_ends_the_wait, setup, fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
