/* SPDX-License-Identifier: Apache-2.0 */
#include "text.h"

#include <stdio.h>
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

apr_time_t msa_text_datetime_parse(const char *text)
{
    apr_time_exp_t parts = {0};
    apr_time_t time = 0;
    char separator = 0;
    if (!text ||
        sscanf(text, "%4d-%2d-%2d%c%2d:%2d:%2d", &parts.tm_year, &parts.tm_mon, &parts.tm_mday,
               &separator, &parts.tm_hour, &parts.tm_min, &parts.tm_sec) != 7)
        return 0;
    if ((separator != ' ' && separator != 'T') || parts.tm_year < 1970 || parts.tm_mon < 1 ||
        parts.tm_mon > 12 || parts.tm_mday < 1 || parts.tm_mday > 31 || parts.tm_hour > 23 ||
        parts.tm_min > 59 || parts.tm_sec > 60)
        return 0;
    parts.tm_year -= 1900;
    parts.tm_mon -= 1;
    return apr_time_exp_gmt_get(&time, &parts) == APR_SUCCESS ? time : 0;
}
