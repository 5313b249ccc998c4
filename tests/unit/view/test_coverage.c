/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "cast.h"
#include "unit/lang/vocabulary.h"
#include "view/coverage.h"

#define DAY_US (INT64_C(86400) * 1000000)
#define NOW_US (INT64_C(1795316645) * 1000000)

/* A run as it is told, a second between two lines. */
struct telling {
	struct coverage *coverage;
	struct coverage_reading *reading;
	int64_t at_us;
	uint32_t op;
	uint32_t id;
};

static void tell(struct telling *telling, struct message message)
{
	message.at_us = telling->at_us;
	telling->at_us += 1000000;
	coverage_feed(telling->reading, &message);
}

static void begins(struct telling *telling, const char *run, const char *mode, int64_t days_ago)
{
	telling->reading = coverage_reading_new(telling->coverage);
	telling->at_us = NOW_US - days_ago * DAY_US;
	tell(telling,
	    (struct message){.type = MESSAGE_RUN_STARTED,
		.run_started = {
		    .run = str_from(run), .mode = str_from(mode), .runbook = STR("covered")}});
}

static void counts(struct telling *telling, const struct coverage_version *version)
{
	coverage_count(telling->coverage, telling->reading, version);
	coverage_reading_free(telling->reading);
}

static void begun(struct telling *telling, const char *node, enum start_what what)
{
	tell(telling,
	    (struct message){.type = MESSAGE_START,
		.start = {.op = ++telling->op, .node = str_from(node), .what = what}});
}

static void ended(struct telling *telling, bool ok, enum origin origin)
{
	tell(telling,
	    (struct message){.type = MESSAGE_FINISHED,
		.finished = {
		    .op = telling->op, .ok = ok, .verdict = {.ok = ok}, .origin = origin}});
}

static void step(struct telling *telling, const char *node, enum outcome outcome, bool allowed)
{
	tell(telling,
	    (struct message){.type = MESSAGE_STEP_FINISHED,
		.step_finished = {.node = str_from(node), .outcome = outcome, .allowed = allowed}});
}

/* A step with an action, from its begin to its end. */
static void acts(
    struct telling *telling, const char *node, enum origin origin, enum outcome outcome)
{
	begun(telling, node, START_ACTION);
	ended(telling, outcome == OUTCOME_SUCCEEDED || outcome == OUTCOME_REHEARSED, origin);
	step(telling, node, outcome, false);
}

static void decides(struct telling *telling, const char *node, const char *what,
    const struct value *value, const char *why)
{
	tell(telling,
	    (struct message){.type = MESSAGE_DECIDED,
		.decided = {.node = str_from(node),
		    .what = str_from(what),
		    .value = value,
		    .why = str_from(why)}});
}

static void asked(struct telling *telling, const char *node, enum answer answer)
{
	tell(telling,
	    (struct message){.type = MESSAGE_ASK,
		.ask = {.id = ++telling->id, .node = str_from(node), .by = 1}});
	tell(telling,
	    (struct message){
		.type = MESSAGE_ANSWERED, .answered = {.id = telling->id, .answer = answer}});
}

static const struct value *bools(size_t count)
{
	static const struct value *items[2];
	static struct value list;

	items[0] = items[1] = value_bool(true);
	list = (struct value){.type = VALUE_LIST, .list = {.items = items, .count = count}};
	return &list;
}

/* A real run that went through the loading and failed in it, so that it was undone. */
static void live_run(struct telling *telling)
{
	begins(telling, "r-live", "run", 40);
	begun(telling, "look", START_ACTION);
	ended(telling, false, ORIGIN_LIVE);
	step(telling, "look", OUTCOME_FAILED, true);
	decides(telling, "load", "when", value_bool(true), "steps.look.failed");
	decides(telling, "load", "begin", NULL, "");
	begun(telling, "load/stop", START_UNLESS);
	ended(telling, false, ORIGIN_LIVE);
	acts(telling, "load/stop", ORIGIN_LIVE, OUTCOME_SUCCEEDED);
	begun(telling, "load/copy", START_PRECONDITION);
	ended(telling, true, ORIGIN_LIVE);
	asked(telling, "load/copy", ANSWER_APPROVED);
	begun(telling, "load/copy", START_ACTION);
	ended(telling, false, ORIGIN_LIVE);
	decides(telling, "load/copy", "retry", NULL, "exit status 1");
	acts(telling, "load/copy", ORIGIN_LIVE, OUTCOME_FAILED);
	acts(telling, "load/tidy", ORIGIN_LIVE, OUTCOME_SUCCEEDED);
	step(telling, "load", OUTCOME_FAILED, false);
	step(telling, "hosts", OUTCOME_BLOCKED, false);
	acts(telling, "load/stop/begin_again", ORIGIN_LIVE, OUTCOME_SUCCEEDED);
	counts(telling, NULL);
}

/* A rehearsal: what reads is done, what changes is not, and what hangs on it is chosen. */
static void rehearsal(struct telling *telling, const char *run, int64_t days_ago)
{
	begins(telling, run, "rehearse", days_ago);
	acts(telling, "look", ORIGIN_LIVE, OUTCOME_SUCCEEDED);
	decides(telling, "load", "when", value_bool(false), "steps.look.failed");
	step(telling, "load", OUTCOME_SKIPPED, false);
	decides(telling, "hosts", "for_each", bools(2), "['a', 'b']");
	acts(telling, "hosts[0]", ORIGIN_ASSUMED, OUTCOME_REHEARSED);
	acts(telling, "hosts[1]", ORIGIN_ASSUMED, OUTCOME_REHEARSED);
	step(telling, "hosts", OUTCOME_SUCCEEDED, false);
	tell(telling,
	    (struct message){
		.type = MESSAGE_CHOOSE, .choose = {.node = STR("rest"), .what = STR("when")}});
	decides(telling, "rest", "when", value_bool(true), "chosen");
	decides(telling, "rest", "begin", NULL, "");
	acts(telling, "rest/one", ORIGIN_ASSUMED, OUTCOME_REHEARSED);
	begun(telling, "rest/two", START_ACTION);
	counts(telling, NULL);
}

static void load(struct load *load, const char *from, const char *to)
{
	struct buf text;
	const char *at;

	cast_load(load, "covered.yaml");
	if (!from)
		return;
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

static void all_runs(struct telling *telling, struct load *now)
{
	load(now, NULL, NULL);
	*telling = (struct telling){.coverage = coverage_new(now->plan)};
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
	struct load now;
	struct buf out;

	(void)state;
	all_runs(&telling, &now);
	view.coverage = telling.coverage;
	show(&view, "covered.txt");
	view.max_age_us = 30 * DAY_US;
	show(&view, "covered.gate.txt");
	buf_init(&out, BUF_UNBOUNDED);
	coverage_json(&view, &out);
	golden("covered.json", buf_view(&out));
	buf_done(&out);
	coverage_free(telling.coverage);
	load_done(&now);
}

static const struct coverage_step *find(const struct coverage *coverage, const char *path)
{
	const struct plan_node *node = plan_at(coverage->plan, str_from(path));

	assert_non_null(node);
	return &coverage->steps[node->index];
}

/* How it went that way at a trust, in runs. */
static int64_t runs(const struct coverage *coverage, const char *path, enum coverage_way way,
    enum coverage_kind kind)
{
	int64_t count;

	coverage_went(find(coverage, path), way, kind, kind, &count);
	return count;
}

static void test_live_and_rehearsed_are_apart(void **state)
{
	struct telling telling;
	struct coverage *coverage;
	struct load now;

	(void)state;
	all_runs(&telling, &now);
	coverage = telling.coverage;
	assert_int_equal(coverage->live_runs, 1);
	assert_int_equal(coverage->rehearsals, 2);
	/* what was not performed */
	assert_int_equal(runs(coverage, "rest/one", WAY_DONE, COVERAGE_LIVE), 0);
	assert_int_equal(runs(coverage, "rest/one", WAY_DONE, COVERAGE_READ), 0);
	assert_int_equal(runs(coverage, "rest/one", WAY_DONE, COVERAGE_REHEARSED), 2);
	/* and a loop over it, that says it succeeded */
	assert_int_equal(runs(coverage, "hosts", WAY_DONE, COVERAGE_READ), 0);
	assert_int_equal(runs(coverage, "hosts", WAY_DONE, COVERAGE_REHEARSED), 2);
	/* what was really read, in a rehearsal, is not live */
	assert_int_equal(runs(coverage, "look", WAY_DONE, COVERAGE_LIVE), 0);
	assert_int_equal(runs(coverage, "look", WAY_DONE, COVERAGE_READ), 2);
	/* what was chosen, and what was found out */
	assert_int_equal(runs(coverage, "rest", WAY_WHEN, COVERAGE_READ), 0);
	assert_int_equal(runs(coverage, "rest", WAY_WHEN, COVERAGE_REHEARSED), 2);
	assert_int_equal(runs(coverage, "load", WAY_WHEN_NOT, COVERAGE_READ), 2);
	assert_int_equal(runs(coverage, "load", WAY_WHEN, COVERAGE_LIVE), 1);
	/* what has no end */
	assert_int_equal(runs(coverage, "rest/two", WAY_DONE, COVERAGE_READ), 0);
	assert_int_equal(runs(coverage, "rest/two", WAY_CUT, COVERAGE_READ), 2);
	/* a mode that nobody knows is not taken for a run */
	begins(&telling, "r-later", "imagined", 1);
	acts(&telling, "rest/two", ORIGIN_LIVE, OUTCOME_SUCCEEDED);
	counts(&telling, NULL);
	assert_int_equal(runs(coverage, "rest/two", WAY_DONE, COVERAGE_LIVE), 0);
	begins(&telling, "r-again", "replay", 1);
	acts(&telling, "rest/two", ORIGIN_LIVE, OUTCOME_SUCCEEDED);
	counts(&telling, NULL);
	assert_int_equal(runs(coverage, "rest/two", WAY_DONE, COVERAGE_LIVE), 1);
	coverage_free(coverage);
	load_done(&now);
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
		struct load now;
		struct load then;
		const struct coverage_version *version;

		load(&now, NULL, NULL);
		load(&then, rows[i].from, rows[i].to);
		telling = (struct telling){.coverage = coverage_new(now.plan)};
		version = coverage_version(telling.coverage, then.plan);
		load_done(&then);
		begins(&telling, "r", "run", 2);
		for (size_t k = 1; k < now.plan->count; k++) {
			char path[64];

			snprintf(
			    path, sizeof(path), "%.*s", STR_ARG(telling.coverage->steps[k].path));
			decides(&telling, path, "begin", NULL, "");
			step(&telling, path, OUTCOME_SUCCEEDED, false);
		}
		counts(&telling, version);
		for (size_t k = 1; k < now.plan->count; k++) {
			const struct coverage_step *at = &telling.coverage->steps[k];
			bool changed = rows[i].changed && str_is(at->path, rows[i].changed);

			assert_int_equal(coverage_latest(at, WAY_DONE, COVERAGE_LIVE,
					     COVERAGE_REHEARSED) == NULL,
			    changed);
			assert_int_equal(coverage_former(at, WAY_DONE) != NULL, changed);
		}
		coverage_free(telling.coverage);
		load_done(&now);
	}
}

static void test_nobody_knows_the_text(void **state)
{
	struct telling telling;
	struct load now;

	(void)state;
	load(&now, NULL, NULL);
	telling = (struct telling){.coverage = coverage_new(now.plan)};
	begins(&telling, "r", "run", 2);
	acts(&telling, "look", ORIGIN_LIVE, OUTCOME_SUCCEEDED);
	acts(&telling, "no/such/step", ORIGIN_LIVE, OUTCOME_SUCCEEDED);
	counts(&telling, coverage_version(telling.coverage, NULL));
	assert_false(coverage_is_touched(find(telling.coverage, "look")));
	assert_non_null(coverage_former(find(telling.coverage, "look"), WAY_DONE));
	coverage_free(telling.coverage);
	load_done(&now);
}

/* Whatever hangs on what was not done is no more than rehearsed, though it was read. */
static void test_what_hangs(void **state)
{
	struct telling telling;
	struct coverage *coverage;
	struct load now;

	(void)state;
	load(&now, NULL, NULL);
	telling = (struct telling){.coverage = coverage = coverage_new(now.plan)};
	begins(&telling, "r1", "rehearse", 2);
	begun(&telling, "look", START_ACTION);
	ended(&telling, false, ORIGIN_LIVE);
	tell(&telling,
	    (struct message){.type = MESSAGE_DECIDED,
		.decided = {.node = STR("look"), .what = STR("action"), .deps = bools(1)}});
	step(&telling, "look", OUTCOME_SUCCEEDED, false);
	tell(&telling,
	    (struct message){.type = MESSAGE_DECIDED,
		.decided = {.node = STR("load/stop"),
		    .what = STR("unless"),
		    .value = value_null(),
		    .deps = bools(1)}});
	counts(&telling, NULL);
	assert_int_equal(runs(coverage, "look", WAY_DONE, COVERAGE_READ), 0);
	assert_int_equal(runs(coverage, "look", WAY_DONE, COVERAGE_REHEARSED), 1);
	assert_int_equal(runs(coverage, "load/stop", WAY_UNLESS_NOT, COVERAGE_REHEARSED), 1);
	coverage_free(coverage);
	load_done(&now);
}

/* What did not begin has not been exercised, however it ended. */
static void test_begun_or_not(void **state)
{
	struct telling telling;
	struct coverage *coverage;
	struct load now;

	(void)state;
	load(&now, NULL, NULL);
	telling = (struct telling){.coverage = coverage = coverage_new(now.plan)};
	begins(&telling, "r1", "run", 2);
	decides(&telling, "load/stop", "unless", value_bool(true), "");
	step(&telling, "load/stop", OUTCOME_SUCCEEDED, false);
	begun(&telling, "load/copy", START_PRECONDITION);
	ended(&telling, false, ORIGIN_LIVE);
	step(&telling, "load/copy", OUTCOME_FAILED, false);
	step(&telling, "load/tidy", OUTCOME_CANCELLED, false);
	counts(&telling, NULL);
	assert_int_equal(runs(coverage, "load/stop", WAY_DONE, COVERAGE_LIVE), 0);
	assert_int_equal(runs(coverage, "load/stop", WAY_UNLESS, COVERAGE_LIVE), 1);
	assert_int_equal(runs(coverage, "load/copy", WAY_FAILED, COVERAGE_LIVE), 0);
	assert_int_equal(runs(coverage, "load/copy", WAY_REFUSED, COVERAGE_LIVE), 1);
	assert_int_equal(runs(coverage, "load/tidy", WAY_CUT, COVERAGE_LIVE), 0);
	begins(&telling, "r2", "run", 1);
	asked(&telling, "load/copy", ANSWER_DENIED);
	step(&telling, "load/copy", OUTCOME_DENIED, false);
	counts(&telling, NULL);
	assert_int_equal(runs(coverage, "load/copy", WAY_DENIED, COVERAGE_LIVE), 1);
	assert_int_equal(runs(coverage, "load/copy", WAY_APPROVED, COVERAGE_LIVE), 0);
	coverage_free(coverage);
	load_done(&now);
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
