/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of tickets, found by digest, family or user; knows whom a change of one concerns. */

#include "tickets.h"
#include "purposes.h"
#include "row.h"

#include "../base/require.h"
#include "../base/text_time.h"

#include <string.h>

#include <apr_strings.h>

#define TICKET_COLUMNS 15

#define PURPOSE_BYTES  16
#define FAMILY_BYTES   64
#define AUDIENCE_BYTES 255
#define ADDRESS_BYTES  64
#define AGENT_BYTES    255
#define DETAIL_BYTES   1024

#define REGISTRATION_BYTES 60000 /* the driver cuts at its fldsz, 65536 as we advise */

/* NULL for a ticket of which nothing is remembered outside of the database. */
static const msa_concern_t *concern_of(const msa_ticket_t *ticket, msa_concern_t *concern)
{
    *concern = (msa_concern_t){.user_id = ticket->user_id, .digest = ticket->digest};
    return msa_purpose_is_proof(ticket->purpose) ? concern : MSA_NOBODY;
}

/* The same for all tickets of a user and a purpose. */
static const msa_concern_t *concern_of_user(apr_int64_t user_id, const char *purpose,
                                            msa_concern_t *concern)
{
    *concern = (msa_concern_t){.user_id = user_id};
    return msa_purpose_is_proof(purpose) ? concern : MSA_NOBODY;
}

/* NULL = broken. */
static msa_ticket_t *ticket_of_row(msa_db_t *db, apr_pool_t *pool, const apr_array_header_t *rows,
                                   int index)
{
    const char *table = apr_pstrcat(pool, msa_db_settings(db)->table_prefix, "ticket", NULL);
    msa_row_t row = msa_row(db, table, rows, index);
    const char *const *values = row.values;
    msa_ticket_t *ticket = apr_pcalloc(pool, sizeof(*ticket));
    msa_row_digest(&row, 1, "digest", ticket->digest);
    msa_row_digest(&row, 4, "stamp", ticket->stamp);
    ticket->id = msa_row_number(&row, 0, "id");
    ticket->purpose = values[2] ? values[2] : "";
    ticket->user_id = msa_row_number(&row, 3, "user_id");
    ticket->family = values[5];
    ticket->audience = values[6];
    ticket->created_at = msa_row_time(&row, 7, "created_at");
    ticket->expires_at = msa_row_time(&row, 8, "expires_at");
    ticket->used_at = msa_row_time(&row, 9, "used_at");
    ticket->spent_at = msa_row_time(&row, 10, "spent_at");
    ticket->fresh_at = msa_row_time(&row, 11, "fresh_at");
    ticket->address = values[12];
    ticket->agent = values[13];
    ticket->detail = values[14];
    return row.is_broken ? NULL : ticket;
}

/* A client may say anything about itself; as a note it is kept clean or not at all. */
static const char *clean_note(apr_pool_t *pool, const char *text, apr_size_t bytes)
{
    const char *cut = text ? apr_pstrndup(pool, text, bytes) : NULL;
    return msa_row_check(cut, bytes) == APR_SUCCESS ? cut : NULL;
}

apr_status_t msa_ticket_insert(msa_db_t *db, apr_pool_t *pool, msa_ticket_t *ticket)
{
    MSA_REQUIRE(ticket->purpose);
    msa_arg_t args[] = {
        msa_arg_digest(pool, ticket->digest),
        msa_arg_text(ticket->purpose),
        msa_arg_number(ticket->user_id),
        msa_arg_digest(pool, ticket->stamp),
        msa_arg_text(ticket->family),
        msa_arg_text(ticket->audience),
        msa_arg_time(ticket->created_at),
        msa_arg_time(ticket->expires_at),
        msa_arg_time(ticket->used_at),
        msa_arg_time(ticket->spent_at),
        msa_arg_time(ticket->fresh_at),
        msa_arg_text(clean_note(pool, ticket->address, ADDRESS_BYTES)),
        msa_arg_text(clean_note(pool, ticket->agent, AGENT_BYTES)),
        msa_arg_text(ticket->detail),
        msa_arg_text(ticket->registration),
    };
    if (msa_row_check(ticket->purpose, PURPOSE_BYTES) != APR_SUCCESS ||
        msa_row_check(ticket->family, FAMILY_BYTES) != APR_SUCCESS ||
        msa_row_check(ticket->audience, AUDIENCE_BYTES) != APR_SUCCESS ||
        msa_row_check(ticket->detail, DETAIL_BYTES) != APR_SUCCESS ||
        msa_row_check(ticket->registration, REGISTRATION_BYTES) != APR_SUCCESS)
        return APR_EINVAL;
    return msa_db_insert(db, SQL_TICKET_INSERT, args, 15, &ticket->id);
}

static apr_status_t read_one_ticket(msa_db_t *db, apr_pool_t *pool, msa_sql_t statement,
                                    const msa_arg_t *args, msa_ticket_t **ticket)
{
    apr_array_header_t *rows = NULL;
    apr_status_t status = msa_db_read(db, pool, statement, args, 1, TICKET_COLUMNS, &rows);
    msa_ticket_t *found;
    if (status != APR_SUCCESS)
        return status;
    if (!rows->nelts)
        return APR_NOTFOUND;
    found = ticket_of_row(db, pool, rows, 0);
    if (!found)
        return APR_EGENERAL;
    *ticket = found;
    return APR_SUCCESS;
}

apr_status_t msa_ticket_by_digest(msa_db_t *db, apr_pool_t *pool,
                                  const unsigned char digest[MSA_DIGEST_SIZE],
                                  msa_ticket_t **ticket)
{
    msa_arg_t args[] = {msa_arg_digest(pool, digest)};
    msa_ticket_t *found = NULL;
    apr_status_t status = read_one_ticket(db, pool, SQL_TICKET_BY_DIGEST, args, &found);
    if (status != APR_SUCCESS)
        return status;
    if (!msa_digest_equal(found->digest, digest, MSA_DIGEST_SIZE))
        return APR_NOTFOUND;
    *ticket = found;
    return APR_SUCCESS;
}

apr_status_t msa_ticket_hold(msa_db_t *db, apr_pool_t *pool, apr_int64_t id, msa_ticket_t **ticket)
{
    msa_arg_t args[] = {msa_arg_number(id)};
    return read_one_ticket(db, pool, SQL_TICKET_HOLD, args, ticket);
}

apr_status_t msa_ticket_registration(msa_db_t *db, apr_pool_t *pool, apr_int64_t id,
                                     const char **registration)
{
    msa_arg_t args[] = {msa_arg_number(id)};
    apr_array_header_t *rows = NULL;
    apr_status_t status = msa_db_read(db, pool, SQL_TICKET_REGISTRATION, args, 1, 1, &rows);
    if (status != APR_SUCCESS)
        return status;
    if (!rows->nelts)
        return APR_NOTFOUND;
    *registration = APR_ARRAY_IDX(rows, 0, const char **)[0];
    return APR_SUCCESS;
}

static apr_status_t list_of(msa_db_t *db, apr_pool_t *pool, const apr_array_header_t *rows,
                            apr_array_header_t **tickets)
{
    apr_array_header_t *list = apr_array_make(pool, rows->nelts, sizeof(msa_ticket_t *));
    for (int i = 0; i < rows->nelts; i++) {
        msa_ticket_t *ticket = ticket_of_row(db, pool, rows, i);
        if (!ticket)
            return APR_EGENERAL;
        APR_ARRAY_PUSH(list, msa_ticket_t *) = ticket;
    }
    *tickets = list;
    return APR_SUCCESS;
}

apr_status_t msa_ticket_by_digests(msa_db_t *db, apr_pool_t *pool,
                                   const unsigned char one[MSA_DIGEST_SIZE],
                                   const unsigned char other[MSA_DIGEST_SIZE],
                                   apr_array_header_t **tickets)
{
    msa_arg_t args[] = {msa_arg_digest(pool, one), msa_arg_digest(pool, other)};
    apr_array_header_t *rows = NULL;
    apr_status_t status =
        msa_db_read(db, pool, SQL_TICKET_BY_DIGESTS, args, 2, TICKET_COLUMNS, &rows);
    return status == APR_SUCCESS ? list_of(db, pool, rows, tickets) : status;
}

apr_status_t msa_ticket_touch(msa_db_t *db, apr_pool_t *pool, apr_int64_t id, const char *address,
                              const char *agent, apr_time_t now)
{
    msa_arg_t args[] = {msa_arg_time(now), msa_arg_text(clean_note(pool, address, ADDRESS_BYTES)),
                        msa_arg_text(clean_note(pool, agent, AGENT_BYTES)), msa_arg_number(id)};
    return msa_row_set(db, pool, SQL_TICKET_TOUCH, args, 4, SQL_TICKET_BY_ID, MSA_NOBODY);
}

apr_status_t msa_ticket_prolong(msa_db_t *db, apr_pool_t *pool, const msa_ticket_t *ticket,
                                apr_time_t expires_at, apr_time_t now)
{
    msa_arg_t args[] = {msa_arg_time(now), msa_arg_time(expires_at), msa_arg_number(ticket->id)};
    msa_concern_t concern;
    return msa_row_set(db, pool, SQL_TICKET_PROLONG, args, 3, SQL_TICKET_BY_ID,
                       concern_of(ticket, &concern));
}

apr_status_t msa_ticket_spend(msa_db_t *db, apr_pool_t *pool, const msa_ticket_t *ticket,
                              apr_time_t now)
{
    msa_arg_t args[] = {msa_arg_time(now), msa_arg_number(ticket->id)};
    msa_concern_t concern;
    (void)pool;
    return msa_row_change(db, SQL_TICKET_SPEND, args, 2, concern_of(ticket, &concern));
}

apr_status_t msa_ticket_set_fresh(msa_db_t *db, apr_pool_t *pool, const msa_ticket_t *ticket,
                                  apr_time_t fresh_at)
{
    msa_arg_t args[] = {msa_arg_time(fresh_at), msa_arg_number(ticket->id)};
    msa_concern_t concern;
    return msa_row_set(db, pool, SQL_TICKET_SET_FRESH, args, 2, SQL_TICKET_BY_ID,
                       concern_of(ticket, &concern));
}

apr_status_t msa_ticket_delete(msa_db_t *db, apr_pool_t *pool, const msa_ticket_t *ticket)
{
    msa_arg_t args[] = {msa_arg_number(ticket->id)};
    msa_concern_t concern;
    (void)pool;
    return msa_row_change(db, SQL_TICKET_DELETE, args, 1, concern_of(ticket, &concern));
}

apr_status_t msa_ticket_delete_of_user(msa_db_t *db, apr_pool_t *pool, apr_int64_t user_id,
                                       const char *purpose, apr_int64_t except_id)
{
    msa_arg_t args[] = {msa_arg_number(user_id), msa_arg_number(except_id), msa_arg_text(purpose)};
    msa_concern_t room;
    const msa_concern_t *concern = concern_of_user(user_id, purpose, &room);
    (void)pool;
    if (purpose)
        return msa_row_change(db, SQL_TICKET_DELETE_OF_USER_PURPOSE, args, 3, concern);
    return msa_row_change(db, SQL_TICKET_DELETE_OF_USER, args, 2, concern);
}

apr_status_t msa_ticket_delete_family(msa_db_t *db, apr_pool_t *pool, apr_int64_t user_id,
                                      const char *family, apr_int64_t except_id)
{
    msa_arg_t args[] = {msa_arg_text(family), msa_arg_number(except_id), msa_arg_number(user_id)};
    msa_concern_t concern = {.user_id = user_id};
    (void)pool;
    return msa_row_change(db, SQL_TICKET_DELETE_FAMILY, args, 3, &concern);
}

apr_status_t msa_ticket_holders(msa_db_t *db, apr_pool_t *pool, const char *family,
                                const char *purpose, apr_time_t now, apr_array_header_t **holders)
{
    msa_arg_t args[] = {msa_arg_text(family), msa_arg_text(purpose), msa_arg_time(now)};
    apr_array_header_t *rows = NULL;
    apr_array_header_t *list;
    apr_status_t status = msa_db_read(db, pool, SQL_TICKET_HOLDERS, args, 3, 5, &rows);
    if (status != APR_SUCCESS)
        return status;
    list = apr_array_make(pool, rows->nelts, sizeof(msa_holder_t));
    for (int i = 0; i < rows->nelts; i++) {
        msa_row_t row = msa_row(db, msa_db_settings(db)->user_table, rows, i);
        msa_holder_t holder = {.ticket = {.purpose = purpose}};
        if (!msa_digest_from_hex(row.values[0], holder.ticket.stamp))
            continue;
        holder.ticket.user_id = holder.user.id = msa_row_number(&row, 1, "id");
        holder.user.password = row.values[2];
        holder.user.fs_uniquifier = row.values[3] ? row.values[3] : "";
        holder.user.created_at = msa_text_datetime_parse(row.values[4]);
        if (row.is_broken)
            return APR_EGENERAL;
        APR_ARRAY_PUSH(list, msa_holder_t) = holder;
    }
    *holders = list;
    return APR_SUCCESS;
}

apr_status_t msa_ticket_list(msa_db_t *db, apr_pool_t *pool, apr_int64_t user_id,
                             const char *purpose, int limit, apr_array_header_t **tickets)
{
    MSA_REQUIRE(limit > 0);
    msa_arg_t all[] = {msa_arg_number(user_id), msa_arg_number(limit)};
    msa_arg_t some[] = {msa_arg_number(user_id), msa_arg_text(purpose), msa_arg_number(limit)};
    apr_array_header_t *rows = NULL;
    apr_status_t status = msa_db_read(db, pool, purpose ? SQL_TICKET_LIST_PURPOSE : SQL_TICKET_LIST,
                                      purpose ? some : all, purpose ? 3 : 2, TICKET_COLUMNS, &rows);
    return status == APR_SUCCESS ? list_of(db, pool, rows, tickets) : status;
}

apr_status_t msa_ticket_surplus(msa_db_t *db, apr_pool_t *pool, const msa_ticket_t *next, int keep,
                                apr_array_header_t **tickets)
{
    msa_arg_t args[] = {msa_arg_number(next->user_id), msa_arg_text(next->purpose),
                        msa_arg_time(next->created_at), msa_arg_number(keep)};
    apr_array_header_t *rows = NULL;
    apr_status_t status = msa_db_read(db, pool, SQL_TICKET_SURPLUS, args, 4, TICKET_COLUMNS, &rows);
    return status == APR_SUCCESS ? list_of(db, pool, rows, tickets) : status;
}

apr_status_t msa_ticket_of_family(msa_db_t *db, apr_pool_t *pool, const char *family,
                                  const char *purpose, apr_array_header_t **tickets)
{
    msa_arg_t args[] = {msa_arg_text(family), msa_arg_text(purpose)};
    apr_array_header_t *rows = NULL;
    apr_status_t status =
        msa_db_read(db, pool, SQL_TICKET_OF_FAMILY, args, 2, TICKET_COLUMNS, &rows);
    return status == APR_SUCCESS ? list_of(db, pool, rows, tickets) : status;
}

apr_status_t msa_ticket_count_family(msa_db_t *db, apr_pool_t *pool, const char *family,
                                     const char *purpose, int *count)
{
    msa_arg_t args[] = {msa_arg_text(family), msa_arg_text(purpose)};
    apr_array_header_t *rows = NULL;
    apr_status_t status = msa_db_read(db, pool, SQL_TICKET_COUNT_FAMILY, args, 2, 1, &rows);
    if (status == APR_SUCCESS)
        *count = (int)msa_row_count(APR_ARRAY_IDX(rows, 0, const char **)[0]);
    return status;
}

apr_status_t msa_ticket_move_stamp(msa_db_t *db, apr_pool_t *pool, apr_int64_t user_id,
                                   const unsigned char from[MSA_DIGEST_SIZE],
                                   const unsigned char to[MSA_DIGEST_SIZE])
{
    msa_arg_t args[] = {msa_arg_digest(pool, to), msa_arg_number(user_id),
                        msa_arg_digest(pool, from)};
    return msa_db_run(db, SQL_TICKET_MOVE_STAMP, args, 3, MSA_NOBODY, NULL);
}

apr_status_t msa_ticket_replace_detail(msa_db_t *db, apr_int64_t user_id, const char *purpose,
                                       const char *from, const char *to)
{
    msa_arg_t args[] = {msa_arg_text(from), msa_arg_text(to), msa_arg_number(user_id),
                        msa_arg_text(purpose)};
    msa_concern_t concern;
    return msa_db_run(db, SQL_TICKET_REPLACE_DETAIL, args, 4,
                      concern_of_user(user_id, purpose, &concern), NULL);
}

apr_status_t msa_ticket_sweep(msa_db_t *db, apr_pool_t *pool, apr_time_t before, int limit,
                              int *count)
{
    msa_arg_t args[] = {msa_arg_time(before), msa_arg_number(limit)};
    int expired = 0, spent = 0;
    /* Whatever is remembered of a ticket knows when the ticket ends. */
    apr_status_t status = msa_db_run(db, SQL_TICKET_SWEEP_EXPIRED, args, 2, MSA_NOBODY, &expired);
    (void)pool;
    if (status == APR_SUCCESS)
        status = msa_db_run(db, SQL_TICKET_SWEEP_SPENT, args, 2, MSA_NOBODY, &spent);
    if (status == APR_SUCCESS)
        *count = expired > spent ? expired : spent;
    return status;
}
