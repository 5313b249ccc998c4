/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "act/capture.h"
#include "base/digest.h"

/* Every stream up to a few times the bound, cut into pieces of every size, against the plain definition. */
static void test_all_sizes(void **state)
{
	enum { BOUND = 16, HALF = BOUND / 2, LONGEST = 5 * BOUND };
	char text[LONGEST];

	(void)state;
	for (size_t i = 0; i < LONGEST; i++)
		text[i] = (char)('!' + i);
	for (size_t size = 0; size <= LONGEST; size++) {
		for (size_t piece = 1; piece <= LONGEST; piece++) {
			struct arena *arena = arena_new();
			struct capture capture;
			const struct value *value;
			const struct clip *clip;
			char hex[DIGEST_HEX + 1];

			capture_init(&capture, BOUND);
			for (size_t at = 0; at < size; at += piece)
				capture_add(&capture, str_sub((struct str){text, size}, at, piece));
			value = capture_value(&capture, arena);
			clip = value->string.clip;
			assert_int_equal(clip->size, size);
			assert_int_equal(clip->whole, size <= BOUND);
			if (clip->whole) {
				assert_true(str_eq(value->string.text, (struct str){text, size}));
				assert_true(str_eq(clip->head, value->string.text));
				assert_true(str_eq(clip->tail, value->string.text));
			} else {
				assert_true(str_eq(clip->head, (struct str){text, HALF}));
				assert_true(
				    str_eq(clip->tail, (struct str){text + size - HALF, HALF}));
				digest_of((struct str){text + HALF, size - BOUND}, hex);
				assert_true(str_is(clip->middle_sha256, hex));
			}
			arena_free(arena);
		}
	}
}

/* A bound that is none, and one that was given up. */
static void test_edges(void **state)
{
	struct arena *arena = arena_new();
	struct capture capture;
	const struct clip *clip;

	(void)state;
	capture_init(&capture, 0);
	capture_add(&capture, STR("abcd"));
	clip = capture_value(&capture, arena)->string.clip;
	assert_true(str_is(clip->head, "a"));
	assert_true(str_is(clip->tail, "d"));
	assert_int_equal(clip->size, 4);
	capture_init(&capture, 2);
	capture_add(&capture, STR("abcd"));
	capture_done(&capture);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_all_sizes),
	    cmocka_unit_test(test_edges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
