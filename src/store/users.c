/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of users: found by every spelling of a name that counts as the same, changed only if
 * nobody else changed them first. */

#include "users.h"
#include "notes.h"
#include "row.h"
#include "tickets.h"
#include "whole.h"

#include "../base/require.h"
#include "../base/text.h"
#include "../base/text_time.h"

#include <string.h>

#include <apr_strings.h>

#define USER_COLUMNS 13

#define NAME_BYTES       255
#define UNIQUIFIER_BYTES 64
#define ADDRESS_BYTES    64

/* NULL = broken. What is noted about sign-ins decides nothing, so it may be odd. */
static msa_user_t *user_of_row(msa_db_t *db, apr_pool_t *pool, const apr_array_header_t *rows,
                               int index)
{
    msa_row_t row = msa_row(db, msa_db_settings(db)->user_table, rows, index);
    const char *const *values = row.values;
    msa_user_t *user = apr_pcalloc(pool, sizeof(*user));
    user->id = msa_row_number(&row, 0, "id");
    user->email = values[1] ? values[1] : "";
    user->username = values[2];
    user->password = values[3];
    user->is_active = msa_row_flag(&row, 4, "active");
    user->fs_uniquifier = values[5] ? values[5] : "";
    user->confirmed_at = msa_row_datetime(&row, 6, "confirmed_at");
    user->last_login_at = msa_text_datetime_parse(values[7]);
    user->current_login_at = msa_text_datetime_parse(values[8]);
    user->last_login_ip = values[9];
    user->current_login_ip = values[10];
    user->login_count = msa_row_count(values[11]);
    user->created_at = msa_text_datetime_parse(values[12]);
    return row.is_broken ? NULL : user;
}

static apr_status_t read_one_user(msa_db_t *db, apr_pool_t *pool, msa_sql_t statement,
                                  const msa_arg_t *args, int count, msa_user_t **user)
{
    apr_array_header_t *rows = NULL;
    msa_user_t *found;
    apr_status_t status = msa_db_read(db, pool, statement, args, count, USER_COLUMNS, &rows);
    if (status != APR_SUCCESS)
        return status;
    if (rows->nelts == 0)
        return APR_NOTFOUND;
    found = user_of_row(db, pool, rows, 0);
    if (!found)
        return APR_EGENERAL;
    *user = found;
    return APR_SUCCESS;
}

apr_status_t msa_user_by_id(msa_db_t *db, apr_pool_t *pool, apr_int64_t id, msa_user_t **user)
{
    msa_arg_t args[] = {msa_arg_number(id)};
    return read_one_user(db, pool, SQL_USER_BY_ID, args, 1, user);
}

apr_status_t msa_user_hold(msa_db_t *db, apr_pool_t *pool, apr_int64_t id, msa_user_t **user)
{
    msa_arg_t args[] = {msa_arg_number(id)};
    return read_one_user(db, pool, SQL_USER_HOLD, args, 1, user);
}

static const char *identity_of(const msa_user_t *user, msa_sql_t statement)
{
    const char *identity = statement == SQL_USER_BY_EMAIL ? user->email : user->username;
    return identity ? identity : "";
}

/* A collation may treat more names as equal than people do, so each row is compared again. It may
 * also treat fewer as equal, so the folded name is looked for too, composed as addresses are and
 * decomposed as usernames are. */
static apr_status_t read_alike(msa_db_t *db, apr_pool_t *pool, msa_sql_t statement,
                               const char *name, apr_array_header_t **alike)
{
    const char *key = msa_text_identity_key(pool, name);
    const char *parts = key ? msa_text_nfkd(pool, key, NULL) : NULL;
    msa_arg_t args[] = {msa_arg_text(name), msa_arg_text(key ? key : name),
                        msa_arg_text(parts ? parts : name)};
    apr_array_header_t *users = apr_array_make(pool, 2, sizeof(msa_user_t *));
    apr_array_header_t *rows = NULL;
    apr_status_t status = msa_db_read(db, pool, statement, args, 3, USER_COLUMNS, &rows);
    if (status != APR_SUCCESS)
        return status;
    for (int i = 0; key && i < rows->nelts; i++) {
        msa_user_t *user = user_of_row(db, pool, rows, i);
        const char *other;
        if (!user)
            return APR_EGENERAL;
        other = msa_text_identity_key(pool, identity_of(user, statement));
        if (other && strcmp(other, key) == 0)
            APR_ARRAY_PUSH(users, msa_user_t *) = user;
    }
    *alike = users;
    return APR_SUCCESS;
}

static apr_status_t by_identity(msa_db_t *db, apr_pool_t *pool, msa_sql_t statement,
                                const char *name, msa_user_t **user)
{
    apr_array_header_t *alike = NULL;
    apr_status_t status;
    if (!*name || msa_row_check(name, NAME_BYTES) != APR_SUCCESS)
        return APR_NOTFOUND;
    status = read_alike(db, pool, statement, name, &alike);
    /* A name that the column cannot hold is not in it. */
    if (status != APR_SUCCESS)
        return status == APR_EINVAL ? APR_NOTFOUND : status;
    for (int i = 0; i < alike->nelts; i++) {
        msa_user_t *candidate = APR_ARRAY_IDX(alike, i, msa_user_t *);
        if (alike->nelts == 1 || strcmp(identity_of(candidate, statement), name) == 0) {
            *user = candidate;
            return APR_SUCCESS;
        }
    }
    return APR_NOTFOUND;
}

/* A binary collation lets through spellings that the lookup treats as the same. */
static apr_status_t check_free(msa_db_t *db, apr_pool_t *pool, msa_sql_t statement,
                               const char *name, apr_int64_t owner_id)
{
    apr_array_header_t *alike = NULL;
    apr_status_t status = read_alike(db, pool, statement, name, &alike);
    for (int i = 0; status == APR_SUCCESS && i < alike->nelts; i++) {
        if (APR_ARRAY_IDX(alike, i, msa_user_t *)->id != owner_id)
            status = APR_EEXIST;
    }
    return status;
}

apr_status_t msa_user_by_email(msa_db_t *db, apr_pool_t *pool, const char *email, msa_user_t **user)
{
    MSA_REQUIRE(email);
    return by_identity(db, pool, SQL_USER_BY_EMAIL, email, user);
}

apr_status_t msa_user_by_username(msa_db_t *db, apr_pool_t *pool, const char *username,
                                  msa_user_t **user)
{
    MSA_REQUIRE(username);
    return by_identity(db, pool, SQL_USER_BY_USERNAME, username, user);
}

apr_status_t msa_user_by_uniquifier(msa_db_t *db, apr_pool_t *pool, const char *fs_uniquifier,
                                    msa_user_t **user)
{
    MSA_REQUIRE(fs_uniquifier);
    msa_arg_t args[] = {msa_arg_text(fs_uniquifier)};
    msa_user_t *found = NULL;
    apr_status_t status;
    if (!*fs_uniquifier || msa_row_check(fs_uniquifier, UNIQUIFIER_BYTES) != APR_SUCCESS)
        return APR_NOTFOUND;
    status = read_one_user(db, pool, SQL_USER_BY_UNIQUIFIER, args, 1, &found);
    if (status == APR_SUCCESS && strcmp(found->fs_uniquifier, fs_uniquifier) != 0)
        return APR_NOTFOUND;
    if (status == APR_SUCCESS)
        *user = found;
    return status;
}

/* Unique columns that only newer or extended tables have get what Flask-Security would write. */
static apr_status_t insert_statement(msa_db_t *db, msa_sql_t *statement)
{
    const char *table = msa_db_settings(db)->user_table;
    bool has_token = false, has_handle = false;
    apr_status_t status = msa_db_has_column(db, table, "fs_token_uniquifier", &has_token);
    if (status == APR_SUCCESS)
        status = msa_db_has_column(db, table, "fs_webauthn_user_handle", &has_handle);
    *statement = has_token    ? SQL_USER_INSERT_TOKEN
                 : has_handle ? SQL_USER_INSERT_HANDLE
                              : SQL_USER_INSERT;
    return status;
}

/* Another 32 hexadecimal digits, as unpredictable as the uniquifier they are derived from. */
static const char *derive(apr_pool_t *pool, const char *fs_uniquifier, const char *purpose)
{
    unsigned char mac[MSA_DIGEST_SIZE];
    msa_digest_hmac_sha256(fs_uniquifier, strlen(fs_uniquifier), purpose, strlen(purpose), mac);
    return msa_digest_hex(pool, mac, 16);
}

apr_status_t msa_user_create(msa_db_t *db, apr_pool_t *pool, msa_user_t *user, apr_time_t now)
{
    msa_arg_t args[] = {
        msa_arg_text(user->email),
        msa_arg_text(user->username),
        msa_arg_text(user->password),
        msa_arg_number(user->is_active),
        msa_arg_text(user->fs_uniquifier),
        msa_arg_datetime(pool, user->confirmed_at),
        msa_arg_datetime(pool, now),
        msa_arg_datetime(pool, now),
        msa_arg_text(derive(pool, user->fs_uniquifier, "fs_webauthn_user_handle")),
        msa_arg_text(derive(pool, user->fs_uniquifier, "fs_token_uniquifier")),
    };
    msa_sql_t statement = SQL_USER_INSERT;
    apr_status_t status;
    if (msa_row_check(user->email, NAME_BYTES) != APR_SUCCESS ||
        msa_row_check(user->username, NAME_BYTES) != APR_SUCCESS ||
        msa_row_check(user->password, NAME_BYTES) != APR_SUCCESS ||
        msa_row_check(user->fs_uniquifier, UNIQUIFIER_BYTES) != APR_SUCCESS)
        return APR_EINVAL;
    status = check_free(db, pool, SQL_USER_BY_EMAIL, user->email, 0);
    if (status == APR_SUCCESS && user->username)
        status = check_free(db, pool, SQL_USER_BY_USERNAME, user->username, 0);
    if (status == APR_SUCCESS)
        status = insert_statement(db, &statement);
    if (status != APR_SUCCESS)
        return status;
    status = msa_db_insert(db, statement, args, 8 + (int)(statement - SQL_USER_INSERT), &user->id);
    if (status != APR_SUCCESS)
        return status;
    msa_notes_create(db, user->id);
    user->created_at = now;
    return APR_SUCCESS;
}

apr_status_t msa_user_set_column(msa_db_t *db, apr_pool_t *pool, apr_int64_t id, const char *column,
                                 const char *value, apr_time_t now)
{
    msa_arg_t args[] = {msa_arg_text(value), msa_arg_datetime(pool, now), msa_arg_number(id)};
    if (!msa_sql_is_identifier(column) || msa_row_check(value, NAME_BYTES) != APR_SUCCESS)
        return APR_EINVAL;
    return msa_db_run_text(db,
                           apr_pstrcat(pool, "UPDATE {user} SET ", column,
                                       " = %s, update_datetime = %s WHERE id = %lld", NULL),
                           args, 3);
}

/**
 * The statement for each case: [with a new uniquifier][only if the password is still the old one].
 */
static const msa_sql_t SET_PASSWORD[2][2] = {
    {SQL_USER_SET_PASSWORD,   SQL_USER_CAS_PASSWORD      },
    {SQL_USER_RENEW_PASSWORD, SQL_USER_CAS_RENEW_PASSWORD},
};

static apr_status_t renew_token_uniquifier(msa_db_t *db, apr_pool_t *pool, apr_int64_t id,
                                           const char *fs_uniquifier)
{
    msa_arg_t args[] = {msa_arg_text(derive(pool, fs_uniquifier, "fs_token_uniquifier")),
                        msa_arg_number(id)};
    bool has = false;
    apr_status_t status =
        msa_db_has_column(db, msa_db_settings(db)->user_table, "fs_token_uniquifier", &has);
    if (status != APR_SUCCESS || !has)
        return status;
    return msa_db_run(db, SQL_USER_SET_TOKEN_UNIQUIFIER, args, 2, MSA_NOBODY, NULL);
}

/** A new password, as msa_user_set_password takes it. */
typedef struct renewal_t {
    apr_int64_t id;
    const char *old_password, *new_password, *fs_uniquifier;
    apr_time_t now;
} renewal_t;

static apr_status_t write_password(msa_db_t *db, apr_pool_t *pool, const renewal_t *renewal)
{
    const char *fs_uniquifier = renewal->fs_uniquifier;
    bool is_conditional = renewal->old_password != NULL;
    msa_concern_t concern = {.user_id = renewal->id};
    msa_arg_t args[5];
    int count = 0;
    apr_status_t status;
    args[count++] = msa_arg_text(renewal->new_password);
    if (fs_uniquifier)
        args[count++] = msa_arg_text(fs_uniquifier);
    args[count++] = msa_arg_datetime(pool, renewal->now);
    args[count++] = msa_arg_number(renewal->id);
    if (is_conditional)
        args[count++] = msa_arg_text(renewal->old_password);
    status = msa_row_change(db, SET_PASSWORD[fs_uniquifier != NULL][is_conditional], args, count,
                            &concern);
    if (status == APR_SUCCESS && fs_uniquifier)
        status = renew_token_uniquifier(db, pool, renewal->id, fs_uniquifier);
    return status;
}

apr_status_t msa_user_set_password(msa_db_t *db, apr_pool_t *pool, apr_int64_t id,
                                   const char *old_password, const char *new_password,
                                   const char *fs_uniquifier, apr_time_t now)
{
    renewal_t renewal = {id, old_password, new_password, fs_uniquifier, now};
    msa_whole_t whole = msa_whole_make(db);
    if (msa_row_check(new_password, NAME_BYTES) != APR_SUCCESS ||
        msa_row_check(fs_uniquifier, UNIQUIFIER_BYTES) != APR_SUCCESS)
        return APR_EINVAL;
    while (msa_whole_begin(&whole))
        msa_whole_end(&whole, write_password(db, pool, &renewal));
    return whole.status;
}

apr_status_t msa_user_rehash(msa_db_t *db, apr_pool_t *pool, apr_int64_t id,
                             const char *old_password, const char *new_password, apr_time_t now)
{
    msa_arg_t args[] = {msa_arg_text(new_password), msa_arg_datetime(pool, now), msa_arg_number(id),
                        msa_arg_text(old_password)};
    if (msa_row_check(new_password, NAME_BYTES) != APR_SUCCESS)
        return APR_EINVAL;
    return msa_row_change(db, SQL_USER_CAS_PASSWORD, args, 4, MSA_NOBODY);
}

static apr_status_t write_uniquifier(msa_db_t *db, apr_pool_t *pool, apr_int64_t id,
                                     const char *fs_uniquifier, apr_time_t now)
{
    msa_arg_t args[] = {msa_arg_text(fs_uniquifier), msa_arg_datetime(pool, now),
                        msa_arg_number(id)};
    msa_concern_t concern = {.user_id = id};
    apr_status_t status = msa_row_change(db, SQL_USER_SET_UNIQUIFIER, args, 3, &concern);
    return status == APR_SUCCESS ? renew_token_uniquifier(db, pool, id, fs_uniquifier) : status;
}

apr_status_t msa_user_set_uniquifier(msa_db_t *db, apr_pool_t *pool, apr_int64_t id,
                                     const char *fs_uniquifier, apr_time_t now)
{
    msa_whole_t whole = msa_whole_make(db);
    if (msa_row_check(fs_uniquifier, UNIQUIFIER_BYTES) != APR_SUCCESS)
        return APR_EINVAL;
    while (msa_whole_begin(&whole))
        msa_whole_end(&whole, write_uniquifier(db, pool, id, fs_uniquifier, now));
    return whole.status;
}

apr_status_t msa_user_set_active(msa_db_t *db, apr_pool_t *pool, apr_int64_t id, bool is_active,
                                 apr_time_t now)
{
    msa_arg_t args[] = {msa_arg_number(is_active), msa_arg_datetime(pool, now), msa_arg_number(id)};
    msa_concern_t concern = {.user_id = id};
    return msa_row_set(db, pool, SQL_USER_SET_ACTIVE, args, 3, SQL_USER_BY_ID, &concern);
}

apr_status_t msa_user_set_confirmed(msa_db_t *db, apr_pool_t *pool, apr_int64_t id,
                                    apr_time_t confirmed_at, apr_time_t now)
{
    msa_arg_t args[] = {msa_arg_datetime(pool, confirmed_at), msa_arg_datetime(pool, now),
                        msa_arg_number(id)};
    msa_concern_t concern = {.user_id = id};
    return msa_row_set(db, pool, SQL_USER_SET_CONFIRMED, args, 3, SQL_USER_BY_ID, &concern);
}

apr_status_t msa_user_set_email(msa_db_t *db, apr_pool_t *pool, apr_int64_t id,
                                const char *old_email, const char *new_email,
                                apr_time_t confirmed_at, apr_time_t now)
{
    msa_arg_t args[] = {msa_arg_text(new_email), msa_arg_datetime(pool, confirmed_at),
                        msa_arg_datetime(pool, now), msa_arg_number(id), msa_arg_text(old_email)};
    msa_concern_t concern = {.user_id = id};
    apr_status_t status;
    if (msa_row_check(new_email, NAME_BYTES) != APR_SUCCESS)
        return APR_EINVAL;
    status = check_free(db, pool, SQL_USER_BY_EMAIL, new_email, id);
    if (status != APR_SUCCESS)
        return status;
    return msa_row_change(db, SQL_USER_SET_EMAIL, args, 5, &concern);
}

apr_status_t msa_user_set_username(msa_db_t *db, apr_pool_t *pool, apr_int64_t id,
                                   const char *username, apr_time_t now)
{
    msa_arg_t args[] = {msa_arg_text(username), msa_arg_datetime(pool, now), msa_arg_number(id)};
    msa_concern_t concern = {.user_id = id};
    apr_status_t status = APR_SUCCESS;
    if (msa_row_check(username, NAME_BYTES) != APR_SUCCESS)
        return APR_EINVAL;
    if (username)
        status = check_free(db, pool, SQL_USER_BY_USERNAME, username, id);
    if (status != APR_SUCCESS)
        return status;
    return msa_row_set(db, pool, SQL_USER_SET_USERNAME, args, 3, SQL_USER_BY_ID, &concern);
}

/* A sign-in does not fail because of what is merely noted about it: what its columns refuse is left
 * out, the addresses first. */
apr_status_t msa_user_track(msa_db_t *db, apr_pool_t *pool, apr_int64_t id, const char *address,
                            apr_time_t now)
{
    msa_arg_t time = msa_arg_datetime(pool, now);
    msa_arg_t note = msa_arg_text(address ? apr_pstrndup(pool, address, ADDRESS_BYTES) : NULL);
    msa_arg_t all[] = {time, note, time, note, time, msa_arg_number(id)};
    msa_arg_t times[] = {time, time, time, msa_arg_number(id)};
    int changed = 1;
    apr_status_t status = msa_db_run_note(db, SQL_USER_TRACK, all, 6, &changed);
    if (status == APR_EINVAL)
        status = msa_db_run_note(db, SQL_USER_TRACK_TIME, times, 4, &changed);
    if (status != APR_SUCCESS)
        return status == APR_EINVAL ? APR_SUCCESS : status;
    return changed > 0 ? APR_SUCCESS : APR_NOTFOUND;
}

static apr_status_t delete_all_of_user(msa_db_t *db, apr_pool_t *pool, apr_int64_t id)
{
    msa_arg_t args[] = {msa_arg_number(id)};
    msa_concern_t concern = {.user_id = id};
    apr_status_t status = msa_db_run(db, SQL_USER_DELETE_ROLES, args, 1, &concern, NULL);
    if (status == APR_SUCCESS)
        status = msa_ticket_delete_of_user(db, pool, id, NULL, 0);
    if (status == APR_SUCCESS || status == APR_NOTFOUND)
        status = msa_row_change(db, SQL_USER_DELETE, args, 1, &concern);
    return status;
}

apr_status_t msa_user_delete(msa_db_t *db, apr_pool_t *pool, apr_int64_t id)
{
    msa_whole_t whole = msa_whole_make(db);
    while (msa_whole_begin(&whole))
        msa_whole_end(&whole, delete_all_of_user(db, pool, id));
    return whole.status;
}

apr_status_t msa_user_list(msa_db_t *db, apr_pool_t *pool, const char *role, apr_int64_t after,
                           int limit, apr_array_header_t **users)
{
    MSA_REQUIRE(limit > 0);
    msa_arg_t all[] = {msa_arg_number(after), msa_arg_number(limit)};
    msa_arg_t some[] = {msa_arg_number(after), msa_arg_text(role), msa_arg_number(limit)};
    apr_array_header_t *rows = NULL;
    apr_array_header_t *list;
    apr_status_t status = msa_db_read(db, pool, role ? SQL_USER_LIST_ROLE : SQL_USER_LIST,
                                      role ? some : all, role ? 3 : 2, USER_COLUMNS, &rows);
    if (status != APR_SUCCESS)
        return status;
    list = apr_array_make(pool, rows->nelts, sizeof(msa_user_t *));
    for (int i = 0; i < rows->nelts; i++) {
        msa_user_t *user = user_of_row(db, pool, rows, i);
        if (!user)
            return APR_EGENERAL;
        APR_ARRAY_PUSH(list, msa_user_t *) = user;
    }
    *users = list;
    return APR_SUCCESS;
}
