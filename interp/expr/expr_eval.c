/* SPDX-License-Identifier: Apache-2.0 */
#include "expr/expr_eval.h"

#include <assert.h>
#include <string.h>

#include "base/utf8.h"
#include "expr/func.h"

const struct value *eval_error(struct eval *eval, const struct ast *ast, const char *format, ...)
{
	struct str message;
	va_list args;

	va_start(args, format);
	message = arena_vprintf(eval->arena, format, args);
	va_end(args);
	return value_error(eval->arena, ast->start, ast->end, "%.*s", STR_ARG(message));
}

enum { SHOWN_CHARS = 40 };

struct str eval_shown(struct eval *eval, const struct value *value)
{
	const char *quote = value->type == VALUE_STRING ? "\"" : "";
	struct buf whole;
	struct buf out;
	struct str rest;
	struct str text;

	buf_init(&whole, BUF_UNBOUNDED);
	buf_init(&out, BUF_UNBOUNDED);
	value_show(value, &whole);
	rest = buf_view(&whole);
	buf_text(&out, quote);
	for (size_t i = 0; i < SHOWN_CHARS && rest.len; i++) {
		uint32_t code = 0xFFFD;
		size_t len = utf8_decode(rest, &code);

		if (code == '\n')
			buf_text(&out, "\\n");
		else if (code < 0x20 || code == 0x7F)
			buf_printf(&out, "\\x%02x", code);
		else if (len)
			buf_append(&out, rest.ptr, len);
		else
			buf_text(&out, "\xEF\xBF\xBD");
		rest = str_sub(rest, len ? len : 1, rest.len);
	}
	buf_printf(&out, "%s%s", rest.len ? "…" : "", quote);
	text = arena_str(eval->arena, buf_view(&out));
	buf_done(&whole);
	buf_done(&out);
	return text;
}

bool eval_spend(struct eval *eval, const struct ast *ast, size_t work)
{
	if (eval->exhausted)
		return false;
	eval->left -= work < WORK_MAX ? (int64_t)work : WORK_MAX;
	if (eval->left < 0)
		eval->exhausted = eval_error(eval, ast, "the expression takes too much work");
	else if (arena_size(eval->arena) > eval->memory_end)
		eval->exhausted = eval_error(eval, ast, "the expression takes too much memory");
	return !eval->exhausted;
}

const struct value *eval_merge(struct eval *eval, const struct value *a, const struct value *b)
{
	return value_unknowns(eval->arena, a, b);
}

static const char secret_message[] = "a secret cannot be looked at in an expression";
static const char clip_message[] =
    "only the first and last bytes of this output were kept; ask for .head or .tail";

/* The value in it that nobody may look at: secret, cut, or an error; NULL when there is none. */
static const struct value *sealed_part(const struct value *value, bool deep)
{
	const struct value *part = NULL;

	switch (value->type) {
	case VALUE_SECRET:
	case VALUE_ERROR:
		return value;
	case VALUE_STRING:
		return value->string.clip && !value->string.clip->whole ? value : NULL;
	case VALUE_LIST:
		for (size_t i = 0; deep && !part && i < value->list.count; i++)
			part = sealed_part(value->list.items[i], true);
		return part;
	case VALUE_MAP:
		for (size_t i = 0; deep && !part && i < value->map.count; i++)
			part = sealed_part(value->map.entries[i].value, true);
		return part;
	default:
		return NULL;
	}
}

const struct value *eval_sealed(
    struct eval *eval, const struct ast *ast, const struct value *value, bool deep)
{
	const struct value *part = sealed_part(value, deep);

	if (!part)
		return NULL;
	if (part->type == VALUE_ERROR)
		return eval_place(eval, ast, part);
	return eval_error(
	    eval, ast, "%s", part->type == VALUE_SECRET ? secret_message : clip_message);
}

const struct value *eval_unknowns(struct eval *eval, const struct value *value)
{
	const struct value *unknown = NULL;

	if (value->type == VALUE_UNKNOWN)
		return value;
	if (value->type == VALUE_LIST)
		for (size_t i = 0; i < value->list.count; i++)
			unknown = eval_merge(
			    eval, unknown, eval_unknowns(eval, value->list.items[i]));
	if (value->type == VALUE_MAP)
		for (size_t i = 0; i < value->map.count; i++)
			unknown = eval_merge(
			    eval, unknown, eval_unknowns(eval, value->map.entries[i].value));
	return unknown;
}

const struct value *eval_place(struct eval *eval, const struct ast *ast, const struct value *value)
{
	if (value->type != VALUE_ERROR)
		return value;
	return eval_error(eval, ast, "%.*s", STR_ARG(value->error.message));
}

static const struct value *eval_name(struct eval *eval, const struct ast *ast)
{
	const struct value *value = eval->scope
	    ? eval->scope->get(eval->scope, eval->arena, ast->name.text)
	    : NULL;

	if (value)
		return eval_place(eval, ast, value);
	if (ast_is_type_name(ast->name.text))
		return value_type(eval->arena, ast->name.text);
	return eval_error(eval, ast, "there is no name \"%.*s\" here", STR_ARG(ast->name.text));
}

bool eval_is_opaque(const struct value *value)
{
	return value->type == VALUE_UNKNOWN || value->type == VALUE_ERROR;
}

const struct value *eval_if(struct eval *eval, const struct ast *ast,
    const struct value *(*branch)(struct eval *eval, const struct ast *ast))
{
	const struct value *test = eval_condition(eval, ast->cond.test);

	if (eval_is_opaque(test))
		return test;
	if (test->type == VALUE_SECRET)
		return eval_sealed(eval, ast->cond.test, test, false);
	if (test->type != VALUE_BOOL)
		return eval_error(
		    eval, ast->cond.test, "a choice needs bool, not %s", takes_name(test));
	return branch(eval, test->boolean ? ast->cond.then : ast->cond.other);
}

/* One operand decides (false of &&, true of ||); else unknown, else the first error. */
static const struct value *eval_logic(struct eval *eval, const struct ast *ast)
{
	const bool decides = ast->kind == AST_OR;
	const struct value *unknown = NULL;
	const struct value *error = NULL;

	for (uint32_t i = 0; i < ast->list.count; i++) {
		const struct value *value = eval_condition(eval, ast->list.items[i]);

		if (value->type == VALUE_BOOL && value->boolean == decides)
			return value;
		if (value->type == VALUE_UNKNOWN)
			unknown = eval_merge(eval, unknown, value);
		else if (value->type == VALUE_ERROR && !error)
			error = value;
		else if (value->type != VALUE_BOOL && !error)
			error = value->type == VALUE_SECRET
			    ? eval_sealed(eval, ast->list.items[i], value, false)
			    : eval_error(eval, ast->list.items[i], "\"%s\" takes bool, not %s",
				  decides ? "||" : "&&", takes_name(value));
	}
	return unknown ? unknown : error ? error : value_bool(!decides);
}

const struct value *eval_stop(
    struct eval *eval, const struct value *unknown, const struct value *error)
{
	/* whatever the unknown is, beside it the error comes to light */
	if (eval->guesser && error)
		return error;
	return unknown ? eval_made_of(eval, unknown) : error;
}

/* Evaluates the items of a list or map; what stops it is returned, else NULL. */
static const struct value *eval_items(
    struct eval *eval, const struct ast *ast, const struct value **items)
{
	const struct value *unknown = NULL;
	const struct value *error = NULL;

	for (uint32_t i = 0; i < ast->list.count; i++) {
		items[i] = eval_ast(eval, ast->list.items[i]);
		if (items[i]->type == VALUE_UNKNOWN)
			unknown = eval_merge(eval, unknown, items[i]);
		else if (!error && items[i]->type == VALUE_ERROR)
			error = items[i];
		else if (!error)
			error = eval_sealed(eval, ast->list.items[i], items[i], false);
	}
	return eval_stop(eval, unknown, error);
}

static const struct value *eval_list(struct eval *eval, const struct ast *ast)
{
	const struct value **items = arena_array(eval->arena, ast->list.count, sizeof(*items));
	const struct value *stop = eval_items(eval, ast, items);

	return stop ? stop : value_list(eval->arena, items, ast->list.count);
}

static const struct value *eval_map(struct eval *eval, const struct ast *ast)
{
	const struct value **items = arena_array(eval->arena, ast->list.count, sizeof(*items));
	const struct value *stop = eval_items(eval, ast, items);
	size_t count = ast->list.count / 2;
	struct value_entry *entries;
	struct value before = {.type = VALUE_MAP}; /* the entries that were read */

	if (stop)
		return stop;
	if (!eval_spend(eval, ast, count * count / WORK_BYTES))
		return eval->exhausted;
	entries = arena_array(eval->arena, count, sizeof(*entries));
	before.map.entries = entries;
	for (size_t i = 0; i < count; i++) {
		const struct value *key = items[2 * i];

		if (!(takes_value(key) & (TAKES_STRING | TAKES_BOOL | TAKES_INT)))
			return eval_error(eval, ast->list.items[2 * i],
			    "a map's key is a string, int or bool, not %s", takes_name(key));
		if (value_find(&before, key))
			return eval_error(eval, ast->list.items[2 * i],
			    "the key %.*s stands in the map already",
			    STR_ARG(eval_shown(eval, key)));
		entries[i] = (struct value_entry){key, items[2 * i + 1]};
		before.map.count = i + 1;
	}
	return value_map(eval->arena, entries, count);
}

static const struct value *eval_kind(struct eval *eval, const struct ast *ast)
{
	const struct value *value;

	switch (ast->kind) {
	case AST_CONST:
		return ast->constant;
	case AST_NAME:
		return eval_name(eval, ast);
	case AST_BOUND:
		return eval_place(eval, ast, eval->slots[ast->name.slot]);
	case AST_HAS:
		return eval_has(eval, ast);
	case AST_SELECT:
		value = eval_select(eval, ast);
		return value ? value : eval->absent;
	case AST_INDEX:
		value = eval_index(eval, ast);
		return value ? value : eval->absent;
	case AST_OPTION:
		value = eval_option(eval, ast);
		return value ? value : eval->absent;
	case AST_CALL:
		return eval_call(eval, ast, NULL);
	case AST_AND:
	case AST_OR:
		return eval_logic(eval, ast);
	case AST_IF:
		return eval_if(eval, ast, eval_ast);
	case AST_LIST:
		return eval_list(eval, ast);
	case AST_MAP:
		return eval_map(eval, ast);
	case AST_MACRO:
		if (!ast->may_lack)
			return eval_macro(eval, ast);
		value = eval_opt_map(eval, ast);
		return value ? value : eval->absent;
	}
	assert(false);
	return value_null();
}

/* A list that holds itself twice, again and again, soon has more items than can be walked. */
const struct value *eval_ast(struct eval *eval, const struct ast *ast)
{
	const struct value *value;

	if (!eval_spend(eval, ast, 1))
		return eval->exhausted;
	value = eval_kind(eval, ast);
	if (value_weight(value) <= MEMORY_MAX)
		return value;
	return eval_error(
	    eval, ast, "this is too large: more than %d MiB", (int)(MEMORY_MAX >> 20));
}

static struct eval eval_begin(
    const struct expr *expr, const struct scope *scope, struct arena *arena, int64_t work)
{
	struct eval eval;

	/* the slots stay as they are: none is read before its macro wrote it */
	memset(&eval, 0, offsetof(struct eval, slots));
	eval.expr = expr;
	eval.scope = scope;
	eval.arena = arena;
	eval.left = work;
	eval.memory_end = arena_size(arena) + MEMORY_MAX;
	return eval;
}

const struct value *eval_bounded(const struct expr *expr, const struct scope *scope,
    struct arena *arena, int64_t work, bool *ret_exhausted)
{
	struct eval eval = eval_begin(expr, scope, arena, work);
	const struct value *value = eval_ast(&eval, expr->root);

	*ret_exhausted = eval.exhausted != NULL;
	return eval.exhausted ? eval.exhausted : value;
}

const struct value *expr_eval_guessing(const struct expr *expr, const struct scope *scope,
    const struct guesser *guesser, bool wants_bool, struct arena *arena)
{
	struct eval eval = eval_begin(expr, scope, arena, WORK_MAX);
	const struct value *value;

	eval.guesser = guesser;
	value = wants_bool ? eval_condition(&eval, expr->root) : eval_ast(&eval, expr->root);
	return eval.exhausted ? eval.exhausted : value;
}

const struct value *expr_eval(
    const struct expr *expr, const struct scope *scope, struct arena *arena)
{
	bool exhausted;

	return eval_bounded(expr, scope, arena, WORK_MAX, &exhausted);
}
