/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <string.h>

#include "act/attempt.h"

struct heard {
	int started;
	int finished;
	int released;
	size_t bytes;
	bool release_within; /* gives the last hold back while being told of the end */
};

static void on_started(struct attempt *attempt, int64_t pid, int64_t start_ticks)
{
	struct heard *heard = attempt->owner;

	assert_int_equal(pid, 7);
	assert_int_equal(start_ticks, 99);
	heard->started++;
}

static void on_output(struct attempt *attempt, enum attempt_stream stream, struct str bytes)
{
	struct heard *heard = attempt->owner;

	assert_int_equal(stream, ATTEMPT_STDERR);
	heard->bytes += bytes.len;
}

static void on_finished(struct attempt *attempt)
{
	struct heard *heard = attempt->owner;

	heard->finished++;
	if (heard->release_within)
		attempt_release(attempt);
	assert_int_equal(heard->released, 0);
}

static void on_released(struct attempt *attempt)
{
	struct heard *heard = attempt->owner;

	assert_int_equal(heard->finished, 1);
	heard->released++;
	arena_free(attempt->arena);
	memset(attempt, 0x55, sizeof(*attempt));
}

static const struct attempt_ops ops = {on_started, on_output, on_finished, on_released};

static struct attempt make(struct heard *heard)
{
	return (struct attempt){.arena = arena_new(), .ops = &ops, .owner = heard};
}

static void test_without_holds(void **state)
{
	struct heard heard = {0};
	struct attempt attempt = make(&heard);

	(void)state;
	attempt_started(&attempt, 7, 99);
	attempt_output(&attempt, ATTEMPT_STDERR, STR("abc"));
	attempt_output(&attempt, ATTEMPT_STDERR, STR(""));
	attempt_succeed(&attempt, NULL);
	assert_int_equal(heard.started, 1);
	assert_int_equal(heard.bytes, 3);
	assert_int_equal(heard.released, 1);
}

/* The attempt lives until its last handle is closed. */
static void test_holds(void **state)
{
	struct heard heard = {0};
	struct attempt attempt = make(&heard);

	(void)state;
	attempt_hold(&attempt);
	attempt_hold(&attempt);
	attempt_release(&attempt);
	attempt_fail(&attempt, NULL, "%s %d", "status", 3);
	assert_int_equal(heard.finished, 1);
	assert_int_equal(heard.released, 0);
	assert_false(attempt.result.ok);
	assert_false(attempt.result.error);
	assert_true(str_is(attempt.result.why, "status 3"));
	attempt_release(&attempt);
	assert_int_equal(heard.released, 1);
}

static void test_release_while_told(void **state)
{
	struct heard heard = {.release_within = true};
	struct attempt attempt = make(&heard);

	(void)state;
	attempt_hold(&attempt);
	attempt_error(&attempt, "no such %s", "thing");
	assert_int_equal(heard.released, 1);
}

static void test_registry(void **state)
{
	static const struct action_spec specs[] = {{.name = "a.b"}, {.name = "a.c"}};
	static const struct action_impl impls[] = {{.spec = &specs[0]}, {.spec = &specs[1]}};
	static const struct action_impl *const list[] = {&impls[0], &impls[1], NULL};
	static const struct registry registry = {.actions = list};

	(void)state;
	assert_ptr_equal(registry_find(&registry, STR("a.c")), &impls[1]);
	assert_null(registry_find(&registry, STR("a.")));
	assert_null(registry_find(&registry, STR("a.cd")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_without_holds),
	    cmocka_unit_test(test_holds),
	    cmocka_unit_test(test_release_while_told),
	    cmocka_unit_test(test_registry),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
