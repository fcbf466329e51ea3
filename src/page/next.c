/* SPDX-License-Identifier: Apache-2.0 */
/* Where a visitor goes afterwards: `next`, else the configured view; and the URL of the sign-in
 * page with the way back in it. */

#include "next.h"

#include "../base/text_form.h"
#include "../base/text_path.h"

#include <apr_strings.h>

#include "fault.h"
#include "request.h"

const char *msa_page_next(msa_page_t *page)
{
    const char *host = apr_table_get(page->request->headers, "Host");
    const char *next = msa_page_field(page, "next");
    const char *safe;
    if (!next || !*next)
        next = msa_page_query(page, "next");
    if (!next || !*next)
        return NULL;
    safe = msa_text_local_path(page->ctx->pool, next, host);
    if (!safe)
        msa_page_fault(page, "next", MSA_INVALID_REDIRECT);
    return safe;
}

const char *msa_page_target(const char *next, const char *view, const char *fallback)
{
    if (next)
        return next;
    if (view)
        return view;
    return fallback ? fallback : "/";
}

const char *msa_page_home(const msa_page_t *page)
{
    return msa_page_target(NULL, page->ctx->directory->post_login_view, NULL);
}

const char *msa_page_path(const msa_page_t *page, const char *url)
{
    return apr_pstrcat(page->ctx->pool, page->ctx->settings->url_prefix, url, NULL);
}

const char *msa_page_link_target(const msa_page_t *page, const char *view, const char *fallback,
                                 const char *name, msa_outcome_t outcome, const msa_user_t *user)
{
    const msa_context_t *ctx = page->ctx;
    const char *target = view ? view : fallback;
    if (!ctx->settings->is_spa || !view)
        return target;
    if (*ctx->settings->redirect_host && view[0] == '/')
        target = apr_pstrcat(ctx->pool, "//", ctx->settings->redirect_host, view, NULL);
    target = msa_text_add_query(ctx->pool, target, name,
                                msa_messages_text(ctx->messages, msa_outcome_row(outcome)->key));
    if (!user)
        return target;
    target = msa_text_add_query(ctx->pool, target, "email", user->email);
    return msa_text_add_query(ctx->pool, target, "identity", user->email);
}

const char *msa_page_signin_url(apr_pool_t *pool, const msa_settings_t *settings, bool verify,
                                const char *target)
{
    const char *url = verify ? settings->verify_url : settings->login_url;
    const char *path = apr_pstrcat(pool, settings->url_prefix, url, NULL);
    const char *safe = target ? msa_text_local_path(pool, target, NULL) : NULL;
    if (!safe)
        return path;
    return apr_pstrcat(pool, path, "?next=", msa_text_percent_encode(pool, safe, "/"), NULL);
}
