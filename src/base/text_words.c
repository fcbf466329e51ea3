/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of words in one text, and texts that may be missing. */

#include "text.h"

#include <string.h>

#include <apr_strings.h>

apr_array_header_t *msa_text_words(apr_pool_t *pool, const char *text, const char *separators)
{
    static const char SPACE[] = " \t\r\n";
    apr_array_header_t *words = apr_array_make(pool, 4, sizeof(const char *));
    while (*text) {
        apr_size_t length = strcspn(text, separators);
        const char *start = text;
        text += length + (text[length] != '\0');
        while (length && strchr(SPACE, *start)) {
            start++;
            length--;
        }
        while (length && strchr(SPACE, start[length - 1]))
            length--;
        if (length)
            APR_ARRAY_PUSH(words, const char *) = apr_pstrmemdup(pool, start, length);
    }
    return words;
}

bool msa_text_same(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}
