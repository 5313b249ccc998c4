/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/digest.h"
#include "record/codec.h"
#include "view/comparison.h"
#include "view/diff.h"

/* A transcript as it is told by hand, a line for each message. */
struct tape {
	struct arena *arena;
	struct buf text;
	char prev[DIGEST_HEX + 1];
	int64_t seq;
	uint32_t op;
};

static void put(struct tape *tape, struct message message)
{
	size_t before = tape->text.len;

	message.seq = tape->seq++;
	message.t_us = message.seq * 1000000;
	message.at_us = 1795316645000000 + message.t_us;
	assert_true(message_encode(&message, tape->prev, &tape->text));
	digest_of(str_sub(buf_view(&tape->text), before, tape->text.len), tape->prev);
}

static void tape_begin(struct tape *tape)
{
	*tape = (struct tape){.arena = arena_new()};
	buf_init(&tape->text, BUF_UNBOUNDED);
	memcpy(tape->prev, transcript_origin, sizeof(tape->prev));
	put(tape,
	    (struct message){.type = MESSAGE_RUN_STARTED,
		.run_started = {.format = 1,
		    .run = STR("r1"),
		    .mode = STR("run"),
		    .runbook = STR("b"),
		    .seed = STR("0")}});
}

/* Reads what was told, with the end of the run and its seal. */
static struct recording *tape_end(struct tape *tape, enum run_outcome outcome)
{
	char path[] = "/tmp/reprise-comparison-XXXXXX";
	struct recording *recording;
	struct buf error;
	int fd = mkstemp(path);

	put(tape,
	    (struct message){.type = MESSAGE_RUN_FINISHED,
		.run_finished = {.outcome = outcome, .duration_us = 5000000}});
	put(tape, (struct message){.type = MESSAGE_SEAL});
	assert_true(fd >= 0);
	assert_int_equal(write(fd, tape->text.ptr, tape->text.len), tape->text.len);
	close(fd);
	buf_init(&error, 1000);
	recording = recording_read(path, &error);
	if (!recording)
		fail_msg("%.*s", STR_ARG(buf_view(&error)));
	assert_int_equal(recording->report.state, TRANSCRIPT_SEALED);
	buf_done(&error);
	unlink(path);
	buf_done(&tape->text);
	arena_free(tape->arena);
	return recording;
}

static const struct value *json(struct tape *tape, const char *text)
{
	struct str error = {0};
	const struct value *value = text ? value_from_json(tape->arena, str_from(text), &error)
					 : NULL;

	if (text && !value)
		fail_msg("%.*s in %s", STR_ARG(error), text);
	return value;
}

/* A step's action, begun and ended: its result as JSON. */
static void acts(struct tape *tape, const char *node, enum start_what what, uint32_t attempt,
    bool ok, const char *result)
{
	put(tape,
	    (struct message){.type = MESSAGE_START,
		.start = {.op = ++tape->op,
		    .node = str_from(node),
		    .what = what,
		    .attempt = attempt,
		    .action = STR("run"),
		    .digest = STR("00")}});
	put(tape,
	    (struct message){.type = MESSAGE_FINISHED,
		.finished = {.op = tape->op,
		    .ok = ok,
		    .verdict = {.ok = ok, .why = ok ? (struct str){0} : STR("no")},
		    .result = json(tape, result)}});
}

static void decides(struct tape *tape, const char *node, const char *what, const char *value)
{
	put(tape,
	    (struct message){.type = MESSAGE_DECIDED,
		.decided = {
		    .node = str_from(node), .what = str_from(what), .value = json(tape, value)}});
}

static void ends(struct tape *tape, const char *node, enum outcome outcome, int64_t duration_us,
    const char *outputs)
{
	put(tape,
	    (struct message){.type = MESSAGE_STEP_FINISHED,
		.step_finished = {.node = str_from(node),
		    .outcome = outcome,
		    .duration_us = duration_us,
		    .outputs = json(tape, outputs)}});
}

/* Begins two tapes, and at the end compares them. */
struct two {
	struct tape tapes[SIDES];
	struct recording *runs[SIDES];
	struct comparison *comparison;
};

static void two_begin(struct two *two)
{
	for (int side = 0; side < SIDES; side++)
		tape_begin(&two->tapes[side]);
}

static void two_compare(struct two *two, enum run_outcome a, enum run_outcome b)
{
	two->runs[SIDE_A] = tape_end(&two->tapes[SIDE_A], a);
	two->runs[SIDE_B] = tape_end(&two->tapes[SIDE_B], b);
	two->comparison = comparison_new(two->runs[SIDE_A], two->runs[SIDE_B]);
}

static void two_done(struct two *two)
{
	comparison_free(two->comparison);
	for (int side = 0; side < SIDES; side++)
		recording_free(two->runs[side]);
}

/* What differs in a step, by name: "outcome when". */
static void must_differ(const struct two *two, const char *node, const char *names)
{
	const struct comparison *comparison = two->comparison;
	struct buf out;

	buf_init(&out, 10000);
	for (size_t i = 0; i < comparison->step_count; i++) {
		const struct compared_step *step = &comparison->steps[i];

		for (size_t k = 0; str_is(step->node, node) && k < step->differences.count; k++)
			buf_printf(
			    &out, "%s%.*s", k ? " " : "", STR_ARG(step->differences.items[k].name));
	}
	buf_byte(&out, '\0');
	assert_string_equal(out.ptr, names);
	buf_done(&out);
}

static void b_s_own_steps_stand_where_they_belong(void **state)
{
	static const char *const of_a[] = {"a", "loop", "loop[0]", "loop[1]", "z"};
	static const char *const of_b[] = {
	    "first", "a", "own", "own/x", "loop", "loop[0]", "z", "loop[1]", "loop[2]", "end"};
	static const char *const both[] = {
	    "first", "a", "own", "own/x", "loop", "loop[0]", "loop[1]", "loop[2]", "z", "end", ""};
	struct two two;

	(void)state;
	two_begin(&two);
	for (size_t i = 0; i < sizeof(of_a) / sizeof(*of_a); i++)
		ends(&two.tapes[SIDE_A], of_a[i], OUTCOME_SUCCEEDED, 1, NULL);
	for (size_t i = 0; i < sizeof(of_b) / sizeof(*of_b); i++)
		ends(&two.tapes[SIDE_B], of_b[i], OUTCOME_SUCCEEDED, 1, NULL);
	acts(&two.tapes[SIDE_A], "", START_VERIFY, 1, true, NULL);
	acts(&two.tapes[SIDE_B], "", START_VERIFY, 1, true, NULL);
	two_compare(&two, RUN_RECOVERED, RUN_RECOVERED);
	assert_int_equal(two.comparison->step_count, sizeof(both) / sizeof(*both));
	for (size_t i = 0; i < two.comparison->step_count; i++)
		assert_true(str_is(two.comparison->steps[i].node, both[i]));
	assert_int_equal(two.comparison->weight, WEIGHT_PATH);
	assert_true(str_is(two.comparison->parting->node, "first"));
	must_differ(&two, "loop[1]", "");
	must_differ(&two, "loop[2]", "presence");
	two_done(&two);
}

static void times_and_numbers_of_processes_elsewhere_are_no_difference(void **state)
{
	struct two two;
	const char *const results[SIDES] = {"{\"code\":0,\"far\":[{\"by\":\"sh\",\"pid\":7}],"
					    "\"took\":{\"$duration\":\"1s\"},\"at\":{"
					    "\"$timestamp\":\"2026-01-01T00:00:00Z\"}}",
	    "{\"code\":0,\"far\":[{\"by\":\"sh\",\"pid\":8}],\"took\":{\"$duration\":\"9s\"},"
	    "\"at\":{\"$timestamp\":\"2026-01-02T00:00:"
	    "00Z\"}}"};

	(void)state;
	two_begin(&two);
	for (int side = 0; side < SIDES; side++) {
		acts(&two.tapes[side], "a", START_ACTION, 1, true, results[side]);
		ends(&two.tapes[side], "a", OUTCOME_SUCCEEDED, side ? 6000000 : 2000000,
		    side ? "{\"lag\":{\"$duration\":\"1s\"}}" : "{\"lag\":{\"$duration\":\"2s\"}}");
	}
	two_compare(&two, RUN_RECOVERED, RUN_RECOVERED);
	assert_int_equal(two.comparison->weight, WEIGHT_NOTED);
	must_differ(&two, "a", "lag");
	assert_null(two.comparison->parting);
	two_done(&two);
}

static void a_ratio_is_told_where_it_is_worth_a_word(void **state)
{
	(void)state;
	assert_true(durations_ratio(2000000, 6000000) == 3.0);
	assert_true(durations_ratio(6000000, 2000000) < 0.34);
	assert_true(durations_ratio(2000000, 3999999) == 0);
	assert_true(durations_ratio(1000, 900000) == 0);
	assert_true(durations_ratio(0, 1000000) > 1);
	assert_true(durations_ratio(-1, 9000000) == 0);
	assert_true(durations_ratio(9000000, -1) == 0);
}

static void attempts_are_paired_from_the_last_one_back(void **state)
{
	struct two two;

	(void)state;
	two_begin(&two);
	acts(&two.tapes[SIDE_A], "a", START_ACTION, 1, true, "{\"code\":0}");
	ends(&two.tapes[SIDE_A], "a", OUTCOME_SUCCEEDED, 1, NULL);
	acts(&two.tapes[SIDE_B], "a", START_ACTION, 1, false, "{\"code\":7}");
	decides(&two.tapes[SIDE_B], "a", "retry", "{\"$duration\":\"1s\"}");
	acts(&two.tapes[SIDE_B], "a", START_ACTION, 2, true, "{\"code\":0}");
	ends(&two.tapes[SIDE_B], "a", OUTCOME_SUCCEEDED, 1, NULL);
	two_compare(&two, RUN_RECOVERED, RUN_RECOVERED);
	must_differ(&two, "a", "attempts");
	assert_int_equal(two.comparison->steps[0].attempts[SIDE_B], 2);
	two_done(&two);
}

static void what_was_asked_again_and_went_as_before_is_no_difference(void **state)
{
	struct two two;

	(void)state;
	two_begin(&two);
	for (int side = 0; side < SIDES; side++) {
		for (int again = 0; again <= side; again++) {
			acts(&two.tapes[side], "a", START_PRECONDITION, 1, true, NULL);
			decides(&two.tapes[side], "a", "precondition", "true");
		}
		ends(&two.tapes[side], "a", OUTCOME_SUCCEEDED, 1, NULL);
	}
	two_compare(&two, RUN_RECOVERED, RUN_RECOVERED);
	assert_int_equal(two.comparison->weight, WEIGHT_NONE);
	two_done(&two);

	two_begin(&two);
	for (int side = 0; side < SIDES; side++) {
		acts(&two.tapes[side], "a", START_PRECONDITION, 1, true, NULL);
		decides(&two.tapes[side], "a", "precondition", "true");
		acts(&two.tapes[side], "a", START_PRECONDITION, 1, side == SIDE_A, NULL);
		if (side == SIDE_B)
			decides(&two.tapes[side], "a", "precondition", "false");
		ends(&two.tapes[side], "a", OUTCOME_SUCCEEDED, 1, NULL);
	}
	two_compare(&two, RUN_RECOVERED, RUN_RECOVERED);
	must_differ(&two, "a", "precondition precondition 1, asked again");
	two_done(&two);
}

static void fields_are_found_at_any_depth_and_bounded(void **state)
{
	struct two two;
	struct buf lists[SIDES];

	(void)state;
	two_begin(&two);
	for (int side = 0; side < SIDES; side++) {
		struct buf *text = &lists[side];

		buf_init(text, BUF_UNBOUNDED);
		buf_printf(text, "{\"a\":{\"b\":[1,{\"c\":%d}]},\"only%d\":1,\"l\":[", side, side);
		for (int i = 0; i < 50; i++)
			buf_printf(text, "%s%d", i ? "," : "", i * side + side);
		buf_text(text, "]}");
		buf_byte(text, '\0');
		acts(&two.tapes[side], "a", START_ACTION, 1, true, text->ptr);
		ends(&two.tapes[side], "a", OUTCOME_SUCCEEDED, 1, NULL);
		buf_done(text);
	}
	two_compare(&two, RUN_RECOVERED, RUN_RECOVERED);
	assert_int_equal(two.comparison->weight, WEIGHT_RESULT);
	assert_true(str_is(two.comparison->parting_difference->name, "a.b[1].c"));
	assert_int_equal(two.comparison->steps[0].differences.count, 40);
	assert_int_equal(two.comparison->steps[0].differences.left_out, 13);
	assert_null(two.comparison->steps[0].differences.items[1].values[SIDE_B]);
	two_done(&two);
}

static void show(
    const struct two *two, void (*write)(const struct diff_view *, struct buf *), struct buf *out)
{
	struct diff_view view = {.comparison = two->comparison, .paths = {"one", "other"}};

	buf_init(out, BUF_UNBOUNDED);
	write(&view, out);
	buf_byte(out, '\0');
}

static void must_say(const struct buf *out, const char *words)
{
	if (!strstr(out->ptr, words))
		fail_msg("no \"%s\" in\n%s", words, out->ptr);
}

static void long_texts_are_shown_where_they_differ(void **state)
{
	struct two two;
	struct buf out;

	(void)state;
	two_begin(&two);
	for (int side = 0; side < SIDES; side++) {
		struct buf text;

		buf_init(&text, BUF_UNBOUNDED);
		buf_text(&text, "{\"lines\":\"one\\ntwo\\n");
		buf_text(&text, side ? "drei" : "three");
		buf_text(&text, "\\nfour\\n\",\"long\":\"");
		for (int i = 0; i < 1000; i++)
			buf_text(&text, "0123456789");
		buf_text(&text, side ? "Z" : "A");
		buf_text(&text, "\"}");
		buf_byte(&text, '\0');
		acts(&two.tapes[side], "a", START_ACTION, 1, true, text.ptr);
		ends(&two.tapes[side], "a", OUTCOME_SUCCEEDED, side ? 7000000 : 2000000, NULL);
		buf_done(&text);
	}
	two_compare(&two, RUN_FAILED, RUN_FAILED);
	show(&two, diff_text, &out);
	must_say(&out,
	    "Both failed, A after 5s and B after 5s: the same path and outcomes, but other "
	    "results, first at step a (lines).");
	must_say(&out, "  a     succeeded  succeeded  2s      7s      3.5x slower, lines, long\n");
	must_say(&out, "  lines  A line 3: three\n         B line 3: drei\n");
	must_say(&out, "  long   A …678901234567890123456789A\n");
	buf_done(&out);
	show(&two, diff_json, &out);
	must_say(&out, "\"ratio\": 3.5");
	must_say(&out, "\"a_cut\": {");
	must_say(&out, "\"size\": 10001");
	buf_done(&out);
	two_done(&two);
}

#define CLIP(head, tail, sha256)                                                                   \
	"{\"text\":{\"$clip\":{\"head\":\"" head "\",\"tail\":\"" tail                             \
	"\",\"size\":9,\"sha256\":\"" sha256 "\"}}}"

/* Of a text that lacks nobody knows what, only what is there can tell that it is another one. */
static void what_nobody_knows_does_not_count(void **state)
{
	static const struct {
		const char *a;
		const char *b;
		enum weight weight;
	} rows[] = {
	    {"{\"text\":\"abcdef\"}", CLIP("", "", ""), WEIGHT_NOTED},
	    {"{\"text\":\"abcdef\"}", CLIP("ab", "ef", ""), WEIGHT_NOTED},
	    {CLIP("a", "ef", ""), "{\"text\":\"abcdef\"}", WEIGHT_NOTED},
	    {CLIP("a", "f", ""), CLIP("ab", "ef", ""), WEIGHT_NOTED},
	    {CLIP("a", "f", "11"), CLIP("ab", "ef", ""), WEIGHT_NOTED},
	    {"{\"text\":\"abcdef\"}", CLIP("ax", "ef", ""), WEIGHT_RESULT},
	    {"{\"text\":\"abcdef\"}", CLIP("ab", "xf", ""), WEIGHT_RESULT},
	    {"{\"text\":\"abcdef\"}", CLIP("abcd", "cdef", ""), WEIGHT_RESULT},
	    {"{\"text\":\"abcdef\"}", CLIP("ab", "ef", "11"), WEIGHT_RESULT},
	    {CLIP("ab", "ef", "22"), CLIP("ab", "ef", "11"), WEIGHT_RESULT},
	    {"{\"text\":1}", CLIP("", "", ""), WEIGHT_RESULT},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct two two;

		two_begin(&two);
		acts(&two.tapes[SIDE_A], "a", START_ACTION, 1, true, rows[i].a);
		acts(&two.tapes[SIDE_B], "a", START_ACTION, 1, true, rows[i].b);
		two_compare(&two, RUN_RECOVERED, RUN_RECOVERED);
		assert_int_equal(two.comparison->weight, rows[i].weight);
		must_differ(&two, "a", "text");
		two_done(&two);
	}
}

/* A step's action is begun and lost, its verification does not hold, and it is to be begun anew. */
static void loses(struct tape *tape, const char *node)
{
	put(tape,
	    (struct message){.type = MESSAGE_START,
		.start = {.op = ++tape->op,
		    .node = str_from(node),
		    .what = START_ACTION,
		    .attempt = 1,
		    .action = STR("run"),
		    .digest = STR("00")}});
	put(tape,
	    (struct message){
		.type = MESSAGE_FINISHED, .finished = {.op = tape->op, .end = END_LOST}});
	decides(tape, node, "lost", "null");
	acts(tape, node, START_VERIFY, 1, false, NULL);
	decides(tape, node, "again", "true");
}

/* It is what the step came to that counts, not what was lost on the way. */
static void what_was_lost_is_passed_over(void **state)
{
	for (int side = 0; side < SIDES; side++) {
		struct two two;

		(void)state;
		two_begin(&two);
		loses(&two.tapes[side], "same");
		loses(&two.tapes[side], "other");
		for (int at = 0; at < SIDES; at++) {
			acts(&two.tapes[at], "same", START_ACTION, 1, true, "{\"code\":0}");
			acts(&two.tapes[at], "same", START_VERIFY, 1, true, NULL);
			acts(&two.tapes[at], "other", START_ACTION, 1, true,
			    at == side ? "{\"code\":0}" : "{\"code\":3}");
			acts(&two.tapes[at], "other", START_VERIFY, 1, at == side, NULL);
		}
		two_compare(&two, RUN_RECOVERED, RUN_RECOVERED);
		must_differ(&two, "same", "lost again");
		must_differ(&two, "other", "lost again code verify 1");
		assert_int_equal(two.comparison->steps[0].differences.weight, WEIGHT_NOTED);
		assert_int_equal(two.comparison->steps[1].differences.weight, WEIGHT_PATH);
		two_done(&two);
	}
}

static void an_end_alone_may_differ(void **state)
{
	struct two two;
	struct buf out;

	(void)state;
	two_begin(&two);
	for (int side = 0; side < SIDES; side++)
		ends(&two.tapes[side], "a", OUTCOME_SUCCEEDED, 1, NULL);
	two_compare(&two, RUN_RECOVERED, RUN_INTERRUPTED);
	assert_int_equal(two.comparison->weight, WEIGHT_PATH);
	show(&two, diff_text, &out);
	must_say(&out,
	    "A recovered in 5s, B was interrupted after 5s: no step differs, and yet they "
	    "ended otherwise.");
	buf_done(&out);
	two_done(&two);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(b_s_own_steps_stand_where_they_belong),
	    cmocka_unit_test(times_and_numbers_of_processes_elsewhere_are_no_difference),
	    cmocka_unit_test(a_ratio_is_told_where_it_is_worth_a_word),
	    cmocka_unit_test(attempts_are_paired_from_the_last_one_back),
	    cmocka_unit_test(what_was_asked_again_and_went_as_before_is_no_difference),
	    cmocka_unit_test(fields_are_found_at_any_depth_and_bounded),
	    cmocka_unit_test(long_texts_are_shown_where_they_differ),
	    cmocka_unit_test(what_nobody_knows_does_not_count),
	    cmocka_unit_test(what_was_lost_is_passed_over),
	    cmocka_unit_test(an_end_alone_may_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
