/* SPDX-License-Identifier: Apache-2.0 */
/* One connection to the database: sets it up, prepares statements, inspects the tables, and tells a
 * broken connection from a refused statement. */

#include "connection.h"

#include "../base/text.h"

#include <string.h>

#include <apr_atomic.h>
#include <apr_strings.h>

#define LOCK_WAIT      10000 /* microseconds */
#define LOCK_WAITS_MAX 100
#define VALUE_SHOWN    40 /* bytes of a value in the log */
#define SHAPE_COLUMNS  4
#define SHAPE_LIFETIME apr_time_from_sec(5)
#define PREFIX_BYTES   32 /* leaves 32 of the 64 bytes that MySQL allows for the names behind it */

static const char SETUP_KEY[] = "msa_db is set up";

const char *msa_db_describe(msa_db_t *db, const char *what, int code)
{
    const char *error = apr_dbd_error(db->connection.driver, db->connection.handle, code);
    return apr_psprintf(db->pool, "statement=%s error=%s driver=%s", what,
                        msa_text_quote(db->pool, error), db->state->dialect->driver);
}

void msa_db_log(msa_db_t *db, const char *what, int code)
{
    msa_env_log(db->env, db->pool, MSA_LOG_ERROR, "database failed: %s",
                msa_db_describe(db, what, code));
}

void msa_db_complain(msa_db_t *db, const char *table, const char *column, const char *what,
                     const char *value)
{
    const char *shown =
        value ? msa_text_quote(db->pool, apr_pstrndup(db->pool, value, VALUE_SHOWN)) : "NULL";
    msa_env_log(db->env, db->pool, MSA_LOG_ERROR, "database broken: %s.%s is %s: %s", table, column,
                what, shown);
}

bool msa_db_is_well(msa_db_kind_t kind)
{
    return kind == DB_OK || kind == DB_UNIQUE || kind == DB_UNFIT || kind == DB_REFUSED ||
           kind == DB_BUSY || kind == DB_SLOW;
}

msa_db_kind_t msa_db_classify(msa_db_t *db, int code)
{
    const char *error =
        code ? apr_dbd_error(db->connection.driver, db->connection.handle, code) : NULL;
    return db->state->dialect->classify(code, error);
}

/* These names become parts of statements. */
static bool are_identifiers(const msa_settings_t *settings)
{
    const char *prefix = settings->table_prefix;
    return msa_sql_is_identifier(settings->user_table) &&
           msa_sql_is_identifier(settings->role_table) &&
           msa_sql_is_identifier(settings->roles_users_table) &&
           (!*prefix || (msa_sql_is_identifier(prefix) && strlen(prefix) <= PREFIX_BYTES));
}

static msa_db_state_t *state_make(msa_db_t *db)
{
    apr_pool_t *pool = db->connection.pool;
    const msa_dialect_t *dialect = msa_dialect_find(apr_dbd_name(db->connection.driver));
    msa_db_state_t *state;
    if (!are_identifiers(db->settings)) {
        msa_env_log(db->env, db->pool, MSA_LOG_ERROR,
                    "database failed: invalid table name (use letters, digits and underscores): %s",
                    msa_text_quote(db->pool, db->key));
        return NULL;
    }
    if (!dialect) {
        msa_env_log(db->env, db->pool, MSA_LOG_ERROR,
                    "database failed: DBDriver %s is not supported (use mysql or sqlite3)",
                    apr_dbd_name(db->connection.driver));
        return NULL;
    }
    state = apr_pcalloc(pool, sizeof(*state));
    state->dialect = dialect;
    apr_pool_create(&state->pool, pool);
    state->texts = apr_hash_make(state->pool);
    apr_pool_create(&state->shape_pool, pool);
    apr_pool_userdata_set(state, apr_pstrdup(pool, db->key), NULL, pool);
    return state;
}

static void state_reset(msa_db_state_t *state)
{
    memset(state->statements, 0, sizeof(state->statements));
    apr_pool_clear(state->pool);
    state->texts = apr_hash_make(state->pool);
    state->shape_until = 0;
    state->is_ready = false;
    state->is_stale = false;
}

void msa_db_release(msa_db_t *db)
{
    if (db->state) {
        db->state = NULL;
        db->source->close(db->source->baton, &db->connection);
    }
}

/* ---- texts outside msa_sql_t: setting up connections, creating and inspecting tables ---- */

typedef int attempt_t(msa_db_t *db, const char *text, apr_array_header_t *values);

static int attempt_query(msa_db_t *db, const char *text, apr_array_header_t *values)
{
    int changed = 0;
    (void)values;
    return apr_dbd_query(db->connection.driver, db->connection.handle, &changed, text);
}

/* Reads rows of `columns` texts into an array of const char ** or, for one column, of
 * const char *. */
static int select_rows(msa_db_t *db, const char *text, int columns, apr_array_header_t *rows)
{
    const msa_db_connection_t *connection = &db->connection;
    apr_dbd_results_t *results = NULL;
    apr_dbd_row_t *row = NULL;
    apr_pool_t *pool;
    int code;
    apr_pool_create(&pool, db->pool);
    code = apr_dbd_select(connection->driver, pool, connection->handle, &results, text, 0);
    while (!code && apr_dbd_get_row(connection->driver, pool, results, &row, -1) == 0) {
        const char **values = apr_pcalloc(rows->pool, (apr_size_t)columns * sizeof(*values));
        for (int i = 0; i < columns; i++)
            values[i] = apr_pstrdup(rows->pool, apr_dbd_get_entry(connection->driver, row, i));
        APR_ARRAY_PUSH(rows, const void *) = columns == 1 ? (const void *)*values : values;
    }
    apr_pool_destroy(pool);
    return code;
}

static int attempt_select(msa_db_t *db, const char *text, apr_array_header_t *values)
{
    return select_rows(db, text, 1, values);
}

static int attempt_columns(msa_db_t *db, const char *text, apr_array_header_t *rows)
{
    return select_rows(db, text, SHAPE_COLUMNS, rows);
}

/* A PRAGMA returns rows, which must be read; SET returns none and must not be asked for them. */
static int run_setup(msa_db_t *db, const char *text)
{
    apr_array_header_t *values = apr_array_make(db->pool, 1, sizeof(const char *));
    bool has_rows = strncmp(text, "PRAGMA", 6) == 0;
    return has_rows ? attempt_select(db, text, values) : attempt_query(db, text, NULL);
}

int msa_db_prepare(msa_db_t *db, msa_sql_t statement)
{
    msa_db_state_t *state = db->state;
    return apr_dbd_prepare(db->connection.driver, state->pool, db->connection.handle,
                           msa_sql_text(state->pool, state->dialect, db->settings, statement), NULL,
                           &state->statements[statement]);
}

/* SQLite's driver keeps everything that was prepared until the connection ends. */
int msa_db_prepare_text(msa_db_t *db, const char *text, apr_dbd_prepared_t **prepared)
{
    msa_db_state_t *state = db->state;
    apr_dbd_prepared_t *made = apr_hash_get(state->texts, text, APR_HASH_KEY_STRING);
    int code = 0;
    if (!made) {
        code = apr_dbd_prepare(db->connection.driver, state->pool, db->connection.handle, text,
                               NULL, &made);
        if (!code)
            apr_hash_set(state->texts, apr_pstrdup(state->pool, text), APR_HASH_KEY_STRING, made);
    }
    if (!code)
        *prepared = made;
    return code;
}

static int set_up_session(msa_db_t *db)
{
    apr_pool_t *pool = db->connection.pool;
    void *is_done = NULL;
    int code = 0;
    /* SQLite's PRAGMAs would end the statements that others have prepared on this connection. */
    apr_pool_userdata_get(&is_done, SETUP_KEY, pool);
    if (!is_done || db->state->dialect->can_reconnect) {
        for (const char *const *text = db->state->dialect->setup; *text && !code; text++)
            code = run_setup(db, *text);
        if (!code)
            apr_pool_userdata_setn(SETUP_KEY, SETUP_KEY, NULL, pool);
    }
    return code ? code : msa_db_prepare(db, SQL_GUARD);
}

/* One query for all tables. Changes made to them while we run are noticed within SHAPE_LIFETIME. */
static int look_at_shape(msa_db_t *db)
{
    msa_db_state_t *state = db->state;
    apr_pool_t *pool = state->shape_pool;
    apr_array_header_t *rows, *faults;
    int code;
    if (!state->fault && msa_env_ticks() < state->shape_until)
        return 0;
    apr_pool_clear(pool);
    state->shape = NULL;
    rows = apr_array_make(pool, 64, sizeof(const char **));
    faults = apr_array_make(pool, 4, sizeof(const char *));
    code =
        select_rows(db, msa_shape_query(pool, state->dialect, db->settings), SHAPE_COLUMNS, rows);
    if (code)
        return code;
    state->shape = msa_shape_make(pool, state->dialect, db->settings, rows);
    msa_shape_faults(state->shape, pool, faults);
    state->fault = faults->nelts ? APR_ARRAY_IDX(faults, 0, const char *) : NULL;
    state->shape_until = msa_env_ticks() + SHAPE_LIFETIME;
    return 0;
}

static int try_set_up(msa_db_t *db)
{
    int code = db->state->is_ready ? 0 : set_up_session(db);
    return code || db->takes_any_shape ? code : look_at_shape(db);
}

/* The first to open an SQLite file and the last to close it briefly lock everybody else out; the
 * driver waits when it runs a statement, but not when it prepares one. */
static int set_up(msa_db_t *db)
{
    msa_db_state_t *state = db->state;
    int code;
    if (state->is_stale)
        state_reset(state);
    code = try_set_up(db);
    for (int i = 0; i < LOCK_WAITS_MAX && msa_db_classify(db, code) == DB_BUSY; i++) {
        apr_sleep(LOCK_WAIT);
        code = try_set_up(db);
    }
    state->is_ready = code == 0;
    state->is_stale = code != 0;
    return code;
}

/* The texts contain the names of the tables, so those names identify a connection's statements. */
static const char *make_key(const msa_db_t *db)
{
    const msa_settings_t *settings = db->settings;
    return apr_pstrcat(db->pool, "msa_db ", settings->user_table, " ", settings->role_table, " ",
                       settings->roles_users_table, " ", settings->table_prefix, NULL);
}

static bool is_broken(msa_db_kind_t kind)
{
    return kind == DB_STALE || kind == DB_GONE || kind == DB_LOST;
}

/* Half a store would reveal by its answers what is in the other half, so none of it is used. */
static apr_status_t take_shape(msa_db_t *db)
{
    volatile apr_uint32_t *is_told = db->source->is_unfit_told;
    const char *fault = db->state->fault;
    if (db->takes_any_shape)
        return APR_SUCCESS;
    if (!fault && is_told && apr_atomic_read32(is_told))
        apr_atomic_set32(is_told, 0);
    if (!fault)
        return APR_SUCCESS;
    if (!is_told || apr_atomic_cas32(is_told, 1, 0) == 0)
        msa_env_log(db->env, db->pool, MSA_LOG_ERROR,
                    "database unfit: %s; it is not used until security-auth schema check finds it "
                    "in order",
                    fault);
    msa_db_release(db);
    return APR_EGENERAL;
}

apr_status_t msa_db_acquire(msa_db_t *db)
{
    void *state = NULL;
    msa_db_kind_t kind;
    bool is_last = false;
    int code;
    if (!db->key)
        db->key = make_key(db);
    for (int i = 0; !is_last; i++) {
        apr_status_t status = db->source->open(db->source->baton, db->pool, &db->connection);
        if (status != APR_SUCCESS)
            return status;
        apr_pool_userdata_get(&state, db->key, db->connection.pool);
        db->state = state ? state : state_make(db);
        if (!db->state) {
            db->source->close(db->source->baton, &db->connection);
            return APR_ENOTIMPL;
        }
        code = set_up(db);
        if (code == 0)
            return take_shape(db);
        /* Only a broken connection is worth another one. */
        kind = msa_db_classify(db, code);
        is_last = !is_broken(kind) || i == MSA_DB_TRIES_MAX - 1;
        if (is_last)
            msa_db_log(db, "setup", code);
        msa_db_release(db);
    }
    return APR_EGENERAL;
}

/* Whatever creates, mends or inspects tables takes them as they are. */
static apr_status_t acquire_any(msa_db_t *db)
{
    apr_status_t status;
    db->takes_any_shape = true;
    status = msa_db_acquire(db);
    db->takes_any_shape = false;
    return status;
}

const msa_dialect_t *msa_db_dialect(msa_db_t *db)
{
    const msa_dialect_t *dialect;
    if (db->state)
        return db->state->dialect;
    if (acquire_any(db) != APR_SUCCESS)
        return NULL;
    dialect = db->state->dialect;
    msa_db_release(db);
    return dialect;
}

apr_status_t msa_db_has_column(msa_db_t *db, const char *table, const char *column, bool *has)
{
    bool is_held = db->state != NULL;
    apr_status_t status = is_held ? APR_SUCCESS : msa_db_acquire(db);
    if (status != APR_SUCCESS)
        return status;
    *has = msa_shape_has(db->state->shape, db->pool, table, column);
    if (!is_held)
        msa_db_release(db);
    return APR_SUCCESS;
}

/* Tries again only when nothing was executed. Afterwards the connection has its usual limits again,
 * and the tables, which may have changed, are inspected anew. */
static apr_status_t run_bare(msa_db_t *db, const char *text, attempt_t *attempt,
                             apr_array_header_t *values, const char *name)
{
    msa_db_kind_t kind = DB_OTHER;
    if (db->in_transaction)
        return APR_EGENERAL;
    for (int i = 0; i < MSA_DB_TRIES_MAX; i++) {
        apr_status_t status = acquire_any(db);
        int code = 0;
        if (status != APR_SUCCESS)
            return status;
        if (db->state->dialect->patience)
            code = attempt_query(db, db->state->dialect->patience, NULL);
        if (!code)
            code = attempt(db, msa_sql_expand(db->pool, db->state->dialect, db->settings, text),
                           values);
        kind = msa_db_classify(db, code);
        db->state->is_stale = db->state->dialect->patience || !msa_db_is_well(kind);
        db->state->shape_until = 0;
        if ((kind == DB_STALE || kind == DB_GONE) && i < MSA_DB_TRIES_MAX - 1) {
            msa_db_release(db);
            continue;
        }
        if (kind != DB_OK && name)
            msa_db_log(db, name, code);
        break;
    }
    msa_db_release(db);
    return kind == DB_OK ? APR_SUCCESS : APR_EGENERAL;
}

apr_status_t msa_db_execute(msa_db_t *db, const char *text, bool is_quiet)
{
    return run_bare(db, text, attempt_query, NULL, is_quiet ? NULL : "schema");
}

apr_status_t msa_db_read_text(msa_db_t *db, apr_pool_t *pool, const char *text,
                              apr_array_header_t **values)
{
    apr_array_header_t *read = apr_array_make(pool, 4, sizeof(const char *));
    apr_status_t status = run_bare(db, text, attempt_select, read, "inspect");
    if (status == APR_SUCCESS)
        *values = read;
    return status;
}

apr_status_t msa_db_shape(msa_db_t *db, apr_pool_t *pool, const msa_shape_t **shape)
{
    const msa_dialect_t *dialect = msa_db_dialect(db);
    apr_array_header_t *rows = apr_array_make(pool, 64, sizeof(const char **));
    apr_status_t status;
    if (!dialect)
        return APR_EGENERAL;
    status = run_bare(db, msa_shape_query(pool, dialect, db->settings), attempt_columns, rows,
                      "inspect");
    if (status == APR_SUCCESS)
        *shape = msa_shape_make(pool, dialect, db->settings, rows);
    return status;
}
