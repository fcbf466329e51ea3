/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"

#include "../../src/base/text.h"
#include "../../src/base/text_email.h"

#include <string.h>

const char fuzz_name[] = "email";

void fuzz_text(apr_pool_t *pool, const char *text, size_t length)
{
    const char *normal = NULL, *again = NULL;
    (void)length;
    if (msa_text_email_normalize(pool, text, &normal) != APR_SUCCESS) {
        fuzz_require(!normal);
        return;
    }
    fuzz_require(strlen(normal) <= MSA_TEXT_EMAIL_MAX);
    fuzz_require(msa_text_is_clean(normal) && !strpbrk(normal, " ,;:<>()[]\"\\"));
    fuzz_require(normal[0] != '-' && strchr(normal, '@') == strrchr(normal, '@'));
    fuzz_require(msa_text_identity_key(pool, normal));
    fuzz_require(msa_text_email_normalize(pool, normal, &again) == APR_SUCCESS);
    fuzz_require(strcmp(normal, again) == 0);
}
