/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"

#include "../../src/base/text.h"
#include "../../src/base/text_form.h"

#include <string.h>

#include <apr_strings.h>

const char fuzz_name[] = "form";

/* What was parsed is the same after writing and parsing it again. */
static void require_round_trip(apr_pool_t *pool, const apr_table_t *fields)
{
    const apr_array_header_t *pairs = apr_table_elts(fields);
    const apr_table_entry_t *pair = (const apr_table_entry_t *)pairs->elts;
    apr_table_t *again;
    const char *body = "";
    for (int i = 0; i < pairs->nelts; i++) {
        fuzz_require(msa_text_is_utf8(pair[i].key, strlen(pair[i].key)));
        fuzz_require(msa_text_is_utf8(pair[i].val, strlen(pair[i].val)));
        body = apr_pstrcat(pool, body, msa_text_percent_encode(pool, pair[i].key, NULL), "=",
                           msa_text_percent_encode(pool, pair[i].val, NULL), "&", NULL);
    }
    fuzz_require(msa_text_form_parse(pool, body, strlen(body), &again) == APR_SUCCESS);
    fuzz_require(apr_table_elts(again)->nelts == pairs->nelts);
    for (int i = 0; i < pairs->nelts; i++) {
        const char *value = msa_text_field(again, pair[i].key);
        fuzz_require(value && strcmp(value, pair[i].val) == 0);
    }
}

void fuzz_text(apr_pool_t *pool, const char *text, size_t length)
{
    apr_table_t *fields = NULL;
    if (msa_text_form_parse(pool, text, length, &fields) != APR_SUCCESS) {
        fuzz_require(!fields);
        return;
    }
    fuzz_require(apr_table_elts(fields)->nelts <= MSA_TEXT_FIELDS_MAX);
    require_round_trip(pool, fields);
}
