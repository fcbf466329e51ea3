/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"

#include "../../src/base/text.h"
#include "../../src/base/text_http.h"

#include <string.h>

#include <apr_base64.h>
#include <apr_strings.h>

const char fuzz_name[] = "basic";

static apr_status_t check(apr_pool_t *pool, const char *header)
{
    const char *name = NULL, *password = NULL;
    apr_status_t status = msa_text_basic(pool, header, &name, &password);
    if (status != APR_SUCCESS) {
        fuzz_require(!name && !password);
        return status;
    }
    fuzz_require(*name && *password && !strchr(name, ':'));
    fuzz_require(strlen(name) + strlen(password) < strlen(header));
    fuzz_require(msa_text_is_utf8(name, strlen(name)));
    fuzz_require(msa_text_is_utf8(password, strlen(password)));
    return status;
}

/* The input as a header, and as the credentials that a client encodes. */
void fuzz_text(apr_pool_t *pool, const char *text, size_t length)
{
    char *encoded = apr_palloc(pool, (apr_size_t)apr_base64_encode_len((int)length));
    const char *colon = strchr(text, ':');
    apr_status_t status;
    check(pool, text);
    apr_base64_encode_binary(encoded, (const unsigned char *)text, (int)length);
    status = check(pool, apr_pstrcat(pool, "Basic ", encoded, NULL));
    if (strlen(text) == length && length < 4096 && msa_text_is_utf8(text, length))
        fuzz_require((status == APR_SUCCESS) == (colon && colon > text && colon[1]));
    else
        fuzz_require(status != APR_SUCCESS || length >= 4096);
}
