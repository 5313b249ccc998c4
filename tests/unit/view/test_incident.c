/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "cast.h"
#include "view/incident.h"

/* 2026-11-22T03:04:05Z */
#define NOW_US ((int64_t)1795316645 * 1000000)
#define MINUTE_US ((int64_t)60 * 1000000)

static void show(const struct cast *cast, const struct rendering *rendering, bool with_plan,
    const struct incident_answers *answers, struct buf *out)
{
	const struct rendering_about about = {
	    .plan = with_plan ? cast->load.plan : NULL,
	    .path = "runs/t.jsonl",
	    .state = STR("sealed: 24 lines, the chain holds"),
	    .verified = TRANSCRIPT_SEALED,
	    .answers = answers,
	};
	void *report = rendering->new (&about);

	for (size_t i = 0; i < cast->count; i++)
		rendering->see(report, &cast->items[i]);
	rendering->put(report, out);
	rendering->free(report);
}

/* Every heading of the template, in its order and on its level, and none between them. */
static void assert_template(struct str report, const char *title)
{
	static const char *const headings[] = {"### Timeline", "### Root Cause", "### Resolution",
	    "### Action Items", "### Lessons Learned", "### Post-Incident Checklist"};
	size_t count = 0;
	struct str line;

	assert_true(str_line(&report, &line));
	assert_true(str_starts(line, STR("## Incident Report: ")));
	assert_true(!title || str_is(str_sub(line, 20, line.len), title));
	while (str_line(&report, &line) && !str_starts(line, STR("## Record"))) {
		if (!str_starts(line, STR("#")))
			continue;
		assert_true(count < sizeof(headings) / sizeof(*headings));
		assert_true(str_is(line, headings[count++]));
	}
	assert_int_equal(count, sizeof(headings) / sizeof(*headings));
	assert_true(str_starts(line, STR("## Record")));
}

static void test_template(void **state)
{
	static void (*const casts[])(struct cast *) = {
	    cast_recovered, cast_failed, cast_hostile, cast_resumed};
	struct cast cast;
	struct buf out;

	(void)state;
	for (size_t i = 0; i < sizeof(casts) / sizeof(*casts); i++) {
		casts[i](&cast);
		for (int with_plan = 0; with_plan < 2; with_plan++) {
			buf_init(&out, BUF_UNBOUNDED);
			show(&cast, &rendering_markdown, with_plan, NULL, &out);
			assert_template(
			    buf_view(&out), casts[i] == cast_hostile ? NULL : "A rescue");
			buf_done(&out);
		}
		cast_done(&cast);
	}
}

/* How long the code is that begins here, its fences too; what is open to its end is all of it. */
static size_t code_len(struct str text)
{
	size_t fence = 0;

	while (fence < text.len && text.ptr[fence] == '`')
		fence++;
	for (size_t i = fence; fence && i < text.len;) {
		size_t row = 0;

		while (i + row < text.len && text.ptr[i + row] == '`')
			row++;
		if (row == fence)
			return i + row;
		i += row ? row : 1;
	}
	return fence ? text.len : 0;
}

/* Outside of code nothing that the outside said is markup: no tag, no link, no emphasis but ours. */
static void test_hostile(void **state)
{
	struct cast cast;
	struct buf out;
	struct str text;
	struct str line;

	(void)state;
	cast_hostile(&cast);
	buf_init(&out, BUF_UNBOUNDED);
	show(&cast, &rendering_markdown, true, NULL, &out);
	text = buf_view(&out);
	for (size_t i = 0; i < text.len; i++) {
		struct str rest = str_sub(text, i, text.len);

		if (text.ptr[i] == '\\') {
			i++;
		} else if (text.ptr[i] == '`') {
			assert_true(code_len(rest) < rest.len);
			i += code_len(rest) - 1;
		} else {
			assert_false(str_starts(rest, STR("<")));
			assert_false(str_starts(rest, STR("**b**")));
			assert_false(str_starts(rest, STR("[l]")));
			assert_false(str_starts(rest, STR("&amp")));
		}
	}
	buf_clear(&out);
	show(&cast, &rendering_answers, true, NULL, &out);
	text = buf_view(&out);
	while (str_line(&text, &line))
		assert_true(str_find(line, STR("script")) < 0 || str_starts(line, STR("# ")));
	buf_done(&out);
	cast_done(&cast);
}

static void test_answered(void **state)
{
	static const struct str cause = STR(
	    "A *deployment* removed it.\n\nThe volume was not protected.");
	static const struct str severity = STR("P3");
	static const struct str detected = STR("03:00");
	static const struct str data = STR("Kim counted the rows");
	static const struct str timeline = STR("03:02 - Kim looked");
	struct incident_answers answers = {.by_key = {
					       [ANSWER_SEVERITY] = {&severity, 1},
					       [ANSWER_DETECTED] = {&detected, 1},
					       [ANSWER_TIMELINE] = {&timeline, 1},
					       [ANSWER_ROOT_CAUSE] = {&cause, 1},
					       [ANSWER_CHECK_DATA] = {&data, 1},
					   }};
	struct cast cast;
	struct buf out;

	(void)state;
	cast_recovered(&cast);
	buf_init(&out, BUF_UNBOUNDED);
	show(&cast, &rendering_markdown, true, &answers, &out);
	golden("answered.report.md", buf_view(&out));
	assert_template(buf_view(&out), "A rescue");
	buf_done(&out);
	cast_done(&cast);
}

/* A slip of the pen is told on top, and nothing is said to be met by it. */
static void test_impossible_times(void **state)
{
	static const struct str detected = STR("03:30");
	static const struct str restored = STR("03:10");
	struct incident_answers answers = {.by_key = {
					       [ANSWER_DETECTED] = {&detected, 1},
					       [ANSWER_RESTORED] = {&restored, 1},
					   }};
	struct cast cast;
	struct buf out;

	(void)state;
	cast_failed(&cast);
	cast.load.runbook->objectives.mttr_us = MINUTE_US;
	buf_init(&out, BUF_UNBOUNDED);
	show(&cast, &rendering_markdown, true, &answers, &out);
	assert_true(str_find(buf_view(&out), STR("> **THE TIMES CANNOT BE RIGHT: ")) > 0);
	assert_true(str_find(buf_view(&out), STR("03:30 - 03:10, UTC: that cannot be right")) > 0);
	assert_true(str_find(buf_view(&out), STR("| 1m | not known: ")) > 0);
	buf_done(&out);
	cast_done(&cast);
}

/* Telling people takes its time, after all is well again. */
static void test_restored_before_all_are_told(void **state)
{
	struct cast cast;
	struct buf out;
	size_t end = 0;

	(void)state;
	cast_recovered(&cast);
	while (cast.items[end].type != MESSAGE_RUN_FINISHED)
		end++;
	for (size_t i = end - 2; i < end; i++)
		cast.items[i] = (struct message){.type = MESSAGE_NOTE,
		    .at_us = cast.items[i].at_us,
		    .t_us = cast.items[i].t_us,
		    .note = {STR("reprise"), STR("somebody was told")}};
	cast.items[end].at_us += 15 * MINUTE_US;
	buf_init(&out, BUF_UNBOUNDED);
	show(&cast, &rendering_markdown, true, NULL, &out);
	assert_true(str_find(buf_view(&out), STR("\n- 03:04 - Service restored: ")) > 0);
	assert_true(str_find(buf_view(&out), STR("\n  - 03:19 - the run ended, recovered")) > 0);
	buf_done(&out);
	cast_done(&cast);
}

/* A seal says nothing of what never came into the record. */
static void test_lines_are_missing(void **state)
{
	struct cast cast;
	struct buf out;

	(void)state;
	cast_recovered(&cast);
	for (size_t i = 0; i < cast.count; i++) {
		if (cast.items[i].type != MESSAGE_NOTE)
			continue;
		cast.items[i] = (struct message){.type = MESSAGE_RECORD_GAP,
		    .at_us = cast.items[i].at_us,
		    .t_us = cast.items[i].t_us,
		    .record_gap = {.lines = 2, .why = STR("no space left")}};
	}
	buf_init(&out, BUF_UNBOUNDED);
	show(&cast, &rendering_markdown, true, NULL, &out);
	assert_true(str_find(buf_view(&out), STR("- [ ] Timeline documented: ")) > 0);
	assert_true(str_find(buf_view(&out), STR("4 lines could not be recorded")) > 0);
	buf_done(&out);
	cast_done(&cast);
}

static void test_answers(void **state)
{
	struct cast cast;
	struct buf out;

	(void)state;
	cast_failed(&cast);
	buf_init(&out, BUF_UNBOUNDED);
	show(&cast, &rendering_answers, true, NULL, &out);
	golden("failed.answers.yaml", buf_view(&out));
	buf_done(&out);
	cast_done(&cast);
}

static void assert_forecast(const struct cast *cast, struct outlook outlook, const char *wanted)
{
	const struct rendering_about about = {.plan = cast->load.plan, .path = "t.jsonl"};
	struct message forecast = {.type = MESSAGE_OUTLOOK, .outlook = {.told = outlook}};
	void *report = rendering_markdown.new(&about);
	struct buf out;

	for (size_t i = 0; i < cast->count; i++) {
		rendering_markdown.see(report, &cast->items[i]);
		if (i == 0)
			rendering_markdown.see(report, &forecast);
	}
	buf_init(&out, BUF_UNBOUNDED);
	rendering_markdown.put(report, &out);
	assert_true(str_find(buf_view(&out), str_from(wanted)) > 0);
	buf_done(&out);
	rendering_markdown.free(report);
}

/* What was told when the run began, and what became of it: its checks held 22 seconds after. */
static void test_forecast(void **state)
{
	struct outlook outlook = {
	    .expected_us = 14000000, .within_us = 31000000, .percent = 90, .runs = 3};
	struct cast cast;

	(void)state;
	cast_recovered(&cast);
	assert_forecast(&cast, outlook,
	    "\nForecast when the run began: expected 14s, 90 % within 31s, from 3 earlier runs; "
	    "took 22s.\n");
	outlook.expected_us = 14 * INT64_C(60000000) + 7000000; /* nobody can mean the seconds */
	outlook
	    .from_us = 2000000; /* what was told when it began tells of that, whatever came then */
	assert_forecast(&cast, outlook,
	    "\nForecast when the run went on: expected 14m, 90 % within 31s, from 3 earlier runs; "
	    "took 20s.\n");
	outlook.from_us = 0;
	outlook.runs = 0;
	outlook.within_us = 20000000;
	assert_forecast(&cast, outlook,
	    "90 % within 20s, from what the runbook estimates; took 22s, **longer**.\n");
	assert_forecast(
	    &cast, outlook, "\n- [ ] Find out why it took longer than was to be expected\n");
	cast_done(&cast);
	cast_failed(&cast);
	assert_forecast(&cast, outlook, "from what the runbook estimates.\n");
	cast_done(&cast);
}

static void test_time(void **state)
{
	static const struct {
		const char *text;
		int64_t minutes; /* since 03:04:05 of the run's day */
	} rows[] = {
	    {"03:14:05", 10},
	    {" 02:04:05 ", -60},
	    {"15:04:05", 12 * 60},
	    {"15:05:05", -11 * 60 - 59},
	    {"23:04:05", -4 * 60},
	    {"2026-11-22 04:04:05", 60},
	    {"2026-11-21T03:04:05", -24 * 60},
	    {"2026-11-22T04:04:05+01:00", 0},
	};
	static const char *const wrong[] = {"", "3:04", "24:00", "03:60", "03:04 h", "03",
	    "yesterday", "2026-11-22", "2026-13-22 03:04", "03:04:05:06", "2026-11-22 3:04"};
	int64_t at_us;
	struct str what;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_true(incident_time(str_from(rows[i].text), NOW_US, &at_us));
		assert_int_equal((at_us - NOW_US) / MINUTE_US, rows[i].minutes);
	}
	assert_true(incident_time(STR("03:05"), NOW_US, &at_us));
	assert_int_equal(at_us - NOW_US, 55 * 1000000);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		assert_false(incident_time(str_from(wrong[i]), NOW_US, &at_us));
	assert_true(incident_event(STR("03:05 - a - b "), NOW_US, &at_us, &what));
	assert_true(str_is(what, "a - b"));
	assert_false(incident_event(STR("03:05"), NOW_US, &at_us, &what));
	assert_false(incident_event(STR("03:05 - "), NOW_US, &at_us, &what));
	assert_false(incident_event(STR("then - a"), NOW_US, &at_us, &what));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_template),
	    cmocka_unit_test(test_hostile),
	    cmocka_unit_test(test_answered),
	    cmocka_unit_test(test_impossible_times),
	    cmocka_unit_test(test_lines_are_missing),
	    cmocka_unit_test(test_restored_before_all_are_told),
	    cmocka_unit_test(test_answers),
	    cmocka_unit_test(test_forecast),
	    cmocka_unit_test(test_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
