/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/str.h"

static void test_equality_and_order(void **state)
{
	(void)state;
	assert_true(str_eq(STR("ab"), str_from("ab")));
	assert_false(str_eq(STR("ab"), STR("abc")));
	assert_true(str_eq((struct str){0}, STR("")));
	assert_true(str_eq(str_from(NULL), (struct str){0}));
	assert_false(str_eq(STR("a\0b"), STR("a\0c")));
	assert_true(str_is(STR("x"), "x"));
	assert_true(str_cmp(STR("a"), STR("b")) < 0);
	assert_true(str_cmp(STR("a"), STR("")) > 0);
	assert_true(str_cmp(STR("ab"), STR("abc")) < 0);
	assert_true(str_cmp(STR("\xC3\xA9"), STR("z")) > 0);
	assert_int_equal(str_cmp((struct str){0}, STR("")), 0);
}

static void test_parts(void **state)
{
	(void)state;
	assert_true(str_starts(STR("abc"), STR("ab")) && str_starts(STR("abc"), STR("")));
	assert_false(str_starts(STR("a"), STR("ab")));
	assert_true(str_ends(STR("abc"), STR("bc")) && str_ends(STR("abc"), STR("")));
	assert_false(str_ends(STR("c"), STR("bc")));
	assert_int_equal(str_find(STR("abcabc"), STR("ca")), 2);
	assert_int_equal(str_find(STR("abc"), STR("")), 0);
	assert_int_equal(str_find(STR("abc"), STR("abcd")), -1);
	assert_int_equal(str_find((struct str){0}, STR("a")), -1);
	assert_true(str_is(str_sub(STR("abcdef"), 2, 3), "cde"));
	assert_true(str_is(str_sub(STR("abc"), 2, 100), "c"));
	assert_int_equal(str_sub(STR("abc"), 100, 1).len, 0);
	assert_int_equal(str_sub((struct str){0}, 1, 1).len, 0);
}

static void test_trim(void **state)
{
	(void)state;
	assert_true(str_is(str_trim(STR(" \t\r\n a b \v\f")), "a b"));
	assert_int_equal(str_trim(STR("  \n")).len, 0);
	assert_true(str_is(str_trim(STR("\xC2\xA0")), "\xC2\xA0"));
}

static void test_lines(void **state)
{
	struct str rest = STR("a\n\nb");
	struct str line;

	(void)state;
	assert_true(str_line(&rest, &line) && str_is(line, "a"));
	assert_true(str_line(&rest, &line) && str_is(line, ""));
	assert_true(str_line(&rest, &line) && str_is(line, "b"));
	assert_false(str_line(&rest, &line));
	rest = STR("a\n");
	assert_true(str_line(&rest, &line) && str_is(line, "a"));
	assert_false(str_line(&rest, &line));
}

/* The published test vectors of FNV-1a. */
static void test_hash(void **state)
{
	(void)state;
	assert_true(str_hash(STR("")) == 0xcbf29ce484222325U);
	assert_true(str_hash(STR("a")) == 0xaf63dc4c8601ec8cU);
	assert_true(str_hash(STR("foobar")) == 0x85944171f73967e8U);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_equality_and_order),
	    cmocka_unit_test(test_parts),
	    cmocka_unit_test(test_trim),
	    cmocka_unit_test(test_lines),
	    cmocka_unit_test(test_hash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
