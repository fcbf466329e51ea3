/* SPDX-License-Identifier: Apache-2.0 */
/* Takes mail out of the outbox and gives each to a mail program, several at once. Decides which is
 * deferred, for how long, and which is given up. */

#include "delivery.h"

#include "../base/require.h"
#include "../base/settings_mail.h"
#include "../base/text.h"
#include "../mail/message.h"
#include "../mail/sendmail.h"
#include "../store/outbox.h"

#include <apr_strings.h>

#define FIRST_WAIT   apr_time_from_sec(60)
#define LONGEST_WAIT apr_time_from_sec(3600)

/* A claim outlives the longest run of the mail program by this much. */
#define CLAIM_MARGIN apr_time_from_sec(60)

/* A round ends here, so that its memory is given back and other databases have their turn. */
#define ROUND_MAX 200

#define ABANDONED_AT_ONCE 100

/* How late a mail may be noticed that is queued while others are being sent. */
#define LOOK_AGAIN apr_time_from_sec(1)

#define ASK_IF_STOPPING apr_time_from_msec(250)

static const char IN_DOUBT[] = "the server ended while handing it over; it may have arrived";

/** One round of deliveries: a place for each mail that is being sent. */
typedef struct round_t {
    msa_context_t *ctx;
    msa_delivery_t *delivery;
    const char *owner; /* the name of its claims */
    int places;
    msa_mail_t *mails[MSA_MAIL_CONCURRENCY_MAX];
    apr_pool_t *pools[MSA_MAIL_CONCURRENCY_MAX];        /* of the mails */
    msa_sendmail_run_t *runs[MSA_MAIL_CONCURRENCY_MAX]; /* NULL = the place is free */
    int begun, sent, failed;
    apr_time_t look_at;  /* by msa_env_ticks(): when to look again */
    apr_time_t began_at; /* by msa_env_ticks() */
} round_t;

static apr_time_t now(const round_t *round)
{
    return round->ctx->env->now(round->ctx->env->baton);
}

static apr_interval_time_t wait_after(int attempts)
{
    apr_interval_time_t wait = FIRST_WAIT;
    while (attempts-- > 0 && wait < LONGEST_WAIT)
        wait *= 2;
    return wait < LONGEST_WAIT ? wait : LONGEST_WAIT;
}

/* NULL: no attempt can ever send this one. */
static msa_sendmail_run_t *hand_over(const round_t *round, apr_pool_t *pool, const msa_mail_t *mail)
{
    msa_message_t message = {.message_id = mail->message_id,
                             .sender = mail->sender,
                             .recipient = mail->recipient,
                             .subject = mail->subject,
                             .date = mail->created_at,
                             .text = mail->text,
                             .html = mail->html};
    msa_sendmail_t order = {.arguments = msa_settings_mail_command(pool, round->ctx->settings),
                            .timeout = round->ctx->settings->mail_timeout};
    if (msa_message_address(pool, mail->recipient, &order.recipient) != APR_SUCCESS ||
        msa_message_compose(pool, &message, &order.message, &order.length) != APR_SUCCESS)
        return NULL;
    return msa_sendmail_start(pool, &order);
}

static void log_failure(const round_t *round, apr_pool_t *pool, const msa_mail_t *mail,
                        const char *error, bool gives_up)
{
    msa_env_log(round->ctx->env, pool, gives_up ? MSA_LOG_ERROR : MSA_LOG_WARNING,
                "mail %s: id=%" APR_INT64_T_FMT " kind=%s recipient=%s attempt=%d error=\"%s\"",
                gives_up ? "given up" : "deferred", mail->id, mail->kind,
                msa_text_quote(pool, mail->recipient), mail->attempts + 1, error);
}

static msa_outcome_t settle(const round_t *round, msa_mail_result_t *result)
{
    msa_db_t *db = round->ctx->db;
    apr_pool_t *pool = round->ctx->pool;
    apr_status_t status =
        result->is_sent ? msa_outbox_sent(db, pool, result->id, result->owner, result->at)
                        : msa_outbox_postpone(db, pool, result->id, result->owner, result->error,
                                              result->next_at, result->gives_up, result->at);
    if (status != APR_SUCCESS && status != APR_NOTFOUND)
        return MSA_BROKEN;
    if (status == APR_NOTFOUND)
        msa_env_log(round->ctx->env, pool, MSA_LOG_WARNING,
                    "mail claimed by another: id=%" APR_INT64_T_FMT, result->id);
    result->id = 0;
    return MSA_OK;
}

/* What cannot be written down now keeps its place for the next round: a database that was away for
 * a moment must not put a mail in doubt. */
static msa_outcome_t settle_all(const round_t *round)
{
    for (int i = 0; i < MSA_MAIL_CONCURRENCY_MAX; i++) {
        msa_mail_result_t *result = &round->delivery->unsettled[i];
        if (result->id && settle(round, result) != MSA_OK)
            return MSA_BROKEN;
    }
    return MSA_OK;
}

/* `error` NULL: it was sent. */
static void note_result(round_t *round, int place, const char *error, bool gives_up)
{
    const msa_mail_t *mail = round->mails[place];
    apr_pool_t *pool = round->pools[place];
    msa_mail_result_t *result = &round->delivery->unsettled[place];
    result->id = mail->id;
    result->is_sent = !error;
    result->gives_up = gives_up || mail->attempts + 1 >= round->ctx->settings->mail_retry;
    result->at = now(round);
    result->next_at = result->at + wait_after(mail->attempts);
    apr_cpystrn(result->owner, round->owner, sizeof(result->owner));
    apr_cpystrn(result->error, error ? error : "", sizeof(result->error));
    if (result->is_sent) {
        round->sent++;
        msa_env_log(round->ctx->env, pool, MSA_LOG_INFO,
                    "mail sent: id=%" APR_INT64_T_FMT " kind=%s recipient=%s", mail->id, mail->kind,
                    msa_text_quote(pool, mail->recipient));
    } else {
        round->failed++;
        log_failure(round, pool, mail, error, result->gives_up);
    }
}

static void leave_place(round_t *round, int place)
{
    apr_pool_destroy(round->pools[place]);
    round->pools[place] = NULL;
    round->mails[place] = NULL;
    round->runs[place] = NULL;
}

/* One at a time: nothing may fail between a claim and the mail program. */
static msa_outcome_t begin_next(round_t *round, int place)
{
    apr_time_t at = now(round);
    apr_time_t until = at + round->ctx->settings->mail_timeout + CLAIM_MARGIN;
    apr_array_header_t *mails = NULL;
    apr_pool_t *pool = NULL;
    if (apr_pool_create(&pool, round->ctx->pool) != APR_SUCCESS)
        return MSA_BROKEN;
    round->pools[place] = pool;
    if (msa_outbox_claim(round->ctx->db, pool, round->owner, at, until, 1, &mails) != APR_SUCCESS) {
        leave_place(round, place);
        return MSA_BROKEN;
    }
    if (mails->nelts == 0) {
        round->look_at = msa_env_ticks() + LOOK_AGAIN;
        leave_place(round, place);
        return MSA_OK;
    }
    round->begun++;
    round->mails[place] = APR_ARRAY_IDX(mails, 0, msa_mail_t *);
    round->runs[place] = hand_over(round, pool, round->mails[place]);
    if (!round->runs[place]) {
        note_result(round, place, "the address or a header is not valid", true);
        leave_place(round, place);
    }
    return MSA_OK;
}

/* Sent again they might arrive twice, forgotten they might never arrive: people decide. */
static msa_outcome_t give_up_abandoned(const round_t *round)
{
    msa_context_t *ctx = round->ctx;
    apr_array_header_t *mails = NULL;
    if (msa_outbox_abandon(ctx->db, ctx->pool, now(round), IN_DOUBT, ABANDONED_AT_ONCE, &mails) !=
        APR_SUCCESS)
        return MSA_BROKEN;
    for (int i = 0; i < mails->nelts; i++)
        log_failure(round, ctx->pool, APR_ARRAY_IDX(mails, i, msa_mail_t *), IN_DOUBT, true);
    return MSA_OK;
}

static bool is_stopping(const round_t *round)
{
    return round->delivery->is_stopping && round->delivery->is_stopping(round->delivery->baton);
}

/* However little time there is, a round sends at least one. */
static bool is_full(const round_t *round)
{
    apr_interval_time_t time = round->delivery->time;
    if (round->begun >= ROUND_MAX)
        return true;
    return time && round->begun && msa_env_ticks() - round->began_at >= time;
}

static bool may_begin(const round_t *round, int place)
{
    return !round->runs[place] && !round->delivery->unsettled[place].id && !is_full(round) &&
           msa_env_ticks() >= round->look_at && !is_stopping(round);
}

static msa_outcome_t fill_places(round_t *round)
{
    msa_outcome_t outcome = MSA_OK;
    for (int i = 0; outcome == MSA_OK && i < round->places; i++) {
        if (may_begin(round, i))
            outcome = begin_next(round, i);
    }
    return outcome;
}

static void finish_ended(round_t *round)
{
    for (int i = 0; i < round->places; i++) {
        const char *error = NULL;
        if (!round->runs[i] || msa_sendmail_finish(round->runs[i], &error) == APR_INCOMPLETE)
            continue;
        note_result(round, i, error, false);
        leave_place(round, i);
    }
}

static bool has_any(const round_t *round)
{
    for (int i = 0; i < round->places; i++) {
        if (round->runs[i])
            return true;
    }
    return false;
}

/* False: nothing is being sent. */
static bool attend(round_t *round)
{
    if (!has_any(round))
        return false;
    for (int i = 0; i < round->places && is_stopping(round); i++) {
        if (round->runs[i])
            msa_sendmail_hurry(round->runs[i]);
    }
    msa_sendmail_attend(round->runs, round->places, ASK_IF_STOPPING);
    finish_ended(round);
    return true;
}

msa_outcome_t msa_mail_deliver(msa_context_t *ctx, msa_delivery_t *delivery, int *sent, int *failed)
{
    MSA_REQUIRE(delivery && sent && failed);
    round_t round = {.ctx = ctx,
                     .delivery = delivery,
                     .owner = msa_context_random_hex(ctx, 16),
                     .places = ctx->settings->mail_concurrency,
                     .began_at = msa_env_ticks()};
    bool is_more = true;
    msa_outcome_t outcome = round.owner ? settle_all(&round) : MSA_BROKEN;
    if (outcome == MSA_OK)
        outcome = give_up_abandoned(&round);
    /* Waits for every mail program it started, whatever the database says meanwhile. */
    while (is_more) {
        int begun = round.begun;
        if (outcome == MSA_OK)
            outcome = fill_places(&round);
        is_more = attend(&round) || round.begun > begun;
        if (outcome == MSA_OK)
            outcome = settle_all(&round);
    }
    if (outcome != MSA_OK)
        return outcome;
    *sent = round.sent;
    *failed = round.failed;
    return MSA_OK;
}

msa_outcome_t msa_mail_count(msa_context_t *ctx, int *waiting, int *failed)
{
    return msa_context_outcome(msa_outbox_count(ctx->db, ctx->pool, waiting, failed));
}
