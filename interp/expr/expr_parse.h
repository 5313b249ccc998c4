/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EXPR_EXPR_PARSE_H
#define EXPR_EXPR_PARSE_H

#include "expr/expr_ast.h"
#include "expr/expr_lex.h"

/*
 * The parser's own state, shared by its files: one token of lookahead, and the names that the macros around the
 * current place bind. Every parse function returns NULL after an error was reported.
 */
struct parser {
	struct lexer lexer;
	struct token token;
	uint32_t last_end; /* of the token before */
	uint32_t nesting;
	uint32_t slot_count;
	struct str slots[SLOTS_MAX];
};

void parser_advance(struct parser *parser);

/* Goes on when the token is this mark. */
bool parser_take(struct parser *parser, const char *mark);

/* The same, or an error "expected …, found …". */
bool parser_expect(struct parser *parser, const char *mark, const char *where);

/* Where a text without quotes ends too early: what a comma does to it within brackets. */
void parser_hint_comma(struct parser *parser, struct diag *diag);

struct ast *parser_fail(struct parser *parser, const char *expected);

/* A node from start to the end of the last token. */
struct ast *parser_make(struct parser *parser, enum ast_kind kind, uint32_t start);

/* Its depth is known once its children are; too deep is an error. */
struct ast *parser_close(struct parser *parser, struct ast *ast);

struct ast *parse_expression(struct parser *parser);

/* A number, at the token; negative: behind a minus that begins at start. */
struct ast *parse_number(struct parser *parser, bool negative, uint32_t start);

/* A primary with its selections, indexes and calls; these alone, behind `ast`, which may be NULL. (expr_member.c) */
struct ast *parse_member(struct parser *parser);
struct ast *parse_postfix(struct parser *parser, struct ast *ast);

/* The items of a list up to its end mark, which is taken. */
bool parse_items(
    struct parser *parser, const char *end, struct ast ***ret_items, uint32_t *ret_count);

/* What follows "target.name(" when name is a macro's; *ret_is_macro is false when it is not. (expr_macro.c) */
struct ast *parse_macro(
    struct parser *parser, struct ast *target, struct token name, bool *ret_is_macro);

/* Names of macros, for suggestions; NULL past the last. */
const char *macro_name(size_t i);

#endif
