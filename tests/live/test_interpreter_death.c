/* SPDX-License-Identifier: Apache-2.0 */
/* The interpreter dies while a step runs: the step goes on, and the launcher leaves what became of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "earlier.h"
#include "launch/protocol.h"

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
	struct lab lab;
	json_t *exit;

	(void)state;
	lab_open(&lab, 1);
	interpreter_begin(&interpreter, "{\"argv\":[\"sh\",\"-c\",\"kill -USR1 $$\"]}");
	interpreter_await_end(&interpreter);
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

	int status = interpreter_main(argc, argv);

	return status >= 0 ? status : cmocka_run_group_tests(tests, NULL, NULL);
}
