/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdalign.h>
#include <string.h>

#include "base/arena.h"

/* Everything stays where it is, zeroed and aligned, through many sizes. */
static void test_memory(void **state)
{
	struct arena *arena = arena_new();
	unsigned char *parts[2000];

	(void)state;
	for (size_t i = 0; i < 2000; i++) {
		parts[i] = arena_alloc(arena, i % 700 + 1);
		assert_int_equal((uintptr_t)parts[i] % alignof(max_align_t), 0);
		for (size_t j = 0; j <= i % 700; j++)
			assert_int_equal(parts[i][j], 0);
		memset(parts[i], (int)(i % 251) + 1, i % 700 + 1);
	}
	for (size_t i = 0; i < 2000; i++)
		for (size_t j = 0; j <= i % 700; j++)
			assert_int_equal(parts[i][j], i % 251 + 1);
	assert_true(arena_size(arena) > 600000 && arena_size(arena) < 3000000);
	arena_free(arena);
	arena_free(NULL);
}

static void test_large(void **state)
{
	struct arena *arena = arena_new();
	char *big = arena_alloc(arena, 5 << 20);
	char *small = arena_alloc(arena, 1);

	(void)state;
	for (size_t i = 0; i < 5 << 20; i++)
		assert_int_equal(big[i], 0);
	big[(5 << 20) - 1] = 'x';
	assert_int_equal(*small, 0);
	arena_free(arena);
}

static void test_strings(void **state)
{
	struct arena *arena = arena_new();
	struct str text = arena_str(arena, STR("a\0b"));

	(void)state;
	assert_true(str_eq(text, STR("a\0b")));
	assert_int_equal(text.ptr[3], 0);
	assert_string_equal(arena_cstr(arena, STR("xy")), "xy");
	assert_string_equal(arena_cstr(arena, (struct str){0}), "");
	text = arena_printf(arena, "%d %s", 5, "x");
	assert_true(str_is(text, "5 x"));
	assert_int_equal(text.ptr[text.len], 0);
	arena_free(arena);
}

static void test_grow(void **state)
{
	struct arena *arena = arena_new();
	size_t *numbers = NULL;
	size_t capacity = 0;

	(void)state;
	for (size_t i = 0; i < 10000; i++) {
		numbers = arena_grow(arena, numbers, i, &capacity, sizeof(*numbers));
		numbers[i] = i;
	}
	for (size_t i = 0; i < 10000; i++)
		assert_int_equal(numbers[i], i);
	arena_free(arena);
}

static void test_reset(void **state)
{
	struct arena *arena = arena_new();
	size_t size;

	(void)state;
	for (int round = 0; round < 50; round++) {
		for (int i = 0; i < 100; i++) {
			unsigned char *part = arena_alloc(arena, 100);

			for (size_t j = 0; j < 100; j++)
				assert_int_equal(part[j], 0);
			memset(part, 0xFF, 100);
		}
		arena_reset(arena);
	}
	size = arena_size(arena);
	arena_alloc(arena, 8 << 20);
	arena_reset(arena);
	assert_true(arena_size(arena) <= size);
	arena_free(arena);
}

static void append_name(void *ptr)
{
	char **name = ptr;

	strncat(name[0], name[1], 1);
}

static void test_deferred(void **state)
{
	struct arena *arena = arena_new();
	char log[8] = "";
	char a[] = "a";
	char b[] = "b";
	char *first[] = {log, a};
	char *second[] = {log, b};

	(void)state;
	arena_defer(arena, append_name, first);
	arena_defer(arena, append_name, second);
	arena_reset(arena);
	assert_string_equal(log, "ba");
	arena_defer(arena, append_name, first);
	arena_free(arena);
	assert_string_equal(log, "baa");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_memory),
	    cmocka_unit_test(test_large),
	    cmocka_unit_test(test_strings),
	    cmocka_unit_test(test_grow),
	    cmocka_unit_test(test_reset),
	    cmocka_unit_test(test_deferred),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
