/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "parsed.h"
#include "tree/tree.h"

static void assert_str(struct str got, const char *wanted)
{
	if (!str_is(got, wanted))
		fail_msg("got \"%.*s\", wanted \"%s\"", STR_ARG(got), wanted);
}

static const char *nested_code(const char *open, size_t depth, const char *middle)
{
	struct buf buf;
	struct parsed parsed;
	const char *code;

	buf_init(&buf, BUF_UNBOUNDED);
	for (size_t i = 0; i < depth; i++)
		buf_text(&buf, open);
	buf_text(&buf, middle);
	for (size_t i = 0; i < depth && *open == '['; i++)
		buf_byte(&buf, ']');
	parsed = parse(buf_view(&buf));
	code = parsed.diags.count ? parsed.diags.items[parsed.diags.count - 1].code : "";
	assert_int_equal(parsed.root == NULL, parsed.diags.count > 0);
	drop(&parsed);
	buf_done(&buf);
	return code;
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void test_depth(void **state)
{
	double start = seconds();

	(void)state;
	assert_string_equal(nested_code("[", TREE_MAX_DEPTH, "a"), "");
	assert_string_equal(nested_code("[", TREE_MAX_DEPTH + 1, "a"), "yaml-depth");
	assert_string_equal(nested_code("[", 1000000, "a"), "yaml-depth");
	assert_string_equal(nested_code("- ", TREE_MAX_DEPTH, "a"), "");
	assert_string_equal(nested_code("- ", 1000000, "a"), "yaml-depth");
	assert_string_equal(nested_code("[\n", 200000, "a"), "yaml-depth");
	assert_string_equal(nested_code("? ", 100000, "a"), "yaml-depth");
	assert_true(seconds() - start < 5);
}

/* An alias to something high, deep inside something else: who walks the tree must not go deeper than the limit. */
static void test_depth_through_aliases(void **state)
{
	struct buf buf;
	struct parsed parsed;

	(void)state;
	buf_init(&buf, BUF_UNBOUNDED);
	buf_text(&buf, "a: &x ");
	for (int i = 0; i < 40; i++)
		buf_byte(&buf, '[');
	for (int i = 0; i < 40; i++)
		buf_byte(&buf, ']');
	buf_text(&buf, "\nb: ");
	for (int i = 0; i < 24; i++)
		buf_byte(&buf, '[');
	buf_text(&buf, "*x");
	for (int i = 0; i < 24; i++)
		buf_byte(&buf, ']');
	parsed = parse(buf_view(&buf));
	assert_int_equal(parsed.diags.count, 1);
	assert_string_equal(parsed.diags.items[0].code, "yaml-depth");
	assert_str(span_text(parsed.diags.items[0].span), "*x");
	assert_null(parsed.root);
	drop(&parsed);
	buf_done(&buf);
}

static void test_alias_bomb(void **state)
{
	struct buf buf;
	struct parsed parsed;

	(void)state;
	buf_init(&buf, BUF_UNBOUNDED);
	buf_text(&buf, "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
	for (int i = 1; i < 60; i++) {
		buf_printf(&buf, "a%d: &a%d [", i, i);
		for (int j = 0; j < 10; j++)
			buf_printf(&buf, "*a%d,", i - 1);
		buf_text(&buf, "]\n");
	}
	parsed = parse(buf_view(&buf));
	assert_null(parsed.root);
	assert_int_equal(parsed.diags.count, 1);
	assert_string_equal(parsed.diags.items[0].code, "yaml-size");
	assert_true(arena_size(parsed.arena) < 1 << 20);
	drop(&parsed);
	buf_done(&buf);
}

/* The document's list, lists of 1000 by alias, and single values up to the limit or one past it. */
static void check_size(int singles, bool fits)
{
	struct buf buf;
	struct parsed parsed;

	buf_init(&buf, BUF_UNBOUNDED);
	buf_text(&buf, "- &x [");
	for (int i = 0; i < 1000; i++)
		buf_text(&buf, "1,");
	buf_text(&buf, "]\n");
	for (int i = 1; i < (TREE_MAX_NODES - 1) / 1001; i++)
		buf_text(&buf, "- *x\n");
	for (int i = 0; i < singles; i++)
		buf_text(&buf, "- 1\n");
	parsed = parse(buf_view(&buf));
	assert_int_equal(parsed.root != NULL, fits);
	assert_int_equal(parsed.diags.count, fits ? 0 : 1);
	if (!fits) {
		assert_string_equal(parsed.diags.items[0].code, "yaml-size");
		assert_str(span_text(parsed.diags.items[0].span), "1");
	}
	drop(&parsed);
	buf_done(&buf);
}

static void test_too_many_nodes(void **state)
{
	int singles = (TREE_MAX_NODES - 1) % 1001;

	(void)state;
	check_size(singles, true);
	check_size(singles + 1, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_depth),
	    cmocka_unit_test(test_depth_through_aliases),
	    cmocka_unit_test(test_alias_bomb),
	    cmocka_unit_test(test_too_many_nodes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
