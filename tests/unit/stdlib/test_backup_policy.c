/* SPDX-License-Identifier: Apache-2.0 */
#include "probe.h"

#include "base/units.h"
#include "stdlib/backup_name.h"
#include "stdlib/backup_policy.h"

/* Times in names, and what a retention wants of a row of times. */

static void reads_times_in_names(void **state)
{
	static const struct {
		const char *name;
		const char *time; /* NULL: none */
		size_t at;
	} cases[] = {
	    {"app-20260131_030405.sql.gz", "2026-01-31T03:04:05Z", 4},
	    {"app-20260131T030405Z.dump", "2026-01-31T03:04:05Z", 4},
	    {"20260131030405.rdb", "2026-01-31T03:04:05Z", 0},
	    {"app_2026-01-31_03-04-05.tar", "2026-01-31T03:04:05Z", 4},
	    {"app.2026-01-31T03:04:05.sql", "2026-01-31T03:04:05Z", 4},
	    {"app-2026-01-31-0304.sql", "2026-01-31T03:04:00Z", 4},
	    {"app-2026-01-31_0304.sql", "2026-01-31T03:04:00Z", 4},
	    {"app-202601310304.sql", "2026-01-31T03:04:00Z", 4},
	    {"app-20260131-0304.sql", "2026-01-31T03:04:00Z", 4},
	    {"app-2026-01-31.sql", "2026-01-31T00:00:00Z", 4},
	    {"app-20260131.sql", "2026-01-31T00:00:00Z", 4},
	    {"db12-20260131-17.sql", "2026-01-31T00:00:00Z", 5},
	    {"app-20260131-9999.sql", "2026-01-31T00:00:00Z", 4}, /* no hour */
	    {"v20261399-20260131.sql", "2026-01-31T00:00:00Z", 10},
	    {"app-20260230.sql", NULL, 0},
	    {"app-1234567890.sql", NULL, 0},
	    {"latest.sql", NULL, 0},
	    {"", NULL, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		int64_t us = 0, wanted = 0;
		size_t at = 0;
		bool found = backup_name_time(str_from(cases[i].name), &us, &at);

		if (found != (cases[i].time != NULL))
			fail_msg("%s", cases[i].name);
		if (!found)
			continue;
		assert_true(units_time(str_from(cases[i].time), &wanted));
		if (us != wanted || at != cases[i].at)
			fail_msg("%s: at %zu", cases[i].name, at);
	}
}

/* Asks for each time whether it stays, all of them being whole but those with a minus before. */
static void expect(const char *rules, const char *const *times, const char *stays)
{
	struct arena *arena = arena_new();
	struct str error = {0};
	struct retention retention;
	struct args args;

	args_init(&args, value_from_json(arena, str_from(rules), &error), arena);
	retention_read(&retention, &args);
	assert_int_equal(args.wrong.len, 0);
	for (size_t i = 0; times[i]; i++) {
		bool is_whole = times[i][0] != '-';
		unsigned wants;
		int64_t us;

		assert_true(units_time(str_from(times[i] + !is_whole), &us));
		wants = retention_wants(&retention, us);
		if (is_whole)
			retention_keep(&retention, wants, us);
		if ((is_whole && wants) != (stays[i] == 'x'))
			fail_msg("%s: %s", rules, times[i]);
	}
	arena_free(arena);
}

static const char *const times[] = {"2026-03-02T12:00:00Z", "2026-03-02T03:00:00Z",
    "2026-03-01T12:00:00Z", "2026-03-01T03:00:00Z", "2026-02-28T12:00:00Z", "2026-02-22T12:00:00Z",
    "2026-02-15T12:00:00Z", "2026-01-31T12:00:00Z", "2025-12-31T12:00:00Z", NULL};

static void keeps_what_the_rules_say(void **state)
{
	(void)state;
	expect("{\"keep_last\":3}", times, "xxx......");
	expect("{\"daily\":3}", times, "x.x.x....");
	expect("{\"weekly\":3}", times,
	    "x.x..x..."); /* March 2 is a Monday, the day before a Sunday */
	expect("{\"monthly\":3}", times, "x...x..x.");
	expect("{\"monthly\":12}", times, "x...x..xx");
	expect("{\"daily\":2,\"weekly\":2,\"monthly\":2}", times, "x.x.x....");
	expect("{\"keep_last\":1,\"monthly\":3}", times, "x...x..x.");
	expect("{}", times, ".........");
}

static void passes_over_the_damaged(void **state)
{
	static const char *const damaged[] = {"-2026-03-02T12:00:00Z", "2026-03-02T03:00:00Z",
	    "-2026-03-01T12:00:00Z", "-2026-03-01T03:00:00Z", "2026-02-28T12:00:00Z",
	    "2026-02-22T12:00:00Z", NULL};

	(void)state;
	expect("{\"daily\":2}", damaged, ".x..x.");
	expect("{\"keep_last\":2}", damaged, ".x..x.");
	expect("{\"daily\":3}", damaged, ".x..xx");
}

static void names_the_rules(void **state)
{
	char names[64];

	(void)state;
	retention_names(15, names, sizeof(names));
	assert_string_equal(names, "keep_last, daily, weekly, monthly");
	retention_names(1U << KEEP_WEEKLY, names, sizeof(names));
	assert_string_equal(names, "weekly");
	retention_names(0, names, sizeof(names));
	assert_string_equal(names, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_times_in_names),
	    cmocka_unit_test(keeps_what_the_rules_say),
	    cmocka_unit_test(passes_over_the_damaged),
	    cmocka_unit_test(names_the_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
