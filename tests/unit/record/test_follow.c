/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a transcript while somebody still writes it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#include "record/transcript_reader.h"
#include "sample.h"

enum { NOTES = 5, LINES = NOTES + 3 };

static struct buf sealed; /* the bytes of a good transcript */

static int setup(void **state)
{
	if (sample_setup(state) != 0)
		return -1;
	sample_sealed("good", NOTES);
	buf_init(&sealed, BUF_UNBOUNDED);
	sample_read(sample_path("good"), &sealed);
	return 0;
}

static int clean(void **state)
{
	buf_done(&sealed);
	return sample_clean(state);
}

/* Offset of line `number` (from 1); of the end for the one behind the last. */
static size_t offset_of(int number)
{
	struct str rest = buf_view(&sealed);
	struct str line;

	while (--number > 0)
		assert_true(str_line(&rest, &line));
	return sealed.len - rest.len;
}

static void append_to(const char *name, struct str bytes)
{
	FILE *file = fopen(sample_path(name), "ae");

	assert_int_equal(fwrite(bytes.ptr, 1, bytes.len, file), bytes.len);
	fclose(file);
}

/* Reads what there is now; asserts how many lines that is, and what the file is taken for then. */
static void must_follow(struct reader *reader, int lines, enum transcript_state state)
{
	struct arena *arena = arena_new();
	struct line line;

	while (reader_next(reader, arena, &line))
		lines--;
	assert_int_equal(lines, 0);
	assert_int_equal(reader_report(reader)->state, state);
	arena_free(arena);
}

static struct reader *follow(const char *name, struct str bytes)
{
	struct reader *reader;
	struct buf error;

	remove(sample_path(name));
	append_to(name, bytes);
	buf_init(&error, 1000);
	reader = reader_open(sample_path(name), &error);
	assert_non_null(reader);
	buf_done(&error);
	reader_follow(reader, true);
	return reader;
}

/* Wherever it was cut off when it was looked at first, byte for byte, and however often it is looked at. */
static void a_growing_file_is_followed(void **state)
{
	struct str text = buf_view(&sealed);

	(void)state;
	for (size_t cut = 0; cut <= text.len; cut += 7) {
		struct reader *reader = follow("growing", str_sub(text, 0, cut));
		int lines = 0;

		for (size_t i = 0; i < cut; i++)
			lines += text.ptr[i] == '\n';
		if (cut < text.len) {
			must_follow(reader, lines, TRANSCRIPT_INCOMPLETE);
			must_follow(reader, 0, TRANSCRIPT_INCOMPLETE);
			append_to("growing", str_sub(text, cut, text.len));
		}
		must_follow(reader, cut < text.len ? LINES - lines : LINES, TRANSCRIPT_SEALED);
		reader_free(reader);
	}
}

/* Half a line that is cut off and followed by others is none that was read. */
static void what_is_cut_off_again_was_never_read(void **state)
{
	struct str text = buf_view(&sealed);
	size_t whole = offset_of(4);
	struct reader *reader = follow("growing", str_sub(text, 0, whole));

	(void)state;
	append_to("growing", STR("{\"seq\":3,\"at\":\"2026-11-22T03:04:08.00"));
	must_follow(reader, 3, TRANSCRIPT_INCOMPLETE);
	assert_int_equal(truncate(sample_path("growing"), (off_t)whole), 0);
	append_to("growing", str_sub(text, whole, text.len));
	must_follow(reader, LINES - 3, TRANSCRIPT_SEALED);
	reader_free(reader);
}

/* Once it will not grow any more its end is judged. */
static void an_end_is_judged_when_nothing_follows(void **state)
{
	struct str text = buf_view(&sealed);
	struct reader *reader = follow("growing", str_sub(text, 0, offset_of(4) + 10));

	(void)state;
	must_follow(reader, 3, TRANSCRIPT_INCOMPLETE);
	reader_follow(reader, false);
	must_follow(reader, 0, TRANSCRIPT_TORN);
	assert_int_equal(reader_report(reader)->torn_bytes, 10);
	reader_free(reader);
	reader = follow("growing", str_sub(text, 0, offset_of(LINES)));
	must_follow(reader, LINES - 1, TRANSCRIPT_INCOMPLETE);
	reader_follow(reader, false);
	must_follow(reader, 0, TRANSCRIPT_DAMAGED); /* the seal is missing */
	reader_free(reader);
}

/* What is wrong is wrong at once. */
static void damage_in_a_growing_file_is_found(void **state)
{
	struct str text = buf_view(&sealed);
	struct reader *reader = follow("growing", str_sub(text, 0, offset_of(4)));

	(void)state;
	must_follow(reader, 3, TRANSCRIPT_INCOMPLETE);
	append_to("growing", str_sub(text, offset_of(5), text.len));
	must_follow(reader, 0, TRANSCRIPT_DAMAGED);
	assert_int_equal(reader_report(reader)->line, 4);
	reader_free(reader);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_growing_file_is_followed),
	    cmocka_unit_test(what_is_cut_off_again_was_never_read),
	    cmocka_unit_test(an_end_is_judged_when_nothing_follows),
	    cmocka_unit_test(damage_in_a_growing_file_is_found),
	};

	return cmocka_run_group_tests(tests, setup, clean);
}
