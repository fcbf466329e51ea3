/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include "../../src/account/admin.h"
#include "../../src/account/change_email.h"
#include "../../src/account/recover.h"
#include "../../src/identity/remember.h"
#include "../../src/identity/session.h"
#include "../../src/identity/sessions.h"
#include "../../src/identity/signin.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* Access that ends between the look at a ticket and its use. Each rule is interrupted before each
 * of its steps, as by another process, by each thing that ends what was handed out. */

#define EMAIL        "ann@example.org"
#define NEW_PASSWORD "staple battery horse"
#define SESSION      (1u << MSA_PURPOSE_SESSION)
#define STEPS_MAX    12

/** One user, what was handed out to them, and who interferes. */
typedef struct scene_t {
    fixture_t *f;
    msa_context_t *other; /* on a connection of its own */
    msa_user_t *user;
    msa_signin_t desk;
} scene_t;

static void sign_out(void *baton)
{
    const scene_t *scene = baton;
    assert_int_equal(msa_signin_end(scene->other, NULL, scene->desk.remember), MSA_OK);
}

static void sign_out_everywhere(void *baton)
{
    const scene_t *scene = baton;
    assert_int_equal(msa_sessions_end(scene->other, scene->user->id, 0), MSA_OK);
}

static void raise_alarm(void *baton)
{
    const scene_t *scene = baton;
    msa_signin_t thief = {0};
    scene->other->now = scene->f->now + scene->f->settings.remember_grace + apr_time_from_sec(2);
    assert_int_equal(msa_signin_revive(scene->other, scene->desk.remember, &thief),
                     MSA_UNAUTHENTICATED);
}

static void change_password(void *baton)
{
    const scene_t *scene = baton;
    assert_int_equal(msa_admin_set_password(scene->other, scene->user, NEW_PASSWORD), MSA_OK);
}

static void reset_access(void *baton)
{
    const scene_t *scene = baton;
    assert_int_equal(msa_admin_reset_access(scene->other, scene->user), MSA_OK);
}

static void deactivate(void *baton)
{
    const scene_t *scene = baton;
    assert_int_equal(msa_admin_set_active(scene->other, scene->user, false), MSA_OK);
}

static void delete_user(void *baton)
{
    const scene_t *scene = baton;
    assert_int_equal(msa_admin_delete_user(scene->other, scene->user), MSA_OK);
}

typedef void (*end_t)(void *baton);

static scene_t open_scene(void)
{
    scene_t scene = {.f = fixture_open()};
    scene.other = fixture_context(scene.f, scene.f->pool, fixture_source(scene.f, scene.f->pool));
    scene.user = fixture_user(scene.f, EMAIL, NULL);
    assert_int_equal(msa_signin_start(scene.f->ctx, scene.user, true, true, NULL, &scene.desk),
                     MSA_OK);
    return scene;
}

static bool is_alive(const scene_t *scene, const char *secret, unsigned purposes)
{
    msa_identity_t *identity = NULL;
    return secret && msa_identity_by_secret(scene->other, secret, purposes, &identity) == MSA_OK;
}

/* True when the n-th step was reached. `spent`: the cookie was exchanged just before. */
static bool exchange_while(end_t end, bool spent, int n)
{
    scene_t scene = open_scene();
    msa_signin_t got = {0}, first = {0};
    bool was_reached;
    if (spent)
        assert_int_equal(msa_signin_revive(scene.f->ctx, scene.desk.remember, &first), MSA_OK);
    fixture_interrupt(scene.f, n, end, &scene);
    msa_signin_revive(scene.f->ctx, scene.desk.remember, &got);
    was_reached = scene.f->connections_left == 0;
    if (was_reached) {
        assert_false(is_alive(&scene, got.session, SESSION));
        assert_false(is_alive(&scene, first.session, SESSION));
    } else {
        assert_true(is_alive(&scene, got.session, SESSION));
    }
    fixture_close(scene.f);
    return was_reached;
}

static void no_remember_cookie_brings_back_what_ends_in_the_meantime(void **state)
{
    static const end_t ENDS[] = {sign_out,     sign_out_everywhere, change_password,
                                 reset_access, deactivate,          delete_user};
    (void)state;
    for (size_t i = 0; i < sizeof(ENDS) / sizeof(ENDS[0]); i++) {
        for (int spent = 0; spent < 2; spent++) {
            int n = 1;
            while (exchange_while(ENDS[i], spent, n))
                assert_true(++n < STEPS_MAX);
            assert_true(n > 3);
        }
    }
}

static void no_remember_cookie_brings_back_what_was_ended_as_stolen(void **state)
{
    int n = 1;
    (void)state;
    while (exchange_while(raise_alarm, true, n))
        assert_true(++n < STEPS_MAX);
    assert_true(n > 3);
}

/* ---- a proof counts only while it is true ---- */

static const end_t CHANGES[] = {change_password, reset_access, deactivate, delete_user};
#define CHANGE_COUNT (sizeof(CHANGES) / sizeof(CHANGES[0]))

static bool start_while(end_t end, int n)
{
    scene_t scene = open_scene();
    msa_signin_t got = {0};
    bool was_reached;
    fixture_interrupt(scene.f, n, end, &scene);
    msa_signin_start(scene.f->ctx, scene.user, true, true, NULL, &got);
    was_reached = scene.f->connections_left == 0;
    assert_int_equal(is_alive(&scene, got.session, SESSION), !was_reached);
    if (was_reached)
        assert_int_equal(fixture_tickets(scene.f, scene.user->id, "remember"),
                         end == deactivate ? 1 : 0);
    fixture_close(scene.f);
    return was_reached;
}

static bool hand_token_while(end_t end, int n)
{
    scene_t scene = open_scene();
    const char *token = NULL;
    bool was_reached;
    fixture_interrupt(scene.f, n, end, &scene);
    msa_signin_token(scene.f->ctx, scene.user, scene.desk.identity, 0, &token);
    was_reached = scene.f->connections_left == 0;
    assert_int_equal(is_alive(&scene, token, 1u << MSA_PURPOSE_TOKEN), !was_reached);
    assert_int_equal(fixture_tickets(scene.f, scene.user->id, "token"), !was_reached);
    fixture_close(scene.f);
    return was_reached;
}

static void nothing_is_issued_to_a_user_who_changed_since_the_proof(void **state)
{
    (void)state;
    for (size_t i = 0; i < CHANGE_COUNT; i++) {
        int n = 1;
        while (start_while(CHANGES[i], n))
            assert_true(++n < STEPS_MAX);
        assert_true(n > 2);
        assert_true(hand_token_while(CHANGES[i], 1));
    }
}

static void no_token_outlives_the_sign_in_it_was_requested_for(void **state)
{
    (void)state;
    assert_true(hand_token_while(sign_out, 1));
    assert_true(hand_token_while(sign_out_everywhere, 1));
}

static void a_session_that_ends_during_the_check_does_not_make_the_password_wrong(void **state)
{
    static const end_t ENDS[] = {sign_out_everywhere, delete_user};
    (void)state;
    for (size_t i = 0; i < sizeof(ENDS) / sizeof(ENDS[0]); i++) {
        scene_t scene = open_scene();
        scene.f->on_hash = ENDS[i];
        scene.f->on_hash_baton = &scene;
        assert_int_equal(msa_signin_refresh(scene.f->ctx, scene.desk.identity, FIXTURE_PASSWORD,
                                            &(msa_signin_t){0}),
                         MSA_UNAUTHENTICATED);
        fixture_close(scene.f);
    }
}

/* ---- links ---- */

static void a_reset_link_sets_no_password_after_another_was_set(void **state)
{
    (void)state;
    for (int n = 1; n < STEPS_MAX; n++) {
        scene_t scene = open_scene();
        msa_user_t *found = NULL;
        const char *link;
        bool was_reached;
        assert_int_equal(msa_recover_request(scene.f->ctx, EMAIL), MSA_OK);
        link = fixture_link(scene.f, fixture_mail(scene.f, EMAIL, "reset_instructions"), "/reset");
        fixture_interrupt(scene.f, n, change_password, &scene);
        msa_recover(scene.f->ctx, link, FIXTURE_PASSWORD, &found);
        was_reached = scene.f->connections_left == 0;
        if (was_reached)
            assert_int_equal(msa_signin_check(scene.other, EMAIL, NULL, NEW_PASSWORD, &found),
                             MSA_OK);
        fixture_close(scene.f);
        if (!was_reached)
            return;
    }
    fail_msg("more steps than were expected");
}

static void a_link_to_another_address_ends_with_the_account_and_the_password(void **state)
{
    (void)state;
    for (size_t i = 0; i < CHANGE_COUNT; i++) {
        for (int n = 1; n <= 2; n++) {
            scene_t scene = open_scene();
            msa_user_t *found = NULL;
            const char *link;
            assert_int_equal(msa_change_email_request(scene.f->ctx, scene.desk.identity,
                                                      "ann@elsewhere.example"),
                             MSA_OK);
            link = fixture_link(
                scene.f,
                fixture_mail(scene.f, "ann@elsewhere.example", "change_email_instructions"),
                "/change-email");
            fixture_interrupt(scene.f, n, CHANGES[i], &scene);
            assert_int_equal(msa_change_email(scene.f->ctx, link, &found), MSA_API_ERROR);
            fixture_close(scene.f);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_remember_cookie_brings_back_what_ends_in_the_meantime),
        cmocka_unit_test(no_remember_cookie_brings_back_what_was_ended_as_stolen),
        cmocka_unit_test(nothing_is_issued_to_a_user_who_changed_since_the_proof),
        cmocka_unit_test(no_token_outlives_the_sign_in_it_was_requested_for),
        cmocka_unit_test(a_session_that_ends_during_the_check_does_not_make_the_password_wrong),
        cmocka_unit_test(a_reset_link_sets_no_password_after_another_was_set),
        cmocka_unit_test(a_link_to_another_address_ends_with_the_account_and_the_password),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
