/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"

#include "../../src/base/text_time.h"

#include <string.h>

const char fuzz_name[] = "duration";

static const apr_interval_time_t YEAR = APR_TIME_C(365) * 86400 * APR_USEC_PER_SEC;

void fuzz_text(apr_pool_t *pool, const char *text, size_t length)
{
    apr_interval_time_t duration = -1;
    (void)length;
    if (msa_text_duration_parse(text, &duration) != APR_SUCCESS) {
        fuzz_require(duration == -1);
        return;
    }
    fuzz_require(duration >= 0 && duration <= 100 * YEAR);
    fuzz_require(duration % APR_USEC_PER_SEC == 0);
    fuzz_require(strchr(msa_text_duration_words(pool, duration), ' '));
}
