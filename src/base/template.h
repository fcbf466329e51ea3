/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_BASE_TEMPLATE_H
#define MSA_BASE_TEMPLATE_H

/* Templates of pages and mails: read once, filled in for each answer. A value can only ever become
 * text, never markup. */

#include <stdbool.h>
#include <apr_hash.h>
#include <apr_pools.h>
#include <apr_tables.h>

/**
 * Templates are well-formed XHTML with attributes of the namespace `urn:mod_security_auth:template`
 * (prefix s). libxml2 compiles them at start into an immutable list of steps, which any number of
 * threads can run at once, without libxml2:
 *
 *   s:text="name"          the value, escaped, replaces the element's sample content
 *   s:if="name" s:unless="name"   keeps the element only when the value is (not) set and not empty;
 *                          a list counts as set when it has rows
 *   s:each="list"          repeats the element for each row of the list; names inside are looked up
 *                          in the row first, then outside. Wraps s:if, which wraps s:unless
 *   s:attr="href=name; value=other"   sets attributes from values, none when not set or empty; a
 *                          URL attribute (href, src, action, formaction, ...) accepts only http,
 *                          https, mailto and relative URLs without white space, else it is "#"
 *   s:flag="checked=name"  a boolean attribute, present when the value is set and not empty
 *   s:include="page/_x.html"   replaces the content by that of another template's body
 *   <s:value of="name"/>   a value between other text
 *   <s:block s:if="name">  does what its attributes say, without an element around
 *   <s:text>...</s:text>   in mails: the plain text part, its white space kept except at its ends
 *                          and but one of several empty lines; each value stays on one line
 *
 * A page is `page/NAME.html`, a mail `mail/NAME.html`: <title> is the subject, the body without
 * <s:text> the HTML part. Files whose names begin with `_` are for s:include. Errors are: values in
 * script, style, on*, srcdoc, srcset and http-equiv, or in the content of an http-equiv; elements
 * and `</` in script and style; declarations; unknown s: names and namespaces; content in void
 * elements; s:each more than four deep; includes more than 8 deep or 64 in all; files over 256 KiB.
 */
typedef struct msa_templates_t msa_templates_t;

/** The values of one page or mail: name -> const char *, or name -> list of rows. */
typedef struct msa_values_t {
    apr_pool_t *pool;
    apr_hash_t *texts; /* const char * -> const char * */
    apr_hash_t *lists; /* const char * -> apr_array_header_t of msa_values_t * */
} msa_values_t;

/** An empty set of values, from `pool`. */
msa_values_t *msa_values_make(apr_pool_t *pool);
/** Sets a text; NULL removes it. Copies neither the name nor the text. */
void msa_values_set(msa_values_t *values, const char *name, const char *text);
/** The text of that name; NULL when it is not set. */
const char *msa_values_get(const msa_values_t *values, const char *name);
/** Appends an empty row to a list, which it creates if need be, and returns the row. */
msa_values_t *msa_values_add_row(msa_values_t *values, const char *list);

/** Removes all rows of a list. */
void msa_values_drop_rows(msa_values_t *values, const char *list);

/** A finished mail: three parts in UTF-8, the subject without line breaks. */
typedef struct msa_mail_parts_t {
    const char *subject;
    const char *text;
    const char *html;
} msa_mail_parts_t;

/**
 * Compiles every page and mail that `shipped_directory` has, and reads the style sheet; a file of
 * the same name in `site_directory` (may be NULL) replaces the shipped one, but adds none. Not
 * thread-safe; called at start. On failure `*error` names the file, the cause and, if there is one,
 * the line, from `pool`.
 */
apr_status_t msa_templates_load(apr_pool_t *pool, const char *site_directory,
                                const char *shipped_directory, const msa_templates_t **templates,
                                const char **error);

/** Fills in `page/NAME.html` as an HTML5 document from `pool`; NULL when there is no such page. */
const char *msa_templates_page(const msa_templates_t *templates, apr_pool_t *pool, const char *name,
                               const msa_values_t *values);

/** Fills in `mail/NAME.html`, the parts from `pool`; APR_NOTFOUND when there is no such mail. */
apr_status_t msa_templates_mail(const msa_templates_t *templates, apr_pool_t *pool,
                                const char *name, const msa_values_t *values,
                                msa_mail_parts_t *parts);

/**
 * The style sheet (`security.css`), and in `*etag` the strong ETag of its content: 16 hexadecimal
 * digits without quotes.
 */
const char *msa_templates_style(const msa_templates_t *templates, const char **etag);

#endif
