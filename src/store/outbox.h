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
    apr_time_t next_at; /* not before */
    int attempts;
    apr_time_t sent_at, failed_at; /* 0 = not */
    const char *error;             /* of the last attempt; NULL */
} msa_mail_t;

/** What fits into the columns. */
#define MSA_MAIL_SUBJECT_BYTES 998
#define MSA_MAIL_SENDER_BYTES  320   /* and of a recipient */
#define MSA_MAIL_BODY_BYTES    60000 /* a part; the driver cuts at its fldsz, 65536 as we advise */

apr_status_t msa_outbox_insert(msa_db_t *db, apr_pool_t *pool, msa_mail_t *mail);
/**
 * Reads up to `limit` due mails that nobody holds and claims them until `until` for `owner` (a
 * random string), each by one conditional UPDATE. Array of msa_mail_t *.
 */
apr_status_t msa_outbox_claim(msa_db_t *db, apr_pool_t *pool, const char *owner, apr_time_t now,
                              apr_time_t until, int limit, apr_array_header_t **mails);
/**
 * Gives up to `limit` mails up, with `error`, whose claim ran out: who held it ended in the middle,
 * and the mail may have arrived. Array of msa_mail_t * without bodies.
 */
apr_status_t msa_outbox_abandon(msa_db_t *db, apr_pool_t *pool, apr_time_t now, const char *error,
                                int limit, apr_array_header_t **mails);
/**
 * Sent: the bodies are removed, the row stays as a record. Good as long as nobody claimed the mail
 * after `owner`, also when it was abandoned meanwhile; else APR_NOTFOUND.
 */
apr_status_t msa_outbox_sent(msa_db_t *db, apr_pool_t *pool, apr_int64_t id, const char *owner,
                             apr_time_t now);
/** Not sent: attempts + 1, next_at, error; with `give_up`, failed_at = now. As above. */
apr_status_t msa_outbox_postpone(msa_db_t *db, apr_pool_t *pool, apr_int64_t id, const char *owner,
                                 const char *error, apr_time_t next_at, bool give_up,
                                 apr_time_t now);
/** Newest first, up to `limit` with an id below `before` (0 = all); only those not sent unless
 * `with_sent`. Bodies are not read. */
apr_status_t msa_outbox_list(msa_db_t *db, apr_pool_t *pool, bool with_sent, apr_int64_t before,
                             int limit, apr_array_header_t **mails);
/** Makes failed and waiting mails due now with attempts 0; id 0 = all. `*count` = how many. */
apr_status_t msa_outbox_retry(msa_db_t *db, apr_pool_t *pool, apr_int64_t id, apr_time_t now,
                              int *count);
/** Deletes one mail, whatever became of it. APR_NOTFOUND. */
apr_status_t msa_outbox_delete(msa_db_t *db, apr_pool_t *pool, apr_int64_t id);
/** Deletes up to `limit` mails that were sent, and as many that were given up, before these times;
 * `*count` = `limit` when there may be more of either. */
apr_status_t msa_outbox_sweep(msa_db_t *db, apr_pool_t *pool, apr_time_t sent_before,
                              apr_time_t failed_before, int limit, int *count);
/** How many wait (those in hand among them), and how many were given up. */
apr_status_t msa_outbox_count(msa_db_t *db, apr_pool_t *pool, int *waiting, int *failed);

#endif
