/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of the outbox: queued, claimed by one process, then sent, deferred or given up. */

#include "outbox.h"
#include "row.h"

#include "../base/require.h"

#include <apr_strings.h>

#define MAIL_COLUMNS 12 /* without the two bodies after them */

#define NAME_BYTES  255 /* of a message id */
#define KIND_BYTES  64
#define ERROR_BYTES 255

#define SPARE 16 /* further candidates, as others may claim some first */

enum { WAITING = 0, FAILED = 2 }; /* 1 = sent, which only the statements say */

static msa_mail_t *read_mail(apr_pool_t *pool, const char *const *row, bool with_bodies)
{
    msa_mail_t *mail = apr_pcalloc(pool, sizeof(*mail));
    mail->id = msa_row_count(row[0]);
    mail->message_id = row[1];
    mail->sender = row[2];
    mail->recipient = row[3];
    mail->subject = row[4];
    mail->kind = row[5];
    mail->created_at = msa_row_note_time(row[6]);
    mail->next_at = msa_row_note_time(row[7]);
    mail->attempts = (int)msa_row_count(row[8]);
    mail->sent_at = msa_row_note_time(row[9]);
    mail->failed_at = msa_row_note_time(row[10]);
    mail->error = row[11];
    mail->text = with_bodies ? row[12] : NULL;
    mail->html = with_bodies ? row[13] : NULL;
    return mail;
}

apr_status_t msa_outbox_insert(msa_db_t *db, apr_pool_t *pool, msa_mail_t *mail)
{
    MSA_REQUIRE(mail->recipient && mail->kind);
    msa_arg_t args[] = {msa_arg_text(mail->message_id), msa_arg_text(mail->sender),
                        msa_arg_text(mail->recipient),  msa_arg_text(mail->subject),
                        msa_arg_text(mail->text),       msa_arg_text(mail->html),
                        msa_arg_text(mail->kind),       msa_arg_time(mail->created_at),
                        msa_arg_time(mail->next_at)};
    (void)pool;
    if (msa_row_check(mail->message_id, NAME_BYTES) != APR_SUCCESS ||
        msa_row_check(mail->kind, KIND_BYTES) != APR_SUCCESS ||
        msa_row_check_lines(mail->text, MSA_MAIL_BODY_BYTES) != APR_SUCCESS ||
        msa_row_check_lines(mail->html, MSA_MAIL_BODY_BYTES) != APR_SUCCESS ||
        msa_row_check(mail->subject, MSA_MAIL_SUBJECT_BYTES) != APR_SUCCESS ||
        msa_row_check(mail->sender, MSA_MAIL_SENDER_BYTES) != APR_SUCCESS ||
        msa_row_check(mail->recipient, MSA_MAIL_SENDER_BYTES) != APR_SUCCESS)
        return APR_EINVAL;
    return msa_db_insert(db, SQL_OUTBOX_INSERT, args, 9, &mail->id);
}

/* Reads before it claims: between the claim and the mail program nothing may fail and leave in
 * doubt what was never begun. */
static apr_status_t claim_one(msa_db_t *db, apr_pool_t *pool, apr_int64_t id, const char *owner,
                              apr_time_t now, apr_time_t until, apr_array_header_t *mails)
{
    msa_arg_t args[] = {msa_arg_text(owner), msa_arg_time(until), msa_arg_number(id),
                        msa_arg_time(now)};
    msa_arg_t key[] = {msa_arg_number(id)};
    apr_array_header_t *rows = NULL;
    apr_status_t status = msa_db_read(db, pool, SQL_OUTBOX_READ, key, 1, MAIL_COLUMNS + 2, &rows);
    if (status == APR_SUCCESS)
        status = msa_row_change(db, SQL_OUTBOX_CLAIM, args, 4, MSA_NOBODY);
    if (status == APR_SUCCESS && rows->nelts)
        APR_ARRAY_PUSH(mails, msa_mail_t *) =
            read_mail(pool, APR_ARRAY_IDX(rows, 0, const char **), true);
    return status == APR_NOTFOUND ? APR_SUCCESS : status;
}

apr_status_t msa_outbox_claim(msa_db_t *db, apr_pool_t *pool, const char *owner, apr_time_t now,
                              apr_time_t until, int limit, apr_array_header_t **mails)
{
    MSA_REQUIRE(owner && limit > 0);
    msa_arg_t args[] = {msa_arg_time(now), msa_arg_number(limit + SPARE)};
    apr_array_header_t *rows = NULL;
    apr_array_header_t *claimed = apr_array_make(pool, limit, sizeof(msa_mail_t *));
    apr_status_t status = msa_db_read(db, pool, SQL_OUTBOX_DUE, args, 2, 1, &rows);
    for (int i = 0; status == APR_SUCCESS && i < rows->nelts && claimed->nelts < limit; i++)
        status = claim_one(db, pool, msa_row_count(APR_ARRAY_IDX(rows, i, const char **)[0]), owner,
                           now, until, claimed);
    if (status == APR_SUCCESS)
        *mails = claimed;
    return status;
}

apr_status_t msa_outbox_abandon(msa_db_t *db, apr_pool_t *pool, apr_time_t now, const char *error,
                                int limit, apr_array_header_t **mails)
{
    msa_arg_t which[] = {msa_arg_time(now), msa_arg_number(limit)};
    apr_array_header_t *rows = NULL;
    apr_array_header_t *abandoned = apr_array_make(pool, 1, sizeof(msa_mail_t *));
    apr_status_t status =
        msa_db_read(db, pool, SQL_OUTBOX_ABANDONED, which, 2, MAIL_COLUMNS, &rows);
    for (int i = 0; status == APR_SUCCESS && i < rows->nelts; i++) {
        msa_mail_t *mail = read_mail(pool, APR_ARRAY_IDX(rows, i, const char **), false);
        msa_arg_t args[] = {msa_arg_time(now), msa_arg_text(error), msa_arg_number(mail->id),
                            msa_arg_time(now)};
        status = msa_row_change(db, SQL_OUTBOX_ABANDON, args, 4, MSA_NOBODY);
        if (status == APR_SUCCESS)
            APR_ARRAY_PUSH(abandoned, msa_mail_t *) = mail;
        else if (status == APR_NOTFOUND)
            status = APR_SUCCESS;
    }
    if (status == APR_SUCCESS)
        *mails = abandoned;
    return status;
}

apr_status_t msa_outbox_sent(msa_db_t *db, apr_pool_t *pool, apr_int64_t id, const char *owner,
                             apr_time_t now)
{
    msa_arg_t args[] = {msa_arg_time(now), msa_arg_number(id), msa_arg_text(owner)};
    (void)pool;
    return msa_row_change(db, SQL_OUTBOX_SENT, args, 3, MSA_NOBODY);
}

apr_status_t msa_outbox_postpone(msa_db_t *db, apr_pool_t *pool, apr_int64_t id, const char *owner,
                                 const char *error, apr_time_t next_at, bool give_up,
                                 apr_time_t now)
{
    const char *cut = error ? apr_pstrndup(pool, error, ERROR_BYTES) : NULL;
    msa_arg_t args[] = {msa_arg_number(give_up ? FAILED : WAITING),
                        msa_arg_time(give_up ? now : 0),
                        msa_arg_time(next_at),
                        msa_arg_text(msa_row_check(cut, ERROR_BYTES) == APR_SUCCESS
                                         ? cut
                                         : "an error message that is not clean text"),
                        msa_arg_number(id),
                        msa_arg_text(owner)};
    return msa_row_change(db, SQL_OUTBOX_POSTPONE, args, 6, MSA_NOBODY);
}

apr_status_t msa_outbox_list(msa_db_t *db, apr_pool_t *pool, bool with_sent, apr_int64_t before,
                             int limit, apr_array_header_t **mails)
{
    msa_arg_t args[] = {msa_arg_number(before ? before : APR_INT64_MAX), msa_arg_number(limit)};
    apr_array_header_t *rows = NULL;
    apr_array_header_t *list;
    apr_status_t status = msa_db_read(db, pool, with_sent ? SQL_OUTBOX_LIST_ALL : SQL_OUTBOX_LIST,
                                      args, 2, MAIL_COLUMNS, &rows);
    if (status != APR_SUCCESS)
        return status;
    list = apr_array_make(pool, rows->nelts, sizeof(msa_mail_t *));
    for (int i = 0; i < rows->nelts; i++)
        APR_ARRAY_PUSH(list, msa_mail_t *) =
            read_mail(pool, APR_ARRAY_IDX(rows, i, const char **), false);
    *mails = list;
    return APR_SUCCESS;
}

apr_status_t msa_outbox_retry(msa_db_t *db, apr_pool_t *pool, apr_int64_t id, apr_time_t now,
                              int *count)
{
    msa_arg_t args[] = {msa_arg_time(now), msa_arg_number(id)};
    (void)pool;
    return msa_db_run(db, id ? SQL_OUTBOX_RETRY : SQL_OUTBOX_RETRY_ALL, args, id ? 2 : 1,
                      MSA_NOBODY, count);
}

apr_status_t msa_outbox_delete(msa_db_t *db, apr_pool_t *pool, apr_int64_t id)
{
    msa_arg_t args[] = {msa_arg_number(id)};
    (void)pool;
    return msa_row_change(db, SQL_OUTBOX_DELETE, args, 1, MSA_NOBODY);
}

apr_status_t msa_outbox_sweep(msa_db_t *db, apr_pool_t *pool, apr_time_t sent_before,
                              apr_time_t failed_before, int limit, int *count)
{
    msa_arg_t sent_args[] = {msa_arg_time(sent_before), msa_arg_number(limit)};
    msa_arg_t failed_args[] = {msa_arg_time(failed_before), msa_arg_number(limit)};
    int sent = 0, failed = 0;
    apr_status_t status = msa_db_run(db, SQL_OUTBOX_SWEEP, sent_args, 2, MSA_NOBODY, &sent);
    (void)pool;
    if (status == APR_SUCCESS)
        status = msa_db_run(db, SQL_OUTBOX_SWEEP_FAILED, failed_args, 2, MSA_NOBODY, &failed);
    if (status == APR_SUCCESS)
        *count = sent > failed ? sent : failed;
    return status;
}

apr_status_t msa_outbox_count(msa_db_t *db, apr_pool_t *pool, int *waiting, int *failed)
{
    apr_array_header_t *rows = NULL;
    int counts[FAILED + 1] = {0};
    apr_status_t status = msa_db_read(db, pool, SQL_OUTBOX_COUNT, NULL, 0, 2, &rows);
    if (status != APR_SUCCESS)
        return status;
    for (int i = 0; i < rows->nelts; i++) {
        const char **row = APR_ARRAY_IDX(rows, i, const char **);
        counts[msa_row_count(row[0]) == WAITING ? WAITING : FAILED] = (int)msa_row_count(row[1]);
    }
    *waiting = counts[WAITING];
    *failed = counts[FAILED];
    return APR_SUCCESS;
}
