/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_BASE_TEXT_H
#define MSA_BASE_TEXT_H

#include <stdbool.h>
#include <apr_pools.h>
#include <apr_tables.h>

/* What texts may contain, and how they are compared and shown (text_unicode.c, text_words.c). */

#define MSA_TEXT_MAPPED_MAX 4096 /* bytes of a text that is normalised or folded */

/**
 * The key, from `pool`, that two spellings of one identity share: NFC and full Unicode case folding
 * (libutf8proc). NULL for invalid UTF-8 and beyond MSA_TEXT_MAPPED_MAX bytes.
 */
const char *msa_text_identity_key(apr_pool_t *pool, const char *identity);

/** True for well-formed UTF-8 (RFC 3629) without C0 and C1 control characters and DEL. */
bool msa_text_is_clean(const char *text);

/**
 * True for a text that shows nothing: NULL, empty, or nothing but spaces of any script, tabs and
 * line ends.
 */
bool msa_text_is_blank(const char *text);

/**
 * True when it passes msa_text_is_clean and each of its characters msa_text_is_seen: it is fit to
 * be shown as a name, with nothing invisible and nothing that turns the direction of writing.
 */
bool msa_text_is_name(const char *text);

/**
 * `text`, from `pool`, with backslashes and all bytes of what is invisible or not UTF-8 as \xNN.
 */
const char *msa_text_visible(apr_pool_t *pool, const char *text);

/**
 * True for an assigned character that shows, spaces included: not for control, format and private
 * characters, line separators, and what a renderer may ignore.
 */
bool msa_text_is_seen(apr_int32_t code_point);

/** True for well-formed UTF-8. */
bool msa_text_is_utf8(const char *text, apr_size_t length);

/**
 * NFKD of UTF-8 text (what Flask-Security hashes), from `pool`; NULL for invalid UTF-8 and beyond
 * MSA_TEXT_MAPPED_MAX bytes. `code_points`, if not NULL, receives the number of code points of the
 * result.
 */
const char *msa_text_nfkd(apr_pool_t *pool, const char *text, apr_size_t *code_points);

/**
 * Quotes untrusted text for a log line, from `pool`: its first 128 bytes in double quotes, with
 * quotes and all that msa_text_visible replaces as \xNN; `...` follows when there was more. NULL
 * gives "-".
 */
const char *msa_text_quote(apr_pool_t *pool, const char *text);

/**
 * Splits `a,b , c` at any of `separators` into const char *, from `pool`: trimmed, without empty
 * words.
 */
apr_array_header_t *msa_text_words(apr_pool_t *pool, const char *text, const char *separators);

/** True when both texts are the same, or both are NULL. */
bool msa_text_same(const char *a, const char *b);

#endif
