/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/map.h"

static void test_empty(void **state)
{
	struct map map;

	(void)state;
	map_init(&map);
	assert_null(map_get(&map, STR("a")));
	map_done(&map);
}

static void test_put_and_get(void **state)
{
	struct arena *arena = arena_new();
	struct map map;
	int values[5000];

	(void)state;
	map_init(&map);
	for (int i = 0; i < 5000; i++)
		assert_null(map_put(&map, arena_printf(arena, "key %d", i), &values[i]));
	assert_int_equal(map.count, 5000);
	for (int i = 0; i < 5000; i++)
		assert_ptr_equal(map_get(&map, arena_printf(arena, "key %d", i)), &values[i]);
	assert_null(map_get(&map, STR("key 5000")));
	assert_null(map_get(&map, STR("")));
	assert_ptr_equal(map_put(&map, STR("key 7"), &values[8]), &values[7]);
	assert_ptr_equal(map_get(&map, STR("key 7")), &values[8]);
	assert_int_equal(map.count, 5000);
	map_done(&map);
	arena_free(arena);
}

/* Keys are bytes: an empty one and one with a NUL are keys like others. */
static void test_odd_keys(void **state)
{
	struct map map;
	int values[3];

	(void)state;
	map_init(&map);
	map_put(&map, STR(""), &values[0]);
	map_put(&map, STR("a\0b"), &values[1]);
	map_put(&map, STR("a"), &values[2]);
	assert_ptr_equal(map_get(&map, (struct str){0}), &values[0]);
	assert_ptr_equal(map_get(&map, STR("a\0b")), &values[1]);
	assert_ptr_equal(map_get(&map, STR("a")), &values[2]);
	map_done(&map);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_empty),
	    cmocka_unit_test(test_put_and_get),
	    cmocka_unit_test(test_odd_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
