/* SPDX-License-Identifier: Apache-2.0 */
/* Marks are told from what a step prints, however the bytes are cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "reach/marks.h"

#define NONCE "0123456789abcdef0123456789abcdef"
#define MARK "\001" NONCE ":"

struct heard {
	struct buf bytes;
	struct buf marks; /* each in brackets */
};

static void take_bytes(void *self, const char *bytes, size_t len)
{
	struct heard *heard = self;

	assert_true(len > 0);
	buf_append(&heard->bytes, bytes, len);
}

static void take_mark(void *self, char *text)
{
	struct heard *heard = self;

	buf_printf(&heard->marks, "[%s at %zu]", text, heard->bytes.len);
}

static const struct marks_events events = {take_bytes, take_mark};

/* Feeds the text in pieces of every size, and expects the same of each. */
static void check(struct str text, struct str wanted, const char *marks_wanted)
{
	for (size_t piece = 1; piece <= text.len; piece++) {
		struct marks marks;
		struct heard heard;

		buf_init(&heard.bytes, BUF_UNBOUNDED);
		buf_init(&heard.marks, BUF_UNBOUNDED);
		marks_init(&marks, NONCE, &events, &heard);
		for (size_t at = 0; at < text.len; at += piece)
			marks_feed(
			    &marks, text.ptr + at, text.len - at < piece ? text.len - at : piece);
		marks_end(&marks);
		assert_int_equal(heard.bytes.len, wanted.len);
		if (wanted.len)
			assert_memory_equal(heard.bytes.ptr, wanted.ptr, wanted.len);
		buf_byte(&heard.marks, '\0');
		assert_string_equal(heard.marks.ptr, marks_wanted);
		buf_done(&heard.bytes);
		buf_done(&heard.marks);
	}
}

static void test_plain(void **state)
{
	(void)state;
	check(STR("hello\n"), STR("hello\n"), "");
	check(STR("\001"), STR("\001"), "");
	check(STR("\001\001\0010123\001"), STR("\001\001\0010123\001"), "");
	check(STR("a\0b\377"), STR("a\0b\377"), "");
}

static void test_marks(void **state)
{
	(void)state;
	check(STR(MARK "ready 7\n"), STR(""), "[ready 7 at 0]");
	check(STR("noise\n" MARK "ready 7\nout" MARK "end 1 0 0\n"), STR("noise\nout"),
	    "[ready 7 at 6][end 1 0 0 at 9]");
	check(STR(MARK "\n" MARK "b\n"), STR(""), "[ at 0][b at 0]");
	check(STR("\001" MARK "x\n\001"), STR("\001\001"), "[x at 1]");
	/* a mark that a broken-off one stands before */
	check(STR("\0010123456789abc" MARK "x\n"), STR("\0010123456789abc"), "[x at 14]");
}

static void test_others(void **state)
{
	(void)state;
	check(STR("\001f123456789abcdef0123456789abcdef:x\n"),
	    STR("\001f123456789abcdef0123456789abcdef:x\n"), "");
	check(STR(MARK "never ended"), STR(MARK "never ended"), "");
}

/* What is longer than any mark is none. */
static void test_long(void **state)
{
	struct buf text;
	struct marks marks;
	struct heard heard;

	(void)state;
	buf_init(&text, BUF_UNBOUNDED);
	buf_text(&text, MARK);
	for (size_t i = 0; i < (size_t)2 * WIRE_MARK_MAX; i++)
		buf_byte(&text, 'x');
	buf_text(&text, "\n" MARK "y\n");
	buf_init(&heard.bytes, BUF_UNBOUNDED);
	buf_init(&heard.marks, BUF_UNBOUNDED);
	marks_init(&marks, NONCE, &events, &heard);
	marks_feed(&marks, text.ptr, text.len);
	buf_byte(&heard.marks, '\0');
	assert_int_equal(heard.bytes.len, strlen(MARK) + (size_t)2 * WIRE_MARK_MAX + 1);
	assert_memory_equal(heard.marks.ptr, "[y at ", 6);
	buf_done(&text);
	buf_done(&heard.bytes);
	buf_done(&heard.marks);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_plain),
	    cmocka_unit_test(test_marks),
	    cmocka_unit_test(test_others),
	    cmocka_unit_test(test_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
