/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"

#include "../../src/base/text_form.h"

#include <stdbool.h>
#include <string.h>

#include <apr_strings.h>

const char fuzz_name[] = "query";

/* Of all pairs of a query only that one is gone. */
static void check_rest(apr_pool_t *pool, const char *query, const char *rest, const char *value)
{
    char *pair, *last = NULL;
    bool is_first = true;
    for (pair = apr_strtok(apr_pstrdup(pool, query), "&", &last); pair;
         pair = apr_strtok(NULL, "&", &last)) {
        if (strncmp(pair, "token=", 6) == 0) {
            fuzz_require(value && (!is_first || strcmp(value, pair + 6) == 0));
            is_first = false;
            continue;
        }
        fuzz_require(strncmp(rest, pair, strlen(pair)) == 0);
        rest += strlen(pair);
        rest += *rest == '&';
    }
    fuzz_require(!*rest && is_first == !value);
}

void fuzz_text(apr_pool_t *pool, const char *text, size_t length)
{
    const char *value = NULL, *again = NULL;
    const char *rest = msa_text_query_without(pool, text, "token", &value);
    (void)length;
    check_rest(pool, text, rest, value);
    fuzz_require(strcmp(msa_text_query_without(pool, rest, "token", &again), rest) == 0 && !again);
    fuzz_require(!msa_text_field(msa_text_query_parse(pool, rest), "token") || strchr(rest, '%') ||
                 strstr(rest, "token"));
    fuzz_require(apr_table_elts(msa_text_query_parse(pool, text))->nelts <= MSA_TEXT_FIELDS_MAX);
}
