/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_STORE_CONNECTION_H
#define MSA_STORE_CONNECTION_H

/* Between those who know that there are connections: connection.c, statement.c, db.c and the parts
 * of transactions. */

#include "shape.h"
#include "statement.h"

#define MSA_DB_TRIES_MAX 4 /* of one unit on connections that turn out dead */

/** What hangs on a connection as long as it lives. */
typedef struct msa_db_state_t {
    const msa_dialect_t *dialect;
    apr_pool_t *pool;  /* of the statements */
    bool is_ready;     /* set up, with a guard */
    bool is_stale;     /* to be set up anew before its next use */
    apr_hash_t *texts; /* statements that were not named ahead: text -> prepared */
    apr_pool_t *shape_pool;
    const msa_shape_t *shape;
    apr_time_t shape_until; /* of msa_env_ticks(): then the shape is looked at again */
    const char *fault;      /* the first thing that makes the tables unfit; NULL = none */
    apr_dbd_prepared_t *statements[SQL_COUNT];
} msa_db_state_t;

struct msa_db_t {
    apr_pool_t *pool;
    const msa_env_t *env;
    const msa_settings_t *settings;
    const msa_db_source_t *source;
    const char *key; /* of a connection's state; NULL until one is taken */
    msa_db_connection_t connection;
    msa_db_state_t *state; /* NULL = no connection held */
    apr_dbd_transaction_t *transaction;
    apr_pool_t *transaction_pool;
    bool in_transaction;
    apr_array_header_t *notes; /* of msa_change_t: whom it concerns; NULL = nobody yet */
    apr_int64_t new_user;      /* whom it created last; 0 = nobody */
    bool takes_any_shape;      /* for what makes, mends and looks at the tables */
    bool has_failed;           /* the transaction can only be rolled back */
    const char *conflict;      /* what of it met another one, for the log; NULL = nothing */
};

/** Takes a connection that is set up; APR_SUCCESS or an error that is logged. */
apr_status_t msa_db_acquire(msa_db_t *db);
/** Gives it back; nothing when none is held. */
void msa_db_release(msa_db_t *db);
/** Prepares a statement on the connection held; the driver's error, 0 = none. */
int msa_db_prepare(msa_db_t *db, msa_sql_t statement);
/** The same for a text with its holes filled, once for all its uses. */
int msa_db_prepare_text(msa_db_t *db, const char *text, apr_dbd_prepared_t **prepared);
/** What the driver's answer means; 0 = DB_OK. */
msa_db_kind_t msa_db_classify(msa_db_t *db, int code);
/** True when a statement failed and nothing else did: the connection is what it was. */
bool msa_db_is_well(msa_db_kind_t kind);
/** A statement that failed, and why, for the log. */
const char *msa_db_describe(msa_db_t *db, const char *what, int code);
/** One line about a statement that failed. */
void msa_db_log(msa_db_t *db, const char *what, int code);

/* ---- statement.c, for those who begin and end transactions ---- */

/** Runs a statement that tells of nobody; `*changed` (may be NULL) as msa_db_run. */
apr_status_t msa_statement_write(msa_db_t *db, msa_sql_t statement, const msa_arg_t *args,
                                 int count, int *changed);
/** Runs the guard of the connection held; the driver's error, 0 = the connection is ours still. */
int msa_statement_guard(msa_db_t *db);
/** Logs what failed, or keeps it as the conflict of the open transaction. */
void msa_statement_fail(msa_db_t *db, msa_db_kind_t kind, const char *what, int code);
/** What the store returns for an error of this kind. */
apr_status_t msa_statement_status(msa_db_kind_t kind);

#endif
