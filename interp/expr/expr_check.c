/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>

#include "expr/expr_check.h"
#include "expr/expr_parse.h"

struct span check_span(const struct check *check, const struct ast *ast)
{
	return text_span(&check->expr->text, ast->start, ast->end);
}

static const struct type *check_and_or(struct check *check, struct ast *ast)
{
	check->conditional++;
	for (uint32_t i = 0; i < ast->list.count; i++)
		check_wants(check, ast->list.items[i], &type_bool,
		    ast->kind == AST_OR ? "\"||\"" : "\"&&\"");
	check->conditional--;
	return &type_bool;
}

static const struct type *check_if(struct check *check, struct ast *ast)
{
	const struct type *then;
	const struct type *other;

	const uint32_t in_option = check->in_option;

	check->in_option = 0;
	check_wants(check, ast->cond.test, &type_bool, "a choice");
	check->in_option = in_option;
	check->conditional++;
	then = check_ast(check, ast->cond.then);
	other = check_ast(check, ast->cond.other);
	check->conditional--;
	return type_common(then, other);
}

static const struct type *check_items(struct check *check, struct ast *ast)
{
	const bool is_map = ast->kind == AST_MAP;
	const size_t errors = check->diags->errors;
	const struct type *of = NULL;

	for (uint32_t i = 0; i < ast->list.count; i++) {
		const struct type *type = check_ast(check, ast->list.items[i]);

		check_secret(check, ast->list.items[i], type);
		if (is_map && i % 2 == 0) {
			if (!(takes_type(type) & (TAKES_STRING | TAKES_INT | TAKES_BOOL)))
				diag_help(check->diags,
				    diag_error(check->diags, "type-mismatch",
					check_span(check, ast->list.items[i]),
					"a map's key is a string, int or bool, not %s",
					type_noun(type)),
				    "make a text of it with string(…)");
			continue;
		}
		of = of ? type_common(of, type) : type;
	}
	if (check->diags->errors == errors)
		check_fold(check, ast);
	return type_of_many(check->arena, is_map ? TYPE_MAP : TYPE_LIST, of);
}

static const struct type *macro_result(
    struct check *check, const struct ast *ast, const struct type *item, const struct type *body)
{
	switch (ast->macro.kind) {
	case MACRO_ALL:
	case MACRO_EXISTS:
	case MACRO_EXISTS_ONE:
		return &type_bool;
	case MACRO_MAP:
		return type_of_many(check->arena, TYPE_LIST, body);
	default:
		return type_of_many(check->arena, TYPE_LIST, item);
	}
}

static const struct type *check_macro(struct check *check, struct ast *ast)
{
	const enum macro_kind kind = ast->macro.kind;
	const struct type *range = check_ast(check, ast->macro.range);
	const struct type *item = &type_dyn;
	const struct type *body;

	check_secret(check, ast->macro.range, range);
	if (range->kind == TYPE_LIST)
		item = range->of ? range->of : &type_dyn;
	else if (range->kind == TYPE_MAP && takes_type(range) == TAKES_MAP)
		item = &type_dyn; /* keys need not be strings */
	else if (!(takes_type(range) & (TAKES_LIST | TAKES_MAP)) && range->kind != TYPE_SECRET)
		diag_help(check->diags,
		    diag_error(check->diags, "type-mismatch", check_span(check, ast->macro.range),
			"a macro goes over a list or a map, not %s", type_noun(range)),
		    "`lines` is an output as a list; a text becomes one with text.split(\",\")");
	check->slots[ast->macro.slot] = item;
	check->conditional++; /* the list may be empty */
	if (ast->macro.filter)
		check_wants(check, ast->macro.filter, &type_bool, "a condition");
	if (kind == MACRO_MAP || kind == MACRO_SORT_BY) {
		body = check_ast(check, ast->macro.body);
		if (!check_secret(check, ast->macro.body, body) && kind == MACRO_SORT_BY &&
		    !(takes_type(body) & TAKES_ORDERED))
			diag_help(check->diags,
			    diag_error(check->diags, "type-mismatch",
				check_span(check, ast->macro.body), "%s is no key to sort by",
				type_noun(body)),
			    "sort by a number, text or time that it has: list.sortBy(x, x.name)");
	} else {
		body = check_wants(check, ast->macro.body, &type_bool, "a condition");
	}
	check->conditional--;
	return macro_result(check, ast, item, body);
}

/* What stands before .orValue() and its kin. */
static const struct type *check_optional(struct check *check, struct ast *ast)
{
	const struct type *type;

	check->in_option++;
	type = check_ast(check, ast);
	check->in_option--;
	if (!ast->may_lack)
		diag_help(check->diags,
		    diag_error(check->diags, "type-mismatch", check_span(check, ast),
			"this is not optional: nothing in it can be absent"),
		    "select with .?name or [?key] what may be missing");
	return type;
}

/* optMap gives what its body gives, optFlatMap what there may be of that. */
static const struct type *check_opt_map(struct check *check, struct ast *ast)
{
	const struct type *range = check_optional(check, ast->macro.range);
	const bool is_flat = ast->macro.kind == MACRO_OPT_FLAT_MAP;
	const struct type *body;

	check_secret(check, ast->macro.range, range);
	check->slots[ast->macro.slot] = range;
	check->conditional++;
	body = is_flat ? check_optional(check, ast->macro.body) : check_ast(check, ast->macro.body);
	check->conditional--;
	return body;
}

static const struct type *check_option(struct check *check, struct ast *ast)
{
	const struct type *of = check_optional(check, ast->option.of);
	const struct type *other = NULL;

	if (ast->option.kind == OPTION_OR)
		other = check_optional(check, ast->option.other);
	if (ast->option.kind == OPTION_OR_VALUE)
		other = check_ast(check, ast->option.other);
	if (ast->option.kind == OPTION_HAS_VALUE)
		return &type_bool;
	return other ? type_common(of, other) : of;
}

/* Is there a .? or [? in it? A call that may lack its value is no selection, and an error of its own. */
static bool is_marked(const struct ast *ast)
{
	while (ast->may_lack && !ast->optional) {
		if (ast->kind == AST_OPTION)
			return true;
		if (ast->kind == AST_MACRO)
			return ast->macro.range->may_lack;
		if (ast->kind != AST_SELECT && ast->kind != AST_INDEX)
			return false;
		ast = ast->kind == AST_SELECT ? ast->select.of : ast->index.of;
	}
	return ast->optional;
}

/* .?a at the very end, without .orValue(): the author expects a default that is not there. */
static void check_open_option(struct check *check, const struct ast *ast)
{
	if (check->in_option || !is_marked(ast))
		return;
	diag_help(check->diags,
	    diag_error(check->diags, "type-mismatch", check_span(check, ast),
		"an optional selection must say what holds when there is nothing"),
	    "end it with .orValue(…) or .hasValue()");
}

static const struct type *check_kind(struct check *check, struct ast *ast)
{
	switch (ast->kind) {
	case AST_CONST:
		return type_of_value(check->arena, ast->constant);
	case AST_NAME:
		return check_name(check, ast);
	case AST_BOUND:
		return check->slots[ast->name.slot];
	case AST_SELECT:
		return check_select(check, ast);
	case AST_HAS:
		check_select(check, ast);
		return &type_bool;
	case AST_INDEX:
		return check_index(check, ast);
	case AST_CALL:
		return check_call(check, ast);
	case AST_AND:
	case AST_OR:
		return check_and_or(check, ast);
	case AST_IF:
		return check_if(check, ast);
	case AST_LIST:
	case AST_MAP:
		return check_items(check, ast);
	case AST_MACRO:
		return ast->may_lack ? check_opt_map(check, ast) : check_macro(check, ast);
	case AST_OPTION:
		return check_option(check, ast);
	}
	assert(false);
	return &type_dyn;
}

const struct type *check_ast(struct check *check, struct ast *ast)
{
	const struct type *type;
	uint32_t outer = check->in_option;

	check_open_option(check, ast);
	/* what stands in an index or an argument is no part of the chain */
	if (ast->kind != AST_SELECT && ast->kind != AST_INDEX && ast->kind != AST_IF)
		check->in_option = 0;
	type = check_kind(check, ast);
	check->in_option = outer;
	return type;
}

const struct type *check_wants(
    struct check *check, struct ast *ast, const struct type *wanted, const char *who)
{
	const struct type *type = check_ast(check, ast);
	struct diag *diag;

	if (check_secret(check, ast, type) || takes_type(type) & takes_type(wanted))
		return type;
	diag = diag_error(check->diags, "type-mismatch", check_span(check, ast),
	    "%s needs %s, not %s", who, type_noun(wanted), type_noun(type));
	if (wanted->kind == TYPE_BOOL && type_to_condition(type))
		diag_help(check->diags, diag, "%s", type_to_condition(type));
	return type;
}

bool check_secret(struct check *check, const struct ast *ast, const struct type *type)
{
	if (type->kind != TYPE_SECRET)
		return false;
	diag_help(check->diags,
	    diag_error(check->diags, "secret-use", check_span(check, ast),
		"a secret cannot be looked at in an expression"),
	    "pass it on whole, or put it into a text: \"…${{ secrets.name }}…\"");
	return true;
}

const struct type *expr_check(
    struct expr *expr, const struct type_scope *scope, struct arena *arena, struct diags *diags)
{
	struct check check = {.expr = expr, .scope = scope, .arena = arena, .diags = diags};
	size_t errors = diags->errors;
	const struct type *type = check_ast(&check, expr->root);

	return diags->errors == errors ? type : &type_dyn;
}
