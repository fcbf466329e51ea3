/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include "../../src/identity/remember.h"
#include "../../src/identity/session.h"
#include "../../src/identity/sessions.h"
#include "../../src/identity/signin.h"
#include "../../src/store/changes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SECOND apr_time_from_sec(1)
#define MINUTE apr_time_from_sec(60)
#define HOUR   apr_time_from_sec(3600)

static msa_outcome_t use(fixture_t *f, const char *session, msa_identity_t **identity)
{
    msa_identity_t *found = NULL;
    msa_outcome_t outcome =
        msa_identity_by_secret(f->ctx, session, 1u << MSA_PURPOSE_SESSION, &found);
    if (identity)
        *identity = found;
    return outcome;
}

static msa_signin_t sign_in(fixture_t *f, const msa_user_t *user, bool remember)
{
    msa_signin_t signin = {0};
    assert_int_equal(msa_signin_start(f->ctx, user, remember, true, NULL, &signin), MSA_OK);
    return signin;
}

static msa_outcome_t revive(fixture_t *f, const char *remember, msa_signin_t *signin)
{
    *signin = (msa_signin_t){0};
    return msa_signin_revive(f->ctx, remember, signin);
}

static void a_session_in_use_continues_and_an_idle_one_ends(void **state)
{
    /* Idle limits from seconds to hours: a session that is used at half of one never ends by it. */
    static const apr_interval_time_t LIMITS[] = {8 * SECOND, MINUTE, 2 * MINUTE, 30 * MINUTE};
    fixture_t *f = *state;
    const msa_user_t *user = fixture_user(f, "ann@example.org", NULL);
    for (size_t i = 0; i < sizeof(LIMITS) / sizeof(LIMITS[0]); i++) {
        msa_signin_t signin = sign_in(f, user, false);
        f->settings.session_idle = LIMITS[i];
        for (int j = 0; j < 6; j++) {
            fixture_advance(f, LIMITS[i] / 2);
            assert_int_equal(use(f, signin.session, NULL), MSA_OK);
        }
        fixture_advance(f, LIMITS[i] + SECOND);
        assert_int_equal(use(f, signin.session, NULL), MSA_UNAUTHENTICATED);
    }
}

static void use_does_not_prolong_a_session_beyond_its_lifetime(void **state)
{
    fixture_t *f = *state;
    msa_signin_t signin = sign_in(f, fixture_user(f, "ann@example.org", NULL), false);
    f->settings.session_idle = 2 * HOUR;
    for (int i = 0; i < 11; i++) {
        fixture_advance(f, HOUR);
        assert_int_equal(use(f, signin.session, NULL), MSA_OK);
    }
    fixture_advance(f, HOUR + SECOND);
    assert_int_equal(use(f, signin.session, NULL), MSA_UNAUTHENTICATED);
}

static void a_remember_cookie_is_exchanged_and_keeps_its_end(void **state)
{
    fixture_t *f = *state;
    msa_signin_t first = sign_in(f, fixture_user(f, "ann@example.org", NULL), true), second, third;
    msa_identity_t *identity = NULL;
    fixture_advance(f, 100 * 24 * HOUR);
    assert_int_equal(revive(f, first.remember, &second), MSA_OK);
    assert_string_not_equal(second.remember, first.remember);
    assert_in_range(second.remember_lifetime, 265 * 24 * HOUR - SECOND, 265 * 24 * HOUR);
    assert_int_equal(use(f, second.session, &identity), MSA_OK);
    assert_string_equal(identity->method, "remember");
    assert_false(msa_identity_is_fresh(f->ctx, identity, HOUR));
    fixture_advance(f, 266 * 24 * HOUR);
    assert_int_equal(revive(f, second.remember, &third), MSA_UNAUTHENTICATED);
}

static bool is_token(fixture_t *f, const char *token)
{
    msa_identity_t *identity = NULL;
    return msa_identity_by_secret(f->ctx, token, 1u << MSA_PURPOSE_TOKEN, &identity) == MSA_OK;
}

static void an_exchanged_remember_cookie_is_good_for_parallel_requests_only(void **state)
{
    fixture_t *f = *state;
    msa_user_t *user = fixture_user(f, "ann@example.org", NULL);
    msa_signin_t first = sign_in(f, user, true), second, parallel, thief;
    assert_int_equal(revive(f, first.remember, &second), MSA_OK);
    fixture_advance(f, f->settings.remember_grace - SECOND);
    assert_int_equal(revive(f, first.remember, &parallel), MSA_OK);
    assert_null(parallel.remember);
    assert_string_equal(parallel.session, second.session);
    assert_int_equal(fixture_tickets(f, user->id, "session"), 1);
    fixture_advance(f, 2 * SECOND);
    assert_int_equal(revive(f, first.remember, &thief), MSA_UNAUTHENTICATED);
    assert_true(fixture_logged(f, "remember-replayed"));
    /* Nobody knows which of the two is the thief. */
    assert_int_equal(use(f, second.session, NULL), MSA_UNAUTHENTICATED);
    assert_int_equal(use(f, parallel.session, NULL), MSA_UNAUTHENTICATED);
    assert_int_equal(revive(f, second.remember, &thief), MSA_UNAUTHENTICATED);
    assert_int_equal(fixture_tickets(f, user->id, NULL), 0);
}

static void each_exchange_replaces_the_previous_session(void **state)
{
    fixture_t *f = *state;
    msa_user_t *user = fixture_user(f, "ann@example.org", NULL);
    msa_signin_t phone = sign_in(f, user, true), desk = sign_in(f, user, true), next;
    apr_array_header_t *changes = NULL;
    for (int i = 0; i < 5; i++) {
        assert_int_equal(revive(f, desk.remember, &next), MSA_OK);
        assert_string_not_equal(next.session, desk.session);
        assert_int_equal(use(f, desk.session, NULL), MSA_UNAUTHENTICATED);
        desk = next;
    }
    assert_int_equal(use(f, desk.session, NULL), MSA_OK);
    assert_int_equal(use(f, phone.session, NULL), MSA_OK);
    assert_int_equal(fixture_tickets(f, user->id, "session"), 2);
    assert_int_equal(fixture_tickets(f, user->id, "remember"), 2);
    assert_int_equal(msa_change_list(f->ctx->db, f->pool, 0, 10, &changes), APR_SUCCESS);
    assert_int_equal(changes->nelts, 5);
}

/* What is in the database and what the browser has make the secret together. */
static void neither_cookie_nor_database_alone_reveals_the_session_of_an_exchange(void **state)
{
    fixture_t *f = *state;
    msa_user_t *user = fixture_user(f, "ann@example.org", NULL);
    msa_signin_t first = sign_in(f, user, true), other = sign_in(f, user, true), second;
    const char *remember = first.remember, *family = first.identity->family;
    const char *texts[][4] = {
        {"session", remember, family,                 NULL}, /* both: the one that is good */
        {"session", remember, other.identity->family, NULL},
        {"session", family,   remember,               NULL},
        {"session", remember, "",                     NULL},
        {"session", "",       family,                 NULL},
        {"session", remember, NULL,                   NULL},
        {"session", family,   NULL,                   NULL},
        {remember,  family,   NULL,                   NULL},
        {remember,  NULL,     NULL,                   NULL},
        {family,    NULL,     NULL,                   NULL},
    };
    assert_int_equal(revive(f, remember, &second), MSA_OK);
    assert_true(msa_digest_is_secret(second.session, strlen(second.session)));
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        unsigned char digest[MSA_DIGEST_SIZE];
        msa_digest_texts(NULL, texts[i], digest);
        assert_int_equal(use(f, msa_digest_base64url(f->pool, digest, sizeof(digest)), NULL),
                         i ? MSA_UNAUTHENTICATED : MSA_OK);
    }
}

static void a_token_belongs_to_the_sign_in_it_was_issued_for(void **state)
{
    fixture_t *f = *state;
    msa_user_t *user = fixture_user(f, "ann@example.org", NULL);
    msa_signin_t desk = sign_in(f, user, true), phone = sign_in(f, user, false), other;
    msa_identity_t *identity = NULL;
    const char *at_desk = NULL, *at_phone = NULL, *alone = NULL;
    assert_int_equal(msa_signin_token(f->ctx, user, desk.identity, 0, &at_desk), MSA_OK);
    assert_int_equal(msa_signin_token(f->ctx, user, phone.identity, 0, &at_phone), MSA_OK);
    assert_int_equal(msa_signin_token(f->ctx, user, NULL, 0, &alone), MSA_OK);
    assert_int_equal(msa_identity_by_secret(f->ctx, at_desk, 1u << MSA_PURPOSE_TOKEN, &identity),
                     MSA_OK);
    assert_int_equal(msa_signin_end(f->ctx, identity, NULL), MSA_OK);
    assert_false(is_token(f, at_desk));
    assert_int_equal(use(f, desk.session, NULL), MSA_UNAUTHENTICATED);
    assert_int_equal(revive(f, desk.remember, &other), MSA_UNAUTHENTICATED);
    assert_true(is_token(f, at_phone));
    assert_true(is_token(f, alone));
    assert_int_equal(msa_signin_end(f->ctx, phone.identity, NULL), MSA_OK);
    assert_false(is_token(f, at_phone));
    assert_true(is_token(f, alone));
    assert_int_equal(msa_sessions_end(f->ctx, user->id, 0), MSA_OK);
    assert_false(is_token(f, alone));
}

static void a_replayed_remember_cookie_harms_no_other_browser(void **state)
{
    fixture_t *f = *state;
    msa_user_t *user = fixture_user(f, "ann@example.org", NULL);
    msa_signin_t desk = sign_in(f, user, true), phone = sign_in(f, user, true), other;
    assert_int_equal(revive(f, desk.remember, &other), MSA_OK);
    fixture_advance(f, f->settings.remember_grace + SECOND);
    assert_int_equal(revive(f, desk.remember, &other), MSA_UNAUTHENTICATED);
    assert_int_equal(use(f, phone.session, NULL), MSA_OK);
    assert_int_equal(revive(f, phone.remember, &other), MSA_OK);
}

static void a_new_sign_in_ends_what_the_browser_had_and_every_record_of_it(void **state)
{
    fixture_t *f = *state;
    msa_user_t *user = fixture_user(f, "ann@example.org", NULL);
    msa_signin_t first = sign_in(f, user, true), second, last = {0};
    msa_identity_t *identity = NULL;
    const char *token = NULL;
    assert_int_equal(msa_signin_token(f->ctx, user, first.identity, 0, &token), MSA_OK);
    assert_int_equal(revive(f, first.remember, &second), MSA_OK);
    assert_int_equal(use(f, second.session, &identity), MSA_OK);
    f->changed_users->nelts = 0;
    assert_int_equal(msa_signin_start(f->ctx, user, false, true, identity, &last), MSA_OK);
    assert_int_equal(use(f, first.session, NULL), MSA_UNAUTHENTICATED);
    assert_int_equal(use(f, second.session, NULL), MSA_UNAUTHENTICATED);
    assert_false(is_token(f, token));
    assert_int_equal(use(f, last.session, NULL), MSA_OK);
    /* The token has a record of its own, under a secret that this request never saw. */
    assert_int_equal(f->changed_users->nelts, 1);
    assert_int_equal(APR_ARRAY_IDX(f->changed_users, 0, apr_int64_t), user->id);
}

static void signing_out_ends_the_family_and_nothing_else(void **state)
{
    fixture_t *f = *state;
    msa_user_t *user = fixture_user(f, "ann@example.org", NULL);
    msa_signin_t desk = sign_in(f, user, true), phone = sign_in(f, user, true), other;
    msa_identity_t *identity = NULL;
    assert_int_equal(use(f, desk.session, &identity), MSA_OK);
    assert_int_equal(msa_signin_end(f->ctx, identity, desk.remember), MSA_OK);
    assert_int_equal(use(f, desk.session, NULL), MSA_UNAUTHENTICATED);
    assert_int_equal(revive(f, desk.remember, &other), MSA_UNAUTHENTICATED);
    assert_int_equal(use(f, phone.session, NULL), MSA_OK);
    assert_int_equal(revive(f, phone.remember, &other), MSA_OK);
}

static apr_int64_t newest_change(fixture_t *f)
{
    apr_int64_t id = -1;
    assert_int_equal(msa_change_newest(f->ctx->db, f->pool, &id), APR_SUCCESS);
    return id;
}

static void what_ends_nothing_tells_nobody(void **state)
{
    fixture_t *f = *state;
    msa_user_t *user = fixture_user(f, "ann@example.org", NULL);
    msa_signin_t desk = sign_in(f, user, true);
    msa_identity_t *identity = NULL;
    apr_array_header_t *changes = NULL;
    apr_int64_t before = newest_change(f);
    assert_int_equal(use(f, desk.session, &identity), MSA_OK);
    /* The only session stays, but its remember cookie ends. */
    assert_int_equal(msa_sessions_end_others(f->ctx, identity, &desk), MSA_OK);
    assert_true(newest_change(f) > before);
    before = newest_change(f);
    f->changed_users->nelts = 0;
    identity = desk.identity;
    assert_int_equal(msa_sessions_end_others(f->ctx, identity, &desk), MSA_OK);
    assert_int_equal(msa_sessions_end(f->ctx, user->id, desk.identity->ticket_id + 9),
                     MSA_NOT_FOUND);
    assert_int_equal(f->changed_users->nelts, 0);
    /* Except the secret that this session had before. */
    assert_int_equal(msa_change_list(f->ctx->db, f->pool, before, 10, &changes), APR_SUCCESS);
    assert_int_equal(changes->nelts, 1);
    assert_memory_equal(APR_ARRAY_IDX(changes, 0, msa_change_t *)->digest, identity->digest,
                        MSA_DIGEST_SIZE);
    identity = desk.identity;
    /* The browser never got the answer and asks again. */
    assert_int_equal(msa_signin_end(f->ctx, identity, NULL), MSA_OK);
    assert_true(newest_change(f) > before);
    before = newest_change(f);
    assert_int_equal(msa_signin_end(f->ctx, identity, desk.remember), MSA_OK);
    assert_int_equal(newest_change(f), before);
}

/* ---- a session that two got by showing one remember cookie at the same time ---- */

/** A browser, and what a thief got for its remember cookie within the grace time. */
typedef struct shared_t {
    msa_signin_t owner, thief;
    msa_identity_t *identity;
} shared_t;

static shared_t share(fixture_t *f, const msa_user_t *user)
{
    msa_signin_t first = sign_in(f, user, true);
    shared_t shared;
    assert_int_equal(revive(f, first.remember, &shared.owner), MSA_OK);
    assert_int_equal(revive(f, first.remember, &shared.thief), MSA_OK);
    assert_string_equal(shared.owner.session, shared.thief.session);
    assert_int_equal(use(f, shared.owner.session, &shared.identity), MSA_OK);
    fixture_advance(f, 2 * SECOND);
    return shared;
}

/* The session goes on under another secret, otherwise as before. */
static msa_identity_t *assert_renewed(fixture_t *f, const shared_t *shared, const msa_signin_t *got)
{
    const msa_identity_t *before = shared->identity;
    msa_identity_t *after = NULL;
    assert_int_equal(use(f, shared->thief.session, NULL), MSA_UNAUTHENTICATED);
    assert_int_equal(use(f, got->session, &after), MSA_OK);
    assert_string_equal(after->family, before->family);
    assert_string_equal(after->method, before->method);
    assert_true(after->issued_at == before->issued_at && after->expires_at == before->expires_at);
    assert_true(got->identity->ticket_id == after->ticket_id);
    assert_memory_equal(got->identity->digest, after->digest, MSA_DIGEST_SIZE);
    assert_int_equal(fixture_tickets(f, before->user_id, "session"), 1);
    return after;
}

static void only_the_session_that_proves_the_password_becomes_fresh(void **state)
{
    fixture_t *f = *state;
    shared_t shared = share(f, fixture_user(f, "ann@example.org", NULL));
    msa_signin_t got = {0}, back = {0};
    msa_identity_t *after;
    assert_int_equal(msa_signin_refresh(f->ctx, shared.identity, "wrong", &got),
                     MSA_INVALID_PASSWORD);
    assert_null(got.session);
    assert_int_equal(msa_signin_refresh(f->ctx, shared.identity, FIXTURE_PASSWORD, &got), MSA_OK);
    after = assert_renewed(f, &shared, &got);
    assert_true(msa_identity_is_fresh(f->ctx, after, HOUR));
    assert_true(msa_identity_is_fresh(f->ctx, got.identity, HOUR));
    /* Neither the cookie of the exchange nor the old identity leads to it. */
    assert_int_equal(
        msa_signin_refresh(f->ctx, shared.identity, FIXTURE_PASSWORD, &(msa_signin_t){0}),
        MSA_UNAUTHENTICATED);
    assert_int_equal(revive(f, shared.owner.remember, &back), MSA_OK);
    assert_int_equal(use(f, back.session, &after), MSA_OK);
    assert_false(msa_identity_is_fresh(f->ctx, after, HOUR));
}

static void ending_all_others_ends_others_with_the_same_session(void **state)
{
    fixture_t *f = *state;
    shared_t shared = share(f, fixture_user(f, "ann@example.org", NULL));
    msa_signin_t got = {0};
    assert_int_equal(msa_sessions_end_others(f->ctx, shared.identity, &got), MSA_OK);
    assert_false(msa_identity_is_fresh(f->ctx, assert_renewed(f, &shared, &got), HOUR));
    assert_int_equal(revive(f, shared.owner.remember, &got), MSA_UNAUTHENTICATED);
    /* A session that has ended meanwhile ends nothing. */
    sign_in(f, fixture_reload(f, shared.identity->user_id), false);
    assert_int_equal(msa_sessions_end_others(f->ctx, shared.identity, &got), MSA_UNAUTHENTICATED);
    assert_int_equal(fixture_tickets(f, shared.identity->user_id, "session"), 2);
}

static void a_token_that_proves_the_password_or_ends_others_stays_the_same(void **state)
{
    fixture_t *f = *state;
    msa_user_t *user = fixture_user(f, "ann@example.org", NULL);
    msa_identity_t *identity = NULL;
    msa_signin_t got = {0};
    const char *token = NULL;
    assert_int_equal(msa_signin_token(f->ctx, user, NULL, 0, &token), MSA_OK);
    assert_int_equal(msa_identity_by_secret(f->ctx, token, 1u << MSA_PURPOSE_TOKEN, &identity),
                     MSA_OK);
    assert_int_equal(msa_signin_refresh(f->ctx, identity, FIXTURE_PASSWORD, &got), MSA_OK);
    assert_int_equal(msa_sessions_end_others(f->ctx, identity, &got), MSA_OK);
    assert_null(got.session);
    assert_int_equal(msa_identity_by_secret(f->ctx, token, 1u << MSA_PURPOSE_TOKEN, &identity),
                     MSA_OK);
    assert_true(msa_identity_is_fresh(f->ctx, identity, HOUR));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_session_in_use_continues_and_an_idle_one_ends,
                                        fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(use_does_not_prolong_a_session_beyond_its_lifetime,
                                        fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_remember_cookie_is_exchanged_and_keeps_its_end,
                                        fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(
            an_exchanged_remember_cookie_is_good_for_parallel_requests_only, fixture_setup,
            fixture_teardown),
        cmocka_unit_test_setup_teardown(each_exchange_replaces_the_previous_session, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(
            neither_cookie_nor_database_alone_reveals_the_session_of_an_exchange, fixture_setup,
            fixture_teardown),
        cmocka_unit_test_setup_teardown(a_token_belongs_to_the_sign_in_it_was_issued_for,
                                        fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_replayed_remember_cookie_harms_no_other_browser,
                                        fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(
            a_new_sign_in_ends_what_the_browser_had_and_every_record_of_it, fixture_setup,
            fixture_teardown),
        cmocka_unit_test_setup_teardown(what_ends_nothing_tells_nobody, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(signing_out_ends_the_family_and_nothing_else, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(only_the_session_that_proves_the_password_becomes_fresh,
                                        fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(ending_all_others_ends_others_with_the_same_session,
                                        fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(
            a_token_that_proves_the_password_or_ends_others_stays_the_same, fixture_setup,
            fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
