/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/regex.h"

static struct arena *arena;

static int begin(void **state)
{
	(void)state;
	arena = arena_new();
	return 0;
}

static int finish(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static struct regex *compiled(const char *pattern, unsigned flags)
{
	struct str error = {0};
	size_t offset = 0;
	struct regex *regex = regex_new(arena, str_from(pattern), flags, &error, &offset);

	if (!regex)
		fail_msg("%s: %.*s at %zu", pattern, STR_ARG(error), offset);
	return regex;
}

static void expect_group(const struct regex *regex, const char *text, size_t i, const char *wanted)
{
	size_t start = 0;
	size_t end = 0;

	assert_true(regex_group(regex, i, &start, &end));
	assert_true(str_is(str_sub(str_from(text), start, end - start), wanted));
}

static void test_groups(void **state)
{
	static const char text[] = "at 10:42 all was well";
	struct regex *regex = compiled("(?<hour>\\d+):(\\d+)( never)?", 0);
	const char *error = NULL;
	size_t start;
	size_t end;

	(void)state;
	assert_int_equal(regex_match(regex, STR(text), 0, NULL, &error), REGEX_MATCH);
	assert_int_equal(regex_groups(regex), 3);
	expect_group(regex, text, 0, "10:42");
	expect_group(regex, text, 1, "10");
	expect_group(regex, text, 2, "42");
	assert_false(regex_group(regex, 3, &start, &end));
	assert_true(str_is(regex_group_name(regex, 1), "hour"));
	assert_int_equal(regex_group_name(regex, 2).len, 0);
	assert_int_equal(regex_match(regex, STR(text), 5, NULL, &error), REGEX_NONE);
}

static void test_lines(void **state)
{
	static const char text[] = "one\r\ntwo\nthree";
	struct regex *regex = compiled("^t\\w+$", REGEX_LINES);
	const char *error = NULL;

	(void)state;
	assert_int_equal(regex_match(regex, STR(text), 0, NULL, &error), REGEX_MATCH);
	expect_group(regex, text, 0, "two");
	assert_int_equal(
	    regex_match(compiled("^t\\w+$", 0), STR(text), 0, NULL, &error), REGEX_NONE);
	assert_int_equal(
	    regex_match(compiled("one$", REGEX_LINES), STR(text), 0, NULL, &error), REGEX_MATCH);
}

static void test_does_not_compile(void **state)
{
	struct str error = {0};
	size_t offset = 0;

	(void)state;
	assert_null(regex_new(arena, STR("a(b"), 0, &error, &offset));
	assert_true(str_is(error, "missing closing parenthesis"));
	assert_int_equal(offset, 3);
}

static void test_limit(void **state)
{
	const char *error = NULL;

	(void)state;
	assert_int_equal(regex_match(compiled("^(a+)+$", 0),
			     STR("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!"), 0, NULL, &error),
	    REGEX_FAILED);
	assert_string_equal(error, "the pattern takes too many steps on this text");
}

static bool count_down(void *self)
{
	return --*(int *)self < 0;
}

/* A search that is asked whether to go on finds what it would have found. */
static void test_heeds(void **state)
{
	enum { LEN = 100000 };
	char *text = mem_alloc(LEN);
	struct regex *plain = compiled("é[xy]+z", 0);
	struct regex *heeding = compiled("é[xy]+z", REGEX_FOREIGN);
	const char *error = NULL;
	int left = LEN;

	(void)state;
	regex_heed(heeding, count_down, &left);
	for (size_t i = 0; i + 1 < LEN; i += 2)
		memcpy(text + i, "é", 2);
	memcpy(text + LEN - 2, " z", 2); /* so that a match may be anywhere */
	assert_int_equal(
	    regex_match(heeding, (struct str){text, LEN}, 0, NULL, &error), REGEX_NONE);
	assert_true(left < LEN - 10);
	for (size_t at = 2; at < LEN - 6; at += 4998) {
		size_t found[2][2];

		memcpy(text + at, "yxyz", 4);
		assert_int_equal(
		    regex_match(plain, (struct str){text, LEN}, 0, NULL, &error), REGEX_MATCH);
		assert_int_equal(
		    regex_match(heeding, (struct str){text, LEN}, 0, NULL, &error), REGEX_MATCH);
		assert_true(regex_group(plain, 0, &found[0][0], &found[0][1]));
		assert_true(regex_group(heeding, 0, &found[1][0], &found[1][1]));
		assert_int_equal(found[0][0], at - 2);
		assert_memory_equal(found[0], found[1], sizeof(found[0]));
		memcpy(text + at, "éé", 4);
	}
	left = 3;
	assert_int_equal(
	    regex_match(heeding, (struct str){text, LEN}, 0, NULL, &error), REGEX_FAILED);
	assert_string_equal(error, "the search was given up");
	free(text);
}

static void test_expand(void **state)
{
	static const struct {
		const char *with;
		const char *text; /* or the error */
		bool ok;
	} cases[] = {
	    {"<\\0|\\2|\\1>", "<k=v|v|k>", true},
	    {"\\\\1$1", "\\1$1", true},
	    {"\\3", "the pattern has no group 3", false},
	    {"\\n", "behind a backslash stands the number of a group or a backslash", false},
	    {"\\", "behind a backslash stands the number of a group or a backslash", false},
	};
	struct regex *regex = compiled("(\\w)=(\\w)", 0);
	const char *error = NULL;

	(void)state;
	assert_int_equal(regex_match(regex, STR("a k=v"), 0, NULL, &error), REGEX_MATCH);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct str why = {0};
		struct buf out;

		buf_init(&out, BUF_UNBOUNDED);
		assert_int_equal(
		    regex_expand(regex, STR("a k=v"), str_from(cases[i].with), &out, &why),
		    cases[i].ok);
		assert_true(str_is(cases[i].ok ? buf_view(&out) : why, cases[i].text));
		buf_done(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_groups),
	    cmocka_unit_test(test_lines),
	    cmocka_unit_test(test_does_not_compile),
	    cmocka_unit_test(test_limit),
	    cmocka_unit_test(test_heeds),
	    cmocka_unit_test(test_expand),
	};

	return cmocka_run_group_tests(tests, begin, finish);
}
