/* SPDX-License-Identifier: Apache-2.0 */
#include "probe.h"

#include "stdlib/registry.h"

/* system.wait and system.log. What a person sees of them is held in tests/cli/cases/pauses.txt. */

static struct loop *loop;

static void waits_as_long_as_it_is_told(void **state)
{
	struct probe *probe = probe_begin(
	    loop, &system_wait, 0, "{\"for\":{\"$duration\":\"0.02s\"},\"reason\":\"a test\"}");

	(void)state;
	assert_false(probe->finished);
	probe_wait(probe);
	probe_expect_ok(probe);
	assert_true(value_us(probe_get(probe, "waited")) >= 20000);
	probe_free(probe);
}

static void can_be_ended(void **state)
{
	struct probe *probe = probe_begin(
	    loop, &system_wait, 0, "{\"for\":{\"$duration\":\"3600s\"},\"reason\":\"a test\"}");

	(void)state;
	uv_run(&loop->uv, UV_RUN_NOWAIT);
	assert_false(probe->finished);
	probe_cancel(probe);
	assert_true(probe->released);
	assert_false(probe->attempt.result.ok);
	assert_true(str_starts(probe->attempt.result.why, STR("the pause ended after ")));
	assert_true(str_ends(probe->attempt.result.why, STR(" of 1h")));
	assert_true(value_us(probe_get(probe, "waited")) < INT64_C(3600000000));
	probe_free(probe);
}

/* What a plan counts with, and after what time an executor ends it: a little more than the pause itself. */
static void knows_its_limit(void **state)
{
	static const struct {
		const char *args;
		int64_t limit_us;
	} cases[] = {
	    {"{\"for\":{\"$duration\":\"30s\"}}", 31000000},
	    {"{\"for\":{\"$duration\":\"86400s\"}}", INT64_C(86401000000)},
	    {"{\"for\":{\"$duration\":\"90000s\"}}", INT64_C(86401000000)},
	    {"{\"for\":\"30s\"}", INT64_C(86401000000)},
	    {"{}", INT64_C(86401000000)},
	};
	struct arena *arena = arena_new();
	struct str error;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_int_equal(action_limit_us(&system_wait_spec,
				     value_from_json(arena, str_from(cases[i].args), &error)),
		    cases[i].limit_us);
	assert_int_equal(action_limit_us(&system_wait_spec, NULL), system_wait_spec.timeout_us);
	assert_int_equal(action_limit_us(&net_tcp_spec, NULL), net_tcp_spec.timeout_us);
	arena_free(arena);
}

static void refuses_what_makes_no_sense(void **state)
{
	static const struct {
		const struct action_impl *impl;
		const char *args;
		const char *words;
	} cases[] = {
	    {&system_wait, "{\"for\":{\"$duration\":\"1s\"},\"reason\":\" \"}", "reason is empty"},
	    {&system_wait, "{\"for\":{\"$duration\":\"86401s\"},\"reason\":\"x\"}",
		"more than 24h"},
	    {&system_wait, "{\"for\":{\"$duration\":\"-1s\"},\"reason\":\"x\"}", "not be negative"},
	    {&system_log, "{\"message\":7}", "message must be text, not int"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct probe *probe = probe_run(loop, cases[i].impl, 0, "%s", cases[i].args);

		probe_expect_error(probe, cases[i].words);
		probe_free(probe);
	}
}

static void logs_and_succeeds(void **state)
{
	struct probe *probe = probe_begin(
	    loop, &system_log, 0, "{\"message\":\"a word\",\"level\":\"error\"}");

	(void)state;
	assert_true(probe->finished);
	probe_expect_ok(probe);
	probe_free(probe);
}

static int begin(void **state)
{
	(void)state;
	loop = loop_new();
	return 0;
}

static int finish(void **state)
{
	(void)state;
	loop_free(loop);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(waits_as_long_as_it_is_told),
	    cmocka_unit_test(can_be_ended),
	    cmocka_unit_test(knows_its_limit),
	    cmocka_unit_test(refuses_what_makes_no_sense),
	    cmocka_unit_test(logs_and_succeeds),
	};

	return cmocka_run_group_tests(tests, begin, finish);
}
