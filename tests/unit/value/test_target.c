/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "value/target.h"

static void check(struct arena *arena, struct str found, const char *wanted)
{
	assert_string_equal(arena_cstr(arena, found), wanted);
}

/* A target as a record has it, and what is said of it: whole, behind an action, and by its machine alone. */
static void said(const char *json, const char *text, const char *place, const char *machine)
{
	struct arena *arena = arena_new();
	struct str error;
	const struct value *target = value_from_json(arena, str_from(json), &error);

	assert_non_null(target);
	check(arena, target_text(arena, target), text);
	check(arena, target_place(arena, target), place);
	check(arena, target_short(arena, target), machine);
	arena_free(arena);
}

static void test_said(void **state)
{
	(void)state;
	said("null", "here", "at here", "here");
	said("{\"ssh\":{\"host\":\"db1\"}}", "db1", "at db1", "db1");
	said("{\"name\":\"db\",\"ssh\":{\"host\":\"db1\",\"user\":\"deploy\",\"port\":2222},"
	     "\"become\":\"root\","
	     "\"docker\":{\"container\":\"app-1\",\"user\":\"www\"}}",
	    "deploy@db1:2222, as root, in the container app-1 as www",
	    "at deploy@db1:2222, as root, in the container app-1 as www",
	    "app-1 as www at deploy@db1:2222 as root");
	said(
	    "{\"ssh\":{\"host\":\"db1\",\"jump\":\"bastion\",\"identity\":\"keys/id\",\"options\":{"
	    "\"ConnectTimeout\":\"5\",\"ProxyCommand\":\"nc %h\"}}}",
	    "db1 through bastion with the key keys/id (ConnectTimeout=5 ProxyCommand=nc %h)",
	    "at db1 through bastion with the key keys/id (ConnectTimeout=5 ProxyCommand=nc %h)",
	    "db1");
	said("{\"become\":\"postgres\"}", "as postgres", "as postgres", "here as postgres");
	said("{\"podman\":{\"container\":\"box\"}}", "in the container box", "in the container box",
	    "box");
	said("{\"kubernetes\":{\"pod\":\"web-0\",\"container\":\"web\",\"namespace\":\"shop\","
	     "\"context\":\"prod\"}}",
	    "in the container web of the pod web-0, namespace shop, context prod",
	    "in the container web of the pod web-0, namespace shop, context prod", "web-0");
	said("{\"kubernetes\":{\"selector\":\"app=web\"}}", "in a pod of app=web",
	    "in a pod of app=web", "app=web");
	said("[null,{\"ssh\":{\"host\":\"db1\"}},{\"docker\":{\"container\":\"app\"}}]",
	    "here | db1 | in the container app", "at here | db1 | in the container app",
	    "here | db1 | app");
}

static void test_of(void **state)
{
	struct arena *arena = arena_new();
	struct str error;
	const struct value *args = value_from_json(
	    arena, STR("{\"argv\":[\"ls\"],\"target\":{\"ssh\":{\"host\":\"a\"}}}"), &error);

	(void)state;
	check(arena, target_short(arena, target_of(args)), "a");
	args = value_from_json(
	    arena, STR("{\"stages\":[[\"ls\"]],\"targets\":[{\"ssh\":{\"host\":\"b\"}}]}"), &error);
	check(arena, target_short(arena, target_of(args)), "b");
	args = value_from_json(arena, STR("{\"argv\":[\"ls\"],\"target\":null}"), &error);
	assert_null(target_of(args));
	assert_null(target_of(NULL));
	arena_free(arena);
}

static void test_words(void **state)
{
	static const char *const good[] = {
	    "db1", "10.0.0.1", "::1", "a-b", "root", "~/.ssh/id", "é"};
	static const char *const bad[] = {"", "-oProxyCommand=x", "-", "a b", "a\tb", "a\n", " a"};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		assert_null(target_word_wrong(str_from(good[i])));
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_non_null(target_word_wrong(str_from(bad[i])));
	assert_true(target_option_name(STR("ConnectTimeout")));
	assert_false(target_option_name(STR("")));
	assert_false(target_option_name(STR("Proxy Command")));
	assert_false(target_option_name(STR("-o")));
	assert_false(target_option_name(STR("5G")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_said),
	    cmocka_unit_test(test_of),
	    cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
