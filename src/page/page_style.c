/* SPDX-License-Identifier: Apache-2.0 */
/* The style sheet, the one answer that is the same for everyone. */

#include "serve.h"

#include <string.h>

#include <apr_strings.h>

/* Its URL carries the ETag, so it may be cached for long. */
void serve_style(msa_page_t *page)
{
    const char *etag = NULL;
    const char *style = msa_templates_style(page->ctx->templates, &etag);
    const char *quoted = apr_pstrcat(page->ctx->pool, "\"", etag, "\"", NULL);
    const char *record = apr_table_get(page->request->headers, "If-None-Match");
    apr_table_unset(page->reply->headers, "Vary");
    apr_table_setn(page->reply->headers, "Cache-Control", "public, max-age=86400");
    apr_table_setn(page->reply->headers, "ETag", quoted);
    if (record && strcmp(record, quoted) == 0) {
        page->reply->status = 304;
        return;
    }
    page->reply->content_type = "text/css; charset=utf-8";
    page->reply->body = style;
    page->reply->body_length = strlen(style);
}
