/* SPDX-License-Identifier: Apache-2.0 */
#include "pool.h"

#include "../../src/base/text_time.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <apr_strings.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static void durations_are_read_with_their_unit(void **state)
{
    static const struct {
        const char *text;
        int seconds;
    } DURATIONS[] = {
        {"90s",  90    },
        {"30m",  1800  },
        {"12h",  43200 },
        {"2d",   172800},
        {"300",  300   },
        {"0",    0     },
        {"007s", 7     },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(DURATIONS); i++) {
        apr_interval_time_t duration = -1;
        assert_int_equal(msa_text_duration_parse(DURATIONS[i].text, &duration), APR_SUCCESS);
        assert_int_equal(duration, apr_time_from_sec(DURATIONS[i].seconds));
    }
}

static void what_is_not_a_duration_is_refused(void **state)
{
    static const char *const OTHERS[] = {
        "",       "d",          "300x", "-1",          "+1",
        " 1",     "1 ",         "1 d",  "1.5h",        "1dd",
        "2d12h",  "0x10",       "1D",   "99999999999", "99999999999999999999",
        "36501d", "3153600001",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(OTHERS); i++) {
        apr_interval_time_t duration = -1;
        if (msa_text_duration_parse(OTHERS[i], &duration) != APR_EINVAL || duration != -1)
            fail_msg("\"%s\" was read", OTHERS[i]);
    }
}

static void a_century_is_the_longest_duration(void **state)
{
    apr_interval_time_t duration = 0;
    (void)state;
    assert_int_equal(msa_text_duration_parse("36500d", &duration), APR_SUCCESS);
    assert_true(duration == apr_time_from_sec(APR_INT64_C(36500) * 86400));
}

static void durations_are_written_in_the_largest_exact_unit(void **state)
{
    static const struct {
        int seconds;
        const char *words;
    } DURATIONS[] = {
        {172800, "2 days"    },
        {86400,  "1 day"     },
        {3600,   "1 hour"    },
        {129600, "36 hours"  },
        {5400,   "90 minutes"},
        {90,     "90 seconds"},
        {60,     "1 minute"  },
        {1,      "1 second"  },
        {0,      "0 seconds" },
    };
    for (size_t i = 0; i < COUNT(DURATIONS); i++)
        assert_string_equal(
            msa_text_duration_words(*state, apr_time_from_sec(DURATIONS[i].seconds)),
            DURATIONS[i].words);
}

static void dates_are_written_in_utc(void **state)
{
    assert_string_equal(msa_text_datetime(*state, apr_time_from_sec(1)), "1970-01-01 00:00:01");
    assert_string_equal(msa_text_datetime(*state, APR_TIME_C(4294967296000000)),
                        "2106-02-07 06:28:16");
    assert_string_equal(msa_text_datetime(*state, APR_TIME_C(1709251199999999)),
                        "2024-02-29 23:59:59");
    assert_null(msa_text_datetime(*state, 0));
}

static void dates_are_read_as_they_are_stored(void **state)
{
    static const struct {
        const char *text;
        apr_time_t time;
    } DATES[] = {
        {"1970-01-01 00:00:01",        APR_TIME_C(1000000)         },
        {"2024-02-29 23:59:59",        APR_TIME_C(1709251199000000)},
        {"2024-02-29T23:59:59",        APR_TIME_C(1709251199000000)},
        {"2024-02-29 23:59:59.123456", APR_TIME_C(1709251199123456)},
        {"2024-02-29 23:59:59.5",      APR_TIME_C(1709251199500000)},
        {"2106-02-07 06:28:16",        APR_TIME_C(4294967296000000)},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(DATES); i++)
        assert_true(msa_text_datetime_parse(DATES[i].text) == DATES[i].time);
}

static void what_is_not_a_date_is_not_a_time(void **state)
{
    static const char *const OTHERS[] = {
        "",
        "now",
        "2024-02-29",
        "2024-02-29 23:59",
        "0000-00-00 00:00:00",
        "2023-02-29 00:00:00",
        "2024-02-30 00:00:00",
        "2024-04-31 00:00:00",
        "2024-13-01 00:00:00",
        "2024-00-01 00:00:00",
        "2024-01-00 00:00:00",
        "2024-01-32 00:00:00",
        "2024-01-01 24:00:00",
        "2024-01-01 00:60:00",
        "2024-01-01 00:00:60",
        "1969-12-31 23:59:59",
        "2024-01-01 00:00:00Z",
        "2024-01-01 00:00:00.",
        "2024-01-01 00:00:00.1234567",
        "2024-01-01 00:00:00.1x",
        "2024-01-01x00:00:00",
        "2024- 1- 1  0: 0: 0",
        "+024-01-01 00:00:00",
        "2024-01-01 00:00:00 ",
        " 2024-01-01 00:00:00",
        "1709251199",
        "20240101000000000000",
    };
    (void)state;
    assert_true(msa_text_datetime_parse(NULL) == 0);
    for (size_t i = 0; i < COUNT(OTHERS); i++) {
        if (msa_text_datetime_parse(OTHERS[i]) != 0)
            fail_msg("\"%s\" was read", OTHERS[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(durations_are_read_with_their_unit, pool_setup,
                                        pool_teardown),
        cmocka_unit_test_setup_teardown(what_is_not_a_duration_is_refused, pool_setup,
                                        pool_teardown),
        cmocka_unit_test_setup_teardown(a_century_is_the_longest_duration, pool_setup,
                                        pool_teardown),
        cmocka_unit_test_setup_teardown(durations_are_written_in_the_largest_exact_unit, pool_setup,
                                        pool_teardown),
        cmocka_unit_test_setup_teardown(dates_are_written_in_utc, pool_setup, pool_teardown),
        cmocka_unit_test_setup_teardown(dates_are_read_as_they_are_stored, pool_setup,
                                        pool_teardown),
        cmocka_unit_test_setup_teardown(what_is_not_a_date_is_not_a_time, pool_setup,
                                        pool_teardown),
    };
    return cmocka_run_group_tests_name("time", tests, pool_group_setup, pool_group_teardown);
}
