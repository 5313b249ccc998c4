/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <unistd.h>

#include "act/flow.h"

#define POSITION(text) flow_position(STR(text))
#define BYTES(text) flow_bytes(STR(text))

static void test_position(void **state)
{
	(void)state;
	assert_int_equal(POSITION("pos:\t4096\nflags:\t0100000\nmnt_id:\t29\nino:\t7\n"), 4096);
	assert_int_equal(POSITION("pos:\t0\nflags:\t0\n"), 0);
	assert_int_equal(POSITION("flags:\t02100000\npos:\t9223372036854775807"), INT64_MAX);
}

/* What may be written to, and what cannot be read, is not what somebody reads. */
static void test_not_for_reading(void **state)
{
	(void)state;
	assert_int_equal(POSITION("pos:\t4096\nflags:\t0100001\n"), -1);
	assert_int_equal(POSITION("pos:\t4096\nflags:\t0100002\n"), -1);
	assert_int_equal(POSITION("pos:\t4096\nflags:\t012000000\n"), -1); /* O_PATH */
}

static void test_position_of_what_is_none(void **state)
{
	(void)state;
	assert_int_equal(POSITION(""), -1);
	assert_int_equal(POSITION("pos:\t4096\n"), -1);
	assert_int_equal(POSITION("flags:\t0100000\n"), -1);
	assert_int_equal(POSITION("pos:\nflags:\n"), -1);
	assert_int_equal(POSITION("pos:\t-1\nflags:\t0100000\n"), -1);
	assert_int_equal(POSITION("pos:\t1 2\nflags:\t0100000\n"), -1);
	assert_int_equal(POSITION("pos:\t0x10\nflags:\t0100000\n"), -1);
	assert_int_equal(POSITION("pos:\t9223372036854775808\nflags:\t0100000\n"), -1);
	assert_int_equal(POSITION("pos:\t4\nflags:\t8\n"), -1);
	assert_int_equal(POSITION("pos:\t4\nflags:\t01 0\n"), -1);
	assert_int_equal(POSITION("pos:\t4\nflags:\t000000000000000000000\n"), -1);
	assert_int_equal(POSITION("xpos:\t4\nflags:\t0\n"), -1);
	assert_int_equal(POSITION("pos:\t4\0\nflags:\t0\n"), -1);
	assert_int_equal(POSITION("\n\n\xff\xfe\0\0pos:"), -1);
}

static void test_bytes(void **state)
{
	(void)state;
	assert_int_equal(BYTES("rchar: 10\nwchar: 7\nsyscr: 99\nread_bytes: 4096\n"), 10);
	assert_int_equal(BYTES("rchar: 7\nwchar: 10\n"), 10);
	assert_int_equal(BYTES("rchar: 7\n"), 7);
}

static void test_bytes_of_what_is_none(void **state)
{
	(void)state;
	assert_int_equal(BYTES(""), -1);
	assert_int_equal(BYTES("rchar\nwchar\n"), -1);
	assert_int_equal(BYTES("rchar: -5\nwchar: 1e9\n"), -1);
	assert_int_equal(BYTES("rchar: 99999999999999999999\n"), -1);
	assert_int_equal(BYTES("read_bytes: 4096\n"), -1);
	assert_int_equal(BYTES("\0rchar: 5\n"), -1);
}

/* Processes that are not there, and one that has none: no error, and nothing to tell. */
static void test_nobody(void **state)
{
	struct flow *flow = flow_new();
	struct progress progress;

	(void)state;
	assert_false(flow_look(flow, 0, &progress));
	assert_false(flow_look(flow, INT32_MAX, &progress));
	assert_false(flow_look(flow, getpid(), &progress));
	flow_free(flow);
	flow_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_position),
	    cmocka_unit_test(test_not_for_reading),
	    cmocka_unit_test(test_position_of_what_is_none),
	    cmocka_unit_test(test_bytes),
	    cmocka_unit_test(test_bytes_of_what_is_none),
	    cmocka_unit_test(test_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
