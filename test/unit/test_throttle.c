/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include "../../src/account/confirm.h"
#include "../../src/account/recover.h"
#include "../../src/account/register.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <apr_strings.h>

#define EMAIL    "ann@example.org"
#define USERNAME "annabel"
#define NOBODY   "nobody@example.org"
#define LIMIT    3

#define LONG_S  "\xc5\xbf"
#define SHARP_S "\xc3\x9f"

static int setup(void **state)
{
    int status = fixture_setup(state);
    fixture_t *f = *state;
    f->settings.throttle_account = LIMIT;
    return status;
}

static msa_outcome_t enlist(fixture_t *f, const char *email)
{
    msa_registration_t form = {
        .email = email, .username = "newcomer", .password = FIXTURE_PASSWORD};
    apr_array_header_t *faults = apr_array_make(f->pool, 4, sizeof(msa_fault_t));
    msa_user_t *user = NULL;
    return msa_register(f->ctx, &form, faults, &user);
}

/* ---- one counter for each account ---- */

static void no_name_reaches_the_counter_of_mails(void **state)
{
    fixture_t *f = *state;
    fixture_user(f, EMAIL, NULL);
    for (int i = 0; i < 2 * LIMIT; i++)
        fixture_try(f, "mail\n" EMAIL, "wrong password");
    assert_int_equal(msa_recover_request(f->ctx, EMAIL), MSA_OK);
    assert_int_equal(fixture_mails(f, EMAIL, "reset_instructions"), 1);
    assert_int_equal(fixture_try(f, EMAIL, FIXTURE_PASSWORD), MSA_OK);
}

static void every_name_and_spelling_of_an_account_is_one_counter(void **state)
{
    static const char *const NAMES[] = {EMAIL, "ANN@Example.ORG", USERNAME, "ANNABEL",
                                        "\xef\xbd\x81nnabel" /* a full-width letter */};
    for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
        fixture_t *f = *state;
        fixture_user(f, EMAIL, USERNAME);
        for (int j = 0; j < LIMIT; j++)
            fixture_guess(f, NAMES[(i + (size_t)j) % (sizeof(NAMES) / sizeof(NAMES[0]))], 1);
        for (size_t j = 0; j < sizeof(NAMES) / sizeof(NAMES[0]); j++)
            assert_int_equal(fixture_try(f, NAMES[j], FIXTURE_PASSWORD), MSA_THROTTLED);
        fixture_teardown(state);
        setup(state);
    }
}

static void an_unknown_name_waits_like_an_account(void **state)
{
    fixture_t *f = *state;
    fixture_guess(f, NOBODY, LIMIT);
    assert_int_equal(fixture_try(f, "NoBody@example.org", "wrong password"), MSA_THROTTLED);
    fixture_guess(f, "nobodyhere", LIMIT);
    assert_int_equal(fixture_try(f, "\xef\xbd\x8eobodyhere", "wrong password"), MSA_THROTTLED);
}

/* If two names can find the same user they must share a counter, and the other way round; otherwise
 * a name that is counted before it is tried shows whether somebody has it. */
static void names_that_share_a_counter_find_the_same_user(void **state)
{
    static const char *const NAMES[][2] = {
        {"sam@example.org",   LONG_S "am@example.org"  },
        {"sass",              "SA" SHARP_S             },
        {"strasse@ex.org",    "stra" SHARP_S "e@ex.org"},
        {"\xc3\xa4nn@ex.org", "\xc3\x84NN@EX.org"      }
    };
    for (size_t i = 0; i < 2 * sizeof(NAMES) / sizeof(NAMES[0]); i++) {
        fixture_t *f = *state;
        const char *const *names = NAMES[i / 2];
        bool is_email = strchr(names[0], '@') != NULL;
        if (i % 2)
            fixture_user(f, is_email ? names[0] : EMAIL, is_email ? NULL : names[0]);
        fixture_guess(f, names[1], LIMIT);
        assert_int_equal(fixture_try(f, names[0], "wrong password"), MSA_THROTTLED);
        assert_int_equal(fixture_try(f, names[1], "wrong password"), MSA_THROTTLED);
        fixture_teardown(state);
        setup(state);
    }
}

static void mails_requested_in_another_spelling_go_to_the_stored_address(void **state)
{
    fixture_t *f = *state;
    fixture_user(f, "sam@example.org", NULL);
    assert_int_equal(msa_recover_request(f->ctx, LONG_S "am@example.org"), MSA_OK);
    assert_int_equal(fixture_mails(f, "sam@example.org", "reset_instructions"), 1);
    assert_int_equal(enlist(f, LONG_S "am@example.org"), MSA_OK);
    assert_int_equal(fixture_mails(f, "sam@example.org", "welcome_existing"), 1);
    assert_int_equal(fixture_mails(f, NULL, NULL), 2);
}

static void a_success_forgets_only_this_accounts_failures_from_this_address(void **state)
{
    fixture_t *f = *state;
    fixture_user(f, EMAIL, USERNAME);
    f->ctx->address = "192.0.2.1";
    fixture_guess(f, EMAIL, LIMIT - 1);
    f->ctx->address = "192.0.2.2";
    assert_int_equal(fixture_try(f, USERNAME, FIXTURE_PASSWORD), MSA_OK);
    fixture_guess(f, NOBODY, 1);
    f->ctx->address = "192.0.2.3";
    fixture_guess(f, EMAIL, 1);
    assert_int_equal(fixture_try(f, EMAIL, FIXTURE_PASSWORD), MSA_THROTTLED);
}

/* ---- what is not a name ---- */

static void what_cannot_be_a_name_costs_no_hash_and_counts_only_for_the_client(void **state)
{
    fixture_t *f = *state;
    char *endless = apr_pcalloc(f->pool, 300);
    /* U+FDFA is one character that becomes eighteen. */
    const char *names[] = {"mail\n" EMAIL,
                           "ann\x01",
                           "",
                           "\xff\xfe",
                           endless,
                           "\xef\xb7\xba\xef\xb7\xba\xef\xb7\xba\xef\xb7\xba\xef\xb7\xba"
                           "\xef\xb7\xba\xef\xb7\xba\xef\xb7\xba\xef\xb7\xba\xef\xb7\xba"};
    int hashes = f->hashes;
    memset(endless, 'a', 299);
    f->settings.throttle_address = 2;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        f->ctx->address = apr_psprintf(f->pool, "192.0.2.%d", (int)i);
        assert_int_equal(fixture_try(f, names[i], "wrong password"), MSA_USER_DOES_NOT_EXIST);
        assert_int_equal(fixture_try(f, names[i], "wrong password"), MSA_USER_DOES_NOT_EXIST);
        assert_int_equal(f->hashes, hashes);
        assert_int_equal(fixture_try(f, NOBODY, "wrong password"), MSA_THROTTLED);
    }
}

static void however_an_address_is_written_it_is_one_client(void **state)
{
    static const char *const SAME[][2] = {
        {"192.0.2.1",       "::ffff:192.0.2.1"    },
        {"2001:db8:1:2::3", "2001:db8:1:2:ffff::9"}
    };
    fixture_t *f = *state;
    f->settings.throttle_account = 0;
    f->settings.throttle_address = 1;
    for (size_t i = 0; i < sizeof(SAME) / sizeof(SAME[0]); i++) {
        f->ctx->address = SAME[i][0];
        fixture_guess(f, NOBODY, 1);
        f->ctx->address = SAME[i][1];
        assert_int_equal(fixture_try(f, NOBODY, "wrong password"), MSA_THROTTLED);
    }
    f->ctx->address = "2001:db8:1:3::3";
    fixture_guess(f, NOBODY, 1);
}

/* ---- mails and accounts on request ---- */

static void a_client_that_asks_too_often_costs_no_hash_and_gets_no_mail_out(void **state)
{
    fixture_t *f = *state;
    int hashes, mails;
    fixture_user(f, EMAIL, NULL);
    f->settings.throttle_requests = LIMIT;
    f->ctx->address = "2001:db8::1";
    assert_int_equal(enlist(f, "new@example.org"), MSA_OK);
    assert_int_equal(msa_recover_request(f->ctx, NOBODY), MSA_USER_DOES_NOT_EXIST);
    assert_int_equal(msa_confirm_request(f->ctx, EMAIL), MSA_ALREADY_CONFIRMED);
    hashes = f->hashes;
    mails = fixture_mails(f, NULL, NULL);
    f->ctx->address = "2001:db8::2";
    assert_int_equal(enlist(f, "newer@example.org"), MSA_TOO_MANY_REQUESTS);
    assert_int_equal(msa_recover_request(f->ctx, EMAIL), MSA_TOO_MANY_REQUESTS);
    assert_int_equal(msa_recover_request(f->ctx, NOBODY), MSA_TOO_MANY_REQUESTS);
    assert_int_equal(msa_confirm_request(f->ctx, EMAIL), MSA_TOO_MANY_REQUESTS);
    assert_int_equal(f->hashes, hashes);
    assert_int_equal(fixture_mails(f, NULL, NULL), mails);
    f->ctx->address = "2001:db8:0:1::1";
    assert_int_equal(msa_recover_request(f->ctx, EMAIL), MSA_OK);
    f->ctx->address = "2001:db8::1";
    fixture_advance(f, f->settings.throttle_window + apr_time_from_sec(1));
    assert_int_equal(enlist(f, "newer@example.org"), MSA_OK);
}

static void mails_to_a_full_mailbox_count_for_their_client_and_let_it_recover(void **state)
{
    fixture_t *f = *state;
    fixture_user(f, EMAIL, NULL);
    f->settings.throttle_requests = 3 * LIMIT;
    for (int i = 0; i < LIMIT; i++)
        assert_int_equal(msa_recover_request(f->ctx, EMAIL), MSA_OK);
    fixture_advance(f, f->settings.throttle_window / 2);
    for (int i = 0; i < 2 * LIMIT; i++)
        assert_int_equal(msa_recover_request(f->ctx, EMAIL), MSA_THROTTLED);
    assert_int_equal(msa_recover_request(f->ctx, EMAIL), MSA_TOO_MANY_REQUESTS);
    fixture_advance(f, f->settings.throttle_window / 2 + apr_time_from_sec(1));
    assert_int_equal(msa_recover_request(f->ctx, EMAIL), MSA_OK);
}

static void only_registrations_count_as_newcomers_among_the_hashes(void **state)
{
    fixture_t *f = *state;
    fixture_user(f, EMAIL, NULL);
    assert_int_equal(fixture_try(f, EMAIL, FIXTURE_PASSWORD), MSA_OK);
    assert_int_equal(fixture_try(f, NOBODY, "wrong password"), MSA_USER_DOES_NOT_EXIST);
    assert_int_equal(f->newcomers, 0);
    assert_int_equal(enlist(f, "new@example.org"), MSA_OK);
    assert_int_equal(f->newcomers, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(no_name_reaches_the_counter_of_mails, setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(every_name_and_spelling_of_an_account_is_one_counter, setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(an_unknown_name_waits_like_an_account, setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(names_that_share_a_counter_find_the_same_user, setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(
            mails_requested_in_another_spelling_go_to_the_stored_address, setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(
            a_success_forgets_only_this_accounts_failures_from_this_address, setup,
            fixture_teardown),
        cmocka_unit_test_setup_teardown(
            what_cannot_be_a_name_costs_no_hash_and_counts_only_for_the_client, setup,
            fixture_teardown),
        cmocka_unit_test_setup_teardown(however_an_address_is_written_it_is_one_client, setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(
            a_client_that_asks_too_often_costs_no_hash_and_gets_no_mail_out, setup,
            fixture_teardown),
        cmocka_unit_test_setup_teardown(
            mails_to_a_full_mailbox_count_for_their_client_and_let_it_recover, setup,
            fixture_teardown),
        cmocka_unit_test_setup_teardown(only_registrations_count_as_newcomers_among_the_hashes,
                                        setup, fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
