/* SPDX-License-Identifier: Apache-2.0 */
/* The last hook before a request is answered: tells scripts and backends who the visitor is, and
 * marks the answer as private. */

#include "hooks.h"

#include <apr_strings.h>

#include "backend.h"
#include "facts.h"
#include "handler.h"
#include "state.h"

/*
 * A shared cache would give to everybody what it stores. These headers are in err_headers_out,
 * where neither an error page nor a proxied answer replaces them. A page that includes answers to
 * subrequests (a list of what its reader may see) is marked along with them.
 */
static void mark_private(request_rec *r, const msa_record_t *record)
{
    const char *method = msa_record_text(record, record->method);
    const char *vary = *method == 's' || *method == 'r' ? "Cookie" : "Authorization";
    for (; r; r = r->main) {
        const char *control;
        if (apr_is_empty_table(r->err_headers_out)) {
            apr_table_addn(r->err_headers_out, "Cache-Control", "private");
            apr_table_addn(r->err_headers_out, "Vary", vary);
            continue;
        }
        control = apr_table_get(r->err_headers_out, "Cache-Control");
        /* mod_dir copies the headers of its index file, marked already, to those of the
         * directory. */
        if (control && ap_find_token(r->pool, control, "private"))
            continue;
        apr_table_mergen(r->err_headers_out, "Cache-Control", "private");
        apr_table_mergen(r->err_headers_out, "Vary", vary);
    }
}

static int fix_facts(request_rec *r)
{
    const msa_record_t *record = r->user ? msa_state_known(r) : NULL;
    msa_handler_claim(r);
    msa_backend_drop_cookies(r);
    if (msa_backend_is_asked(r)) {
        int status = msa_backend_prepare(r, record);
        if (status != OK)
            return status;
    }
    if (!record) {
        msa_facts_clear_environment(r);
        return DECLINED;
    }
    msa_facts_set_environment(r, record);
    if (msa_state_is_ours(r))
        mark_private(r, record);
    return DECLINED;
}

void msa_fixups_register(void)
{
    /* Once it is known who will answer, but before RequestHeader adds what the site wants. */
    static const char *const predecessors[] = {"mod_dir.c", "mod_env.c", "mod_rewrite.c", NULL};
    static const char *const successors[] = {"mod_headers.c", NULL};
    ap_hook_fixups(fix_facts, predecessors, successors, APR_HOOK_LAST);
}
