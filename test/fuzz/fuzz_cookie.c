/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"

#include "../../src/base/text_http.h"

#include <string.h>

const char fuzz_name[] = "cookie";

void fuzz_text(apr_pool_t *pool, const char *text, size_t length)
{
    const char *value = NULL, *rest = text;
    apr_size_t size = 0;
    (void)pool;
    if (!msa_text_cookie(&rest, "session", &value, &size)) {
        fuzz_require(!value && size == 0);
        return;
    }
    fuzz_require(value >= text + strlen("session=") && value + size <= text + length);
    fuzz_require(!memchr(value, ';', size) && !memchr(value, '\0', size));
    fuzz_require(strstr(text, "session="));
    fuzz_require(rest >= value + size && rest <= text + length);
}
