/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "base/units.h"
#include "history/episode.h"
#include "record/transcript_reader.h"
#include "unit/golden.h"

enum { SECOND_US = 1000000 };

static void show_step(struct buf *out, const struct past_step *step)
{
	buf_printf(out, "  %.*s (%.*s) %s%s", STR_ARG(step->node), STR_ARG(step->path),
	    outcome_names[step->outcome], step->allowed ? ", allowed" : "");
	buf_printf(out, "%s%s%s%s%s, %u attempts, from %lld for %lld, open %lld\n",
	    step->performed ? ", performed" : "", step->checked ? ", checked" : "",
	    step->assumed ? ", assumed" : "",
	    step->is_loop        ? ", loop"
		: step->is_block ? ", block"
				 : "",
	    step->is_manual ? ", manual" : "", step->attempts, (long long)step->began_us,
	    (long long)step->duration_us, (long long)step->open_us);
}

static void show_run(struct buf *out, const struct past_run *run)
{
	buf_printf(out, "%.*s of %.*s, %.*s%s%s%s: ", STR_ARG(run->run), STR_ARG(run->runbook),
	    STR_ARG(run->mode), run->rehearsal ? ", rehearsal" : "",
	    run->resumed ? ", resumed" : "", run->finished ? "" : ", unfinished");
	buf_printf(out, "%s, for %lld, open %lld, ", run_outcome_names[run->outcome],
	    (long long)run->duration_us, (long long)run->open_us);
	units_show_time(out, run->began_at_us);
	buf_text(out, " to ");
	units_show_time(out, run->heard_at_us);
	buf_printf(out, "\n  why \"%.*s\", alone \"%.*s\", follows \"%.*s\"\n", STR_ARG(run->why),
	    STR_ARG(run->alone), STR_ARG(run->follows));
	buf_printf(out, "  sha256 %.8s, texts %.8s\n", run->sha256.len ? run->sha256.ptr : "-",
	    run->texts.len ? run->texts.ptr : "-");
	for (size_t i = 0; i < run->step_count; i++)
		show_step(out, &run->steps[i]);
}

static void fold(const char *name, struct buf *out)
{
	struct episode *episode = episode_new();
	struct arena *arena = arena_new();
	struct reader *reader;
	struct past_run run;
	struct line line;
	char path[512];

	snprintf(path, sizeof(path), "%s/tests/record/kept/%s.jsonl", SOURCE_DIR, name);
	reader = reader_open(path, out);
	assert_non_null(reader);
	while (reader_next(reader, arena, &line)) {
		if (line.known)
			episode_see(episode, &line.message);
		arena_reset(arena);
	}
	run = episode_past(episode, arena);
	buf_printf(out, "%s: ", name);
	show_run(out, &run);
	reader_free(reader);
	episode_free(episode);
	arena_free(arena);
}

static void golden(const char *name, struct str text)
{
	golden_in("history", name, text);
}

static void test_what_was_kept(void **state)
{
	static const char *const names[] = {"alone", "asked", "damaged", "follows", "full",
	    "incomplete", "interrupted", "later-asides", "later-kinds", "long", "loops", "people",
	    "secrets", "signed", "steps", "torn", "undo"};
	struct buf out;

	(void)state;
	buf_init(&out, BUF_UNBOUNDED);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		fold(names[i], &out);
	golden("kept.txt", buf_view(&out));
	buf_done(&out);
}

/* Feeds one message at a second of the run. */
static void at(struct episode *episode, int64_t second, struct message message)
{
	message.t_us = second * SECOND_US;
	message.at_us = (100 + second) * (int64_t)SECOND_US;
	episode_see(episode, &message);
}

static void ask(
    struct episode *episode, int64_t second, uint32_t id, const char *node, enum ask_kind kind)
{
	at(episode, second,
	    (struct message){.type = MESSAGE_ASK,
		.ask = {.id = id, .node = str_from(node), .kind = kind, .by = 1}});
}

static void answer(struct episode *episode, int64_t second, uint32_t id, enum origin origin)
{
	at(episode, second,
	    (struct message){.type = MESSAGE_ANSWERED,
		.answered = {.id = id, .answer = ANSWER_APPROVED, .origin = origin}});
}

static void begin(struct episode *episode, int64_t second, const char *node)
{
	at(episode, second,
	    (struct message){.type = MESSAGE_DECIDED,
		.decided = {.node = str_from(node), .what = STR("begin")}});
}

static void finish(struct episode *episode, int64_t second, const char *node, int64_t seconds)
{
	at(episode, second,
	    (struct message){.type = MESSAGE_STEP_FINISHED,
		.step_finished = {.node = str_from(node),
		    .outcome = OUTCOME_SUCCEEDED,
		    .duration_us = seconds * SECOND_US}});
}

static const struct past_step *step_of(const struct past_run *run, const char *node)
{
	for (size_t i = 0; i < run->step_count; i++)
		if (str_is(run->steps[i].node, node))
			return &run->steps[i];
	fail_msg("%s is not there", node);
	return NULL;
}

/* Two questions that overlap are waited for once by what is around both, and each for itself. */
static void test_waiting_is_counted_once(void **state)
{
	struct episode *episode = episode_new();
	struct arena *arena = arena_new();
	struct past_run run;

	(void)state;
	begin(episode, 0, "all");
	ask(episode, 10, 0, "all[0]/one", ASK_APPROVAL);
	ask(episode, 20, 1, "all#2/two", ASK_APPROVAL);
	answer(episode, 30, 0, ORIGIN_LIVE);
	at(episode, 45, (struct message){.type = MESSAGE_UNASK, .unask = {.id = 1}});
	answer(episode, 60, 1, ORIGIN_LIVE); /* it is withdrawn already */
	finish(episode, 70, "all[0]/one", 60);
	ask(episode, 80, 2, "by_hand", ASK_MANUAL);
	answer(episode, 90, 2, ORIGIN_LIVE);
	finish(episode, 95, "by_hand", 15);
	ask(episode, 100, 3, "all#2/two", ASK_LOST);
	at(episode, 107, (struct message){.type = MESSAGE_TIMER});
	run = episode_past(episode, arena);
	assert_int_equal(run.open_us, (35 + 10 + 7) * SECOND_US);
	assert_int_equal(run.duration_us, 107 * SECOND_US);
	assert_false(run.finished);
	assert_int_equal(step_of(&run, "all")->open_us, (35 + 7) * SECOND_US);
	assert_int_equal(step_of(&run, "all[0]/one")->open_us, 20 * SECOND_US);
	assert_int_equal(step_of(&run, "all#2/two")->open_us, (25 + 7) * SECOND_US);
	assert_true(str_is(step_of(&run, "all#2/two")->path, "all/two"));
	/* a person does all of what a person does, its verification too */
	assert_int_equal(step_of(&run, "by_hand")->open_us, 15 * SECOND_US);
	assert_true(step_of(&run, "by_hand")->performed);
	arena_free(arena);
	episode_free(episode);
}

/* What nobody really did is assumed, and so is all around it, but nothing beside it. */
static void test_what_is_assumed(void **state)
{
	struct episode *episode = episode_new();
	struct arena *arena = arena_new();
	struct past_run run;

	(void)state;
	begin(episode, 0, "all");
	ask(episode, 1, 0, "all/by_hand", ASK_MANUAL);
	answer(episode, 2, 0, ORIGIN_ASSUMED);
	begin(episode, 3, "other");
	at(episode, 4,
	    (struct message){
		.type = MESSAGE_START, .start = {.op = 4000000000, .node = STR("other/read")}});
	at(episode, 5,
	    (struct message){
		.type = MESSAGE_FINISHED, .finished = {.op = 4000000000, .verdict = {.ok = true}}});
	run = episode_past(episode, arena);
	assert_true(step_of(&run, "all")->assumed && step_of(&run, "all/by_hand")->assumed);
	assert_false(step_of(&run, "all/by_hand")->performed);
	assert_false(step_of(&run, "other")->assumed || step_of(&run, "other/read")->assumed);
	assert_true(step_of(&run, "other/read")->performed);
	arena_free(arena);
	episode_free(episode);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_what_was_kept),
	    cmocka_unit_test(test_waiting_is_counted_once),
	    cmocka_unit_test(test_what_is_assumed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
