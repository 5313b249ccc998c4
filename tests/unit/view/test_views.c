/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cast.h"
#include "lang/critical_path.h"
#include "view/plan_text.h"
#include "view/rendering.h"
#include "view/summary.h"
#include "view/terminal.h"

/* What the terminal shows of a run, as it would with an asker in front; of one that goes on behind its first `past`. */
static void show_terminal_after(
    struct cast *cast, size_t past, bool color, bool quiet, const char *name)
{
	FILE *file = tmpfile();
	struct terminal_options options = {
	    .plan = cast->load.plan,
	    .fd = fileno(file),
	    .color = color,
	    .quiet = quiet,
	    .transcript = "runs/t.jsonl",
	};
	struct terminal *terminal = terminal_new(&options);
	struct buf out;
	ssize_t got;

	for (size_t i = 0; i < cast->count; i++) {
		const struct message *item = &cast->items[i];
		struct terminal_question question = {
		    item, item->ask.step, TERMINAL_ASKS, item->t_us, {0}, NULL, false};

		if (i < past) {
			terminal_see_past(terminal, item);
			continue;
		}
		terminal_see(terminal, item);
		if (item->type == MESSAGE_ASK)
			terminal_ask(terminal, &question);
	}
	terminal_end(terminal, NULL);
	terminal_free(terminal);
	buf_init(&out, BUF_UNBOUNDED);
	lseek(fileno(file), 0, SEEK_SET);
	while ((got = read(fileno(file), buf_reserve(&out, 4096), 4096)) > 0)
		buf_added(&out, (size_t)got);
	fclose(file);
	golden(name, buf_view(&out));
	buf_done(&out);
}

static void show_terminal(struct cast *cast, bool color, bool quiet, const char *name)
{
	show_terminal_after(cast, 0, color, quiet, name);
}

static void show_report(struct cast *cast, bool with_plan, const char *name)
{
	const struct rendering_about about = {
	    .plan = with_plan ? cast->load.plan : NULL,
	    .path = "runs/t.jsonl",
	    .state = STR("sealed: 24 lines, the chain holds"),
	    .verified = TRANSCRIPT_SEALED,
	};
	void *report = rendering_markdown.new(&about);
	struct buf out;

	for (size_t i = 0; i < cast->count; i++)
		rendering_markdown.see(report, &cast->items[i]);
	buf_init(&out, BUF_UNBOUNDED);
	rendering_markdown.put(report, &out);
	golden(name, buf_view(&out));
	buf_done(&out);
	rendering_markdown.free(report);
}

static void test_recovered(void **state)
{
	struct cast cast;

	(void)state;
	cast_recovered(&cast);
	show_terminal(&cast, false, false, "recovered.terminal.txt");
	show_terminal(&cast, true, false, "recovered.color.txt");
	show_report(&cast, true, "recovered.report.md");
	show_report(&cast, false, "recovered.bare.md");
	cast_done(&cast);
}

static void test_failed(void **state)
{
	struct cast cast;

	(void)state;
	cast_failed(&cast);
	show_terminal(&cast, false, false, "failed.terminal.txt");
	show_terminal(&cast, false, true, "failed.quiet.txt");
	show_report(&cast, true, "failed.report.md");
	cast_done(&cast);
}

/* No byte that a terminal obeys comes through, but the line breaks that are ours. */
static void assert_tame(const char *name)
{
	char path[512];
	struct source *text;

	snprintf(path, sizeof(path), "%s/tests/unit/view/golden/%s", SOURCE_DIR, name);
	text = source_read(path);
	assert_non_null(text);
	for (size_t i = 0; i < text->len; i++)
		assert_true(text->bytes[i] == '\n' || (unsigned char)text->bytes[i] >= 0x20);
	assert_null(memmem(text->bytes, text->len, "\xE2\x80\xAE", 3));
	source_free(text);
}

static void test_hostile(void **state)
{
	struct cast cast;

	(void)state;
	cast_hostile(&cast);
	show_terminal(&cast, false, false, "hostile.terminal.txt");
	show_report(&cast, true, "hostile.report.md");
	assert_tame("hostile.terminal.txt");
	assert_tame("hostile.report.md");
	cast_done(&cast);
}

/* Whoever goes on says first what was before; whoever watches is told when the record tells it. */
static void test_resumed(void **state)
{
	struct cast cast;

	(void)state;
	cast_resumed(&cast);
	show_terminal_after(&cast, cast.past, false, false, "resumed.terminal.txt");
	show_terminal(&cast, false, false, "resumed.watched.txt");
	show_report(&cast, true, "resumed.report.md");
	cast_done(&cast);
}

static void show_plan(const char *runbook, bool color, const char *name)
{
	struct load load;
	struct arena *arena = arena_new();
	struct buf out;

	cast_load(&load, runbook);
	buf_init(&out, BUF_UNBOUNDED);
	plan_text(
	    load.plan, model_params(arena, load.runbook, NULL, 0, &load.diags), NULL, color, &out);
	golden(name, buf_view(&out));
	buf_done(&out);
	arena_free(arena);
	load_done(&load);
}

static void test_plan(void **state)
{
	(void)state;
	show_plan("rescue.yaml", false, "rescue.plan.txt");
	show_plan("rescue.yaml", true, "rescue.color.txt");
}

static const char *id_of(const struct plan *plan, uint32_t node)
{
	return plan->nodes[node].step->id.ptr;
}

static void test_critical_path(void **state)
{
	struct critical_path path;
	struct load load;

	(void)state;
	cast_load(&load, "long.yaml");
	critical_path_init(&path, load.plan, model_presets(load.arena, load.runbook));
	/* a: 3 x 1m, 10s and 15s between; c: 10m whatever is inside, and 5s. b: 3m; e: 3m and 20m */
	assert_int_equal(path.count, 2);
	assert_memory_equal(id_of(load.plan, path.nodes[0]), "b", 1);
	assert_memory_equal(id_of(load.plan, path.nodes[1]), "e", 1);
	assert_int_equal(path.us, INT64_C(1000000) * (180 + 180 + 1200 + 7));
	assert_int_equal(path.open, 0);
	critical_path_done(&path);
	load_done(&load);

	cast_load(&load, "rescue.yaml");
	critical_path_init(&path, load.plan, model_presets(load.arena, load.runbook));
	assert_memory_equal(id_of(load.plan, path.nodes[0]), "restart", 7);
	assert_int_equal(path.count, 3);
	critical_path_done(&path);
	load_done(&load);
}

static void test_critical_path_of_loops(void **state)
{
	struct critical_path path;
	struct load load;

	(void)state;
	cast_load(&load, "loops.yaml");
	critical_path_init(&path, load.plan, model_presets(load.arena, load.runbook));
	/* five items, two at once, each with three checks; then a list that nobody knows yet */
	assert_int_equal(path.us, INT64_C(1000000) * (10 + 3 * (60 + 3) + 3600));
	assert_int_equal(path.open, OPEN_PEOPLE | OPEN_LIST);
	critical_path_done(&path);
	load_done(&load);
}

static void test_summary(void **state)
{
	struct summary summary;
	struct cast cast;

	(void)state;
	cast_failed(&cast);
	summary_init(&summary);
	for (size_t i = 0; i < cast.count; i++)
		summary_see(&summary, &cast.items[i]);
	summary_weigh(&summary);
	assert_int_equal(summary.outcome, RUN_INTERRUPTED);
	assert_true(summary.sealed && summary.finished);
	assert_true(str_is(summary.user, "alice"));
	assert_int_equal(summary_count(&summary, step_was_not_run), 2);
	assert_int_equal(summary_count(&summary, step_went_wrong), 0);
	assert_int_equal(summary.approval_count, 1);
	assert_int_equal(summary.approvals[0].answer, ANSWER_APPROVED);
	assert_int_equal(summary.open_us, 1000000);
	assert_int_equal(summary_open_us(&summary, STR("restore")), 1000000);
	assert_int_equal(summary_open_us(&summary, STR("restore/drop")), 0);
	for (size_t i = 0; i < summary.step_count; i++)
		assert_int_equal(step_is_half_done(&summary.steps[i]),
		    str_is(summary.steps[i].node, "restore/drop"));
	summary_done(&summary);
	cast_done(&cast);
}

/* A change that is begun once more, and ends so. */
static void begin(
    struct summary *summary, uint32_t op, uint32_t attempt, enum op_end end, bool unchanged)
{
	const struct message start = {.type = MESSAGE_START,
	    .start = {.op = op,
		.node = STR("a"),
		.what = START_ACTION,
		.class = EFFECT_CHANGE,
		.attempt = attempt}};
	const struct message finished = {
	    .type = MESSAGE_FINISHED, .finished = {.op = op, .end = end, .unchanged = unchanged}};

	summary_see(summary, &start);
	summary_see(summary, &finished);
}

/* What one attempt may have left half done no later one takes back that found nobody to talk to. */
static void test_lost_and_again(void **state)
{
	static const struct {
		struct {
			uint32_t attempt;
			enum op_end end;
			bool unchanged;
		} ops[3];
		bool is_half_done;
	} rows[] = {
	    {{{1, END_DONE, true}}, false},
	    {{{1, END_DONE, false}}, true},
	    {{{1, END_NOT_BEGUN, false}}, false},
	    {{{1, END_LOST, false}, {1, END_DONE, true}}, true},
	    {{{1, END_LOST, false}, {1, END_NOT_BEGUN, false}}, true},
	    {{{1, END_LOST, false}, {1, END_DONE, true}, {2, END_DONE, true}}, true},
	    {{{1, END_NOT_BEGUN, false}, {1, END_DONE, true}, {2, END_DONE, true}}, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct message ended = {.type = MESSAGE_STEP_FINISHED,
		    .step_finished = {.node = STR("a"), .outcome = OUTCOME_FAILED}};
		struct summary summary;

		summary_init(&summary);
		for (uint32_t k = 0; k < 3 && rows[i].ops[k].attempt; k++)
			begin(&summary, k + 1, rows[i].ops[k].attempt, rows[i].ops[k].end,
			    rows[i].ops[k].unchanged);
		summary_see(&summary, &ended);
		summary_weigh(&summary);
		assert_int_equal(step_is_half_done(summary.steps), rows[i].is_half_done);
		assert_int_equal(step_went_wrong(summary.steps), !rows[i].is_half_done);
		summary_done(&summary);
	}
}

/* A list of two is chosen for a loop, or an action is lost, and a step ends so. */
static void must_be_told(const char *node, enum outcome outcome, const char *why, const char *told)
{
	const struct value *items[2];
	struct arena *arena = arena_new();
	struct message list = {
	    .type = MESSAGE_DECIDED, .decided = {.node = STR("each"), .what = STR("for_each")}};
	const struct message start = {
	    .type = MESSAGE_START, .start = {.op = 1, .node = STR("load"), .what = START_ACTION}};
	const struct message lost = {.type = MESSAGE_FINISHED,
	    .finished = {
		.op = 1, .end = END_LOST, .verdict = {.why = STR("the connection was lost")}}};
	const struct message ended = {.type = MESSAGE_STEP_FINISHED,
	    .step_finished = {.node = str_from(node), .outcome = outcome, .why = str_from(why)}};
	struct summary summary;

	items[0] = value_string(arena, STR("w01"));
	items[1] = value_string(arena, STR("w02"));
	list.decided.value = value_list(arena, items, 2);
	summary_init(&summary);
	summary_see(&summary, &list);
	list.decided.node = STR("each[1]/in");
	summary_see(&summary, &list);
	summary_see(&summary, &start);
	summary_see(&summary, &lost);
	summary_see(&summary, &ended);
	assert_true(str_is(summary_at(&summary, str_from(node))->why, why));
	assert_true(str_is(summary_at(&summary, str_from(node))->told, told));
	summary_done(&summary);
	arena_free(arena);
}

static void test_told(void **state)
{
	(void)state;
	must_be_told(
	    "each[1]", OUTCOME_BLOCKED, "item 0 failed before it", "item 0 (w01) failed before it");
	must_be_told("each[1]/in[1]", OUTCOME_BLOCKED, "item 0 failed before it",
	    "item 0 (w02, w01) failed before it");
	must_be_told(
	    "each[1]", OUTCOME_BLOCKED, "item 2 failed before it", "item 2 failed before it");
	must_be_told("each[1]", OUTCOME_BLOCKED, "item 0", "item 0 (w01)");
	must_be_told("each[1]", OUTCOME_BLOCKED, "item ", "item ");
	must_be_told("each[1]/load", OUTCOME_BLOCKED, "item 0 is no more", "item 0 is no more");
	must_be_told("each[1]", OUTCOME_FAILED, "item 0 is broken", "item 0 is broken");
	must_be_told("load", OUTCOME_LOST, "interrupted by SIGINT",
	    "the connection was lost; interrupted by SIGINT");
	must_be_told("load", OUTCOME_LOST, "the connection was lost; bob left it so",
	    "the connection was lost; bob left it so");
	must_be_told("load", OUTCOME_FAILED, "exit status 1", "exit status 1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_recovered),
	    cmocka_unit_test(test_failed),
	    cmocka_unit_test(test_hostile),
	    cmocka_unit_test(test_resumed),
	    cmocka_unit_test(test_plan),
	    cmocka_unit_test(test_critical_path),
	    cmocka_unit_test(test_critical_path_of_loops),
	    cmocka_unit_test(test_summary),
	    cmocka_unit_test(test_lost_and_again),
	    cmocka_unit_test(test_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
