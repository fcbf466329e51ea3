/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_BASE_TEXT_H
#define MSA_BASE_TEXT_H

#include <stdbool.h>
#include <apr_pools.h>
#include <apr_tables.h>

/* What texts may be made of, and how they are compared and shown (text_unicode.c, text_words.c). */

#define MSA_TEXT_MAPPED_MAX 4096 /* bytes of what is normalised or folded */

/**
 * The key under which two spellings of an identity are the same one: NFC and full Unicode case
 * folding (libutf8proc). NULL for invalid UTF-8 and beyond MSA_TEXT_MAPPED_MAX bytes.
 */
const char *msa_text_identity_key(apr_pool_t *pool, const char *identity);

/** True for well-formed UTF-8 (RFC 3629) without NUL and other C0/C1 control characters. */
bool msa_text_is_clean(const char *text);

/** True for a text that shows nothing: NULL, empty, or white space of any script alone. */
bool msa_text_is_blank(const char *text);

/**
 * True when msa_text_is_clean, and nothing in it is invisible or turns the direction of writing:
 * what a name is shown by.
 */
bool msa_text_is_name(const char *text);

/** `text` with what is not seen, is no UTF-8, or a backslash, as \xNN; from `pool`. */
const char *msa_text_visible(apr_pool_t *pool, const char *text);

/** True for a character that is seen, or is the space. */
bool msa_text_is_seen(apr_int32_t code_point);

/** True for well-formed UTF-8. */
bool msa_text_is_utf8(const char *text, apr_size_t length);

/**
 * NFKD of UTF-8 text (what Flask-Security hashes); NULL for invalid UTF-8 and beyond
 * MSA_TEXT_MAPPED_MAX bytes. `*code_points` may be NULL.
 */
const char *msa_text_nfkd(apr_pool_t *pool, const char *text, apr_size_t *code_points);

/**
 * Quotes untrusted text for a log line: in double quotes, what msa_text_visible would not leave,
 * quote and backslash as \xNN, cut to 128 bytes with "...". NULL gives "-".
 */
const char *msa_text_quote(apr_pool_t *pool, const char *text);

/** Splits `a,b , c` at any of `separators` into const char *: trimmed, without empty words. */
apr_array_header_t *msa_text_words(apr_pool_t *pool, const char *text, const char *separators);

/** True when both are the same text, or both NULL. */
bool msa_text_same(const char *a, const char *b);

#endif
