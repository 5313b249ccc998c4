/* SPDX-License-Identifier: Apache-2.0 */
#include "expr/expr_eval.h"

/* Conditions that are guessed. What reads alike is one condition, so its guess can be remembered. */

/* What is compared, by the sign that stands for it, and whether that says the contrary. */
static const struct {
	const char *name;
	char sign;
	bool contrary;
} signs[] = {
    {"==", '=', false},
    {"!=", '=', true},
    {"<", '<', false},
    {">=", '<', true},
    {">", '>', false},
    {"<=", '>', true},
};

static struct str text_of(const struct eval *eval, const struct ast *ast)
{
	return str_trim(str_sub(eval->expr->text.bytes, ast->start, ast->end - ast->start));
}

/* Whether it names a slot that is not among those bound inside of it. */
static bool is_bound(const struct ast *ast, uint32_t inside)
{
	struct ast *child;

	if (ast->kind == AST_BOUND)
		return !(inside >> ast->name.slot & 1);
	for (size_t i = 0; (child = ast_child(ast, i)); i++) {
		bool binds = ast->kind == AST_MACRO && i > 0;

		if (is_bound(child, binds ? inside | 1U << ast->macro.slot : inside))
			return true;
	}
	return false;
}

static bool is_operator(const struct ast *ast, const char *name)
{
	return ast->kind == AST_CALL && !ast->call.method && str_is(ast->call.name, name);
}

static bool guess(struct eval *eval, const struct ast *ast, const struct value *value)
{
	struct guess guess = {.expr = eval->expr};
	bool contrary = false;

	guess.ast = ast;
	guess.value = ast->kind == AST_CALL ? NULL : value;
	guess.a = text_of(eval, ast);
	guess.bound = is_bound(ast, 0);
	for (size_t i = 0; i < sizeof(signs) / sizeof(*signs); i++) {
		if (!is_operator(ast, signs[i].name) || ast->call.count != 2)
			continue;
		guess.sign = signs[i].sign;
		guess.a = text_of(eval, ast->call.args[0]);
		guess.b = text_of(eval, ast->call.args[1]);
		contrary ^= signs[i].contrary;
	}
	return eval->guesser->guess(eval->guesser, &guess) != contrary;
}

const struct value *eval_condition(struct eval *eval, const struct ast *ast)
{
	const struct value *value;

	if (!eval->guesser)
		return eval_ast(eval, ast);
	if (is_operator(ast, "!")) {
		value = eval_condition(eval, ast->call.args[0]);
		return value->type == VALUE_BOOL ? value_bool(!value->boolean) : value;
	}
	value = eval_ast(eval, ast);
	return value->type == VALUE_UNKNOWN ? value_bool(guess(eval, ast, value)) : value;
}

const struct value *eval_made_of(struct eval *eval, const struct value *unknown)
{
	static const uint32_t nobody[] = {0};

	return eval->guesser ? value_unknown(eval->arena, nobody, 1) : unknown;
}

bool eval_is_there(struct eval *eval, const struct ast *ast)
{
	return !eval->guesser || !ast->may_lack || guess(eval, ast, NULL);
}
