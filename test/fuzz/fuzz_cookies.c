/* SPDX-License-Identifier: Apache-2.0 */
/* A Cookie header on its way to a backend, which may parse it differently. */
#include "fuzz.h"

#include "../../src/base/digest.h"
#include "../../src/base/text_http.h"
#include "../../src/page/page.h"

#include <string.h>

#include <apr_strings.h>

const char fuzz_name[] = "cookies";

static const msa_cookie_names_t NAMES = {
    {"session",        "__Host-session"       },
    {"remember_token", "__Host-remember_token"},
    {"session_device", "__Host-session_device"},
    {"session_csrf",   "__Host-session_csrf"  },
    {"session_flash",  "__Host-session_flash" },
};

static bool is_secret(const char *value, apr_size_t length)
{
    return msa_digest_is_secret(value, length);
}

/* No cookie of ours is left, neither as we parse it nor as a parser with other separators does. */
static void check_hidden(apr_pool_t *pool, const char *cookies)
{
    static const char *const ENDS[] = {";", ";,", "; \t", ";, \t\""};
    for (size_t i = 0; i < sizeof(ENDS) / sizeof(ENDS[0]); i++) {
        char *last = NULL;
        for (char *pair = apr_strtok(apr_pstrdup(pool, cookies), ENDS[i], &last); pair;
             pair = apr_strtok(NULL, ENDS[i], &last)) {
            for (int name = 0; name < MSA_COOKIE_COUNT * 2; name++) {
                const char *value = NULL, *rest = pair;
                apr_size_t length = 0;
                if (msa_text_cookie(&rest, NAMES[name / 2][name % 2], &value, &length))
                    fuzz_require(!is_secret(value, length));
            }
        }
    }
}

static void check(apr_pool_t *pool, const char *text, bool is_shared)
{
    const char *others = msa_cookie_others(pool, NAMES, is_shared, text);
    fuzz_require(strlen(others) <= strlen(text) * 2);
    check_hidden(pool, others);
    fuzz_require(strcmp(msa_cookie_others(pool, NAMES, is_shared, others), others) == 0);
    /* When no name is ours, nothing is removed. */
    if (!strstr(text, "session") && !strstr(text, "remember_token")) {
        const char *kept = others;
        for (const char *c = text; *c; c++) {
            if (!strchr(" \t,;", *c)) {
                kept += strspn(kept, " \t,;");
                fuzz_require(*kept++ == *c);
            }
        }
    }
    fuzz_require(!msa_cookie_is_own(NAMES, is_shared, text, 0));
}

void fuzz_text(apr_pool_t *pool, const char *text, size_t length)
{
    (void)length;
    check(pool, text, false);
    check(pool, text, true);
    msa_cookie_is_own(NAMES, false, text, strlen(text));
}
