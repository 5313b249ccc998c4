/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "telling.h"

/* A process that may not begin, or that reads and was refused a file, has exercised nothing. */
static void test_what_could_not_be_done(void **state)
{
	static const struct {
		bool confined;
		enum op_end end;
		const char *why;
		const char *advice;
		enum coverage_way way;
	} rows[] = {
	    {false, END_ERROR, "no such program: gone", "", WAY_UNABLE},
	    {true, END_DONE, "exit status 1: a: Permission denied", "it may only read", WAY_UNABLE},
	    {true, END_DONE, "exit status 1: a: No such file or directory", "", WAY_ALLOWED},
	    {false, END_DONE, "exit status 1", "it may only read", WAY_ALLOWED},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct telling telling;

		tell_open(&telling);
		tell_begin(&telling, "r1", "run", 2);
		tell_start(&telling, "look", START_ACTION);
		if (rows[i].end == END_DONE)
			tell(&telling,
			    (struct message){.type = MESSAGE_STARTED,
				.started = {.op = telling.op, .confined = rows[i].confined}});
		tell(&telling,
		    (struct message){.type = MESSAGE_FINISHED,
			.finished = {.op = telling.op,
			    .end = rows[i].end,
			    .why = str_from(rows[i].why),
			    .advice = str_from(rows[i].advice),
			    .result = rows[i].end == END_DONE ? tell_list(0) : NULL}});
		tell_step(&telling, "look", OUTCOME_FAILED, true);
		tell_end(&telling, NULL);
		assert_int_equal(
		    tell_runs(telling.coverage, "look", rows[i].way, COVERAGE_LIVE), 1);
		assert_int_equal(
		    coverage_is_missing(&(struct coverage_view){.coverage = telling.coverage},
			tell_find(telling.coverage, "look"), WAY_DONE),
		    rows[i].way == WAY_UNABLE);
		tell_close(&telling);
	}
}

/* A check that could not be done has found out nothing. */
static void test_what_could_not_be_checked(void **state)
{
	static const struct {
		const char *node;
		enum start_what what;
		enum coverage_way way;
	} rows[] = {
	    {"load/stop", START_UNLESS, WAY_UNLESS_NOT},
	    {"load/copy", START_PRECONDITION, WAY_REFUSED},
	};

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(*rows); i++) {
		enum op_end end = i % 2 ? END_ERROR : END_DONE;
		struct telling telling;

		tell_open(&telling);
		tell_begin(&telling, "r1", "run", 2);
		tell_start(&telling, rows[i / 2].node, rows[i / 2].what);
		tell(&telling,
		    (struct message){.type = MESSAGE_FINISHED,
			.finished = {.op = telling.op,
			    .end = end,
			    .result = end == END_DONE ? tell_list(0) : NULL}});
		tell_step(&telling, rows[i / 2].node, OUTCOME_FAILED, false);
		tell_end(&telling, NULL);
		assert_int_equal(
		    tell_runs(telling.coverage, rows[i / 2].node, rows[i / 2].way, COVERAGE_LIVE),
		    end == END_DONE);
		tell_close(&telling);
	}
}

static void test_nobody_was_asked(void **state)
{
	struct telling telling;
	struct coverage *coverage;

	(void)state;
	tell_open(&telling);
	coverage = telling.coverage;
	tell_begin(&telling, "r1", "rehearse", 2);
	tell_answer(&telling, "load/copy", ANSWER_APPROVED, ORIGIN_ASSUMED);
	tell_answer(&telling, "load/copy", ANSWER_DENIED, ORIGIN_ASSUMED);
	/* what reads, and was not read */
	tell_action(&telling, "look", ORIGIN_UNKNOWN, OUTCOME_REHEARSED);
	tell_end(&telling, NULL);
	for (enum coverage_kind kind = 0; kind < COVERAGE_KINDS; kind++) {
		assert_int_equal(tell_runs(coverage, "load/copy", WAY_APPROVED, kind), 0);
		assert_int_equal(tell_runs(coverage, "load/copy", WAY_DENIED, kind), 0);
		assert_int_equal(
		    tell_runs(coverage, "look", WAY_DONE, kind), kind == COVERAGE_ASSUMED);
	}
	assert_int_equal(
	    tell_runs(coverage, "load/copy", WAY_APPROVAL_ASSUMED, COVERAGE_REHEARSED), 1);
	assert_int_equal(
	    tell_runs(coverage, "load/copy", WAY_DENIAL_ASSUMED, COVERAGE_REHEARSED), 1);
	tell_close(&telling);
}

static void did(struct telling *telling, const char *run, const char *mode, enum origin origin,
    enum outcome outcome)
{
	static int64_t days_ago = 1000;

	tell_begin(telling, run, mode, --days_ago);
	tell_action(telling, "hosts", origin, outcome);
	tell_end(telling, NULL);
}

/* What was only gone through passes a gate, and is told; it outweighs nothing that happened. */
static void test_what_outweighs(void **state)
{
	struct telling telling;
	struct coverage_view view = {.now_us = NOW_US};
	const struct coverage_step *hosts;

	(void)state;
	tell_open(&telling);
	view.coverage = telling.coverage;
	hosts = tell_find(telling.coverage, "hosts");
	did(&telling, "r1", "rehearse", ORIGIN_UNKNOWN, OUTCOME_REHEARSED);
	assert_false(coverage_is_missing(&view, hosts, WAY_DONE));
	assert_true(coverage_is_only_gone_through(&view, hosts, WAY_DONE));
	did(&telling, "r2", "run", ORIGIN_LIVE, OUTCOME_FAILED);
	assert_true(coverage_is_missing(&view, hosts, WAY_DONE));
	did(&telling, "r3", "rehearse", ORIGIN_UNKNOWN, OUTCOME_REHEARSED);
	assert_true(coverage_is_missing(&view, hosts, WAY_DONE));
	assert_false(coverage_is_only_gone_through(&view, hosts, WAY_DONE));
	did(&telling, "r4", "run", ORIGIN_LIVE, OUTCOME_SUCCEEDED);
	assert_false(coverage_is_missing(&view, hosts, WAY_DONE));
	assert_false(coverage_is_only_gone_through(&view, hosts, WAY_DONE));
	/* a failure that was only assumed is no news either */
	did(&telling, "r5", "rehearse", ORIGIN_ASSUMED, OUTCOME_FAILED);
	assert_false(coverage_is_missing(&view, hosts, WAY_DONE));
	did(&telling, "r6", "rehearse", ORIGIN_LIVE, OUTCOME_FAILED);
	assert_true(coverage_is_missing(&view, hosts, WAY_DONE));
	tell_close(&telling);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_what_could_not_be_done),
	    cmocka_unit_test(test_what_could_not_be_checked),
	    cmocka_unit_test(test_nobody_was_asked),
	    cmocka_unit_test(test_what_outweighs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
