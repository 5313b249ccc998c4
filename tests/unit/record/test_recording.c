/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/digest.h"
#include "record/recording.h"
#include "sample.h"

static void put(struct writer *writer, struct message message, int64_t t_us)
{
	message.at_us = 1795316645000000 + t_us;
	message.t_us = t_us;
	assert_true(writer_append(writer, &message));
}

static struct message begun(uint32_t op, struct str node, enum start_what what, uint32_t attempt)
{
	return (struct message){.type = MESSAGE_START,
	    .start = {.op = op,
		.node = node,
		.step = node,
		.what = what,
		.attempt = attempt,
		.action = STR("run"),
		.digest = STR("00")}};
}

static struct message ended(uint32_t op, bool ok)
{
	return (struct message){.type = MESSAGE_FINISHED,
	    .finished = {.op = op, .ok = ok, .verdict = {.ok = ok}, .polls = 1}};
}

static struct message decision(struct str node, const char *what, struct str why)
{
	return (struct message){.type = MESSAGE_DECIDED,
	    .decided = {
		.node = node, .what = str_from(what), .value = value_bool(true), .why = why}};
}

static struct message question(uint32_t id, struct str node)
{
	return (struct message){.type = MESSAGE_ASK,
	    .ask = {.id = id, .node = node, .prompt = STR("?"), .digest = STR("00")}};
}

/* A result with a stream, whose text stands in an output line of its own. */
static struct message printed(struct arena *arena, uint32_t op, const char *text)
{
	struct clip *clip = arena_alloc(arena, sizeof(*clip));
	struct message message = ended(op, true);
	struct map_builder result;

	*clip = (struct clip){.whole = true,
	    .head = str_from(text),
	    .tail = str_from(text),
	    .size = (int64_t)strlen(text)};
	map_begin(&result, arena);
	map_add(&result, "stdout", value_stream(arena, str_from(text), clip));
	message.finished.result = map_end(&result);
	return message;
}

/* Two steps: one asked, checked twice and tried twice, one with a choice. The second has not finished. */
static void write_run(const char *name, bool to_the_end)
{
	struct str a = STR("a");
	struct arena *arena = arena_new();
	struct writer *writer = sample_writer(name);

	sample_begin(writer);
	put(writer, begun(1, a, START_PRECONDITION, 1), 10);
	put(writer, ended(1, true), 20);
	put(writer, question(0, a), 30);
	put(writer, (struct message){.type = MESSAGE_UNASK, .unask = {.id = 0}}, 40);
	put(writer, question(1, a), 41);
	put(writer,
	    (struct message){.type = MESSAGE_ANSWERED, .answered = {.id = 1, .who = STR("eve")}},
	    50);
	put(writer, begun(2, a, START_PRECONDITION, 1), 60);
	put(writer, begun(3, STR("b"), START_ACTION, 1), 61);
	put(writer, ended(2, true), 70);
	put(writer, begun(4, a, START_ACTION, 1), 80);
	put(writer, (struct message){.type = MESSAGE_STARTED, .started = {.op = 4, .pid = 17}}, 81);
	put(writer, ended(4, false), 90);
	put(writer, decision(a, "retry", STR("first")), 91);
	put(writer, begun(5, a, START_ACTION, 2), 100);
	put(writer,
	    (struct message){.type = MESSAGE_OUTPUT, .output = {.op = 5, .bytes = STR("hello\n")}},
	    105);
	put(writer, printed(arena, 5, "hello\n"), 110);
	put(writer, decision(a, "verify", STR("all")), 111);
	put(writer, decision(a, "retry", STR("second")), 112);
	put(writer,
	    (struct message){.type = MESSAGE_STEP_FINISHED,
		.step_finished = {.node = a, .outcome = OUTCOME_SUCCEEDED, .duration_us = 101}},
	    120);
	put(writer,
	    (struct message){
		.type = MESSAGE_CHOOSE, .choose = {.id = 1, .node = STR("b"), .what = STR("when")}},
	    121);
	put(writer,
	    (struct message){
		.type = MESSAGE_CHOSEN, .chosen = {.id = 1, .value = value_bool(false)}},
	    122);
	put(writer,
	    (struct message){
		.type = MESSAGE_RECORD_GAP, .record_gap = {.lines = 3, .why = STR("disk full")}},
	    123);
	if (to_the_end) {
		sample_end(writer);
		assert_true(writer_seal(writer));
	}
	assert_true(writer_finish(writer));
	writer_free(writer);
	arena_free(arena);
}

static struct recording *read_run(const char *name)
{
	struct recording *recording;
	struct buf error;

	buf_init(&error, 1000);
	recording = recording_read(sample_path(name), &error);
	if (!recording)
		fail_msg("%.*s", STR_ARG(buf_view(&error)));
	buf_done(&error);
	return recording;
}

static void operations_are_found_by_number_and_by_place(void **state)
{
	struct recording *recording;
	const struct recorded_op *op;
	struct op_key key = {.node = STR("a"), .what = START_PRECONDITION, .attempt = 1};

	(void)state;
	write_run("ops", true);
	recording = read_run("ops");
	assert_int_equal(recording->op_count, 5);
	for (uint32_t i = 0; i < 5; i++)
		assert_ptr_equal(recording_op(recording, i + 1), recording->ops[i]);
	assert_null(recording_op(recording, 6));

	op = recording_op_at(recording, &key);
	assert_int_equal(op->start->start.op, 1);
	assert_int_equal(op->finished->t_us, 20);
	key.again = 1;
	op = recording_op_at(recording, &key);
	assert_int_equal(op->start->start.op, 2);
	assert_int_equal(op->start->at_us, 1795316645000060);
	key.again = 2;
	assert_null(recording_op_at(recording, &key));
	key = (struct op_key){.node = STR("a"), .what = START_ACTION, .attempt = 2};
	op = recording_op_at(recording, &key);
	assert_int_equal(op->start->start.op, 5);
	assert_null(op->started);
	assert_str(value_text(value_get(op->finished->finished.result, "stdout")), STR("hello\n"));
	key = op_key_of(recording_op(recording, 4)->start);
	op = recording_op_at(recording, &key);
	assert_int_equal(op->started->started.pid, 17);
	assert_false(op->finished->finished.ok);
	key = op_key_of(recording_op(recording, 3)->start);
	assert_null(recording_op_at(recording, &key)->finished);
	key.item = 1;
	assert_null(recording_op_at(recording, &key));
	recording_free(recording);
}

static void steps_hold_what_is_told_of_them_in_order(void **state)
{
	static const uint32_t ops_of_a[] = {1, 2, 4, 5};
	const struct recorded_step *step;
	const struct recorded_op *op;
	struct recording *recording;
	size_t count = 0;

	(void)state;
	write_run("steps", true);
	recording = read_run("steps");
	assert_int_equal(recording->step_count, 2);
	step = recording->steps[0];
	assert_ptr_equal(step, recording_step(recording, STR("a")));
	assert_int_equal(step->seq, 1);
	assert_int_equal(step->t_us, 10);
	assert_int_equal(step->finished->step_finished.duration_us, 101);
	for (op = step->ops; op; op = op->next)
		assert_int_equal(op->start->start.op, ops_of_a[count++]);
	assert_int_equal(count, 4);
	assert_null(recording_step(recording, STR("b"))->finished);
	assert_null(recording_step(recording, STR("c")));

	assert_non_null(recording_question(recording, STR("a"), 0)->unask);
	assert_null(recording_question(recording, STR("a"), 0)->answered);
	assert_str(recording_question(recording, STR("a"), 1)->answered->answered.who, STR("eve"));
	assert_null(recording_question(recording, STR("a"), 2));
	assert_null(recording_question(recording, STR("c"), 0));
	assert_str(
	    recording_decided(recording, STR("a"), STR("retry"), 0)->decided.why, STR("first"));
	assert_str(
	    recording_decided(recording, STR("a"), STR("retry"), 1)->decided.why, STR("second"));
	assert_null(recording_decided(recording, STR("a"), STR("retry"), 2));
	assert_null(recording_decided(recording, STR("b"), STR("retry"), 0));
	recording_free(recording);
}

static void add(struct recording *recording, struct message message, int64_t t_us)
{
	static int64_t seq;

	message.seq = message.type == MESSAGE_RUN_STARTED ? seq = 0 : ++seq;
	message.t_us = t_us;
	recording_add(recording, &message);
}

static void it_says_what_led_to_what(void **state)
{
	struct str a = STR("a");
	struct recording *recording = recording_new();
	const struct recorded_lock *lock;
	const struct recorded_op *op;

	(void)state;
	add(recording, (struct message){.type = MESSAGE_RUN_STARTED}, 3);
	add(recording,
	    (struct message){
		.type = MESSAGE_ACQUIRE, .lock = {.id = 7, .node = a, .lock = STR("l")}},
	    5);
	add(recording, question(0, a), 6);
	add(recording, (struct message){.type = MESSAGE_ACQUIRED, .acquired = {.id = 7}}, 20);
	add(recording, begun(1, a, START_ACTION, 1), 22);
	add(recording, (struct message){.type = MESSAGE_TIMER, .timer = {.due_us = 30}}, 33);
	add(recording, (struct message){.type = MESSAGE_STOP, .stop = {.op = 1}}, 34);
	add(recording, (struct message){.type = MESSAGE_SIGNAL, .signal = {STR("SIGINT")}}, 40);
	add(recording, (struct message){.type = MESSAGE_STOP, .stop = {.op = 1, .how = STOP_KILL}},
	    41);
	add(recording, (struct message){.type = MESSAGE_RECORD}, 42);

	lock = recording_step(recording, a)->locks;
	assert_int_equal(lock->led_us, 3);
	assert_int_equal(lock->acquired->t_us, 20);
	assert_null(lock->next);
	assert_int_equal(recording_question(recording, a, 0)->led_us, 3);
	op = recording_op(recording, 1);
	assert_int_equal(op->led_us, 20);
	assert_int_equal(op->stop_led_us, 33);
	assert_int_equal(op->stop->stop.how, STOP_TERM);
	assert_int_equal(recording_timer(recording, 30)->t_us, 33);
	assert_null(recording_timer(recording, 33));
	assert_int_equal(recording->unasked_count, 2);
	assert_int_equal(recording->unasked[0]->type, MESSAGE_SIGNAL);
	assert_int_equal(recording->last_event_us, 42);
	assert_int_equal(recording_t_us(recording, 4), 22);
	assert_int_equal(recording_t_us(recording, 10), 0);
	assert_int_equal(recording_t_us(recording, -1), 0);
	recording_free(recording);
}

static void it_says_how_whole_it_is(void **state)
{
	struct recording *recording;

	(void)state;
	write_run("whole", true);
	recording = read_run("whole");
	assert_str(recording->run_started->run_started.run, STR("r1"));
	assert_non_null(recording->run_finished);
	assert_int_equal(recording->report.state, TRANSCRIPT_SEALED);
	assert_int_equal(recording->report.last_t_us, 900000);
	assert_false(recording->damaged);
	assert_int_equal(recording->missing, 3);
	assert_str(recording->missing_why, STR("disk full"));
	assert_int_equal(recording->report.unknown, 0);
	recording_free(recording);

	write_run("cut", false);
	recording = read_run("cut");
	assert_null(recording->run_finished);
	assert_int_equal(recording->report.state, TRANSCRIPT_INCOMPLETE);
	assert_true(str_starts(recording->state, STR("incomplete: ")));
	assert_false(recording->damaged);
	recording_free(recording);
}

/* Adds a line that is in its place in the chain to the file of an unfinished run of `lines` lines. */
static void add_line(const char *name, int lines, const char *rest)
{
	struct buf text;
	struct str last;
	char prev[DIGEST_HEX + 1];
	FILE *file;

	buf_init(&text, BUF_UNBOUNDED);
	sample_read(sample_path(name), &text);
	last = str_sub(buf_view(&text), 0, text.len - 1);
	while (last.len && last.ptr[last.len - 1] != '\n')
		last.len--;
	last = str_sub(buf_view(&text), last.len, text.len);
	digest_of(last, prev);
	buf_done(&text);
	file = fopen(sample_path(name), "a");
	assert_non_null(file);
	fprintf(file,
	    "{\"seq\":%d,\"at\":\"2026-11-22T03:04:05.000000Z\",\"t_us\":999,%s,\"prev\":\"%s\"}\n",
	    lines, rest, prev);
	fclose(file);
}

static void what_is_not_known_is_counted(void **state)
{
	struct recording *recording;

	(void)state;
	write_run("unknown", false);
	add_line("unknown", 23, "\"type\":\"hush\",\"role\":\"aside\"");
	recording = read_run("unknown");
	assert_int_equal(recording->report.lines, 24);
	assert_int_equal(recording->report.unknown, 0);
	recording_free(recording);
	add_line("unknown", 24, "\"type\":\"leap\"");
	add_line("unknown", 25, "\"type\":\"finished\",\"op\":3");
	recording = read_run("unknown");
	assert_int_equal(recording->report.unknown, 2);
	assert_str(recording->unknown_why, STR("the type \"leap\" is not known to this version"));
	assert_null(recording_op(recording, 3)->finished);
	assert_false(recording->damaged);
	recording_free(recording);
}

static void what_is_good_of_a_damaged_one_is_given(void **state)
{
	struct recording *recording;

	(void)state;
	write_run("damaged", false);
	add_line("damaged", 30, "\"type\":\"note\",\"text\":\"not in its place\"");
	recording = read_run("damaged");
	assert_true(recording->damaged);
	assert_str(recording->state, STR("damaged: line 24: seq is 30, not 23"));
	assert_string_equal(recording->report.why, "seq is 30, not 23");
	assert_int_equal(recording->op_count, 5);
	recording_free(recording);
}

static void must_not_be_read(const char *name, const char *sentence)
{
	struct buf error;

	buf_init(&error, 1000);
	assert_null(recording_read(sample_path(name), &error));
	assert_true(str_find(buf_view(&error), str_from(sentence)) >= 0);
	buf_done(&error);
}

static void what_holds_no_run_is_refused_with_a_sentence(void **state)
{
	static const char none[] =
	    "0000000000000000000000000000000000000000000000000000000000000000";
	FILE *file = fopen(sample_path("other"), "w");

	(void)state;
	fclose(file);
	must_not_be_read("nowhere", "nowhere: No such file or directory");
	must_not_be_read("other", "other holds no run: incomplete: ");
	file = fopen(sample_path("other"), "w");
	fprintf(file, "root:x:0:0\n");
	fclose(file);
	must_not_be_read("other", "other holds no run: damaged: line 1: it is no JSON object");
	file = fopen(sample_path("other"), "w");
	fprintf(file,
	    "{\"seq\":0,\"at\":\"2026-11-22T03:04:05.000000Z\",\"t_us\":0,\"type\":\"run.started\","
	    "\"prev\":\"%s\",\"format\":2,\"run\":\"r\",\"mode\":\"run\",\"runbook\":\"b\","
	    "\"seed\":"
	    "\"0\"}\n",
	    none);
	fclose(file);
	must_not_be_read("other", "other holds no run: the format is not known to this version");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(operations_are_found_by_number_and_by_place),
	    cmocka_unit_test(steps_hold_what_is_told_of_them_in_order),
	    cmocka_unit_test(it_says_what_led_to_what),
	    cmocka_unit_test(it_says_how_whole_it_is),
	    cmocka_unit_test(what_is_not_known_is_counted),
	    cmocka_unit_test(what_is_good_of_a_damaged_one_is_given),
	    cmocka_unit_test(what_holds_no_run_is_refused_with_a_sentence),
	};

	return cmocka_run_group_tests(tests, sample_setup, sample_clean);
}
