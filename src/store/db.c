/* SPDX-License-Identifier: Apache-2.0 */
/* Transactions: begins them, writes down whom they concern, commits or rolls back, and tells
 * conflicts from errors. */

#include "db.h"
#include "connection.h"
#include "notes.h"

#include "../base/require.h"

#define BUSY_TRIES_MAX 2 /* for beginning a transaction; in each the driver waits 1.6 s */

/* A transaction that was never ended is rolled back, and its connection given back. */
static apr_status_t give_up(void *data)
{
    msa_db_t *db = data;
    if (db->in_transaction)
        msa_db_end(db, false);
    msa_db_release(db);
    return APR_SUCCESS;
}

msa_db_t *msa_db_make(apr_pool_t *pool, const msa_env_t *env, const msa_settings_t *settings,
                      const msa_db_source_t *source)
{
    MSA_REQUIRE(pool && env && settings && source);
    msa_db_t *db = apr_pcalloc(pool, sizeof(*db));
    db->pool = pool;
    db->env = env;
    db->settings = settings;
    db->source = source;
    apr_pool_pre_cleanup_register(pool, db, give_up);
    return db;
}

const msa_settings_t *msa_db_settings(const msa_db_t *db)
{
    return db->settings;
}

/* An SQLite transaction whose COMMIT met a lock is still open, but the driver has forgotten it: the
 * next user of the connection would commit it. ROLLBACK meets no lock. */
static int end_transaction(msa_db_t *db, bool is_commit)
{
    const msa_db_connection_t *connection = &db->connection;
    int code = 0, changed = 0;
    if (db->transaction)
        code = apr_dbd_transaction_end(connection->driver, db->transaction_pool, db->transaction);
    /* While the driver still has the message. */
    if (code && is_commit)
        msa_statement_fail(db, msa_db_classify(db, code), "end", code);
    if (code)
        apr_dbd_query(connection->driver, connection->handle, &changed, "ROLLBACK");
    db->transaction = NULL;
    apr_pool_destroy(db->transaction_pool);
    return code;
}

/* Until it is told to commit, it must not: not even if something ends it silently. We know
 * ourselves what failed in it. */
static void set_to_roll_back(msa_db_t *db)
{
    if (db->transaction)
        apr_dbd_transaction_mode_set(db->connection.driver, db->transaction,
                                     APR_DBD_TRANSACTION_ROLLBACK |
                                         APR_DBD_TRANSACTION_IGNORE_ERRORS);
}

static bool is_begun_again(msa_db_kind_t kind, int tries)
{
    return tries < (kind == DB_BUSY ? BUSY_TRIES_MAX : MSA_DB_TRIES_MAX);
}

static msa_db_kind_t start(msa_db_t *db, int tries)
{
    int code = msa_statement_guard(db);
    msa_db_kind_t kind;
    apr_pool_create(&db->transaction_pool, db->pool);
    db->transaction = NULL;
    if (!code)
        code = apr_dbd_transaction_start(db->connection.driver, db->transaction_pool,
                                         db->connection.handle, &db->transaction);
    kind = msa_db_classify(db, code);
    set_to_roll_back(db);
    if (kind == DB_OK)
        return DB_OK;
    if (kind == DB_OTHER || !is_begun_again(kind, tries))
        msa_db_log(db, "begin", code);
    end_transaction(db, false);
    db->state->is_stale = !msa_db_is_well(kind);
    return kind;
}

apr_status_t msa_db_begin(msa_db_t *db)
{
    msa_db_kind_t kind = DB_OTHER;
    /* MySQL would silently commit the outer one. */
    if (db->in_transaction) {
        msa_env_log(db->env, db->pool, MSA_LOG_ERROR,
                    "database failed: a transaction was begun inside another one");
        return APR_EGENERAL;
    }
    db->conflict = NULL;
    for (int tries = 1; tries == 1 || is_begun_again(kind, tries - 1); tries++) {
        apr_status_t status = msa_db_acquire(db);
        if (status != APR_SUCCESS)
            return status;
        kind = start(db, tries);
        if (kind == DB_OK) {
            db->in_transaction = true;
            db->has_failed = false;
            msa_notes_clear(db);
            return APR_SUCCESS;
        }
        msa_db_release(db);
    }
    return msa_statement_status(kind);
}

/* If this connection broke, MySQL's commit call would start on a fresh one and find nothing to
 * commit there; a prepared COMMIT dies with the connection it was prepared on. */
static apr_status_t commit(msa_db_t *db)
{
    if (db->state->dialect->commits_by_statement)
        return msa_statement_write(db, SQL_COMMIT, NULL, 0, NULL);
    apr_dbd_transaction_mode_set(db->connection.driver, db->transaction,
                                 APR_DBD_TRANSACTION_COMMIT);
    return APR_SUCCESS;
}

apr_status_t msa_db_end(msa_db_t *db, bool is_commit)
{
    apr_status_t status = APR_SUCCESS;
    bool is_open;
    int code;
    if (!db->in_transaction)
        return APR_EGENERAL;
    if (is_commit)
        status = db->has_failed ? APR_EGENERAL : msa_notes_write(db);
    if (is_commit && status == APR_SUCCESS)
        status = commit(db);
    is_open = is_commit && status == APR_SUCCESS && !db->state->dialect->commits_by_statement;
    code = end_transaction(db, is_open);
    db->in_transaction = false;
    /* What the server rolls back because the connection is gone is rolled back all the same. */
    if (code && is_open)
        status = APR_EGENERAL;
    if (code)
        db->state->is_stale = true;
    msa_db_release(db);
    if (is_commit && status == APR_SUCCESS)
        msa_notes_tell(db);
    return status;
}

const char *msa_db_conflict(const msa_db_t *db)
{
    return db->conflict;
}
