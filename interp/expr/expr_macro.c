/* SPDX-License-Identifier: Apache-2.0 */
#include "expr/expr_parse.h"

/* The macros: the name of an item, then expressions over it. */
static const struct {
	const char *name;
	enum macro_kind kind;
	bool may_filter; /* three arguments: name, condition, value */
} macros[] = {
    {"all", MACRO_ALL, false},
    {"exists", MACRO_EXISTS, false},
    {"exists_one", MACRO_EXISTS_ONE, false},
    {"existsOne", MACRO_EXISTS_ONE, false},
    {"filter", MACRO_FILTER, false},
    {"map", MACRO_MAP, true},
    {"sortBy", MACRO_SORT_BY, false},
    {"optMap", MACRO_OPT_MAP, false},
    {"optFlatMap", MACRO_OPT_FLAT_MAP, false},
};

const char *macro_name(size_t i)
{
	return i < sizeof(macros) / sizeof(*macros) ? macros[i].name : NULL;
}

static struct ast *fail_shape(struct parser *parser, struct token name)
{
	struct diag *diag = lex_error(&parser->lexer, name.start, parser->token.end,
	    "\"%.*s\" takes a name and an expression over it", STR_ARG(name.text));

	diag_help(parser->lexer.diags, diag, "write .%.*s(x, …x…)", STR_ARG(name.text));
	parser_hint_comma(parser, diag);
	return NULL;
}

/* The name of the item and its comma; false after an error was reported. */
static bool parse_item_name(struct parser *parser, struct token macro, struct str *ret_name)
{
	struct token name = parser->token;

	if (name.kind == TOKEN_ERROR)
		return false;
	if (name.kind != TOKEN_NAME || lex_is_reserved(name.text) || str_is(name.text, "in") ||
	    str_is(name.text, "true") || str_is(name.text, "false") || str_is(name.text, "null")) {
		fail_shape(parser, macro);
		return false;
	}
	parser_advance(parser);
	if (!parser_take(parser, ",")) {
		fail_shape(parser, macro);
		return false;
	}
	if (parser->slot_count == SLOTS_MAX) {
		lex_error(
		    &parser->lexer, macro.start, macro.end, "the expression is nested too deeply");
		return false;
	}
	*ret_name = name.text;
	return true;
}

struct ast *parse_macro(
    struct parser *parser, struct ast *target, struct token name, bool *ret_is_macro)
{
	struct ast **items;
	uint32_t count;
	struct ast *ast;
	struct str item;
	size_t i = 0;

	while (macro_name(i) && !str_is(name.text, macro_name(i)))
		i++;
	*ret_is_macro = macro_name(i) != NULL;
	if (!*ret_is_macro || !parse_item_name(parser, name, &item))
		return NULL;
	parser->slots[parser->slot_count++] = item;
	if (!parse_items(parser, ")", &items, &count))
		return NULL;
	parser->slot_count--;
	if (count == 0 || count > (macros[i].may_filter ? 2 : 1))
		return fail_shape(parser, name);
	ast = parser_make(parser, AST_MACRO, target->start);
	ast->macro.kind = macros[i].kind;
	ast->macro.name = item;
	ast->macro.slot = parser->slot_count;
	ast->macro.range = target;
	ast->macro.filter = count == 2 ? items[0] : NULL;
	ast->macro.body = items[count - 1];
	ast->may_lack = ast->macro.kind == MACRO_OPT_MAP || ast->macro.kind == MACRO_OPT_FLAT_MAP;
	return parser_close(parser, ast);
}
