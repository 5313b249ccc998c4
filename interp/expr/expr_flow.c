/* SPDX-License-Identifier: Apache-2.0 */
#include "expr/expr.h"
#include "expr/expr_ast.h"
#include "expr/func.h"

/* Where the text that an expression gives comes from. */
struct flow {
	const struct expr *expr;
	expr_tame *tame;
	void *self;
	uint32_t bound; /* slots of macros whose items are fine */
};

static bool is_fine(struct flow *flow, const struct ast *ast, uint32_t times);

static bool all_fine(struct flow *flow, const struct ast *ast, uint32_t times)
{
	struct ast *child;

	for (size_t i = 0; (child = ast_child(ast, i)); i++)
		if (!is_fine(flow, child, times))
			return false;
	return true;
}

/* A name with the constant selections behind it. */
static bool is_tame_path(struct flow *flow, const struct ast *ast)
{
	struct str path[16];
	size_t count = sizeof(path) / sizeof(*path);

	for (; ast->kind == AST_SELECT && count > 1; ast = ast->select.of)
		path[--count] = ast->select.field;
	if (ast->kind == AST_BOUND)
		return flow->bound >> ast->name.slot & 1;
	if (ast->kind != AST_NAME)
		return false;
	path[--count] = ast->name.text;
	return flow->tame(flow->self, path + count, sizeof(path) / sizeof(*path) - count);
}

/* The items of a range are as fine as the range; then each is what the body makes of it. */
static bool is_fine_macro(struct flow *flow, const struct ast *ast, uint32_t times)
{
	uint32_t slot = 1U << ast->macro.slot;
	uint32_t before = flow->bound;
	bool fine = is_fine(flow, ast->macro.range, times);

	if (ast->macro.kind != MACRO_MAP)
		return fine || ast->macro.kind <= MACRO_EXISTS_ONE;
	flow->bound = fine ? before | slot : before & ~slot;
	fine = is_fine(flow, ast->macro.body, times);
	flow->bound = before;
	return fine;
}

/* What cannot be code, whatever it is: numbers, bools, times. */
static bool is_tame_kind(enum type_kind kind)
{
	return kind == TYPE_BOOL || kind == TYPE_INT || kind == TYPE_DOUBLE ||
	    kind == TYPE_DURATION || kind == TYPE_TIMESTAMP;
}

static bool is_fine_call(struct flow *flow, const struct ast *ast, uint32_t times)
{
	const struct function *row = ast->call.rows;
	bool counts = row && !row->infer && is_tame_kind(row->gives->kind);

	for (uint32_t i = 1; i < ast->call.row_count && counts; i++)
		counts = !row[i].infer && is_tame_kind(row[i].gives->kind);
	if (counts)
		return true;
	if (str_is(ast->call.name, "shell.quote") && ast->call.count == 1 && times != QUOTED_NEVER)
		return is_fine(flow, ast->call.args[0], times - 1);
	return all_fine(flow, ast, times);
}

static bool is_fine(struct flow *flow, const struct ast *ast, uint32_t times)
{
	if (times == 0)
		return true;
	switch (ast->kind) {
	case AST_CONST:
	case AST_HAS:
	case AST_AND:
	case AST_OR:
		return true;
	case AST_NAME:
	case AST_BOUND:
	case AST_SELECT:
		return is_tame_path(flow, ast);
	case AST_IF:
		return is_fine(flow, ast->cond.then, times) &&
		    is_fine(flow, ast->cond.other, times);
	case AST_INDEX:
		return is_fine(flow, ast->index.of, times);
	case AST_MACRO:
		return is_fine_macro(flow, ast, times);
	case AST_CALL:
		return is_fine_call(flow, ast, times);
	case AST_OPTION:
		if (ast->option.kind == OPTION_HAS_VALUE)
			return true;
		return all_fine(flow, ast, times);
	case AST_LIST:
	case AST_MAP:
		break;
	}
	return all_fine(flow, ast, times);
}

bool expr_is_quoted(const struct expr *expr, uint32_t times, expr_tame *tame, void *self)
{
	struct flow flow = {.tame = tame, .self = self};

	return is_fine(&flow, expr->root, times);
}
