/* SPDX-License-Identifier: Apache-2.0 */
#include "base/regex.h"
#include "expr/expr_parse.h"
#include "expr/foreign.h"
#include "expr/func.h"

/* Primaries, and what may follow them: selections, indexes, calls. */

bool parse_items(
    struct parser *parser, const char *end, struct ast ***ret_items, uint32_t *ret_count)
{
	struct ast **items = NULL;
	size_t capacity = 0;
	size_t count = 0;

	while (!token_is(&parser->token, end)) {
		struct ast *item = parse_expression(parser);

		if (!item)
			return false;
		items = arena_grow(parser->lexer.arena, items, count, &capacity, sizeof(*items));
		items[count++] = item;
		if (!parser_take(parser, ","))
			break;
	}
	if (!parser_expect(parser, end, "or \",\" behind an item"))
		return false;
	*ret_items = items;
	*ret_count = (uint32_t)count;
	return true;
}

/* A pattern that is a literal is compiled once, here. */
static void compile_pattern(struct parser *parser, struct ast *call)
{
	const struct ast *pattern = call->call.count > 1 ? call->call.args[1] : NULL;
	size_t offset;

	if (!call->call.rows || !(call->call.rows->flags & FUNCTION_PATTERN) || !pattern ||
	    pattern->kind != AST_CONST || pattern->constant->type != VALUE_STRING)
		return;
	call->call.regex = regex_new(parser->lexer.arena, pattern->constant->string.text, 0,
	    &call->call.pattern_error, &offset);
}

/* Behind "name(": the arguments, and the end of the call. */
static struct ast *parse_call(
    struct parser *parser, struct ast *receiver, struct str name, uint32_t name_start)
{
	uint32_t start = receiver ? receiver->start : name_start;
	struct ast **items;
	uint32_t count;
	struct ast *ast;

	if (!parse_items(parser, ")", &items, &count))
		return NULL;
	if (count >= ARGS_MAX) {
		lex_error(&parser->lexer, name_start, parser->last_end, "too many arguments");
		return NULL;
	}
	ast = parser_make(parser, AST_CALL, start);
	ast->call.name = name;
	ast->call.name_start = name_start;
	ast->call.method = receiver != NULL;
	ast->call.count = count + (receiver != NULL);
	ast->call.args = arena_array(
	    parser->lexer.arena, ast->call.count + 1, sizeof(*ast->call.args));
	ast->call.args[0] = receiver;
	for (uint32_t i = 0; i < count; i++)
		ast->call.args[i + (receiver != NULL)] = items[i];
	ast->call.rows = function_find(
	    name, receiver ? STYLE_METHOD : STYLE_GLOBAL, &ast->call.row_count);
	ast->may_lack = ast->call.rows && ast->call.rows->flags & FUNCTION_MAY_LACK;
	compile_pattern(parser, ast);
	return parser_close(parser, ast);
}

/* .orValue(x) and its kin; *ret_is_option is false when it is an ordinary method. */
static struct ast *parse_option(
    struct parser *parser, struct ast *of, struct str name, bool *ret_is_option)
{
	static const struct {
		const char *name;
		enum option_kind kind;
		uint32_t count;
	} options[] = {
	    {"orValue", OPTION_OR_VALUE, 1},
	    {"or", OPTION_OR, 1},
	    {"hasValue", OPTION_HAS_VALUE, 0},
	    {"value", OPTION_VALUE, 0},
	};
	struct ast **items;
	uint32_t count;
	uint32_t at = parser->token.start;
	struct ast *ast;

	*ret_is_option = false;
	for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++) {
		if (!str_is(name, options[i].name))
			continue;
		*ret_is_option = true;
		if (!parse_items(parser, ")", &items, &count))
			return NULL;
		if (count != options[i].count) {
			lex_error(&parser->lexer, at, parser->last_end,
			    options[i].count ? "\"%s\" takes one argument"
					     : "\"%s\" takes no arguments",
			    options[i].name);
			return NULL;
		}
		ast = parser_make(parser, AST_OPTION, of->start);
		ast->option.kind = options[i].kind;
		ast->option.of = of;
		ast->option.other = count ? items[0] : NULL;
		ast->may_lack = options[i].kind == OPTION_OR;
		return parser_close(parser, ast);
	}
	return NULL;
}

/*
 * math.greatest(…): a function with a point in its name, unless a macro binds `math`. What is none, nor any value's
 * method, is a misspelt one.
 */
static struct ast *parse_spaced_call(
    struct parser *parser, struct ast *space, struct token name, bool *ret_is_spaced)
{
	struct str full;
	uint32_t count;

	*ret_is_spaced = space->kind == AST_NAME && function_is_space(space->name.text);
	if (!*ret_is_spaced)
		return NULL;
	full = arena_printf(
	    parser->lexer.arena, "%.*s.%.*s", STR_ARG(space->name.text), STR_ARG(name.text));
	*ret_is_spaced = function_find(full, STYLE_GLOBAL, &count) ||
	    !function_find(name.text, STYLE_METHOD, &count);
	return *ret_is_spaced ? parse_call(parser, NULL, full, space->start) : NULL;
}

/* Behind "of.name(". */
static struct ast *parse_method(struct parser *parser, struct ast *of, struct token name)
{
	struct ast *ast;
	bool taken;

	ast = parse_macro(parser, of, name, &taken);
	if (taken)
		return ast;
	ast = parse_option(parser, of, name.text, &taken);
	if (taken)
		return ast;
	ast = parse_spaced_call(parser, of, name, &taken);
	if (taken)
		return ast;
	return parse_call(parser, of, name.text, name.start);
}

/* google.protobuf.Duration and .Timestamp are names of types. */
static bool is_type_path(const struct ast *of, struct str field)
{
	return of->kind == AST_SELECT && str_is(of->select.field, "protobuf") &&
	    of->select.of->kind == AST_NAME && str_is(of->select.of->name.text, "google") &&
	    (str_is(field, "Duration") || str_is(field, "Timestamp"));
}

/* Behind the point. */
static struct ast *parse_selection(struct parser *parser, struct ast *of)
{
	bool optional = parser_take(parser, "?");
	struct token name = parser->token;
	struct ast *ast;

	if (name.kind != TOKEN_NAME && name.kind != TOKEN_QUOTED)
		return parser_fail(parser, "a name behind the point");
	if (name.kind == TOKEN_NAME &&
	    (str_is(name.text, "in") || str_is(name.text, "true") || str_is(name.text, "false") ||
		str_is(name.text, "null"))) {
		diag_help(parser->lexer.diags,
		    lex_error(&parser->lexer, name.start, name.end, "\"%.*s\" is no name",
			STR_ARG(name.text)),
		    "quote it: .`%.*s`", STR_ARG(name.text));
		return NULL;
	}
	parser_advance(parser);
	if (name.kind == TOKEN_NAME && !optional && parser_take(parser, "("))
		return parse_method(parser, of, name);
	ast = parser_make(parser, AST_SELECT, of->start);
	if (!optional && is_type_path(of, name.text)) {
		ast->kind = AST_CONST;
		ast->constant = value_type(parser->lexer.arena,
		    str_is(name.text, "Duration") ? STR("google.protobuf.Duration")
						  : STR("google.protobuf.Timestamp"));
		return ast;
	}
	ast->select.of = of;
	ast->select.field = name.text;
	ast->select.start = name.start;
	ast->optional = optional;
	ast->may_lack = optional || of->may_lack;
	return parser_close(parser, ast);
}

/* Behind the bracket. */
static struct ast *parse_index(struct parser *parser, struct ast *of)
{
	bool optional = parser_take(parser, "?");
	struct ast *key = parse_expression(parser);
	struct ast *ast;

	if (!key || !parser_expect(parser, "]", "behind the index"))
		return NULL;
	ast = parser_make(parser, AST_INDEX, of->start);
	ast->index.of = of;
	ast->index.key = key;
	ast->optional = optional;
	ast->may_lack = optional || of->may_lack;
	return parser_close(parser, ast);
}

static struct ast *parse_map(struct parser *parser, uint32_t start)
{
	struct ast **items = NULL;
	size_t capacity = 0;
	size_t count = 0;
	struct ast *ast;

	while (!token_is(&parser->token, "}")) {
		struct ast *key = parse_expression(parser);
		struct ast *value = key && parser_expect(parser, ":", "behind a key")
		    ? parse_expression(parser)
		    : NULL;

		if (!value)
			return NULL;
		for (int i = 0; i < 2; i++) {
			items = arena_grow(
			    parser->lexer.arena, items, count, &capacity, sizeof(*items));
			items[count++] = i ? value : key;
		}
		if (!parser_take(parser, ","))
			break;
	}
	if (!parser_expect(parser, "}", "or \",\" behind an entry"))
		return NULL;
	ast = parser_make(parser, AST_MAP, start);
	ast->list.items = items;
	ast->list.count = (uint32_t)count;
	return parser_close(parser, ast);
}

/* Behind "has(". */
static struct ast *parse_has(struct parser *parser, uint32_t start)
{
	struct ast *of = parse_expression(parser);
	struct ast *ast;

	if (!of || !parser_expect(parser, ")", "behind the argument of has"))
		return NULL;
	if (of->kind != AST_SELECT) {
		diag_help(parser->lexer.diags,
		    lex_error(
			&parser->lexer, of->start, of->end, "has() takes a selection: has(a.b)"),
		    "name a field of something: has(json.status)");
		return NULL;
	}
	ast = parser_make(parser, AST_HAS, start);
	ast->select = of->select;
	return parser_close(parser, ast);
}

/* rooted: behind a point, where what macros bind does not hide the scope's names. */
static struct ast *parse_name(struct parser *parser, bool rooted)
{
	struct token name = parser->token;
	const char *foreign;
	struct diag *diag;
	struct ast *ast;

	parser_advance(parser);
	if (str_is(name.text, "true") || str_is(name.text, "false") || str_is(name.text, "null")) {
		ast = parser_make(parser, AST_CONST, name.start);
		ast->constant = name.text.ptr[0] == 'n' ? value_null()
							: value_bool(name.text.ptr[0] == 't');
		return ast;
	}
	if (lex_is_reserved(name.text) || str_is(name.text, "in")) {
		diag = lex_error(&parser->lexer, name.start, name.end,
		    "\"%.*s\" is a reserved word, no name", STR_ARG(name.text));
		foreign = foreign_help(FOREIGN_RESULT, name.text);
		diag_help(parser->lexer.diags, diag, "%s",
		    foreign ? foreign : "call it something else; text is quoted");
		return NULL;
	}
	if (parser_take(parser, "("))
		return str_is(name.text, "has") ? parse_has(parser, name.start)
						: parse_call(parser, NULL, name.text, name.start);
	ast = parser_make(parser, AST_NAME, name.start);
	ast->name.text = name.text;
	for (uint32_t i = rooted ? 0 : parser->slot_count; i > 0; i--)
		if (str_eq(parser->slots[i - 1], name.text)) {
			ast->kind = AST_BOUND;
			ast->name.slot = i - 1;
			break;
		}
	return ast;
}

static struct ast *parse_primary(struct parser *parser)
{
	struct token token = parser->token;
	struct ast *ast;

	switch (token.kind) {
	case TOKEN_INT:
	case TOKEN_DOUBLE:
		return parse_number(parser, false, token.start);
	case TOKEN_STRING:
		parser_advance(parser);
		ast = parser_make(parser, AST_CONST, token.start);
		ast->constant = value_string(parser->lexer.arena, token.text);
		return ast;
	case TOKEN_NAME:
		return parse_name(parser, false);
	default:
		break;
	}
	if (parser_take(parser, "."))
		return parser->token.kind == TOKEN_NAME ? parse_name(parser, true)
							: parser_fail(parser, "a name");
	if (parser_take(parser, "(")) {
		ast = parse_expression(parser);
		return ast && parser_expect(parser, ")", "to close \"(\"") ? ast : NULL;
	}
	if (parser_take(parser, "[")) {
		ast = parser_make(parser, AST_LIST, token.start);
		if (!parse_items(parser, "]", &ast->list.items, &ast->list.count))
			return NULL;
		ast->end = parser->last_end;
		return parser_close(parser, ast);
	}
	if (parser_take(parser, "{"))
		return parse_map(parser, token.start);
	return parser_fail(parser, "a value");
}

struct ast *parse_postfix(struct parser *parser, struct ast *ast)
{
	while (ast) {
		if (parser_take(parser, "."))
			ast = parse_selection(parser, ast);
		else if (parser_take(parser, "["))
			ast = parse_index(parser, ast);
		else
			break;
	}
	return ast;
}

struct ast *parse_member(struct parser *parser)
{
	return parse_postfix(parser, parse_primary(parser));
}
