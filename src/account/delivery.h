/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_ACCOUNT_DELIVERY_H
#define MSA_ACCOUNT_DELIVERY_H

/* Sending what waits in the outbox. */

#include <stdbool.h>
#include "../identity/context.h"

/** What became of one mail, until the outbox says it. */
typedef struct msa_mail_result_t {
    apr_int64_t id; /* 0 = nothing is open */
    char owner[33]; /* of the claim */
    bool is_sent, gives_up;
    apr_time_t at, next_at;
    char error[256];
} msa_mail_result_t;

/** One who delivers; zeros but for what is given. Keep it from round to round. */
typedef struct msa_delivery_t {
    bool (*is_stopping)(void *baton); /* from then on few seconds are left; NULL = never */
    void *baton;
    apr_interval_time_t time; /* after which a round begins with no other mail; 0 = no limit */
    msa_mail_result_t unsettled[MSA_MAIL_CONCURRENCY_MAX];
} msa_delivery_t;

/**
 * Sends what is due, one claim and one sendmail process per mail, settings->mail_concurrency of
 * them at once, until nothing is due, a round is full (200), its time is over or it is stopping; no
 * process outlives the round. `*sent`, `*failed` count. Safe to run on several machines at once. No
 * mail is sent twice: who dies between the claim and the note of what became of it leaves a claim
 * that runs out, and then the mail is given up as one that may have arrived. A note that the
 * database does not take is kept in `delivery` for the next round.
 */
msa_outcome_t msa_mail_deliver(msa_context_t *ctx, msa_delivery_t *delivery, int *sent,
                               int *failed);

/** How many mails wait in the outbox, and how many were given up. */
msa_outcome_t msa_mail_count(msa_context_t *ctx, int *waiting, int *failed);

#endif
