/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_BASE_TEMPLATE_H
#define MSA_BASE_TEMPLATE_H

/* Templates of pages and mails: read once, filled for each answer. A value can only ever become
 * text, never markup. */

#include <stdbool.h>
#include <apr_hash.h>
#include <apr_pools.h>
#include <apr_tables.h>

/**
 * Templates are well-formed XHTML with attributes of the namespace `urn:mod_security_auth:template`
 * (prefix s), compiled at start by libxml2 into an immutable list of operations and filled per
 * request, by any number of threads, without libxml2:
 *
 *   s:text="name"          the element's content is the value (escaped); the sample content goes
 *   s:if="name" s:unless="name"   the element only when the value is (not) set and not empty; a
 *                          list counts as set when it has rows
 *   s:each="list"          the element once per row of the list; names inside are looked up in the
 *                          row first, then outside. Around s:if, which is around s:unless
 *   s:attr="href=name; value=other"   attributes from values, left out when not set or empty; a URL
 *                          attribute (href, src, action, formaction, ...) accepts only http, https,
 *                          mailto and relative URLs, else "#"
 *   s:flag="checked=name"  a boolean attribute, present when the value is set and not empty
 *   s:include="page/_x.html"   the children of the body of another template stand here
 *   <s:value of="name"/>   a value between other text
 *   <s:block s:if="name">  what its attributes say, without an element around
 *   <s:text>...</s:text>   in mails: the plain text part, white space kept but for empty lines at
 *                          its ends and the second of two; values there are one line
 *
 * A page is `page/NAME.html`, a mail `mail/NAME.html`: <title> is the subject, the body without
 * <s:text> the HTML part. Files that begin with `_` are for s:include. Errors are: bindings in
 * script, style, on*, style, srcdoc and srcset; declared entities; unknown s: names and namespaces;
 * content in void elements; includes without end. A broken template is told with file and line.
 */
typedef struct msa_templates_t msa_templates_t;

/** The values of one page: name -> const char *, or name -> list of rows. */
typedef struct msa_values_t {
    apr_pool_t *pool;
    apr_hash_t *texts; /* const char * -> const char * */
    apr_hash_t *lists; /* const char * -> apr_array_header_t of msa_values_t * */
} msa_values_t;

/** An empty set of values. */
msa_values_t *msa_values_make(apr_pool_t *pool);
/** Sets a text; NULL removes it. Neither name nor text is copied. */
void msa_values_set(msa_values_t *values, const char *name, const char *text);
/** A text, or NULL. */
const char *msa_values_get(const msa_values_t *values, const char *name);
/** Appends a row to a list and returns it for filling. */
msa_values_t *msa_values_add_row(msa_values_t *values, const char *list);

/** Takes all rows of a list away. */
void msa_values_drop_rows(msa_values_t *values, const char *list);

/** A finished mail: three parts in UTF-8. */
typedef struct msa_mail_parts_t {
    const char *subject;
    const char *text;
    const char *html;
} msa_mail_parts_t;

/**
 * Compiles every template found in `site_directory` (may be NULL) or else `shipped_directory`.
 * Not thread-safe; called at start. On failure `*error` says file, line and cause, from `pool`.
 */
apr_status_t msa_templates_load(apr_pool_t *pool, const char *site_directory,
                                const char *shipped_directory, const msa_templates_t **templates,
                                const char **error);

/** Fills `page/NAME.html` as an HTML5 document from `pool`; NULL when there is no such page. */
const char *msa_templates_page(const msa_templates_t *templates, apr_pool_t *pool, const char *name,
                               const msa_values_t *values);

/** Fills `mail/NAME.html`; APR_NOTFOUND when there is no such mail. */
apr_status_t msa_templates_mail(const msa_templates_t *templates, apr_pool_t *pool,
                                const char *name, const msa_values_t *values,
                                msa_mail_parts_t *parts);

/** The style sheet (`security.css`) and the strong ETag of its content. */
const char *msa_templates_style(const msa_templates_t *templates, const char **etag);

#endif
