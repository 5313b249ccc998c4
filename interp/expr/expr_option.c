/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>

#include "expr/expr_eval.h"
#include "expr/func.h"

/* What there may be: the nodes that can lack a value, and what ends them. */

const struct value *eval_operand(struct eval *eval, const struct ast *ast)
{
	return ast->may_lack ? eval_maybe(eval, ast) : eval_ast(eval, ast);
}

/* eval_maybe() of what stands before the last point; an error when that cannot lack. */
static const struct value *before_point(struct eval *eval, const struct ast *ast)
{
	if (!ast->may_lack)
		return eval_error(eval, ast, "there is nothing optional before the last point");
	return eval_maybe(eval, ast);
}

const struct value *eval_option(struct eval *eval, const struct ast *ast)
{
	const struct value *value = before_point(eval, ast->option.of);

	if (value && eval_is_opaque(value))
		return value;
	switch (ast->option.kind) {
	case OPTION_HAS_VALUE:
		return value_bool(value != NULL);
	case OPTION_OR_VALUE:
		return value ? value : eval_ast(eval, ast->option.other);
	case OPTION_OR:
		return value ? value : eval_operand(eval, ast->option.other);
	case OPTION_VALUE:
		break;
	}
	return value ? value : eval->absent;
}

const struct value *eval_opt_map(struct eval *eval, const struct ast *ast)
{
	const struct value *value = before_point(eval, ast->macro.range);

	if (!value || eval_is_opaque(value))
		return value;
	if (value->type == VALUE_SECRET)
		return eval_sealed(eval, ast->macro.range, value, false);
	eval->slots[ast->macro.slot] = value;
	if (ast->macro.kind == MACRO_OPT_FLAT_MAP)
		return eval_operand(eval, ast->macro.body);
	return eval_ast(eval, ast->macro.body);
}

const struct value *eval_maybe(struct eval *eval, const struct ast *ast)
{
	const struct value *value = NULL;
	bool absent = false;

	assert(ast->may_lack);
	if (!eval_spend(eval, ast, 1))
		return eval->exhausted;
	switch (ast->kind) {
	case AST_SELECT:
		return eval_select(eval, ast);
	case AST_INDEX:
		return eval_index(eval, ast);
	case AST_OPTION:
		return eval_option(eval, ast);
	case AST_MACRO:
		return eval_opt_map(eval, ast);
	case AST_IF:
		return eval_if(eval, ast, eval_operand);
	default:
		value = eval_call(eval, ast, &absent);
		return absent ? NULL : value;
	}
}
