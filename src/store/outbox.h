/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_STORE_OUTBOX_H
#define MSA_STORE_OUTBOX_H

#include <stdbool.h>
#include <apr_tables.h>
#include <apr_time.h>
#include "db.h"

/* Mails on their way, and what became of them. */

/** One mail on its way. */
typedef struct msa_mail_t {
    apr_int64_t id;
    const char *message_id; /* without <> */
    const char *sender, *recipient;
    const char *subject, *text, *html; /* text or html may be NULL */
    const char *kind;                  /* template name */
    apr_time_t created_at;
    apr_time_t next_at; /* not to be sent before */
    int attempts;
    apr_time_t sent_at, failed_at; /* 0 = not */
    const char *error;             /* of the last attempt; NULL = none */
} msa_mail_t;

/** How much the columns hold. */
#define MSA_MAIL_SUBJECT_BYTES 998
#define MSA_MAIL_SENDER_BYTES  320   /* also of a recipient */
#define MSA_MAIL_BODY_BYTES    60000 /* a part; the driver cuts at its fldsz, 65536 as we advise */

/**
 * Inserts a mail, due at next_at, and writes its id back. APR_EINVAL also when a text does not fit.
 */
apr_status_t msa_outbox_insert(msa_db_t *db, apr_pool_t *pool, msa_mail_t *mail);
/**
 * Claims up to `limit` due mails that nobody has claimed for `owner` (a random string) until
 * `until`, each by one conditional UPDATE, and reads them: array of msa_mail_t *.
 */
apr_status_t msa_outbox_claim(msa_db_t *db, apr_pool_t *pool, const char *owner, apr_time_t now,
                              apr_time_t until, int limit, apr_array_header_t **mails);
/**
 * Gives up, with `error`, on at most `limit` mails whose claim ran out: their owner ended in the
 * middle, and the mail may have arrived. Array of msa_mail_t * without bodies.
 */
apr_status_t msa_outbox_abandon(msa_db_t *db, apr_pool_t *pool, apr_time_t now, const char *error,
                                int limit, apr_array_header_t **mails);
/**
 * Marks a mail as sent: the bodies are removed, the row stays. Works as long as nobody claimed the
 * mail after `owner`, even if it was given up in the meantime; else APR_NOTFOUND.
 */
apr_status_t msa_outbox_sent(msa_db_t *db, apr_pool_t *pool, apr_int64_t id, const char *owner,
                             apr_time_t now);
/**
 * Defers a mail that was not sent: one more attempt, `error` (cut to 255 bytes), and `next_at`;
 * with `give_up` it has failed at `now`. APR_NOTFOUND as above.
 */
apr_status_t msa_outbox_postpone(msa_db_t *db, apr_pool_t *pool, apr_int64_t id, const char *owner,
                                 const char *error, apr_time_t next_at, bool give_up,
                                 apr_time_t now);
/**
 * Mails, newest first, up to `limit` with an id below `before` (0 = all), without those sent unless
 * `with_sent`. Array of msa_mail_t * without bodies.
 */
apr_status_t msa_outbox_list(msa_db_t *db, apr_pool_t *pool, bool with_sent, apr_int64_t before,
                             int limit, apr_array_header_t **mails);
/**
 * Makes mails that are not sent due at `now`, with attempts 0; id 0 = all of them. `*count` = how
 * many.
 */
apr_status_t msa_outbox_retry(msa_db_t *db, apr_pool_t *pool, apr_int64_t id, apr_time_t now,
                              int *count);
/** Deletes one mail, whatever became of it. */
apr_status_t msa_outbox_delete(msa_db_t *db, apr_pool_t *pool, apr_int64_t id);
/**
 * Deletes up to `limit` mails sent before `sent_before` and as many given up before
 * `failed_before`. `*count` = the larger of the two numbers: `limit` when there may be more.
 */
apr_status_t msa_outbox_sweep(msa_db_t *db, apr_pool_t *pool, apr_time_t sent_before,
                              apr_time_t failed_before, int limit, int *count);
/** How many mails are still to be sent, claimed ones included, and how many were given up. */
apr_status_t msa_outbox_count(msa_db_t *db, apr_pool_t *pool, int *waiting, int *failed);

#endif
