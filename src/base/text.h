/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_BASE_TEXT_H
#define MSA_BASE_TEXT_H

#include <stdbool.h>
#include <apr_pools.h>
#include <apr_tables.h>
#include <apr_time.h>

#define MSA_TEXT_NEXT_MAX   2048 /* bytes of a `next` value; longer is refused, never cut */
#define MSA_TEXT_EMAIL_MAX  254  /* bytes of an e-mail address (RFC 5321 section 4.5.3.1) */
#define MSA_TEXT_FIELDS_MAX 64   /* pairs in one form or query */
#define MSA_TEXT_MAPPED_MAX 4096 /* bytes of what is normalised or folded */
#define MSA_TEXT_BASIC_MAX  8192 /* bytes of an Authorization header with a password */

/**
 * Parses application/x-www-form-urlencoded (WHATWG URL section 5) strictly: APR_EINVAL for a broken
 * %-escape, NUL, invalid UTF-8, a name given twice, or more than MSA_TEXT_FIELDS_MAX pairs.
 * `*fields` from `pool`; names are compared case-sensitively by msa_text_field.
 */
apr_status_t msa_text_form_parse(apr_pool_t *pool, const char *body, apr_size_t length,
                                 apr_table_t **fields);

/**
 * The pairs of a query string that can be read, the first of each name: links pick up all kinds of
 * things on their way here.
 */
apr_table_t *msa_text_query_parse(apr_pool_t *pool, const char *query);

/**
 * The query without the pairs named `name`, as it was sent otherwise (but for empty pairs), from
 * `pool`. `*value` is what stands behind the equals sign of the first, not decoded; as it was when
 * there is none.
 */
const char *msa_text_query_without(apr_pool_t *pool, const char *query, const char *name,
                                   const char **value);

/** The value of a field, or NULL. Case-sensitive, unlike apr_table_get. */
const char *msa_text_field(const apr_table_t *fields, const char *name);

/**
 * Finds the next cookie `name` in `*rest` of a Cookie header (RFC 6265 section 5.4), which then
 * stands behind it. No copy: `*value` points into the header and is `*length` bytes long. False
 * when there is none.
 */
bool msa_text_cookie(const char **rest, const char *name, const char **value, apr_size_t *length);

/**
 * What stands encoded in a Basic Authorization header, `name:password` as a rule, from `pool`. NULL
 * when the header is NULL or of another scheme, for what is no base64 or has a NUL in it, and
 * beyond MSA_TEXT_BASIC_MAX bytes.
 */
const char *msa_text_credentials(apr_pool_t *pool, const char *header);

/**
 * Reads the credentials of an Authorization header (RFC 7617): APR_NOTFOUND when it is NULL or of
 * another scheme; APR_EINVAL where msa_text_credentials finds none, or without a colon, with an
 * empty name or password, or no UTF-8. `*name` and `*password` from `pool`.
 */
apr_status_t msa_text_basic(apr_pool_t *pool, const char *header, const char **name,
                            const char **password);

/**
 * True when the answer is to be JSON: the Content-Type is application/json or application/...+json,
 * or the best entry of Accept (named before ranges like `text/<any>`, then highest q, then order)
 * is application/json. NULLs allowed.
 */
bool msa_text_wants_json(const char *content_type, const char *accept);

/** True when the media type (parameters ignored) is application/json or application/...+json. */
bool msa_text_is_json_type(const char *content_type);

/** True when the media type (parameters ignored, case-insensitive) is exactly `type`. */
bool msa_text_is_type(const char *content_type, const char *type);

/**
 * True when Accept lists text/html itself or application/xhtml+xml itself (as browsers navigating
 * to a page do), with a quality above 0; wildcards do not count.
 */
bool msa_text_accepts_html(const char *accept);

/**
 * Normalises an e-mail address: one `@`, local part a dot-atom of RFC 5322 or UTF-8 (RFC 6531) in
 * NFC with its case kept and no character that cannot be seen, domain mapped by IDNA 2008/UTS 46
 * (libidn2) to lower-case U-labels with at least two labels. APR_EINVAL for anything else: spaces,
 * quotes, a leading hyphen, IP literals, over-long parts.
 */
apr_status_t msa_text_email_normalize(apr_pool_t *pool, const char *address, const char **normal);

/**
 * False when a normalised address is in a special-use top-level domain (RFC 6761, 6762, 7686, 3172:
 * local, localhost, test, invalid, onion, arpa), where no mail of the Internet arrives.
 */
bool msa_text_email_is_public(const char *normal);

/**
 * An address so that who has it knows it again and nobody else learns it: `j***@e***.org`. Of the
 * domain the last label stays.
 */
const char *msa_text_email_mask(apr_pool_t *pool, const char *address);

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
 * The safe form of a redirect target (`next`): a path on this site, beginning with exactly one
 * slash, or an absolute URL whose scheme is http(s) and whose authority is `host`, cut down to its
 * path. Bytes outside the URI characters of RFC 3986 are percent-encoded; backslashes, control
 * characters, credentials, other schemes and hosts, and more than MSA_TEXT_NEXT_MAX bytes give
 * NULL. `host` may be NULL: then only paths are accepted.
 */
const char *msa_text_local_path(apr_pool_t *pool, const char *next, const char *host);

/** Percent-encodes all but the unreserved characters of RFC 3986; `keep` lists more to leave. */
const char *msa_text_percent_encode(apr_pool_t *pool, const char *text, const char *keep);

/** `path` with `name=value` (encoded) appended behind `?` or `&`. */
const char *msa_text_add_query(apr_pool_t *pool, const char *path, const char *name,
                               const char *value);

/**
 * Quotes foreign text for a log line: in double quotes, what msa_text_visible would not leave,
 * quote and backslash as \xNN, cut to 128 bytes with "...". NULL gives "-".
 */
const char *msa_text_quote(apr_pool_t *pool, const char *text);

/**
 * Reads `90s` `30m` `12h` `2d` (a bare number means seconds); APR_EINVAL otherwise or beyond 100
 * years.
 */
apr_status_t msa_text_duration_parse(const char *text, apr_interval_time_t *duration);

/** A duration in words for mails: `2 days`, `1 hour`, `90 seconds` (the largest exact unit). */
const char *msa_text_duration_words(apr_pool_t *pool, apr_interval_time_t duration);

/** `YYYY-MM-DD HH:MM:SS` (UTC), the form of DATETIME columns; NULL for 0. */
const char *msa_text_datetime(apr_pool_t *pool, apr_time_t time);

/** Reads `YYYY-MM-DD HH:MM:SS[.ffffff]` or with `T`; 0 for NULL or anything else. */
apr_time_t msa_text_datetime_parse(const char *text);

/** Splits `a,b , c` at any of `separators` into const char *: trimmed, without empty words. */
apr_array_header_t *msa_text_words(apr_pool_t *pool, const char *text, const char *separators);

/** True when both are the same text, or both NULL. */
bool msa_text_same(const char *a, const char *b);

#endif
