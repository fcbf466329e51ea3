/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_BASE_TEMPLATE_LIST_H
#define MSA_BASE_TEMPLATE_LIST_H

/* Shared only by the files that implement templates: the steps that one compiles and
 * another runs. */

#include "template.h"

#include <libxml/tree.h>

/** How deeply `s:each` may be nested. */
#define MSA_TEMPLATE_ROWS_DEPTH 4

/** One step of filling in a template. */
typedef struct msa_step_t {
    enum {
        MSA_STEP_LITERAL,   /* text as it is */
        MSA_STEP_TEXT,      /* a value as element content */
        MSA_STEP_ATTRIBUTE, /* a value inside quotes */
        MSA_STEP_URL,       /* a value inside quotes where a browser expects a URL */
        MSA_STEP_PLAIN,     /* a value in plain text */
        MSA_STEP_IF,        /* go on when the value is set, else jump to `end` */
        MSA_STEP_UNLESS,
        MSA_STEP_EACH, /* run the steps up to `end` once per row */
    } kind;
    const char *text; /* the literal, or the name of the value */
    apr_size_t length;
    int end;
} msa_step_t;

/** A part of a template: an immutable list of steps. */
typedef struct msa_steps_t {
    const msa_step_t *steps;
    int count;
} msa_steps_t;

/** A compiled file; a page has `html` only. */
typedef struct msa_template_t {
    msa_steps_t html, subject, text;
} msa_template_t;

/**
 * Where templates are looked for: in the site's own directory (may be NULL), then in the shipped
 * one.
 */
typedef struct msa_template_places_t {
    const char *site, *shipped;
} msa_template_places_t;

/**
 * The path, from `pool`, of `name` (`page/login.html`) in the first place that has it; NULL when
 * none has, or when the name contains `..`.
 */
const char *msa_template_find(apr_pool_t *pool, const msa_template_places_t *places,
                              const char *name);

/**
 * Reads a whole file into `pool` and appends a NUL, which `*length` does not count. On failure
 * `*error` names the file and the cause; APR_ENOSPC when it is over 256 KiB.
 */
apr_status_t msa_template_slurp(apr_pool_t *pool, const char *path, char **text, apr_size_t *length,
                                const char **error);

/**
 * Reads a file and parses it; the caller frees the document with xmlFreeDoc. NULL when it is
 * missing, too large, not well-formed, or has declarations of its own: then `*error` names the file
 * and the cause, with the line if there is one.
 */
xmlDoc *msa_template_read(apr_pool_t *pool, const char *path, const char **error);

/**
 * Compiles one file into `made`, all from `pool`. `is_mail` splits it into subject, text and HTML.
 * On failure `*error` names the file, the cause and, if there is one, the line; APR_ENOENT when
 * there is no such file.
 */
apr_status_t msa_template_compile(apr_pool_t *pool, const msa_template_places_t *places,
                                  const char *name, bool is_mail, msa_template_t *made,
                                  const char **error);

/** Fills in a part; the text is from `pool`. */
const char *msa_template_fill(apr_pool_t *pool, const msa_steps_t *steps,
                              const msa_values_t *values);

#endif
