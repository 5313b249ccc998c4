/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "base/json.h"
#include "run/placing.h"

static const struct param params[] = {
    {.name = "argv", .kind = PARAM_LIST},
    {.name = "cwd", .kind = PARAM_PATH},
    {.name = "path", .kind = PARAM_PATH},
    {.name = "target", .kind = PARAM_MAP},
    {.name = "targets", .kind = PARAM_LIST},
    {0},
};

static const struct action_spec spec = {.name = "fake", .params = params};

static void check(const char *args, const char *wanted)
{
	struct arena *arena = arena_new();
	struct str error;
	const struct value *given = value_from_json(arena, str_from(args), &error);
	struct json json;
	struct buf out;

	assert_non_null(given);
	buf_init(&out, BUF_UNBOUNDED);
	json_init(&json, &out);
	value_to_json(&json, args_placed(arena, &spec, given, "/books"));
	assert_string_equal(arena_cstr(arena, buf_view(&out)), wanted);
	buf_done(&out);
	arena_free(arena);
}

static void test_here(void **state)
{
	(void)state;
	check("{\"cwd\":\"srv\",\"path\":\"a/b\"}",
	    "{\"cwd\":\"/books/srv\",\"path\":\"/books/a/b\"}");
	check("{\"cwd\":\"/srv\",\"path\":\"\"}", "{\"cwd\":\"/srv\",\"path\":\"\"}");
	check("{\"cwd\":\"srv\",\"target\":null}", "{\"cwd\":\"/books/srv\",\"target\":null}");
}

/* A folder there is the other machine's affair; the key that leads to it is ours. */
static void test_there(void **state)
{
	(void)state;
	setenv("HOME", "/home/me", 1);
	check("{\"cwd\":\"srv\",\"path\":\"x\",\"target\":{\"ssh\":{\"host\":\"db1\",\"identity\":"
	      "\"keys/id\"},"
	      "\"become\":\"root\"}}",
	    "{\"cwd\":\"srv\",\"path\":\"/books/"
	    "x\",\"target\":{\"ssh\":{\"host\":\"db1\",\"identity\":"
	    "\"/books/keys/id\"},\"become\":\"root\"}}");
	check("{\"target\":{\"ssh\":{\"identity\":\"~/.ssh/id\"}}}",
	    "{\"target\":{\"ssh\":{\"identity\":\"/home/me/.ssh/id\"}}}");
	check("{\"target\":{\"ssh\":{\"identity\":\"/etc/id\",\"options\":{\"x\":\"a/b\"}}}}",
	    "{\"target\":{\"ssh\":{\"identity\":\"/etc/id\",\"options\":{\"x\":\"a/b\"}}}}");
}

static void test_stages(void **state)
{
	(void)state;
	check("{\"cwd\":\"srv\",\"targets\":[null,{\"ssh\":{\"host\":\"a\",\"identity\":\"id\"}}]}",
	    "{\"cwd\":\"srv\",\"targets\":[null,{\"ssh\":{\"host\":\"a\",\"identity\":\"/books/"
	    "id\"}}]}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_here),
	    cmocka_unit_test(test_there),
	    cmocka_unit_test(test_stages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
