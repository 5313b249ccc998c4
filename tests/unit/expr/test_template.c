/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/buf.h"
#include "expr/template.h"

/* The template of the value under "k" of a YAML text, with all it stands on. */
struct fixture {
	struct source *source;
	struct arena *arena;
	struct diags diags;
	struct template *template;
};

static struct fixture load(const char *yaml, unsigned flags)
{
	struct fixture fixture = {
	    .source = source_new("t.yaml", str_from(yaml)), .arena = arena_new()};
	const struct node *root;

	diags_init(&fixture.diags);
	root = tree_parse(fixture.arena, fixture.source, &fixture.diags);
	assert_non_null(root);
	assert_int_equal(fixture.diags.count, 0);
	fixture.template = template_parse(
	    fixture.arena, node_get(root, STR("k")), flags, &fixture.diags);
	return fixture;
}

static void drop(struct fixture *fixture)
{
	diags_done(&fixture->diags);
	arena_free(fixture->arena);
	source_free(fixture->source);
}

/* What the names in these tests mean. */
static const struct value *get_name(const struct scope *scope, struct arena *arena, struct str name)
{
	static const uint32_t first[] = {3, 7};
	static const uint32_t second[] = {1, 7};
	static const struct clip cut = {.head = {"a", 1}, .tail = {"z", 1}, .size = 99};
	const struct value *items[2];
	struct secret_part *part;
	struct map_builder builder;

	(void)scope;
	if (str_is(name, "n"))
		return value_int(arena, 30);
	if (str_is(name, "s"))
		return value_string(arena, STR("a b"));
	if (str_is(name, "wait"))
		return value_duration_us(arena, 90000000);
	if (str_is(name, "u") || str_is(name, "v"))
		return value_unknown(arena, str_is(name, "u") ? first : second, 2);
	if (str_is(name, "cut"))
		return value_stream(arena, STR("a...z"), &cut);
	if (str_is(name, "words")) {
		items[0] = value_string(arena, STR("docker"));
		items[1] = value_int(arena, 2);
		return value_list(
		    arena, memcpy(arena_alloc(arena, sizeof(items)), items, sizeof(items)), 2);
	}
	if (str_is(name, "secrets")) {
		part = arena_alloc(arena, sizeof(*part));
		*part = (struct secret_part){true, STR("pw")};
		map_begin(&builder, arena);
		map_add(&builder, "pw", value_secret(arena, part, 1));
		return map_end(&builder);
	}
	return NULL;
}

static const struct scope scope = {.get = get_name};

/* Evaluates and compares with JSON in the record's form. */
static void assert_gives(const char *yaml, unsigned flags, const char *json_text)
{
	struct fixture fixture = load(yaml, flags);
	struct buf buf;
	struct json json;

	if (!fixture.template)
		fail_msg("%s%.*s", yaml, STR_ARG(fixture.diags.items[0].message));
	buf_init(&buf, BUF_UNBOUNDED);
	json_init(&json, &buf);
	value_to_json(&json, template_eval(fixture.template, &scope, fixture.arena));
	if (!str_is(buf_view(&buf), json_text))
		fail_msg("%sgave   %.*s\nwanted %s", yaml, STR_ARG(buf_view(&buf)), json_text);
	buf_done(&buf);
	drop(&fixture);
}

enum { ARGV = TEMPLATE_RAW | TEMPLATE_SPLICE };

static void test_constants(void **state)
{
	(void)state;
	assert_gives("k: 12\n", 0, "12");
	assert_gives("k: 1.0\n", 0, "1.0");
	assert_gives("k: true\n", 0, "true");
	assert_gives("k: yes\n", 0, "\"yes\"");
	assert_gives("k: ~\n", 0, "null");
	assert_gives("k:\n", 0, "null");
	assert_gives("k: '12'\n", 0, "\"12\"");
	assert_gives("k: 4.10\n", TEMPLATE_RAW, "\"4.10\"");
	assert_gives("k: [sleep, 30, ~]\n", ARGV, "[\"sleep\",\"30\",\"~\"]");
	assert_gives("k: {a: 1, b: [x, 2]}\n", 0, "{\"a\":1,\"b\":[\"x\",2]}");
	assert_gives("k: []\n", 0, "[]");
}

static void test_whole_keeps_type(void **state)
{
	(void)state;
	assert_gives("k: ${{ n }}\n", 0, "30");
	assert_gives("k: \"${{ n + 1 }}\"\n", 0, "31");
	assert_gives("k: ${{ words }}\n", 0, "[\"docker\",2]");
	assert_gives("k: ${{ wait }}\n", TEMPLATE_RAW, "{\"$duration\":\"90s\"}");
	assert_gives("k: {a: \"${{ n }}\"}\n", 0, "{\"a\":30}");
	assert_gives("k: [\"${{ words }}\"]\n", 0, "[[\"docker\",2]]");
}

static void test_text(void **state)
{
	(void)state;
	assert_gives("k: a${{ n }}b\n", 0, "\"a30b\"");
	assert_gives("k: ${{ n }}${{ s }}\n", 0, "\"30a b\"");
	assert_gives("k: \" ${{ n }}\"\n", 0, "\" 30\"");
	assert_gives("k: in ${{ wait }}\n", 0, "\"in 90s\"");
	assert_gives("k: \"${{ '}}' + \\\"{\\\" }}!\"\n", 0, "\"}}{!\"");
	assert_gives("k: |\n  a ${{ n }}\n  b\n", 0, "\"a 30\\nb\\n\"");
}

static void test_escape(void **state)
{
	(void)state;
	assert_gives("k: $${{ n }}\n", 0, "\"${{ n }}\"");
	assert_gives("k: a $${{ n }} ${{ n }}\n", 0, "\"a ${{ n }} 30\"");
	assert_gives("k: $$${{\n", 0, "\"$${{\"");
	assert_gives("k: ${{ n }}$${{ n }}\n", 0, "\"30${{ n }}\"");
	assert_gives("k: $ {{ ${ $$\n", 0, "\"$ {{ ${ $$\"");
}

static void test_argv(void **state)
{
	(void)state;
	assert_gives(
	    "k: [\"${{ words }}\", up, \"${{ n }}\"]\n", ARGV, "[\"docker\",\"2\",\"up\",\"30\"]");
	assert_gives("k: [\"${{ wait }}\", \"x${{ n }}\"]\n", ARGV, "[\"90s\",\"x30\"]");
	assert_gives("k: [a, [b, [c]]]\n", ARGV, "[\"a\",\"b\",\"c\"]");
	assert_gives("k: [\"${{ [true, 1.5] }}\"]\n", ARGV, "[\"true\",\"1.5\"]");
	assert_gives("k: [\"${{ [] }}\"]\n", ARGV, "[]");
}

static void test_secrets(void **state)
{
	(void)state;
	assert_gives(
	    "k: ${{ secrets.pw }}\n", TEMPLATE_SECRETS, "{\"$secret\":\"${{ secrets.pw }}\"}");
	assert_gives("k: u:${{ secrets.pw }}@${{ n }}\n", TEMPLATE_SECRETS,
	    "{\"$secret\":\"u:${{ secrets.pw }}@30\"}");
}

static void test_unknowns_merge(void **state)
{
	(void)state;
	assert_gives("k: ${{ u }}\n", 0, "{\"$unknown\":[3,7]}");
	assert_gives("k: a${{ u }}${{ v }}\n", 0, "{\"$unknown\":[1,3,7]}");
	assert_gives("k: {a: \"${{ u }}\", b: [\"${{ v }}\", 1]}\n", 0, "{\"$unknown\":[1,3,7]}");
	assert_gives("k: [\"${{ v }}\", a]\n", ARGV, "{\"$unknown\":[1,7]}");
}

/* The error's message and the bytes of the source it points at. */
static void assert_fails(const char *yaml, unsigned flags, const char *message, const char *at)
{
	struct fixture fixture = load(yaml, flags);
	struct span span = {0};
	const struct value *value;

	assert_non_null(fixture.template);
	value = template_eval_at(fixture.template, &scope, fixture.arena, &span);
	assert_int_equal(value->type, VALUE_ERROR);
	if (str_find(value->error.message, str_from(message)) < 0)
		fail_msg("%s%.*s", yaml, STR_ARG(value->error.message));
	if (!str_is(span_text(span), at))
		fail_msg("%sat \"%.*s\"", yaml, STR_ARG(span_text(span)));
	drop(&fixture);
}

static void test_errors_have_places(void **state)
{
	(void)state;
	assert_fails("k: a ${{ 1 / 0 }}\n", 0, "zero", "1 / 0");
	assert_fails("k: a ${{ words }}\n", 0, "cannot stand in a text", "words");
	assert_fails("k: a ${{ null }}\n", 0, "null", "null");
	assert_fails("k: a ${{ cut }}\n", 0, "too long", "cut");
	assert_fails("k: {a: 1, b: [\"${{ u }}\", \"${{ 1 / 0 }}\"]}\n", 0, "zero", "1 / 0");
	assert_fails("k: [\"${{ [[1]] }}\"]\n", ARGV, "an argument", "\"${{ [[1]] }}\"");
	assert_fails("k: [\"a\\n${{ 1 / 0 }}\"]\n", ARGV, "zero", "1 / 0");
}

static void assert_refused(const char *yaml, unsigned flags, const char *code, const char *at)
{
	struct fixture fixture = load(yaml, flags);

	assert_int_equal(fixture.diags.count, 1);
	assert_int_equal(fixture.diags.errors, 1);
	assert_string_equal(fixture.diags.items[0].code, code);
	if (at && !str_is(span_text(fixture.diags.items[0].span), at))
		fail_msg("%sat \"%.*s\"", yaml, STR_ARG(span_text(fixture.diags.items[0].span)));
	drop(&fixture);
}

static void test_refusals(void **state)
{
	(void)state;
	assert_refused("k: a ${{ secrets.pw }}\n", 0, "secret-here", "secrets.pw");
	assert_refused(
	    "k: [x, \"\\t${{ 'a' + secrets.pw }}\"]\n", ARGV, "secret-here", "secrets.pw");
	assert_refused("k: 9223372036854775808\n", 0, "wrong-type", "9223372036854775808");
	assert_refused("k: [a, {b: 1}]\n", ARGV, "wrong-type", "{b: 1}");
	assert_refused("k: [a, ~]\n", TEMPLATE_SPLICE, "wrong-type", "~");
}

/* Every mistake is reported, not the first alone. */
static void test_all_mistakes(void **state)
{
	struct fixture fixture = load(
	    "k: {a: \"${{ secrets.a }}\", b: [\"${{ secrets.b }}\", 99999999999999999999]}\n", 0);

	(void)state;
	assert_null(fixture.template);
	assert_int_equal(fixture.diags.errors, 3);
	drop(&fixture);
}

static void test_unclosed(void **state)
{
	struct fixture fixture = load("k: a ${{ n\n", 0);

	(void)state;
	assert_true(fixture.diags.errors > 0);
	drop(&fixture);
}

static void assert_shows(const char *yaml, unsigned flags, const char *wanted)
{
	struct fixture fixture = load(yaml, flags);
	struct buf buf;

	assert_non_null(fixture.template);
	buf_init(&buf, BUF_UNBOUNDED);
	template_show(fixture.template, &buf);
	if (!str_is(buf_view(&buf), wanted))
		fail_msg("got %.*s, wanted %s", STR_ARG(buf_view(&buf)), wanted);
	buf_done(&buf);
	drop(&fixture);
}

static void test_show(void **state)
{
	(void)state;
	assert_shows("k: a ${{ n }} b\n", 0, "a ${{ n }} b");
	assert_shows("k: |\n  a\n  b\n", 0, "a\\nb");
	assert_shows("k: \"\\e[31m\"\n", 0, "\\x1b[31m");
	assert_shows(
	    "k: [\"${{ words }}\", restart, a b, it's, '', \"${{ n }}/x\", \"${{ n }} x\"]\n", ARGV,
	    "${{ words }} restart 'a b' 'it'\\''s' '' ${{ n }}/x '${{ n }} x'");
	assert_shows("k: {a: 1, b: [x, 'y'], c: {}}\n", 0, "{a: 1, b: [x, y], c: {}}");
}

static const struct type *find_name(
    const struct type_scope *types, struct str name, struct span span, struct diags *diags)
{
	(void)types;
	if (str_is(name, "n"))
		return &type_int;
	if (str_is(name, "words"))
		return &type_list;
	if (str_is(name, "secrets"))
		return &type_secret;
	diag_error(diags, "unknown-name", span, "unknown");
	return NULL;
}

static const struct type_scope types = {find_name, NULL};

static void assert_type(const char *yaml, unsigned flags, const char *noun, size_t errors)
{
	struct fixture fixture = load(yaml, flags);
	const struct type *type;

	assert_non_null(fixture.template);
	type = template_check(fixture.template, &types, fixture.arena, &fixture.diags);
	assert_string_equal(type_noun(type), noun);
	assert_int_equal(fixture.diags.errors, errors);
	drop(&fixture);
}

static void test_check(void **state)
{
	(void)state;
	assert_type("k: 1\n", 0, "int", 0);
	assert_type("k: ${{ n }}\n", 0, "int", 0);
	assert_type("k: a ${{ n }}\n", 0, "string", 0);
	assert_type("k: [1, \"${{ n }}\"]\n", 0, "list of int", 0);
	assert_type("k: [1, x]\n", 0, "list", 0);
	assert_type("k: {a: \"${{ n }}\", b: 2}\n", 0, "map of int", 0);
	assert_type("k: [\"${{ words }}\", \"${{ n }}\"]\n", ARGV, "list of string", 0);
	assert_type("k: a ${{ words }}\n", 0, "string", 1);
	assert_type("k: [\"${{ {'a': 1} }}\", \"x${{ nope }}\"]\n", ARGV, "list of string", 2);
	assert_type("k: x${{ secrets }}\n", TEMPLATE_SECRETS, "secret", 0);
}

static void note(void *self, const struct str *path, size_t count, struct span span)
{
	(void)count;
	(void)span;
	buf_str(self, path[0]);
	buf_byte(self, ' ');
}

static void test_parts(void **state)
{
	struct fixture fixture = load(
	    "k: {a: \"${{ n }}\", b: [\"x${{ s }}${{ u }}\"], c: 3}\n", 0);
	struct template_entry entries[] = {{STR("x"), NULL}, {STR("y"), NULL}, {STR("z"), NULL}};
	struct template *items[2] = {NULL, NULL};
	struct template *both;
	struct buf names;

	(void)state;
	assert_null(template_value(fixture.template));
	assert_int_equal(template_value(template_get(fixture.template, STR("c")))->integer, 3);
	assert_null(template_get(fixture.template, STR("d")));
	assert_true(str_is(
	    span_text(template_span(template_get(fixture.template, STR("a")))), "\"${{ n }}\""));
	buf_init(&names, BUF_UNBOUNDED);
	template_visit_names(fixture.template, note, &names);
	assert_true(str_is(buf_view(&names), "n s u "));
	buf_done(&names);
	entries[0].value = template_constant(fixture.arena, value_bool(true));
	entries[2].value = fixture.template;
	both = template_map(fixture.arena, entries, 3, (struct span){0});
	assert_null(template_value(both));
	assert_null(template_get(both, STR("y")));
	assert_ptr_equal(template_get(both, STR("z")), fixture.template);
	items[1] = entries[0].value;
	assert_int_equal(
	    template_value(template_list(fixture.arena, items, 2, (struct span){0}))->list.count,
	    1);
	drop(&fixture);
}

static void test_constant_map(void **state)
{
	struct arena *arena = arena_new();
	struct map_builder builder;
	struct template *template;

	(void)state;
	map_begin(&builder, arena);
	map_add(&builder, "host", value_string(arena, STR("h")));
	template = template_constant(arena, map_end(&builder));
	assert_true(str_is(value_text(template_value(template_get(template, STR("host")))), "h"));
	assert_ptr_equal(template_eval(template, &scope, arena), template_value(template));
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_constants),
	    cmocka_unit_test(test_whole_keeps_type),
	    cmocka_unit_test(test_text),
	    cmocka_unit_test(test_escape),
	    cmocka_unit_test(test_argv),
	    cmocka_unit_test(test_secrets),
	    cmocka_unit_test(test_unknowns_merge),
	    cmocka_unit_test(test_errors_have_places),
	    cmocka_unit_test(test_refusals),
	    cmocka_unit_test(test_all_mistakes),
	    cmocka_unit_test(test_unclosed),
	    cmocka_unit_test(test_show),
	    cmocka_unit_test(test_check),
	    cmocka_unit_test(test_parts),
	    cmocka_unit_test(test_constant_map),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
