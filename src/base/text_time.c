/* SPDX-License-Identifier: Apache-2.0 */
/* Durations as directives write them, and dates and times as the tables store them. */

#include "text_time.h"

#include <string.h>

#include <apr_strings.h>

#define YEARS_MAX 100

/** The units of a duration, largest first. */
static const struct {
    char letter;
    apr_int64_t seconds;
    const char *word;
} UNITS[] = {
    {'d', 86400, "day"   },
    {'h', 3600,  "hour"  },
    {'m', 60,    "minute"},
    {'s', 1,     "second"},
};

#define UNIT_COUNT (sizeof(UNITS) / sizeof(UNITS[0]))

apr_status_t msa_text_duration_parse(const char *text, apr_interval_time_t *duration)
{
    static const apr_int64_t SECONDS_MAX = (apr_int64_t)YEARS_MAX * 365 * 86400;
    apr_int64_t number = 0, unit = 1;
    apr_size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 10 || (text[digits] && text[digits + 1]))
        return APR_EINVAL;
    for (apr_size_t i = 0; i < digits; i++)
        number = number * 10 + (text[i] - '0');
    if (text[digits]) {
        size_t i = 0;
        while (i < UNIT_COUNT && UNITS[i].letter != text[digits])
            i++;
        if (i == UNIT_COUNT)
            return APR_EINVAL;
        unit = UNITS[i].seconds;
    }
    if (number > SECONDS_MAX / unit)
        return APR_EINVAL;
    *duration = apr_time_from_sec(number * unit);
    return APR_SUCCESS;
}

const char *msa_text_duration_words(apr_pool_t *pool, apr_interval_time_t duration)
{
    apr_int64_t seconds = apr_time_sec(duration), count;
    size_t i = 0;
    while (i < UNIT_COUNT - 1 && (seconds < UNITS[i].seconds || seconds % UNITS[i].seconds != 0))
        i++;
    count = seconds / UNITS[i].seconds;
    return apr_psprintf(pool, "%" APR_INT64_T_FMT " %s%s", count, UNITS[i].word,
                        count == 1 ? "" : "s");
}

const char *msa_text_datetime(apr_pool_t *pool, apr_time_t time)
{
    apr_time_exp_t parts;
    if (!time || apr_time_exp_gmt(&parts, time) != APR_SUCCESS)
        return NULL;
    return apr_psprintf(pool, "%04d-%02d-%02d %02d:%02d:%02d", parts.tm_year + 1900,
                        parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

/* The number that `digits` decimal digits spell, or -1. */
static int number(const char *text, int digits)
{
    int value = 0;
    for (int i = 0; i < digits; i++) {
        if (text[i] < '0' || text[i] > '9')
            return -1;
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

/* Microseconds of ".ffffff" with one to six digits, 0 of "", or -1. */
static int fraction(const char *text)
{
    int value, digits;
    if (*text == '\0')
        return 0;
    digits = (int)strspn(text + 1, "0123456789");
    if (*text != '.' || digits < 1 || digits > 6 || text[1 + digits])
        return -1;
    value = number(text + 1, digits);
    for (; digits < 6; digits++)
        value *= 10;
    return value;
}

apr_time_t msa_text_datetime_parse(const char *text)
{
    apr_time_exp_t parts = {0}, exact;
    apr_time_t time = 0;
    if (!text || strlen(text) < sizeof("YYYY-MM-DD HH:MM:SS") - 1 || text[4] != '-' ||
        text[7] != '-' || (text[10] != ' ' && text[10] != 'T') || text[13] != ':' ||
        text[16] != ':')
        return 0;
    parts.tm_year = number(text, 4) - 1900;
    parts.tm_mon = number(text + 5, 2) - 1;
    parts.tm_mday = number(text + 8, 2);
    parts.tm_hour = number(text + 11, 2);
    parts.tm_min = number(text + 14, 2);
    parts.tm_sec = number(text + 17, 2);
    parts.tm_usec = fraction(text + 19);
    if (parts.tm_year < 70 || parts.tm_mon < 0 || parts.tm_mon > 11 || parts.tm_usec < 0 ||
        apr_time_exp_gmt_get(&time, &parts) != APR_SUCCESS ||
        apr_time_exp_gmt(&exact, time) != APR_SUCCESS)
        return 0;
    /* A day or an hour that does not exist comes back as another one. */
    return exact.tm_mon == parts.tm_mon && exact.tm_mday == parts.tm_mday &&
                   exact.tm_hour == parts.tm_hour && exact.tm_min == parts.tm_min &&
                   exact.tm_sec == parts.tm_sec
               ? time
               : 0;
}
