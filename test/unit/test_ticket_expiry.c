/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What has an end is over at that very second. Nothing is swept here: the row of a ticket stays in
 * its table and must not be used any more (GO-2025-4136: authentik relied on the sweep, which came
 * five minutes later).
 */
#include "fixture.h"

#include "../../src/account/change_email.h"
#include "../../src/account/confirm.h"
#include "../../src/account/recover.h"
#include "../../src/account/undo.h"
#include "../../src/identity/remember.h"
#include "../../src/identity/ticket.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <apr_strings.h>

#define LIFETIME apr_time_from_sec(600)
#define SECOND   apr_time_from_sec(1)

static const char *issue(fixture_t *f, const msa_user_t *user, msa_purpose_t purpose)
{
    const msa_ticket_order_t order = {.purpose = purpose,
                                      .detail = "other@example.org",
                                      .family = "family",
                                      .lifetime = LIFETIME};
    const char *secret = NULL;
    assert_int_equal(msa_ticket_issue(f->ctx, user, &order, &secret, NULL), MSA_OK);
    return secret;
}

static msa_outcome_t look_at(fixture_t *f, const char *secret, msa_purpose_t purpose)
{
    msa_ticket_t *ticket = NULL;
    msa_user_t *user = NULL;
    return msa_ticket_inspect(f->ctx, secret, 1u << purpose, true, &ticket, &user);
}

static void every_ticket_expires_to_the_second(void **state)
{
    fixture_t *f = *state;
    const msa_user_t *user = fixture_user(f, "ann@example.org", NULL);
    const char *secrets[MSA_PURPOSE_COUNT];
    for (int i = 0; i < MSA_PURPOSE_COUNT; i++)
        secrets[i] = issue(f, user, (msa_purpose_t)i);
    fixture_advance(f, LIFETIME - SECOND);
    for (int i = 0; i < MSA_PURPOSE_COUNT; i++)
        assert_int_equal(look_at(f, secrets[i], (msa_purpose_t)i), MSA_OK);
    fixture_advance(f, SECOND);
    for (int i = 0; i < MSA_PURPOSE_COUNT; i++)
        assert_int_not_equal(look_at(f, secrets[i], (msa_purpose_t)i), MSA_OK);
    assert_int_equal(fixture_tickets(f, user->id, NULL) + fixture_tickets(f, user->id, "device") +
                         fixture_tickets(f, user->id, "place"),
                     MSA_PURPOSE_COUNT);
}

static msa_outcome_t come_in(fixture_t *f, const char *secret, msa_purpose_t purpose)
{
    msa_identity_t *identity = NULL;
    msa_signin_t signin = {0};
    if (purpose == MSA_PURPOSE_REMEMBER)
        return msa_signin_revive(f->ctx, secret, &signin);
    if (purpose == MSA_PURPOSE_PERSONAL)
        secret = apr_pstrcat(f->pool, MSA_PERSONAL_PREFIX, secret, NULL);
    return msa_identity_by_secret(f->ctx, secret, 1u << purpose, &identity);
}

static void nobody_gets_in_with_an_expired_ticket(void **state)
{
    static const msa_purpose_t PURPOSES[] = {MSA_PURPOSE_SESSION, MSA_PURPOSE_REMEMBER,
                                             MSA_PURPOSE_TOKEN};
    fixture_t *f = *state;
    const msa_user_t *user = fixture_user(f, "ann@example.org", NULL);
    for (size_t i = 0; i < sizeof(PURPOSES) / sizeof(PURPOSES[0]); i++) {
        const char *secret = issue(f, user, PURPOSES[i]);
        const char *other = issue(f, user, PURPOSES[i]);
        fixture_advance(f, LIFETIME - SECOND);
        assert_int_equal(come_in(f, secret, PURPOSES[i]), MSA_OK);
        fixture_advance(f, SECOND);
        assert_int_equal(come_in(f, other, PURPOSES[i]), MSA_UNAUTHENTICATED);
    }
}

static msa_outcome_t follow(fixture_t *f, const char *secret, msa_purpose_t purpose)
{
    msa_user_t *user = NULL;
    switch (purpose) {
    case MSA_PURPOSE_CONFIRM:
        return msa_confirm(f->ctx, secret, &user);
    case MSA_PURPOSE_RESET:
        return msa_recover(f->ctx, secret, "another long secret", &user);
    case MSA_PURPOSE_CHANGE_EMAIL:
        return msa_change_email(f->ctx, secret, &user);
    default:
        return msa_undo(f->ctx, secret, &user);
    }
}

static void no_expired_link_works(void **state)
{
    static const msa_purpose_t PURPOSES[] = {MSA_PURPOSE_CONFIRM, MSA_PURPOSE_RESET,
                                             MSA_PURPOSE_CHANGE_EMAIL, MSA_PURPOSE_UNDO_EMAIL};
    fixture_t *f = *state;
    for (size_t i = 0; i < sizeof(PURPOSES) / sizeof(PURPOSES[0]); i++) {
        const msa_user_t *user =
            fixture_user(f, apr_psprintf(f->pool, "user%d@example.org", (int)i), NULL);
        const msa_user_t *after;
        const char *secret = issue(f, user, PURPOSES[i]);
        fixture_advance(f, LIFETIME);
        assert_int_not_equal(follow(f, secret, PURPOSES[i]), MSA_OK);
        after = fixture_reload(f, user->id);
        assert_string_equal(after->email, user->email);
        assert_string_equal(after->password, user->password);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_ticket_expires_to_the_second, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(nobody_gets_in_with_an_expired_ticket, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(no_expired_link_works, fixture_setup, fixture_teardown),
    };
    return cmocka_run_group_tests_name("ticket expiry", tests, NULL, NULL);
}
