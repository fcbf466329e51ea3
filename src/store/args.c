/* SPDX-License-Identifier: Apache-2.0 */
/* The arguments of a statement: numbers, times and digests in the form that the drivers take, and
 * whole numbers read back. */

#include "statement.h"

#include "../base/digest.h"
#include "../base/text_time.h"

#include <apr_strings.h>

bool msa_sql_number(const char *text, apr_int64_t *number)
{
    apr_int64_t sum = 0;
    if (!text || !*text)
        return false;
    for (; *text; text++) {
        int digit = *text - '0';
        if (digit < 0 || digit > 9 || sum > (APR_INT64_MAX - digit) / 10)
            return false;
        sum = sum * 10 + digit;
    }
    *number = sum;
    return true;
}

msa_arg_t msa_arg_text(const char *text)
{
    return (msa_arg_t){.text = text};
}

msa_arg_t msa_arg_number(apr_int64_t number)
{
    return (msa_arg_t){.number = number, .is_number = true};
}

msa_arg_t msa_arg_time(apr_time_t time)
{
    return msa_arg_number(apr_time_sec(time));
}

/* With the fraction that SQLAlchemy writes to SQLite; MySQL's DATETIME drops it. */
msa_arg_t msa_arg_datetime(apr_pool_t *pool, apr_time_t time)
{
    const char *text = msa_text_datetime(pool, time);
    return msa_arg_text(text ? apr_pstrcat(pool, text, ".000000", NULL) : NULL);
}

msa_arg_t msa_arg_digest(apr_pool_t *pool, const unsigned char *digest)
{
    return msa_arg_text(digest ? msa_digest_hex(pool, digest, MSA_DIGEST_SIZE) : NULL);
}
