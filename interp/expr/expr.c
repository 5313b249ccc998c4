/* SPDX-License-Identifier: Apache-2.0 */
#include "expr/expr.h"

#include <string.h>

#include "expr/expr_ast.h"

struct ast *ast_child(const struct ast *ast, size_t i)
{
	switch (ast->kind) {
	case AST_CONST:
	case AST_NAME:
	case AST_BOUND:
		return NULL;
	case AST_SELECT:
	case AST_HAS:
		return i == 0 ? ast->select.of : NULL;
	case AST_INDEX:
		return i == 0 ? ast->index.of : i == 1 ? ast->index.key : NULL;
	case AST_CALL:
		return i < ast->call.count ? ast->call.args[i] : NULL;
	case AST_AND:
	case AST_OR:
	case AST_LIST:
	case AST_MAP:
		return i < ast->list.count ? ast->list.items[i] : NULL;
	case AST_IF:
		return i == 0 ? ast->cond.test
		    : i == 1  ? ast->cond.then
		    : i == 2  ? ast->cond.other
			      : NULL;
	case AST_MACRO:
		if (i == 0)
			return ast->macro.range;
		if (ast->macro.filter)
			return i == 1 ? ast->macro.filter : i == 2 ? ast->macro.body : NULL;
		return i == 1 ? ast->macro.body : NULL;
	case AST_OPTION:
		return i == 0 ? ast->option.of : i == 1 ? ast->option.other : NULL;
	}
	return NULL;
}

struct str expr_text(const struct expr *expr)
{
	return str_sub(expr->text.bytes, expr->start, expr->end - expr->start);
}

struct span expr_span(const struct expr *expr)
{
	return text_span(&expr->text, expr->start, expr->end);
}

/* Lines and what they are indented by become one space. */
static struct str one_line(struct arena *arena, struct str text)
{
	char *out = arena_alloc(arena, text.len + 1);
	size_t len = 0;
	size_t space = 0;

	for (size_t i = 0; i < text.len; i += space ? space : 1) {
		struct str rest = str_sub(text, i, text.len);

		for (space = 0; space < rest.len && strchr(" \t\r\n", rest.ptr[space]);)
			space++;
		if (memchr(rest.ptr, '\n', space)) {
			out[len++] = ' ';
			continue;
		}
		memcpy(out + len, rest.ptr, space ? space : 1);
		len += space ? space : 1;
	}
	return (struct str){out, len};
}

struct str expr_line(const struct expr *expr, struct arena *arena)
{
	return one_line(arena, expr_text(expr));
}

/* An error that this expression did not make has no place in it. */
static bool has_place(const struct expr *expr, const struct value *error)
{
	return error->error.start < error->error.end && error->error.end <= expr->text.bytes.len;
}

struct span expr_error_span(const struct expr *expr, const struct value *error)
{
	if (!has_place(expr, error))
		return expr_span(expr);
	return text_span(&expr->text, error->error.start, error->error.end);
}

struct str expr_error_text(const struct expr *expr, const struct value *error, struct arena *arena)
{
	uint32_t start = error->error.start;
	uint32_t end = error->error.end;
	struct str part;

	if (!has_place(expr, error) || (start == expr->start && end == expr->end))
		return error->error.message;
	part = one_line(arena, str_sub(expr->text.bytes, start, end - start));
	return arena_printf(arena, "%.*s: %.*s", STR_ARG(part), STR_ARG(error->error.message));
}

enum { PATH_MAX_PARTS = 64 };

struct visit {
	const struct expr *expr;
	expr_visit *visit;
	void *self;
};

bool ast_is_type_name(struct str name)
{
	static const char *const names[] = {
	    "bool", "double", "int", "list", "map", "null_type", "string", "type"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (str_is(name, names[i]))
			return true;
	return false;
}

/* The constant part of a selection: a field, or an index that is a literal string. */
static bool constant_part(const struct ast *ast, struct str *ret_part, const struct ast **ret_of)
{
	if (ast->kind == AST_SELECT || ast->kind == AST_HAS) {
		*ret_part = ast->select.field;
		*ret_of = ast->select.of;
		return true;
	}
	if (ast->kind == AST_INDEX && ast->index.key->kind == AST_CONST &&
	    ast->index.key->constant->type == VALUE_STRING) {
		*ret_part = ast->index.key->constant->string.text;
		*ret_of = ast->index.of;
		return true;
	}
	return false;
}

/* The end of a name's path may be cut: past PATH_MAX_PARTS nothing is named. */
static bool visit_path(const struct visit *visit, const struct ast *ast)
{
	struct str parts[PATH_MAX_PARTS];
	const struct ast *at = ast;
	const struct ast *of = NULL;
	size_t count = 1;
	size_t i;

	for (struct str part; constant_part(at, &part, &of); at = of)
		count++;
	if (at->kind != AST_NAME)
		return false;
	i = count;
	for (at = ast; i > 1; at = of) {
		struct str part;

		constant_part(at, &part, &of);
		if (--i < PATH_MAX_PARTS)
			parts[i] = part;
	}
	parts[0] = at->name.text;
	/* a result may have a field `type` */
	if (count > 1 || !ast_is_type_name(parts[0]) || str_is(parts[0], "type"))
		visit->visit(visit->self, parts, count < PATH_MAX_PARTS ? count : PATH_MAX_PARTS,
		    text_span(&visit->expr->text, at->start, ast->end));
	return true;
}

static void visit_names(const struct visit *visit, const struct ast *ast)
{
	struct ast *child;

	if (visit_path(visit, ast))
		return;
	for (size_t i = 0; (child = ast_child(ast, i)); i++)
		visit_names(visit, child);
}

void expr_visit_names(const struct expr *expr, expr_visit *visit, void *self)
{
	const struct visit state = {expr, visit, self};

	visit_names(&state, expr->root);
}

void guess_visit_names(const struct guess *guess, expr_visit *visit, void *self)
{
	const struct visit state = {guess->expr, visit, self};

	visit_names(&state, guess->ast);
}
