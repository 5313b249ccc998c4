/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/regex.h"
#include "expr/expr_eval.h"
#include "expr/func.h"

enum { ARGS_FEW = 4, SHOWN_MAX = 100 };

/* Compiling a pattern, for itself and for each of its bytes. */
enum { WORK_COMPILE = 1000, WORK_COMPILE_BYTE = 64 };

const struct value *call_error(struct call *call, const char *format, ...)
{
	struct str message;
	va_list args;

	va_start(args, format);
	message = arena_vprintf(call->arena, format, args);
	va_end(args);
	return eval_error(call->eval, call->ast, "%.*s", STR_ARG(message));
}

const struct value *call_error_at(struct call *call, uint32_t arg, const char *format, ...)
{
	struct str message;
	va_list args;

	va_start(args, format);
	message = arena_vprintf(call->arena, format, args);
	va_end(args);
	return eval_error(call->eval, call->ast->call.args[arg], "%.*s", STR_ARG(message));
}

const struct value *call_absent(struct call *call, const char *message)
{
	const struct value *why = call_error(call, "%s", message);

	if (!call->absent)
		return why;
	call->eval->absent = why;
	*call->absent = true;
	return NULL;
}

bool call_spend(struct call *call, size_t work)
{
	return eval_spend(call->eval, call->ast, work);
}

const struct value *call_exhausted(struct call *call)
{
	return call->eval->exhausted;
}

struct regex *call_regex(struct call *call, const struct value **ret_error)
{
	struct eval *eval = call->eval;
	struct str pattern = call->args[1]->string.text;
	struct str error;
	size_t offset;

	if (call->ast->call.regex)
		return call->ast->call.regex;
	if (eval->last_regex && str_eq(eval->last_pattern, pattern))
		return eval->last_regex;
	if (!eval_spend(eval, call->ast, WORK_COMPILE + pattern.len * WORK_COMPILE_BYTE)) {
		*ret_error = eval->exhausted;
		return NULL;
	}
	eval->last_regex = regex_new(eval->arena, pattern, 0, &error, &offset);
	eval->last_pattern = pattern;
	if (!eval->last_regex)
		*ret_error = call_error_at(call, 1,
		    "the pattern does not compile: %.*s, at its byte %zu", STR_ARG(error),
		    offset + 1);
	return eval->last_regex;
}

static bool fits(const struct function *row, const struct value *const *args, uint32_t count)
{
	if (count < row->min || count > row->max)
		return false;
	for (uint32_t i = 0; i < count; i++)
		if (!(takes_value(args[i]) & function_takes(row, i)))
			return false;
	return true;
}

/* The rows that have room for so many arguments take, of argument i, all this. */
static uint16_t takes_of(const struct ast *ast, uint32_t i)
{
	uint16_t takes = 0;

	for (uint32_t row = 0; row < ast->call.row_count; row++)
		if (ast->call.count >= ast->call.rows[row].min &&
		    ast->call.count <= ast->call.rows[row].max)
			takes |= function_takes(&ast->call.rows[row], i);
	return takes;
}

static const struct value *no_overload(
    struct eval *eval, const struct ast *ast, const struct value *const *args)
{
	char shown[SHOWN_MAX];
	struct str name = ast->call.name;
	uint32_t count = ast->call.count - ast->call.method;

	if (ast->call.rows->style == STYLE_OPERATOR && ast->call.count == 2)
		return eval_error(eval, ast, "\"%.*s\" does not go with %s and %s", STR_ARG(name),
		    takes_name(args[0]), takes_name(args[1]));
	for (uint32_t i = 0; i < ast->call.count; i++) {
		uint16_t takes = takes_of(ast, i);

		if (takes == 0)
			return eval_error(eval, ast, "\"%.*s\" does not take %u argument%s",
			    STR_ARG(name), count, count == 1 ? "" : "s");
		if (takes & takes_value(args[i]))
			continue;
		takes_show(takes, shown, sizeof(shown));
		return eval_error(eval, ast->call.args[i], "\"%.*s\" takes %s, not %s",
		    STR_ARG(name), shown, takes_name(args[i]));
	}
	return eval_error(
	    eval, ast, "\"%.*s\" does not take these arguments together", STR_ARG(name));
}

/* Evaluates the arguments; what stops the call is returned, else NULL: unknowns before errors before seals. */
static const struct value *eval_args(
    struct eval *eval, const struct ast *ast, const struct value **args)
{
	const struct value *unknown = NULL;
	const struct value *error = NULL;

	for (uint32_t i = 0; i < ast->call.count; i++) {
		args[i] = eval_ast(eval, ast->call.args[i]);
		if (args[i]->type == VALUE_UNKNOWN)
			unknown = eval_merge(eval, unknown, args[i]);
		else if (!error)
			error = eval_is_opaque(args[i])
			    ? args[i]
			    : eval_sealed(eval, ast->call.args[i], args[i], false);
	}
	return eval_stop(eval, unknown, error);
}

/* The same for what stands inside of the arguments. */
static const struct value *look_deep(
    struct eval *eval, const struct ast *ast, const struct value *const *args)
{
	const struct value *unknown = NULL;
	const struct value *error = NULL;

	for (uint32_t i = 0; i < ast->call.count; i++) {
		if (!eval_spend(eval, ast, value_weight(args[i]) / ((size_t)WORK_BYTES * 4)))
			return eval->exhausted;
		unknown = eval_merge(eval, unknown, eval_unknowns(eval, args[i]));
		if (!error)
			error = eval_sealed(eval, ast->call.args[i], args[i], true);
	}
	return eval_stop(eval, unknown, error);
}

const struct value *eval_call(struct eval *eval, const struct ast *ast, bool *absent)
{
	const struct value *few[ARGS_FEW];
	const struct value **args = ast->call.count <= ARGS_FEW
	    ? few
	    : arena_array(eval->arena, ast->call.count, sizeof(*args));
	const struct value *stop = eval_args(eval, ast, args);
	struct call call = {eval, eval->arena, ast, args, ast->call.count, absent};

	if (!ast->call.rows)
		return eval_error(
		    eval, ast, "there is no function \"%.*s\"", STR_ARG(ast->call.name));
	if (stop)
		return stop;
	for (uint32_t i = 0; i < ast->call.row_count; i++) {
		const struct function *row = &ast->call.rows[i];

		if (!fits(row, args, ast->call.count))
			continue;
		if (row->flags & FUNCTION_DEEP && (stop = look_deep(eval, ast, args)))
			return stop;
		return row->code(&call);
	}
	return no_overload(eval, ast, args);
}
