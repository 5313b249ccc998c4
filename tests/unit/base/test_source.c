/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/source.h"

static void assert_at(const struct source *source, size_t offset, size_t line, size_t column)
{
	struct position at = source_position(source, offset);

	assert_int_equal(at.line, line);
	assert_int_equal(at.column, column);
}

static void test_positions(void **state)
{
	struct source *source = source_new("t", STR("ab\n\xC3\xA9x\n\nend"));

	(void)state;
	assert_at(source, 0, 1, 1);
	assert_at(source, 2, 1, 3);
	assert_at(source, 3, 2, 1);
	assert_at(source, 5, 2, 2);
	assert_at(source, 7, 3, 1);
	assert_at(source, 8, 4, 1);
	assert_at(source, 11, 4, 4);
	assert_at(source, 999, 4, 4);
	source_free(source);
	source_free(NULL);
}

static void test_lines(void **state)
{
	struct source *source = source_new("t", STR("ab\r\n\ncd"));
	struct source *empty = source_new("e", (struct str){0});

	(void)state;
	assert_true(str_is(source_line(source, 1), "ab"));
	assert_true(str_is(source_line(source, 2), ""));
	assert_true(str_is(source_line(source, 3), "cd"));
	assert_int_equal(source_line(source, 4).len, 0);
	assert_int_equal(source_line(source, 0).len, 0);
	assert_int_equal(source_line(empty, 1).len, 0);
	assert_at(empty, 0, 1, 1);
	source_free(source);
	source_free(empty);
}

static void test_spans(void **state)
{
	static const uint32_t offsets[] = {1, 1, 5, 6};
	struct source *source = source_new("t", STR("abcdefgh"));
	struct text text = {STR("bcd"), {source, 1, 4}, NULL};

	(void)state;
	assert_true(str_is(span_text((struct span){source, 2, 4}), "cd"));
	assert_int_equal(span_text((struct span){0}).len, 0);
	assert_true(str_is(span_text(text_span(&text, 1, 3)), "cd"));
	assert_true(str_is(span_text(text_span(&text, 3, 3)), ""));
	text.offsets = offsets;
	assert_true(str_is(span_text(text_span(&text, 0, 2)), "bcde"));
	assert_true(str_is(span_text(text_span(&text, 2, 3)), "f"));
	text = (struct text){.bytes = STR("abc")};
	assert_null(text_span(&text, 0, 3).source);
	source_free(source);
}

static void test_files(void **state)
{
	char path[] = "/tmp/reprise-source-XXXXXX";
	int fd = mkstemp(path);
	char block[3000];
	struct source *source;

	(void)state;
	assert_true(fd >= 0);
	memset(block, 'x', sizeof(block));
	for (int i = 0; i < 100; i++)
		assert_int_equal(write(fd, block, sizeof(block)), sizeof(block));
	source = source_read(path);
	assert_non_null(source);
	assert_int_equal(source->len, 300000);
	assert_string_equal(source->name, path);
	source_free(source);
	assert_int_equal(ftruncate(fd, SOURCE_MAX), 0);
	source = source_read(path);
	assert_non_null(source);
	assert_int_equal(source->len, SOURCE_MAX);
	source_free(source);
	assert_int_equal(ftruncate(fd, SOURCE_MAX + 1), 0);
	assert_null(source_read(path));
	assert_int_equal(errno, EFBIG);
	close(fd);
	unlink(path);
	assert_null(source_read(path));
	assert_int_equal(errno, ENOENT);
	assert_null(source_read("/tmp"));
	assert_int_equal(errno, EISDIR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_positions),
	    cmocka_unit_test(test_lines),
	    cmocka_unit_test(test_spans),
	    cmocka_unit_test(test_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
