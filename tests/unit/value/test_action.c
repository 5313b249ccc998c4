/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "value/action.h"

static const struct param params[] = {
    {.name = "path", .kind = PARAM_PATH, .flags = PARAM_REQUIRED | PARAM_PRINCIPAL},
    {.name = "follow", .kind = PARAM_BOOL, .preset = "true"},
    {.name = NULL},
};
static const struct action_spec stat_spec = {.name = "file.stat", .params = params};
static const struct action_spec bare_spec = {.name = "file"};
static const struct connection_spec redis_spec = {.kind = "redis"};
static const struct action_spec *const actions[] = {&bare_spec, &stat_spec, NULL};
static const struct connection_spec *const connections[] = {&redis_spec, NULL};
static const struct connection_spec slack_spec = {.kind = "slack"};
static const struct connection_spec *const channels[] = {&slack_spec, NULL};
static const struct vocabulary vocabulary = {actions, connections, channels};

static void test_look_ups(void **state)
{
	(void)state;
	assert_ptr_equal(vocabulary_action(&vocabulary, STR("file.stat")), &stat_spec);
	assert_ptr_equal(vocabulary_action(&vocabulary, STR("file")), &bare_spec);
	assert_null(vocabulary_action(&vocabulary, STR("file.sta")));
	assert_null(vocabulary_action(&vocabulary, STR("")));
	assert_ptr_equal(vocabulary_connection(&vocabulary, STR("redis")), &redis_spec);
	assert_null(vocabulary_connection(&vocabulary, STR("postgres")));
	assert_null(vocabulary_connection(&vocabulary, STR("slack")));
	assert_ptr_equal(vocabulary_channel(&vocabulary, STR("slack")), &slack_spec);
	assert_null(vocabulary_channel(&vocabulary, STR("redis")));
	assert_ptr_equal(action_param(&stat_spec, STR("follow")), &params[1]);
	assert_null(action_param(&stat_spec, STR("follo")));
	assert_null(action_param(&bare_spec, STR("path")));
}

static void test_empty_vocabulary(void **state)
{
	static const struct vocabulary nothing = {NULL, NULL, NULL};

	(void)state;
	assert_null(vocabulary_action(&nothing, STR("run")));
	assert_null(vocabulary_connection(&nothing, STR("redis")));
}

static void test_class_names(void **state)
{
	(void)state;
	assert_string_equal(effect_class_name(EFFECT_READ), "read");
	assert_string_equal(effect_class_name(EFFECT_CHANGE), "change");
	assert_string_equal(effect_class_name(EFFECT_DESTROY), "destroy");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_look_ups),
	    cmocka_unit_test(test_empty_vocabulary),
	    cmocka_unit_test(test_class_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
