/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_ACCOUNT_DELIVERY_H
#define MSA_ACCOUNT_DELIVERY_H

/* Sending the mail in the outbox. */

#include <stdbool.h>
#include "../identity/context.h"

/** What became of one mail, until that is written into the outbox. */
typedef struct msa_mail_result_t {
    apr_int64_t id; /* 0 = nothing to write down */
    char owner[33]; /* of the claim */
    bool is_sent, gives_up;
    apr_time_t at, next_at;
    char error[256];
} msa_mail_result_t;

/** A deliverer; zeros but for what is given. Keep it from round to round. */
typedef struct msa_delivery_t {
    bool (*is_stopping)(void *baton); /* true = a few seconds are left; NULL = never */
    void *baton;
    apr_interval_time_t time; /* after which a round starts no further mail; 0 = no limit */
    msa_mail_result_t unsettled[MSA_MAIL_CONCURRENCY_MAX];
} msa_delivery_t;

/**
 * Sends what is due, with one claim and one sendmail process per mail, settings->mail_concurrency
 * of them at once, until nothing is due, the round is full (200), its time is over or it is
 * stopping; no process outlives the round. `*sent` and `*failed` count its attempts. Safe to run on
 * several machines at once. No mail is sent twice: a process that dies between the claim and
 * writing down what became of it leaves a claim that runs out, and the mail is then given up as one
 * that may have arrived. A result that the database does not take is kept in `delivery` for the
 * next round, which writes it first. MSA_OK, MSA_BROKEN.
 */
msa_outcome_t msa_mail_deliver(msa_context_t *ctx, msa_delivery_t *delivery, int *sent,
                               int *failed);

/** How many mails in the outbox are still to be sent, and how many were given up. */
msa_outcome_t msa_mail_count(msa_context_t *ctx, int *waiting, int *failed);

#endif
