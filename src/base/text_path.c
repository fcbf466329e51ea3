/* SPDX-License-Identifier: Apache-2.0 */
/* Decides whether a redirect target is on this site, so that no visitor can make an answer lead
 * elsewhere. */

#include "text_path.h"
#include "text.h"
#include "text_form.h"

#include <string.h>
#include <strings.h>

/* The path after a scheme and authority that are this site's own; NULL when they are not. */
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

/* Browsers drop tabs and newlines and read a backslash as a slash (WHATWG URL section 4.4), and
 * some servers decode once more. What any of them could take for an authority is not a path. */
static bool is_harmless(const char *path)
{
    static const char *const ESCAPES[] = {"%2f", "%5c", "%20", "%0", "%1", "%7f", " "};
    if (path[0] != '/' || path[1] == '/' || strchr(path, '\\'))
        return false;
    for (size_t i = 0; i < sizeof(ESCAPES) / sizeof(ESCAPES[0]); i++) {
        if (strncasecmp(path + 1, ESCAPES[i], strlen(ESCAPES[i])) == 0)
            return false;
    }
    return true;
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
