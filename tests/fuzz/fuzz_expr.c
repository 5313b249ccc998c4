/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"

#include "base/arena.h"
#include "base/diag.h"
#include "expr/expr.h"

/* Parses, checks and evaluates an expression over a few names, and writes what comes out and reads it back. */

static const struct field fields[] = {
    {"exit_code", &type_int, "the exit status"},
    {"stdout", &type_stream, "the standard output"},
    {0},
};

static const struct type type_result = {
    .kind = TYPE_OBJECT, .name = "the result of run", .fields = fields};

static const struct type *find_name(
    const struct type_scope *scope, struct str name, struct span span, struct diags *diags)
{
	(void)scope;
	if (str_is(name, "result"))
		return &type_result;
	if (str_is(name, "list"))
		return &type_list;
	if (str_is(name, "secret"))
		return &type_secret;
	if (str_is(name, "any") || str_is(name, "unknown"))
		return &type_dyn;
	diag_error(diags, "unknown-name", span, "there is no such name");
	return NULL;
}

static const struct value *get_name(const struct scope *scope, struct arena *arena, struct str name)
{
	static const uint32_t nodes[] = {3, 7};
	static const struct clip clip = {false, {"head", 4}, {"tail", 4}, 1000, {"00", 2}};
	static const struct secret_part part = {true, {"x", 1}};
	const struct value *items[2] = {NULL, NULL};
	const struct value **copy;
	struct map_builder map;

	(void)scope;
	if (str_is(name, "result")) {
		map_begin(&map, arena);
		map_add(&map, "exit_code", value_int(arena, 1));
		map_add(&map, "stdout", value_stream(arena, (struct str){0}, &clip));
		return map_end(&map);
	}
	if (str_is(name, "list") || str_is(name, "any")) {
		items[0] = value_int(arena, -1);
		items[1] = value_string(arena, STR("a\xC3\xA9\xFF b"));
		copy = arena_array(arena, 2, sizeof(*copy));
		copy[0] = items[0];
		copy[1] = items[1];
		return value_list(arena, copy, 2);
	}
	if (str_is(name, "secret"))
		return value_secret(arena, &part, 1);
	if (str_is(name, "unknown"))
		return value_unknown(arena, nodes, 2);
	return NULL;
}

static void ignore(void *self, const struct str *path, size_t count, struct span span)
{
	(void)self;
	(void)path;
	(void)count;
	(void)span;
}

static void write_and_read(struct arena *arena, const struct value *value)
{
	struct str error;
	struct json json;
	struct buf buf;

	buf_init(&buf, BUF_UNBOUNDED);
	json_init(&json, &buf);
	value_to_json(&json, value);
	value_from_json(arena, buf_view(&buf), &error);
	buf_done(&buf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct type_scope types = {find_name, NULL};
	const struct scope scope = {get_name, NULL};
	struct arena *arena = arena_new();
	struct str bytes = {(const char *)data, size};
	struct source *source = source_new("fuzz", bytes);
	const struct text text = {
	    {source->bytes, source->len}, {source, 0, (uint32_t)source->len}, NULL};
	struct diags diags;
	struct expr *expr;
	size_t end;

	diags_init(&diags);
	expr_parse_embedded(arena, &text, 0, &end, &diags);
	expr = expr_parse(arena, &text, 0, size, &diags);
	if (expr) {
		expr_visit_names(expr, ignore, NULL);
		write_and_read(arena, expr_eval(expr, &scope, arena));
		expr_check(expr, &types, arena, &diags);
		write_and_read(arena, expr_eval(expr, &scope, arena));
	}
	diags_done(&diags);
	source_free(source);
	arena_free(arena);
	return 0;
}
