/* SPDX-License-Identifier: Apache-2.0 */
#include "expr/expr_parse.h"

#include <string.h>

#include "expr/expr.h"
#include "expr/func.h"

void parser_advance(struct parser *parser)
{
	parser->last_end = parser->token.end;
	parser->token = lex_next(&parser->lexer);
}

bool parser_take(struct parser *parser, const char *mark)
{
	if (!token_is(&parser->token, mark))
		return false;
	parser_advance(parser);
	return true;
}

/* "and" behind a whole expression is what other languages write. */
static void add_hint(struct parser *parser, struct diag *diag)
{
	static const struct {
		const char *word;
		const char *help;
	} hints[] = {
	    {"and", "\"and\" is written &&"},
	    {"or", "\"or\" is written ||"},
	    {"is", "equality is written =="},
	    {"if", "a choice is written condition ? value : other"},
	    {"matches", "write text.matches(pattern)"},
	    {"contains", "write text.contains(part)"},
	};

	struct str before = str_trim(str_sub(parser->lexer.text->bytes, 0, parser->last_end));

	if (str_is(before, "not") || str_ends(before, STR(" not")))
		diag_help(parser->lexer.diags, diag, "\"not\" is written !");
	if (parser->token.kind != TOKEN_NAME)
		return;
	for (size_t i = 0; i < sizeof(hints) / sizeof(*hints); i++)
		if (str_is(parser->token.text, hints[i].word))
			diag_help(parser->lexer.diags, diag, "%s", hints[i].help);
}

void parser_hint_comma(struct parser *parser, struct diag *diag)
{
	const struct text *text = parser->lexer.text;
	const struct source *source = text->whole.source;
	bool before_comma = source && text->whole.end < source->len &&
	    source->bytes[text->whole.end] == ',';
	size_t open = 0;

	for (size_t i = 0; i < text->bytes.len; i++) {
		open += text->bytes.ptr[i] == '(' || text->bytes.ptr[i] == '[';
		open -= text->bytes.ptr[i] == ')' || text->bytes.ptr[i] == ']';
	}
	if (parser->token.kind == TOKEN_END && before_comma && open && !text_quote(text))
		diag_help(parser->lexer.diags, diag,
		    "within {…} and […] a comma ends the value: put the whole expression in "
		    "quotes");
}

struct ast *parser_fail(struct parser *parser, const char *expected)
{
	const struct token *token = &parser->token;
	struct str found = str_sub(
	    parser->lexer.text->bytes, token->start, token->end - token->start);
	struct diag *diag;

	if (token->kind == TOKEN_ERROR)
		return NULL; /* reported by the lexer */
	if (token->kind == TOKEN_END)
		diag = lex_error(&parser->lexer, parser->last_end, token->end,
		    "expected %s, but the expression ends", expected);
	else
		diag = lex_error(&parser->lexer, token->start, token->end,
		    "expected %s, found \"%.*s\"", expected, STR_ARG(str_sub(found, 0, 40)));
	add_hint(parser, diag);
	if (strstr(expected, "\")\"") || strstr(expected, "\"]\""))
		parser_hint_comma(parser, diag);
	return NULL;
}

bool parser_expect(struct parser *parser, const char *mark, const char *where)
{
	struct str expected;

	if (parser_take(parser, mark))
		return true;
	expected = arena_printf(parser->lexer.arena, "\"%s\" %s", mark, where);
	parser_fail(parser, expected.ptr);
	return false;
}

struct ast *parser_make(struct parser *parser, enum ast_kind kind, uint32_t start)
{
	struct ast *ast = arena_alloc(parser->lexer.arena, sizeof(*ast));

	ast->kind = kind;
	ast->start = start;
	ast->end = parser->last_end;
	return ast;
}

static struct ast *too_deep(struct parser *parser, uint32_t start, uint32_t end)
{
	diag_help(parser->lexer.diags,
	    lex_error(&parser->lexer, start, end, "the expression is nested too deeply"),
	    "give a part of it a name: `outputs` of a step without action");
	return NULL;
}

struct ast *parser_close(struct parser *parser, struct ast *ast)
{
	struct ast *child;

	for (size_t i = 0; (child = ast_child(ast, i)); i++)
		if (child->depth >= ast->depth)
			ast->depth = (uint16_t)(child->depth + 1);
	if (ast->depth > DEPTH_MAX)
		return too_deep(parser, ast->start, ast->end);
	return ast;
}

static struct ast *make_operator(
    struct parser *parser, struct token op, struct ast *left, struct ast *right)
{
	struct ast *first = left ? left : right;
	struct ast *ast = parser_make(parser, AST_CALL, left ? left->start : op.start);

	ast->call.name = op.text;
	ast->call.name_start = op.start;
	ast->call.rows = function_find(op.text, STYLE_OPERATOR, &ast->call.row_count);
	ast->call.count = left ? 2 : 1;
	ast->call.args = arena_array(parser->lexer.arena, 2, sizeof(*ast->call.args));
	ast->call.args[0] = first;
	ast->call.args[1] = left ? right : NULL;
	return parser_close(parser, ast);
}

/* A minus in front of a number belongs to it: the smallest int has no positive counterpart. */
struct ast *parse_number(struct parser *parser, bool negative, uint32_t start)
{
	struct token token = parser->token;
	struct arena *arena = parser->lexer.arena;
	struct ast *ast;

	if (token.kind == TOKEN_INT && token.integer > (uint64_t)INT64_MAX + negative) {
		lex_error(&parser->lexer, start, token.end, "the number does not fit 64 bits");
		return NULL;
	}
	parser_advance(parser);
	ast = parser_make(parser, AST_CONST, start);
	if (token.kind == TOKEN_DOUBLE)
		ast->constant = value_double(arena, negative ? -token.real : token.real);
	else
		ast->constant = value_int(
		    arena, (int64_t)(negative ? 0 - token.integer : token.integer));
	return ast;
}

static struct ast *parse_unary(struct parser *parser)
{
	struct token op = parser->token;
	struct ast *operand;

	if (!token_is(&op, "!") && !token_is(&op, "-"))
		return parse_member(parser);
	parser_advance(parser);
	if (token_is(&op, "-") &&
	    (parser->token.kind == TOKEN_INT || parser->token.kind == TOKEN_DOUBLE))
		return parse_postfix(parser, parse_number(parser, true, op.start));
	if (++parser->nesting > NESTING_MAX)
		return too_deep(parser, op.start, op.end);
	operand = parse_unary(parser);
	parser->nesting--;
	return operand ? make_operator(parser, op, NULL, operand) : NULL;
}

/* Tighter from one level to the next. */
static bool is_operator(const struct token *token, size_t level)
{
	static const char *const levels[][8] = {
	    {"<", "<=", ">=", ">", "==", "!="},
	    {"+", "-"},
	    {"*", "/", "%"},
	};

	if (level == 0 && token->kind == TOKEN_NAME)
		return str_is(token->text, "in");
	for (size_t i = 0; levels[level][i]; i++)
		if (token_is(token, levels[level][i]))
			return true;
	return false;
}

static struct ast *parse_level(struct parser *parser, size_t level)
{
	struct ast *left = level == 2 ? parse_unary(parser) : parse_level(parser, level + 1);

	while (left && is_operator(&parser->token, level)) {
		struct token op = parser->token;
		struct ast *right;

		parser_advance(parser);
		right = level == 2 ? parse_unary(parser) : parse_level(parser, level + 1);
		left = right ? make_operator(parser, op, left, right) : NULL;
	}
	return left;
}

/* a && b && c is one node, so a long chain is not a deep one. */
static struct ast *parse_logic(struct parser *parser, bool is_or)
{
	const char *mark = is_or ? "||" : "&&";
	struct ast *first = is_or ? parse_logic(parser, false) : parse_level(parser, 0);
	struct ast **items = NULL;
	size_t capacity = 0;
	size_t count = 0;
	struct ast *ast;

	if (!first || !token_is(&parser->token, mark))
		return first;
	items = arena_grow(parser->lexer.arena, items, count, &capacity, sizeof(*items));
	items[count++] = first;
	while (parser_take(parser, mark)) {
		struct ast *item = is_or ? parse_logic(parser, false) : parse_level(parser, 0);

		if (!item)
			return NULL;
		items = arena_grow(parser->lexer.arena, items, count, &capacity, sizeof(*items));
		items[count++] = item;
	}
	ast = parser_make(parser, is_or ? AST_OR : AST_AND, first->start);
	ast->list.items = items;
	ast->list.count = (uint32_t)count;
	return parser_close(parser, ast);
}

struct ast *parse_expression(struct parser *parser)
{
	struct ast *test;
	struct ast *ast;

	if (++parser->nesting > NESTING_MAX)
		return too_deep(parser, parser->token.start, parser->token.end);
	test = parse_logic(parser, true);
	if (test && parser_take(parser, "?")) {
		struct ast *then = parse_logic(parser, true);
		struct ast *other = then &&
			parser_expect(parser, ":", "of the choice begun by \"?\"")
		    ? parse_expression(parser)
		    : NULL;

		if (!other)
			return NULL;
		ast = parser_make(parser, AST_IF, test->start);
		ast->cond.test = test;
		ast->cond.then = then;
		ast->cond.other = other;
		ast->may_lack = then->may_lack || other->may_lack;
		test = parser_close(parser, ast);
	}
	parser->nesting--;
	return test;
}

static struct expr *parse_whole(struct parser *parser, struct arena *arena, const struct text *text,
    size_t start, size_t end, struct diags *diags)
{
	struct expr *expr = arena_alloc(arena, sizeof(*expr));

	*parser = (struct parser){
	    .lexer = {.arena = arena, .text = text, .diags = diags, .at = start, .end = end},
	    .last_end = (uint32_t)start,
	};
	parser->token.end = (uint32_t)start;
	parser_advance(parser);
	expr->text = *text;
	expr->start = parser->token.start;
	if (parser->token.kind == TOKEN_END) {
		diag_help(parser->lexer.diags,
		    lex_error(&parser->lexer, start, end, "there is no expression here"),
		    "write what is meant, as in `steps.x.succeeded`");
		return NULL;
	}
	expr->root = parse_expression(parser);
	expr->end = parser->last_end;
	return expr->root ? expr : NULL;
}

struct expr *expr_parse(
    struct arena *arena, const struct text *text, size_t start, size_t end, struct diags *diags)
{
	struct parser parser;
	struct expr *expr = parse_whole(&parser, arena, text, start, end, diags);

	if (expr && parser.token.kind != TOKEN_END) {
		parser_fail(&parser, "an operator or the end");
		return NULL;
	}
	return expr;
}

struct expr *expr_parse_embedded(struct arena *arena, const struct text *text, size_t start,
    size_t *ret_end, struct diags *diags)
{
	struct parser parser;
	struct expr *expr = parse_whole(&parser, arena, text, start, text->bytes.len, diags);
	struct str rest;

	if (!expr)
		return NULL;
	rest = str_sub(text->bytes, parser.token.start, text->bytes.len);
	if (!str_starts(rest, STR("}}"))) {
		parser_fail(&parser, "an operator or \"}}\"");
		return NULL;
	}
	*ret_end = parser.token.start + 2;
	return expr;
}
