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

/** One round of deliveries. */
typedef struct round_t {
    msa_context_t *ctx;
    const char *owner; /* whose claims these are */
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
                            .timeout = round->ctx->settings->mail_timeout};
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

/* APR_NOTFOUND: the claim ran out meanwhile and somebody else has the mail now. */
static msa_outcome_t settle(const round_t *round, apr_pool_t *pool, const msa_mail_t *mail,
                            apr_status_t status)
{
    if (status == APR_NOTFOUND)
        msa_env_log(round->ctx->env, pool, MSA_LOG_WARNING,
                    "mail claimed by another: id=%" APR_INT64_T_FMT " message-id=%s", mail->id,
                    mail->message_id);
    return status == APR_SUCCESS || status == APR_NOTFOUND ? MSA_OK : MSA_BROKEN;
}

static msa_outcome_t deliver(round_t *round, apr_pool_t *pool, const msa_mail_t *mail)
{
    msa_context_t *ctx = round->ctx;
    const char *error = NULL;
    apr_status_t status = hand_over(round, pool, mail, &error);
    bool gives_up = status == APR_EINVAL || mail->attempts + 1 >= ctx->settings->mail_retry;
    apr_time_t at = now(round);
    if (status == APR_SUCCESS) {
        round->sent++;
        msa_env_log(ctx->env, pool, MSA_LOG_INFO,
                    "mail sent: id=%" APR_INT64_T_FMT " kind=%s recipient=%s", mail->id, mail->kind,
                    msa_text_quote(pool, mail->recipient));
        return settle(round, pool, mail,
                      msa_outbox_sent(ctx->db, pool, mail->id, round->owner, at));
    }
    round->failed++;
    log_failure(round, pool, mail, error, gives_up);
    return settle(round, pool, mail,
                  msa_outbox_postpone(ctx->db, pool, mail->id, round->owner, error,
                                      at + wait_after(mail->attempts), gives_up, at));
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

msa_outcome_t msa_mail_deliver(msa_context_t *ctx, bool (*is_stopping)(void *baton), void *baton,
                               int *sent, int *failed)
{
    round_t round = {.ctx = ctx, .owner = msa_context_random_hex(ctx, 16)};
    msa_outcome_t outcome = round.owner ? MSA_OK : MSA_BROKEN;
    bool is_empty = false;
    while (outcome == MSA_OK && !is_empty && !(is_stopping && is_stopping(baton))) {
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
