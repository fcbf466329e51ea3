/* SPDX-License-Identifier: Apache-2.0 */
#include "sql.h"

#include "../base/digest.h"
#include "../base/text.h"

#include <apr_strings.h>

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
