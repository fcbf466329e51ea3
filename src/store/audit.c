/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of the audit table. */

#include "audit.h"
#include "row.h"

#include <apr_strings.h>

#define WORD_BYTES     64
#define IDENTITY_BYTES 255
#define ADDRESS_BYTES  64

apr_status_t msa_audit_insert(msa_db_t *db, apr_pool_t *pool, const char *event,
                              const char *outcome, apr_int64_t user_id, const char *identity,
                              const char *address, apr_time_t now)
{
    const char *name = identity ? apr_pstrndup(pool, identity, IDENTITY_BYTES) : NULL;
    msa_arg_t args[] = {
        msa_arg_text(event),
        msa_arg_text(outcome),
        msa_arg_number(user_id),
        msa_arg_text(msa_row_check(name, IDENTITY_BYTES) == APR_SUCCESS ? name : NULL),
        msa_arg_text(apr_pstrndup(pool, address, ADDRESS_BYTES)),
        msa_arg_time(now)};
    if (msa_row_check(event, WORD_BYTES) != APR_SUCCESS ||
        msa_row_check(outcome, WORD_BYTES) != APR_SUCCESS)
        return APR_EINVAL;
    return msa_db_run(db, SQL_AUDIT_INSERT, args, 6, MSA_NOBODY, NULL);
}
