/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include "../../src/account/admin.h"
#include "../../src/account/change_email.h"
#include "../../src/account/confirm.h"
#include "../../src/account/recover.h"
#include "../../src/account/register.h"
#include "../../src/identity/session.h"
#include "../../src/identity/signin.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NEW_PASSWORD "staple battery horse"
#define DAY          apr_time_from_sec(86400)

/* ---- registration ---- */

static msa_outcome_t enter(fixture_t *f, msa_context_t *ctx, const char *email,
                           const char *username, apr_array_header_t **faults, msa_user_t **user)
{
    msa_registration_t form = {.email = email, .username = username, .password = FIXTURE_PASSWORD};
    apr_array_header_t *found = apr_array_make(f->pool, 4, sizeof(msa_fault_t));
    msa_outcome_t outcome = msa_register(ctx, &form, found, user);
    if (faults)
        *faults = found;
    return outcome;
}

static msa_user_t *enlist(fixture_t *f, const char *email)
{
    msa_user_t *user = NULL;
    assert_int_equal(enter(f, f->ctx, email, NULL, NULL, &user), MSA_OK);
    assert_non_null(user);
    return user;
}

static msa_outcome_t fault_on(const apr_array_header_t *faults, const char *field)
{
    for (int i = 0; i < faults->nelts; i++) {
        if (strcmp(APR_ARRAY_IDX(faults, i, msa_fault_t).field, field) == 0)
            return APR_ARRAY_IDX(faults, i, msa_fault_t).outcome;
    }
    return MSA_OK;
}

static void a_new_user_is_active_unconfirmed_and_welcomed_with_a_link(void **state)
{
    fixture_t *f = *state;
    msa_user_t *made = enlist(f, "New1@EXAMPLE.org");
    msa_user_t *user = fixture_reload(f, made->id);
    assert_string_equal(user->email, "New1@example.org");
    assert_true(user->is_active);
    assert_int_equal(user->confirmed_at, 0);
    assert_int_equal(strlen(user->fs_uniquifier), 32);
    assert_int_equal(strspn(user->fs_uniquifier, "0123456789abcdef"), 32);
    assert_int_equal(fixture_mails(f, "New1@example.org", "welcome"), 1);
    assert_non_null(fixture_link(f, fixture_mail(f, "New1@example.org", "welcome"), "/confirm"));
    assert_true(fixture_logged(f, "user-registered ok: user=\"New1@example.org\""));
}

static void registration_reports_all_errors_at_once(void **state)
{
    fixture_t *f = *state;
    msa_register_field_t field = {"company", "us_phone_number", true};
    apr_array_header_t *fields = apr_array_make(f->pool, 1, sizeof(field));
    apr_array_header_t *faults = apr_array_make(f->pool, 4, sizeof(msa_fault_t));
    msa_registration_t form = {.email = "a b@example.org", .username = "x", .password = "short"};
    msa_user_t *user = NULL;
    APR_ARRAY_PUSH(fields, msa_register_field_t) = field;
    f->settings.register_fields = fields;
    assert_int_equal(msa_register(f->ctx, &form, faults, &user), MSA_API_ERROR);
    assert_int_equal(faults->nelts, 4);
    assert_int_equal(fault_on(faults, "email"), MSA_INVALID_EMAIL_ADDRESS);
    assert_int_equal(fault_on(faults, "username"), MSA_USERNAME_INVALID_LENGTH);
    assert_int_equal(fault_on(faults, "password"), MSA_PASSWORD_INVALID_LENGTH);
    assert_int_equal(fault_on(faults, "company"), MSA_FIELD_REQUIRED);
    apr_array_clear(faults);
    form.email = "ann@printer.local";
    assert_int_equal(msa_register(f->ctx, &form, faults, &user), MSA_API_ERROR);
    assert_int_equal(fault_on(faults, "email"), MSA_INVALID_EMAIL_ADDRESS);
    assert_int_equal(f->hashes, 0);
}

static void an_earlier_error_registers_nobody(void **state)
{
    fixture_t *f = *state;
    msa_registration_t form = {.email = "ann@example.org", .password = FIXTURE_PASSWORD};
    apr_array_header_t *faults = apr_array_make(f->pool, 4, sizeof(msa_fault_t));
    msa_user_t *user = NULL;
    APR_ARRAY_PUSH(faults, msa_fault_t) =
        (msa_fault_t){"password_confirm", MSA_RETYPE_PASSWORD_MISMATCH};
    assert_int_equal(msa_register(f->ctx, &form, faults, &user), MSA_API_ERROR);
    assert_int_equal(msa_user_by_email(f->ctx->db, f->pool, "ann@example.org", &user),
                     APR_NOTFOUND);
}

static void extra_fields_of_the_form_are_written_to_their_columns(void **state)
{
    fixture_t *f = *state;
    msa_register_field_t field = {"phone", "us_phone_number", true};
    apr_array_header_t *fields = apr_array_make(f->pool, 1, sizeof(field));
    apr_array_header_t *extra = apr_array_make(f->pool, 1, sizeof(const char *));
    apr_array_header_t *faults = apr_array_make(f->pool, 1, sizeof(msa_fault_t));
    msa_registration_t form = {
        .email = "ann@example.org", .password = FIXTURE_PASSWORD, .extra = extra};
    msa_user_t *user = NULL;
    APR_ARRAY_PUSH(fields, msa_register_field_t) = field;
    APR_ARRAY_PUSH(extra, const char *) = "+49 30 123";
    f->settings.register_fields = fields;
    f->settings.generic_responses = false;
    assert_int_equal(msa_register(f->ctx, &form, faults, &user), MSA_OK);
    /* The column is unique, so the failure of a second user with the same number proves that it was
     * written. */
    form.email = "bob@example.org";
    assert_int_equal(msa_register(f->ctx, &form, faults, &user), MSA_API_ERROR);
    assert_int_equal(msa_user_by_email(f->ctx->db, f->pool, "bob@example.org", &user),
                     APR_NOTFOUND);
}

static void a_taken_address_looks_like_a_free_one_to_all_but_its_owner(void **state)
{
    fixture_t *f = *state;
    msa_user_t *owner = fixture_user(f, "ann@example.org", NULL);
    msa_user_t *user = owner;
    int hashes = f->hashes;
    assert_int_equal(enter(f, f->ctx, "ANN@example.org", NULL, NULL, &user), MSA_OK);
    assert_null(user);
    assert_int_equal(f->hashes, hashes + 1);
    assert_int_equal(fixture_mails(f, NULL, NULL), 1);
    assert_non_null(
        fixture_link(f, fixture_mail(f, "ann@example.org", "welcome_existing"), "/reset"));
    assert_string_equal(fixture_reload(f, owner->id)->password, owner->password);
    assert_true(fixture_logged(f, "user-not-registered denied: email-taken"));
}

static void a_taken_username_is_reported_only_to_the_applicant(void **state)
{
    fixture_t *f = *state;
    msa_user_t *user = NULL;
    fixture_user(f, "ann@example.org", "annie");
    assert_int_equal(enter(f, f->ctx, "new@example.org", "ANNIE", NULL, &user), MSA_OK);
    assert_null(user);
    assert_int_equal(fixture_mails(f, "new@example.org", "welcome_existing_username"), 1);
    assert_int_equal(fixture_mails(f, NULL, NULL), 1);
}

static void without_generic_responses_taken_names_are_reported(void **state)
{
    fixture_t *f = *state;
    msa_user_t *user = NULL;
    apr_array_header_t *faults = NULL;
    f->settings.generic_responses = false;
    fixture_user(f, "ann@example.org", "annie");
    assert_int_equal(enter(f, f->ctx, "Ann@example.org", "annie", &faults, &user), MSA_API_ERROR);
    assert_int_equal(fault_on(faults, "email"), MSA_EMAIL_ALREADY_ASSOCIATED);
    assert_int_equal(fault_on(faults, "username"), MSA_USERNAME_ALREADY_ASSOCIATED);
    assert_int_equal(fixture_mails(f, NULL, NULL), 0);
}

static void without_a_hash_slot_nobody_is_registered(void **state)
{
    fixture_t *f = *state;
    msa_user_t *user = NULL;
    f->is_busy = true;
    assert_int_equal(enter(f, f->ctx, "ann@example.org", NULL, NULL, &user), MSA_BUSY);
    assert_int_equal(fixture_mails(f, NULL, NULL), 0);
}

static void *register_one(void *data)
{
    fixture_t *f = data;
    apr_pool_t *pool = NULL;
    msa_user_t *user = NULL;
    msa_outcome_t outcome;
    apr_array_header_t *faults;
    msa_registration_t form = {.email = "race@example.org", .password = FIXTURE_PASSWORD};
    apr_pool_create(&pool, NULL);
    faults = apr_array_make(pool, 4, sizeof(msa_fault_t));
    outcome = msa_register(fixture_context(f, pool, fixture_source(f, pool)), &form, faults, &user);
    apr_pool_destroy(pool);
    return (void *)(intptr_t)(outcome == MSA_OK ? (user ? 1 : 2) : 3);
}

static void count_answers(fixture_t *f, void *(*run)(void *), int count[4])
{
    pthread_t threads[8];
    for (int i = 0; i < 8; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, run, f), 0);
    for (int i = 0; i < 8; i++) {
        void *answer = NULL;
        pthread_join(threads[i], &answer);
        count[(intptr_t)answer]++;
    }
}

static void parallel_registrations_of_one_address_create_one_user(void **state)
{
    fixture_t *f = *state;
    int count[4] = {0};
    count_answers(f, register_one, count);
    assert_int_equal(count[1], 1);
    assert_int_equal(count[2], 7);
    assert_int_equal(fixture_mails(f, "race@example.org", "welcome"), 1);
}

static void register_other_spelling(void *baton)
{
    fixture_t *f = baton;
    msa_user_t *user = NULL;
    msa_context_t *ctx = fixture_context(f, f->pool, fixture_source(f, f->pool));
    assert_int_equal(enter(f, ctx, "ANN@example.org", NULL, NULL, &user), MSA_OK);
    assert_non_null(user);
}

static void two_spellings_of_one_address_at_once_create_one_user(void **state)
{
    fixture_t *f = *state;
    msa_user_t *user = NULL;
    f->settings.generic_responses = false;
    f->on_hash = register_other_spelling;
    f->on_hash_baton = f;
    assert_int_equal(enter(f, f->ctx, "ann@example.org", NULL, NULL, &user), MSA_API_ERROR);
    assert_int_equal(msa_user_by_email(f->ctx->db, f->pool, "ann@example.org", &user), APR_SUCCESS);
    assert_string_equal(user->email, "ANN@example.org");
}

/* ---- confirmation ---- */

static const char *confirm_link(fixture_t *f, const char *email, const char *kind)
{
    return fixture_link(f, fixture_mail(f, email, kind), "/confirm");
}

static void a_confirmation_link_confirms_once(void **state)
{
    fixture_t *f = *state;
    msa_user_t *made = enlist(f, "ann@example.org");
    const char *secret = confirm_link(f, "ann@example.org", "welcome");
    msa_user_t *user = NULL;
    assert_int_equal(msa_confirm(f->ctx, secret, &user), MSA_OK);
    assert_int_equal(user->id, made->id);
    assert_true(fixture_reload(f, made->id)->confirmed_at != 0);
    assert_int_equal(APR_ARRAY_IDX(f->changed_users, 0, apr_int64_t), made->id);
    assert_int_equal(msa_confirm(f->ctx, secret, &user), MSA_ALREADY_CONFIRMED);
    assert_true(fixture_logged(f, "user-confirmed ok: user=\"ann@example.org\""));
}

static void viewing_a_confirmation_link_does_not_use_it_up(void **state)
{
    fixture_t *f = *state;
    msa_user_t *made = enlist(f, "ann@example.org");
    const char *secret = confirm_link(f, "ann@example.org", "welcome");
    msa_user_t *user = NULL;
    assert_int_equal(msa_confirm_inspect(f->ctx, secret, &user), MSA_OK);
    assert_int_equal(fixture_reload(f, made->id)->confirmed_at, 0);
    assert_int_equal(msa_confirm(f->ctx, secret, &user), MSA_OK);
}

static void confirm_first(void *baton)
{
    fixture_t *f = baton;
    msa_user_t *user = NULL;
    msa_context_t *ctx = fixture_context(f, f->pool, fixture_source(f, f->pool));
    assert_int_equal(
        msa_confirm(ctx, confirm_link(f, "ann@example.org", "confirmation_instructions"), &user),
        MSA_OK);
}

/* Wherever the other one cuts in: before the ticket is read, before the user is, before the end. */
static void of_two_confirmations_at_once_one_wins(void **state)
{
    fixture_t *f = *state;
    msa_user_t *user = NULL, *made = enlist(f, "ann@example.org");
    for (int n = 1; n <= 3; n++) {
        const char *secret;
        assert_int_equal(msa_user_set_confirmed(f->ctx->db, f->pool, made->id, 0, f->now),
                         APR_SUCCESS);
        assert_int_equal(msa_confirm_request(f->ctx, "ann@example.org"), MSA_OK);
        secret = confirm_link(f, "ann@example.org", "confirmation_instructions");
        fixture_interrupt(f, n, confirm_first, f);
        assert_int_equal(msa_confirm(f->ctx, secret, &user), MSA_ALREADY_CONFIRMED);
        assert_int_equal(f->connections_left, 0);
    }
}

static void an_expired_confirmation_link_is_refused_and_replaced_on_request(void **state)
{
    fixture_t *f = *state;
    msa_user_t *user = NULL;
    const char *secret;
    enlist(f, "ann@example.org");
    secret = confirm_link(f, "ann@example.org", "welcome");
    fixture_advance(f, f->settings.confirm_within);
    assert_int_equal(msa_confirm(f->ctx, secret, &user), MSA_CONFIRMATION_EXPIRED);
    assert_int_equal(msa_confirm_request(f->ctx, "Ann@example.org"), MSA_OK);
    secret = confirm_link(f, "ann@example.org", "confirmation_instructions");
    assert_int_equal(msa_confirm(f->ctx, secret, &user), MSA_OK);
    assert_int_equal(msa_confirm_request(f->ctx, "ann@example.org"), MSA_ALREADY_CONFIRMED);
}

static void a_confirmation_link_is_bound_to_user_password_and_address(void **state)
{
    fixture_t *f = *state;
    msa_user_t *made = enlist(f, "ann@example.org");
    const char *secret = confirm_link(f, "ann@example.org", "welcome");
    msa_user_t *user = NULL;
    assert_int_equal(msa_user_set_email(f->ctx->db, f->pool, made->id, "ann@example.org",
                                        "other@example.org", 0, f->now),
                     APR_SUCCESS);
    assert_int_equal(msa_confirm(f->ctx, secret, &user), MSA_INVALID_CONFIRMATION_TOKEN);
    assert_int_equal(msa_user_set_email(f->ctx->db, f->pool, made->id, "other@example.org",
                                        "ann@example.org", 0, f->now),
                     APR_SUCCESS);
    assert_int_equal(msa_user_set_active(f->ctx->db, f->pool, made->id, false, f->now),
                     APR_SUCCESS);
    assert_int_equal(msa_confirm(f->ctx, secret, &user), MSA_INVALID_CONFIRMATION_TOKEN);
    assert_int_equal(msa_user_set_active(f->ctx->db, f->pool, made->id, true, f->now), APR_SUCCESS);
    assert_int_equal(msa_user_set_password(f->ctx->db, f->pool, made->id, NULL, "!", NULL, f->now),
                     APR_SUCCESS);
    assert_int_equal(msa_confirm(f->ctx, secret, &user), MSA_INVALID_CONFIRMATION_TOKEN);
    assert_int_equal(fixture_reload(f, made->id)->confirmed_at, 0);
}

/* ---- recovery ---- */

static const char *reset_link(fixture_t *f, const char *email)
{
    assert_int_equal(msa_recover_request(f->ctx, email), MSA_OK);
    return fixture_link(f, fixture_mail(f, email, "reset_instructions"), "/reset");
}

static void requesting_a_reset_changes_nothing_yet(void **state)
{
    fixture_t *f = *state;
    msa_user_t *user = fixture_user(f, "ann@example.org", NULL);
    msa_user_t *after;
    reset_link(f, "ann@example.org");
    after = fixture_reload(f, user->id);
    assert_string_equal(after->password, user->password);
    assert_string_equal(after->fs_uniquifier, user->fs_uniquifier);
}

static void a_reset_sets_the_password_and_ends_everything_else(void **state)
{
    fixture_t *f = *state;
    msa_user_t *user = fixture_user(f, "ann@example.org", NULL);
    msa_user_t *after = NULL, *unused = NULL;
    msa_signin_t signin = {0};
    msa_identity_t *identity = NULL;
    const char *secret;
    assert_int_equal(msa_signin_start(f->ctx, user, true, true, NULL, &signin), MSA_OK);
    secret = reset_link(f, "ann@example.org");
    assert_int_equal(msa_recover_inspect(f->ctx, secret, &after), MSA_OK);
    assert_int_equal(msa_recover(f->ctx, secret, NEW_PASSWORD, &after), MSA_OK);
    assert_string_not_equal(after->fs_uniquifier, user->fs_uniquifier);
    assert_string_equal(fixture_reload(f, user->id)->fs_uniquifier, after->fs_uniquifier);
    assert_int_equal(fixture_tickets(f, user->id, NULL), 0);
    assert_int_equal(
        msa_identity_by_secret(f->ctx, signin.session, 1u << MSA_PURPOSE_SESSION, &identity),
        MSA_UNAUTHENTICATED);
    assert_int_equal(fixture_mails(f, "ann@example.org", "reset_notice"), 1);
    assert_int_equal(msa_signin_check(f->ctx, "ann@example.org", NULL, FIXTURE_PASSWORD, &unused),
                     MSA_INVALID_PASSWORD);
    assert_int_equal(msa_signin_check(f->ctx, "ann@example.org", NULL, NEW_PASSWORD, &unused),
                     MSA_OK);
    assert_int_equal(msa_recover(f->ctx, secret, FIXTURE_PASSWORD, &after),
                     MSA_INVALID_RESET_PASSWORD_TOKEN);
    /* The user handed back can be signed in. */
    assert_int_equal(msa_signin_start(f->ctx, after, false, true, NULL, &signin), MSA_OK);
    assert_int_equal(
        msa_identity_by_secret(f->ctx, signin.session, 1u << MSA_PURPOSE_SESSION, &identity),
        MSA_OK);
}

static void a_weak_password_leaves_the_reset_link_valid(void **state)
{
    fixture_t *f = *state;
    msa_user_t *user = fixture_user(f, "ann@example.org", NULL);
    const char *secret = reset_link(f, "ann@example.org");
    assert_int_equal(msa_recover(f->ctx, secret, "short", &user), MSA_PASSWORD_INVALID_LENGTH);
    assert_int_equal(msa_recover(f->ctx, secret, "ann@example.org", &user),
                     MSA_PASSWORD_TOO_SIMPLE);
    assert_int_equal(msa_recover(f->ctx, secret, NEW_PASSWORD, &user), MSA_OK);
}

static void a_new_reset_link_ends_the_older_one(void **state)
{
    fixture_t *f = *state;
    msa_user_t *user = fixture_user(f, "ann@example.org", NULL);
    const char *older = reset_link(f, "ann@example.org");
    const char *newer = reset_link(f, "ann@example.org");
    assert_int_equal(msa_recover_inspect(f->ctx, older, &user), MSA_INVALID_RESET_PASSWORD_TOKEN);
    assert_int_equal(msa_recover_inspect(f->ctx, newer, &user), MSA_OK);
    fixture_advance(f, f->settings.reset_within);
    assert_int_equal(msa_recover(f->ctx, newer, NEW_PASSWORD, &user), MSA_PASSWORD_RESET_EXPIRED);
}

static void a_link_of_one_kind_is_invalid_for_another(void **state)
{
    fixture_t *f = *state;
    msa_user_t *user = NULL;
    const char *confirm;
    enlist(f, "ann@example.org");
    confirm = confirm_link(f, "ann@example.org", "welcome");
    assert_int_equal(msa_recover_inspect(f->ctx, confirm, &user), MSA_INVALID_RESET_PASSWORD_TOKEN);
    assert_int_equal(msa_change_email(f->ctx, confirm, &user), MSA_API_ERROR);
    assert_int_equal(msa_recover_inspect(f->ctx, "", &user), MSA_INVALID_RESET_PASSWORD_TOKEN);
}

static void addresses_that_get_no_link_leave_nothing_behind(void **state)
{
    fixture_t *f = *state;
    msa_user_t *disabled = fixture_user(f, "off@example.org", NULL);
    enlist(f, "unconfirmed@example.org");
    assert_int_equal(msa_admin_set_active(f->ctx, disabled, false), MSA_OK);
    assert_int_equal(msa_recover_request(f->ctx, "no@example.org"), MSA_USER_DOES_NOT_EXIST);
    assert_int_equal(msa_recover_request(f->ctx, "off@example.org"), MSA_DISABLED_ACCOUNT);
    assert_int_equal(msa_recover_request(f->ctx, "unconfirmed@example.org"),
                     MSA_CONFIRMATION_REQUIRED);
    assert_int_equal(msa_recover_request(f->ctx, "a@example.org,b@example.org"),
                     MSA_INVALID_EMAIL_ADDRESS);
    assert_int_equal(msa_confirm_request(f->ctx, "no@example.org"), MSA_USER_DOES_NOT_EXIST);
    assert_int_equal(fixture_mails(f, NULL, "reset_instructions"), 0);
    assert_int_equal(fixture_mails(f, NULL, "confirmation_instructions"), 0);
    assert_int_equal(fixture_tickets(f, 0, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_new_user_is_active_unconfirmed_and_welcomed_with_a_link,
                                        fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(registration_reports_all_errors_at_once, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(an_earlier_error_registers_nobody, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(extra_fields_of_the_form_are_written_to_their_columns,
                                        fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_taken_address_looks_like_a_free_one_to_all_but_its_owner,
                                        fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_taken_username_is_reported_only_to_the_applicant,
                                        fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(without_generic_responses_taken_names_are_reported,
                                        fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(without_a_hash_slot_nobody_is_registered, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(parallel_registrations_of_one_address_create_one_user,
                                        fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(two_spellings_of_one_address_at_once_create_one_user,
                                        fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_confirmation_link_confirms_once, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(viewing_a_confirmation_link_does_not_use_it_up,
                                        fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(of_two_confirmations_at_once_one_wins, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(
            an_expired_confirmation_link_is_refused_and_replaced_on_request, fixture_setup,
            fixture_teardown),
        cmocka_unit_test_setup_teardown(a_confirmation_link_is_bound_to_user_password_and_address,
                                        fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(requesting_a_reset_changes_nothing_yet, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_reset_sets_the_password_and_ends_everything_else,
                                        fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_weak_password_leaves_the_reset_link_valid, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_new_reset_link_ends_the_older_one, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_link_of_one_kind_is_invalid_for_another, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(addresses_that_get_no_link_leave_nothing_behind,
                                        fixture_setup, fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
