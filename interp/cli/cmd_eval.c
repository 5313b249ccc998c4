/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/spell.h"
#include "base/utf8.h"
#include "cli/command.h"
#include "expr/expr.h"

static const struct option_row options[] = {
    {"var", 0, "NAME=JSON", "a name and its value; may be given several times"},
    {"pretty", 0, NULL, "the value over several lines"},
    OPTION_COLOR,
    {0},
};

static bool is_name(struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
			(i && c >= '0' && c <= '9')))
			return false;
	}
	return text.len > 0;
}

/* A text without quotes is the commonest mistake: who begins otherwise has meant JSON. */
static void no_json(struct str name, const char *text, struct str error)
{
	if (strchr("{[\"", text[0]) && text[0])
		complain(
		    "the value of --var %.*s cannot be read: %.*s", STR_ARG(name), STR_ARG(error));
	else
		complain("the value of --var %.*s is no JSON; a text has quotes of its own: "
			 "--var '%.*s=\"text\"'",
		    STR_ARG(name), STR_ARG(name));
}

/* One --var; false after saying what is wrong with it. */
static bool read_var(struct arena *arena, const char *word, struct map_builder *names)
{
	const char *equals = strchr(word, '=');
	struct str name = {word, equals ? (size_t)(equals - word) : 0};
	const struct value *value;
	struct str error;

	if (!is_name(name)) {
		complain("--var wants NAME=JSON, not %s", word);
		return false;
	}
	for (size_t i = 0; i < names->count; i++)
		if (str_eq(value_text(names->entries[i].key), name)) {
			complain("--var %.*s is given twice", STR_ARG(name));
			return false;
		}
	value = value_from_json(arena, str_from(equals + 1), &error);
	if (value)
		map_add_str(names, name, value);
	else
		no_json(name, equals + 1, error);
	return value != NULL;
}

/* A map of the names, or NULL. */
static const struct value *read_vars(const struct invocation *invocation, struct arena *arena)
{
	struct map_builder names;
	bool ok = true;

	map_begin(&names, arena);
	for (size_t i = 0; i < invocation->option_count && ok; i++)
		if (strcmp(invocation->options[i].option->name, "var") == 0)
			ok = read_var(arena, invocation->options[i].value, &names);
	return ok ? map_end(&names) : NULL;
}

static const struct type *find_name(
    const struct type_scope *scope, struct str name, struct span span, struct diags *diags)
{
	const struct value *names = scope->self;
	const struct value *value = value_get_str(names, name);
	struct spell spell;
	struct diag *diag;

	if (value)
		return value->type == VALUE_LIST ? &type_list
		    : value->type == VALUE_MAP   ? &type_map
						 : type_of_value(NULL, value);
	diag = diag_error(
	    diags, "unknown-name", span, "there is no name `%.*s` here", STR_ARG(name));
	spell_init(&spell, name);
	for (size_t i = 0; i < names->map.count; i++)
		spell_try(&spell, value_text(names->map.entries[i].key));
	if (spell_best(&spell).len)
		diag_help(diags, diag, "did you mean `%.*s`?", STR_ARG(spell_best(&spell)));
	else
		diag_help(diags, diag, "give it a value, --var %.*s=JSON; text is quoted: '%.*s'",
		    STR_ARG(name), STR_ARG(name));
	return NULL;
}

static const struct value *get_name(const struct scope *scope, struct arena *arena, struct str name)
{
	(void)arena;
	return value_get_str(scope->self, name);
}

/* What a runbook would be refused for, of an expression that has a value all the same. */
static void soften(struct diags *diags)
{
	for (size_t i = 0; i < diags->count; i++)
		diags->items[i].severity = SEVERITY_WARNING;
	diags->errors = 0;
}

/* The value; NULL after an error was reported. A mistake that did not matter is a warning: `check` would refuse it. */
static const struct value *evaluate(const struct source *source, const struct value *names,
    struct arena *arena, struct diags *diags)
{
	const struct text text = {
	    {source->bytes, source->len}, {source, 0, (uint32_t)source->len}, NULL};
	const struct type_scope types = {find_name, names};
	const struct scope scope = {.get = get_name, .self = names};
	struct expr *expr = expr_parse(arena, &text, 0, source->len, diags);
	const struct value *value;

	if (!expr)
		return NULL;
	expr_check(expr, &types, arena, diags);
	value = expr_eval(expr, &scope, arena);
	if (value->type != VALUE_ERROR) {
		soften(diags);
		return value;
	}
	if (!diags->errors)
		diag_error(diags, "expr-failed", expr_error_span(expr, value), "%.*s",
		    STR_ARG(value->error.message));
	return NULL;
}

static void print_value(const struct value *value, bool pretty)
{
	struct json json;
	struct buf out;

	buf_init(&out, BUF_UNBOUNDED);
	json_init_shown(&json, &out, pretty);
	value_to_json(&json, value);
	buf_byte(&out, '\n');
	fwrite(out.ptr, 1, out.len, stdout);
	buf_done(&out);
}

/* The expression: of the command line, or for "-" from standard input. NULL after saying what is wrong. */
static struct source *read_expression(const char *word)
{
	struct source *source = strcmp(word, "-") == 0 ? source_read_fd("expression", STDIN_FILENO)
						       : source_new("expression", str_from(word));

	if (!source) {
		complain("cannot read standard input: %s", strerror(errno));
		return NULL;
	}
	if (utf8_valid((struct str){source->bytes, source->len}))
		return source;
	complain("the expression is no text in UTF-8");
	source_free(source);
	return NULL;
}

static int run(const struct invocation *invocation)
{
	struct arena *arena = arena_new();
	const struct value *names = read_vars(invocation, arena);
	struct source *source = names ? read_expression(invocation->args[0]) : NULL;
	const struct value *value = NULL;
	struct diags diags;
	struct buf out;

	diags_init(&diags);
	if (source)
		value = evaluate(source, names, arena, &diags);
	buf_init(&out, BUF_UNBOUNDED);
	diags_render(&diags, wants_color(invocation, STDERR_FILENO), &out);
	print_text(STDERR_FILENO, out.ptr, out.len);
	buf_done(&out);
	if (value)
		print_value(value, option_given(invocation, "pretty"));
	diags_done(&diags);
	source_free(source);
	arena_free(arena);
	return value ? STATUS_OK : STATUS_WRONG;
}

static const struct example_row examples[] = {
    {"reprise eval 'duration(\"90s\") > duration(\"1m\")'", "true"},
    {"reprise eval --var 'n=[1, 2]' 'size(n)'", "2"},
    {0},
};

const struct command command_eval = {
    .name = "eval",
    .arguments = "EXPR",
    .least = 1,
    .most = 1,
    .summary = "try an expression out, and print its value as JSON",
    .details = "EXPR is checked and evaluated as in a runbook; - reads it from standard input, and "
	       "what begins\n"
	       "with a minus stands behind --. What JSON does not have is tagged, in --var as in "
	       "the value:\n"
	       "{\"$duration\": \"90s\"}, {\"$timestamp\": \"2026-01-31T12:00:00Z\"}, "
	       "{\"$double\": \"NaN\"}.",
    .options = options,
    .examples = examples,
    .run = run,
};
