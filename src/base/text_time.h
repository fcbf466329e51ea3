/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_BASE_TEXT_TIME_H
#define MSA_BASE_TEXT_TIME_H

#include <apr_pools.h>
#include <apr_time.h>

/* Times and durations as texts (text_time.c). */

/**
 * Reads `90s` `30m` `12h` `2d` (a bare number means seconds); APR_EINVAL for anything else and
 * beyond 100 years of 365 days.
 */
apr_status_t msa_text_duration_parse(const char *text, apr_interval_time_t *duration);

/**
 * A duration in English words, from `pool`: `2 days`, `1 hour`, `90 seconds` (the largest exact
 * unit).
 */
const char *msa_text_duration_words(apr_pool_t *pool, apr_interval_time_t duration);

/** `YYYY-MM-DD HH:MM:SS` (UTC), the form of DATETIME columns, from `pool`; NULL for 0. */
const char *msa_text_datetime(apr_pool_t *pool, apr_time_t time);

/**
 * Reads `YYYY-MM-DD HH:MM:SS[.ffffff]`, UTC, or with `T` for the space; 0 for NULL, a time before
 * 1970 or anything else.
 */
apr_time_t msa_text_datetime_parse(const char *text);

#endif
