/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include "../../src/account/confirm.h"
#include "../../src/account/recover.h"
#include "../../src/account/register.h"
#include "../../src/identity/remember.h"
#include "../../src/identity/session.h"
#include "../../src/identity/signin.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <apr_strings.h>

/* Several people register one address; whoever owns the mailbox decides whose account it is. */

#define EMAIL  "victim@example.org"
#define THEIRS "password of the stranger"
#define MINE   "password of the owner"

static msa_user_t *enlist_as(fixture_t *f, const char *email, const char *username,
                             const char *password, const char *telephone)
{
    msa_registration_t form = {.email = email, .username = username, .password = password};
    apr_array_header_t *faults = apr_array_make(f->pool, 4, sizeof(msa_fault_t));
    apr_array_header_t *extra = apr_array_make(f->pool, 1, sizeof(const char *));
    msa_user_t *user = NULL;
    APR_ARRAY_PUSH(extra, const char *) = telephone;
    form.extra = extra;
    assert_int_equal(msa_register(f->ctx, &form, faults, &user), MSA_OK);
    assert_int_equal(faults->nelts, 0);
    return user;
}

static void enlist(fixture_t *f, const char *password)
{
    enlist_as(f, EMAIL, NULL, password, NULL);
}

/* The link of the first registration of an address, and of the latest one after that. */
static const char *first_link(fixture_t *f)
{
    return fixture_link(f, fixture_mail(f, EMAIL, "welcome"), "/confirm");
}

static const char *later_link(fixture_t *f)
{
    return fixture_link(f, fixture_mail(f, EMAIL, "welcome_existing"), "/confirm");
}

static msa_outcome_t follow(fixture_t *f, const char *link)
{
    msa_user_t *user = NULL;
    return msa_confirm(f->ctx, link, &user);
}

static msa_outcome_t sign_in(fixture_t *f, const char *password)
{
    msa_user_t *user = NULL;
    return msa_signin_check(f->ctx, EMAIL, NULL, password, &user);
}

static void the_link_of_the_owner_sets_what_the_owner_registered(void **state)
{
    fixture_t *f = *state;
    enlist(f, THEIRS);
    enlist(f, MINE);
    assert_int_equal(follow(f, later_link(f)), MSA_OK);
    assert_int_equal(sign_in(f, MINE), MSA_OK);
    assert_int_equal(sign_in(f, THEIRS), MSA_INVALID_PASSWORD);
    assert_int_equal(follow(f, later_link(f)), MSA_ALREADY_CONFIRMED);
    assert_int_equal(follow(f, first_link(f)), MSA_INVALID_CONFIRMATION_TOKEN);
    assert_int_equal(sign_in(f, MINE), MSA_OK);
}

static void a_later_registration_does_not_affect_the_first_link(void **state)
{
    fixture_t *f = *state;
    enlist(f, MINE);
    enlist(f, THEIRS);
    assert_int_equal(follow(f, first_link(f)), MSA_OK);
    assert_int_equal(sign_in(f, MINE), MSA_OK);
    assert_int_equal(sign_in(f, THEIRS), MSA_INVALID_PASSWORD);
    assert_int_equal(follow(f, later_link(f)), MSA_ALREADY_CONFIRMED);
    assert_int_equal(sign_in(f, MINE), MSA_OK);
    assert_int_equal(sign_in(f, THEIRS), MSA_INVALID_PASSWORD);
}

static void of_three_registrations_the_one_whose_link_is_followed_counts(void **state)
{
    fixture_t *f = *state;
    const char *link;
    enlist(f, THEIRS);
    enlist(f, MINE);
    link = later_link(f);
    enlist(f, THEIRS);
    assert_int_equal(follow(f, link), MSA_OK);
    assert_int_equal(sign_in(f, MINE), MSA_OK);
    assert_int_equal(follow(f, later_link(f)), MSA_INVALID_CONFIRMATION_TOKEN);
    assert_int_equal(sign_in(f, THEIRS), MSA_INVALID_PASSWORD);
}

static void a_requested_link_makes_no_password_valid(void **state)
{
    fixture_t *f = *state;
    msa_user_t *user = NULL;
    const char *secret = NULL;
    enlist(f, THEIRS);
    assert_int_equal(msa_confirm_request(f->ctx, EMAIL), MSA_OK);
    assert_int_equal(
        msa_confirm(
            f->ctx,
            fixture_link(f, fixture_mail(f, EMAIL, "confirmation_instructions"), "/confirm"),
            &user),
        MSA_OK);
    assert_null(user->password);
    assert_int_equal(sign_in(f, THEIRS), MSA_INVALID_PASSWORD);
    assert_int_equal(follow(f, first_link(f)), MSA_INVALID_CONFIRMATION_TOKEN);
    assert_int_equal(msa_recover_link(f->ctx, user, &secret), MSA_OK);
    assert_int_equal(msa_recover(f->ctx, secret, MINE, &user), MSA_OK);
    assert_int_equal(sign_in(f, MINE), MSA_OK);
}

static void confirming_ends_what_was_issued_to_others(void **state)
{
    fixture_t *f = *state;
    msa_signin_t stranger = {0};
    msa_identity_t *identity = NULL;
    msa_user_t *user;
    f->settings.login_without_confirmation = true;
    f->settings.is_trackable = true;
    user = enlist_as(f, EMAIL, NULL, THEIRS, NULL);
    assert_int_equal(msa_signin_start(f->ctx, user, true, true, NULL, &stranger), MSA_OK);
    enlist(f, MINE);
    f->changed_users->nelts = 0;
    /* The account is in use, so the link brings nothing along. */
    assert_int_equal(follow(f, later_link(f)), MSA_OK);
    assert_int_equal(f->changed_users->nelts, 1);
    assert_int_equal(sign_in(f, THEIRS), MSA_INVALID_PASSWORD);
    assert_int_equal(sign_in(f, MINE), MSA_INVALID_PASSWORD);
    assert_int_equal(
        msa_identity_by_secret(f->ctx, stranger.session, 1u << MSA_PURPOSE_SESSION, &identity),
        MSA_UNAUTHENTICATED);
    assert_int_equal(msa_signin_revive(f->ctx, stranger.remember, &stranger), MSA_UNAUTHENTICATED);
    assert_int_equal(fixture_tickets(f, user->id, NULL), 0);
}

static void the_only_registration_keeps_its_sessions(void **state)
{
    fixture_t *f = *state;
    msa_signin_t here = {0};
    msa_identity_t *identity = NULL;
    msa_user_t *user;
    f->settings.login_without_confirmation = true;
    user = enlist_as(f, EMAIL, NULL, MINE, NULL);
    assert_int_equal(msa_signin_start(f->ctx, user, false, true, NULL, &here), MSA_OK);
    assert_int_equal(follow(f, first_link(f)), MSA_OK);
    assert_int_equal(
        msa_identity_by_secret(f->ctx, here.session, 1u << MSA_PURPOSE_SESSION, &identity), MSA_OK);
    assert_string_equal(fixture_reload(f, user->id)->fs_uniquifier, user->fs_uniquifier);
}

/* ---- username and further fields ---- */

static void ask_for_telephone(fixture_t *f)
{
    msa_register_field_t field = {.name = "phone", .column = "telephone"};
    apr_array_header_t *fields = apr_array_make(f->pool, 1, sizeof(msa_register_field_t));
    apr_dbd_t *handle = NULL;
    const apr_dbd_driver_t *driver = NULL;
    int changed = 0;
    APR_ARRAY_PUSH(fields, msa_register_field_t) = field;
    f->settings.register_fields = fields;
    assert_int_equal(apr_dbd_get_driver(f->pool, "sqlite3", &driver), APR_SUCCESS);
    assert_int_equal(apr_dbd_open(driver, f->pool, f->path, &handle), APR_SUCCESS);
    apr_dbd_query(driver, handle, &changed, "ALTER TABLE user ADD COLUMN telephone VARCHAR(255)");
    apr_dbd_close(driver, handle);
}

static const char *telephone(fixture_t *f)
{
    const apr_dbd_driver_t *driver = NULL;
    apr_dbd_t *handle = NULL;
    apr_dbd_results_t *results = NULL;
    apr_dbd_row_t *row = NULL;
    const char *found;
    assert_int_equal(apr_dbd_get_driver(f->pool, "sqlite3", &driver), APR_SUCCESS);
    assert_int_equal(apr_dbd_open(driver, f->pool, f->path, &handle), APR_SUCCESS);
    assert_int_equal(apr_dbd_select(driver, f->pool, handle, &results,
                                    "SELECT telephone FROM user WHERE email = '" EMAIL "'", 0),
                     0);
    assert_int_equal(apr_dbd_get_row(driver, f->pool, results, &row, -1), 0);
    found = apr_dbd_get_entry(driver, row, 0);
    found = found ? apr_pstrdup(f->pool, found) : NULL;
    apr_dbd_close(driver, handle);
    return found;
}

static void username_and_fields_come_with_the_link_too(void **state)
{
    fixture_t *f = *state;
    msa_user_t *user;
    ask_for_telephone(f);
    user = enlist_as(f, EMAIL, "stranger", THEIRS, "+1 666");
    enlist_as(f, EMAIL, "rightful", MINE, "+49 \"30\" \xc3\xa4");
    assert_int_equal(follow(f, later_link(f)), MSA_OK);
    assert_string_equal(fixture_reload(f, user->id)->username, "rightful");
    assert_string_equal(telephone(f), "+49 \"30\" \xc3\xa4");
}

static void nothing_of_the_stranger_remains_where_the_owner_gave_nothing(void **state)
{
    fixture_t *f = *state;
    msa_user_t *user;
    ask_for_telephone(f);
    user = enlist_as(f, EMAIL, "stranger", THEIRS, "+1 666");
    enlist_as(f, EMAIL, NULL, MINE, NULL);
    assert_int_equal(follow(f, later_link(f)), MSA_OK);
    assert_null(fixture_reload(f, user->id)->username);
    assert_null(telephone(f));
}

static void a_username_taken_in_the_meantime_is_omitted(void **state)
{
    fixture_t *f = *state;
    msa_user_t *user = enlist_as(f, EMAIL, "stranger", THEIRS, NULL);
    enlist_as(f, EMAIL, "rightful", MINE, NULL);
    fixture_user(f, "other@example.org", "rightful");
    assert_int_equal(follow(f, later_link(f)), MSA_OK);
    assert_null(fixture_reload(f, user->id)->username);
    assert_int_equal(sign_in(f, MINE), MSA_OK);
    assert_true(fixture_logged(f, "confirmed without the username"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_link_of_the_owner_sets_what_the_owner_registered,
                                        fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_later_registration_does_not_affect_the_first_link,
                                        fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(
            of_three_registrations_the_one_whose_link_is_followed_counts, fixture_setup,
            fixture_teardown),
        cmocka_unit_test_setup_teardown(a_requested_link_makes_no_password_valid, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(confirming_ends_what_was_issued_to_others, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(the_only_registration_keeps_its_sessions, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(username_and_fields_come_with_the_link_too, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(
            nothing_of_the_stranger_remains_where_the_owner_gave_nothing, fixture_setup,
            fixture_teardown),
        cmocka_unit_test_setup_teardown(a_username_taken_in_the_meantime_is_omitted, fixture_setup,
                                        fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
