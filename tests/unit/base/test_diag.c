/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/diag.h"
#include "base/utf8.h"

struct fixture {
	struct source *source;
	struct diags diags;
};

static struct fixture setup(struct str text)
{
	struct fixture fixture = {.source = source_new("r.yaml", text)};

	diags_init(&fixture.diags);
	return fixture;
}

static void teardown(struct fixture *fixture)
{
	diags_done(&fixture->diags);
	source_free(fixture->source);
}

static void assert_renders(const struct diag *diag, bool color, const char *wanted)
{
	struct buf buf;

	buf_init(&buf, BUF_UNBOUNDED);
	diag_render(diag, color, &buf);
	if (!str_is(buf_view(&buf), wanted))
		fail_msg("got:\n%.*s\nwanted:\n%s", STR_ARG(buf_view(&buf)), wanted);
	buf_done(&buf);
}

static void test_golden(void **state)
{
	struct fixture fixture = setup(STR("steps:\n  - id: a\n    tiemout: 5m\n"));
	struct diag *diag = diag_error(&fixture.diags, "unknown-key",
	    (struct span){fixture.source, 21, 28}, "unknown key \"%s\"", "tiemout");

	(void)state;
	diag_help(&fixture.diags, diag, "did you mean \"%s\"?", "timeout");
	assert_renders(diag, false,
	    "r.yaml:3:5: error: unknown key \"tiemout\" [unknown-key]\n"
	    "     3 |     tiemout: 5m\n"
	    "       |     ^~~~~~~\n"
	    "       = help: did you mean \"timeout\"?\n");
	diag_other(
	    &fixture.diags, diag, (struct span){fixture.source, 9, 10}, "the step begins here");
	assert_renders(diag, true,
	    "r.yaml:3:5: \033[1;31merror:\033[0m unknown key \"tiemout\" [unknown-key]\n"
	    "     3 |     tiemout: 5m\n"
	    "       |     \033[1;32m^~~~~~~\033[0m\n"
	    "r.yaml:2:3: note: the step begins here\n"
	    "     2 |   - id: a\n"
	    "       |   \033[1;32m^\033[0m\n"
	    "       = help: did you mean \"timeout\"?\n");
	teardown(&fixture);
}

static void test_warning_without_a_place(void **state)
{
	struct fixture fixture = setup(STR(""));

	(void)state;
	assert_renders(diag_warning(&fixture.diags, "x", (struct span){0}, "short secret"), false,
	    "warning: short secret [x]\n");
	assert_int_equal(fixture.diags.errors, 0);
	assert_renders(
	    diag_error(&fixture.diags, "y", (struct span){fixture.source, 0, 0}, "empty"), false,
	    "r.yaml:1:1: error: empty [y]\n     1 | \n       | ^\n");
	assert_int_equal(fixture.diags.errors, 1);
	teardown(&fixture);
}

/* Carets are under the character, whatever its bytes; a span over several lines ends with the first. */
static void test_columns(void **state)
{
	struct fixture fixture = setup(STR("\xC3\xA9\t\xE2\x82\xAC = x\r\nnext\n"));

	(void)state;
	assert_renders(diag_error(&fixture.diags, "c", (struct span){fixture.source, 3, 20}, "m"),
	    false,
	    "r.yaml:1:3: error: m [c]\n"
	    "     1 | \xC3\xA9 \xE2\x82\xAC = x\n"
	    "       |   ^~~~~\n");
	teardown(&fixture);
}

/* Nothing in a file or a message can drive the terminal. */
static void test_controls(void **state)
{
	struct fixture fixture = setup(STR("a\033[31mb\xFFz\n"));

	(void)state;
	assert_renders(
	    diag_error(&fixture.diags, "c", (struct span){fixture.source, 6, 7}, "x\ny\033"), false,
	    "r.yaml:1:7: error: x?y? [c]\n"
	    "     1 | a?[31mb\xEF\xBF\xBDz\n"
	    "       |       ^\n");
	teardown(&fixture);
}

static void test_long_line(void **state)
{
	char text[4000];
	struct fixture fixture;
	struct buf buf;
	struct str rest;
	struct str line;

	(void)state;
	for (size_t i = 0; i < sizeof(text); i += 2)
		memcpy(text + i, "\xC3\xA9", 2);
	fixture = setup((struct str){text, sizeof(text)});
	buf_init(&buf, BUF_UNBOUNDED);
	diag_render(diag_error(&fixture.diags, "c", (struct span){fixture.source, 2000, 2010}, "m"),
	    false, &buf);
	assert_true(utf8_valid(buf_view(&buf)));
	rest = buf_view(&buf);
	assert_true(str_line(&rest, &line) && str_starts(line, STR("r.yaml:1:1001:")));
	assert_true(str_line(&rest, &line) && line.len < 200);
	assert_int_equal(str_find(line, STR("\xEF\xBF\xBD")), -1);
	assert_true(str_line(&rest, &line) && str_ends(line, STR(" ^~~~~")));
	buf_done(&buf);
	teardown(&fixture);
}

static void test_sort(void **state)
{
	struct fixture fixture = setup(STR("abcdef"));
	struct source *second = source_new("a.yaml", STR("abcdef"));
	struct span places[] = {{fixture.source, 4, 5}, {second, 3, 4}, {fixture.source, 1, 2},
	    {second, 1, 2}, {NULL, 0, 0}, {fixture.source, 1, 3}};
	static const char *const order[] = {"4", "2", "5", "0", "3", "1"};

	(void)state;
	for (size_t i = 0; i < 6; i++)
		diag_error(&fixture.diags, "x", places[i], "%zu", i);
	diags_sort(&fixture.diags);
	for (size_t i = 0; i < 6; i++)
		assert_true(str_is(fixture.diags.items[i].message, order[i]));
	teardown(&fixture);
	source_free(second);
}

static void test_bounded(void **state)
{
	struct fixture fixture = setup(STR("a"));
	struct buf out;

	(void)state;
	for (size_t i = 0; i < DIAGS_MAX + 50; i++)
		diag_help(&fixture.diags,
		    diag_error(&fixture.diags, "x", (struct span){fixture.source, 0, 1}, "m%zu", i),
		    "h");
	assert_int_equal(fixture.diags.count, DIAGS_MAX);
	assert_int_equal(fixture.diags.errors, DIAGS_MAX + 50);
	assert_int_equal(fixture.diags.lost, 50);
	diag_warning(&fixture.diags, "x", (struct span){fixture.source, 0, 1}, "m");
	buf_init(&out, BUF_UNBOUNDED);
	diags_render(&fixture.diags, false, &out);
	assert_true(str_ends(buf_view(&out), STR("       = help: h\n… and 51 more\n")));
	buf_done(&out);
	teardown(&fixture);
}

/* What is read more than once has its mistake once, however often it is told, and whoever told it sees that he did. */
static void test_repeated(void **state)
{
	struct fixture fixture = setup(STR("ab"));

	(void)state;
	for (size_t i = 0; i < 3000; i++) {
		uint32_t at = (uint32_t)(i % 2);

		diag_error(&fixture.diags, "x", (struct span){fixture.source, at, at + 1}, "m");
		diag_help(&fixture.diags,
		    diag_warning(&fixture.diags, "y", (struct span){fixture.source, 0, 1}, "m"),
		    "h");
		diag_error(&fixture.diags, "x", (struct span){fixture.source, at, at + 1}, "m%zu",
		    i % 100);
	}
	assert_int_equal(fixture.diags.errors, 6000);
	assert_int_equal(fixture.diags.count, 2 + 1 + 100);
	diags_settle(&fixture.diags);
	assert_int_equal(fixture.diags.errors, 2 + 100);
	diag_error(&fixture.diags, "x", (struct span){0}, "nowhere");
	diag_error(&fixture.diags, "x", (struct span){0}, "nowhere");
	assert_int_equal(fixture.diags.count, 2 + 1 + 100 + 2);
	teardown(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_golden),
	    cmocka_unit_test(test_warning_without_a_place),
	    cmocka_unit_test(test_columns),
	    cmocka_unit_test(test_controls),
	    cmocka_unit_test(test_long_line),
	    cmocka_unit_test(test_sort),
	    cmocka_unit_test(test_bounded),
	    cmocka_unit_test(test_repeated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
