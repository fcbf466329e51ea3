/* SPDX-License-Identifier: Apache-2.0 */
/* Runs one statement: binds, executes, reads, repeats what may be repeated, and reduces the
 * drivers' errors to the few that others know. */

#include "statement.h"
#include "connection.h"

#include "../base/require.h"

#include <string.h>

#include <apr_strings.h>

#define ARGS_MAX     16
#define NO_MORE_ROWS (-1)

/** A statement that is being run. */
typedef struct call_t {
    msa_sql_t statement;
    const msa_arg_t *args;
    int count;
    bool is_note;              /* if a column refuses it, the transaction goes on */
    bool keep;                 /* do not give the connection back */
    msa_sql_t also;            /* to be prepared as well before it runs; SQL_GUARD = none */
    int *changed;              /* out, of a statement without rows; may be NULL */
    int columns;               /* of a statement with rows */
    apr_pool_t *pool;          /* of the rows */
    apr_array_header_t **rows; /* NULL = a statement without rows */
} call_t;

static void bind_args(const call_t *call, const void **bound)
{
    for (int i = 0; i < call->count && i < ARGS_MAX; i++) {
        const msa_arg_t *arg = &call->args[i];
        bound[i] = arg->is_number ? (const void *)&arg->number : (const void *)arg->text;
    }
}

static const char **copy_row(const msa_db_connection_t *connection, apr_dbd_row_t *row, int columns,
                             apr_pool_t *pool)
{
    const char **values = apr_pcalloc(pool, (apr_size_t)columns * sizeof(*values));
    for (int i = 0; i < columns; i++) {
        char *text = NULL;
        if (apr_dbd_datum_get(connection->driver, row, i, APR_DBD_TYPE_STRING, &text) ==
                APR_SUCCESS &&
            text)
            values[i] = apr_pstrdup(pool, text);
    }
    return values;
}

static int execute_rows(msa_db_t *db, apr_pool_t *pool, const call_t *call,
                        apr_dbd_prepared_t *prepared, const void **bound)
{
    const msa_db_connection_t *connection = &db->connection;
    apr_array_header_t *rows = apr_array_make(call->pool, 4, sizeof(const char **));
    apr_dbd_results_t *results = NULL;
    apr_dbd_row_t *row = NULL;
    int code;
    code = apr_dbd_pbselect(connection->driver, pool, connection->handle, &results, prepared, 0,
                            bound);
    while (!code && (code = apr_dbd_get_row(connection->driver, pool, results, &row, -1)) == 0)
        APR_ARRAY_PUSH(rows, const char **) = copy_row(connection, row, call->columns, call->pool);
    /* If anything else ended them, there would have been more. */
    if (code == NO_MORE_ROWS)
        code = 0;
    if (!code)
        *call->rows = rows;
    return code;
}

static int execute_prepared(msa_db_t *db, const call_t *call)
{
    const msa_db_connection_t *connection = &db->connection;
    apr_dbd_prepared_t *prepared = db->state->statements[call->statement];
    const void *bound[ARGS_MAX + 1] = {NULL};
    apr_pool_t *pool;
    int changed = 0, code;
    bind_args(call, bound);
    /* Results go before the connection does, and many statements take no more memory than one. */
    apr_pool_create(&pool, db->pool);
    if (call->rows)
        code = execute_rows(db, pool, call, prepared, bound);
    else
        code = apr_dbd_pbquery(connection->driver, pool, connection->handle, &changed, prepared,
                               bound);
    apr_pool_destroy(pool);
    if (!code && call->changed)
        *call->changed = changed;
    return code;
}

/* The guard was prepared when the connection was set up. It is dead on a connection that the driver
 * has meanwhile replaced, which has neither our settings nor our transaction; and on SQLite after a
 * change of the tables, which no transaction survives. */
int msa_statement_guard(msa_db_t *db)
{
    apr_array_header_t *rows = NULL;
    call_t call = {.statement = SQL_GUARD, .columns = 1, .pool = db->pool, .rows = &rows};
    return execute_prepared(db, &call);
}

static int make_ready(msa_db_t *db, msa_sql_t statement)
{
    int code;
    if (db->state->statements[statement])
        return 0;
    code = msa_db_prepare(db, statement);
    if (code)
        db->state->statements[statement] = NULL;
    else if (db->state->dialect->can_reconnect)
        code = msa_statement_guard(db);
    return code;
}

static msa_db_kind_t execute(msa_db_t *db, const call_t *call, int *code)
{
    msa_db_kind_t kind;
    *code = make_ready(db, call->statement);
    if (!*code && call->also != SQL_GUARD)
        *code = make_ready(db, call->also);
    kind = msa_db_classify(db, *code);
    /* Nothing has been executed yet, however the connection broke. */
    if (kind != DB_OK)
        return kind == DB_LOST ? DB_GONE : kind;
    *code = execute_prepared(db, call);
    return msa_db_classify(db, *code);
}

static bool is_repeatable(const call_t *call, msa_db_kind_t kind, int tries)
{
    if (kind == DB_BUSY)
        return tries < MSA_DB_RUNS_MAX;
    return tries < MSA_DB_TRIES_MAX &&
           (kind == DB_STALE || kind == DB_GONE || (kind == DB_LOST && call->rows));
}

/* Whether what belongs to the connection has to be made anew. An unknown error may hide that the
 * driver replaced the connection. Where it never does, making everything anew would only fill
 * memory with what SQLite's driver keeps, each time anyone causes that error. */
static bool is_spoilt(const msa_db_t *db, msa_db_kind_t kind)
{
    if (kind == DB_OTHER)
        return db->state->dialect->can_reconnect;
    return kind == DB_STALE || kind == DB_GONE || kind == DB_LOST;
}

apr_status_t msa_statement_status(msa_db_kind_t kind)
{
    static const apr_status_t STATUSES[] = {
        [DB_OK] = APR_SUCCESS,     [DB_UNIQUE] = APR_EEXIST, [DB_UNFIT] = APR_EINVAL,
        [DB_REFUSED] = APR_EINVAL, [DB_SLOW] = APR_EGENERAL, [DB_BUSY] = APR_EBUSY,
        [DB_STALE] = APR_EGENERAL, [DB_GONE] = APR_EGENERAL, [DB_LOST] = APR_EGENERAL,
        [DB_OTHER] = APR_EGENERAL,
    };
    return STATUSES[kind];
}

/* Whoever began the transaction may run it again after a conflict, and logs it if that was the last
 * time. */
void msa_statement_fail(msa_db_t *db, msa_db_kind_t kind, const char *what, int code)
{
    if (kind == DB_BUSY)
        db->conflict = msa_db_describe(db, what, code);
    else if (kind != DB_UNIQUE)
        msa_db_log(db, what, code);
}

static apr_status_t run_in_transaction(msa_db_t *db, const call_t *call)
{
    int code;
    msa_db_kind_t kind;
    if (db->has_failed)
        return APR_EGENERAL;
    kind = execute(db, call, &code);
    if (kind == DB_OK)
        return APR_SUCCESS;
    if (kind == DB_REFUSED && call->is_note)
        return APR_EINVAL;
    db->has_failed = true;
    db->state->is_stale = is_spoilt(db, kind);
    msa_statement_fail(db, kind, msa_sql_name(call->statement), code);
    return msa_statement_status(kind);
}

static apr_status_t run(msa_db_t *db, const call_t *call)
{
    MSA_REQUIRE(call->count <= ARGS_MAX);
    MSA_REQUIRE(!call->rows || call->columns > 0);
    msa_db_kind_t kind = DB_OTHER;
    if (db->in_transaction)
        return run_in_transaction(db, call);
    for (int tries = 1;; tries++) {
        apr_status_t status = db->state ? APR_SUCCESS : msa_db_acquire(db);
        int code;
        if (status != APR_SUCCESS)
            return status;
        kind = execute(db, call, &code);
        if (kind == DB_OK || kind == DB_UNIQUE || kind == DB_UNFIT)
            break;
        db->state->is_stale = is_spoilt(db, kind);
        if (!is_repeatable(call, kind, tries)) {
            msa_db_log(db, msa_sql_name(call->statement), code);
            break;
        }
        msa_db_release(db);
    }
    if (!call->keep || kind != DB_OK)
        msa_db_release(db);
    return msa_statement_status(kind);
}

apr_status_t msa_statement_write(msa_db_t *db, msa_sql_t statement, const msa_arg_t *args,
                                 int count, int *changed)
{
    call_t call = {.statement = statement, .args = args, .count = count, .changed = changed};
    return run(db, &call);
}

apr_status_t msa_db_read(msa_db_t *db, apr_pool_t *pool, msa_sql_t statement, const msa_arg_t *args,
                         int count, int columns, apr_array_header_t **rows)
{
    call_t call = {.statement = statement,
                   .args = args,
                   .count = count,
                   .columns = columns,
                   .pool = pool,
                   .rows = rows};
    return run(db, &call);
}

apr_status_t msa_db_run_note(msa_db_t *db, msa_sql_t statement, const msa_arg_t *args, int count,
                             int *changed)
{
    call_t call = {
        .statement = statement, .args = args, .count = count, .changed = changed, .is_note = true};
    return run(db, &call);
}

/* On the connection that inserted the row: any other would return the id of someone else's row. */
static apr_status_t read_last_id(msa_db_t *db, apr_array_header_t **rows)
{
    call_t call = {.statement = SQL_LAST_ID, .columns = 1, .pool = db->pool, .rows = rows};
    int code;
    if (db->in_transaction)
        return run_in_transaction(db, &call);
    code = execute_prepared(db, &call);
    if (code) {
        db->state->is_stale = true;
        msa_db_log(db, msa_sql_name(SQL_LAST_ID), code);
    }
    msa_db_release(db);
    return code ? APR_EGENERAL : APR_SUCCESS;
}

apr_status_t msa_db_insert(msa_db_t *db, msa_sql_t statement, const msa_arg_t *args, int count,
                           apr_int64_t *id)
{
    call_t call = {
        .statement = statement, .args = args, .count = count, .keep = true, .also = SQL_LAST_ID};
    apr_array_header_t *rows = NULL;
    apr_status_t status = run(db, &call);
    if (status == APR_SUCCESS)
        status = read_last_id(db, &rows);
    if (status != APR_SUCCESS)
        return status;
    if (rows->nelts != 1 || !msa_sql_number(APR_ARRAY_IDX(rows, 0, const char **)[0], id))
        return APR_EGENERAL;
    return APR_SUCCESS;
}

apr_status_t msa_db_run_text(msa_db_t *db, const char *text, const msa_arg_t *args, int count)
{
    call_t call = {.args = args, .count = count};
    const void *bound[ARGS_MAX + 1] = {NULL};
    apr_dbd_prepared_t *prepared = NULL;
    apr_pool_t *pool;
    msa_db_kind_t kind;
    int changed = 0, code;
    /* Only inside a transaction: its connection is set up, and is not given back here. */
    if (!db->in_transaction || db->has_failed)
        return APR_EGENERAL;
    apr_pool_create(&pool, db->pool);
    bind_args(&call, bound);
    code = msa_db_prepare_text(db, msa_sql_expand(pool, db->state->dialect, db->settings, text),
                               &prepared);
    if (!code)
        code = msa_statement_guard(db);
    if (!code)
        code = apr_dbd_pbquery(db->connection.driver, pool, db->connection.handle, &changed,
                               prepared, bound);
    kind = msa_db_classify(db, code);
    if (kind != DB_OK) {
        db->has_failed = true;
        db->state->is_stale = is_spoilt(db, kind);
        msa_statement_fail(db, kind, "column", code);
    }
    apr_pool_destroy(pool);
    return msa_statement_status(kind);
}
