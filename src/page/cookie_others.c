/* SPDX-License-Identifier: Apache-2.0 */
/* Tells our cookies from those of others in a Cookie header, and leaves a backend only the
 * others. */

#include "page.h"

#include "../base/digest.h"

#include <string.h>

#include <apr_strings.h>

/*
 * Where the value of a cookie of ours begins; NULL for others. Reads a pair as a browser does:
 * white space around the name does not count, and a cookie without a name is sent back as its value
 * alone (RFC 6265bis section 5.7).
 */
static const char *own_value(const msa_cookie_names_t names, const char *pair, const char *end,
                             msa_cookie_t *cookie)
{
    while (pair < end && strchr(" \t=", *pair))
        pair++;
    for (int i = 0; i < MSA_COOKIE_COUNT * 2; i++) {
        const char *name = names[i / 2][i % 2];
        apr_size_t length = strlen(name);
        const char *value = pair + length;
        if ((apr_size_t)(end - pair) <= length || strncmp(pair, name, length) != 0)
            continue;
        value += strspn(value, " \t");
        if (value >= end || *value != '=')
            continue;
        *cookie = (msa_cookie_t)(i / 2);
        return value + 1 + strspn(value + 1, " \t\"");
    }
    return NULL;
}

static bool is_secret_value(const char *value, apr_size_t *length)
{
    *length = strcspn(value, ",; \t\"");
    return msa_digest_is_secret(value, *length);
}

bool msa_cookie_is_own(const msa_cookie_names_t names, bool is_shared, const char *pair,
                       apr_size_t length)
{
    msa_cookie_t cookie = MSA_COOKIE_COUNT;
    const char *value = own_value(names, pair, pair + length, &cookie);
    if (!value)
        return false;
    return !is_shared || (cookie != MSA_COOKIE_SESSION && cookie != MSA_COOKIE_REMEMBER) ||
           is_secret_value(value, &length);
}

/* httpd joins Cookie headers with commas, and some backends end a pair at a blank or a quote. */
static const char *without_inner(const msa_cookie_names_t names, char *pair)
{
    char *at = pair;
    while ((at = strpbrk(at, ", \t\""))) {
        msa_cookie_t cookie;
        apr_size_t length;
        const char *value = own_value(names, at + 1, at + strlen(at), &cookie);
        if (value && is_secret_value(value, &length))
            memmove(at, value + length, strlen(value + length) + 1);
        else
            at++;
    }
    return pair;
}

const char *msa_cookie_others(apr_pool_t *pool, const msa_cookie_names_t names, bool is_shared,
                              const char *cookies)
{
    apr_array_header_t *kept = apr_array_make(pool, 8, sizeof(const char *));
    while (*(cookies += strspn(cookies, " \t,;"))) {
        apr_size_t length = strcspn(cookies, ";");
        const char *rest = "";
        if (msa_cookie_is_own(names, is_shared, cookies, length))
            length = strcspn(cookies, ",;");
        else
            rest = without_inner(names, apr_pstrmemdup(pool, cookies, length));
        if (*rest)
            APR_ARRAY_PUSH(kept, const char *) =
                apr_pstrcat(pool, kept->nelts ? " " : "", rest, NULL);
        cookies += length;
    }
    return apr_array_pstrcat(pool, kept, ';');
}
