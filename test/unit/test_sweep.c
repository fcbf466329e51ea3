/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include "../../src/account/sweep.h"
#include "../../src/store/attempts.h"
#include "../../src/store/changes.h"
#include "../../src/store/notes.h"
#include "../../src/store/tickets.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <apr_strings.h>

#define MANY 1100 /* more than two transactions take */
#define DAY  apr_time_from_sec(86400)
#define LONG apr_time_from_sec(600)
#define USER 7

/** How many rows of each kind there are. */
typedef struct rows_t {
    int tickets, attempts, changes, mails;
} rows_t;

static void add_ticket(fixture_t *f, int mark, apr_time_t expires_at, apr_time_t spent_at)
{
    msa_ticket_t ticket = {.purpose = spent_at ? "remember" : "session",
                           .user_id = USER,
                           .audience = FIXTURE_SITE,
                           .created_at = f->now,
                           .expires_at = expires_at};
    memcpy(ticket.digest, &mark, sizeof(mark));
    assert_int_equal(msa_ticket_insert(f->ctx->db, f->pool, &ticket), APR_SUCCESS);
    if (spent_at)
        assert_int_equal(msa_ticket_spend(f->ctx->db, f->pool, &ticket, spent_at), APR_SUCCESS);
}

static void add_attempt(fixture_t *f, apr_time_t at)
{
    msa_attempt_t attempt = {"account", "192.0.2.1", NULL};
    assert_int_equal(msa_attempt_insert(f->ctx->db, f->pool, &attempt, at), APR_SUCCESS);
}

/* A mail that was sent or given up at that time. */
static void add_mail(fixture_t *f, bool is_sent, apr_time_t at)
{
    msa_mail_t mail = {.message_id = "a@example.org",
                       .sender = "a@example.org",
                       .recipient = "b@example.org",
                       .subject = "s",
                       .text = "t",
                       .kind = "welcome",
                       .created_at = f->now,
                       .next_at = f->now};
    apr_array_header_t *mails = NULL;
    msa_db_t *db = f->ctx->db;
    apr_status_t status;
    assert_int_equal(msa_outbox_insert(db, f->pool, &mail), APR_SUCCESS);
    assert_int_equal(msa_outbox_claim(db, f->pool, "one", f->now, f->now + DAY, 1, &mails),
                     APR_SUCCESS);
    status = is_sent ? msa_outbox_sent(db, f->pool, mail.id, "one", at)
                     : msa_outbox_postpone(db, f->pool, mail.id, "one", "no", at, true, at);
    assert_int_equal(status, APR_SUCCESS);
}

/* MANY rows of each kind that are over, in every way there is, and one that is not. */
static void fill(fixture_t *f)
{
    apr_time_t now = f->now;
    assert_int_equal(msa_db_begin(f->ctx->db), APR_SUCCESS);
    for (int i = 0; i < MANY; i++) {
        add_ticket(f, 2 * i, now - 8 * DAY, 0);
        add_ticket(f, 2 * i + 1, now + DAY, now - 8 * DAY);
        add_attempt(f, now - f->settings.throttle_window - DAY);
        assert_int_equal(msa_change_insert(f->ctx->db, f->pool, USER, NULL, now - DAY),
                         APR_SUCCESS);
        add_mail(f, true, now - 8 * DAY);
        add_mail(f, false, now - 31 * DAY);
    }
    add_ticket(f, 2 * MANY, now - 6 * DAY, 0);
    add_ticket(f, 2 * MANY + 1, now + DAY, 0);
    add_ticket(f, 2 * MANY + 2, now + DAY, now - 6 * DAY);
    add_attempt(f, now);
    assert_int_equal(msa_change_insert(f->ctx->db, f->pool, USER, NULL, now), APR_SUCCESS);
    add_mail(f, true, now - 6 * DAY);
    add_mail(f, false, now - 29 * DAY);
    assert_int_equal(msa_db_end(f->ctx->db, true), APR_SUCCESS);
}

static rows_t count_rows(fixture_t *f)
{
    msa_attempt_t attempt = {"account", "192.0.2.1", NULL};
    msa_attempts_t attempts = {0};
    apr_array_header_t *tickets = NULL, *changes = NULL, *mails = NULL;
    msa_db_t *db = f->ctx->db;
    /* A list of a user's tickets contains no spent ones. */
    assert_int_equal(msa_db_read_text(db, f->pool, "SELECT count(*) FROM {prefix}ticket", &tickets),
                     APR_SUCCESS);
    assert_int_equal(msa_attempt_count(db, f->pool, &attempt, 0, &attempts), APR_SUCCESS);
    assert_int_equal(msa_change_list(db, f->pool, 0, 9 * MANY, &changes), APR_SUCCESS);
    assert_int_equal(msa_outbox_list(db, f->pool, true, 0, 9 * MANY, &mails), APR_SUCCESS);
    return (rows_t){atoi(APR_ARRAY_IDX(tickets, 0, const char *)), attempts.of_account,
                    changes->nelts, mails->nelts};
}

static void assert_only_what_lives(fixture_t *f)
{
    rows_t rows = count_rows(f);
    assert_int_equal(rows.tickets, 3);
    assert_int_equal(rows.attempts, 1);
    assert_int_equal(rows.changes, 1);
    assert_int_equal(rows.mails, 2);
}

static void everything_expired_is_deleted_however_much_and_nothing_else(void **state)
{
    fixture_t *f = *state;
    bool is_more = true;
    fill(f);
    assert_int_equal(msa_sweep(f->ctx, LONG, &is_more), MSA_OK);
    assert_false(is_more);
    assert_only_what_lives(f);
}

static void a_sweep_without_time_deletes_some_of_each_and_continues_next_time(void **state)
{
    fixture_t *f = *state;
    bool is_more = false;
    rows_t before, after;
    fill(f);
    before = count_rows(f);
    assert_int_equal(msa_sweep(f->ctx, 0, &is_more), MSA_OK);
    assert_true(is_more);
    after = count_rows(f);
    assert_true(after.tickets < before.tickets && after.tickets > 3);
    assert_true(after.attempts < before.attempts && after.attempts > 1);
    assert_true(after.changes < before.changes && after.changes > 1);
    assert_true(after.mails < before.mails && after.mails > 2);
    for (int i = 0; is_more && i < MANY; i++)
        assert_int_equal(msa_sweep(f->ctx, 0, &is_more), MSA_OK);
    assert_false(is_more);
    assert_only_what_lives(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(everything_expired_is_deleted_however_much_and_nothing_else,
                                        fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(
            a_sweep_without_time_deletes_some_of_each_and_continues_next_time, fixture_setup,
            fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
