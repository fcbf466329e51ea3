/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_STORE_CONNECTION_H
#define MSA_STORE_CONNECTION_H

/* Shared by the files that know about connections: connection.c, statement.c, db.c and the parts of
 * a transaction. */

#include "shape.h"
#include "statement.h"

#define MSA_DB_TRIES_MAX 4 /* for one unit of work, when connections turn out to be dead */

/** What belongs to a connection for as long as it lives. */
typedef struct msa_db_state_t {
    const msa_dialect_t *dialect;
    apr_pool_t *pool;  /* of the prepared statements */
    bool is_ready;     /* set up, its guard prepared */
    bool is_stale;     /* to be set up again before its next use */
    apr_hash_t *texts; /* statements outside msa_sql_t: text -> prepared */
    apr_pool_t *shape_pool;
    const msa_shape_t *shape;
    apr_time_t shape_until; /* by msa_env_ticks(): when the shape is looked at again */
    const char *fault;      /* the first reason why the tables are unfit; NULL = none */
    apr_dbd_prepared_t *statements[SQL_COUNT];
} msa_db_state_t;

struct msa_db_t {
    apr_pool_t *pool;
    const msa_env_t *env;
    const msa_settings_t *settings;
    const msa_db_source_t *source;
    const char *key; /* of the state of a connection; NULL until the first one is taken */
    msa_db_connection_t connection;
    msa_db_state_t *state; /* NULL = no connection is taken */
    apr_dbd_transaction_t *transaction;
    apr_pool_t *transaction_pool;
    bool in_transaction;
    apr_array_header_t *notes; /* of msa_change_t: whom it concerns; NULL = nobody yet */
    apr_int64_t new_user;      /* the user it created last; 0 = none */
    bool takes_any_shape;      /* for what creates, mends and inspects the tables */
    bool has_failed;           /* the transaction can only be rolled back */
    const char *conflict;      /* what met another transaction, for the log; NULL = nothing */
};

/**
 * Takes a connection and sets it up; APR_SUCCESS, or an error, which is logged. APR_EGENERAL as
 * long as the tables are unfit, unless takes_any_shape.
 */
apr_status_t msa_db_acquire(msa_db_t *db);
/** Gives the connection back; does nothing when none is taken. */
void msa_db_release(msa_db_t *db);
/** Prepares a statement on the connection taken; returns the driver's error, 0 = none. */
int msa_db_prepare(msa_db_t *db, msa_sql_t statement);
/** The same for a text with its holes filled; the same text is prepared only once. */
int msa_db_prepare_text(msa_db_t *db, const char *text, apr_dbd_prepared_t **prepared);
/** What an error of the driver means; 0 = DB_OK. */
msa_db_kind_t msa_db_classify(msa_db_t *db, int code);
/** True when at most the statement failed: the connection is as good as before. */
bool msa_db_is_well(msa_db_kind_t kind);
/** Describes a failed statement and the driver's reason, for the log; from db->pool. */
const char *msa_db_describe(msa_db_t *db, const char *what, int code);
/** Logs one line about a failed statement. */
void msa_db_log(msa_db_t *db, const char *what, int code);

/* ---- statement.c, for the files that begin and end transactions ---- */

/** Runs a statement that concerns nobody; results and `*changed` as in msa_db_run. */
apr_status_t msa_statement_write(msa_db_t *db, msa_sql_t statement, const msa_arg_t *args,
                                 int count, int *changed);
/**
 * Runs the guard of the connection taken; returns the driver's error, 0 = it is still the same
 * connection.
 */
int msa_statement_guard(msa_db_t *db);
/**
 * Logs what failed, except a taken unique key; keeps a DB_BUSY as the conflict of the transaction
 * instead.
 */
void msa_statement_fail(msa_db_t *db, msa_db_kind_t kind, const char *what, int code);
/** What the store returns for an error of this kind. */
apr_status_t msa_statement_status(msa_db_kind_t kind);

#endif
