/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs expr.txt: triples of lines with blank lines between them, `#` begins a comment.
 *
 *     the expression
 *     its names as JSON in the tagged form, or "typed": the names of the table below, for the checker
 *     what is expected: a value as JSON in the tagged form, or
 *         error COLUMN: message          of the evaluator
 *         syntax COLUMN: message         of the parser
 *         check COLUMN: code: message    of the checker; all of them, joined by " && "
 *         type NOUN                      of the checker
 *     a way out follows its message behind " | "
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/diag.h"
#include "expr/expr.h"

struct triple {
	char *expr;
	char *names;
	char *expected;
	size_t line;
};

static const struct field result_fields[] = {
    {"exit_code", &type_int, "the exit status"},
    {"stdout", &type_stream, "the standard output"},
    {"lines", &type_list, "its lines"},
    {"duration", &type_duration, "how long it took"},
    {0},
};

static const struct type type_result = {
    .kind = TYPE_OBJECT, .name = "the result of run", .fields = result_fields};
static const struct type type_strings = {.kind = TYPE_LIST, .of = &type_string};
static const struct type type_results = {.kind = TYPE_LIST, .of = &type_result};
static const struct type type_int_map = {.kind = TYPE_MAP, .of = &type_int};

static const struct {
	const char *name;
	const struct type *type;
} typed_names[] = {
    {"i", &type_int},
    {"d", &type_double},
    {"s", &type_string},
    {"b", &type_bool},
    {"strings", &type_strings},
    {"results", &type_results},
    {"counts", &type_int_map},
    {"any", &type_dyn},
    {"now", &type_timestamp},
    {"age", &type_duration},
    {"result", &type_result},
    {"stdout", &type_stream},
    {"password", &type_secret},
    {"json", &type_dyn},
    {"type", &type_string},
};

static const struct value *get_name(const struct scope *scope, struct arena *arena, struct str name)
{
	(void)arena;
	return value_get_str(scope->self, name);
}

static const struct type *find_typed(
    const struct type_scope *scope, struct str name, struct span span, struct diags *diags)
{
	(void)scope;
	for (size_t i = 0; i < sizeof(typed_names) / sizeof(*typed_names); i++)
		if (str_is(name, typed_names[i].name))
			return typed_names[i].type;
	diag_error(diags, "unknown-name", span, "there is no name \"%.*s\"", STR_ARG(name));
	return NULL;
}

static size_t column(struct span span)
{
	return source_position(span.source, span.start).column;
}

static void show_diags(struct buf *out, struct diags *diags, const char *stage, bool with_code)
{
	for (size_t i = 0; i < diags->count; i++) {
		const struct diag *diag = &diags->items[i];

		buf_printf(out, "%s%s %zu: ", i ? " && " : "",
		    diag->severity == SEVERITY_WARNING ? "warning" : stage, column(diag->span));
		if (with_code)
			buf_printf(out, "%s: ", diag->code);
		buf_str(out, diag->message);
		if (diag->help.len)
			buf_printf(out, " | %.*s", STR_ARG(diag->help));
	}
}

static void show_value(struct buf *out, const struct expr *expr, const struct value *value)
{
	struct json json;

	if (value->type == VALUE_ERROR) {
		buf_printf(out, "error %zu: %.*s", column(expr_error_span(expr, value)),
		    STR_ARG(value->error.message));
		return;
	}
	json_init(&json, out);
	value_to_json(&json, value);
}

static void evaluate(
    struct arena *arena, const struct triple *triple, struct expr *expr, struct buf *out)
{
	struct str error;
	const struct value *names = value_from_json(arena, str_from(triple->names), &error);
	const struct scope scope = {.get = get_name, .self = names};

	if (names)
		show_value(out, expr, expr_eval(expr, &scope, arena));
	else
		buf_printf(out, "the names are malformed: %.*s", STR_ARG(error));
}

static bool run_triple(const struct triple *triple)
{
	struct arena *arena = arena_new();
	struct str text = str_from(triple->expr);
	struct source *source = source_new("expr", text);
	const struct text whole = {text, {source, 0, (uint32_t)text.len}, NULL};
	const struct type_scope types = {find_typed, NULL};
	struct diags diags;
	struct expr *expr;
	struct buf out;
	bool passed;

	diags_init(&diags);
	buf_init(&out, BUF_UNBOUNDED);
	expr = expr_parse(arena, &whole, 0, text.len, &diags);
	if (!expr) {
		show_diags(&out, &diags, "syntax", false);
	} else if (strcmp(triple->names, "typed") == 0) {
		const struct type *type = expr_check(expr, &types, arena, &diags);

		show_diags(&out, &diags, "check", true);
		if (diags.count == 0)
			buf_printf(&out, "type %s", type_noun(type));
	} else {
		evaluate(arena, triple, expr, &out);
	}
	passed = str_is(buf_view(&out), triple->expected);
	if (!passed)
		printf("expr.txt:%zu: %s\n    expected %s\n    got      %.*s\n", triple->line,
		    triple->expr, triple->expected, STR_ARG(buf_view(&out)));
	buf_done(&out);
	diags_done(&diags);
	source_free(source);
	arena_free(arena);
	return passed;
}

/* The next line that is no comment, without its newline; an empty one ends a triple. */
static char *next_line(FILE *file, size_t *line)
{
	char *text = NULL;
	size_t size = 0;
	ssize_t len;

	while ((len = getline(&text, &size, file)) >= 0) {
		++*line;
		if (text[0] == '#')
			continue;
		text[strcspn(text, "\n")] = '\0';
		return text;
	}
	free(text);
	return NULL;
}

int main(int argc, char **argv)
{
	const char *path = argc > 1 ? argv[1] : SOURCE_DIR "/tests/lang/expr.txt";
	FILE *file = fopen(path, "r");
	size_t failed = 0;
	size_t count = 0;
	size_t line = 0;
	char *text;

	if (!file) {
		printf("cannot read %s\n", path);
		return EXIT_FAILURE;
	}
	while ((text = next_line(file, &line))) {
		struct triple triple = {.expr = text, .line = line};

		if (text[0] == '\0') {
			free(text);
			continue;
		}
		triple.names = next_line(file, &line);
		triple.expected = triple.names ? next_line(file, &line) : NULL;
		if (triple.expected && triple.names[0] && triple.expected[0]) {
			failed += !run_triple(&triple);
			count++;
		} else {
			printf("%s:%zu: this is no triple\n", path, triple.line);
			failed++;
		}
		free(triple.expr);
		free(triple.names);
		free(triple.expected);
	}
	fclose(file);
	printf("%zu triples, %zu failed\n", count, failed);
	return failed || count == 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
