/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "rig.h"

#define BOOK(steps) "reprise: 1\nid: book\ntitle: A book\n" steps

/* A runbook of one check with these keys. */
#define CHECK(keys) BOOK("steps:\n  - {id: a, preconditions: [{" keys "}]}\n")

/* A runbook of one step with these keys. */
#define STEP(keys) BOOK("steps:\n  - {id: a, timeout: 30s, " keys "}\n")

static void test_ends_at_once(void **state)
{
	struct rig *rig = rig_ran(STEP("fake.read: {does: n 7 ok}, outputs: {n: n}"));

	(void)state;
	SAYS(rig, "start 1 a", "do 1", "finished 1 done ok", "step a succeeded {\"n\":7}",
	    "run recovered");
	assert_string_equal(rig_verify(rig), "sealed");
	rig_free(rig);
}

static void test_ends_later(void **state)
{
	struct rig *rig = rig_ran(STEP("fake.change: later begin later after 2 ok"));

	(void)state;
	SAYS(rig, "start 1 a", "do 1", "started", "finished 1 done ok", "run recovered");
	rig_free(rig);
}

static void test_keeps_memory(void **state)
{
	struct rig *rig = rig_ran(BOOK("steps:\n"
				       "  - {id: a, timeout: 1s, fake.read: hold later ok}\n"
				       "  - {id: b, timeout: 1s, fake.read: hold ok}\n"));

	(void)state;
	/* the operations are over, their attempts' memory is not free yet: nobody waits for that */
	assert_int_equal(rig->held_count, 2);
	SAYS(rig, "step a succeeded", "step b succeeded", "run recovered");
	rig_free(rig);
}

/* Many that end within their start, one after another and side by side: no call is left behind that outlives them. */
static void test_many_at_once(void **state)
{
	struct rig *rig = rig_ran(
	    BOOK("steps:\n"
		 "  - {id: a, timeout: 1s, needs: [], fake.read: ok}\n"
		 "  - {id: b, timeout: 1s, needs: [], fake.read: error no_way}\n"
		 "  - {id: c, timeout: 1s, needs: [a], fake.read: ok}\n"
		 "  - {id: d, timeout: 1s, needs: [c], fake.read: ok}\n"
		 "  - {id: e, timeout: 1s, needs: [d], fake.read: ok}\n"));

	(void)state;
	SAYS(rig, "step a succeeded", "step b failed: no way", "step c succeeded",
	    "step d succeeded", "step e succeeded", "run failed");
	rig_free(rig);
}

static void test_timeout(void **state)
{
	struct rig *rig = rig_ran(
	    BOOK("steps:\n  - {id: a, timeout: 5ms, fake.change: later hang}\n"));

	(void)state;
	SAYS(rig, "do 1", "cancel 1 term", "finished 1 timed_out not: no end within 5ms",
	    "step a timed_out: no end within 5ms", "run failed");
	rig_free(rig);
}

/* An action that ends well after its time was up has not succeeded, whatever `expect` says. */
static void test_timeout_then_ok(void **state)
{
	struct rig *rig = rig_ran(BOOK(
	    "steps:\n  - {id: a, timeout: 2ms, fake.change: n 1 after 20 ok, expect: n == 1}\n"));

	(void)state;
	SAYS(rig, "cancel 1 term", "finished 1 timed_out not: no end within 2ms", "run failed");
	rig_free(rig);
}

static void interrupt(struct rig *rig, int number)
{
	(void)number;
	rig_signal(rig, "SIGINT");
}

static void signal_soon(void *self)
{
	rig_signal(self, "SIGINT");
}

static void again_soon(struct rig *rig, const struct message *message)
{
	if (message->type == MESSAGE_STOP && message->stop.how == STOP_TERM)
		loop_defer(rig->loop, signal_soon, rig);
}

/* The first interrupt is TERM, which this one does not hear; the second is KILL. */
static void test_stop_twice(void **state)
{
	struct rig *rig = rig_new(STEP("fake.change: later poke 1 deaf"));

	(void)state;
	rig->poke = interrupt;
	rig->see = again_soon;
	rig_begin(rig, NULL);
	rig_run(rig);
	SAYS(rig, "cancel 1 term", "cancel 1 kill", "finished 1 stopped not: cancelled",
	    "step a cancelled: interrupted by SIGINT", "run interrupted");
	rig_free(rig);
}

static void test_poll(void **state)
{
	struct rig *rig = rig_ran(CHECK("fake.read: fail one | n 1 ok | say three result n 3 ok,"
					"expect: n == 3, within: 20s, every: 2ms"));

	(void)state;
	/* what the last poll said is recorded, once */
	SAYS(rig, "do 1", "do 1", "do 1", "output 1 stdout three", "finished 1 done ok",
	    "step a succeeded");
	assert_int_equal(rig_count(rig, "finished"), 1);
	assert_int_equal(rig_count(rig, "do 1"), 3);
	assert_non_null(strstr(rig_record(rig), "\"polls\":3"));
	rig_free(rig);
}

static void test_poll_output_of_last(void **state)
{
	struct rig *rig = rig_ran(
	    CHECK("fake.read: say one result fail no | say two result later ok,"
		  "within: 20s, every: 2ms"));

	(void)state;
	SAYS(rig, "output 1 stdout two", "finished 1 done ok");
	rig_says_not(rig, "output 1 stdout one");
	rig_free(rig);
}

static void test_poll_never_holds(void **state)
{
	struct rig *rig = rig_ran(
	    CHECK("fake.read: say no result fail not_yet, within: 12ms, every: 3ms"));

	(void)state;
	SAYS(rig, "output 1 stdout no", "finished 1 done not: not within 12ms: not yet",
	    "step a failed: precondition: not within 12ms: not yet");
	assert_int_equal(rig_count(rig, "output"), 1);
	rig_free(rig);
}

/* The last poll comes when the time is up, not after another rest. */
static void test_poll_last_in_time(void **state)
{
	struct rig *rig = rig_ran(CHECK("fake.read: fail not_yet | ok, within: 10ms, every: 1h"));

	(void)state;
	SAYS(rig, "do 1", "do 1", "finished 1 done ok");
	rig_free(rig);
}

/* An attempt is given no more time than its poll has left. */
static void test_poll_hangs(void **state)
{
	struct rig *rig = rig_ran(CHECK("fake.read: later hang, within: 12ms, every: 2ms"));

	(void)state;
	SAYS(rig, "cancel 1 term");
	assert_int_equal(rig_count(rig, "finished 1 done not: not within 12ms: no end within "), 1);
	rig_free(rig);
}

/* A limit of its own is shorter: it is asked again, as after any other "not yet". */
static void test_poll_times_out(void **state)
{
	struct rig *rig = rig_ran(
	    CHECK("fake.read: hang | ok, timeout: 3ms, within: 20s, every: 2ms"));

	(void)state;
	SAYS(rig, "do 1", "cancel 1 term", "do 1", "finished 1 done ok");
	rig_free(rig);
}

static void test_poll_for(void **state)
{
	struct rig *rig = rig_ran(
	    CHECK("fake.read: ok | fail lapse | ok, within: 20s, every: 2ms, for: 8ms"));

	(void)state;
	SAYS(rig, "finished 1 done ok", "step a succeeded");
	assert_true(rig_count(rig, "do 1") >= 4);
	rig_free(rig);
}

/* While it has to go on holding, an attempt that never ends is a lapse, not a wait without end. */
static void test_poll_for_hangs(void **state)
{
	struct rig *rig = rig_ran(
	    CHECK("fake.read: ok | hang | fail down, within: 10ms, every: 2ms, for: 1h"));

	(void)state;
	SAYS(rig, "cancel 1 term", "finished 1 done not: not within 10ms: down", "run failed");
	rig_free(rig);
}

static void test_poll_abort(void **state)
{
	struct rig *rig = rig_ran(
	    CHECK("fake.read: n 1 fail broken, abort: n == 1, within: 20s, every: 2ms"));

	(void)state;
	assert_int_equal(rig_count(rig, "step a failed: precondition: "), 1);
	assert_int_equal(rig_count(rig, "do 1"), 1);
	rig_free(rig);
}

static void stop_at_rest(struct rig *rig, int number)
{
	if (number == 2)
		loop_defer(rig->loop, signal_soon, rig);
}

static void test_stop_between_polls(void **state)
{
	struct rig *rig = rig_new(
	    CHECK("fake.read: fail not_yet | poke 2 fail not_yet, within: 1h, every: 5ms"));

	(void)state;
	rig->poke = stop_at_rest;
	rig_begin(rig, NULL);
	rig_run(rig);
	/* the signal comes with or before its judgement: either way there is one end, and no poll after it */
	assert_int_equal(rig_count(rig, "finished 1 stopped"), 1);
	assert_int_equal(rig_count(rig, "do 1"), 2);
	SAYS(rig, "step a cancelled: interrupted by SIGINT", "run interrupted");
	rig_free(rig);
}

static void rest_then_stop(struct rig *rig, int number)
{
	(void)number;
	rig_signal(rig, "SIGTERM");
}

static void test_stop_at_rest(void **state)
{
	struct rig *rig = rig_new(
	    BOOK("steps:\n"
		 "  - {id: a, needs: [], preconditions: [{fake.read: fail not_yet, within: 1h, "
		 "every: 1h}]}\n"
		 "  - {id: b, needs: [], timeout: 1s, fake.read: after 5 poke 1 ok}\n"));

	(void)state;
	rig->poke = rest_then_stop;
	rig_begin(rig, NULL);
	rig_run(rig);
	SAYS(rig, "stop 1 term", "finished 1 stopped not: stopped");
	assert_int_equal(rig_count(rig, "do 1"), 1);
	rig_free(rig);
}

/* A stop that comes when the attempt has ended and is not judged yet: what it did counts. */
static void test_stop_while_judging(void **state)
{
	struct rig *rig = rig_new(
	    BOOK("steps:\n"
		 "  - {id: a, needs: [], timeout: 1s, fake.read: later n 1 ok}\n"
		 "  - {id: b, needs: [], timeout: 1s, fake.read: later poke 1 ok}\n"));

	(void)state;
	rig->poke = interrupt;
	rig_begin(rig, NULL);
	rig_run(rig);
	SAYS(rig, "stop 1 term", "finished 1 done ok", "step a cancelled: interrupted by SIGINT");
	rig_says_not(rig, "cancel 1");
	rig_free(rig);
}

static void test_too_large(void **state)
{
	struct rig *rig = rig_ran(STEP("fake.read: big 800000 ok"));

	(void)state;
	SAYS(rig, "finished 1 error not: the result is too large to be recorded (800010 bytes)",
	    "run failed");
	assert_string_equal(rig_verify(rig), "sealed");
	rig_free(rig);
}

/* Each fits a line of the record, both do not. */
static void test_too_large_together(void **state)
{
	struct rig *rig = rig_ran(STEP("fake.read: big 600000 ok, outputs: {all: text}"));

	(void)state;
	SAYS(rig, "finished 1 done not: its result and its outputs are too large to be recorded");
	assert_string_equal(rig_verify(rig), "sealed");
	rig_free(rig);
}

static void test_output(void **state)
{
	struct rig *rig = rig_ran(
	    STEP("fake.read: say one err two say three result later fail no"));

	(void)state;
	SAYS(rig, "step a failed: no: two");
	assert_int_equal(rig_count(rig, "output 1 stdout one"), 1);
	assert_int_equal(rig_count(rig, "output 1 stderr two"), 1);
	rig_free(rig);
}

/* What was said is recorded though no result holds it. */
static void test_output_without_result(void **state)
{
	struct rig *rig = rig_ran(STEP("fake.read: say one later error lost"));

	(void)state;
	SAYS(rig, "output 1 stdout one", "finished 1 error not: lost");
	rig_free(rig);
}

#define WITH_SECRET(keys)                                                                          \
	BOOK("secrets: {word: {env: RIG_SECRET}}\n"                                                \
	     "steps:\n  - {id: a, timeout: 1s, fake.read: {does: " keys                            \
	     ", secret: 'x${{ secrets.word }}y'}}\n")

/* The action gets it, in every place where it comes back it is masked. */
static void test_secrets(void **state)
{
	struct rig *rig;
	const char *record;

	(void)state;
	setenv("RIG_SECRET", "hunter2-hunter2", 1);
	rig = rig_ran(WITH_SECRET("say secret err secret tell result later fail secret"));
	SAYS(rig, "output 1 stdout x${{ secrets.word }}y",
	    "step a failed: x${{ secrets.word }}y: x${{ secrets.word }}y");
	record = rig_record(rig);
	assert_null(strstr(record, "hunter2"));
	assert_non_null(strstr(record, "secrets.word"));
	rig_free(rig);
	unsetenv("RIG_SECRET");
}

static void test_paths(void **state)
{
	struct rig *rig = rig_ran(
	    STEP("fake.read: {does: tell ok, path: some/file}, outputs: {path: args.path}"));
	char wanted[200];

	(void)state;
	snprintf(
	    wanted, sizeof(wanted), "step a succeeded {\"path\":\"%s/some/file\"}", rig->folder);
	SAYS(rig, wanted);
	rig_free(rig);
}

static void test_retry(void **state)
{
	struct rig *rig = rig_ran(STEP("fake.change: fail one, retry: {attempts: 3, delay: 1ms}"));

	(void)state;
	SAYS(rig, "finished 1 done not: one", "finished 2 done not: one",
	    "finished 3 done not: one", "step a failed: one");
	rig_free(rig);
}

static void interrupt_now(void *self)
{
	rig_signal(self, "SIGINT");
}

static struct {
	int64_t bytes;
	char line[64];
} said;

static void hear(void *self, const struct saying *saying)
{
	struct rig *rig = self;

	assert_int_equal(saying->op, 1);
	assert_int_equal(saying->stream, STREAM_STDOUT);
	said.bytes = saying->bytes;
	snprintf(said.line, sizeof(said.line), "%.*s", STR_ARG(saying->line));
	loop_defer(rig->loop, interrupt_now, rig);
}

/* Past the half of what is kept no message brings what is printed before its end. */
static void test_long_output(void **state)
{
	struct rig *rig = rig_new(
	    BOOK("steps:\n  - {id: a, timeout: 1h, fake.read: flood 100000 hang}\n"));
	int64_t size = 0;

	(void)state;
	for (int i = 1; i <= 100000; i++)
		size += snprintf(NULL, 0, "line %d\n", i);
	rig->observer.saying = hear;
	rig_begin(rig, NULL);
	rig_run(rig);
	SAYS(rig, "cancel 1 term", "run interrupted");
	assert_int_equal(said.bytes, size - BOUND_UNREAD / 2);
	assert_string_equal(said.line, "line 100000");
	/* now it has one, and that is in the record */
	assert_non_null(strstr(rig_record(rig), "line 100000"));
	rig_free(rig);
}

/* Of what is sensitive nobody sees anything. */
static void test_long_output_unseen(void **state)
{
	struct rig *rig = rig_new(STEP("sensitive: true, fake.read: flood 100000 after 300 ok"));

	(void)state;
	said.bytes = 0;
	rig->observer.saying = hear;
	rig_begin(rig, NULL);
	rig_run(rig);
	SAYS(rig, "run recovered");
	assert_int_equal(said.bytes, 0);
	rig_free(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ends_at_once),
	    cmocka_unit_test(test_ends_later),
	    cmocka_unit_test(test_keeps_memory),
	    cmocka_unit_test(test_many_at_once),
	    cmocka_unit_test(test_timeout),
	    cmocka_unit_test(test_timeout_then_ok),
	    cmocka_unit_test(test_stop_twice),
	    cmocka_unit_test(test_poll),
	    cmocka_unit_test(test_poll_output_of_last),
	    cmocka_unit_test(test_poll_never_holds),
	    cmocka_unit_test(test_poll_last_in_time),
	    cmocka_unit_test(test_poll_hangs),
	    cmocka_unit_test(test_poll_times_out),
	    cmocka_unit_test(test_poll_for),
	    cmocka_unit_test(test_poll_for_hangs),
	    cmocka_unit_test(test_poll_abort),
	    cmocka_unit_test(test_stop_between_polls),
	    cmocka_unit_test(test_stop_at_rest),
	    cmocka_unit_test(test_stop_while_judging),
	    cmocka_unit_test(test_too_large),
	    cmocka_unit_test(test_too_large_together),
	    cmocka_unit_test(test_output),
	    cmocka_unit_test(test_output_without_result),
	    cmocka_unit_test(test_secrets),
	    cmocka_unit_test(test_paths),
	    cmocka_unit_test(test_retry),
	    cmocka_unit_test(test_long_output),
	    cmocka_unit_test(test_long_output_unseen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
