/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "run/gate.h"

static void hold(struct gate *gate, uint32_t op, uint64_t ticket)
{
	char node[16] = "restore/load";
	struct message start = {.type = MESSAGE_START};
	struct arena *arena = arena_new();

	start.start.op = op;
	start.start.node = (struct str){node, strlen(node)};
	start.start.args = value_list(arena, NULL, 0);
	gate_hold(gate, &start, ticket);
	memset(node, '?', sizeof(node)); /* the gate has copies */
	arena_free(arena);
}

static void assert_opens(struct gate *gate, uint64_t durable, uint32_t op)
{
	const struct message *start = gate_open(gate, durable);

	assert_int_equal(start ? start->start.op : 0, op);
	if (start)
		assert_true(str_is(start->start.node, "restore/load"));
}

static void test_order(void **state)
{
	struct gate *gate = gate_new();

	(void)state;
	assert_opens(gate, 99, 0);
	hold(gate, 1, 5);
	hold(gate, 2, 5);
	hold(gate, 3, 6);
	assert_opens(gate, 4, 0);
	assert_opens(gate, 5, 1);
	assert_opens(gate, 5, 2);
	assert_opens(gate, 5, 0);
	assert_opens(gate, 7, 3);
	assert_opens(gate, 7, 0);
	gate_free(gate);
}

static void test_drop(void **state)
{
	struct gate *gate = gate_new();

	(void)state;
	for (uint32_t i = 1; i <= 4; i++)
		hold(gate, i, i);
	assert_true(gate_holds(gate, 4));
	assert_true(gate_drop(gate, 4)); /* the last one: another can be added behind */
	assert_false(gate_holds(gate, 4));
	assert_false(gate_drop(gate, 4));
	hold(gate, 5, 5);
	assert_true(gate_drop(gate, 2));
	assert_opens(gate, 9, 1);
	assert_int_equal(gate_take(gate)->start.op, 3);
	assert_opens(gate, 9, 5);
	assert_null(gate_take(gate));
	hold(gate, 6, 6);
	gate_free(gate); /* with one inside */
	gate_free(NULL);
}

/* What a person is told waits as well; its number is another than an operation's. */
static void test_ask(void **state)
{
	struct gate *gate = gate_new();
	struct message ask = {.type = MESSAGE_ASK};

	(void)state;
	hold(gate, 7, 1);
	ask.ask.id = 7;
	ask.ask.kind = ASK_MANUAL;
	ask.ask.prompt = STR("turn the key");
	gate_hold(gate, &ask, 2);
	assert_true(gate_drop(gate, 7));
	assert_false(gate_holds(gate, 7));
	assert_null(gate_open(gate, 1));
	assert_true(str_is(gate_open(gate, 2)->ask.prompt, "turn the key"));
	gate_hold(gate, &ask, 3);
	assert_true(gate_drop_ask(gate, 7));
	assert_false(gate_drop_ask(gate, 7));
	gate_free(gate);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_order),
	    cmocka_unit_test(test_drop),
	    cmocka_unit_test(test_ask),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
