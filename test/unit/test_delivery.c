/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include "../../src/account/delivery.h"
#include "../../src/identity/mail.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include <apr_strings.h>

#define MINUTE apr_time_from_sec(60)

/* A shell script in place of sendmail; `$kept` is the file that `kept_text` reads. */
static void set_program(fixture_t *f, const char *script)
{
    apr_array_header_t *arguments = apr_array_make(f->pool, 2, sizeof(const char *));
    const char *path = apr_pstrcat(f->pool, f->path, ".sendmail", NULL);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    fprintf(file, "#!/bin/sh\nkept=%s.kept\n%s\n", f->path, script);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, 0700), 0);
    APR_ARRAY_PUSH(arguments, const char *) = path;
    APR_ARRAY_PUSH(arguments, const char *) = "-t";
    f->settings.sendmail = arguments;
}

static int teardown(void **state)
{
    fixture_t *f = *state;
    unlink(apr_pstrcat(f->pool, f->path, ".sendmail", NULL));
    unlink(apr_pstrcat(f->pool, f->path, ".kept", NULL));
    return fixture_teardown(state);
}

static const char *kept_text(fixture_t *f)
{
    char *text = apr_pcalloc(f->pool, 65536);
    FILE *file = fopen(apr_pstrcat(f->pool, f->path, ".kept", NULL), "re");
    if (!file)
        return "";
    text[fread(text, 1, 65535, file)] = '\0';
    fclose(file);
    return text;
}

static int count(const char *text, const char *what)
{
    int number = 0;
    while ((text = strstr(text, what)) != NULL) {
        number++;
        text += strlen(what);
    }
    return number;
}

static void queue(fixture_t *f, const char *recipient)
{
    assert_int_equal(msa_mail_queue(f->ctx, "reset_notice", recipient, msa_values_make(f->pool)),
                     MSA_OK);
}

static void deliver(fixture_t *f, int sent, int failed)
{
    msa_delivery_t delivery = {0};
    int has_sent = -1, has_failed = -1;
    assert_int_equal(msa_mail_deliver(f->ctx, &delivery, &has_sent, &has_failed), MSA_OK);
    assert_int_equal(has_sent, sent);
    assert_int_equal(has_failed, failed);
}

static void assert_waiting_and_failed(fixture_t *f, int waiting, int failed)
{
    int has_waiting = -1, has_failed = -1;
    assert_int_equal(msa_outbox_count(f->ctx->db, f->pool, &has_waiting, &has_failed), APR_SUCCESS);
    assert_int_equal(has_waiting, waiting);
    assert_int_equal(has_failed, failed);
}

static const msa_mail_t *only_mail(fixture_t *f)
{
    apr_array_header_t *mails = NULL;
    assert_int_equal(msa_outbox_list(f->ctx->db, f->pool, true, 0, 10, &mails), APR_SUCCESS);
    assert_int_equal(mails->nelts, 1);
    return APR_ARRAY_IDX(mails, 0, msa_mail_t *);
}

static void a_due_mail_is_sent_once_and_its_text_forgotten(void **state)
{
    fixture_t *f = *state;
    set_program(f, "cat >>$kept");
    queue(f, "ann@example.org");
    queue(f, "bob@example.org");
    deliver(f, 2, 0);
    deliver(f, 0, 0);
    assert_int_equal(count(kept_text(f), "\nTo: "), 2);
    assert_int_equal(count(kept_text(f), "\nTo: ann@example.org\n"), 1);
    assert_int_equal(fixture_mails(f, NULL, NULL), 0);
    assert_true(fixture_logged(f, "mail sent: id=1 kind=reset_notice recipient=\"ann@"));
}

static void a_mail_has_the_site_and_a_custom_subject(void **state)
{
    fixture_t *f = *state;
    apr_array_header_t *subjects = apr_array_make(f->pool, 2, sizeof(const char *));
    const msa_mail_t *mail;
    APR_ARRAY_PUSH(subjects, const char *) = "reset_notice";
    APR_ARRAY_PUSH(subjects, const char *) = "Your  key\n has changed";
    f->settings.email_subjects = subjects;
    queue(f, "ann@example.org");
    mail = fixture_mail(f, "ann@example.org", "reset_notice");
    assert_string_equal(mail->subject, "Your key has changed");
    assert_string_equal(mail->sender, "no-reply@example.org");
    assert_string_equal(strchr(mail->message_id, '@'), "@www.example.org");
    assert_non_null(mail->html);
    f->settings.email_html = false;
    f->settings.email_sender = "";
    queue(f, "bob@example.org");
    mail = fixture_mail(f, "bob@example.org", "reset_notice");
    assert_null(mail->html);
    assert_non_null(mail->text);
    assert_string_equal(mail->sender, "no-reply@www.example.org");
}

static void a_mail_that_is_too_long_is_logged(void **state)
{
    fixture_t *f = *state;
    apr_array_header_t *subjects = apr_array_make(f->pool, 2, sizeof(const char *));
    char *text = apr_palloc(f->pool, 1000);
    memset(text, 'x', 999);
    text[999] = '\0';
    APR_ARRAY_PUSH(subjects, const char *) = "reset_notice";
    APR_ARRAY_PUSH(subjects, const char *) = text;
    f->settings.email_subjects = subjects;
    assert_int_equal(
        msa_mail_queue(f->ctx, "reset_notice", "ann@example.org", msa_values_make(f->pool)),
        MSA_BROKEN);
    assert_true(fixture_logged(
        f, "error mail does not fit into the outbox: kind=reset_notice subject=999 "));
}

static void a_mail_that_cannot_be_sent_waits_longer_each_time(void **state)
{
    static const int MINUTES[] = {1, 2, 4, 8, 16, 32, 60, 60};
    fixture_t *f = *state;
    set_program(f, "cat >/dev/null; echo 'try later' >&2; exit 75");
    queue(f, "ann@example.org");
    for (size_t i = 0; i < sizeof(MINUTES) / sizeof(MINUTES[0]); i++) {
        const msa_mail_t *mail;
        deliver(f, 0, 1);
        mail = only_mail(f);
        assert_int_equal(mail->attempts, i + 1);
        assert_string_equal(mail->error, "exit status 75: try later");
        assert_int_equal(mail->next_at,
                         apr_time_make(apr_time_sec(f->now + MINUTES[i] * MINUTE), 0));
        fixture_advance(f, MINUTES[i] * MINUTE - apr_time_from_sec(2));
        deliver(f, 0, 0);
        fixture_advance(f, apr_time_from_sec(3));
    }
    assert_true(fixture_logged(f, "warning mail deferred: id=1"));
    set_program(f, "cat >$kept");
    deliver(f, 1, 0);
}

static void giving_up_a_mail_is_logged(void **state)
{
    fixture_t *f = *state;
    f->settings.mail_retry = 2;
    set_program(f, "exit 1");
    queue(f, "ann@example.org");
    deliver(f, 0, 1);
    fixture_advance(f, MINUTE + apr_time_from_sec(1));
    deliver(f, 0, 1);
    fixture_advance(f, apr_time_from_sec(86400));
    deliver(f, 0, 0);
    assert_true(only_mail(f)->failed_at != 0);
    assert_true(fixture_logged(f,
                               "error mail given up: id=1 kind=reset_notice "
                               "recipient=\"ann@example.org\" attempt=2 error=\"exit status 1\""));
}

static void a_mail_that_no_attempt_can_send_is_given_up_at_once(void **state)
{
    fixture_t *f = *state;
    set_program(f, "cat >$kept");
    queue(f, "ann@example.org, eve@example.org");
    deliver(f, 0, 1);
    assert_string_equal(kept_text(f), "");
    assert_true(fixture_logged(f, "error mail given up: id=1"));
}

static void one_bad_mail_does_not_hold_up_the_others(void **state)
{
    fixture_t *f = *state;
    set_program(f, "mail=$(cat); case $mail in *'To: bad'*) exit 1;; esac; echo \"$mail\" >>$kept");
    queue(f, "bad@example.org");
    queue(f, "ann@example.org");
    deliver(f, 1, 1);
    assert_int_equal(count(kept_text(f), "\nTo: ann@example.org\n"), 1);
}

static void a_mail_whose_sender_died_is_given_up_as_doubtful(void **state)
{
    fixture_t *f = *state;
    apr_array_header_t *mails = NULL;
    const char *id;
    int count = 0;
    set_program(f, "cat >>$kept");
    queue(f, "ann@example.org");
    assert_int_equal(
        msa_outbox_claim(f->ctx->db, f->pool, "the dead", f->now, f->now + MINUTE, 1, &mails),
        APR_SUCCESS);
    id = APR_ARRAY_IDX(mails, 0, msa_mail_t *)->message_id;
    deliver(f, 0, 0);
    assert_int_equal(only_mail(f)->failed_at, 0);
    fixture_advance(f, 2 * MINUTE);
    deliver(f, 0, 0);
    assert_string_equal(kept_text(f), "");
    assert_true(only_mail(f)->failed_at != 0);
    assert_non_null(strstr(only_mail(f)->error, "may have arrived"));
    assert_true(fixture_logged(f, "error mail given up: id=1 kind=reset_notice"));
    /* It can be sent again on request, and recognised by its message id. */
    assert_int_equal(msa_outbox_retry(f->ctx->db, f->pool, 0, f->now, &count), APR_SUCCESS);
    deliver(f, 1, 0);
    assert_non_null(strstr(kept_text(f), id));
}

static void a_round_ends_before_a_long_queue_does(void **state)
{
    fixture_t *f = *state;
    set_program(f, "cat >/dev/null");
    for (int i = 0; i < 201; i++)
        queue(f, apr_psprintf(f->pool, "u%d@example.org", i));
    deliver(f, 200, 0);
    deliver(f, 1, 0);
}

static msa_context_t *writer;

/* Another process writes for longer than the driver waits. */
static void hold_the_database(void *baton)
{
    fixture_t *f = baton;
    writer = fixture_context(f, f->pool, fixture_source(f, f->pool));
    assert_int_equal(msa_db_begin(writer->db), APR_SUCCESS);
    assert_int_equal(
        msa_mail_queue(writer, "reset_notice", "bob@example.org", msa_values_make(f->pool)),
        MSA_OK);
}

static void a_result_the_database_refuses_is_written_later_and_no_mail_is_sent_twice(void **state)
{
    fixture_t *f = *state;
    msa_delivery_t delivery = {0};
    int sent = 0, failed = 0;
    set_program(f, "cat >>$kept");
    queue(f, "ann@example.org");
    /* abandoned, due, read, claim, nothing more due: the sixth statement would note it as sent. */
    fixture_interrupt(f, 6, hold_the_database, f);
    assert_int_equal(msa_mail_deliver(f->ctx, &delivery, &sent, &failed), MSA_BROKEN);
    assert_int_equal(count(kept_text(f), "\nTo: ann@"), 1);
    assert_int_equal(msa_db_end(writer->db, false), APR_SUCCESS);
    fixture_advance(f, 60 * MINUTE);
    assert_int_equal(msa_mail_deliver(f->ctx, &delivery, &sent, &failed), MSA_OK);
    assert_int_equal(sent + failed, 0);
    assert_true(only_mail(f)->sent_at != 0);
    assert_int_equal(count(kept_text(f), "\nTo: ann@"), 1);
}

/* Another process queues a mail in the middle of a round. */
static void queue_another(void *baton)
{
    fixture_t *f = baton;
    assert_int_equal(
        msa_mail_queue(writer, "reset_notice", "bob@example.org", msa_values_make(f->pool)),
        MSA_OK);
}

static bool has_kept(void *baton)
{
    return *kept_text(baton) != '\0';
}

static void a_stopping_server_sends_no_further_mail(void **state)
{
    fixture_t *f = *state;
    msa_delivery_t delivery = {.is_stopping = has_kept, .baton = f};
    int sent = -1, failed = -1;
    f->settings.mail_concurrency = 1;
    set_program(f, "cat >>$kept");
    queue(f, "ann@example.org");
    queue(f, "bob@example.org");
    assert_int_equal(msa_mail_deliver(f->ctx, &delivery, &sent, &failed), MSA_OK);
    assert_int_equal(sent, 1);
    assert_int_equal(fixture_mails(f, "bob@example.org", NULL), 1);
}

static void a_stopping_server_does_not_wait_for_a_mailer_that_hangs(void **state)
{
    fixture_t *f = *state;
    msa_delivery_t delivery = {.is_stopping = has_kept, .baton = f};
    int sent = -1, failed = -1;
    f->settings.mail_timeout = 10 * MINUTE;
    set_program(f, "cat >>$kept; exec sleep 3600");
    queue(f, "ann@example.org");
    assert_int_equal(msa_mail_deliver(f->ctx, &delivery, &sent, &failed), MSA_OK);
    assert_int_equal(failed, 1);
    assert_int_equal(only_mail(f)->failed_at, 0);
    assert_string_equal(only_mail(f)->error, "still running when the server ended");
}

/* For programs that wait for each other: each that has begun adds a line to `$kept`. */
#define MEET "cat >/dev/null; echo begun $$ >>$kept\n"

static void several_mails_are_handed_over_at_once_and_no_more(void **state)
{
    fixture_t *f = *state;
    f->settings.mail_concurrency = 3;
    f->settings.mail_timeout = 10 * MINUTE;
    /* None leaves before three are there, and any that is there with more says so. */
    set_program(f, "until mkdir $kept.lock 2>/dev/null; do sleep 0.01; done\n"
                   "n=$(($(cat $kept.n 2>/dev/null || echo 0) + 1)); echo $n >$kept.n\n"
                   "[ $n -le 3 ] || echo crowd >>$kept\n"
                   "rmdir $kept.lock\n" MEET
                   "until [ $(grep -c begun $kept) -ge 3 ]; do sleep 0.01; done\n"
                   "until mkdir $kept.lock 2>/dev/null; do sleep 0.01; done\n"
                   "echo $(($(cat $kept.n) - 1)) >$kept.n\n"
                   "rmdir $kept.lock");
    for (int i = 0; i < 7; i++)
        queue(f, apr_psprintf(f->pool, "u%d@example.org", i));
    deliver(f, 7, 0);
    assert_int_equal(count(kept_text(f), "begun"), 7);
    assert_int_equal(count(kept_text(f), "crowd"), 0);
    unlink(apr_pstrcat(f->pool, f->path, ".kept.n", NULL));
}

static void a_mail_that_hangs_delays_no_later_mail(void **state)
{
    fixture_t *f = *state;
    msa_context_t *other = fixture_context(f, f->pool, fixture_source(f, f->pool));
    f->settings.mail_concurrency = 2;
    f->settings.mail_timeout = 10 * MINUTE;
    /* The first hangs until a later one is there, which is queued only while it hangs. */
    set_program(f, MEET "until [ $(grep -c begun $kept) -ge 2 ]; do sleep 0.01; done");
    queue(f, "ann@example.org");
    /* abandoned, due, read, claim, nothing more due, and later again nothing due. */
    writer = other;
    fixture_interrupt(f, 6, queue_another, f);
    deliver(f, 2, 0);
}

/* As a server with several databases does: they take turns. */
static void an_outbox_that_is_never_empty_lets_another_have_its_turn(void **state)
{
    fixture_t *busy = *state, *other = fixture_open();
    msa_delivery_t delivery = {.time = 1};
    int sent = 0, failed = 0;
    set_program(busy, "cat >>$kept");
    other->settings.sendmail = busy->settings.sendmail;
    for (int i = 0; i < 5; i++)
        queue(busy, apr_psprintf(busy->pool, "u%d@example.org", i));
    queue(other, "ann@example.org");
    for (int i = 1; i <= 2; i++) {
        assert_int_equal(msa_mail_deliver(busy->ctx, &delivery, &sent, &failed), MSA_OK);
        assert_int_equal(sent, 1);
        assert_int_equal(fixture_mails(busy, NULL, NULL), 5 - i);
    }
    deliver(other, 1, 0);
    delivery.time = 0;
    assert_int_equal(msa_mail_deliver(busy->ctx, &delivery, &sent, &failed), MSA_OK);
    assert_int_equal(sent, 3);
    fixture_close(other);
}

static void a_killed_program_affects_no_other_mail(void **state)
{
    fixture_t *f = *state;
    f->settings.mail_timeout = apr_time_from_sec(1);
    set_program(f, "mail=$(cat); case $mail in *'To: hang'*) exec sleep 3600;; esac\n"
                   "echo \"$mail\" >>$kept");
    queue(f, "hang@example.org");
    for (int i = 0; i < 9; i++)
        queue(f, apr_psprintf(f->pool, "u%d@example.org", i));
    f->settings.mail_concurrency = 2;
    deliver(f, 9, 1);
    assert_int_equal(count(kept_text(f), "\nTo: u"), 9);
    assert_true(fixture_logged(f, "warning mail deferred: id=1 kind=reset_notice "
                                  "recipient=\"hang@example.org\" attempt=1 "
                                  "error=\"still running after 1 s\""));
}

static bool have_begun(void *baton)
{
    return count(kept_text(baton), "begun") >= 4;
}

static void a_stopping_server_ends_all_mails_being_sent(void **state)
{
    fixture_t *f = *state;
    msa_delivery_t delivery = {.is_stopping = have_begun, .baton = f};
    int sent = -1, failed = -1;
    f->settings.mail_timeout = 10 * MINUTE;
    set_program(f, MEET "exec sleep 3600");
    for (int i = 0; i < 4; i++)
        queue(f, apr_psprintf(f->pool, "u%d@example.org", i));
    assert_int_equal(msa_mail_deliver(f->ctx, &delivery, &sent, &failed), MSA_OK);
    assert_int_equal(count(kept_text(f), "begun"), 4);
    assert_int_equal(sent, 0);
    assert_int_equal(failed, 4);
    assert_waiting_and_failed(f, 4, 0);
}

static void results_the_database_refuses_are_kept_for_all_mails_being_sent(void **state)
{
    fixture_t *f = *state;
    msa_delivery_t delivery = {0};
    int sent = 0, failed = 0;
    set_program(f, "cat >>$kept");
    for (int i = 0; i < 3; i++)
        queue(f, apr_psprintf(f->pool, "u%d@example.org", i));
    f->settings.mail_concurrency = 3;
    /* abandoned, then three times due, read, claim: the next would note the first as sent. */
    fixture_interrupt(f, 11, hold_the_database, f);
    assert_int_equal(msa_mail_deliver(f->ctx, &delivery, &sent, &failed), MSA_BROKEN);
    assert_int_equal(count(kept_text(f), "\nTo: u"), 3);
    assert_int_equal(msa_db_end(writer->db, false), APR_SUCCESS);
    fixture_advance(f, 60 * MINUTE);
    assert_int_equal(msa_mail_deliver(f->ctx, &delivery, &sent, &failed), MSA_OK);
    assert_int_equal(sent + failed, 0);
    assert_waiting_and_failed(f, 0, 0);
    assert_int_equal(count(kept_text(f), "\nTo: u"), 3);
}

static void visitor_input_is_plain_text_in_a_mail(void **state)
{
    fixture_t *f = *state;
    msa_values_t *values = msa_values_make(f->pool);
    const msa_mail_t *mail;
    msa_values_set(values, "username", "<a href=\"http://evil.example\">%n${x}</a>");
    assert_int_equal(msa_mail_queue(f->ctx, "change_username_notice", "ann@example.org", values),
                     MSA_OK);
    mail = fixture_mail(f, "ann@example.org", "change_username_notice");
    assert_null(strstr(mail->html, "<a href=\"http://evil.example\">"));
    assert_non_null(strstr(mail->text, "%n${x}"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_due_mail_is_sent_once_and_its_text_forgotten,
                                        fixture_setup, teardown),
        cmocka_unit_test_setup_teardown(a_mail_has_the_site_and_a_custom_subject, fixture_setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_mail_that_is_too_long_is_logged, fixture_setup, teardown),
        cmocka_unit_test_setup_teardown(a_mail_that_cannot_be_sent_waits_longer_each_time,
                                        fixture_setup, teardown),
        cmocka_unit_test_setup_teardown(giving_up_a_mail_is_logged, fixture_setup, teardown),
        cmocka_unit_test_setup_teardown(a_mail_that_no_attempt_can_send_is_given_up_at_once,
                                        fixture_setup, teardown),
        cmocka_unit_test_setup_teardown(one_bad_mail_does_not_hold_up_the_others, fixture_setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_mail_whose_sender_died_is_given_up_as_doubtful,
                                        fixture_setup, teardown),
        cmocka_unit_test_setup_teardown(a_round_ends_before_a_long_queue_does, fixture_setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(
            a_result_the_database_refuses_is_written_later_and_no_mail_is_sent_twice, fixture_setup,
            teardown),
        cmocka_unit_test_setup_teardown(a_stopping_server_does_not_wait_for_a_mailer_that_hangs,
                                        fixture_setup, teardown),
        cmocka_unit_test_setup_teardown(a_stopping_server_sends_no_further_mail, fixture_setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(several_mails_are_handed_over_at_once_and_no_more,
                                        fixture_setup, teardown),
        cmocka_unit_test_setup_teardown(a_mail_that_hangs_delays_no_later_mail, fixture_setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(an_outbox_that_is_never_empty_lets_another_have_its_turn,
                                        fixture_setup, teardown),
        cmocka_unit_test_setup_teardown(a_killed_program_affects_no_other_mail, fixture_setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_stopping_server_ends_all_mails_being_sent, fixture_setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(
            results_the_database_refuses_are_kept_for_all_mails_being_sent, fixture_setup,
            teardown),
        cmocka_unit_test_setup_teardown(visitor_input_is_plain_text_in_a_mail, fixture_setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
