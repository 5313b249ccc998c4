/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sched.h>
#include <string.h>

#include "script.h"

static void test_order(void **state)
{
	struct script script;
	struct rig *rig = script_rig(
	    BOOK(CHANGE("a", ", needs: []") READ("b", ", needs: []") CHANGE("c", ", needs: [b]")),
	    &script, script_slow_sync);

	(void)state;
	rig_begin(rig, &script.executor);
	/* what reads goes at once, and what follows from it; changes wait for the disk */
	SAYS(rig, "run.started", "source", "start 1 a", "start 2 b", "perform 2");
	while (rig_count(rig, "start 3 c") == 0)
		script_tick(rig);
	rig_says_not(rig, "perform 1");
	rig_says_not(rig, "perform 3");
	script_let_sync();
	script_let_sync();
	script_let_sync(); /* the seal's */
	rig_run(rig);
	SAYS(rig, "perform 1", "perform 3", "run recovered");
	assert_string_equal(rig_verify(rig), "sealed");
	assert_null(engine_record_error(rig->engine));
	rig_free(rig);
}

static void test_stop_overtakes(void **state)
{
	struct script script;
	struct rig *rig = script_rig(
	    BOOK(CHANGE("a", ", needs: []") CHANGE("b", ", needs: []") READ("c", ", needs: []")),
	    &script, script_slow_sync);

	(void)state;
	script.answers = false;
	rig_begin(rig, &script.executor);
	rig_signal(rig, "SIGINT");
	SAYS(rig, "stop 1 term", "stop 2 term", "stop 3 term", "end 3",
	    "finished 1 not_begun not: stopped before it began",
	    "finished 2 not_begun not: stopped before it began");
	script_let_sync();
	script_let_sync();
	rig_run(rig);
	SAYS(rig, "step c cancelled: interrupted by SIGINT", "run interrupted");
	rig_says_not(rig, "perform 1");
	rig_says_not(rig, "perform 2");
	rig_says_not(rig, "end 1");
	assert_string_equal(rig_verify(rig), "sealed");
	rig_free(rig);
}

/* --- what is only beside the decisions --- */

static void test_aside_reaches_the_file(void **state)
{
	struct script script;
	struct rig *rig = script_rig(BOOK(READ("a", "")), &script, NULL);

	(void)state;
	script.answers = false;
	rig_begin(rig, &script.executor);
	rig_note(rig, STR("seen from another terminal"));
	/* nothing else happens, and yet it comes */
	while (!strstr(rig_record(rig), "seen from another terminal"))
		uv_run(&rig->loop->uv, UV_RUN_ONCE);
	script_answer(&script);
	rig_run(rig);
	assert_string_equal(rig_verify(rig), "sealed");
	rig_free(rig);
}

static void test_exists(void **state)
{
	struct rig *rig = rig_ran(BOOK(READ("a", "")));
	struct engine_options again = rig->options;
	struct buf error;

	(void)state;
	buf_init(&error, BUF_UNBOUNDED);
	assert_null(engine_new(&again, &error));
	assert_true(str_find(buf_view(&error), STR("exists")) >= 0);
	buf_done(&error);
	rig_free(rig);
}

static void test_timer(void **state)
{
	struct rig *rig = rig_ran(BOOK("  - {id: a, timeout: 9s, fake.change: fail no | ok, retry: "
				       "{attempts: 2, delay: 2ms}}\n"));

	(void)state;
	/* the scheduler's verdict came from the fake's first attempt of each operation: both fail */
	SAYS(rig, "finished 1 done not: no", "decided", "timer", "start 2 a");
	rig_free(rig);
}

/* --- a departure from the record that a run follows --- */

static void ask_me(struct executor *executor, const struct message *message)
{
	struct script *script = (struct script *)executor;

	buf_printf(&script->rig->log, "asked %u\n", message->ask.id);
}

static void diverge(struct rig *rig)
{
	struct message diverged = {.type = MESSAGE_DIVERGED};

	diverged.diverged.node = STR("b");
	diverged.diverged.what = STR("action");
	engine_post(rig->engine, &diverged);
}

static void answer(struct rig *rig, enum answer with)
{
	struct message answered = {.type = MESSAGE_ANSWERED};

	answered.answered.answer = with;
	answered.answered.who = STR("alice");
	engine_post(rig->engine, &answered);
}

/* What waits for the disk when a person is asked waits for the answer too. */
static struct rig *held(struct script *script, struct executor_ops *asking)
{
	struct rig *rig = script_rig(
	    BOOK(CHANGE("a", ", needs: []") READ("b", ", needs: []")), script, script_slow_sync);

	*asking = *script->executor.ops;
	asking->ask = ask_me;
	script->executor.ops = asking;
	script->answers = false;
	rig->on_divergence = DIVERGENCE_ASK;
	rig_begin(rig, &script->executor);
	diverge(rig);
	SAYS(rig, "start 1 a", "perform 2", "diverged", "asked 0");
	script_answer(script);
	SAYS(rig, "finished 2 done ok");
	rig_says_not(rig, "step b succeeded");
	/* the change's line becomes durable, and the engine hears of it */
	script_let_sync();
	do
		script_tick(rig);
	while (script_syncs_left());
	for (int i = 0; i < 100; i++) {
		sched_yield();
		script_tick(rig);
	}
	rig_says_not(rig, "perform 1");
	return rig;
}

static void test_held(void **state)
{
	struct executor_ops asking;
	struct script script;
	struct rig *rig = held(&script, &asking);

	(void)state;
	answer(rig, ANSWER_APPROVED);
	while (rig_count(rig, "perform 1") == 0)
		script_tick(rig);
	script_let_sync();
	script_let_sync();
	script_answer(&script);
	rig_run(rig);
	SAYS(rig, "asked 0", "step b succeeded", "perform 1", "run recovered");
	assert_string_equal(rig_verify(rig), "sealed");
	rig_free(rig);
}

static void test_held_and_stopped(void **state)
{
	struct executor_ops asking;
	struct script script;
	struct rig *rig = held(&script, &asking);

	(void)state;
	script_let_sync();
	script_let_sync();
	answer(rig, ANSWER_DENIED);
	rig_run(rig);
	SAYS(rig, "stop 1 term", "finished 1 not_begun not: stopped before it began",
	    "run interrupted");
	rig_says_not(rig, "perform 1");
	assert_true(sched_departed(rig->sched));
	assert_string_equal(rig_verify(rig), "sealed");
	rig_free(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_order),
	    cmocka_unit_test(test_stop_overtakes),
	    cmocka_unit_test(test_held),
	    cmocka_unit_test(test_held_and_stopped),
	    cmocka_unit_test(test_aside_reaches_the_file),
	    cmocka_unit_test(test_exists),
	    cmocka_unit_test(test_timer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
