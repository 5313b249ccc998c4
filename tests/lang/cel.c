/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs cases of CEL's conformance suite: one JSON object a line, in the file named by REPRISE_CEL_CASES, else in
 * ../shared/cases/cel.jsonl beside the project. Without that file it says so and counts as skipped (77). What we do
 * otherwise on purpose is listed in cel-departures.txt with its reason; a departure that does not happen is a failure
 * too. Every case is evaluated unchecked, as CEL allows; then the checker may not reject what gives a value, but for
 * what the list names.
 */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/diag.h"
#include "expr/expr.h"
#include "value/value_time.h"

enum { SKIPPED = 77 };

struct tally {
	size_t run;
	size_t passed;
	size_t departed;
	size_t failed;
};

struct bindings {
	struct arena *arena;
	json_t *names;
};

static struct str text_of(const json_t *json)
{
	return (struct str){json_string_value(json), json_string_length(json)};
}

static const struct value *typed(struct arena *arena, json_t *json);

static const struct value *typed_list(struct arena *arena, json_t *json)
{
	size_t count = json_array_size(json);
	const struct value **items = arena_array(arena, count, sizeof(*items));

	for (size_t i = 0; i < count; i++)
		items[i] = typed(arena, json_array_get(json, i));
	return value_list(arena, items, count);
}

static const struct value *typed_map(struct arena *arena, json_t *json)
{
	size_t count = json_array_size(json);
	struct value_entry *entries = arena_array(arena, count, sizeof(*entries));

	for (size_t i = 0; i < count; i++) {
		json_t *pair = json_array_get(json, i);

		entries[i].key = typed(arena, json_array_get(pair, 0));
		entries[i].value = typed(arena, json_array_get(pair, 1));
	}
	return value_map(arena, entries, count);
}

static const struct value *typed_time(struct arena *arena, struct str text, bool is_duration)
{
	int64_t seconds = 0;
	int32_t nanos = 0;

	if (is_duration ? !duration_parse(text, &seconds, &nanos)
			: !time_parse(text, &seconds, &nanos))
		return NULL;
	return is_duration ? value_duration(arena, seconds, nanos)
			   : value_timestamp(arena, seconds, nanos);
}

/* {"int": "12"} and its like; NULL for what the subset does not have. */
static const struct value *typed(struct arena *arena, json_t *json)
{
	void *it = json_object_iter(json);
	const char *type = it ? json_object_iter_key(it) : "";
	json_t *content = it ? json_object_iter_value(it) : NULL;
	struct str text = arena_str(arena, text_of(content));

	if (strcmp(type, "null") == 0)
		return value_null();
	if (strcmp(type, "bool") == 0)
		return value_bool(json_is_true(content));
	if (strcmp(type, "int") == 0)
		return value_int(arena, strtoll(text.ptr, NULL, 10));
	if (strcmp(type, "double") == 0)
		return value_double(arena,
		    json_is_number(content) ? json_number_value(content) : strtod(text.ptr, NULL));
	if (strcmp(type, "string") == 0)
		return value_string(arena, text);
	if (strcmp(type, "list") == 0)
		return typed_list(arena, content);
	if (strcmp(type, "map") == 0)
		return typed_map(arena, content);
	if (strcmp(type, "duration") == 0 || strcmp(type, "timestamp") == 0)
		return typed_time(arena, text, type[0] == 'd');
	if (strcmp(type, "type") == 0)
		return value_type(arena, text);
	return NULL;
}

/* Equal in type too, and down to the sign of a zero. */
static bool same(const struct value *a, const struct value *b)
{
	if (a->type != b->type)
		return false;
	switch (a->type) {
	case VALUE_DOUBLE:
		return (isnan(a->real) && isnan(b->real)) ||
		    memcmp(&a->real, &b->real, sizeof(a->real)) == 0;
	case VALUE_LIST:
		if (a->list.count != b->list.count)
			return false;
		for (size_t i = 0; i < a->list.count; i++)
			if (!same(a->list.items[i], b->list.items[i]))
				return false;
		return true;
	case VALUE_MAP:
		if (a->map.count != b->map.count)
			return false;
		for (size_t i = 0; i < a->map.count; i++) {
			const struct value *key = a->map.entries[i].key;
			const struct value *other = value_find(b, key);

			if (!other || !same(a->map.entries[i].value, other))
				return false;
		}
		return true;
	default:
		return value_equal(a, b);
	}
}

static const struct value *get_binding(
    const struct scope *scope, struct arena *arena, struct str name)
{
	const struct bindings *bindings = scope->self;
	json_t *json = json_object_getn(bindings->names, name.ptr, name.len);

	return json ? typed(arena, json) : NULL;
}

static const struct type *find_binding(
    const struct type_scope *scope, struct str name, struct span span, struct diags *diags)
{
	const struct bindings *bindings = scope->self;

	if (json_object_getn(bindings->names, name.ptr, name.len))
		return &type_dyn;
	diag_error(diags, "unknown-name", span, "there is no name \"%.*s\"", STR_ARG(name));
	return NULL;
}

static bool is_listed(const char *list, const char *label)
{
	char line[300];
	bool found = false;
	FILE *file = fopen(list, "r");

	while (file && !found && fgets(line, sizeof(line), file)) {
		size_t len = strlen(label);

		found = strncmp(line, label, len) == 0 && line[len] == ':';
	}
	if (file)
		fclose(file);
	return found;
}

/* What became of a case: NULL when it passed, else what went wrong. */
static struct str judge(struct arena *arena, json_t *json, bool *ret_rejected)
{
	struct str text = arena_str(arena, text_of(json_object_get(json, "expr")));
	struct bindings bindings = {arena, json_object_get(json, "bindings_typed")};
	json_t *expected = json_object_get(json, "expected");
	struct source *source = source_new("expr", text);
	const struct text whole = {text, {source, 0, (uint32_t)text.len}, NULL};
	const struct type_scope types = {find_binding, &bindings};
	const struct scope scope = {.get = get_binding, .self = &bindings};
	bool wants_error = json_is_true(json_object_get(expected, "error"));
	struct str verdict = {0};
	const struct value *value;
	const struct value *wanted;
	struct diags diags;
	struct expr *expr;
	struct buf shown;
	struct json out;

	diags_init(&diags);
	*ret_rejected = false;
	expr = expr_parse(arena, &whole, 0, text.len, &diags);
	value = expr ? expr_eval(expr, &scope, arena) : NULL;
	if (expr)
		expr_check(expr, &types, arena, &diags);
	*ret_rejected = expr && diags.errors && !wants_error;
	wanted = wants_error ? NULL : typed(arena, json_object_get(expected, "typed"));
	if (!wants_error && !wanted)
		verdict = STR("its expected value cannot be read");
	else if (wants_error && value && value->type != VALUE_ERROR)
		verdict = STR("gave a value instead of an error");
	else if (!wants_error && !value)
		verdict = arena_printf(
		    arena, "does not parse: %.*s", STR_ARG(diags.items[0].message));
	else if (!wants_error && !same(value, wanted)) {
		buf_init(&shown, BUF_UNBOUNDED);
		json_init(&out, &shown);
		value_to_json(&out, value);
		verdict = arena_printf(arena, "gave %.*s", STR_ARG(buf_view(&shown)));
		buf_done(&shown);
	}
	if (*ret_rejected && verdict.len == 0)
		verdict = arena_printf(
		    arena, "is rejected by the checker: %.*s", STR_ARG(diags.items[0].message));
	diags_done(&diags);
	source_free(source);
	return verdict;
}

static void run_case(struct tally *tally, json_t *json, const char *list)
{
	struct arena *arena = arena_new();
	struct str label = arena_printf(arena, "%s/%s/%s",
	    json_string_value(json_object_get(json, "file")),
	    json_string_value(json_object_get(json, "section")),
	    json_string_value(json_object_get(json, "name")));
	bool rejected;
	struct str verdict = judge(arena, json, &rejected);
	bool listed = is_listed(list, label.ptr);

	tally->run++;
	if (verdict.len == 0 && !listed) {
		tally->passed++;
	} else if (verdict.len && listed) {
		tally->departed++;
	} else {
		tally->failed++;
		printf("%s: %s\n    %s\n", label.ptr,
		    listed ? "is listed as a departure but passes" : verdict.ptr,
		    json_string_value(json_object_get(json, "expr")));
	}
	arena_free(arena);
}

int main(void)
{
	const char *path = getenv("REPRISE_CEL_CASES");
	const char *list = SOURCE_DIR "/tests/lang/cel-departures.txt";
	struct tally tally = {0};
	char *line = NULL;
	size_t size = 0;
	FILE *file;

	if (!path)
		path = SOURCE_DIR "/../shared/cases/cel.jsonl";
	file = fopen(path, "r");
	if (!file) {
		printf("SKIPPED: there are no conformance cases at %s\n", path);
		return SKIPPED;
	}
	while (getline(&line, &size, file) >= 0) {
		json_error_t error;
		json_t *json = json_loads(line, JSON_ALLOW_NUL, &error);

		if (!json) {
			printf("a line of %s is no JSON: %s\n", path, error.text);
			tally.failed++;
			continue;
		}
		run_case(&tally, json, list);
		json_decref(json);
	}
	free(line);
	fclose(file);
	printf("%zu cases: %zu passed, %zu departures, %zu failed\n", tally.run, tally.passed,
	    tally.departed, tally.failed);
	return tally.failed || tally.run == 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
