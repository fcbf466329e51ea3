/* SPDX-License-Identifier: Apache-2.0 */
/* How many tickets of one kind a user can have, and what makes room for more. */
#include "fixture.h"

#include "../../src/account/sweep.h"
#include "../../src/identity/remember.h"
#include "../../src/identity/session.h"
#include "../../src/identity/ticket.h"
#include "../../src/store/changes.h"
#include "../../src/store/statement.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <apr_strings.h>

#define HOUR    apr_time_from_sec(3600)
#define BOUND   100 /* of sessions, of remember cookies, of tokens */
#define WEEK    300 /* exchanges of a remember cookie and its successors */
#define SESSION (1u << MSA_PURPOSE_SESSION)
#define TOKEN   (1u << MSA_PURPOSE_TOKEN)

static bool is_alive(fixture_t *f, const char *secret, unsigned purposes)
{
    msa_identity_t *identity = NULL;
    return msa_identity_by_secret(f->ctx, secret, purposes, &identity) == MSA_OK;
}

static msa_signin_t sign_in(fixture_t *f, const msa_user_t *user, bool remember)
{
    msa_signin_t signin = {0};
    assert_int_equal(msa_signin_start(f->ctx, user, remember, true, NULL, &signin), MSA_OK);
    return signin;
}

static const char *hand_token(fixture_t *f, const msa_user_t *user)
{
    const char *token = NULL;
    assert_int_equal(msa_signin_token(f->ctx, user, NULL, 0, &token), MSA_OK);
    return token;
}

static void the_least_recently_used_session_makes_room_for_one_too_many(void **state)
{
    fixture_t *f = *state;
    msa_user_t *user = fixture_user(f, "ann@example.org", NULL);
    msa_user_t *other = fixture_user(f, "bob@example.org", NULL);
    msa_signin_t theirs = sign_in(f, other, false);
    msa_signin_t first = sign_in(f, user, false), second;
    fixture_advance(f, apr_time_from_sec(2));
    second = sign_in(f, user, false);
    for (int i = 2; i < BOUND; i++)
        sign_in(f, user, false);
    assert_true(is_alive(f, first.session, SESSION));
    sign_in(f, user, false);
    assert_int_equal(fixture_tickets(f, user->id, "session"), BOUND);
    assert_false(is_alive(f, first.session, SESSION));
    assert_true(is_alive(f, second.session, SESSION));
    assert_true(is_alive(f, theirs.session, SESSION));
}

static void all_machines_are_told_what_made_room(void **state)
{
    fixture_t *f = *state;
    msa_user_t *user = fixture_user(f, "ann@example.org", NULL);
    msa_signin_t first = sign_in(f, user, false);
    apr_array_header_t *changes = NULL;
    apr_int64_t newest = 0;
    fixture_advance(f, apr_time_from_sec(2));
    for (int i = 1; i < BOUND; i++)
        sign_in(f, user, false);
    assert_int_equal(msa_change_newest(f->ctx->db, f->pool, &newest), APR_SUCCESS);
    sign_in(f, user, false);
    assert_int_equal(msa_change_list(f->ctx->db, f->pool, newest, 10, &changes), APR_SUCCESS);
    assert_int_equal(changes->nelts, 1);
    assert_memory_equal(APR_ARRAY_IDX(changes, 0, msa_change_t *)->digest, first.identity->digest,
                        MSA_DIGEST_SIZE);
}

static void a_user_at_work_is_not_displaced_by_a_program_that_keeps_signing_in(void **state)
{
    fixture_t *f = *state;
    msa_user_t *user = fixture_user(f, "ann@example.org", NULL);
    msa_signin_t desk = sign_in(f, user, false);
    const char *token = hand_token(f, user);
    for (int i = 0; i < 4; i++) {
        fixture_advance(f, HOUR / 4);
        assert_true(is_alive(f, desk.session, SESSION));
        assert_true(is_alive(f, token, TOKEN));
    }
    fixture_advance(f, HOUR / 4);
    for (int i = 0; i < 3 * BOUND; i++) {
        sign_in(f, user, false);
        hand_token(f, user);
    }
    assert_true(is_alive(f, desk.session, SESSION));
    assert_true(is_alive(f, token, TOKEN));
    assert_int_equal(fixture_tickets(f, user->id, "token"), BOUND);
}

static void expired_sessions_make_room_before_live_ones(void **state)
{
    fixture_t *f = *state;
    msa_user_t *user = fixture_user(f, "ann@example.org", NULL);
    msa_signin_t over = sign_in(f, user, false), last;
    f->settings.session_idle = 24 * HOUR;
    /* In use until its end, so for longer than any that is alive. */
    for (int i = 0; i < 11; i++) {
        fixture_advance(f, HOUR);
        assert_true(is_alive(f, over.session, SESSION));
    }
    last = sign_in(f, user, false);
    for (int i = 2; i < BOUND; i++)
        sign_in(f, user, false);
    fixture_advance(f, 2 * HOUR);
    sign_in(f, user, false);
    assert_true(is_alive(f, last.session, SESSION));
    assert_int_equal(fixture_tickets(f, user->id, "session"), BOUND);
}

static void remember_cookies_have_the_same_bound(void **state)
{
    fixture_t *f = *state;
    msa_user_t *user = fixture_user(f, "ann@example.org", NULL);
    msa_signin_t first = sign_in(f, user, true), last = {0}, got = {0};
    fixture_advance(f, apr_time_from_sec(2));
    for (int i = 0; i < BOUND; i++)
        last = sign_in(f, user, true);
    assert_int_equal(fixture_tickets(f, user->id, "remember"), BOUND);
    assert_int_equal(msa_signin_revive(f->ctx, first.remember, &got), MSA_UNAUTHENTICATED);
    assert_int_equal(msa_signin_revive(f->ctx, last.remember, &got), MSA_OK);
}

static int rows_of_family(fixture_t *f, const char *family)
{
    apr_array_header_t *rows = NULL;
    assert_int_equal(msa_db_read_text(f->ctx->db, f->pool,
                                      apr_psprintf(f->pool,
                                                   "SELECT count(*) FROM {prefix}ticket WHERE "
                                                   "family = '%s'",
                                                   family),
                                      &rows),
                     APR_SUCCESS);
    return atoi(APR_ARRAY_IDX(rows, 0, const char *));
}

/* Each leaves a row behind for a week, which raises the alarm if the cookie comes back. */
static void a_remember_cookie_that_is_exchanged_constantly_ends(void **state)
{
    fixture_t *f = *state;
    msa_user_t *user = fixture_user(f, "ann@example.org", NULL);
    msa_signin_t other = sign_in(f, user, true), first = sign_in(f, user, true), got = {0};
    const char *remember = first.remember;
    for (int i = 0; i < WEEK; i++) {
        assert_int_equal(msa_signin_revive(f->ctx, remember, &got), MSA_OK);
        remember = got.remember;
    }
    assert_int_equal(rows_of_family(f, first.identity->family), WEEK + 2);
    assert_false(fixture_logged(f, "remember-overused"));
    assert_int_equal(msa_signin_revive(f->ctx, remember, &got), MSA_UNAUTHENTICATED);
    assert_true(fixture_logged(f, "remember-overused"));
    assert_int_equal(rows_of_family(f, first.identity->family), 0);
    assert_false(is_alive(f, got.session, SESSION));
    assert_int_equal(msa_signin_revive(f->ctx, other.remember, &got), MSA_OK);
}

static void a_remember_cookie_that_is_exchanged_occasionally_lives_on(void **state)
{
    fixture_t *f = *state;
    msa_signin_t first = sign_in(f, fixture_user(f, "ann@example.org", NULL), true), got = {0};
    const char *remember = first.remember;
    bool is_more = false;
    for (int i = 0; i < 2 * WEEK; i++) {
        assert_int_equal(msa_signin_revive(f->ctx, remember, &got), MSA_OK);
        remember = got.remember;
        fixture_advance(f, HOUR);
        assert_int_equal(msa_sweep(f->ctx, apr_time_from_sec(60), &is_more), MSA_OK);
    }
}

static void an_excess_from_before_the_bound_ends_at_the_next_sign_in(void **state)
{
    fixture_t *f = *state;
    msa_user_t *user = fixture_user(f, "ann@example.org", NULL);
    hand_token(f, user);
    for (int i = 0; i < 9; i++)
        assert_int_equal(
            msa_db_execute(
                f->ctx->db,
                "INSERT INTO security_ticket (digest, purpose, user_id, stamp, audience, "
                "created_at, expires_at, used_at) SELECT lower(hex(randomblob(32))), "
                "purpose, user_id, stamp, audience, created_at, expires_at, used_at "
                "FROM security_ticket WHERE purpose = 'token'",
                false),
            APR_SUCCESS);
    for (int i = 0; i < 5; i++)
        hand_token(f, user);
    assert_int_equal(fixture_tickets(f, user->id, "token"), BOUND);
}

/* Otherwise whoever took over an account could push out the owner's way back by asking again and
 * again. */
static void no_link_that_undoes_a_change_makes_room_for_another(void **state)
{
    fixture_t *f = *state;
    msa_user_t *user = fixture_user(f, "ann@example.org", NULL);
    for (int i = 0; i < 3 * BOUND; i++) {
        msa_ticket_order_t order = {.purpose = MSA_PURPOSE_UNDO_EMAIL};
        const char *secret = NULL;
        assert_int_equal(msa_db_begin(f->ctx->db), APR_SUCCESS);
        assert_int_equal(msa_ticket_issue(f->ctx, user, &order, &secret, NULL), MSA_OK);
        assert_int_equal(msa_db_end(f->ctx->db, true), APR_SUCCESS);
    }
    assert_int_equal(fixture_tickets(f, user->id, "undo-email"), 3 * BOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_least_recently_used_session_makes_room_for_one_too_many,
                                        fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(all_machines_are_told_what_made_room, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(
            a_user_at_work_is_not_displaced_by_a_program_that_keeps_signing_in, fixture_setup,
            fixture_teardown),
        cmocka_unit_test_setup_teardown(expired_sessions_make_room_before_live_ones, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(remember_cookies_have_the_same_bound, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_remember_cookie_that_is_exchanged_constantly_ends,
                                        fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_remember_cookie_that_is_exchanged_occasionally_lives_on,
                                        fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(an_excess_from_before_the_bound_ends_at_the_next_sign_in,
                                        fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(no_link_that_undoes_a_change_makes_room_for_another,
                                        fixture_setup, fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
