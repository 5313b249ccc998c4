/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "expr/expr_check.h"
#include "expr/expr_eval.h"
#include "expr/expr_parse.h"
#include "expr/foreign.h"

enum { ARGS_FEW = 8, SHOWN_MAX = 100 };

static struct span name_span(const struct check *check, const struct ast *ast)
{
	/* a name put together around white space is longer or shorter than what stands there */
	uint32_t end = ast->call.name_start + (uint32_t)ast->call.name.len;

	return text_span(&check->expr->text, ast->call.name_start, end < ast->end ? end : ast->end);
}

/* "json.parse": what there is of json. */
static void list_space(struct check *check, struct diag *diag, struct str name)
{
	const char *point = memchr(name.ptr, '.', name.len);
	struct str space = str_sub(name, 0, point ? (size_t)(point - name.ptr) + 1 : 0);
	const char *last = "";
	struct buf list;

	if (!point)
		return;
	buf_init(&list, 400);
	for (size_t i = 0; function_tables[i]; i++)
		for (const struct function *row = function_tables[i]; row->name; row++) {
			if (!str_starts(str_from(row->name), space) || strcmp(row->name, last) == 0)
				continue;
			last = row->name;
			buf_printf(&list, "%s%s", list.len ? ", " : "", row->name);
		}
	diag_help(check->diags, diag, "there are %.*s", STR_ARG(buf_view(&list)));
	buf_done(&list);
}

static const struct type *unknown_function(struct check *check, const struct ast *ast)
{
	const enum style style = ast->call.method ? STYLE_METHOD : STYLE_GLOBAL;
	const enum style other = ast->call.method ? STYLE_GLOBAL : STYLE_METHOD;
	struct str name = ast->call.name;
	struct diag *diag = diag_error(check->diags, "unknown-function", name_span(check, ast),
	    "there is no function \"%.*s\"", STR_ARG(name));
	struct spell spell;
	uint32_t count;

	if (function_find(name, other, &count)) {
		diag_help(check->diags, diag,
		    ast->call.method ? "write %.*s(…)" : "write (…).%.*s(…)", STR_ARG(name));
		return &type_dyn;
	}
	if (foreign_help(FOREIGN_FUNCTION, name)) {
		diag_help(check->diags, diag, "%s", foreign_help(FOREIGN_FUNCTION, name));
		return &type_dyn;
	}
	spell_init(&spell, name);
	function_spell(&spell, style);
	for (size_t i = 0; style == STYLE_METHOD && macro_name(i); i++)
		spell_try(&spell, str_from(macro_name(i)));
	if (spell_best(&spell).len)
		diag_help(
		    check->diags, diag, "did you mean \"%.*s\"?", STR_ARG(spell_best(&spell)));
	else if (style == STYLE_GLOBAL)
		list_space(check, diag, name);
	return &type_dyn;
}

static bool fits(
    const struct function *row, const struct type *const *args, uint32_t count, uint32_t *ret_wrong)
{
	*ret_wrong = count;
	if (count < row->min || count > row->max)
		return false;
	for (uint32_t i = 0; i < count; i++)
		if (!(takes_type(args[i]) & function_takes(row, i))) {
			*ret_wrong = i;
			return false;
		}
	return true;
}

static void wrong_count(struct check *check, const struct ast *ast)
{
	const struct function *row = ast->call.rows;
	unsigned receiver = ast->call.method;
	unsigned min = row->min - receiver;
	unsigned max = row->max - receiver;
	unsigned count = ast->call.count - receiver;

	for (uint32_t i = 1; i < ast->call.row_count; i++) {
		min = row[i].min - receiver < min ? row[i].min - receiver : min;
		max = row[i].max - receiver > max ? row[i].max - receiver : max;
	}
	if (min == max)
		diag_error(check->diags, "type-mismatch", check_span(check, ast),
		    "\"%.*s\" takes %u argument%s, not %u", STR_ARG(ast->call.name), min,
		    min == 1 ? "" : "s", count);
	else
		diag_error(check->diags, "type-mismatch", check_span(check, ast),
		    count < min ? "\"%.*s\" takes at least %u argument%s, not %u"
				: "\"%.*s\" takes at most %u argument%s, not %u",
		    STR_ARG(ast->call.name), count < min ? min : max,
		    (count < min ? min : max) == 1 ? "" : "s", count);
}

static bool is_number(const struct type *type)
{
	return takes_type(type) & TAKES_NUMBER;
}

static void wrong_operands(
    struct check *check, const struct ast *ast, const struct type *const *args)
{
	struct diag *diag = diag_error(check->diags, "type-mismatch", check_span(check, ast),
	    "\"%.*s\" does not go with %s and %s", STR_ARG(ast->call.name), type_noun(args[0]),
	    type_noun(args[1]));
	uint16_t left = takes_type(args[0]);
	uint16_t right = takes_type(args[1]);

	if (str_is(ast->call.name, "+") && (left | right) & TAKES_STRING)
		diag_help(check->diags, diag, "make a text of the other side with string(…)");
	else if ((left | right) == TAKES_NUMBER)
		diag_help(check->diags, diag, "make both of one kind with int(…) or double(…)");
	else if ((left | right) & TAKES_DURATION && strchr("*/%", ast->call.name.ptr[0]))
		diag_help(check->diags, diag, "a duration in seconds is an int: x.getSeconds()");
	else if ((left | right) & (TAKES_DURATION | TAKES_TIMESTAMP) &&
	    (left | right) & TAKES_NUMBER)
		diag_help(check->diags, diag, "a duration is written duration(\"30s\")");
	else if ((left | right) == (TAKES_DURATION | TAKES_TIMESTAMP))
		diag_help(check->diags, diag, "how long ago a time is: now - x");
	else if (str_is(ast->call.name, "in") && right & TAKES_STRING)
		diag_help(
		    check->diags, diag, "whether a part stands in a text: text.contains(part)");
	else if ((left | right) == (TAKES_TIMESTAMP | TAKES_STRING))
		diag_help(
		    check->diags, diag, "a time is written timestamp(\"2026-01-31T23:59:59Z\")");
	else if (is_number(args[0]) != is_number(args[1]) && (left | right) & TAKES_STRING)
		diag_help(check->diags, diag, "a text becomes a number with int(…) or double(…)");
}

/* The rows with room for so many arguments disagree least about the argument that the best of them refuses. */
static void wrong_arguments(
    struct check *check, const struct ast *ast, const struct type *const *args)
{
	uint16_t takes = 0;
	uint32_t wrong = 0;
	bool counted = false;
	char shown[SHOWN_MAX];

	for (uint32_t i = 0; i < ast->call.row_count; i++) {
		const struct function *row = &ast->call.rows[i];
		uint32_t at;

		if (ast->call.count < row->min || ast->call.count > row->max)
			continue;
		fits(row, args, ast->call.count, &at);
		if (!counted || at > wrong)
			takes = 0;
		if (!counted || at >= wrong) {
			wrong = at;
			takes |= function_takes(row, at);
		}
		counted = true;
	}
	if (!counted) {
		wrong_count(check, ast);
		return;
	}
	if (ast->call.rows->style == STYLE_OPERATOR && ast->call.count == 2) {
		wrong_operands(check, ast, args);
		return;
	}
	takes_show(takes, shown, sizeof(shown));
	diag_error(check->diags, "type-mismatch", check_span(check, ast->call.args[wrong]),
	    "\"%.*s\" takes %s, not %s", STR_ARG(ast->call.name), shown, type_noun(args[wrong]));
}

/* What is known of an argument beyond its kind: of a list its items, of a constant its text. */
static void check_inside(struct check *check, const struct ast *ast, const struct type *const *args)
{
	const struct function *row = ast->call.rows;
	const struct ast *second = ast->call.count > 1 ? ast->call.args[1] : NULL;
	const struct type *of = ast->call.count && args[0]->kind == TYPE_LIST ? args[0]->of : NULL;
	uint16_t items = function_items(row);
	char shown[SHOWN_MAX];
	int64_t seconds;

	takes_show(items, shown, sizeof(shown));
	if (items && of && !(takes_type(of) & items))
		diag_error(check->diags, "type-mismatch", check_span(check, ast->call.args[0]),
		    "\"%.*s\" takes a list of %s, not %s", STR_ARG(ast->call.name), shown,
		    type_noun(args[0]));
	if (row->flags & FUNCTION_ZONE && second && second->kind == AST_CONST &&
	    !zone_parse(value_text(second->constant), &seconds))
		diag_error(check->diags, "bad-constant", check_span(check, second),
		    "\"%.*s\" is no time zone: write \"UTC\" or an offset like \"+02:00\"",
		    STR_ARG(value_text(second->constant)));
	if (ast->call.pattern_error.len)
		diag_error(check->diags, "bad-pattern", check_span(check, second),
		    "the pattern does not compile: %.*s", STR_ARG(ast->call.pattern_error));
}

/* What has a list of choices is compared with something that is none of them. */
static void check_choice(struct check *check, const struct type *type, const struct ast *other,
    const struct value *value)
{
	struct diag *diag;
	struct buf text;

	if (!type->choices || value->type == VALUE_NULL || value_list_has(type->choices, value))
		return;
	buf_init(&text, BUF_UNBOUNDED);
	value_show(value, &text);
	diag = diag_error(check->diags, "never-equal", check_span(check, other),
	    "what is compared here is never \"%.*s\"", STR_ARG(buf_view(&text)));
	buf_clear(&text);
	value_show_choices(type->choices, &text);
	diag_help(check->diags, diag, "it is one of %.*s", STR_ARG(buf_view(&text)));
	buf_done(&text);
}

static void check_choices(
    struct check *check, const struct ast *ast, const struct type *const *args)
{
	const struct ast *left = ast->call.args[0];
	const struct ast *right = ast->call.args[1];
	const struct value *list = right->kind == AST_CONST ? right->constant : NULL;

	if (!str_is(ast->call.name, "in")) {
		if (right->kind == AST_CONST)
			check_choice(check, args[0], right, right->constant);
		if (left->kind == AST_CONST)
			check_choice(check, args[1], left, left->constant);
		return;
	}
	if (left->kind == AST_CONST && args[1]->kind == TYPE_LIST && args[1]->of)
		check_choice(check, args[1]->of, left, left->constant);
	for (size_t i = 0; list && list->type == VALUE_LIST && i < list->list.count; i++)
		check_choice(check, args[0], right, list->list.items[i]);
	for (uint32_t i = 0; right->kind == AST_LIST && i < right->list.count; i++)
		if (right->list.items[i]->kind == AST_CONST)
			check_choice(
			    check, args[0], right->list.items[i], right->list.items[i]->constant);
}

/* Comparing what can never be equal is legal and always a mistake. */
static void check_equality(
    struct check *check, const struct ast *ast, const struct type *const *args)
{
	const struct type *right = args[1];
	bool in = str_is(ast->call.name, "in");
	struct diag *diag;

	if (!in && !str_is(ast->call.name, "==") && !str_is(ast->call.name, "!="))
		return;
	assert(args[0] && right);
	check_choices(check, ast, args);
	if (in)
		right = right->kind == TYPE_LIST && right->of ? right->of : &type_dyn;
	if (takes_type(args[0]) & takes_type(right) || (is_number(args[0]) && is_number(right)) ||
	    args[0]->kind == TYPE_NULL || right->kind == TYPE_NULL)
		return;
	diag = diag_error(check->diags, "type-mismatch", check_span(check, ast),
	    "%s and %s are never equal", type_noun(args[0]), type_noun(right));
	if (!in && ast->call.args[1]->kind == AST_CONST && args[0]->kind == TYPE_BOOL)
		diag_help(check->diags, diag, "true and false are written without quotes");
	else if (!in && is_number(args[0]) && right->kind == TYPE_STRING)
		diag_help(check->diags, diag, "a number is written without quotes");
	else if (!in && is_number(right) && takes_type(args[0]) == TAKES_STRING)
		diag_help(check->diags, diag, "a text becomes a number with int(…)");
}

void check_fold(struct check *check, struct ast *ast)
{
	const struct expr part = {.text = check->expr->text, .root = ast};
	const struct value *value;
	struct ast *child;
	bool exhausted;

	for (size_t i = 0; (child = ast_child(ast, i)); i++)
		if (child->kind != AST_CONST)
			return;
	if (ast->may_lack)
		return; /* an .orValue() may follow */
	value = eval_bounded(&part, NULL, check->arena, WORK_FOLD, &exhausted);
	if (exhausted)
		return;
	if (value->type == VALUE_ERROR) {
		struct span span = text_span(
		    &check->expr->text, value->error.start, value->error.end);

		if (check->conditional)
			diag_warning(check->diags, "bad-constant", span, "%.*s",
			    STR_ARG(value->error.message));
		else
			diag_error(check->diags, "bad-constant", span, "%.*s",
			    STR_ARG(value->error.message));
		return;
	}
	ast->kind = AST_CONST;
	ast->depth = 0;
	ast->constant = value;
}

static const struct type *row_gives(
    struct check *check, const struct ast *ast, const struct type *const *args)
{
	const struct type *gives = NULL;
	uint32_t wrong;

	for (uint32_t i = 0; i < ast->call.row_count; i++) {
		const struct function *row = &ast->call.rows[i];
		const struct type *type;

		if (!fits(row, args, ast->call.count, &wrong))
			continue;
		type = row->infer ? row->infer(check->arena, args, ast->call.count) : row->gives;
		if (gives && gives->kind != type->kind)
			return &type_dyn; /* an argument of type dyn leaves it open */
		gives = type;
	}
	return gives;
}

const struct type *check_call(struct check *check, struct ast *ast)
{
	const struct type *few[ARGS_FEW] = {NULL};
	const struct type **args = ast->call.count <= ARGS_FEW
	    ? few
	    : arena_array(check->arena, ast->call.count, sizeof(*args));
	size_t errors = check->diags->errors;
	const struct type *gives;

	for (uint32_t i = 0; i < ast->call.count; i++) {
		args[i] = check_ast(check, ast->call.args[i]);
		check_secret(check, ast->call.args[i], args[i]);
	}
	if (!ast->call.rows)
		return unknown_function(check, ast);
	if (check->diags->errors != errors)
		return ast->call.rows->gives ? ast->call.rows->gives : &type_dyn;
	gives = row_gives(check, ast, args);
	if (!gives) {
		wrong_arguments(check, ast, args);
		return &type_dyn;
	}
	check_equality(check, ast, args);
	check_inside(check, ast, args);
	if (check->diags->errors == errors)
		check_fold(check, ast);
	return gives;
}
