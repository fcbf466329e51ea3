/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_BASE_TEXT_FORM_H
#define MSA_BASE_TEXT_FORM_H

#include <apr_pools.h>
#include <apr_tables.h>

/* Forms and query strings (text_form.c). */

#define MSA_TEXT_FIELDS_MAX 64 /* pairs in one form or query */

/** The value of a hexadecimal digit of either case; -1 for any other character. */
int msa_text_hex_value(char digit);

/**
 * Parses application/x-www-form-urlencoded (WHATWG URL section 5) strictly: APR_EINVAL for a broken
 * %-escape, a NUL, invalid UTF-8, a repeated name, or more than MSA_TEXT_FIELDS_MAX pairs.
 * `*fields` from `pool`; names are case-sensitive, so read them with msa_text_field.
 */
apr_status_t msa_text_form_parse(apr_pool_t *pool, const char *body, apr_size_t length,
                                 apr_table_t **fields);

/**
 * The pairs of a query string that can be read, the first of each name and at most
 * MSA_TEXT_FIELDS_MAX, from `pool`: links pick up all kinds of things on their way here.
 */
apr_table_t *msa_text_query_parse(apr_pool_t *pool, const char *query);

/**
 * The query without the pairs that begin with `name=` and without empty ones, otherwise as it was
 * sent, from `pool`. `*value` is what follows the equals sign of the first, not decoded; it is left
 * alone when there is none.
 */
const char *msa_text_query_without(apr_pool_t *pool, const char *query, const char *name,
                                   const char **value);

/** The value of a field, or NULL. Case-sensitive, unlike apr_table_get. */
const char *msa_text_field(const apr_table_t *fields, const char *name);

/**
 * Percent-encodes all but the unreserved characters of RFC 3986, into `pool`; `keep` (may be NULL)
 * lists further ones to leave alone.
 */
const char *msa_text_percent_encode(apr_pool_t *pool, const char *text, const char *keep);

/** `path` with `name=value`, both encoded, appended after `?` or `&`; from `pool`. */
const char *msa_text_add_query(apr_pool_t *pool, const char *path, const char *name,
                               const char *value);

#endif
