/* SPDX-License-Identifier: Apache-2.0 */
#include "store_fixture.h"

#include "../../src/store/outbox.h"

#define HOUR  apr_time_from_sec(3600)
#define LATER (store->now + apr_time_from_sec(60))

static const char *long_text(store_t *store, size_t bytes)
{
    char *text = apr_palloc(store->pool, bytes + 1);
    memset(text, 'x', bytes);
    text[bytes] = '\0';
    return text;
}

static msa_mail_t *post(store_t *store, const char *recipient)
{
    msa_mail_t *mail = apr_pcalloc(store->pool, sizeof(*mail));
    mail->message_id = "1@example.org";
    mail->sender = "site@example.org";
    mail->recipient = recipient;
    mail->subject = "Gr\xc3\xbc\xc3\x9f"
                    "e";
    mail->text = "Hello,\n\n\xf0\x9f\x90\xb1\n";
    mail->html = "<p>Hello</p>\r\n";
    mail->kind = "welcome";
    mail->created_at = store->now;
    mail->next_at = store->now;
    assert_int_equal(msa_outbox_insert(store->db, store->pool, mail), APR_SUCCESS);
    return mail;
}

static int claim(store_t *store, const char *owner, apr_time_t now, const msa_mail_t **first)
{
    apr_array_header_t *mails = NULL;
    assert_int_equal(msa_outbox_claim(store->db, store->pool, owner, now, now + HOUR, 9, &mails),
                     APR_SUCCESS);
    if (first && mails->nelts)
        *first = APR_ARRAY_IDX(mails, 0, msa_mail_t *);
    return mails->nelts;
}

static void mail_is_claimed_by_one_owner(void **state)
{
    store_t *store = *state;
    const msa_mail_t *mail = NULL;
    msa_mail_t *posted = post(store, "ann@example.org");
    assert_int_equal(claim(store, "one", store->now - HOUR, NULL), 0);
    assert_int_equal(claim(store, "one", store->now, &mail), 1);
    assert_int_equal(mail->id, posted->id);
    assert_string_equal(mail->text, posted->text);
    assert_string_equal(mail->html, posted->html);
    assert_string_equal(mail->subject, posted->subject);
    assert_int_equal(claim(store, "two", store->now, NULL), 0);
    assert_int_equal(claim(store, "two", store->now + 2 * HOUR, NULL), 0);
    assert_int_equal(msa_outbox_sent(store->db, store->pool, mail->id, "two", LATER), APR_NOTFOUND);
    assert_int_equal(msa_outbox_sent(store->db, store->pool, mail->id, "one", LATER), APR_SUCCESS);
}

static int abandon(store_t *store, apr_time_t now)
{
    apr_array_header_t *mails = NULL;
    assert_int_equal(msa_outbox_abandon(store->db, store->pool, now, "in doubt", 9, &mails),
                     APR_SUCCESS);
    return mails->nelts;
}

static void mail_whose_claim_ran_out_is_in_doubt_until_its_claimer_speaks(void **state)
{
    store_t *store = *state;
    int count = 0;
    msa_mail_t *mail = post(store, "ann@example.org");
    assert_int_equal(abandon(store, store->now + 2 * HOUR), 0);
    assert_int_equal(claim(store, "one", store->now, NULL), 1);
    assert_int_equal(abandon(store, store->now), 0);
    assert_int_equal(abandon(store, store->now + 2 * HOUR), 1);
    assert_int_equal(abandon(store, store->now + 2 * HOUR), 0);
    assert_string_equal(store_ask(store, "SELECT error FROM security_outbox WHERE state = 2"),
                        "in doubt");
    assert_int_equal(msa_outbox_sent(store->db, store->pool, mail->id, "one", LATER), APR_SUCCESS);
    assert_string_equal(store_ask(store, "SELECT state FROM security_outbox"), "1");

    post(store, "bob@example.org");
    assert_int_equal(claim(store, "two", store->now, NULL), 1);
    assert_int_equal(abandon(store, store->now + 2 * HOUR), 1);
    assert_int_equal(msa_outbox_retry(store->db, store->pool, 0, LATER, &count), APR_SUCCESS);
    assert_int_equal(claim(store, "three", LATER, (const msa_mail_t **)&mail), 1);
    assert_int_equal(msa_outbox_sent(store->db, store->pool, mail->id, "two", LATER), APR_NOTFOUND);
}

static void steal_claim(store_t *store)
{
    store_do(store, apr_psprintf(store->pool,
                                 "UPDATE security_outbox SET claimed_by = 'two', "
                                 "claimed_until = %" APR_INT64_T_FMT,
                                 apr_time_sec(store->now + HOUR)));
}

static void mail_that_another_claims_in_between_is_theirs(void **state)
{
    store_t *store = *state;
    post(store, "ann@example.org");
    store->on_open = steal_claim;
    store->opens_left = 2;
    assert_int_equal(claim(store, "one", store->now, NULL), 0);
    assert_string_equal(store_ask(store, "SELECT claimed_by FROM security_outbox"), "two");
}

static void sent_mail_keeps_no_body(void **state)
{
    store_t *store = *state;
    int count = 0;
    apr_array_header_t *mails = NULL;
    msa_mail_t *mail = post(store, "ann@example.org");
    assert_int_equal(claim(store, "one", store->now, NULL), 1);
    assert_int_equal(msa_outbox_sent(store->db, store->pool, mail->id, "one", LATER), APR_SUCCESS);
    assert_string_equal(store_ask(store, "SELECT COUNT(*) FROM security_outbox WHERE "
                                         "text_part IS NULL AND html_part IS NULL"),
                        "1");
    assert_int_equal(msa_outbox_list(store->db, store->pool, false, 0, 9, &mails), APR_SUCCESS);
    assert_int_equal(mails->nelts, 0);
    assert_int_equal(msa_outbox_list(store->db, store->pool, true, 0, 9, &mails), APR_SUCCESS);
    assert_int_equal(mails->nelts, 1);
    assert_int_equal(APR_ARRAY_IDX(mails, 0, msa_mail_t *)->sent_at, LATER);
    assert_int_equal(msa_outbox_sweep(store->db, store->pool, LATER, LATER, 9, &count),
                     APR_SUCCESS);
    assert_string_equal(store_ask(store, "SELECT COUNT(*) FROM security_outbox"), "1");
    assert_int_equal(msa_outbox_sweep(store->db, store->pool, LATER + HOUR, 0, 9, &count),
                     APR_SUCCESS);
    assert_string_equal(store_ask(store, "SELECT COUNT(*) FROM security_outbox"), "0");
}

static void postponed_mail_waits_and_a_failed_one_is_retried_on_demand(void **state)
{
    store_t *store = *state;
    apr_array_header_t *mails = NULL;
    msa_mail_t *mail = post(store, "ann@example.org");
    int count = 0;
    assert_int_equal(claim(store, "one", store->now, NULL), 1);
    assert_int_equal(msa_outbox_postpone(store->db, store->pool, mail->id, "one", "no way",
                                         store->now + HOUR, false, LATER),
                     APR_SUCCESS);
    assert_int_equal(claim(store, "two", LATER, NULL), 0);
    assert_int_equal(claim(store, "two", store->now + HOUR, NULL), 1);
    assert_int_equal(
        msa_outbox_postpone(store->db, store->pool, mail->id, "two", "never", LATER, true, LATER),
        APR_SUCCESS);
    assert_int_equal(claim(store, "one", store->now + 9 * HOUR, NULL), 0);
    assert_int_equal(msa_outbox_list(store->db, store->pool, false, 0, 9, &mails), APR_SUCCESS);
    assert_int_equal(mails->nelts, 1);
    assert_int_equal(APR_ARRAY_IDX(mails, 0, msa_mail_t *)->attempts, 2);
    assert_int_equal(APR_ARRAY_IDX(mails, 0, msa_mail_t *)->failed_at, LATER);
    assert_string_equal(APR_ARRAY_IDX(mails, 0, msa_mail_t *)->error, "never");
    assert_int_equal(msa_outbox_retry(store->db, store->pool, 0, LATER, &count), APR_SUCCESS);
    assert_int_equal(count, 1);
    assert_int_equal(claim(store, "one", LATER, NULL), 1);
}

static void mail_that_was_given_up_is_kept_longer_than_sent_mail(void **state)
{
    store_t *store = *state;
    int count = 0;
    const msa_mail_t *mail = post(store, "ann@example.org");
    assert_int_equal(claim(store, "one", store->now, NULL), 1);
    assert_int_equal(
        msa_outbox_postpone(store->db, store->pool, mail->id, "one", "never", LATER, true, LATER),
        APR_SUCCESS);
    assert_int_equal(msa_outbox_sweep(store->db, store->pool, LATER + HOUR, LATER, 9, &count),
                     APR_SUCCESS);
    assert_string_equal(store_ask(store, "SELECT COUNT(*) FROM security_outbox"), "1");
    assert_int_equal(msa_outbox_sweep(store->db, store->pool, 0, LATER + HOUR, 9, &count),
                     APR_SUCCESS);
    assert_string_equal(store_ask(store, "SELECT COUNT(*) FROM security_outbox"), "0");
}

static void at_most_so_many_mails_are_swept_at_once(void **state)
{
    store_t *store = *state;
    int count = 0;
    for (int i = 0; i < 6; i++) {
        const msa_mail_t *mail = post(store, "ann@example.org");
        assert_int_equal(claim(store, "one", store->now, NULL), 1);
        assert_int_equal(i < 3 ? msa_outbox_sent(store->db, store->pool, mail->id, "one", LATER)
                               : msa_outbox_postpone(store->db, store->pool, mail->id, "one",
                                                     "never", LATER, true, LATER),
                         APR_SUCCESS);
    }
    assert_int_equal(
        msa_outbox_sweep(store->db, store->pool, LATER + HOUR, LATER + HOUR, 2, &count),
        APR_SUCCESS);
    assert_int_equal(count, 2);
    assert_string_equal(store_ask(store, "SELECT COUNT(*) FROM security_outbox"), "2");
    assert_int_equal(
        msa_outbox_sweep(store->db, store->pool, LATER + HOUR, LATER + HOUR, 2, &count),
        APR_SUCCESS);
    assert_int_equal(count, 1);
    assert_string_equal(store_ask(store, "SELECT COUNT(*) FROM security_outbox"), "0");
}

static void mails_are_counted_and_listed_in_pages(void **state)
{
    store_t *store = *state;
    apr_array_header_t *mails = NULL;
    const msa_mail_t *first = post(store, "ann@example.org");
    int waiting = -1, failed = -1;
    post(store, "bob@example.org");
    post(store, "cid@example.org");
    assert_int_equal(claim(store, "one", store->now, NULL), 3);
    assert_int_equal(
        msa_outbox_postpone(store->db, store->pool, first->id, "one", "never", LATER, true, LATER),
        APR_SUCCESS);
    assert_int_equal(msa_outbox_count(store->db, store->pool, &waiting, &failed), APR_SUCCESS);
    assert_int_equal(waiting, 2);
    assert_int_equal(failed, 1);
    assert_int_equal(msa_outbox_list(store->db, store->pool, false, 0, 2, &mails), APR_SUCCESS);
    assert_int_equal(mails->nelts, 2);
    assert_int_equal(msa_outbox_list(store->db, store->pool, false,
                                     APR_ARRAY_IDX(mails, 1, msa_mail_t *)->id, 2, &mails),
                     APR_SUCCESS);
    assert_int_equal(mails->nelts, 1);
    assert_int_equal(APR_ARRAY_IDX(mails, 0, msa_mail_t *)->id, first->id);
}

static void mail_too_long_for_the_driver_is_refused(void **state)
{
    store_t *store = *state;
    msa_mail_t *mail = post(store, "ann@example.org");
    mail->text = long_text(store, 60001);
    assert_int_equal(msa_outbox_insert(store->db, store->pool, mail), APR_EINVAL);
    mail->text = "not \xff UTF-8";
    assert_int_equal(msa_outbox_insert(store->db, store->pool, mail), APR_EINVAL);
    mail->text = long_text(store, 60000);
    mail->next_at = store->now - HOUR;
    assert_int_equal(msa_outbox_insert(store->db, store->pool, mail), APR_SUCCESS);
    assert_int_equal(claim(store, "one", store->now, (const msa_mail_t **)&mail), 2);
    assert_int_equal(strlen(mail->text), 60000);
}

int main(void)
{
    static const struct CMUnitTest TESTS[] = {
        cmocka_unit_test(mail_is_claimed_by_one_owner),
        cmocka_unit_test(mail_that_another_claims_in_between_is_theirs),
        cmocka_unit_test(mail_whose_claim_ran_out_is_in_doubt_until_its_claimer_speaks),
        cmocka_unit_test(sent_mail_keeps_no_body),
        cmocka_unit_test(postponed_mail_waits_and_a_failed_one_is_retried_on_demand),
        cmocka_unit_test(mail_that_was_given_up_is_kept_longer_than_sent_mail),
        cmocka_unit_test(at_most_so_many_mails_are_swept_at_once),
        cmocka_unit_test(mails_are_counted_and_listed_in_pages),
        cmocka_unit_test(mail_too_long_for_the_driver_is_refused),
    };
    return store_run("outbox", TESTS, sizeof(TESTS) / sizeof(TESTS[0]));
}
