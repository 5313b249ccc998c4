/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"

#include <assert.h>

#include "base/arena.h"
#include "base/diag.h"
#include "expr/expr.h"
#include "expr/func.h"

/*
 * Parses, checks and evaluates an expression over a few names, and writes what comes out and reads it back. The value
 * is the same before the checker folded constants and after it, and of the type that the checker found.
 */

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

/* What is written takes longer than what is evaluated. */
enum { WRITTEN_MAX = 1 << 20 };

static struct str json_of(struct arena *arena, const struct value *value)
{
	struct json json;
	struct str text;
	struct buf buf;

	buf_init(&buf, BUF_UNBOUNDED);
	json_init(&json, &buf);
	value_to_json(&json, value);
	text = arena_str(arena, buf_view(&buf));
	buf_done(&buf);
	return text;
}

/* Folded constants take less work, so what was too much may be no more. */
static bool is_exhausted(const struct value *value)
{
	return value->type == VALUE_ERROR &&
	    (str_find(value->error.message, STR("too much")) >= 0 ||
		str_find(value->error.message, STR("too many steps")) >= 0 ||
		str_find(value->error.message, STR("too large")) >= 0);
}

static bool is_of(const struct value *value, const struct type *type)
{
	if (value->type == VALUE_ERROR || value->type == VALUE_UNKNOWN ||
	    value->type == VALUE_SECRET)
		return true;
	if (!(takes_value(value) & takes_type(type)))
		return false;
	if (value->type == VALUE_LIST && type->of)
		for (size_t i = 0; i < value->list.count; i++)
			if (!is_of(value->list.items[i], type->of))
				return false;
	if (value->type == VALUE_MAP && type->of)
		for (size_t i = 0; i < value->map.count; i++)
			if (!is_of(value->map.entries[i].value, type->of))
				return false;
	return true;
}

static void evaluate(
    struct arena *arena, struct expr *expr, const struct type_scope *types, struct diags *diags)
{
	const struct scope scope = {.get = get_name};
	const struct value *before = expr_eval(expr, &scope, arena);
	size_t errors = diags->errors;
	const struct type *type = expr_check(expr, types, arena, diags);
	const struct value *after = expr_eval(expr, &scope, arena);
	struct str error;
	struct str json;

	if (value_weight(before) > WRITTEN_MAX || value_weight(after) > WRITTEN_MAX)
		return;
	json = json_of(arena, after);
	value_from_json(arena, json, &error);
	if (!is_exhausted(before) && !is_exhausted(after))
		assert(str_eq(json, json_of(arena, before)));
	if (diags->errors == errors)
		assert(is_of(after, type));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct type_scope types = {find_name, NULL};
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
		evaluate(arena, expr, &types, &diags);
	}
	diags_done(&diags);
	source_free(source);
	arena_free(arena);
	return 0;
}
