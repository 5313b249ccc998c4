/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "view/text.h"

typedef void show(struct buf *out, struct str text);

static void check(show *call, const char *text, size_t len, const char *wanted)
{
	struct buf out;

	buf_init(&out, BUF_UNBOUNDED);
	call(&out, (struct str){text, len});
	if (!str_is(buf_view(&out), wanted))
		fail_msg("it gives \"%.*s\" and not \"%s\"", STR_ARG(buf_view(&out)), wanted);
	buf_done(&out);
}

#define HARMLESS(text, wanted) check(text_harmless, text, sizeof(text) - 1, wanted)
#define LOST "\xEF\xBF\xBD"

static void test_plain(void **state)
{
	(void)state;
	HARMLESS("", "");
	HARMLESS("docker compose restart", "docker compose restart");
	HARMLESS("größer \xE2\x86\x92 \xF0\x9F\x94\xA5", "größer \xE2\x86\x92 \xF0\x9F\x94\xA5");
	HARMLESS("a\tb", "a    b");
}

static void test_control(void **state)
{
	(void)state;
	HARMLESS("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m");
	HARMLESS("a\x00z", "a\\x00z");
	HARMLESS("\a\b\r\n\x7f", "\\x07\\x08\\x0d\\x0a\\x7f");
	HARMLESS("\x1b]0;title\a", "\\x1b]0;title\\x07");
	HARMLESS("\xC2\x9B"
		 "31m",
	    "\\x9b31m"); /* the one-character form of "escape, bracket" */
}

static void lines_behind_4(struct buf *out, struct str text)
{
	text_lines(out, text, 4);
}

/* Line breaks are kept; nothing else that a terminal obeys is. */
static void test_lines(void **state)
{
#define LINES(text, wanted) check(lines_behind_4, text, sizeof(text) - 1, wanted)
	(void)state;
	LINES("", "");
	LINES("one\n", "one");
	LINES("one\r\n  two\n\nthree\n\n", "one\n      two\n\n    three");
	LINES("a\rb\x1b[2J\n\a", "a\\x0db\\x1b[2J\n    \\x07");
}

static void test_direction(void **state)
{
	(void)state;
	HARMLESS("a\xE2\x80\xAEtxt.exe", "a" LOST "txt.exe"); /* U+202E */
	HARMLESS("\xE2\x80\x8E\xE2\x80\x8F\xD8\x9C", LOST LOST LOST); /* U+200E, U+200F, U+061C */
	HARMLESS("\xE2\x81\xA6x\xE2\x81\xA9", LOST "x" LOST); /* U+2066, U+2069 */
	HARMLESS("\xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D", "\xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D");
}

static void test_ill_formed(void **state)
{
	(void)state;
	HARMLESS("\xFF", LOST);
	HARMLESS("a\xC3", "a" LOST);
	HARMLESS("\xE2\x82", LOST LOST); /* each byte by itself */
	HARMLESS("\xC0\xAF", LOST LOST); /* an overlong slash */
	HARMLESS("\xED\xA0\x80", LOST LOST LOST); /* half a surrogate pair */
	HARMLESS("\xF5\x80\x80\x80", LOST LOST LOST LOST); /* past U+10FFFF */
}

static void test_short(void **state)
{
	char text[400];
	char wanted[400];

	(void)state;
	memset(text, 'x', sizeof(text));
	check(text_short, text, 300, (memset(wanted, 'x', 300), wanted[300] = '\0', wanted));
	memcpy(wanted + 300, " …", sizeof(" …"));
	check(text_short, text, 301, wanted);
	memcpy(text + 299, "\xC3\xA9", 2); /* not cut within a character */
	memcpy(wanted + 299, " …", sizeof(" …"));
	check(text_short, text, 350, wanted);
	/* all of it ill-formed: it must come to an end */
	memset(text, 0x80, sizeof(text));
	check(text_short, text, 400, " …");
}

static void test_first_line(void **state)
{
	(void)state;
	check(text_first_line, "one", 3, "one");
	check(text_first_line, "\n  one\ntwo\n", 11, "one … (1 more line)");
	check(text_first_line, "one\ntwo\nthree", 13, "one … (2 more lines)");
	check(text_first_line, "", 0, "");
}

static void test_clock(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, BUF_UNBOUNDED);
	text_clock(&out, 1795316645123456);
	assert_true(str_is(buf_view(&out), "03:04:05"));
	buf_done(&out);
}

static void test_words(void **state)
{
	(void)state;
	assert_string_equal(text_outcome(OUTCOME_FAILED, false), "FAILED");
	assert_string_equal(text_outcome(OUTCOME_FAILED, true), "failed (allowed)");
	assert_string_equal(text_outcome(OUTCOME_TIMED_OUT, true), "timed out (allowed)");
	for (int i = OUTCOME_NONE; i <= OUTCOME_REHEARSED; i++)
		assert_non_null(text_outcome((enum outcome)i, false));
	for (int i = ANSWER_APPROVED; i <= ANSWER_AGAIN; i++) {
		assert_non_null(text_answer(ASK_APPROVAL, (enum answer)i, i % 2 == 0));
		assert_non_null(text_answer(ASK_MANUAL, (enum answer)i, i % 2 == 0));
		assert_non_null(text_answer(ASK_LOST, (enum answer)i, i % 2 == 0));
		assert_non_null(text_answer(ASK_DIVERGED, (enum answer)i, i % 2 == 0));
	}
}

static void test_items_left(void **state)
{
	static const struct {
		struct quota max_failures;
		struct quota canary;
		const char *wanted;
	} cases[] = {
	    {{0, false}, {0, false}, "; no further item is begun"},
	    {{0, false}, {1, false}, "; no further item is begun"},
	    {{100, true}, {0, false}, ""},
	    {{100, true}, {1, false}, "; no further item is begun where this is a canary"},
	    {{2, false}, {0, false}, "; no further item is begun once more than 2 have failed"},
	    {{25, true}, {10, true},
		"; no further item is begun where this is a canary, or once more than 25% have "
		"failed"},
	};
	struct each each = {.list = (struct expr *)&each};
	struct buf out;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		each.max_failures = cases[i].max_failures;
		each.canary = cases[i].canary;
		buf_init(&out, BUF_UNBOUNDED);
		text_items_left(&out, &each);
		assert_true(str_is(buf_view(&out), cases[i].wanted));
		buf_done(&out);
	}
	each.list = NULL;
	buf_init(&out, BUF_UNBOUNDED);
	text_items_left(&out, &each);
	assert_int_equal(out.len, 0);
	buf_done(&out);
}

/* What is said behind a step's class of where it runs. */
static void check_at(const char *args, const char *shown, const char *wanted)
{
	struct arena *arena = arena_new();
	struct message start = {.type = MESSAGE_START};
	struct str error;
	struct buf out;

	start.start.args = value_from_json(arena, str_from(args), &error);
	if (shown)
		start.start.shown = value_from_json(arena, str_from(shown), &error);
	assert_non_null(start.start.args);
	buf_init(&out, BUF_UNBOUNDED);
	text_at(&out, &start);
	assert_string_equal(arena_cstr(arena, buf_view(&out)), wanted);
	buf_done(&out);
	arena_free(arena);
}

static void test_at(void **state)
{
	(void)state;
	check_at("{\"argv\":[\"ls\"]}", NULL, "");
	check_at("{\"argv\":[\"ls\"],\"target\":null}", NULL, "");
	check_at("{\"argv\":[\"ls\"],\"target\":{\"ssh\":{\"host\":\"db1\"}}}", NULL, " at db1");
	check_at("{\"argv\":[\"ls\"],\"target\":{\"become\":\"root\"}}", NULL, " here as root");
	check_at("{\"targets\":[{\"ssh\":{\"host\":\"db1\"}},null]}", NULL, " at db1 | here");
	check_at(
	    "{\"argv\":[],\"target\":{\"ssh\":{\"host\":\"a\\u001b[2J\"}}}", NULL, " at a\\x1b[2J");
	check_at("{\"$unknown\":[1]}",
	    "{\"argv\":[],\"target\":{\"ssh\":{\"host\":\"${{ params.x }}\"}}}",
	    " at ${{ params.x }}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_plain),
	    cmocka_unit_test(test_control),
	    cmocka_unit_test(test_lines),
	    cmocka_unit_test(test_direction),
	    cmocka_unit_test(test_ill_formed),
	    cmocka_unit_test(test_short),
	    cmocka_unit_test(test_first_line),
	    cmocka_unit_test(test_clock),
	    cmocka_unit_test(test_words),
	    cmocka_unit_test(test_items_left),
	    cmocka_unit_test(test_at),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
