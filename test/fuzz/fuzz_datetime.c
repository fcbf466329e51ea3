/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"

#include "../../src/base/text_time.h"

#include <string.h>

const char fuzz_name[] = "datetime";

void fuzz_text(apr_pool_t *pool, const char *text, size_t length)
{
    apr_time_t time = msa_text_datetime_parse(text);
    const char *written;
    (void)length;
    if (time == 0)
        return;
    fuzz_require(time > 0);
    written = msa_text_datetime(pool, time);
    fuzz_require(strncmp(written, text, 10) == 0 && strncmp(written + 11, text + 11, 8) == 0);
    fuzz_require(msa_text_datetime_parse(written) == time - time % APR_USEC_PER_SEC);
}
