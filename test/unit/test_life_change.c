/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include "../../src/account/change.h"
#include "../../src/account/change_email.h"
#include "../../src/account/recover.h"
#include "../../src/account/register.h"
#include "../../src/account/undo.h"
#include "../../src/base/digest.h"
#include "../../src/identity/session.h"
#include "../../src/identity/signin.h"
#include "../../src/identity/ticket.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include <cmocka.h>
#include <apr_strings.h>

#define NEW_PASSWORD "staple battery horse"
#define OLD_EMAIL    "ann@example.org"
#define NEW_EMAIL    "ann@elsewhere.example"

static msa_identity_t *sign_in(fixture_t *f, const msa_user_t *user, msa_signin_t *signin)
{
    assert_int_equal(msa_signin_start(f->ctx, user, true, true, NULL, signin), MSA_OK);
    return signin->identity;
}

static msa_outcome_t use(fixture_t *f, const char *session)
{
    msa_identity_t *identity = NULL;
    return msa_identity_by_secret(f->ctx, session, 1u << MSA_PURPOSE_SESSION, &identity);
}

/* ---- password ---- */

static void a_changed_password_goes_on_under_a_new_session_and_ends_all_others(void **state)
{
    fixture_t *f = *state;
    msa_user_t *user = fixture_user(f, OLD_EMAIL, NULL);
    msa_user_t *after = NULL;
    msa_signin_t here = {0}, elsewhere = {0}, next = {0};
    const char *token = NULL;
    msa_identity_t *identity = sign_in(f, user, &here);
    sign_in(f, user, &elsewhere);
    assert_int_equal(msa_signin_token(f->ctx, user, NULL, 0, &token), MSA_OK);
    assert_int_equal(msa_recover_request(f->ctx, OLD_EMAIL), MSA_OK);
    assert_int_equal(
        msa_change_password(f->ctx, identity, FIXTURE_PASSWORD, NEW_PASSWORD, true, &next, &after),
        MSA_OK);
    assert_int_equal(use(f, here.session), MSA_UNAUTHENTICATED);
    assert_int_equal(use(f, elsewhere.session), MSA_UNAUTHENTICATED);
    assert_int_equal(use(f, next.session), MSA_OK);
    assert_non_null(next.remember);
    assert_int_equal(fixture_tickets(f, user->id, NULL), 2);
    assert_string_not_equal(after->fs_uniquifier, user->fs_uniquifier);
    assert_int_equal(fixture_mails(f, OLD_EMAIL, "change_notice"), 1);
    assert_int_equal(APR_ARRAY_IDX(f->changed_users, 0, apr_int64_t), user->id);
    assert_true(fixture_logged(f, "password-changed ok"));
    assert_int_equal(msa_signin_check(f->ctx, OLD_EMAIL, NULL, NEW_PASSWORD, &after), MSA_OK);
}

static void a_password_is_changed_only_to_a_different_good_one_by_its_owner(void **state)
{
    static const struct {
        const char *password, *new_password;
        msa_outcome_t outcome;
    } CASES[] = {
        {"not the password", NEW_PASSWORD,      MSA_INVALID_PASSWORD       },
        {"",                 NEW_PASSWORD,      MSA_INVALID_PASSWORD       },
        {FIXTURE_PASSWORD,   FIXTURE_PASSWORD,  MSA_PASSWORD_IS_THE_SAME   },
        {FIXTURE_PASSWORD,   "short",           MSA_PASSWORD_INVALID_LENGTH},
        {FIXTURE_PASSWORD,   "ANN@example.org", MSA_PASSWORD_TOO_SIMPLE    },
        {FIXTURE_PASSWORD,   "Example.org",     MSA_PASSWORD_TOO_SIMPLE    },
    };
    fixture_t *f = *state;
    msa_user_t *user = fixture_user(f, OLD_EMAIL, NULL);
    msa_signin_t here = {0}, next = {0};
    msa_identity_t *identity = sign_in(f, user, &here);
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        msa_user_t *after = NULL;
        assert_int_equal(msa_change_password(f->ctx, identity, CASES[i].password,
                                             CASES[i].new_password, false, &next, &after),
                         CASES[i].outcome);
    }
    assert_string_equal(fixture_reload(f, user->id)->password, user->password);
    assert_int_equal(use(f, here.session), MSA_OK);
    assert_int_equal(fixture_mails(f, NULL, NULL), 0);
}

static void recover_first(void *baton)
{
    fixture_t *f = baton;
    msa_user_t *user = NULL;
    msa_context_t *ctx = fixture_context(f, f->pool, fixture_source(f, f->pool));
    const char *secret = fixture_link(f, fixture_mail(f, NULL, "reset_instructions"), "/reset");
    assert_int_equal(msa_recover(ctx, secret, NEW_PASSWORD, &user), MSA_OK);
}

static void of_two_resets_by_one_link_at_once_one_wins(void **state)
{
    fixture_t *f = *state;
    msa_user_t *user = fixture_user(f, OLD_EMAIL, NULL);
    const char *secret;
    assert_int_equal(msa_recover_request(f->ctx, OLD_EMAIL), MSA_OK);
    secret = fixture_link(f, fixture_mail(f, OLD_EMAIL, "reset_instructions"), "/reset");
    f->on_hash = recover_first;
    f->on_hash_baton = f;
    assert_int_equal(msa_recover(f->ctx, secret, "the slower password", &user),
                     MSA_INVALID_RESET_PASSWORD_TOKEN);
    assert_int_equal(msa_signin_check(f->ctx, OLD_EMAIL, NULL, NEW_PASSWORD, &user), MSA_OK);
}

/* ---- username ---- */

static void a_username_is_changed_if_it_is_free_and_its_owner_is_notified(void **state)
{
    fixture_t *f = *state;
    msa_user_t *user = fixture_user(f, OLD_EMAIL, "annie");
    msa_signin_t here = {0};
    msa_identity_t *identity = sign_in(f, user, &here);
    fixture_user(f, "bob@example.org", "bobby");
    assert_int_equal(msa_change_username(f->ctx, identity, "BOBBY"),
                     MSA_USERNAME_ALREADY_ASSOCIATED);
    assert_int_equal(msa_change_username(f->ctx, identity, "a b c"),
                     MSA_USERNAME_DISALLOWED_CHARACTERS);
    assert_int_equal(fixture_mails(f, NULL, NULL), 0);
    assert_int_equal(msa_change_username(f->ctx, identity, "anna"), MSA_OK);
    assert_string_equal(fixture_reload(f, user->id)->username, "anna");
    assert_int_equal(fixture_mails(f, OLD_EMAIL, "change_username_notice"), 1);
    assert_int_equal(use(f, here.session), MSA_OK);
}

/* ---- email ---- */

static const char *ask(fixture_t *f, msa_user_t **user, msa_signin_t *signin)
{
    *user = fixture_user(f, OLD_EMAIL, NULL);
    assert_int_equal(msa_change_email_request(f->ctx, sign_in(f, *user, signin), NEW_EMAIL),
                     MSA_OK);
    return fixture_link(f, fixture_mail(f, NEW_EMAIL, "change_email_instructions"),
                        "/change-email");
}

static const char *undo_link(fixture_t *f)
{
    return fixture_link(f, fixture_mail(f, OLD_EMAIL, "change_email_notice"), "/change-email");
}

static void a_new_address_is_verified_and_sessions_continue(void **state)
{
    fixture_t *f = *state;
    msa_user_t *user = NULL, *after = NULL;
    msa_signin_t here = {0};
    const char *secret = ask(f, &user, &here);
    const char *email = NULL;
    assert_string_equal(fixture_reload(f, user->id)->email, OLD_EMAIL);
    assert_int_equal(msa_change_email_inspect(f->ctx, secret, &after, &email), MSA_OK);
    assert_string_equal(email, NEW_EMAIL);
    assert_int_equal(msa_change_email(f->ctx, secret, &after), MSA_OK);
    assert_string_equal(fixture_reload(f, user->id)->email, NEW_EMAIL);
    assert_int_equal(use(f, here.session), MSA_OK);
    assert_int_equal(msa_change_email(f->ctx, secret, &after), MSA_API_ERROR);
    assert_true(fixture_logged(f, "change-email ok"));
}

static void a_changed_address_ends_the_links_mailed_to_the_old_one(void **state)
{
    fixture_t *f = *state;
    msa_user_t *user = NULL, *after = NULL;
    msa_signin_t here = {0};
    const char *secret = ask(f, &user, &here), *reset;
    assert_int_equal(msa_recover_request(f->ctx, OLD_EMAIL), MSA_OK);
    reset = fixture_link(f, fixture_mail(f, OLD_EMAIL, "reset_instructions"), "/reset");
    assert_int_equal(msa_change_email(f->ctx, secret, &after), MSA_OK);
    assert_int_equal(fixture_tickets(f, user->id, "reset"), 0);
    assert_int_equal(msa_recover_inspect(f->ctx, reset, &after), MSA_INVALID_RESET_PASSWORD_TOKEN);
}

static void an_address_link_expires_and_a_newer_one_ends_it(void **state)
{
    fixture_t *f = *state;
    msa_user_t *user = NULL, *after = NULL;
    msa_signin_t here = {0};
    const char *older = ask(f, &user, &here), *newer;
    assert_int_equal(msa_change_email_request(f->ctx, here.identity, NEW_EMAIL), MSA_OK);
    newer =
        fixture_link(f, fixture_mail(f, NEW_EMAIL, "change_email_instructions"), "/change-email");
    assert_int_equal(msa_change_email(f->ctx, older, &after), MSA_API_ERROR);
    fixture_advance(f, f->settings.change_email_within);
    assert_int_equal(msa_change_email(f->ctx, newer, &after), MSA_CHANGE_EMAIL_EXPIRED);
}

static void the_old_address_can_take_the_change_back_and_end_all_sessions(void **state)
{
    fixture_t *f = *state;
    msa_user_t *user = NULL, *after = NULL;
    msa_signin_t here = {0};
    const char *secret = ask(f, &user, &here), *undo = undo_link(f), *email = NULL;
    assert_int_equal(msa_change_email(f->ctx, secret, &after), MSA_OK);
    fixture_advance(f, apr_time_from_sec(6 * 86400));
    assert_int_equal(msa_undo_inspect(f->ctx, undo, &after, &email), MSA_OK);
    assert_string_equal(email, OLD_EMAIL);
    assert_int_equal(msa_undo(f->ctx, undo, &after), MSA_OK);
    after = fixture_reload(f, user->id);
    assert_string_equal(after->email, OLD_EMAIL);
    assert_string_not_equal(after->fs_uniquifier, user->fs_uniquifier);
    assert_int_equal(fixture_tickets(f, user->id, NULL), 0);
    assert_int_equal(use(f, here.session), MSA_UNAUTHENTICATED);
    assert_int_equal(msa_undo(f->ctx, undo, &after), MSA_API_ERROR);
}

static void taking_a_change_back_before_it_happened_stops_it(void **state)
{
    fixture_t *f = *state;
    msa_user_t *user = NULL, *after = NULL;
    msa_signin_t here = {0};
    const char *secret = ask(f, &user, &here);
    assert_int_equal(msa_undo(f->ctx, undo_link(f), &after), MSA_OK);
    assert_int_equal(msa_change_email(f->ctx, secret, &after), MSA_API_ERROR);
    assert_string_equal(fixture_reload(f, user->id)->email, OLD_EMAIL);
}

static void a_taken_address_is_reported_only_to_its_owner(void **state)
{
    fixture_t *f = *state;
    msa_user_t *user = fixture_user(f, OLD_EMAIL, NULL);
    msa_signin_t here = {0};
    msa_identity_t *identity = sign_in(f, user, &here);
    fixture_user(f, NEW_EMAIL, NULL);
    assert_int_equal(msa_change_email_request(f->ctx, identity, NEW_EMAIL),
                     MSA_EMAIL_ALREADY_ASSOCIATED);
    assert_int_equal(fixture_mails(f, NEW_EMAIL, "welcome_existing"), 1);
    assert_int_equal(fixture_mails(f, OLD_EMAIL, "change_email_notice"), 1);
    assert_int_equal(fixture_mails(f, NULL, NULL), 2);
}

static void an_address_taken_in_the_meantime_is_not_changed_to(void **state)
{
    fixture_t *f = *state;
    msa_user_t *user = NULL, *after = NULL;
    msa_signin_t here = {0};
    const char *secret = ask(f, &user, &here);
    fixture_user(f, NEW_EMAIL, NULL);
    assert_int_equal(msa_change_email(f->ctx, secret, &after), MSA_EMAIL_ALREADY_ASSOCIATED);
    assert_string_equal(fixture_reload(f, user->id)->email, OLD_EMAIL);
}

static void an_address_link_ends_with_the_password(void **state)
{
    fixture_t *f = *state;
    msa_user_t *user = NULL, *after = NULL;
    msa_signin_t here = {0}, next = {0};
    const char *secret = ask(f, &user, &here);
    assert_int_equal(msa_change_password(f->ctx, here.identity, FIXTURE_PASSWORD, NEW_PASSWORD,
                                         false, &next, &after),
                     MSA_OK);
    assert_int_equal(msa_change_email(f->ctx, secret, &after), MSA_API_ERROR);
}

/* ---- without randomness ---- */

/* Each of these needs randomness several times; whichever time it fails, nothing is done. */
static void without_randomness_nothing_is_done_by_halves(void **state)
{
    fixture_t *f = *state;
    msa_user_t *user = fixture_user(f, OLD_EMAIL, NULL), *after = NULL;
    msa_signin_t here = {0};
    msa_identity_t *identity = sign_in(f, user, &here);
    msa_registration_t form = {.email = "new@example.org", .password = FIXTURE_PASSWORD};
    apr_array_header_t *faults = apr_array_make(f->pool, 1, sizeof(msa_fault_t));
    msa_outcome_t outcome = MSA_BROKEN;
    for (int n = 1; outcome != MSA_OK; n++) {
        f->failing_random = f->randoms + n;
        assert_int_equal(fixture_mails(f, NULL, NULL), 0);
        outcome = msa_register(f->ctx, &form, faults, &after);
        assert_true(outcome == MSA_OK || outcome == MSA_BROKEN);
    }
    outcome = MSA_BROKEN;
    for (int n = 1; outcome != MSA_OK; n++) {
        f->failing_random = f->randoms + n;
        assert_int_equal(fixture_mails(f, NULL, "change_email_notice"), 0);
        outcome = msa_change_email_request(f->ctx, identity, NEW_EMAIL);
    }
    outcome = MSA_BROKEN;
    for (int n = 1; outcome != MSA_OK; n++) {
        f->failing_random = f->randoms + n;
        assert_int_equal(fixture_mails(f, OLD_EMAIL, "reset_instructions"), 0);
        outcome = msa_recover_request(f->ctx, OLD_EMAIL);
    }
    assert_int_equal(fixture_tickets(f, user->id, "reset"), 1);
}

static void every_password_and_uniquifier_has_a_different_stamp(void **state)
{
    static const char LONG[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    fixture_t *f = *state;
    unsigned char one[MSA_DIGEST_SIZE], other[MSA_DIGEST_SIZE];
    const char *longer = apr_pstrcat(f->pool, LONG, LONG, LONG, LONG, LONG, LONG, LONG, LONG, NULL);
    msa_user_stamp(&(msa_user_t){.password = longer, .fs_uniquifier = "u"}, one);
    msa_user_stamp(&(msa_user_t){.password = longer + 1, .fs_uniquifier = "u"}, other);
    assert_memory_not_equal(one, other, sizeof(one));
    msa_user_stamp(&(msa_user_t){.password = longer, .fs_uniquifier = "v"}, other);
    assert_memory_not_equal(one, other, sizeof(one));
    msa_user_stamp(&(msa_user_t){.password = "ab", .fs_uniquifier = "c"}, one);
    msa_user_stamp(&(msa_user_t){.password = "a", .fs_uniquifier = "bc"}, other);
    assert_memory_not_equal(one, other, sizeof(one));
}

/* What is mapped already plus half of the gigabyte that the hash needs. */
static rlim_t half_a_gigabyte_more(void)
{
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    assert_int_equal(fscanf(file, "%lu", &pages), 1);
    fclose(file);
    return pages * (rlim_t)sysconf(_SC_PAGESIZE) + (512UL << 20);
}

static void a_password_that_cannot_be_checked_now_is_not_called_wrong(void **state)
{
    static const char COSTLY[] = "$argon2id$v=19$m=1048576,t=1,p=1$c2FsdHNhbHRzYWx0"
                                 "$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    fixture_t *f = *state;
    msa_user_t *user = fixture_user(f, OLD_EMAIL, NULL);
    struct rlimit before, small;
    msa_outcome_t outcome;
    assert_int_equal(
        msa_user_set_password(f->ctx->db, f->pool, user->id, NULL, COSTLY, NULL, f->now), 0);
    assert_int_equal(getrlimit(RLIMIT_AS, &before), 0);
    small = before;
    small.rlim_cur = half_a_gigabyte_more();
    assert_int_equal(setrlimit(RLIMIT_AS, &small), 0);
    outcome = msa_signin_check(f->ctx, OLD_EMAIL, NULL, FIXTURE_PASSWORD, &user);
    assert_int_equal(setrlimit(RLIMIT_AS, &before), 0);
    assert_int_equal(outcome, MSA_BROKEN);
    assert_true(fixture_logged(f, "could not be checked"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_password_that_cannot_be_checked_now_is_not_called_wrong,
                                        fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(every_password_and_uniquifier_has_a_different_stamp,
                                        fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(
            a_changed_password_goes_on_under_a_new_session_and_ends_all_others, fixture_setup,
            fixture_teardown),
        cmocka_unit_test_setup_teardown(
            a_password_is_changed_only_to_a_different_good_one_by_its_owner, fixture_setup,
            fixture_teardown),
        cmocka_unit_test_setup_teardown(
            a_username_is_changed_if_it_is_free_and_its_owner_is_notified, fixture_setup,
            fixture_teardown),
        cmocka_unit_test_setup_teardown(a_new_address_is_verified_and_sessions_continue,
                                        fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_changed_address_ends_the_links_mailed_to_the_old_one,
                                        fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(an_address_link_expires_and_a_newer_one_ends_it,
                                        fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(
            the_old_address_can_take_the_change_back_and_end_all_sessions, fixture_setup,
            fixture_teardown),
        cmocka_unit_test_setup_teardown(taking_a_change_back_before_it_happened_stops_it,
                                        fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_taken_address_is_reported_only_to_its_owner,
                                        fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(an_address_taken_in_the_meantime_is_not_changed_to,
                                        fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(an_address_link_ends_with_the_password, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(without_randomness_nothing_is_done_by_halves, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(of_two_resets_by_one_link_at_once_one_wins, fixture_setup,
                                        fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
