/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "base/units.h"

/* Texts and what they are; INT64_MIN: refused. */
struct reading {
	const char *text;
	int64_t value;
};

static const int64_t REFUSED = INT64_MIN;

typedef bool reader(struct str text, int64_t *ret_value);

static void check(reader *read, const struct reading *readings, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int64_t value = REFUSED;
		bool ok = read(str_from(readings[i].text), &value);

		if (ok != (readings[i].value != REFUSED) || value != readings[i].value)
			fail_msg("\"%s\": %d, %lld", readings[i].text, ok, (long long)value);
	}
}

#define CHECK(read, readings) check(read, readings, sizeof(readings) / sizeof(*(readings)))

static void test_int(void **state)
{
	static const struct reading readings[] = {{"0", 0}, {"-0", 0}, {"+7", 7}, {"007", 7},
	    {"9223372036854775807", INT64_MAX}, {"-9223372036854775807", -INT64_MAX},
	    {"9223372036854775808", REFUSED}, {"-9223372036854775809", REFUSED}, {"", REFUSED},
	    {"-", REFUSED}, {"1 ", REFUSED}, {"1.0", REFUSED}, {"0x1", REFUSED},
	    {"99999999999999999999999", REFUSED}, {"--1", REFUSED}};
	int64_t value = 0;

	(void)state;
	CHECK(units_int, readings);
	assert_true(units_int(STR("-9223372036854775808"), &value) && value == INT64_MIN);
	assert_false(units_int(STR("1\0"), &value));
}

static void test_double(void **state)
{
	static const char *const good[] = {"1", "1.5", ".5", "5.", "-1e3", "1E-3", "+0.1", "1e400"};
	static const char *const bad[] = {
	    "", ".", "e3", "1e", "1e+", "0x1p3", "nan", "inf", " 1", "1_0", "1.2.3"};
	double value;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		assert_true(units_double(str_from(good[i]), &value));
	assert_true(isinf(value));
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_false(units_double(str_from(bad[i]), &value));
	assert_true(units_double(STR("-2.25"), &value) && value + 2.25 == 0);
}

static void test_duration(void **state)
{
	static const struct reading readings[] = {{"500ms", 500000}, {"30s", 30000000},
	    {"1h30m", 5400000000}, {"7d", 604800000000}, {"1.5s", 1500000}, {"3us", 3}, {"0s", 0},
	    {"0.0000014s", 1}, {"", REFUSED}, {"30", REFUSED}, {"s", REFUSED}, {"-1s", REFUSED},
	    {"1 s", REFUSED}, {"1S", REFUSED}, {"1w", REFUSED}, {"1s2", REFUSED},
	    {"1.2.3s", REFUSED}, {"106751991d", 106751991LL * 86400 * 1000000},
	    {"106751992d", REFUSED}, {"106751991d24h", REFUSED}, {"99999999999999999999s", REFUSED},
	    {"1e3s", REFUSED}};

	(void)state;
	CHECK(units_duration, readings);
}

static void test_size(void **state)
{
	static const struct reading readings[] = {{"512", 512}, {"512B", 512}, {"64KiB", 65536},
	    {"8GiB", 8LL << 30}, {"10MB", 10000000}, {"1.5KiB", 1536}, {"1kB", 1000},
	    {"2TiB", 2LL << 40}, {"", REFUSED}, {"KiB", REFUSED}, {"-1", REFUSED},
	    {"1 KiB", REFUSED}, {"1kib", REFUSED}, {"8388608TiB", REFUSED}, {"1KiB1", REFUSED}};

	(void)state;
	CHECK(units_size, readings);
}

static void test_share(void **state)
{
	static const struct reading readings[] = {{"25%", 25}, {"0%", 0}, {"100%", 100},
	    {"007%", 7}, {"101%", 101}, {"", REFUSED}, {"%", REFUSED}, {"25", REFUSED},
	    {"2.5%", REFUSED}, {"25.%", REFUSED}, {"-1%", REFUSED}, {"+1%", REFUSED},
	    {"1 %", REFUSED}, {"1%%", REFUSED}, {"1%1", REFUSED},
	    {"99999999999999999999%", REFUSED}};

	(void)state;
	CHECK(units_share, readings);
}

static void test_time(void **state)
{
	static const struct reading readings[] = {{"1970-01-01T00:00:00Z", 0},
	    {"1970-01-01T00:00:01.5Z", 1500000}, {"1969-12-31T23:59:59.999999Z", -1},
	    {"2026-11-22T03:04:05.123456Z", 1795316645123456},
	    {"2026-11-22T04:04:05.123456789+01:00", 1795316645123456},
	    {"2026-11-21T21:34:05-05:30", 1795316645000000},
	    {"2024-02-29T00:00:00Z", 1709164800000000}, {"2026-02-29T00:00:00Z", REFUSED},
	    {"2026-04-31T00:00:00Z", REFUSED}, {"2026-13-01T00:00:00Z", REFUSED},
	    {"2026-00-01T00:00:00Z", REFUSED}, {"2026-01-01T24:00:00Z", REFUSED},
	    {"2026-01-01T00:00:00", REFUSED}, {"2026-01-01T00:00:00.Z", REFUSED},
	    {"2026-01-01T00:00:00.1234567890Z", REFUSED}, {"2026-01-01 00:00:00Z", REFUSED},
	    {"2026-01-01T00:00:00Zx", REFUSED}, {"2026-1-01T00:00:00Z", REFUSED},
	    {"+026-01-01T00:00:00Z", REFUSED}, {"", REFUSED}};

	(void)state;
	CHECK(units_time, readings);
}

typedef void shower(struct buf *out, int64_t value);

static void assert_shows(shower *show, int64_t value, const char *wanted)
{
	struct buf buf;

	buf_init(&buf, 100);
	show(&buf, value);
	if (!str_is(buf_view(&buf), wanted))
		fail_msg("%lld: \"%.*s\", wanted \"%s\"", (long long)value, STR_ARG(buf_view(&buf)),
		    wanted);
	buf_done(&buf);
}

static void test_show(void **state)
{
	(void)state;
	assert_shows(units_show_duration, 850000, "850ms");
	assert_shows(units_show_duration, 12345678, "12.3s");
	assert_shows(units_show_duration, 999, "999us");
	assert_shows(units_show_duration, 250000000, "4m10s");
	assert_shows(units_show_duration, 7500000000, "2h05m");
	assert_shows(units_show_duration, 3600000000, "1h");
	assert_shows(units_show_duration, 3600100000, "1h00m");
	assert_shows(units_show_duration, 30000000, "30s");
	assert_shows(units_show_duration, 60000000, "1m");
	assert_shows(units_show_duration, 90000000, "1m30s");
	assert_shows(units_show_duration, 86400000000, "1d");
	assert_shows(units_show_duration, 273600000000, "3d04h");
	assert_shows(units_show_duration, -5, "0s");
	assert_shows(units_show_size, 512, "512 B");
	assert_shows(units_show_size, 3565158, "3.4 MiB");
	assert_shows(units_show_size, INT64_MAX, "8.0 EiB");
	assert_shows(units_show_time, 1795316645123456, "2026-11-22T03:04:05.123456Z");
	assert_shows(units_show_time, -1, "1969-12-31T23:59:59.999999Z");
}

static void assert_double(double value, const char *wanted)
{
	struct buf buf;

	buf_init(&buf, 100);
	units_show_double(&buf, value);
	if (!str_is(buf_view(&buf), wanted))
		fail_msg("\"%.*s\", wanted \"%s\"", STR_ARG(buf_view(&buf)), wanted);
	buf_done(&buf);
}

static void test_show_double(void **state)
{
	(void)state;
	assert_double(1, "1.0");
	assert_double(0.1, "0.1");
	assert_double(-0.0, "-0.0");
	assert_double(1e300, "1e+300");
	assert_double(1.0 / 3, "0.3333333333333333");
	assert_double(123456789, "123456789.0");
	assert_double((double)NAN, "NaN");
	assert_double(-(double)INFINITY, "-Infinity");
}

/* Whatever is shown reads back as the same number. */
static void test_round_trips(void **state)
{
	uint64_t seed = 1;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		struct buf buf;
		double value;
		double again;
		int64_t us;
		int64_t us_again;

		seed = seed * 6364136223846793005U + 1442695040888963407U;
		memcpy(&value, &seed, sizeof(value));
		buf_init(&buf, 100);
		if (isfinite(value)) {
			units_show_double(&buf, value);
			assert_true(units_double(buf_view(&buf), &again));
			assert_memory_equal(&value, &again, sizeof(value));
		}
		buf_clear(&buf);
		us = (int64_t)(seed >> 8) - (INT64_C(1) << 53);
		units_show_time(&buf, us);
		assert_true(units_time(buf_view(&buf), &us_again) && us == us_again);
		buf_done(&buf);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_int),
	    cmocka_unit_test(test_double),
	    cmocka_unit_test(test_duration),
	    cmocka_unit_test(test_size),
	    cmocka_unit_test(test_share),
	    cmocka_unit_test(test_time),
	    cmocka_unit_test(test_show),
	    cmocka_unit_test(test_show_double),
	    cmocka_unit_test(test_round_trips),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
