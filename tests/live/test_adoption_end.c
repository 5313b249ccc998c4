/* SPDX-License-Identifier: Apache-2.0 */
/* A later life of a run ends what an earlier one began, or finds nobody who knows how it ended. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "earlier.h"
#include "launch/protocol.h"
#include "stdlib/registry.h"

/* --- it is ended */

/* TERM with the grace, for the whole tree, and what it said then. */
static void test_terminated(void **state)
{
	static const char args[] =
	    "{\"script\":\"trap 'echo asked; exit 5' TERM; setsid sleep 86405.1% & " AWAIT_GO "\"}";
	struct interpreter interpreter;
	struct trial *trial;
	struct lab lab;

	(void)state;
	begin_and_die(&interpreter, &lab, args);
	lab_await_sleeps(&lab, "86405.1%", 1);
	trial = adopt(&lab, args);
	trial_await_start(trial);
	trial_cancel(trial, CANCEL_TERM);
	trial_wait(trial);
	assert_string_equal(trial_why(trial), "exit status 5");
	assert_true(str_is(trial_output(trial, ATTEMPT_STDOUT), "asked\n"));
	assert_null(trial->attempt.result.left);
	assert_int_equal(lab_sleeps("86405.1%"), 0);
	trial_free(trial);
	close_and_remove(&lab, &interpreter);
}

/* What does not listen is killed when the grace is over, or at once; so is what prints without pause. */
static void test_killed(void **state)
{
	static const char deaf[] = "{\"script\":\"trap '' TERM; setsid sleep 86405.2% & " AWAIT_GO
				   "\"}";
	static const char loud[] =
	    "{\"script\":\"for i in 1 2 3 4; do yes & done; echo >up; wait\"}";
	struct interpreter interpreter;
	struct trial *trial;
	struct lab lab;

	(void)state;
	begin_and_die(&interpreter, &lab, deaf);
	lab_await_sleeps(&lab, "86405.2%", 1);
	trial = adopt_for(&lab, deaf, 50000);
	trial_cancel(trial, CANCEL_TERM);
	trial_wait(trial);
	assert_string_equal(trial_why(trial), "killed by SIGKILL");
	assert_int_equal(lab_sleeps("86405.2%"), 0);
	trial_free(trial);
	close_and_remove(&lab, &interpreter);
	/* A second wish is heard while the grace of the first goes on. */
	begin_and_die(&interpreter, &lab, deaf);
	trial = adopt_for(&lab, deaf, INT64_C(3600) * 1000000);
	trial_await_start(trial);
	trial_cancel(trial, CANCEL_TERM);
	trial_cancel(trial, CANCEL_KILL);
	trial_wait(trial);
	assert_string_equal(trial_why(trial), "killed by SIGKILL");
	assert_int_equal(lab_sleeps("86405.2%"), 0);
	trial_free(trial);
	close_and_remove(&lab, &interpreter);
	begin_and_die(&interpreter, &lab, loud);
	trial = adopt(&lab, loud);
	trial_await_start(trial);
	trial_cancel(trial, CANCEL_KILL);
	trial_wait(trial);
	assert_string_equal(trial_why(trial), "killed by SIGKILL");
	trial_free(trial);
	close_and_remove(&lab, &interpreter);
}

/* Who kills a launcher by hand, as one tells a daemon to end, ends nothing. */
static void test_plain_signal(void **state)
{
	static const char args[] = "{\"script\":\"" AWAIT_GO "exit 6\"}";
	const union sigval at_once = {.sival_int = 0};
	struct interpreter interpreter;
	struct trial *trial;
	struct lab lab;

	(void)state;
	begin_and_die(&interpreter, &lab, args);
	trial = adopt(&lab, args);
	trial_await_start(trial);
	assert_int_equal(kill((pid_t)lab_parent(trial->pid), SIGTERM), 0);
	touch(&interpreter, "go");
	trial_wait(trial);
	assert_string_equal(trial_why(trial), "exit status 6");
	trial_free(trial);
	/* While its interpreter lives a launcher listens to nobody else. */
	unlink(in_dir(&interpreter, "go"));
	trial = lab_begin(&lab, &process_run, args);
	trial_await_start(trial);
	assert_int_equal(sigqueue((pid_t)lab_parent(trial->pid), SIGTERM, at_once), 0);
	touch(&interpreter, "go");
	trial_wait(trial);
	assert_string_equal(trial_why(trial), "exit status 6");
	trial_free(trial);
	close_and_remove(&lab, &interpreter);
}

/* --- what it left running */

static void test_left_by_success(void **state)
{
	static const char args[] = "{\"script\":\"" AWAIT_GO "setsid sleep 86405.3% &\"}";
	struct interpreter interpreter;
	const struct value *left;
	struct trial *trial;
	struct lab lab;

	(void)state;
	begin_and_die(&interpreter, &lab, args);
	trial = adopt(&lab, args);
	touch(&interpreter, "go");
	trial_wait(trial);
	assert_true(trial->attempt.result.ok);
	left = trial->attempt.result.left;
	assert_int_equal(left->list.count, 1);
	assert_true(str_is(
	    value_text(value_get(left->list.items[0], "command")), lab_mark("sleep 86405.3%")));
	assert_int_equal(lab_sleeps("86405.3%"), 1);
	lab_kill(value_get(left->list.items[0], "pid")->integer);
	lab_await_sleeps(&lab, "86405.3%", 0);
	trial_free(trial);
	close_and_remove(&lab, &interpreter);
}

/* What a failure left is in the way of the next try, then as ever. */
static void test_left_by_failure(void **state)
{
	static const char args[] = "{\"script\":\"" AWAIT_GO "setsid sleep 86405.4% & exit 8\"}";
	struct interpreter interpreter;
	struct trial *trial;
	struct lab lab;

	(void)state;
	begin_and_die(&interpreter, &lab, args);
	touch(&interpreter, "go");
	lab_until(&lab, exists, in_dir(&interpreter, "op-1.exit"));
	assert_int_equal(lab_sleeps("86405.4%"), 1);
	trial = adopt(&lab, args);
	trial_wait(trial);
	assert_string_equal(trial_why(trial), "exit status 8; what it had left running was ended");
	assert_null(trial->attempt.result.left);
	assert_int_equal(lab_sleeps("86405.4%"), 0);
	trial_free(trial);
	close_and_remove(&lab, &interpreter);
}

/* --- nobody knows */

static void test_launcher_killed(void **state)
{
	static const char args[] = "{\"script\":\"" AWAIT_GO "\"}";
	struct launch_process recorded = {getpid(), 1};
	struct interpreter interpreter;
	struct trial *trial;
	struct lab lab;

	(void)state;
	begin_and_die(&interpreter, &lab, args);
	trial = adopt(&lab, args);
	trial_await_start(trial);
	lab_kill(lab_parent(trial->pid));
	/* Nobody will ever know how it ends, but as long as it goes on it is waited for, and ended when asked. */
	trial_cancel(trial, CANCEL_TERM);
	trial_wait(trial);
	assert_true(trial->attempt.result.lost);
	assert_false(trial->attempt.result.ok);
	assert_string_equal(trial_why(trial),
	    "no launcher of it is left, and it left no exit status: how it ended is not known");
	assert_null(trial->attempt.result.left);
	trial_free(trial);
	/* Another process with its number is another. */
	unlink(in_dir(&interpreter, "op-1.run"));
	lab.ops = 0;
	trial = lab_adopt(&lab, &process_run, args, 0, recorded);
	trial_wait(trial);
	assert_true(trial->attempt.result.lost);
	trial_free(trial);
	close_and_remove(&lab, &interpreter);
}

static bool has_lost_its_socket(void *self)
{
	const int64_t *launcher = self;
	char path[64];
	char end;

	snprintf(path, sizeof(path), "/proc/%lld/fd/%d", (long long)*launcher, LAUNCH_SOCKET);
	return readlink(path, &end, 1) < 0;
}

/* A launcher that cannot even say that it goes on holds up the next life, until it has nothing more. */
static void test_nothing_written(void **state)
{
	static const char args[] = "{\"script\":\">up; while ! test -e go; do sleep 0.01; done\"}";
	struct interpreter interpreter;
	struct rlimit limit;
	struct rlimit none;
	struct trial *trial;
	struct lab lab;

	(void)state;
	lab_open(&lab, 1);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	none = (struct rlimit){0, limit.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	interpreter_begin(&interpreter, args);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	lab_until(&lab, exists, in_dir(&interpreter, "up"));
	interpreter_kill(&interpreter);
	lab_until(&lab, has_lost_its_socket, &interpreter.launcher);
	assert_false(launch_await_earlier(interpreter.dir, 0));
	touch(&interpreter, "go");
	await_earlier(&interpreter);
	lab_close(&lab);
	lab_open_again(&lab, 1, interpreter.dir);
	trial = adopt(&lab, args);
	trial_wait(trial);
	assert_true(trial->attempt.result.lost);
	trial_free(trial);
	close_and_remove(&lab, &interpreter);
}

static void test_nothing_there(void **state)
{
	static const char args[] = "{\"argv\":[\"true\"]}";
	struct trial *trial;
	struct lab lab;

	(void)state;
	assert_true(launch_await_earlier("/nowhere/at-all", 0));
	assert_false(launch_await_earlier("/dev/null", 0));
	lab_open(&lab, 1);
	for (int round = 0; round < 2; round++) {
		trial = adopt(&lab, args);
		trial_wait(trial);
		assert_true(trial->attempt.result.lost);
		assert_string_equal(trial_why(trial),
		    "no launcher of it is left, and it left no exit status: how it ended is not "
		    "known");
		assert_null(trial->attempt.result.value);
		assert_null(trial->attempt.result.left);
		assert_false(trial->started);
		trial_free(trial);
		lab.host.run_dir = "/nowhere/at-all";
	}
	lab_close(&lab);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_terminated),
	    cmocka_unit_test(test_killed),
	    cmocka_unit_test(test_plain_signal),
	    cmocka_unit_test(test_left_by_success),
	    cmocka_unit_test(test_left_by_failure),
	    cmocka_unit_test(test_launcher_killed),
	    cmocka_unit_test(test_nothing_written),
	    cmocka_unit_test(test_nothing_there),
	};
	int status = interpreter_main(argc, argv);

	return status >= 0 ? status : cmocka_run_group_tests(tests, NULL, NULL);
}
