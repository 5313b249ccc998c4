/* SPDX-License-Identifier: Apache-2.0 */
/* Whole trees of processes: how they are ended, what is left, and whose an orphan is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lab.h"
#include "stdlib/registry.h"

/* Sessions of their own, TERM ignored, parents gone, a pipeline; 50 ms of grace, and nothing may be left. */
static void test_stubborn_tree(void **state)
{
	struct trial *trial;
	struct lab lab;

	(void)state;
	lab_open(&lab, 2);
	trial = lab_begin_for(&lab, &process_run,
	    "{\"script\":\"trap '' TERM; "
	    "(setsid sh -c 'sleep 86402.1% & setsid sleep 86402.1% & sleep 86402.1%' &) ; "
	    "( (setsid setsid sleep 86402.1% &) & ) & sleep 86402.1% | sleep 86402.1%\"}",
	    50000);
	lab_await_sleeps(&lab, "86402.1%", 6);
	trial_cancel(trial, CANCEL_TERM);
	trial_wait(trial);
	assert_int_equal(lab_processes("86402.1%"), 0);
	assert_false(trial->attempt.result.ok);
	assert_null(trial->attempt.result.left);
	assert_string_equal(trial_why(trial), "killed by SIGKILL");
	trial_free(trial);
	lab_close(&lab);
}

/* TERM is enough for whoever listens, also when it was stopped; what it says then is heard. */
static void test_gentle_end(void **state)
{
	struct trial *trial;
	struct lab lab;

	(void)state;
	lab_open(&lab, 1);
	trial = lab_begin_for(&lab, &process_run,
	    "{\"script\":\"trap 'echo bye; exit 7' TERM; echo up; while :; do :; done\"}",
	    60000000);
	trial_await_output(trial);
	trial_cancel(trial, CANCEL_TERM);
	trial_wait(trial);
	assert_int_equal(trial_int(trial, "exit_code"), 7);
	assert_true(str_is(trial_output(trial, ATTEMPT_STDOUT), "up\nbye\n"));
	trial_free(trial);
	trial = lab_begin_for(
	    &lab, &process_run, "{\"script\":\"echo up; kill -STOP $$\"}", 60000000);
	trial_await_output(trial);
	trial_cancel(trial, CANCEL_TERM);
	trial_wait(trial);
	assert_string_equal(trial_why(trial), "killed by SIGTERM");
	trial_free(trial);
	lab_close(&lab);
}

/* KILL at once, also while a long grace runs. */
static void test_kill(void **state)
{
	struct trial *trial;
	struct lab lab;

	(void)state;
	lab_open(&lab, 1);
	trial = lab_begin_for(&lab, &process_run,
	    "{\"script\":\"trap '' TERM; echo up; while :; do sleep 86402.2%; done\"}", 60000000);
	trial_await_output(trial);
	trial_cancel(trial, CANCEL_TERM);
	trial_cancel(trial, CANCEL_KILL);
	trial_wait(trial);
	assert_int_equal(trial_int(trial, "exit_code"), 137);
	assert_int_equal(lab_processes("86402.2%"), 0);
	trial_free(trial);
	lab_close(&lab);
}

/* A tree that never stands still: each process begins the next one and ends. */
static void test_runaway(void **state)
{
	struct trial *trial;
	struct lab lab;

	(void)state;
	lab_open(&lab, 1);
	for (int i = 0; i < 5; i++) {
		trial = lab_begin_for(&lab, &process_run,
		    "{\"argv\":[\"sh\",\"-c\",\": 86402.3%; f() { (f & exit); }; echo up; f; f\"]}",
		    0);
		trial_await_output(trial);
		trial_cancel(trial, CANCEL_KILL);
		trial_wait(trial);
		assert_null(trial->attempt.result.left);
		assert_int_equal(lab_processes("86402.3%"), 0);
		trial_free(trial);
	}
	lab_close(&lab);
}

/* Cancelled while it waits for its turn: it never began. */
static void test_cancel_before_begin(void **state)
{
	struct trial *first;
	struct trial *second;
	struct lab lab;

	(void)state;
	lab_open(&lab, 1);
	first = lab_begin(&lab, &process_run, "{\"argv\":[\"sleep\",\"86402.4%\"]}");
	second = lab_begin(&lab, &process_run, "{\"argv\":[\"true\"],\"stdin\":{\"text\":\"x\"}}");
	lab_await_sleeps(&lab, "86402.4%", 1);
	trial_cancel(second, CANCEL_TERM);
	trial_wait(second);
	assert_false(second->started);
	assert_string_equal(trial_why(second), "stopped before it began");
	trial_cancel(first, CANCEL_TERM);
	trial_wait(first);
	trial_free(first);
	trial_free(second);
	lab_close(&lab);
}

static int64_t left_pid(const struct trial *trial, const char *command)
{
	const struct value *left = trial->attempt.result.left;

	assert_non_null(left);
	for (size_t i = 0; i < left->list.count; i++)
		if (str_find(value_text(value_get(left->list.items[i], "command")),
			str_from(lab_mark(command))) >= 0)
			return value_get(left->list.items[i], "pid")->integer;
	fail_msg("%s is not among what is left", command);
	return 0;
}

static bool has_one_child(void *self)
{
	(void)self;
	return lab_children() == 1;
}

/*
 * A daemon that a success left behind, with our pipe as its output, lives on and may print; the step is over, and its
 * one slot is free for others, whose tree is their own.
 */
static void test_daemon(void **state)
{
	struct trial *trial;
	struct trial *other;
	char path[128];
	int64_t pid;
	struct lab lab;

	(void)state;
	lab_open(&lab, 1);
	trial = lab_run(&lab, &process_run,
	    "{\"script\":\"setsid sh -c 'while ! test -e stop; do echo alive; done; : 86402.5%' & "
	    "echo began\"}");
	assert_true(trial->attempt.result.ok);
	assert_true(trial->bytes[ATTEMPT_STDOUT] > 0);
	pid = left_pid(trial, "86402.5%");
	assert_int_equal(lab_processes("86402.5%"), 1);
	other = lab_run(&lab, &process_run, "{\"argv\":[\"sh\",\"-c\",\"exit 3\"]}");
	assert_null(other->attempt.result.left);
	trial_free(other);
	other = lab_begin_for(
	    &lab, &process_run, "{\"script\":\"sleep 86402.6% & sleep 86402.6%\"}", 0);
	lab_await_sleeps(&lab, "86402.6%", 2);
	trial_cancel(other, CANCEL_KILL);
	trial_wait(other);
	trial_free(other);
	assert_int_equal(lab_processes("86402.6%"), 0);
	assert_true(lab_parent(pid) > 1);
	snprintf(path, sizeof(path), "%s/stop", lab.dir);
	close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	lab_await_processes(&lab, "86402.5%", 0);
	/* Its launcher has ended, and is no zombie of ours. */
	lab_until(&lab, has_one_child, NULL);
	trial_free(trial);
	lab_close(&lab);
}

/* A daemon outlives us; its launcher stays with it until it goes, and holds nothing of ours. */
static void test_daemon_outlives(void **state)
{
	struct trial *trial;
	struct lab lab;
	int64_t launcher;
	int64_t pid;

	(void)state;
	lab_open(&lab, 1);
	trial = lab_run(&lab, &process_run, "{\"script\":\"setsid sleep 86402.0% & exit 0\"}");
	pid = left_pid(trial, "sleep 86402.0%");
	trial_free(trial);
	launcher = lab_parent(pid);
	lab_close(&lab);
	assert_int_equal(lab_sleeps("86402.0%"), 1);
	assert_int_equal(lab_parent(pid), launcher);
	lab_kill(pid);
	lab_open(&lab, 1);
	lab_await_sleeps(&lab, "86402.0%", 0);
	lab_close(&lab);
	/* We are still its parent: only now, without the pool, somebody must wait for it. */
	assert_int_equal(waitpid((pid_t)launcher, NULL, 0), launcher);
}

/* What a failure leaves running is ended, and said so. */
static void test_failure_leaves_nothing(void **state)
{
	struct trial *trial;
	struct lab lab;

	(void)state;
	lab_open(&lab, 1);
	trial = lab_run(
	    &lab, &process_run, "{\"argv\":[\"sh\",\"-c\",\"setsid sleep 86402.7% & exit 3\"]}");
	assert_string_equal(trial_why(trial), "exit status 3; what it had left running was ended");
	assert_int_equal(trial_int(trial, "exit_code"), 3);
	assert_null(trial->attempt.result.left);
	assert_int_equal(lab_processes("86402.7%"), 0);
	trial_free(trial);
	lab_close(&lab);
}

/* Somebody who ends shortly after the step is no daemon, and what it prints is heard. */
static void test_straggler(void **state)
{
	struct trial *trial;
	struct lab lab;

	(void)state;
	lab_open(&lab, 1);
	trial = lab_run(&lab, &process_run,
	    "{\"script\":\"(while test -d /proc/$$; do :; done; echo late) & echo early\"}");
	assert_true(trial->attempt.result.ok);
	assert_null(trial->attempt.result.left);
	assert_true(str_is(trial_output(trial, ATTEMPT_STDOUT), "early\nlate\n"));
	trial_free(trial);
	lab_close(&lab);
}

/* Orphans of two attempts at once: each goes with its own. */
static void test_orphans_apart(void **state)
{
	struct trial *first;
	struct trial *second;
	struct lab lab;

	(void)state;
	lab_open(&lab, 2);
	first = lab_begin_for(&lab, &process_run,
	    "{\"script\":\"(setsid sleep 86402.8% &) ; sleep 86402.8%\"}", 50000);
	second = lab_begin_for(&lab, &process_run,
	    "{\"script\":\"(setsid sleep 86402.9% &) ; sleep 86402.9%\"}", 50000);
	lab_await_sleeps(&lab, "86402.8%", 2);
	lab_await_sleeps(&lab, "86402.9%", 2);
	trial_cancel(first, CANCEL_TERM);
	trial_wait(first);
	assert_int_equal(lab_processes("86402.8%"), 0);
	assert_int_equal(lab_sleeps("86402.9%"), 2);
	trial_cancel(second, CANCEL_TERM);
	trial_wait(second);
	assert_int_equal(lab_processes("86402.9%"), 0);
	trial_free(first);
	trial_free(second);
	lab_close(&lab);
}

/* A sanitizer's leak check makes the end of a launcher so slow that two hundred are too many to wait for. */
#ifdef __SANITIZE_ADDRESS__
enum { ROW = 200, CROWD = 20 };
#else
enum { ROW = 1000, CROWD = 200 };
#endif

/* A thousand in a row and two hundred at once: lab_close() counts what they left. */
static void test_many(void **state)
{
	struct trial *crowd[CROWD];
	unsigned fds;
	struct lab lab;

	(void)state;
	lab_open(&lab, CROWD);
	fds = 0;
	for (int i = 0; i < ROW; i++) {
		struct trial *trial = lab_run(&lab, &process_run, "{\"argv\":[\"true\"]}");

		assert_true(trial->attempt.result.ok);
		trial_free(trial);
		/* libuv's first stream opens a descriptor in reserve. */
		if (i == 0)
			fds = lab_fds();
	}
	assert_int_equal(lab_fds(), fds);
	for (int i = 0; i < CROWD; i++)
		crowd[i] = lab_begin(&lab, &process_run, "{\"argv\":[\"echo\",\"x\"]}");
	for (int i = 0; i < CROWD; i++) {
		trial_wait(crowd[i]);
		assert_true(crowd[i]->attempt.result.ok);
		assert_true(str_is(trial_output(crowd[i], ATTEMPT_STDOUT), "x\n"));
		trial_free(crowd[i]);
	}
	assert_true(lab_children() <= CROWD);
	lab_close(&lab);
	assert_int_equal(lab_children(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_stubborn_tree),
	    cmocka_unit_test(test_gentle_end),
	    cmocka_unit_test(test_kill),
	    cmocka_unit_test(test_runaway),
	    cmocka_unit_test(test_cancel_before_begin),
	    cmocka_unit_test(test_daemon),
	    cmocka_unit_test(test_daemon_outlives),
	    cmocka_unit_test(test_failure_leaves_nothing),
	    cmocka_unit_test(test_straggler),
	    cmocka_unit_test(test_orphans_apart),
	    cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
