/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"

#include "../../src/base/text.h"

#include <string.h>

const char fuzz_name[] = "quote";

void fuzz_text(apr_pool_t *pool, const char *text, size_t length)
{
    const char *quoted = msa_text_quote(pool, text);
    const char *end = strrchr(quoted, '"');
    (void)length;
    fuzz_require(strlen(quoted) <= 4 * 128 + strlen("\"\"..."));
    fuzz_require(msa_text_is_clean(quoted));
    fuzz_require(quoted[0] == '"' && end > quoted);
    fuzz_require(strcmp(end, "\"") == 0 || strcmp(end, "\"...") == 0);
    /* Nothing inside ends the quotation or begins an escape that is not ours. */
    for (const char *c = quoted + 1; c < end; c++)
        fuzz_require(*c != '"' && (*c != '\\' || c[1] == 'x'));
}
