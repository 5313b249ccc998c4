/* SPDX-License-Identifier: Apache-2.0 */
/* How far processes have come: what a file's reader tells, what a pipe tells, and what tells nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "act/flow.h"
#include "lab.h"
#include "stdlib/registry.h"

#define MIB INT64_C(1048576)

/* A process that goes on when it is told to, and what is known of how far it has come. */
struct course {
	struct lab lab;
	struct trial *trial;
	struct flow *flow;
	int go; /* where it reads a line before it goes on */
	int64_t words; /* that it has said: a line that is empty */
	struct progress progress;
	int64_t wanted; /* bytes that are waited for */
};

static void open_course(struct course *course)
{
	char path[128];

	*course = (struct course){.go = -1};
	lab_open(&course->lab, 2);
	course->flow = flow_new();
	snprintf(path, sizeof(path), "%s/go", course->lab.dir);
	assert_int_equal(mkfifo(path, 0600), 0);
	course->go = open(path, O_RDWR | O_CLOEXEC);
	assert_true(course->go >= 0);
}

/* As many bytes as a dump may have, and nearly no block. */
static void make_file(const struct course *course, const char *name, int64_t size)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", course->lab.dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)size), 0);
	close(fd);
}

static void close_course(struct course *course)
{
	trial_wait(course->trial);
	trial_free(course->trial);
	flow_free(course->flow);
	close(course->go);
	lab_close(&course->lab);
}

static bool has_said(void *self)
{
	const struct course *course = self;

	if (course->trial->finished)
		fail_msg("%.*s", STR_ARG(trial_output(course->trial, ATTEMPT_STDERR)));
	return course->trial->bytes[ATTEMPT_STDOUT] >= course->words;
}

static void await_word(struct course *course)
{
	course->words++;
	lab_until(&course->lab, has_said, course);
}

/* Lets it go on, as far as its next word. */
static void step(struct course *course)
{
	assert_int_equal(write(course->go, "\n", 1), 1);
	await_word(course);
}

/* As the executor looks. */
static bool look(struct course *course)
{
	struct progress of = {0};

	course->trial->action->progress(&course->trial->attempt, &of);
	return flow_look(course->flow, of.launcher, &course->progress);
}

static void assert_came(struct course *course, int64_t done, int64_t total)
{
	assert_true(look(course));
	assert_int_equal(course->progress.done, done);
	assert_int_equal(course->progress.total, total);
}

/* Of a script: what it begins with, how it says a word and waits, how it reads two MiB. */
#define READY "exec 3<>go; "
#define WAIT "echo; read -r _ <&3; "
#define READ "dd bs=1M count=2 status=none of=/dev/null "

static void begin(struct course *course, const char *args)
{
	course->trial = lab_begin(&course->lab, &process_run, args);
	await_word(course);
}

static void end_early(struct course *course)
{
	trial_cancel(course->trial, CANCEL_TERM);
	close_course(course);
}

static void test_file_on_standard_input(void **state)
{
	struct course course;

	(void)state;
	open_course(&course);
	make_file(&course, "dump", 16 * MIB);
	begin(&course,
	    "{\"script\":\"" READY "while :; do " READ "; " WAIT "done\","
	    "\"stdin\":{\"file\":\"dump\"}}");
	/* nobody knows yet whether it goes on being read */
	assert_false(look(&course));
	for (int64_t at = 4; at <= 16; at += 2) {
		step(&course);
		assert_came(&course, at * MIB, 16 * MIB);
	}
	/* all was read, and what became of that takes its time */
	assert_came(&course, 16 * MIB, 16 * MIB);
	end_early(&course);
}

/*
 * Of several files the largest that is read counts, whoever opened it; one that may be written to is none, were it
 * larger. Once it is closed it has come as far as it had, until as much flows elsewhere that something else is done.
 */
static void test_among_other_files(void **state)
{
	struct course course;

	(void)state;
	open_course(&course);
	make_file(&course, "dump", 6 * MIB);
	make_file(&course, "smaller", 4 * MIB);
	make_file(&course, "larger", 8 * MIB);
	make_file(&course, "database", 64 * MIB);
	begin(&course,
	    "{\"script\":\"" READY "exec 4<smaller 5<dump 6<>database 7<larger; for i in 1 2 3; do "
	    "head -c 1M <&4 >/dev/null; " READ "<&5; " READ "<&6; " WAIT "done; exec 5<&-; " WAIT
	    "exec 8>&1; { head -c 40M /dev/zero; echo >&8; read -r _ <&3; } | cat >/dev/null\"}");
	assert_false(look(&course));
	step(&course);
	assert_came(&course, 4 * MIB, 6 * MIB);
	step(&course);
	assert_came(&course, 6 * MIB, 6 * MIB);
	step(&course);
	assert_came(&course, 6 * MIB, 6 * MIB);
	step(&course);
	assert_true(look(&course));
	assert_in_range(course.progress.done, 39 * MIB, 41 * MIB);
	assert_int_equal(course.progress.total, 0);
	end_early(&course);
}

/* A file that is closed: what was left of it in the last look may have been read since, or is too much for that. */
static void test_closed_file(void **state)
{
	struct course course;

	(void)state;
	open_course(&course);
	make_file(&course, "first", 11 * MIB);
	make_file(&course, "second", 12 * MIB);
	begin(&course,
	    "{\"script\":\"" READY "exec 5<first 6<second; for i in 1 2 3 4; do " READ "<&5; " WAIT
	    "done; exec 5<&-; " WAIT "for i in 1 2 3; do " READ "<&6; " WAIT
	    "done; exec 6<&-; " WAIT "\"}");
	assert_false(look(&course));
	for (int64_t at = 4; at <= 8; at += 2) {
		step(&course);
		assert_came(&course, at * MIB, 11 * MIB);
	}
	step(&course);
	assert_came(&course, 11 * MIB, 11 * MIB);
	step(&course);
	assert_came(&course, 11 * MIB, 11 * MIB);
	for (int64_t at = 4; at <= 6; at += 2) {
		step(&course);
		assert_came(&course, at * MIB, 12 * MIB);
	}
	step(&course);
	assert_came(&course, 6 * MIB, 12 * MIB);
	end_early(&course);
}

/* Whoever reads many files is about more than the one that is open: how much it read is known, and not of how much. */
static void test_many_files(void **state)
{
	struct course course;

	(void)state;
	open_course(&course);
	make_file(&course, "first", 64 * MIB);
	make_file(&course, "second", 64 * MIB);
	begin(&course,
	    "{\"shell\":[\"python3\",\"-c\"],\"script\":\""
	    "go = open('go')\\ndef wait():\\n  print(flush=True)\\n  go.readline()\\n"
	    "open('first', 'rb').read()\\nfile = open('second', 'rb')\\n"
	    "while True:\\n  file.read(1048576)\\n  wait()\\n\"}");
	for (int i = 0; i < 3; i++) {
		assert_true(look(&course));
		assert_in_range(course.progress.done, 65 * MIB, 90 * MIB);
		assert_int_equal(course.progress.total, 0);
		step(&course);
	}
	end_early(&course);
}

static bool has_come_to(void *self)
{
	struct course *course = self;

	return look(course) && course->progress.done >= course->wanted;
}

/* What flows through it counts once, however many take it on; when that is over, nothing flows any more. */
static void test_pipe(void **state)
{
	struct course course;

	(void)state;
	open_course(&course);
	begin(&course,
	    "{\"script\":\"" READY
	    "exec 4>&1; { for i in 1 2 3; do head -c 8M /dev/zero; echo >&4; read -r _ <&3; "
	    "done; } | cat | cat >/dev/null; " WAIT "\"}");
	for (course.wanted = 8 * MIB; course.wanted <= 24 * MIB; course.wanted += 8 * MIB) {
		lab_until(&course.lab, has_come_to, &course);
		assert_in_range(course.progress.done, course.wanted, course.wanted + MIB);
		assert_int_equal(course.progress.total, 0);
		step(&course);
	}
	assert_false(look(&course));
	end_early(&course);
}

/* Nothing flows, or it waits at the end of a file for what others write there; nor does a small file tell anything. */
static void test_nothing_to_tell(void **state)
{
	struct course course;

	(void)state;
	open_course(&course);
	make_file(&course, "small", MIB / 2);
	begin(&course,
	    "{\"script\":\"" READY
	    "exec 4<small; for i in 1 2 3; do head -c 1K <&4 >/dev/null; " WAIT "done\"}");
	assert_false(look(&course));
	step(&course);
	assert_false(look(&course));
	step(&course);
	assert_false(look(&course));
	end_early(&course);
}

static bool has_ended(void *self)
{
	struct course *course = self;

	/* whatever it sees of what goes while it looks, it is no harm */
	look(course);
	return course->trial->finished;
}

static void test_processes_that_end_meanwhile(void **state)
{
	struct course course;

	(void)state;
	open_course(&course);
	make_file(&course, "dump", 16 * MIB);
	course.trial = lab_begin(&course.lab, &process_run,
	    "{\"script\":\"for i in {1..200}; do head -c 1M dump | cat | cat >/dev/null; done\"}");
	lab_until(&course.lab, has_ended, &course);
	assert_true(course.trial->attempt.result.ok);
	close_course(&course);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_file_on_standard_input),
	    cmocka_unit_test(test_among_other_files),
	    cmocka_unit_test(test_closed_file),
	    cmocka_unit_test(test_many_files),
	    cmocka_unit_test(test_pipe),
	    cmocka_unit_test(test_nothing_to_tell),
	    cmocka_unit_test(test_processes_that_end_meanwhile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
