/* SPDX-License-Identifier: Apache-2.0 */
/* What a launcher leaves is read as what it is, and nothing else is taken for it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "act/launch_parts.h"

#define LAUNCHER "\"launcher\":{\"pid\":40,\"start_ticks\":7}"
#define WORLD "\"boot_id\":\"another\",\"pid_namespace\":\"pid:[1]\""
#define HEAD "{\"version\":1,\"op\":3," LAUNCHER "," WORLD ","
#define STAGE(ended) "{\"pid\":41,\"start_ticks\":8," ended "}"
#define EXITED "\"exit_code\":9,\"signal\":null,\"core\":false"
#define DUMPED "\"exit_code\":null,\"signal\":11,\"core\":true"
#define ALIVE "\"exit_code\":null,\"signal\":null,\"core\":false"
#define STAGES(stages) "\"pid\":41,\"start_ticks\":8,\"stages\":[" stages "],\"stopped\":false"
#define STREAMS ",\"out\":{\"size\":30,\"kept\":20},\"err\":{\"size\":0,\"kept\":0}"
#define LEFT ",\"left_count\":40,\"left\":[{\"pid\":50,\"command\":\"sleep \\\"9\\\"\"}]"
#define NONE ",\"left_count\":0,\"left\":[]"
#define RAN ",\"duration_us\":1500,\"failed\":null"
#define REFUSED ",\"duration_us\":null,\"failed\":{\"stage\":1,\"trouble\":\"exec\",\"errno\":8}"

static char dir[64];

/* The request of a pipe of two stages with the number 3. */
static const struct launch_request request = {.run_dir = dir, .op = 3, .stage_count = 2};

static char *path_of(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static void leave(const char *name, const char *text, size_t len)
{
	FILE *file = fopen(path_of(name), "w");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
}

static bool reads_exit(const char *text, struct launch_note *note)
{
	leave("op-3.exit", text, strlen(text));
	return launch_note_exit(&request, note);
}

static void test_ran(void **state)
{
	struct launch_note note;

	(void)state;
	assert_true(
	    reads_exit(HEAD STAGES(STAGE(EXITED) "," STAGE(DUMPED)) RAN STREAMS LEFT "}\n", &note));
	assert_int_equal(note.launcher.pid, 40);
	assert_int_equal(note.launcher.start_ticks, 7);
	assert_false(note.here);
	assert_false(note.stopped);
	assert_false(note.failed);
	assert_int_equal(note.stage_count, 2);
	assert_int_equal(note.stages[1].pid, 41);
	assert_int_equal(note.stages[1].start_ticks, 8);
	assert_true(note.waited);
	assert_true(WIFEXITED(note.status[0]));
	assert_int_equal(WEXITSTATUS(note.status[0]), 9);
	assert_true(WIFSIGNALED(note.status[1]));
	assert_int_equal(WTERMSIG(note.status[1]), 11);
	assert_true(WCOREDUMP(note.status[1]));
	assert_int_equal(note.duration_us, 1500);
	assert_int_equal(note.size[ATTEMPT_STDOUT], 30);
	assert_int_equal(note.kept[ATTEMPT_STDOUT], 20);
	assert_int_equal(note.left_count, 40);
	assert_int_equal(note.left_named, 1);
	assert_string_equal(note.left[0].command, "sleep \"9\"");
}

static void test_not_ran(void **state)
{
	struct launch_note note;

	(void)state;
	assert_true(reads_exit(HEAD STAGES("") REFUSED STREAMS NONE "}", &note));
	assert_true(note.failed);
	assert_int_equal(note.trouble, LAUNCH_TROUBLE_EXEC);
	assert_int_equal(note.stage, 1);
	assert_int_equal(note.error, 8);
	assert_false(note.waited);
	/* Somebody could not be killed. */
	assert_true(
	    reads_exit(HEAD STAGES(STAGE(EXITED) "," STAGE(ALIVE)) RAN STREAMS LEFT "}", &note));
	assert_false(note.failed);
	assert_false(note.waited);
}

static void test_goes_on(void **state)
{
	static const char text[] = HEAD STAGES(STAGE(ALIVE) "," STAGE(EXITED)) "}\n";
	struct launch_note note;

	(void)state;
	assert_false(launch_note_run(&request, &note));
	leave("op-3.run", text, strlen(text));
	assert_true(launch_note_run(&request, &note));
	assert_int_equal(note.stage_count, 2);
	assert_false(note.waited);
	/* The one is not the other. */
	assert_false(reads_exit(text, &note));
}

/* This boot's and this namespace's processes are those that we see. */
static void test_here(void **state)
{
	char boot[64] = "";
	char space[64] = "";
	char text[1024];
	struct launch_note note;
	FILE *file = fopen("/proc/sys/kernel/random/boot_id", "r");

	(void)state;
	assert_non_null(file);
	assert_non_null(fgets(boot, sizeof(boot), file));
	fclose(file);
	boot[strcspn(boot, "\n")] = '\0';
	assert_true(readlink("/proc/self/ns/pid", space, sizeof(space) - 1) > 0);
	for (int i = 0; i < 3; i++) {
		snprintf(text, sizeof(text),
		    "{\"version\":1,\"op\":3," LAUNCHER
		    ",\"boot_id\":\"%s%s\",\"pid_namespace\":\"%s%s\"," STAGES(STAGE(ALIVE)) "}",
		    boot, i == 1 ? "0" : "", space, i == 2 ? "0" : "");
		leave("op-3.run", text, strlen(text));
		assert_true(launch_note_run(&request, &note));
		assert_int_equal(note.here, i == 0);
	}
}

static void test_malformed(void **state)
{
	static const char *const texts[] = {
	    "",
	    "{",
	    "[]",
	    "null",
	    HEAD STAGES(STAGE(EXITED) "," STAGE(EXITED)) RAN STREAMS NONE,
	    HEAD STAGES(STAGE(EXITED) "," STAGE(EXITED)) RAN STREAMS NONE "}}",
	    /* another's */
	    "{\"version\":2,\"op\":3," LAUNCHER "," WORLD "," STAGES("") REFUSED STREAMS NONE "}",
	    "{\"version\":1,\"op\":4," LAUNCHER "," WORLD "," STAGES("") REFUSED STREAMS NONE "}",
	    "{\"version\":1,\"op\":3,\"launcher\":{\"pid\":1,\"start_ticks\":7}," WORLD
	    "," STAGES("") REFUSED STREAMS NONE "}",
	    HEAD STAGES(STAGE(EXITED) "," STAGE(EXITED) "," STAGE(EXITED)) RAN STREAMS NONE "}",
	    /* all ended well, and one did not */
	    HEAD STAGES(STAGE(EXITED)) RAN STREAMS NONE "}",
	    HEAD STAGES(STAGE(EXITED) "," STAGE(ALIVE)) RAN STREAMS NONE "}",
	    HEAD STAGES("") RAN STREAMS NONE "}",
	    /* what cannot be */
	    HEAD STAGES(STAGE(EXITED) ",{\"pid\":-1,\"start_ticks\":8," EXITED "}") RAN STREAMS NONE
	    "}",
	    HEAD STAGES(STAGE(EXITED) "," STAGE("\"exit_code\":256,\"signal\":null,\"core\":false"))
		RAN STREAMS NONE "}",
	    HEAD STAGES(STAGE(EXITED) "," STAGE("\"exit_code\":null,\"signal\":0,\"core\":false"))
		RAN STREAMS NONE "}",
	    HEAD STAGES("") ",\"duration_us\":null,\"failed\":{\"stage\":2,\"trouble\":\"exec\","
			    "\"errno\":8}" STREAMS NONE "}",
	    HEAD STAGES("") ",\"duration_us\":null,\"failed\":{\"stage\":0,\"trouble\":\"luck\","
			    "\"errno\":8}" STREAMS NONE "}",
	    HEAD STAGES("") REFUSED
	    ",\"out\":{\"size\":1,\"kept\":2},\"err\":{\"size\":0,\"kept\":0}" NONE "}",
	    HEAD STAGES("") REFUSED
	    ",\"out\":{\"size\":9999999,\"kept\":9999999},\"err\":{\"size\":0,\"kept\":0}" NONE "}",
	    HEAD STAGES("") REFUSED STREAMS ",\"left_count\":-1,\"left\":[]}",
	    HEAD STAGES("") REFUSED STREAMS
	    ",\"left_count\":0,\"left\":[{\"pid\":50,\"command\":\"sleep\"}]}",
	    HEAD STAGES("") REFUSED STREAMS
	    ",\"left_count\":1,\"left\":[{\"pid\":50,\"command\":7}]}",
	};
	static char large[128 << 10];
	struct launch_note note;

	(void)state;
	/* What they are variants of can be read. */
	assert_true(reads_exit(HEAD STAGES("") REFUSED STREAMS NONE "}", &note));
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (reads_exit(texts[i], &note))
			fail_msg("%zu: %s", i, texts[i]);
	memset(large, ' ', sizeof(large));
	memcpy(large, HEAD, strlen(HEAD));
	leave("op-3.exit", large, sizeof(large));
	assert_false(launch_note_exit(&request, &note));
}

/* A document in the place of which something else stands, that would be waited for or leads elsewhere. */
static void test_no_file(void **state)
{
	static const char text[] = HEAD STAGES("") REFUSED STREAMS NONE "}";
	struct launch_note note;

	(void)state;
	assert_true(reads_exit(text, &note));
	leave("elsewhere", text, strlen(text));
	assert_int_equal(unlink(path_of("op-3.exit")), 0);
	assert_int_equal(symlink("elsewhere", path_of("op-3.exit")), 0);
	assert_false(launch_note_exit(&request, &note));
	assert_int_equal(unlink(path_of("elsewhere")), 0);
	launch_forget(dir, 3);
	assert_int_equal(mkfifo(path_of("op-3.exit"), 0600), 0);
	assert_false(launch_note_exit(&request, &note));
}

static int make_dir(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/reprise-note-XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

/* All that was left goes, and nothing else. */
static int remove_dir(void **state)
{
	(void)state;
	leave("op-30.exit", "", 0);
	leave("op-3.out", "", 0);
	leave("op-3.run.part", "", 0);
	launch_forget(dir, 3);
	if (unlink(path_of("op-30.exit")) < 0)
		return -1;
	return rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_ran, make_dir, remove_dir),
	    cmocka_unit_test_setup_teardown(test_not_ran, make_dir, remove_dir),
	    cmocka_unit_test_setup_teardown(test_goes_on, make_dir, remove_dir),
	    cmocka_unit_test_setup_teardown(test_here, make_dir, remove_dir),
	    cmocka_unit_test_setup_teardown(test_malformed, make_dir, remove_dir),
	    cmocka_unit_test_setup_teardown(test_no_file, make_dir, remove_dir),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
