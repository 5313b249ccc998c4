/* SPDX-License-Identifier: Apache-2.0 */
/* A later life of a run goes on with what an earlier one began: it waits for it, and never doubles it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "earlier.h"
#include "launch/protocol.h"
#include "stdlib/registry.h"

/* --- it is waited for */

static void test_still_running(void **state)
{
	static const char args[] = "{\"script\":\"" AWAIT_GO "echo out; echo err >&2; exit 7\"}";
	struct interpreter interpreter;
	struct trial *trial;
	struct lab lab;

	(void)state;
	begin_and_die(&interpreter, &lab, args);
	assert_int_equal(access(in_dir(&interpreter, "op-1.run"), F_OK), 0);
	trial = adopt(&lab, args);
	trial_await_start(trial);
	assert_true(lab_parent(trial->pid) > 1);
	assert_false(trial->finished);
	touch(&interpreter, "go");
	trial_wait(trial);
	assert_string_equal(trial_why(trial), "exit status 7");
	assert_false(trial->attempt.result.lost);
	assert_false(trial->attempt.result.error);
	assert_int_equal(trial_int(trial, "exit_code"), 7);
	assert_int_equal(trial_field(trial, "stages")->list.count, 1);
	assert_true(value_us(trial_field(trial, "duration")) > 0);
	assert_true(str_is(trial_output(trial, ATTEMPT_STDOUT), "out\n"));
	assert_true(str_is(trial_output(trial, ATTEMPT_STDERR), "err\n"));
	assert_int_equal(trial->attempt.result.missing[ATTEMPT_STDOUT], 0);
	trial_free(trial);
	/* The exit file has taken the other's place, and stays until its end is recorded. */
	assert_int_equal(access(in_dir(&interpreter, "op-1.run"), F_OK), -1);
	assert_int_equal(access(in_dir(&interpreter, "op-1.exit"), F_OK), 0);
	close_and_remove(&lab, &interpreter);
}

/* It ended before its interpreter died, which had read the output and recorded nothing. */
static void test_ended_before(void **state)
{
	static const char args[] = "{\"argv\":[\"sh\",\"-c\",\"echo read; kill -USR1 $$\"]}";
	struct interpreter interpreter;
	struct trial *trial;
	struct lab lab;

	(void)state;
	interpreter_begin(&interpreter, args);
	interpreter_await_end(&interpreter);
	interpreter_kill(&interpreter);
	await_earlier(&interpreter);
	lab_open_again(&lab, 1, interpreter.dir);
	trial = adopt(&lab, args);
	trial_wait(trial);
	assert_true(trial->started);
	assert_true(trial->start_ticks > 0);
	assert_string_equal(trial_why(trial), "killed by SIGUSR1");
	assert_int_equal(trial->bytes[ATTEMPT_STDOUT], 0);
	trial_free(trial);
	close_and_remove(&lab, &interpreter);
}

/* It ended while nobody was there. */
static void test_ended_meanwhile(void **state)
{
	static const char args[] = "{\"script\":\"" AWAIT_GO "echo out; echo more\"}";
	struct interpreter interpreter;
	struct trial *trial;
	struct lab lab;

	(void)state;
	begin_and_die(&interpreter, &lab, args);
	touch(&interpreter, "go");
	lab_until(&lab, exists, in_dir(&interpreter, "op-1.exit"));
	trial = adopt(&lab, args);
	trial_wait(trial);
	assert_true(trial->attempt.result.ok);
	assert_int_equal(trial_int(trial, "exit_code"), 0);
	assert_true(str_is(trial_output(trial, ATTEMPT_STDOUT), "out\nmore\n"));
	trial_free(trial);
	close_and_remove(&lab, &interpreter);
}

static void test_pipe(void **state)
{
	static const char args[] = "{\"stages\":[[\"sh\",\"-c\",\"" AWAIT_GO
				   "echo first; exit 3\"],[\"sed\",\"s/first/second/\"]]}";
	const struct value *stages;
	struct interpreter interpreter;
	struct trial *trial;
	struct lab lab;

	(void)state;
	begin_and_die(&interpreter, &lab, args);
	trial = adopt(&lab, args);
	trial_await_start(trial);
	touch(&interpreter, "go");
	trial_wait(trial);
	assert_string_equal(trial_why(trial), "stage 1 (sh): exit status 3");
	stages = trial_field(trial, "stages");
	assert_int_equal(stages->list.count, 2);
	assert_int_equal(value_get(stages->list.items[0], "exit_code")->integer, 3);
	assert_int_equal(value_get(stages->list.items[1], "exit_code")->integer, 0);
	assert_true(str_is(trial_output(trial, ATTEMPT_STDOUT), "second\n"));
	trial_free(trial);
	close_and_remove(&lab, &interpreter);
}

/* A file for its output is not emptied again. */
static void test_output_file(void **state)
{
	static const char args[] = "{\"script\":\"echo before; " AWAIT_GO
				   "echo after\",\"stdout\":{\"file\":\"to\"}}";
	struct interpreter interpreter;
	struct trial *trial;
	struct lab lab;
	char text[32] = "";
	FILE *file;

	(void)state;
	begin_and_die(&interpreter, &lab, args);
	trial = adopt(&lab, args);
	trial_await_start(trial);
	touch(&interpreter, "go");
	trial_wait(trial);
	assert_string_equal(trial_why(trial), "");
	assert_int_equal(trial->bytes[ATTEMPT_STDOUT], 0);
	trial_free(trial);
	file = fopen(in_dir(&interpreter, "to"), "r");
	assert_int_equal(fread(text, 1, sizeof(text), file), strlen("before\nafter\n"));
	assert_string_equal(text, "before\nafter\n");
	fclose(file);
	close_and_remove(&lab, &interpreter);
}

/* More than is kept: the beginning and the end come, and how much is missing between them is told. */
static void test_large_output(void **state)
{
	enum { LINES = 2000000, LINE = 10, SIZE = LINES * LINE, HALF = LAUNCH_RESCUE_MAX / 2 };
	static const char args[] = "{\"script\":\"" AWAIT_GO "seq -w 1 2000000 | sed s/^/xx/\"}";
	struct digest *digest = digest_new();
	char expected[DIGEST_HEX + 1];
	char seen[DIGEST_HEX + 1];
	struct interpreter interpreter;
	struct trial *trial;
	struct lab lab;

	(void)state;
	begin_and_die(&interpreter, &lab, args);
	trial = adopt(&lab, args);
	touch(&interpreter, "go");
	trial_wait(trial);
	assert_true(trial->attempt.result.ok);
	assert_int_equal(trial->bytes[ATTEMPT_STDOUT], LAUNCH_RESCUE_MAX);
	assert_int_equal(trial->attempt.result.missing[ATTEMPT_STDOUT], SIZE - LAUNCH_RESCUE_MAX);
	assert_int_equal(trial->attempt.result.missing[ATTEMPT_STDERR], 0);
	for (long at = 0; at < SIZE; at += LINE) {
		char line[LINE + 1];
		long from = at < HALF ? 0 : SIZE - HALF - at;
		long to = at < HALF ? HALF - at : LINE;

		snprintf(line, sizeof(line), "xx%07ld\n", at / LINE + 1);
		if (from < 0)
			from = 0;
		if (to > LINE)
			to = LINE;
		if (from < to)
			digest_add(digest, line + from, (size_t)(to - from));
	}
	digest_hex(digest, expected);
	digest_hex(trial->digest, seen);
	assert_string_equal(seen, expected);
	digest_free(digest);
	trial_free(trial);
	close_and_remove(&lab, &interpreter);
}

/* A file system that takes no more: what is kept is a beginning, and that there was more is told. */
static void test_full_disk(void **state)
{
	enum { SIZE = 300000, ROOM = 100000 };
	static const char args[] = "{\"script\":\"" AWAIT_GO "seq -w 1 50000; echo err >&2\"}";
	struct rlimit limit;
	struct rlimit little;
	struct interpreter interpreter;
	struct trial *trial;
	struct str output;
	struct lab lab;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	little = (struct rlimit){ROOM, limit.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &little), 0);
	begin_and_die(&interpreter, &lab, args);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	trial = adopt(&lab, args);
	touch(&interpreter, "go");
	trial_wait(trial);
	assert_true(trial->attempt.result.ok);
	output = trial_output(trial, ATTEMPT_STDOUT);
	assert_int_equal(output.len, ROOM);
	assert_int_equal(trial->attempt.result.missing[ATTEMPT_STDOUT], SIZE - ROOM);
	for (int i = 0; i < ROOM / 6; i++) {
		char line[16];

		snprintf(line, sizeof(line), "%05d\n", i + 1);
		assert_memory_equal(output.ptr + (size_t)i * 6, line, 6);
	}
	assert_true(str_is(trial_output(trial, ATTEMPT_STDERR), "err\n"));
	trial_free(trial);
	close_and_remove(&lab, &interpreter);
}

/* The second life adopts it and dies too; the third hears how it ended. */
static void test_two_deaths(void **state)
{
	static const char args[] = "{\"script\":\"" AWAIT_GO "echo out; exit 4\"}";
	struct interpreter first;
	struct interpreter second;
	struct trial *trial;
	struct lab lab;

	(void)state;
	begin_and_die(&first, &lab, args);
	lab_close(&lab);
	interpreter_adopt(&second, &first, args);
	assert_string_equal(second.dir, first.dir);
	assert_false(launch_await_earlier(first.dir, 0));
	interpreter_kill(&second);
	await_earlier(&second);
	lab_open_again(&lab, 1, second.dir);
	trial = adopt(&lab, args);
	trial_await_start(trial);
	touch(&second, "go");
	trial_wait(trial);
	assert_string_equal(trial_why(trial), "exit status 4");
	assert_true(str_is(trial_output(trial, ATTEMPT_STDOUT), "out\n"));
	trial_free(trial);
	close_and_remove(&lab, &second);
}

/* --- BEGIN lay in the socket when the interpreter died */

static struct trial *adopt_sent(struct interpreter *interpreter, struct lab *lab, const char *args)
{
	interpreter_send(interpreter, args);
	interpreter_kill(interpreter);
	/* Nobody knows yet what it will do. */
	assert_false(launch_await_earlier(interpreter->dir, 0));
	assert_int_equal(kill((pid_t)interpreter->launcher, SIGCONT), 0);
	await_earlier(interpreter);
	lab_open_again(lab, 1, interpreter->dir);
	return adopt(lab, args);
}

static void test_in_flight(void **state)
{
	static const char args[] = "{\"script\":\"" AWAIT_GO "echo out\"}";
	static const char missing[] = "{\"argv\":[\"/nowhere/at-all\"]}";
	static const char late[] = "{\"argv\":[\"/nowhere/at-all\"],\"stdout\":{\"file\":\"to\"}}";
	struct interpreter interpreter;
	struct trial *trial;
	struct lab lab;

	(void)state;
	trial = adopt_sent(&interpreter, &lab, args);
	trial_await_start(trial);
	touch(&interpreter, "go");
	trial_wait(trial);
	assert_true(trial->attempt.result.ok);
	assert_true(str_is(trial_output(trial, ATTEMPT_STDOUT), "out\n"));
	trial_free(trial);
	close_and_remove(&lab, &interpreter);
	/* It could not even be begun. */
	trial = adopt_sent(&interpreter, &lab, missing);
	trial_wait(trial);
	assert_string_equal(trial_why(trial), "no such program: /nowhere/at-all");
	assert_true(trial->attempt.result.error);
	assert_true(trial->attempt.result.unchanged);
	assert_false(trial->started);
	trial_free(trial);
	close_and_remove(&lab, &interpreter);
	trial = adopt_sent(&interpreter, &lab, late);
	trial_wait(trial);
	assert_string_equal(trial_why(trial), "no such program: /nowhere/at-all");
	assert_false(trial->attempt.result.unchanged);
	trial_free(trial);
	close_and_remove(&lab, &interpreter);
}

/* --- the guard */

/* Whether a process has the folder open. */
static bool has_open(int64_t pid, const char *dir)
{
	char name[64];
	char target[256];
	bool found = false;

	for (int fd = 0; fd < 64; fd++) {
		ssize_t len;

		snprintf(name, sizeof(name), "/proc/%lld/fd/%d", (long long)pid, fd);
		len = readlink(name, target, sizeof(target) - 1);
		target[len > 0 ? len : 0] = '\0';
		found |= strcmp(target, dir) == 0;
	}
	return found;
}

/*
 * Interpreter and launchers hold it, no step does; what a step left running does not hold up the next life, and what
 * that prints is nobody's.
 */
static void test_guard(void **state)
{
	struct trial *trial;
	struct lab lab;
	char path[128];
	int64_t daemon;
	int64_t launcher;

	(void)state;
	lab_open(&lab, 1);
	assert_false(launch_await_earlier(lab.dir, 0));
	trial = lab_begin(&lab, &process_run, "{\"argv\":[\"sleep\",\"86405.5%\"]}");
	lab_await_sleeps(&lab, "86405.5%", 1);
	trial_await_start(trial);
	assert_false(has_open(trial->pid, lab.dir));
	assert_true(has_open(lab_parent(trial->pid), lab.dir));
	trial_cancel(trial, CANCEL_KILL);
	trial_wait(trial);
	trial_free(trial);
	trial = lab_run(&lab, &process_run,
	    "{\"script\":\"(while ! test -e go; do sleep 0.01; done; echo late; "
	    "exec sleep 86405.6%) &\"}");
	assert_true(trial->attempt.result.ok);
	daemon = value_get(trial->attempt.result.left->list.items[0], "pid")->integer;
	trial_free(trial);
	launcher = lab_parent(daemon);
	launch_pool_free(lab.pool);
	assert_true(launch_await_earlier(lab.dir, LAB_PATIENCE_MS * INT64_C(1000)));
	assert_int_equal(lab_parent(daemon), launcher);
	snprintf(path, sizeof(path), "%s/go", lab.dir);
	assert_int_equal(mkdir(path, 0700), 0);
	lab_await_sleeps(&lab, "86405.6%", 1);
	lab_kill(daemon);
	assert_int_equal(waitpid((pid_t)launcher, NULL, 0), launcher);
	assert_int_equal(rmdir(path), 0);
	/* Nothing else is there. */
	assert_int_equal(rmdir(lab.dir), 0);
	assert_int_equal(mkdir(lab.dir, 0700), 0);
	lab.pool = NULL;
	lab_close(&lab);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_still_running),
	    cmocka_unit_test(test_ended_before),
	    cmocka_unit_test(test_ended_meanwhile),
	    cmocka_unit_test(test_pipe),
	    cmocka_unit_test(test_output_file),
	    cmocka_unit_test(test_large_output),
	    cmocka_unit_test(test_full_disk),
	    cmocka_unit_test(test_two_deaths),
	    cmocka_unit_test(test_in_flight),
	    cmocka_unit_test(test_guard),
	};
	int status = interpreter_main(argc, argv);

	return status >= 0 ? status : cmocka_run_group_tests(tests, NULL, NULL);
}
