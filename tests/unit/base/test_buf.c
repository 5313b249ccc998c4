/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

static void test_appends(void **state)
{
	struct buf buf;
	char *taken;

	(void)state;
	buf_init(&buf, 100);
	assert_int_equal(buf_view(&buf).len, 0);
	assert_true(buf_append(&buf, NULL, 0));
	assert_true(buf_text(&buf, "a") && buf_byte(&buf, '\0') && buf_str(&buf, STR("bc")));
	assert_true(buf_printf(&buf, "%d-%s", 7, "x"));
	assert_true(buf_printf(&buf, "%s", ""));
	assert_true(str_eq(buf_view(&buf), STR("a\0bc7-x")));
	buf_consume(&buf, 2);
	assert_true(str_is(buf_view(&buf), "bc7-x"));
	taken = buf_take(&buf);
	assert_string_equal(taken, "bc7-x");
	assert_int_equal(buf.len, 0);
	free(taken);
	taken = buf_take(&buf);
	assert_string_equal(taken, "");
	free(taken);
	buf_done(&buf);
}

/* The maximum is exact, for plain bytes and formatted ones; what would pass it leaves no trace but `full`. */
static void test_maximum(void **state)
{
	struct buf buf;

	(void)state;
	buf_init(&buf, 4);
	assert_true(buf_text(&buf, "ab"));
	assert_false(buf_text(&buf, "cde"));
	assert_true(buf.full);
	assert_true(str_is(buf_view(&buf), "ab"));
	assert_true(buf_printf(&buf, "%d", 12));
	assert_true(str_is(buf_view(&buf), "ab12"));
	assert_false(buf_printf(&buf, "%d", 1));
	assert_false(buf_byte(&buf, 'x'));
	assert_true(str_is(buf_view(&buf), "ab12"));
	buf_clear(&buf);
	assert_false(buf.full);
	assert_true(buf_printf(&buf, "%s", "wxyz"));
	buf_done(&buf);
}

static void test_reserve(void **state)
{
	struct buf buf;
	char *end;

	(void)state;
	buf_init(&buf, 100000);
	for (int i = 0; i < 1000; i++) {
		end = buf_reserve(&buf, 100);
		assert_non_null(end);
		memset(end, 'a' + i % 26, 100);
		buf_added(&buf, 100);
	}
	assert_null(buf_reserve(&buf, 1));
	assert_non_null(buf_reserve(&buf, 0));
	assert_int_equal(buf.ptr[99999], 'a' + 999 % 26);
	assert_int_equal(buf.ptr[0], 'a');
	buf_done(&buf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_appends),
	    cmocka_unit_test(test_maximum),
	    cmocka_unit_test(test_reserve),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
