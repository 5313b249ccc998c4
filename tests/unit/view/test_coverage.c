/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "cast.h"
#include "telling.h"
#include "unit/lang/vocabulary.h"

/* A real run that went through the loading and failed in it, so that it was undone. */
static void live_run(struct telling *telling)
{
	tell_begin(telling, "r-live", "run", 40);
	tell_start(telling, "look", START_ACTION);
	tell_finished(telling, false, ORIGIN_LIVE);
	tell_step(telling, "look", OUTCOME_FAILED, true);
	tell_decided(telling, "load", "when", value_bool(true), "steps.look.failed");
	tell_decided(telling, "load", "begin", NULL, "");
	tell_start(telling, "load/stop", START_UNLESS);
	tell_finished(telling, false, ORIGIN_LIVE);
	tell_action(telling, "load/stop", ORIGIN_LIVE, OUTCOME_SUCCEEDED);
	tell_start(telling, "load/copy", START_PRECONDITION);
	tell_finished(telling, true, ORIGIN_LIVE);
	tell_approval(telling, "load/copy", ANSWER_APPROVED);
	tell_start(telling, "load/copy", START_ACTION);
	tell_finished(telling, false, ORIGIN_LIVE);
	tell_decided(telling, "load/copy", "retry", NULL, "exit status 1");
	tell_action(telling, "load/copy", ORIGIN_LIVE, OUTCOME_FAILED);
	tell_action(telling, "load/tidy", ORIGIN_LIVE, OUTCOME_SUCCEEDED);
	tell_step(telling, "load", OUTCOME_FAILED, false);
	tell_step(telling, "hosts", OUTCOME_BLOCKED, false);
	tell_action(telling, "load/stop/begin_again", ORIGIN_LIVE, OUTCOME_SUCCEEDED);
	tell_end(telling, NULL);
}

/* A rehearsal: what reads is done, what changes is not, and what hangs on it is chosen. */
static void rehearsal(struct telling *telling, const char *run, int64_t days_ago)
{
	tell_begin(telling, run, "rehearse", days_ago);
	tell_action(telling, "look", ORIGIN_LIVE, OUTCOME_SUCCEEDED);
	tell_decided(telling, "load", "when", value_bool(false), "steps.look.failed");
	tell_step(telling, "load", OUTCOME_SKIPPED, false);
	tell_decided(telling, "hosts", "for_each", tell_list(2), "['a', 'b']");
	tell_action(telling, "hosts[0]", ORIGIN_ASSUMED, OUTCOME_REHEARSED);
	tell_action(telling, "hosts[1]", ORIGIN_ASSUMED, OUTCOME_REHEARSED);
	tell_step(telling, "hosts", OUTCOME_SUCCEEDED, false);
	tell(telling,
	    (struct message){
		.type = MESSAGE_CHOOSE, .choose = {.node = STR("rest"), .what = STR("when")}});
	tell_decided(telling, "rest", "when", value_bool(true), "chosen");
	tell_decided(telling, "rest", "begin", NULL, "");
	tell_action(telling, "rest/one", ORIGIN_ASSUMED, OUTCOME_REHEARSED);
	tell_start(telling, "rest/two", START_ACTION);
	tell_end(telling, NULL);
}

static void load(struct load *load, const char *from, const char *to)
{
	struct buf text;
	const char *at;

	cast_load(load, "covered.yaml");
	buf_init(&text, BUF_UNBOUNDED);
	at = load->source->bytes +
	    str_find((struct str){load->source->bytes, load->source->len}, str_from(from));
	buf_append(&text, load->source->bytes, (size_t)(at - load->source->bytes));
	buf_text(&text, to);
	at += str_from(from).len;
	buf_append(&text, at, load->source->len - (size_t)(at - load->source->bytes));
	load_done(load);
	assert_true(load_text(load, "covered.yaml", buf_view(&text), &test_vocabulary));
	buf_done(&text);
}

static void all_runs(struct telling *telling)
{
	tell_open(telling);
	live_run(telling);
	rehearsal(telling, "r-first", 12);
	rehearsal(telling, "r-second", 3);
}

static void show(struct coverage_view *view, const char *name)
{
	struct buf out;

	buf_init(&out, BUF_UNBOUNDED);
	coverage_text(view, &out);
	golden(name, buf_view(&out));
	buf_done(&out);
}

static void test_what_is_shown(void **state)
{
	struct telling telling;
	struct coverage_view view = {.now_us = NOW_US};
	struct buf out;

	(void)state;
	all_runs(&telling);
	view.coverage = telling.coverage;
	show(&view, "covered.txt");
	view.max_age_us = 30 * DAY_US;
	show(&view, "covered.gate.txt");
	buf_init(&out, BUF_UNBOUNDED);
	coverage_json(&view, &out);
	golden("covered.json", buf_view(&out));
	buf_done(&out);
	tell_close(&telling);
}

static void test_live_and_rehearsed_are_apart(void **state)
{
	struct telling telling;
	struct coverage *coverage;

	(void)state;
	all_runs(&telling);
	coverage = telling.coverage;
	assert_int_equal(coverage->live_runs, 1);
	assert_int_equal(coverage->rehearsals, 2);
	/* what was not performed */
	assert_int_equal(tell_runs(coverage, "rest/one", WAY_DONE, COVERAGE_LIVE), 0);
	assert_int_equal(tell_runs(coverage, "rest/one", WAY_DONE, COVERAGE_READ), 0);
	assert_int_equal(tell_runs(coverage, "rest/one", WAY_DONE, COVERAGE_REHEARSED), 2);
	/* and a loop over it, that says it succeeded */
	assert_int_equal(tell_runs(coverage, "hosts", WAY_DONE, COVERAGE_READ), 0);
	assert_int_equal(tell_runs(coverage, "hosts", WAY_DONE, COVERAGE_REHEARSED), 2);
	/* what was really read, in a rehearsal, is not live */
	assert_int_equal(tell_runs(coverage, "look", WAY_DONE, COVERAGE_LIVE), 0);
	assert_int_equal(tell_runs(coverage, "look", WAY_DONE, COVERAGE_READ), 2);
	/* what was chosen, and what was found out */
	assert_int_equal(tell_runs(coverage, "rest", WAY_WHEN, COVERAGE_READ), 0);
	assert_int_equal(tell_runs(coverage, "rest", WAY_WHEN, COVERAGE_REHEARSED), 2);
	assert_int_equal(tell_runs(coverage, "load", WAY_WHEN_NOT, COVERAGE_READ), 2);
	assert_int_equal(tell_runs(coverage, "load", WAY_WHEN, COVERAGE_LIVE), 1);
	/* what has no end */
	assert_int_equal(tell_runs(coverage, "rest/two", WAY_DONE, COVERAGE_READ), 0);
	assert_int_equal(tell_runs(coverage, "rest/two", WAY_CUT, COVERAGE_READ), 2);
	/* a mode that nobody knows is not taken for a run */
	tell_begin(&telling, "r-later", "imagined", 1);
	tell_action(&telling, "rest/two", ORIGIN_LIVE, OUTCOME_SUCCEEDED);
	tell_end(&telling, NULL);
	assert_int_equal(tell_runs(coverage, "rest/two", WAY_DONE, COVERAGE_LIVE), 0);
	tell_begin(&telling, "r-again", "replay", 1);
	tell_action(&telling, "rest/two", ORIGIN_LIVE, OUTCOME_SUCCEEDED);
	tell_end(&telling, NULL);
	assert_int_equal(tell_runs(coverage, "rest/two", WAY_DONE, COVERAGE_LIVE), 1);
	tell_close(&telling);
}

/* A step that is another one now was not exercised, the others were. */
static void test_before_a_change(void **state)
{
	static const struct {
		const char *from;
		const char *to;
		const char *changed; /* the step that is another one then; NULL: none */
	} rows[] = {
	    {"title: A runbook", "title: An old runbook", NULL},
	    {"steps:\n", "steps: # all of them\n", NULL},
	    {"run: [touch, stopped]", "run: [touch, halted]", "load/stop"},
	    {"run: [rm, stopped]", "run: [rm, halted]", "load/stop/begin_again"},
	    {"allow_failure: true", "allow_failure: true\n    timeout: 5s", "look"},
	    {"when: steps.look.failed", "when: '!steps.look.succeeded'", "load"},
	    {"[{run: [\"test\", -e, stopped]}]", "[{run: [\"test\", -f, stopped]}]", "load/stop"},
	    {"attempts: 2", "attempts: 3", "load/copy"},
	    {"id: tidy", "id: neat", "load/tidy"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct telling telling;
		struct load then;
		const struct coverage_version *version;

		tell_open(&telling);
		load(&then, rows[i].from, rows[i].to);
		version = coverage_version(telling.coverage, then.plan);
		load_done(&then);
		tell_begin(&telling, "r", "run", 2);
		for (size_t k = 1; k < telling.now.plan->count; k++) {
			char path[64];

			snprintf(
			    path, sizeof(path), "%.*s", STR_ARG(telling.coverage->steps[k].path));
			tell_decided(&telling, path, "begin", NULL, "");
			tell_step(&telling, path, OUTCOME_SUCCEEDED, false);
		}
		tell_end(&telling, version);
		for (size_t k = 1; k < telling.now.plan->count; k++) {
			const struct coverage_step *at = &telling.coverage->steps[k];
			bool changed = rows[i].changed && str_is(at->path, rows[i].changed);

			assert_int_equal(coverage_latest(at, WAY_DONE, COVERAGE_LIVE,
					     COVERAGE_REHEARSED) == NULL,
			    changed);
			assert_int_equal(coverage_former(at, WAY_DONE) != NULL, changed);
		}
		tell_close(&telling);
	}
}

static void test_nobody_knows_the_text(void **state)
{
	struct telling telling;

	(void)state;
	tell_open(&telling);
	tell_begin(&telling, "r", "run", 2);
	tell_action(&telling, "look", ORIGIN_LIVE, OUTCOME_SUCCEEDED);
	tell_action(&telling, "no/such/step", ORIGIN_LIVE, OUTCOME_SUCCEEDED);
	tell_end(&telling, coverage_version(telling.coverage, NULL));
	assert_false(coverage_is_touched(tell_find(telling.coverage, "look")));
	assert_non_null(coverage_former(tell_find(telling.coverage, "look"), WAY_DONE));
	tell_close(&telling);
}

/* Whatever hangs on what was not done is no more than rehearsed, though it was read. */
static void test_what_hangs(void **state)
{
	struct telling telling;
	struct coverage *coverage;

	(void)state;
	tell_open(&telling);
	coverage = telling.coverage;
	tell_begin(&telling, "r1", "rehearse", 2);
	tell_start(&telling, "look", START_ACTION);
	tell_finished(&telling, false, ORIGIN_LIVE);
	tell(&telling,
	    (struct message){.type = MESSAGE_DECIDED,
		.decided = {.node = STR("look"), .what = STR("action"), .deps = tell_list(1)}});
	tell_step(&telling, "look", OUTCOME_SUCCEEDED, false);
	tell(&telling,
	    (struct message){.type = MESSAGE_DECIDED,
		.decided = {.node = STR("load/stop"),
		    .what = STR("unless"),
		    .value = value_null(),
		    .deps = tell_list(1)}});
	tell_end(&telling, NULL);
	assert_int_equal(tell_runs(coverage, "look", WAY_DONE, COVERAGE_READ), 0);
	assert_int_equal(tell_runs(coverage, "look", WAY_DONE, COVERAGE_REHEARSED), 0);
	assert_int_equal(tell_runs(coverage, "look", WAY_DONE, COVERAGE_ASSUMED), 1);
	assert_int_equal(tell_runs(coverage, "load/stop", WAY_UNLESS_NOT, COVERAGE_REHEARSED), 1);
	tell_close(&telling);
}

/* What did not begin has not been exercised, however it ended. */
static void test_begun_or_not(void **state)
{
	struct telling telling;
	struct coverage *coverage;

	(void)state;
	tell_open(&telling);
	coverage = telling.coverage;
	tell_begin(&telling, "r1", "run", 2);
	tell_decided(&telling, "load/stop", "unless", value_bool(true), "");
	tell_step(&telling, "load/stop", OUTCOME_SUCCEEDED, false);
	tell_start(&telling, "load/copy", START_PRECONDITION);
	tell_finished(&telling, false, ORIGIN_LIVE);
	tell_step(&telling, "load/copy", OUTCOME_FAILED, false);
	tell_step(&telling, "load/tidy", OUTCOME_CANCELLED, false);
	tell_end(&telling, NULL);
	assert_int_equal(tell_runs(coverage, "load/stop", WAY_DONE, COVERAGE_LIVE), 0);
	assert_int_equal(tell_runs(coverage, "load/stop", WAY_UNLESS, COVERAGE_LIVE), 1);
	assert_int_equal(tell_runs(coverage, "load/copy", WAY_FAILED, COVERAGE_LIVE), 0);
	assert_int_equal(tell_runs(coverage, "load/copy", WAY_REFUSED, COVERAGE_LIVE), 1);
	assert_int_equal(tell_runs(coverage, "load/tidy", WAY_CUT, COVERAGE_LIVE), 0);
	tell_begin(&telling, "r2", "run", 1);
	tell_approval(&telling, "load/copy", ANSWER_DENIED);
	tell_step(&telling, "load/copy", OUTCOME_DENIED, false);
	tell_end(&telling, NULL);
	assert_int_equal(tell_runs(coverage, "load/copy", WAY_DENIED, COVERAGE_LIVE), 1);
	assert_int_equal(tell_runs(coverage, "load/copy", WAY_APPROVED, COVERAGE_LIVE), 0);
	tell_close(&telling);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_what_is_shown),
	    cmocka_unit_test(test_live_and_rehearsed_are_apart),
	    cmocka_unit_test(test_before_a_change),
	    cmocka_unit_test(test_nobody_knows_the_text),
	    cmocka_unit_test(test_what_hangs),
	    cmocka_unit_test(test_begun_or_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
