/* SPDX-License-Identifier: Apache-2.0 */
/* A site's own file of texts, on top of the shipped ones. */
#include "fuzz.h"

#include "../../src/base/messages.h"
#include "../../src/base/text.h"

#include <string.h>

#include <apr_strings.h>

const char fuzz_name[] = "texts";

void fuzz_text(apr_pool_t *pool, const char *text, size_t length)
{
    const msa_messages_t *messages = NULL;
    const char *folder = fuzz_write(pool, "messages/en.txt", text, length);
    const char *path = apr_pstrcat(pool, folder, "/messages/en.txt", NULL), *error = NULL;
    if (msa_messages_load(pool, folder, NULL, "en", &messages, &error) != APR_SUCCESS) {
        fuzz_require(!messages && strncmp(error, path, strlen(path)) == 0);
        return;
    }
    /* A good file loses nothing, and nothing is kept that a page could not show. */
    fuzz_require(!memchr(text, '\0', length));
    fuzz_require(msa_text_is_clean(msa_messages_text(messages, "LOGIN")));
    if (strncmp(text, "LOGIN = Enter\n", 14) == 0 && !strstr(text + 1, "LOGIN"))
        fuzz_require(strcmp(msa_messages_text(messages, "LOGIN"), "Enter") == 0);
}
