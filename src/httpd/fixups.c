/* SPDX-License-Identifier: Apache-2.0 */
#include "module.h"

#include <apr_strings.h>

/** What scripts, log formats and (with SecurityPassHeaders) backends learn; one text each. */
static const struct {
    const char *variable;
    const char *header;
    size_t text; /* offset of the text's offset */
} FACTS[] = {
    {"SECURITY_USER_ID",     "X-Security-User-Id",     offsetof(msa_known_t, id_text)    },
    {"SECURITY_EMAIL",       "X-Security-Email",       offsetof(msa_known_t, email)      },
    {"SECURITY_USERNAME",    "X-Security-Username",    offsetof(msa_known_t, username)   },
    {"SECURITY_ROLES",       "X-Security-Roles",       offsetof(msa_known_t, roles)      },
    {"SECURITY_PERMISSIONS", "X-Security-Permissions", offsetof(msa_known_t, permissions)},
    {"SECURITY_METHOD",      "X-Security-Method",      offsetof(msa_known_t, method)     },
};

#define FACT_COUNT (sizeof(FACTS) / sizeof(FACTS[0]))

/* It lives as long as what is known, and that as long as the visit. */
static const char *text_of(const msa_known_t *known, size_t fact)
{
    return msa_known_text(known, *(const apr_uint16_t *)((const char *)known + FACTS[fact].text));
}

static void set_environment(request_rec *r, const msa_known_t *known)
{
    bool is_empty = apr_is_empty_table(r->subprocess_env);
    for (size_t i = 0; i < FACT_COUNT; i++) {
        const char *text = text_of(known, i);
        if (is_empty)
            apr_table_addn(r->subprocess_env, FACTS[i].variable, text);
        else
            apr_table_setn(r->subprocess_env, FACTS[i].variable, text);
    }
}

static void clear_environment(request_rec *r)
{
    if (apr_is_empty_table(r->subprocess_env))
        return;
    for (size_t i = 0; i < FACT_COUNT; i++)
        apr_table_unset(r->subprocess_env, FACTS[i].variable);
}

/*
 * What a shared cache keeps, it would give to everybody. These headers stand in err_headers_out,
 * where neither an error page nor a proxied answer replaces them. A list of what its reader may see
 * is marked with what it names.
 */
static void mark_private(request_rec *r, const msa_known_t *known)
{
    const char *method = msa_known_text(known, known->method);
    const char *vary = *method == 's' || *method == 'r' ? "Cookie" : "Authorization";
    for (; r; r = r->main) {
        const char *control;
        if (apr_is_empty_table(r->err_headers_out)) {
            apr_table_addn(r->err_headers_out, "Cache-Control", "private");
            apr_table_addn(r->err_headers_out, "Vary", vary);
            continue;
        }
        control = apr_table_get(r->err_headers_out, "Cache-Control");
        /* mod_dir puts the headers of its index file, marked already, into those of the folder. */
        if (control && ap_find_token(r->pool, control, "private"))
            continue;
        apr_table_mergen(r->err_headers_out, "Cache-Control", "private");
        apr_table_mergen(r->err_headers_out, "Vary", vary);
    }
}

void msa_facts_pass(request_rec *r, const msa_known_t *known)
{
    apr_table_setn(r->headers_in, "X-Remote-User", msa_known_text(known, known->email));
    for (size_t i = 0; i < FACT_COUNT; i++) {
        const char *text = text_of(known, i);
        if (*text)
            apr_table_setn(r->headers_in, FACTS[i].header, text);
    }
}

static int fixups(request_rec *r)
{
    const msa_known_t *known = r->user ? msa_visit_known(r) : NULL;
    msa_handler_claim(r);
    msa_backend_drop_cookies(r);
    if (msa_backend_is_asked(r)) {
        int status = msa_backend_prepare(r, known);
        if (status != OK)
            return status;
    }
    if (!known) {
        clear_environment(r);
        return DECLINED;
    }
    set_environment(r, known);
    if (msa_visit_is_ours(r))
        mark_private(r, known);
    return DECLINED;
}

void msa_fixups_register(void)
{
    /* Once it is known who will answer, and before RequestHeader writes what the site adds. */
    static const char *const predecessors[] = {"mod_dir.c", "mod_env.c", "mod_rewrite.c", NULL};
    static const char *const successors[] = {"mod_headers.c", NULL};
    ap_hook_fixups(fixups, predecessors, successors, APR_HOOK_LAST);
}
