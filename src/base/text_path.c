/* SPDX-License-Identifier: Apache-2.0 */
#include "text.h"

#include <string.h>
#include <strings.h>

/* Behind the scheme and authority that are this site's own: its path, or NULL. */
static const char *strip_authority(const char *next, const char *host)
{
    static const char *const SCHEMES[] = {"https://", "http://"};
    for (size_t i = 0; host && *host && i < sizeof(SCHEMES) / sizeof(SCHEMES[0]); i++) {
        apr_size_t scheme = strlen(SCHEMES[i]);
        apr_size_t length = strlen(host);
        const char *rest = next + scheme + length;
        if (strncasecmp(next, SCHEMES[i], scheme) != 0 ||
            strncasecmp(next + scheme, host, length) != 0)
            continue;
        if (*rest == '\0')
            return "/";
        return *rest == '/' ? rest : NULL;
    }
    return NULL;
}

/*
 * Browsers drop tabs and newlines, read a backslash as a slash (WHATWG URL section 4.4), and some
 * servers decode once more. What any of them could take for an authority is no path.
 */
static bool is_harmless(const char *path)
{
    for (const char *c = path; *c; c++) {
        if ((unsigned char)*c < 0x20 || *c == 0x7f || *c == '\\')
            return false;
    }
    if (path[0] != '/' || path[1] == '/')
        return false;
    if (path[1] != '%')
        return true;
    return strncasecmp(path + 1, "%2f", 3) != 0 && strncasecmp(path + 1, "%5c", 3) != 0 &&
           strncmp(path + 1, "%0", 2) != 0 && strncmp(path + 1, "%1", 2) != 0 &&
           strncmp(path + 1, "%20", 3) != 0;
}

const char *msa_text_local_path(apr_pool_t *pool, const char *next, const char *host)
{
    if (strlen(next) > MSA_TEXT_NEXT_MAX || !msa_text_is_clean(next))
        return NULL;
    if (next[0] != '/')
        next = strip_authority(next, host);
    if (!next || !is_harmless(next))
        return NULL;
    return msa_text_percent_encode(pool, next, "/?#[]@!$&'()*+,;=:%");
}
