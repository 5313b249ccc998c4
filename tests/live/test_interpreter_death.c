/* SPDX-License-Identifier: Apache-2.0 */
/* The interpreter dies while a step runs: the step goes on, and the launcher leaves what became of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lab.h"
#include "launch/protocol.h"
#include "stdlib/registry.h"

/* Begins what argv[2] says and waits to be killed. */
static int be_an_interpreter(const char *args)
{
	struct trial *trial;
	struct lab lab;

	lab_open(&lab, 1);
	printf("%s\n", lab.dir);
	fflush(stdout);
	trial = lab_run(&lab, &process_run, args);
	/* Its end was heard but never taken note of. */
	printf("ended\n");
	fflush(stdout);
	(void)trial;
	while (pause() < 0)
		;
	return 1;
}

struct interpreter {
	int64_t pid;
	FILE *says;
	char dir[128];
};

static void interpreter_begin(struct interpreter *interpreter, const char *args)
{
	int ends[2];
	int out = dup(1);

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	fflush(NULL);
	dup2(ends[1], 1);
	interpreter->pid = lab_begin_again("interpreter", args);
	dup2(out, 1);
	close(out);
	close(ends[1]);
	interpreter->says = fdopen(ends[0], "r");
	assert_non_null(fgets(interpreter->dir, sizeof(interpreter->dir), interpreter->says));
	interpreter->dir[strcspn(interpreter->dir, "\n")] = '\0';
}

static void interpreter_kill(struct interpreter *interpreter)
{
	lab_kill(interpreter->pid);
	assert_int_equal(waitpid((pid_t)interpreter->pid, NULL, 0), interpreter->pid);
	fclose(interpreter->says);
}

static char *in_dir(const struct interpreter *interpreter, const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", interpreter->dir, name);
	return path;
}

static bool exists(void *self)
{
	return access(self, F_OK) == 0;
}

static json_t *await_exit(struct lab *lab, const struct interpreter *interpreter)
{
	json_t *exit;

	lab_until(lab, exists, in_dir(interpreter, "op-1.exit"));
	exit = json_load_file(in_dir(interpreter, "op-1.exit"), 0, NULL);
	assert_non_null(exit);
	assert_int_equal(json_integer_value(json_object_get(exit, "version")), 1);
	assert_int_equal(json_integer_value(json_object_get(exit, "op")), 1);
	return exit;
}

static int64_t stage_int(const json_t *exit, const char *key)
{
	const json_t *stage = json_array_get(json_object_get(exit, "stages"), 0);

	return json_is_null(json_object_get(stage, key))
	    ? -1
	    : json_integer_value(json_object_get(stage, key));
}

static void remove_dir(const struct interpreter *interpreter)
{
	static const char *const names[] = {
	    "op-1.exit", "op-1.out", "op-1.err", "up", "go", "stop"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlink(in_dir(interpreter, names[i]));
	assert_int_equal(rmdir(interpreter->dir), 0);
}

static void touch(const struct interpreter *interpreter, const char *name)
{
	close(open(in_dir(interpreter, name), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
}

/* A crash of ours neither breaks the step's pipe nor kills it, and how it ended is found in the run's folder. */
static void test_interpreter_dies(void **state)
{
	enum { LINES = 20000000 / 10 };
	struct interpreter interpreter;
	char wanted[16];
	char line[16];
	struct stat stat;
	struct lab lab;
	json_t *exit;
	FILE *file;

	(void)state;
	lab_open(&lab, 1);
	interpreter_begin(&interpreter,
	    "{\"script\":\"echo >up; while ! test -e go; do :; done; echo err >&2; "
	    "seq -w 1 2000000 | sed s/^/xx/; exit 9\"}");
	lab_until(&lab, exists, in_dir(&interpreter, "up"));
	interpreter_kill(&interpreter);
	touch(&interpreter, "go");
	exit = await_exit(&lab, &interpreter);
	assert_int_equal(stage_int(exit, "exit_code"), 9);
	assert_int_equal(stage_int(exit, "signal"), -1);
	assert_true(json_integer_value(json_object_get(exit, "pid")) > 1);
	assert_true(json_integer_value(json_object_get(exit, "start_ticks")) > 0);
	assert_true(json_is_false(json_object_get(exit, "stopped")));
	assert_int_equal(
	    json_integer_value(json_object_get(json_object_get(exit, "out"), "size")), LINES * 10);
	assert_int_equal(json_integer_value(json_object_get(json_object_get(exit, "out"), "kept")),
	    LAUNCH_RESCUE_MAX);
	assert_int_equal(json_array_size(json_object_get(exit, "left")), 0);
	json_decref(exit);
	/* The file reads from front to back: the first half from the beginning, the second to the end. */
	assert_int_equal(lstat(in_dir(&interpreter, "op-1.out"), &stat), 0);
	assert_int_equal(stat.st_size, LAUNCH_RESCUE_MAX);
	assert_int_equal(stat.st_mode & 0777, 0600);
	file = fopen(in_dir(&interpreter, "op-1.out"), "r");
	assert_non_null(fgets(line, sizeof(line), file));
	assert_string_equal(line, "xx0000001\n");
	for (int i = 0; i < 400000; i++) {
		long number = LINES - 399999 + i;

		if (i == 0)
			fseek(file, -4000000, SEEK_END);
		assert_non_null(fgets(line, sizeof(line), file));
		snprintf(wanted, sizeof(wanted), "xx%07ld\n", number);
		assert_string_equal(line, wanted);
	}
	fclose(file);
	file = fopen(in_dir(&interpreter, "op-1.err"), "r");
	assert_non_null(fgets(line, sizeof(line), file));
	assert_string_equal(line, "err\n");
	fclose(file);
	remove_dir(&interpreter);
	lab_close(&lab);
}

/* The step ended before the interpreter died, which had not taken note of it yet. */
static void test_interpreter_dies_after(void **state)
{
	struct interpreter interpreter;
	char line[16];
	struct lab lab;
	json_t *exit;

	(void)state;
	lab_open(&lab, 1);
	interpreter_begin(&interpreter, "{\"argv\":[\"sh\",\"-c\",\"kill -USR1 $$\"]}");
	assert_non_null(fgets(line, sizeof(line), interpreter.says));
	interpreter_kill(&interpreter);
	exit = await_exit(&lab, &interpreter);
	assert_int_equal(stage_int(exit, "exit_code"), -1);
	assert_int_equal(stage_int(exit, "signal"), SIGUSR1);
	json_decref(exit);
	remove_dir(&interpreter);
	lab_close(&lab);
}

/* A daemon that the step left, after the interpreter died: named, and it lives on with somebody reading its pipe. */
static void test_interpreter_dies_daemon(void **state)
{
	struct interpreter interpreter;
	const json_t *left;
	struct lab lab;
	json_t *exit;

	(void)state;
	lab_open(&lab, 1);
	interpreter_begin(&interpreter,
	    "{\"script\":\"echo >up; while ! test -e go; do :; done; "
	    "setsid sh -c 'while ! test -e stop; do echo alive || exit; done; : 86404.5%' &\"}");
	lab_until(&lab, exists, in_dir(&interpreter, "up"));
	interpreter_kill(&interpreter);
	touch(&interpreter, "go");
	/* It prints without pause: whoever waits for quiet must lose patience. */
	exit = await_exit(&lab, &interpreter);
	assert_int_equal(stage_int(exit, "exit_code"), 0);
	left = json_object_get(exit, "left");
	assert_int_equal(json_array_size(left), 1);
	assert_non_null(
	    strstr(json_string_value(json_object_get(json_array_get(left, 0), "command")),
		lab_mark("86404.5%")));
	json_decref(exit);
	assert_int_equal(lab_processes("86404.5%"), 1);
	touch(&interpreter, "stop");
	lab_await_processes(&lab, "86404.5%", 0);
	remove_dir(&interpreter);
	lab_close(&lab);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_interpreter_dies),
	    cmocka_unit_test(test_interpreter_dies_after),
	    cmocka_unit_test(test_interpreter_dies_daemon),
	};

	if (argc > 2 && strcmp(argv[1], "interpreter") == 0)
		return be_an_interpreter(argv[2]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
