/* SPDX-License-Identifier: Apache-2.0 */
/* What reprise-reach is told of a way, and what it leaves, read back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "act/order.h"
#include "launch/wire.h"
#include "reach/order.h"

static const struct order_programs programs = {"/usr/lib/reprise-reach", "/usr/lib/l", "s1"};

/* The strings of an order, NUL-terminated, from the first of its carrier on. */
static const char *carrier_of(const struct buf *orders, struct reach_order *ret_head)
{
	const char *at = orders->ptr + sizeof(*ret_head);

	memcpy(ret_head, orders->ptr, sizeof(*ret_head));
	for (int i = 0; i < 5; i++) /* nonce, ending, folder, launcher, stamp */
		at += strlen(at) + 1;
	return at;
}

static void test_fold(void **state)
{
	static const char *const ssh[] = {"ssh", "--", "db1", NULL};
	static const char *const direct[] = {"ssh", "-S", "none", "--", "db1", NULL};
	static const char *const sudo[] = {"sudo", "-n", "-u", "o'brien", "--", NULL};
	static const char *const argv[] = {"true", NULL};
	static const char *const *const stages[] = {argv};
	static const char *const env[] = {NULL};
	struct launch_request request = {
	    .stages = stages, .stage_count = 1, .env = env, .cwd = "", .run_dir = ""};
	struct order order = {.hops = {{ssh, true}, {sudo, false}},
	    .hop_count = 2,
	    .aside = direct,
	    .folder = "",
	    .where = "db1",
	    .request = &request};
	struct arena *arena = arena_new();
	const char *const *stage;
	struct reach_order head;
	const char *at;
	struct buf orders;

	(void)state;
	buf_init(&orders, BUF_UNBOUNDED);
	assert_true(order_add(&orders, arena, &programs, &order, &stage));
	assert_string_equal(stage[0], programs.reach);
	assert_string_equal(stage[2], "0");
	assert_string_equal(stage[4], "db1");
	at = carrier_of(&orders, &head);
	assert_int_equal(head.carrier, 4);
	assert_int_equal(head.aside, 6);
	assert_string_equal(at, "ssh");
	for (int i = 0; i < 3; i++)
		at += strlen(at) + 1;
	/* One word for the login's shell, quoted so that any of them takes it apart alike. */
	assert_memory_equal(at, "exec 'sudo' '-n' '-u' 'o'\\''brien' '--' 'sh' '-c' 'rp_c=", 54);
	assert_null(strchr(at, '\n'));
	buf_done(&orders);
	arena_free(arena);
}

static struct order_end read_ending(struct arena *arena, const char *text)
{
	char folder[] = "/tmp/reprise-order-XXXXXX";
	struct order_end end;
	char path[256];
	FILE *file;

	assert_non_null(mkdtemp(folder));
	assert_true(order_ending(folder, 7, 1, path, sizeof(path)));
	if (text) {
		file = fopen(path, "w");
		assert_non_null(file);
		fputs(text, file);
		fclose(file);
	}
	order_read_ending(arena, folder, 7, 1, &end);
	unlink(path);
	rmdir(folder);
	return end;
}

static void test_endings(void **state)
{
	struct arena *arena = arena_new();
	struct order_end end;

	(void)state;
	assert_int_equal(read_ending(arena, NULL).how, ORDER_UNTRIED);
	assert_int_equal(read_ending(arena, "tried\n").how, ORDER_LOST);
	end = read_ending(
	    arena, "tried\nbegan launcher 12\nconfined 1 \nleft 3 sleep 9\nover\nstatus 0 256\n");
	assert_int_equal(end.how, ORDER_RAN);
	assert_true(end.began && end.by_launcher && end.confined);
	assert_int_equal(end.pid, 12);
	assert_int_equal(end.status_count, 2);
	assert_int_equal(end.status[1], 256);
	assert_int_equal(end.left_count, 1);
	assert_string_equal(end.left[0].command, "sleep 9");
	end = read_ending(arena, "tried\nfailed 1 1 2\nover\n");
	assert_int_equal(end.how, ORDER_REFUSED);
	assert_int_equal(end.stage, 1);
	assert_int_equal(end.error, 2);
	end = read_ending(arena, "tried\nunreached no route\n");
	assert_int_equal(end.how, ORDER_UNREACHED);
	assert_true(str_is(end.why, "no route"));
	assert_int_equal(read_ending(arena, "tried\nbegan shell 1\nended x\n").how, ORDER_ENDED);
	assert_int_equal(read_ending(arena, "tried\nbegan shell 1\nlost x\n").how, ORDER_LOST);
	/* of a later version, or torn */
	assert_int_equal(read_ending(arena, "tried\nwhat is this\n\n").how, ORDER_LOST);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_fold),
	    cmocka_unit_test(test_endings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
