/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "forecast_rig.h"

#define CHAIN                                                                                      \
	"reprise: 1\nid: t\nobjectives: {rto: 2m}\nsteps:\n"                                       \
	"  - {id: a, run: [\"true\"]}\n  - {id: b, run: [\"true\"]}\n"

static void test_nothing_is_known(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig, CHAIN);
	rig_begin(&rig);
	assert_false(rig_ask(&rig, 0));
	assert_int_equal(forecast_step(rig.forecast, 1).basis, BASIS_NOTHING);
	rig_done(&rig);
}

static void test_estimates(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig,
	    "reprise: 1\nid: t\nsteps:\n"
	    "  - {id: a, run: [\"true\"], estimate: 10m..40m}\n"
	    "  - id: b\n    steps:\n      - {id: c, run: [\"true\"]}\n");
	rig_begin(&rig);
	assert_true(rig_ask(&rig, 0));
	assert_near(rig.outlook.expected_us, 19 * 60, 21 * 60); /* the geometric mean */
	assert_near(rig.outlook.within_us, 39 * 60, 41 * 60);
	assert_int_equal(rig.outlook.percent, 90);
	assert_int_equal(rig.outlook.runs, 0);
	assert_int_equal(rig.outlook.steps, 2);
	assert_int_equal(rig.outlook.estimated, 1);
	assert_int_equal(rig.outlook.unknown, 1);
	assert_true(str_is(value_text(rig.outlook.estimates->list.items[0]), "a"));
	assert_true(str_is(value_text(rig.outlook.unknowns->list.items[0]), "b/c"));
	assert_int_equal(rig.outlook.rto_us, 0);
	rig_done(&rig);
}

/* What the runbook says of all of it, where its steps say nothing; it does not shrink to nothing when it was wrong. */
static void test_whole(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig,
	    "reprise: 1\nid: t\nobjectives: {estimate: 10m..40m}\n"
	    "steps: [{id: a, run: [\"true\"]}]\n");
	rig_begin(&rig);
	assert_true(rig_ask(&rig, 0));
	assert_true(rig.outlook.whole);
	assert_near(rig.outlook.within_us, 39 * 60, 41 * 60);
	assert_true(rig_ask(&rig, 300 * MINUTE));
	assert_in_range(rig.outlook.expected_us, 5 * MINUTE, 300 * MINUTE);
	rig_done(&rig);
}

static void test_one_run(void **state)
{
	struct rig rig;
	struct past_run *run;

	(void)state;
	rig_init(&rig, CHAIN);
	run = rig_run(&rig);
	rig_step(run, "a", "a", 10);
	rig_step(run, "b", "b", 20);
	rig_begin(&rig);
	assert_true(rig_ask(&rig, 0));
	assert_int_equal(rig.outlook.runs, 1);
	assert_near(rig.outlook.expected_us, 28, 32);
	assert_near(rig.outlook.within_us, 60, 120); /* one run tells little */
	assert_int_equal(rig.outlook.rto_us, 2 * MINUTE);
	assert_in_range(rig.outlook.rto_percent, 90, 99);

	rig.options.run = run->run; /* it is this one, which goes on */
	rig_begin(&rig);
	assert_false(rig_ask(&rig, 0));
	rig_done(&rig);
}

static void add_runs(struct rig *rig, const int64_t (*seconds)[2], size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct past_run *run = rig_run(rig);

		rig_step(run, "a", "a", seconds[i][0]);
		rig_step(run, "b", "b", seconds[i][1]);
	}
}

/* Ten runs, of about ten and twenty seconds. */
static const int64_t alike[][2] = {{9, 18}, {11, 22}, {10, 20}, {10, 21}, {12, 19}, {9, 20},
    {8, 24}, {10, 17}, {11, 20}, {10, 19}};

static void test_many_runs(void **state)
{
	struct rig rig;
	int64_t first_us;

	(void)state;
	rig_init(&rig, CHAIN);
	add_runs(&rig, alike, 10);
	rig_begin(&rig);
	assert_true(rig_ask(&rig, 0));
	assert_int_equal(rig.outlook.runs, 10);
	assert_near(rig.outlook.expected_us, 28, 32);
	assert_near(rig.outlook.within_us, 32, 37);
	assert_int_equal(rig.outlook.rto_percent, 100);
	assert_near(forecast_step(rig.forecast, 2).typical_us, 19, 21);
	first_us = rig.outlook.within_us;
	assert_true(rig_ask(&rig, 0)); /* the same courses each time */
	assert_int_equal(rig.outlook.within_us, first_us);
	rig_begin(&rig);
	assert_true(rig_ask(&rig, 0));
	assert_int_equal(rig.outlook.within_us, first_us);
	rig_done(&rig);
}

/* What has happened is as it was; what runs lasts longer than it has. */
static void test_in_the_middle(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig, CHAIN);
	add_runs(&rig, alike, 10);
	rig_begin(&rig);
	rig_begins(&rig, "a", 0);
	assert_true(rig_ask(&rig, 5 * SECOND));
	assert_near(rig.outlook.expected_us, 23, 27);
	assert_true(rig_ask(&rig, 100 * SECOND)); /* it has outlasted all that was known of it */
	assert_near(rig.outlook.expected_us, 22, 60);
	assert_in_range(rig.outlook.rto_percent, 0, 40);
	rig_ends(&rig, "a", OUTCOME_SUCCEEDED, 101 * SECOND);
	assert_true(rig_ask(&rig, 101 * SECOND));
	assert_near(rig.outlook.expected_us, 19, 21);
	assert_int_equal(rig.outlook.steps, 1);
	rig_ends(&rig, "b", OUTCOME_SKIPPED, 102 * SECOND);
	assert_true(
	    rig_ask(&rig, 102 * SECOND)); /* the runbook's own verify, which there is none of */
	assert_in_range(rig.outlook.within_us, 0, SECOND);
	rig_done(&rig);
}

static void test_failed(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig, CHAIN);
	add_runs(&rig, alike, 2);
	rig_begin(&rig);
	rig_begins(&rig, "a", 0);
	rig_ends(&rig, "a", OUTCOME_FAILED, SECOND);
	assert_false(rig_ask(&rig, SECOND));
	rig_done(&rig);
}

/* How often runs failed is told: of those that meant it, and ended so or well. */
static void test_failed_earlier(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig, CHAIN);
	add_runs(&rig, alike, 8);
	rig.past.runs[0].outcome = RUN_FAILED;
	rig.past.runs[1].outcome = RUN_DENIED;
	rig.past.runs[2].outcome = RUN_FAILED;
	rig.past.runs[3].mode = STR("rehearsal");
	rig.past.runs[3].rehearsal = true;
	rig.past.runs[3].outcome = RUN_FAILED;
	rig.past.runs[4].finished = false;
	rig.past.runs[5].mode = STR("replay");
	rig.past.runs[5].outcome = RUN_FAILED;
	rig_begin(&rig);
	assert_true(rig_ask(&rig, 0));
	assert_int_equal(rig.outlook.ended, 5);
	assert_int_equal(rig.outlook.failed, 3);
	rig.options.run = rig.past.runs[0].run; /* it is this one, which goes on */
	rig_begin(&rig);
	assert_true(rig_ask(&rig, 0));
	assert_int_equal(rig.outlook.ended, 4);
	assert_int_equal(rig.outlook.failed, 2);
	rig_done(&rig);
}

/* Of two ways side by side the longer one counts. */
static void test_longest_way(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig,
	    "reprise: 1\nid: t\nsteps:\n"
	    "  - {id: a, needs: [], run: [\"true\"]}\n  - {id: b, needs: [], run: [\"true\"]}\n"
	    "  - {id: c, needs: [a, b], run: [\"true\"]}\nfinally: [{id: z, run: [\"true\"]}]\n");
	for (size_t i = 0; i < 10; i++) {
		struct past_run *run = rig_run(&rig);
		int64_t lately = (int64_t)i % 3;

		rig_step(run, "a", "a", 10 + lately);
		rig_step(run, "b", "b", 30 + lately)->began_us = 0;
		rig_step(run, "c", "c", 5);
		rig_step(run, "z", "z", 1000); /* when it has recovered */
	}
	rig_begin(&rig);
	assert_true(rig_ask(&rig, 0));
	/* b and c, and the ten seconds between them in which nothing ran */
	assert_near(rig.outlook.expected_us, 45, 48);
	rig_done(&rig);
}

static void test_branches(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig, CHAIN);
	for (size_t i = 0; i < 20; i++) {
		struct past_run *run = rig_run(&rig);

		rig_step(run, "a", "a", 10 + (int64_t)i % 2);
		if (i % 4)
			rig_step(run, "b", "b", 0)->outcome = OUTCOME_SKIPPED;
		else
			rig_step(run, "b", "b", 1000);
	}
	rig_begin(&rig);
	assert_true(rig_ask(&rig, 0));
	assert_near(rig.outlook.expected_us, 10, 12);
	assert_near(rig.outlook.within_us, 900, 1100); /* one run in four */
	assert_in_range(rig.outlook.rto_percent, 70, 80);
	rig_ends(&rig, "a", OUTCOME_SUCCEEDED, 10 * SECOND);
	rig_begins(&rig, "b", 10 * SECOND);
	assert_true(rig_ask(&rig, 10 * SECOND));
	assert_near(rig.outlook.expected_us, 900, 1100);
	rig_done(&rig);
}

static bool is_c(void *self, const struct plan_node *node)
{
	(void)self;
	return str_is(node->step->id, "c");
}

static void test_people(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig, CHAIN "  - {id: c, run: [\"true\"], effect: destroy, timeout: 1m}\n");
	for (int64_t i = 0; i < 10; i++) {
		struct past_run *run = rig_run(&rig);

		rig_step(run, "a", "a", 10);
		rig_step(run, "b", "b", 20);
		rig_step(run, "c", "c", 65 + i)->open_us = (60 + i) * SECOND;
	}
	rig_begin(&rig);
	assert_true(rig_ask(&rig, 0));
	assert_int_equal(rig.outlook.questions, 1);
	assert_int_equal(rig.outlook.questions_unknown, 0);
	assert_near(rig.outlook.expected_us, 98, 101);
	assert_near(rig.outlook.waiting_us, 63, 66);
	assert_near(forecast_step(rig.forecast, 3).waiting_us, 63, 66);
	assert_near(forecast_step(rig.forecast, 3).typical_us, 4, 6);

	rig.options.unattended = true; /* it will be denied: there is nothing to promise */
	rig_begin(&rig);
	assert_false(rig_ask(&rig, 0));
	rig.options.is_answered = is_c;
	rig_begin(&rig);
	assert_true(rig_ask(&rig, 0));
	assert_int_equal(rig.outlook.questions, 0);
	assert_int_equal(rig.outlook.waiting_us, 0);
	assert_near(rig.outlook.expected_us, 34, 36);
	rig_done(&rig);
}

/* Who is not there is asked nothing: where that may happen, and not must, it is foretold as if it did not. */
static void test_unattended(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig,
	    CHAIN
	    "  - {id: c, run: [\"true\"], effect: destroy, timeout: 1m, allow_failure: true}\n");
	for (int64_t i = 0; i < 10; i++)
		rig_step(rig_run(&rig), "c", "c", 65 + i)->open_us = (60 + i) * SECOND;
	rig.options.unattended = true;
	rig_begin(&rig);
	assert_true(rig_ask(&rig, 0));
	assert_int_equal(rig.outlook.questions, 0);
	rig_done(&rig);
}

static void test_answered(void **state)
{
	struct message asked = {.type = MESSAGE_ASK, .ask.id = 4, .ask.node = STR("c")};
	struct message answered = {.type = MESSAGE_ANSWERED, .answered.id = 4};
	struct rig rig;

	(void)state;
	rig_init(&rig, CHAIN "  - {id: c, run: [\"true\"], effect: destroy, timeout: 1m}\n");
	for (int64_t i = 0; i < 10; i++)
		rig_step(rig_run(&rig), "c", "c", 65 + i)->open_us = (60 + i) * SECOND;
	rig_begin(&rig);
	rig_ends(&rig, "a", OUTCOME_SUCCEEDED, SECOND);
	rig_ends(&rig, "b", OUTCOME_SUCCEEDED, SECOND);
	asked.t_us = SECOND;
	forecast_see(rig.forecast, &asked);
	assert_true(rig_ask(&rig, 31 * SECOND));
	assert_near(rig.outlook.waiting_us, 33, 36);
	answered.t_us = 32 * SECOND;
	forecast_see(rig.forecast, &answered);
	assert_true(rig_ask(&rig, 32 * SECOND));
	assert_int_equal(rig.outlook.questions, 0);
	assert_near(rig.outlook.expected_us, 4, 6);
	rig_done(&rig);
}

/* What was not really done tells nothing; what was read does. */
static void test_rehearsals(void **state)
{
	struct past_run *run;
	struct rig rig;

	(void)state;
	rig_init(&rig, CHAIN);
	run = rig_run(&rig);
	run->rehearsal = true;
	run->outcome = RUN_REHEARSED;
	rig_step(run, "a", "a", 10);
	rig_step(run, "b", "b", 20)->performed = false;
	run = rig_run(&rig);
	run->alone = STR("b");
	rig_step(run, "b", "b", 20);
	run = rig_run(&rig);
	run->resumed = true;
	rig_step(run, "b", "b", 20);
	rig_begin(&rig);
	assert_true(rig_ask(&rig, 0));
	assert_int_equal(rig.outlook.unknown, 1);
	assert_true(str_is(value_text(rig.outlook.unknowns->list.items[0]), "b"));
	assert_near(rig.outlook.expected_us, 9, 11);
	rig_done(&rig);
}

static void list_is(struct rig *rig, size_t count, int64_t t_us)
{
	struct message message = {.type = MESSAGE_DECIDED, .t_us = t_us};
	const struct value **items = arena_array(rig->arena, count, sizeof(const struct value *));

	for (size_t i = 0; i < count; i++)
		items[i] = value_int(rig->arena, (int64_t)i);
	message.decided.node = STR("w");
	message.decided.what = STR("for_each");
	message.decided.value = value_list(rig->arena, items, count);
	forecast_see(rig->forecast, &message);
}

/* Twice as many items take twice as long; those that are done tell of the others. */
static void test_loops(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig,
	    "reprise: 1\nid: t\nparams: {items: {type: list}}\nsteps:\n"
	    "  - {id: w, for_each: params.items, max_parallel: 2, run: [\"true\"]}\n");
	for (int64_t i = 0; i < 10; i++) {
		struct past_run *run = rig_run(&rig);

		rig_step(run, "w", "w", 20 + i % 3)->is_block = true;
		rig_step(run, "w[0]", "w", 10)->began_us = 0;
		rig_step(run, "w[1]", "w", 10)->began_us = 0;
		rig_step(run, "w[2]", "w", 10)->began_us = 10 * SECOND;
		rig_step(run, "w[3]", "w", 10)->began_us = 10 * SECOND;
		run->duration_us = 20 * SECOND;
	}
	rig_begin(&rig);
	assert_true(rig_ask(&rig, 0));
	assert_near(rig.outlook.expected_us, 20, 22);
	list_is(&rig, 8, 0);
	assert_true(rig_ask(&rig, 0));
	assert_near(rig.outlook.expected_us, 39, 44);
	rig_ends(&rig, "w[0]", OUTCOME_SUCCEEDED, 40 * SECOND);
	rig_ends(&rig, "w[1]", OUTCOME_SUCCEEDED, 40 * SECOND);
	assert_true(rig_ask(&rig, 40 * SECOND)); /* slower than ever: neither 30 nor 120 */
	assert_near(rig.outlook.expected_us, 60, 110);
	rig_ends(&rig, "w", OUTCOME_SUCCEEDED, 100 * SECOND);
	assert_true(rig_ask(&rig, 100 * SECOND));
	assert_in_range(rig.outlook.expected_us, 0, SECOND);
	rig_done(&rig);
}

/* Steps that are slow in the same runs make the whole less certain than such as have nothing to do with each other. */
static void test_slow_days(void **state)
{
	static const int64_t together[][2] = {{10, 10}, {11, 11}, {12, 12}, {14, 14}, {16, 16},
	    {20, 20}, {24, 24}, {28, 28}, {34, 34}, {40, 40}};
	static const int64_t against[][2] = {{10, 40}, {11, 34}, {12, 28}, {14, 24}, {16, 20},
	    {20, 16}, {24, 14}, {28, 12}, {34, 11}, {40, 10}};
	int64_t within_us;
	struct rig rig;

	(void)state;
	rig_init(&rig, CHAIN);
	add_runs(&rig, together, 10);
	rig_begin(&rig);
	assert_true(rig_ask(&rig, 0));
	within_us = rig.outlook.within_us;
	assert_near(within_us, 70, 100);
	rig.past.count = 0;
	memset(rig.past.runs, 0, RUNS * sizeof(*rig.past.runs));
	add_runs(&rig, against, 10);
	rig_begin(&rig);
	assert_true(rig_ask(&rig, 0));
	assert_near(rig.outlook.within_us, 35, 60);
	rig_done(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_nothing_is_known),
	    cmocka_unit_test(test_estimates),
	    cmocka_unit_test(test_whole),
	    cmocka_unit_test(test_one_run),
	    cmocka_unit_test(test_many_runs),
	    cmocka_unit_test(test_in_the_middle),
	    cmocka_unit_test(test_failed),
	    cmocka_unit_test(test_failed_earlier),
	    cmocka_unit_test(test_longest_way),
	    cmocka_unit_test(test_branches),
	    cmocka_unit_test(test_people),
	    cmocka_unit_test(test_unattended),
	    cmocka_unit_test(test_answered),
	    cmocka_unit_test(test_rehearsals),
	    cmocka_unit_test(test_loops),
	    cmocka_unit_test(test_slow_days),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
