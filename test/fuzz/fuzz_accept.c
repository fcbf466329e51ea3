/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"

#include "../../src/base/text_http.h"

#include <string.h>

const char fuzz_name[] = "accept";

void fuzz_text(apr_pool_t *pool, const char *text, size_t length)
{
    bool is_json = msa_text_is_json_type(text);
    (void)pool;
    (void)length;
    fuzz_require(msa_text_wants_json(text, NULL) == is_json);
    fuzz_require(!is_json || msa_text_wants_json(text, "text/html"));
    fuzz_require(!msa_text_is_type(text, "application/json") || is_json);
    /* Neither form is chosen for a client that did not name it. */
    fuzz_require(!msa_text_wants_json(NULL, text) || strcasestr(text, "application/json"));
    fuzz_require(!msa_text_accepts_html(text) || strcasestr(text, "html"));
}
