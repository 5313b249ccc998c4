/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

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

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_order),
	    cmocka_unit_test(test_stop_overtakes),
	    cmocka_unit_test(test_aside_reaches_the_file),
	    cmocka_unit_test(test_exists),
	    cmocka_unit_test(test_timer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
