/* SPDX-License-Identifier: Apache-2.0 */
/* A statement outside of any transaction becomes one by itself, with its notes, and is run again
 * when another was in its way. */

#include "whole.h"
#include "connection.h"
#include "notes.h"

msa_whole_t msa_whole_make(msa_db_t *db)
{
    return (msa_whole_t){.db = db, .is_part = db->in_transaction};
}

bool msa_whole_begin(msa_whole_t *whole)
{
    if (whole->is_done)
        return false;
    whole->runs++;
    whole->status = whole->is_part ? APR_SUCCESS : msa_db_begin(whole->db);
    return whole->status == APR_SUCCESS;
}

/* A conflict is worth a log line only when it was one too many. */
static bool is_run_again(const msa_whole_t *whole)
{
    msa_db_t *db = whole->db;
    if (whole->is_part || !db->conflict)
        return false;
    if (whole->runs < MSA_DB_RUNS_MAX)
        return true;
    msa_env_log(db->env, db->pool, MSA_LOG_ERROR, "database failed: %s", db->conflict);
    return false;
}

void msa_whole_end(msa_whole_t *whole, apr_status_t status)
{
    apr_status_t ended =
        whole->is_part ? APR_SUCCESS : msa_db_end(whole->db, status == APR_SUCCESS);
    whole->status = status == APR_SUCCESS ? ended : status;
    whole->is_done = !is_run_again(whole);
}

static apr_status_t run_noted(msa_db_t *db, msa_sql_t statement, const msa_arg_t *args, int count,
                              const msa_concern_t *concern, int *changed)
{
    apr_status_t status = msa_statement_write(db, statement, args, count, changed);
    if (status == APR_SUCCESS && *changed > 0)
        msa_notes_add(db, concern);
    return status;
}

apr_status_t msa_db_run(msa_db_t *db, msa_sql_t statement, const msa_arg_t *args, int count,
                        const msa_concern_t *concern, int *changed)
{
    int counted = 0;
    msa_whole_t whole = msa_whole_make(db);
    if (!changed)
        changed = &counted;
    if (!concern)
        return msa_statement_write(db, statement, args, count, changed);
    while (msa_whole_begin(&whole))
        msa_whole_end(&whole, run_noted(db, statement, args, count, concern, changed));
    return whole.status;
}
