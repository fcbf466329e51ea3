/* SPDX-License-Identifier: Apache-2.0 */
/* What a site's owner may put into SecurityTemplates: a page, a mail, and the partial it
 * includes. */
#include "fuzz.h"

#include "../../src/base/template_list.h"

#include <string.h>

#define MEMORY_MAX (64u << 20) /* bytes that a filled-in template may use */

const char fuzz_name[] = "template";

static const char EVIL[] = "\"><script>alert('&amp;')</script>";

static msa_values_t *make_values(apr_pool_t *pool)
{
    msa_values_t *values = msa_values_make(pool);
    msa_values_set(values, "name", EVIL);
    msa_values_set(values, "url", "javascript:alert(1)");
    msa_values_set(values, "empty", "");
    for (int i = 0; i < 2; i++)
        msa_values_set(msa_values_add_row(values, "rows"), "name", EVIL);
    return values;
}

/* No value breaks out of its place or leads to a script, and the text part is not HTML. */
static void check_filled(apr_pool_t *pool, const msa_template_t *made, const char *source)
{
    const msa_values_t *values = make_values(pool);
    const msa_steps_t *parts[] = {&made->html, &made->subject, &made->text};
    for (size_t i = 0; i < 3; i++) {
        const char *text = parts[i]->steps ? msa_template_fill(pool, parts[i], values) : "";
        fuzz_require(text && strlen(text) < MEMORY_MAX);
        if (i == 0 && !strcasestr(source, "script") && !strstr(source, "&"))
            fuzz_require(!strstr(text, "<script>") && !strstr(text, "\"javascript:"));
    }
}

void fuzz_text(apr_pool_t *pool, const char *text, size_t length)
{
    msa_template_places_t places = {NULL, fuzz_write(pool, "page/x.html", text, length)};
    fuzz_write(pool, "page/_x.html", text, length);
    for (int is_mail = 0; is_mail < 2; is_mail++) {
        msa_template_t made = {0};
        const char *error = NULL;
        apr_status_t status =
            msa_template_compile(pool, &places, "page/x.html", is_mail, &made, &error);
        if (status == APR_SUCCESS)
            check_filled(pool, &made, text);
        else
            fuzz_require(error && strncmp(error, places.shipped, strlen(places.shipped)) == 0 &&
                         strchr(error, ' ') && !strchr(error, '\n'));
    }
}
