/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"

#include "../../src/base/text_path.h"

#include <string.h>

const char fuzz_name[] = "local_path";

static const char HOST[] = "www.example.org";

void fuzz_text(apr_pool_t *pool, const char *text, size_t length)
{
    const char *path = msa_text_local_path(pool, text, HOST);
    const char *again;
    fuzz_require(length <= MSA_TEXT_NEXT_MAX || strlen(text) < length || !path);
    if (!path)
        return;
    fuzz_require(path[0] == '/' && path[1] != '/' && path[1] != '\\');
    for (const char *c = path; *c; c++)
        fuzz_require(*c > 0x20 && *c < 0x7f && *c != '\\' && *c != '"' && *c != '<');
    if (strlen(path) > MSA_TEXT_NEXT_MAX)
        return;
    again = msa_text_local_path(pool, path, NULL);
    fuzz_require(again && strcmp(again, path) == 0);
}
