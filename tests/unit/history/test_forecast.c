/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/arena.h"
#include "history/forecast.h"
#include "lang/load.h"
#include "unit/lang/vocabulary.h"

#define SECOND INT64_C(1000000)
#define MINUTE (60 * SECOND)

enum { RUNS = 20, ROOM = 12 };

/* A runbook, earlier runs of it, and what is foretold. */
struct rig {
	struct load load;
	struct arena *arena;
	struct past past;
	struct forecast_options options;
	struct forecast *forecast;
	struct outlook outlook;
};

static void rig_init(struct rig *rig, const char *text)
{
	struct buf out;

	memset(rig, 0, sizeof(*rig));
	rig->arena = arena_new();
	rig->past.runs = arena_array(rig->arena, RUNS, sizeof(*rig->past.runs));
	buf_init(&out, BUF_UNBOUNDED);
	if (!load_text(&rig->load, "t.yaml", str_from(text), &test_vocabulary)) {
		load_show(&rig->load, false, &out);
		fail_msg("%.*s", STR_ARG(buf_view(&out)));
	}
	buf_done(&out);
	rig->options.plan = rig->load.plan;
	rig->options.past = &rig->past;
}

static void rig_done(struct rig *rig)
{
	forecast_free(rig->forecast);
	load_done(&rig->load);
	arena_free(rig->arena);
}

static struct past_run *add_run(struct rig *rig)
{
	struct past_run *run = &rig->past.runs[rig->past.count++];

	assert_true(rig->past.count <= RUNS);
	run->run = arena_printf(rig->arena, "run-%zu", rig->past.count);
	run->steps = arena_array(rig->arena, ROOM, sizeof(*run->steps));
	run->finished = true;
	run->outcome = RUN_RECOVERED;
	return run;
}

/* A step that begins where the one before ended. */
static struct past_step *add_step(
    struct past_run *run, const char *node, const char *path, int64_t seconds)
{
	struct past_step *step = &run->steps[run->step_count++];

	assert_true(run->step_count <= ROOM);
	step->node = str_from(node);
	step->path = str_from(path);
	step->outcome = OUTCOME_SUCCEEDED;
	step->performed = true;
	step->began_us = run->duration_us;
	step->duration_us = seconds * SECOND;
	run->duration_us += step->duration_us;
	return step;
}

static void begin(struct rig *rig)
{
	struct message started = {.type = MESSAGE_RUN_STARTED};

	forecast_free(rig->forecast);
	rig->forecast = forecast_new(&rig->options);
	forecast_see(rig->forecast, &started);
}

static bool ask(struct rig *rig, int64_t t_us)
{
	return forecast_ask(rig->forecast, t_us, &rig->outlook);
}

static void step_begins(struct rig *rig, const char *node, int64_t t_us)
{
	struct message message = {.type = MESSAGE_DECIDED, .t_us = t_us};

	message.decided.node = str_from(node);
	message.decided.what = STR("begin");
	forecast_see(rig->forecast, &message);
}

static void step_ends(struct rig *rig, const char *node, enum outcome outcome, int64_t t_us)
{
	struct message message = {.type = MESSAGE_STEP_FINISHED, .t_us = t_us};

	message.step_finished.node = str_from(node);
	message.step_finished.outcome = outcome;
	forecast_see(rig->forecast, &message);
}

static void assert_near(int64_t us, int64_t low_s, int64_t high_s)
{
	assert_in_range(us, low_s * SECOND, high_s * SECOND);
}

#define CHAIN                                                                                      \
	"reprise: 1\nid: t\nobjectives: {rto: 2m}\nsteps:\n"                                       \
	"  - {id: a, run: [\"true\"]}\n  - {id: b, run: [\"true\"]}\n"

static void test_nothing_is_known(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig, CHAIN);
	begin(&rig);
	assert_false(ask(&rig, 0));
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
	begin(&rig);
	assert_true(ask(&rig, 0));
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
	begin(&rig);
	assert_true(ask(&rig, 0));
	assert_true(rig.outlook.whole);
	assert_near(rig.outlook.within_us, 39 * 60, 41 * 60);
	assert_true(ask(&rig, 300 * MINUTE));
	assert_in_range(rig.outlook.expected_us, 5 * MINUTE, 300 * MINUTE);
	rig_done(&rig);
}

static void test_one_run(void **state)
{
	struct rig rig;
	struct past_run *run;

	(void)state;
	rig_init(&rig, CHAIN);
	run = add_run(&rig);
	add_step(run, "a", "a", 10);
	add_step(run, "b", "b", 20);
	begin(&rig);
	assert_true(ask(&rig, 0));
	assert_int_equal(rig.outlook.runs, 1);
	assert_near(rig.outlook.expected_us, 28, 32);
	assert_near(rig.outlook.within_us, 60, 120); /* one run tells little */
	assert_int_equal(rig.outlook.rto_us, 2 * MINUTE);
	assert_in_range(rig.outlook.rto_percent, 90, 99);

	rig.options.run = run->run; /* it is this one, which goes on */
	begin(&rig);
	assert_false(ask(&rig, 0));
	rig_done(&rig);
}

static void add_runs(struct rig *rig, const int64_t (*seconds)[2], size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct past_run *run = add_run(rig);

		add_step(run, "a", "a", seconds[i][0]);
		add_step(run, "b", "b", seconds[i][1]);
	}
}

static void test_many_runs(void **state)
{
	static const int64_t seconds[][2] = {{9, 18}, {11, 22}, {10, 20}, {10, 21}, {12, 19}, {9, 20},
	    {8, 24}, {10, 17}, {11, 20}, {10, 19}};
	struct rig rig;
	int64_t first_us;

	(void)state;
	rig_init(&rig, CHAIN);
	add_runs(&rig, seconds, 10);
	begin(&rig);
	assert_true(ask(&rig, 0));
	assert_int_equal(rig.outlook.runs, 10);
	assert_near(rig.outlook.expected_us, 28, 32);
	assert_near(rig.outlook.within_us, 32, 37);
	assert_int_equal(rig.outlook.rto_percent, 100);
	assert_near(forecast_step(rig.forecast, 2).typical_us, 19, 21);
	first_us = rig.outlook.within_us;
	assert_true(ask(&rig, 0)); /* the same courses each time */
	assert_int_equal(rig.outlook.within_us, first_us);
	begin(&rig);
	assert_true(ask(&rig, 0));
	assert_int_equal(rig.outlook.within_us, first_us);
	rig_done(&rig);
}

/* What has happened is as it was; what runs lasts longer than it has. */
static void test_in_the_middle(void **state)
{
	static const int64_t seconds[][2] = {{9, 18}, {11, 22}, {10, 20}, {10, 21}, {12, 19}, {9, 20},
	    {8, 24}, {10, 17}, {11, 20}, {10, 19}};
	struct rig rig;

	(void)state;
	rig_init(&rig, CHAIN);
	add_runs(&rig, seconds, 10);
	begin(&rig);
	step_begins(&rig, "a", 0);
	assert_true(ask(&rig, 5 * SECOND));
	assert_near(rig.outlook.expected_us, 23, 27);
	assert_true(ask(&rig, 100 * SECOND)); /* it has outlasted all that was known of it */
	assert_near(rig.outlook.expected_us, 22, 60);
	assert_in_range(rig.outlook.rto_percent, 0, 40);
	step_ends(&rig, "a", OUTCOME_SUCCEEDED, 101 * SECOND);
	assert_true(ask(&rig, 101 * SECOND));
	assert_near(rig.outlook.expected_us, 19, 21);
	assert_int_equal(rig.outlook.steps, 1);
	step_ends(&rig, "b", OUTCOME_SKIPPED, 102 * SECOND);
	assert_true(ask(&rig, 102 * SECOND)); /* the runbook's own verify, which there is none of */
	assert_in_range(rig.outlook.within_us, 0, SECOND);
	rig_done(&rig);
}

static void test_failed(void **state)
{
	static const int64_t seconds[][2] = {{9, 18}, {11, 22}};
	struct rig rig;

	(void)state;
	rig_init(&rig, CHAIN);
	add_runs(&rig, seconds, 2);
	begin(&rig);
	step_begins(&rig, "a", 0);
	step_ends(&rig, "a", OUTCOME_FAILED, SECOND);
	assert_false(ask(&rig, SECOND));
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
		struct past_run *run = add_run(&rig);
		int64_t lately = (int64_t)i % 3;

		add_step(run, "a", "a", 10 + lately);
		add_step(run, "b", "b", 30 + lately)->began_us = 0;
		add_step(run, "c", "c", 5);
		add_step(run, "z", "z", 1000); /* when it has recovered */
	}
	begin(&rig);
	assert_true(ask(&rig, 0));
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
		struct past_run *run = add_run(&rig);

		add_step(run, "a", "a", 10 + (int64_t)i % 2);
		if (i % 4)
			add_step(run, "b", "b", 0)->outcome = OUTCOME_SKIPPED;
		else
			add_step(run, "b", "b", 1000);
	}
	begin(&rig);
	assert_true(ask(&rig, 0));
	assert_near(rig.outlook.expected_us, 10, 12);
	assert_near(rig.outlook.within_us, 900, 1100); /* one run in four */
	assert_in_range(rig.outlook.rto_percent, 70, 80);
	step_ends(&rig, "a", OUTCOME_SUCCEEDED, 10 * SECOND);
	step_begins(&rig, "b", 10 * SECOND);
	assert_true(ask(&rig, 10 * SECOND));
	assert_near(rig.outlook.expected_us, 900, 1100);
	rig_done(&rig);
}

static void test_people(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig, CHAIN "  - {id: c, run: [\"true\"], effect: destroy, timeout: 1m}\n");
	for (int64_t i = 0; i < 10; i++) {
		struct past_run *run = add_run(&rig);

		add_step(run, "a", "a", 10);
		add_step(run, "b", "b", 20);
		add_step(run, "c", "c", 65 + i)->open_us = (60 + i) * SECOND;
	}
	begin(&rig);
	assert_true(ask(&rig, 0));
	assert_int_equal(rig.outlook.questions, 1);
	assert_int_equal(rig.outlook.questions_unknown, 0);
	assert_near(rig.outlook.expected_us, 98, 101);
	assert_near(rig.outlook.waiting_us, 63, 66);
	assert_near(forecast_step(rig.forecast, 3).waiting_us, 63, 66);
	assert_near(forecast_step(rig.forecast, 3).typical_us, 4, 6);

	rig.options.unattended = true;
	begin(&rig);
	assert_true(ask(&rig, 0));
	assert_int_equal(rig.outlook.questions, 0);
	assert_int_equal(rig.outlook.waiting_us, 0);
	assert_near(rig.outlook.expected_us, 34, 36);
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
		add_step(add_run(&rig), "c", "c", 65 + i)->open_us = (60 + i) * SECOND;
	begin(&rig);
	step_ends(&rig, "a", OUTCOME_SUCCEEDED, SECOND);
	step_ends(&rig, "b", OUTCOME_SUCCEEDED, SECOND);
	asked.t_us = SECOND;
	forecast_see(rig.forecast, &asked);
	assert_true(ask(&rig, 31 * SECOND));
	assert_near(rig.outlook.waiting_us, 33, 36);
	answered.t_us = 32 * SECOND;
	forecast_see(rig.forecast, &answered);
	assert_true(ask(&rig, 32 * SECOND));
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
	run = add_run(&rig);
	run->rehearsal = true;
	run->outcome = RUN_REHEARSED;
	add_step(run, "a", "a", 10);
	add_step(run, "b", "b", 20)->performed = false;
	run = add_run(&rig);
	run->alone = STR("b");
	add_step(run, "b", "b", 20);
	run = add_run(&rig);
	run->resumed = true;
	add_step(run, "b", "b", 20);
	begin(&rig);
	assert_true(ask(&rig, 0));
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
		struct past_run *run = add_run(&rig);

		add_step(run, "w", "w", 20 + i % 3)->is_block = true;
		add_step(run, "w[0]", "w", 10)->began_us = 0;
		add_step(run, "w[1]", "w", 10)->began_us = 0;
		add_step(run, "w[2]", "w", 10)->began_us = 10 * SECOND;
		add_step(run, "w[3]", "w", 10)->began_us = 10 * SECOND;
		run->duration_us = 20 * SECOND;
	}
	begin(&rig);
	assert_true(ask(&rig, 0));
	assert_near(rig.outlook.expected_us, 20, 22);
	list_is(&rig, 8, 0);
	assert_true(ask(&rig, 0));
	assert_near(rig.outlook.expected_us, 39, 44);
	step_ends(&rig, "w[0]", OUTCOME_SUCCEEDED, 40 * SECOND);
	step_ends(&rig, "w[1]", OUTCOME_SUCCEEDED, 40 * SECOND);
	assert_true(ask(&rig, 40 * SECOND)); /* slower than ever: neither 30 nor 120 */
	assert_near(rig.outlook.expected_us, 60, 110);
	step_ends(&rig, "w", OUTCOME_SUCCEEDED, 100 * SECOND);
	assert_true(ask(&rig, 100 * SECOND));
	assert_in_range(rig.outlook.expected_us, 0, SECOND);
	rig_done(&rig);
}

/* Steps that are slow in the same runs make the whole more uncertain than such as have nothing to do with each other. */
static void test_slow_days(void **state)
{
	static const int64_t together[][2] = {{10, 10}, {11, 11}, {12, 12}, {14, 14}, {16, 16}, {20, 20},
	    {24, 24}, {28, 28}, {34, 34}, {40, 40}};
	static const int64_t against[][2] = {{10, 40}, {11, 34}, {12, 28}, {14, 24}, {16, 20}, {20, 16},
	    {24, 14}, {28, 12}, {34, 11}, {40, 10}};
	int64_t within_us;
	struct rig rig;

	(void)state;
	rig_init(&rig, CHAIN);
	add_runs(&rig, together, 10);
	begin(&rig);
	assert_true(ask(&rig, 0));
	within_us = rig.outlook.within_us;
	assert_near(within_us, 70, 100);
	rig.past.count = 0;
	memset(rig.past.runs, 0, RUNS * sizeof(*rig.past.runs));
	add_runs(&rig, against, 10);
	begin(&rig);
	assert_true(ask(&rig, 0));
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
	    cmocka_unit_test(test_longest_way),
	    cmocka_unit_test(test_branches),
	    cmocka_unit_test(test_people),
	    cmocka_unit_test(test_answered),
	    cmocka_unit_test(test_rehearsals),
	    cmocka_unit_test(test_loops),
	    cmocka_unit_test(test_slow_days),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
