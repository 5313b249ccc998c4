/* SPDX-License-Identifier: Apache-2.0 */
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "sample.h"

/* A writer whose file finds no room. */

static void limit_files(rlim_t bytes)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* A write that ends anywhere in a line leaves whole lines alone, and goes on when there is room again. */
static void a_short_write_leaves_whole_lines(void **state)
{
	struct writer *writer = NULL;
	struct stat status;

	(void)state;
	for (rlim_t limit = 0;; limit += 37) {
		char name[40];

		snprintf(name, sizeof(name), "short-%d", (int)limit);
		writer = sample_writer(name);
		sample_begin(writer);
		for (int i = 1; i < 9; i++)
			sample_note(writer, i);
		limit_files(limit);
		writer_flush(writer);
		limit_files(RLIM_INFINITY);
		if (limit > 1000 && writer_state(writer) == WRITER_GOOD)
			break;
		assert_int_equal(writer_state(writer), WRITER_STUCK);
		assert_non_null(strstr(writer_error(writer), "File too large"));
		assert_int_equal(stat(sample_path(name), &status), 0);
		assert_int_equal(status.st_size, writer_size(writer));
		assert_true((rlim_t)status.st_size <= limit);
		assert_int_equal(sample_state(sample_path(name)), TRANSCRIPT_INCOMPLETE);
		sample_end(writer);
		assert_true(writer_seal(writer));
		assert_true(writer_finish(writer));
		assert_int_equal(writer_state(writer), WRITER_GOOD);
		assert_null(writer_error(writer));
		assert_int_equal(sample_state(sample_path(name)), TRANSCRIPT_SEALED);
		writer_free(writer);
	}
	writer_free(writer);
}

/* A run.finished that stood without its seal would be damage: they are written together or not at all. */
static void the_end_is_written_whole(void **state)
{
	struct writer *writer;
	rlim_t size;
	int cut = 0;

	(void)state;
	for (rlim_t more = 0;; more++) {
		char name[40];

		snprintf(name, sizeof(name), "end-%d", (int)more);
		writer = sample_writer(name);
		sample_begin(writer);
		writer_flush(writer);
		size = (rlim_t)writer_size(writer);
		sample_note(writer, 1);
		sample_end(writer);
		assert_true(writer_seal(writer));
		limit_files(size + more);
		writer_flush(writer);
		limit_files(RLIM_INFINITY);
		if (writer_state(writer) == WRITER_GOOD)
			break;
		assert_int_equal(sample_state(sample_path(name)), TRANSCRIPT_INCOMPLETE);
		cut += writer_size(writer) > (int64_t)size; /* the note is there */
		limit_files((rlim_t)writer_size(writer) + 10);
		writer_flush(writer);
		assert_int_equal(sample_state(sample_path(name)), TRANSCRIPT_INCOMPLETE);
		limit_files(RLIM_INFINITY);
		assert_true(writer_finish(writer));
		assert_int_equal(sample_state(sample_path(name)), TRANSCRIPT_SEALED);
		writer_free(writer);
	}
	assert_true(cut > 200);
	assert_int_equal(sample_state(sample_path("end-0")), TRANSCRIPT_SEALED);
	writer_free(writer);
}

/* Fills what may wait of a stuck writer, the last bit of it with `small` short lines; returns how many it took. */
static int fill(struct writer *writer, int small)
{
	struct message note = {.type = MESSAGE_NOTE};
	char *text = calloc(1, 1000000);
	int count = 0;

	note.note.text = (struct str){memset(text, 'x', 1000000), 1000000};
	sample_begin(writer);
	limit_files(0);
	writer_flush(writer);
	while (count < WRITER_WAITING / 1000000 && writer_append(writer, &note))
		count++;
	note.note.text.len = 1;
	for (count = 0; count < small && writer_append(writer, &note);)
		count++;
	limit_files(RLIM_INFINITY);
	free(text);
	return count;
}

/* Where the last line that has room is run.finished, its seal has room too. */
static void the_seal_always_has_room(void **state)
{
	struct writer *writer = sample_writer("most");
	int most = fill(writer, 1000000);

	(void)state;
	assert_in_range(most, 1, 100000);
	writer_free(writer);
	writer = sample_writer("but-one");
	assert_int_equal(fill(writer, most - 1), most - 1);
	sample_end(writer);
	assert_true(writer_seal(writer));
	assert_true(writer_finish(writer));
	assert_int_equal(sample_state(sample_path("but-one")), TRANSCRIPT_SEALED);
	writer_free(writer);
}

static void what_waits_is_bounded(void **state)
{
	struct writer *writer = sample_writer("bounded");
	struct message note = {.type = MESSAGE_NOTE};
	char *text = malloc(1000000);
	int count = 0;
	int64_t lines;

	(void)state;
	memset(text, 'x', 1000000);
	note.note.text = (struct str){text, 1000000};
	sample_begin(writer);
	limit_files(0);
	writer_flush(writer);
	while (writer_append(writer, &note))
		count++;
	limit_files(RLIM_INFINITY);
	assert_in_range(count, 32, 35);
	lines = writer_lines(writer);
	assert_true(writer_finish(writer));
	assert_int_equal(writer_state(writer), WRITER_GOOD);
	sample_note(writer, 3);
	sample_end(writer);
	assert_true(writer_seal(writer));
	assert_true(writer_finish(writer));
	assert_int_equal(writer_lines(writer), lines + 3);
	assert_int_equal(sample_state(sample_path("bounded")), TRANSCRIPT_SEALED);
	writer_free(writer);
	free(text);
}

static void reserve_does_not_change_the_size(void **state)
{
	struct writer *writer = sample_writer("reserve");
	struct stat status;

	(void)state;
	assert_true(writer_reserve(writer, 4 << 20));
	assert_int_equal(stat(sample_path("reserve"), &status), 0);
	assert_int_equal(status.st_size, 0);
	if ((int64_t)status.st_blocks * 512 < 4 << 20) {
		writer_free(writer);
		skip(); /* this file system cannot reserve */
	}
	sample_begin(writer);
	sample_end(writer);
	assert_true(writer_seal(writer));
	assert_true(writer_finish(writer));
	assert_int_equal(stat(sample_path("reserve"), &status), 0);
	assert_int_equal(status.st_size, writer_size(writer));
	assert_true((int64_t)status.st_blocks * 512 < 1 << 20);
	writer_free(writer);
}

/* On a disk that is nearly full LOW comes first, and what was reserved can still be written. */
static void a_full_disk_is_told_in_time(void **state)
{
	struct writer_options options = {.reserve = 64 << 10};
	struct message note = {.type = MESSAGE_NOTE};
	struct writer *writer;
	struct buf error;
	char text[1000];
	int64_t low;
	const char *path;

	(void)state;
	if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mkdir(sample_path("disk"), 0700) != 0 ||
	    mount("tmpfs", sample_path("disk"), "tmpfs", 0, "size=512k") != 0)
		skip(); /* only root can make a small disk */
	memset(text, 'x', sizeof(text));
	note.note.text = (struct str){text, sizeof(text)};
	path = sample_path("disk/run.jsonl");
	options.path = path;
	buf_init(&error, 1000);
	writer = writer_new(&options, &error);
	assert_non_null(writer);
	buf_done(&error);
	sample_begin(writer);
	while (writer_state(writer) == WRITER_GOOD) {
		assert_true(writer_append(writer, &note));
		writer_flush(writer);
	}
	assert_int_equal(writer_state(writer), WRITER_LOW);
	assert_non_null(strstr(writer_error(writer), "cannot reserve space for "));
	assert_non_null(strstr(writer_error(writer), "No space left on device"));
	low = writer_size(writer);
	while (writer_state(writer) == WRITER_LOW) {
		assert_true(writer_append(writer, &note));
		writer_flush(writer);
	}
	assert_int_equal(writer_state(writer), WRITER_STUCK);
	assert_true(writer_size(writer) - low > (64 << 10) - 2000 - 4096);
	assert_int_equal(sample_state(path), TRANSCRIPT_INCOMPLETE);
	assert_false(writer_finish(writer));
	assert_int_equal(mount(NULL, sample_path("disk"), NULL, MS_REMOUNT, "size=2m"), 0);
	sample_end(writer);
	assert_true(writer_seal(writer));
	assert_true(writer_finish(writer));
	assert_int_equal(writer_state(writer), WRITER_GOOD);
	assert_int_equal(sample_state(sample_path("disk/run.jsonl")), TRANSCRIPT_SEALED);
	writer_free(writer);
	assert_int_equal(umount(sample_path("disk")), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_short_write_leaves_whole_lines),
	    cmocka_unit_test(the_end_is_written_whole),
	    cmocka_unit_test(the_seal_always_has_room),
	    cmocka_unit_test(what_waits_is_bounded),
	    cmocka_unit_test(reserve_does_not_change_the_size),
	    cmocka_unit_test(a_full_disk_is_told_in_time),
	};

	signal(SIGXFSZ, SIG_IGN);
	return cmocka_run_group_tests(tests, sample_setup, sample_clean);
}
