/* SPDX-License-Identifier: Apache-2.0 */
#include "account.h"

#include "../base/text.h"
#include "../mail/message.h"
#include "../mail/sendmail.h"

#include <apr_strings.h>

#define FIRST_WAIT   apr_time_from_sec(60)
#define LONGEST_WAIT apr_time_from_sec(3600)

/* A claim outlives the longest run of the mail program by this much. */
#define CLAIM_MARGIN apr_time_from_sec(60)

/* A round ends here, so that its memory is given back and another database has its turn. */
#define ROUND_MAX 200

#define ABANDONED_AT_ONCE 100

static const char IN_DOUBT[] = "its server ended while handing it over; it may have arrived";

/** One round of deliveries. */
typedef struct round_t {
    msa_context_t *ctx;
    const msa_delivery_t *delivery;
    msa_mail_result_t *result; /* of the mail in hand */
    const char *owner;         /* whose claims these are */
    int sent, failed;
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

static const apr_array_header_t *program(const round_t *round, apr_pool_t *pool)
{
    apr_array_header_t *arguments;
    if (round->ctx->settings->sendmail && round->ctx->settings->sendmail->nelts)
        return round->ctx->settings->sendmail;
    arguments = apr_array_make(pool, 3, sizeof(const char *));
    APR_ARRAY_PUSH(arguments, const char *) = "/usr/sbin/sendmail";
    APR_ARRAY_PUSH(arguments, const char *) = "-t";
    APR_ARRAY_PUSH(arguments, const char *) = "-i";
    return arguments;
}

/* APR_EINVAL: no later attempt can do better. */
static apr_status_t hand_over(const round_t *round, apr_pool_t *pool, const msa_mail_t *mail,
                              const char **error)
{
    msa_message_t message = {.message_id = mail->message_id,
                             .sender = mail->sender,
                             .recipient = mail->recipient,
                             .subject = mail->subject,
                             .date = mail->created_at,
                             .text = mail->text,
                             .html = mail->html};
    msa_sendmail_t order = {.arguments = program(round, pool),
                            .timeout = round->ctx->settings->mail_timeout,
                            .is_stopping = round->delivery->is_stopping,
                            .baton = round->delivery->baton};
    *error = "the address or a header is not valid";
    if (msa_message_address(pool, mail->recipient, &order.recipient) != APR_SUCCESS ||
        msa_message_compose(pool, &message, &order.message, &order.length) != APR_SUCCESS)
        return APR_EINVAL;
    /* EINVAL of the system is no word about this mail. */
    return msa_sendmail_run(pool, &order, error) == APR_SUCCESS ? APR_SUCCESS : APR_EGENERAL;
}

static void log_failure(const round_t *round, apr_pool_t *pool, const msa_mail_t *mail,
                        const char *error, bool gives_up)
{
    msa_env_log(round->ctx->env, pool, gives_up ? MSA_LOG_ERROR : MSA_LOG_WARNING,
                "mail %s: id=%" APR_INT64_T_FMT " kind=%s recipient=%s attempt=%d error=\"%s\"",
                gives_up ? "given up" : "waits", mail->id, mail->kind,
                msa_text_quote(pool, mail->recipient), mail->attempts + 1, error);
}

/* What is not written down now stays in `result` for the next round: a database that was away for
 * a moment must not make a mail doubtful. */
static msa_outcome_t settle(const round_t *round, apr_pool_t *pool)
{
    msa_mail_result_t *result = round->result;
    msa_db_t *db = round->ctx->db;
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

static msa_outcome_t deliver(round_t *round, apr_pool_t *pool, const msa_mail_t *mail)
{
    msa_mail_result_t *result = round->result;
    const char *error = "";
    apr_status_t status = hand_over(round, pool, mail, &error);
    result->id = mail->id;
    result->is_sent = status == APR_SUCCESS;
    result->gives_up =
        status == APR_EINVAL || mail->attempts + 1 >= round->ctx->settings->mail_retry;
    result->at = now(round);
    result->next_at = result->at + wait_after(mail->attempts);
    apr_cpystrn(result->owner, round->owner, sizeof(result->owner));
    apr_cpystrn(result->error, error, sizeof(result->error));
    if (result->is_sent) {
        round->sent++;
        msa_env_log(round->ctx->env, pool, MSA_LOG_INFO,
                    "mail sent: id=%" APR_INT64_T_FMT " kind=%s recipient=%s", mail->id, mail->kind,
                    msa_text_quote(pool, mail->recipient));
    } else {
        round->failed++;
        log_failure(round, pool, mail, error, result->gives_up);
    }
    return settle(round, pool);
}

static msa_outcome_t deliver_next(round_t *round, apr_pool_t *pool, bool *is_empty)
{
    apr_time_t at = now(round);
    apr_array_header_t *mails = NULL;
    apr_time_t until = at + round->ctx->settings->mail_timeout + CLAIM_MARGIN;
    if (msa_outbox_claim(round->ctx->db, pool, round->owner, at, until, 1, &mails) != APR_SUCCESS)
        return MSA_BROKEN;
    *is_empty = mails->nelts == 0;
    return *is_empty ? MSA_OK : deliver(round, pool, APR_ARRAY_IDX(mails, 0, msa_mail_t *));
}

/* Sent again they might arrive twice, forgotten they might not arrive: people decide. */
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

msa_outcome_t msa_mail_deliver(msa_context_t *ctx, msa_delivery_t *delivery, int *sent, int *failed)
{
    round_t round = {.ctx = ctx,
                     .delivery = delivery,
                     .result = &delivery->unsettled,
                     .owner = msa_context_random_hex(ctx, 16)};
    msa_outcome_t outcome = round.owner ? MSA_OK : MSA_BROKEN;
    bool is_empty = false;
    if (outcome == MSA_OK && delivery->unsettled.id)
        outcome = settle(&round, ctx->pool);
    if (outcome == MSA_OK)
        outcome = give_up_abandoned(&round);
    for (int i = 0; outcome == MSA_OK && i < ROUND_MAX && !is_empty && !is_stopping(&round); i++) {
        apr_pool_t *pool = NULL;
        if (apr_pool_create(&pool, ctx->pool) != APR_SUCCESS)
            return MSA_BROKEN;
        outcome = deliver_next(&round, pool, &is_empty);
        apr_pool_destroy(pool);
    }
    if (outcome != MSA_OK)
        return outcome;
    *sent = round.sent;
    *failed = round.failed;
    return MSA_OK;
}
