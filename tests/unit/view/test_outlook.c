/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/buf.h"
#include "view/outlook.h"

#define SECOND INT64_C(1000000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)

static void assert_said(const struct outlook *outlook, const char *wanted)
{
	struct buf out;

	buf_init(&out, BUF_UNBOUNDED);
	outlook_put(&out, outlook);
	buf_byte(&out, '\0');
	assert_string_equal(out.ptr, wanted);
	buf_done(&out);
}

static const struct value *names(struct arena *arena, size_t count)
{
	static const char *const all[] = {"load", "index", "tidy", "restart", "a\033[31m"};
	const struct value **items = arena_array(arena, count, sizeof(const struct value *));

	for (size_t i = 0; i < count; i++)
		items[i] = value_string(arena, str_from(all[i]));
	return value_list(arena, items, count);
}

static void test_sentence(void **state)
{
	struct outlook outlook = {.expected_us = 14 * MINUTE + 7 * SECOND,
	    .within_us = 31 * MINUTE + 20 * SECOND,
	    .percent = 90,
	    .runs = 12,
	    .rto_us = 4 * HOUR,
	    .rto_percent = 100};

	(void)state;
	assert_said(&outlook,
	    "expected 14m, 90% within 31m, as 12 earlier runs went; the RTO of 4h will be met");
	outlook.from_us = MINUTE;
	outlook.waiting_us = 5 * MINUTE;
	outlook.runs = 1;
	outlook.rto_percent = 80;
	assert_said(&outlook,
	    "expected 14m more, 90% within 31m, 5m of it waiting for people, as one earlier run "
	    "went; "
	    "the RTO of 4h may be missed (1 in 5)");
}

/* A promise holds for what goes well: how often it did not stands beside it. */
static void test_failed(void **state)
{
	struct outlook outlook = {.expected_us = 14 * MINUTE,
	    .within_us = 31 * MINUTE,
	    .percent = 90,
	    .runs = 12,
	    .ended = 10,
	    .failed = 3,
	    .rto_us = 4 * HOUR,
	    .rto_percent = 100};

	(void)state;
	assert_said(&outlook,
	    "expected 14m, 90% within 31m, as 12 earlier runs went; "
	    "the RTO of 4h will be met if nothing fails; 3 of the latest 10 runs failed");
	outlook.failed = 10;
	outlook.rto_percent = 20;
	assert_said(&outlook,
	    "expected 14m, 90% within 31m, as 12 earlier runs went; "
	    "the RTO of 4h will probably be missed (4 in 5); the latest 10 runs all failed");
	outlook.ended = outlook.failed = 1;
	outlook.runs = 0;
	outlook.unknown = 1;
	outlook.rto_percent = 80;
	assert_said(&outlook,
	    "expected 14m, 90% within 31m; "
	    "the RTO of 4h may be missed (1 in 5) if nothing fails, as far as this is known; "
	    "the latest run failed; 1 step rests on nothing: no time is counted for it");
}

static void test_objective(void **state)
{
	static const struct {
		int64_t percent;
		const char *said;
	} rows[] = {
	    {100, "the RTO of 4h will be met"},
	    {99, "the RTO of 4h will be met"},
	    {95, "the RTO of 4h will very likely be met"},
	    {67, "the RTO of 4h may be missed (1 in 3)"},
	    {50, "the RTO of 4h may be missed (1 in 2)"},
	    {41, "the RTO of 4h may be missed (1 in 2)"},
	    {40, "the RTO of 4h will probably be missed (2 in 3)"},
	    {20, "the RTO of 4h will probably be missed (4 in 5)"},
	    {2, "the RTO of 4h will probably be missed (9 in 10)"},
	    {1, "the RTO of 4h will be missed"},
	    {0, "the RTO of 4h will be missed"},
	    {INT64_MIN, "the RTO of 4h will be missed"},
	    {INT64_MAX, "the RTO of 4h will be met"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct outlook outlook = {.rto_us = 4 * HOUR, .rto_percent = rows[i].percent};
		struct buf out;

		buf_init(&out, BUF_UNBOUNDED);
		outlook_put_rto(&out, &outlook);
		buf_byte(&out, '\0');
		assert_string_equal(out.ptr, rows[i].said);
		buf_done(&out);
	}
}

/* Which steps rest on an estimate, and which on nothing. */
static void test_basis(void **state)
{
	struct arena *arena = arena_new();
	struct outlook outlook = {
	    .expected_us = 2 * SECOND, .within_us = 90 * SECOND, .percent = 90};

	(void)state;
	outlook.estimated = 1;
	outlook.estimates = names(arena, 1);
	assert_said(
	    &outlook, "expected 2s, 90% within 1m30s; load rests on the runbook's estimate");
	outlook.unknown = 2;
	outlook.unknowns = names(arena, 2);
	outlook.rto_us = HOUR;
	outlook.rto_percent = 100;
	assert_said(&outlook,
	    "expected 2s, 90% within 1m30s; the RTO of 1h will be met, as far as this is known; "
	    "load rests on "
	    "the runbook's estimate, load and index on nothing: no time is counted for them");
	outlook.estimated = 0;
	outlook.unknown = 7;
	outlook.unknowns = names(arena, 5);
	outlook.questions_unknown = 1;
	outlook.rto_us = 0;
	assert_said(&outlook,
	    "expected 2s, 90% within 1m30s; load, index, tidy and 4 more steps rest on nothing: no "
	    "time is "
	    "counted for them; how long people will take to answer is not known, nor counted");
	outlook.whole = true;
	assert_said(&outlook,
	    "expected 2s, 90% within 1m30s; that is the runbook's own estimate, no run has shown "
	    "it");
	arena_free(arena);
}

/* A record may be anybody's. */
static void test_hostile(void **state)
{
	struct arena *arena = arena_new();
	const struct value *items[] = {value_string(arena, STR("a\033[31m")), value_int(arena, 7)};
	struct outlook outlook = {.expected_us = INT64_MIN,
	    .within_us = INT64_MAX,
	    .percent = INT64_MIN,
	    .estimated = INT64_MIN,
	    .unknown = INT64_MAX,
	    .estimates = value_int(arena, 3),
	    .unknowns = value_list(arena, items, 2),
	    .rto_us = INT64_MIN};

	(void)state;
	assert_said(&outlook,
	    "expected 10ms, -9223372036854775808% within 365000d; the RTO of 0s will be missed;  "
	    "rest on the "
	    "runbook's estimates, a\\x1b[31m,  and 9223372036854775805 more steps on nothing: no "
	    "time is counted "
	    "for them");
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_sentence),
	    cmocka_unit_test(test_failed),
	    cmocka_unit_test(test_objective),
	    cmocka_unit_test(test_basis),
	    cmocka_unit_test(test_hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
