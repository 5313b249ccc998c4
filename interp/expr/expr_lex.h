/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EXPR_EXPR_LEX_H
#define EXPR_EXPR_LEX_H

#include <stdint.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/source.h"

/*
 * The lexer of expressions: one token at a time out of a text that outlives it. A malformed token is reported once
 * and becomes TOKEN_ERROR.
 */
enum token_kind {
	TOKEN_END,
	TOKEN_ERROR,
	TOKEN_INT, /* integer: the magnitude */
	TOKEN_DOUBLE, /* real */
	TOKEN_STRING, /* text: decoded */
	TOKEN_NAME, /* text */
	TOKEN_QUOTED, /* `a-b`, behind a point: text */
	TOKEN_MARK /* text: an operator or a bracket, one or two bytes */
};

struct token {
	enum token_kind kind;
	uint32_t start; /* offsets into the text */
	uint32_t end;
	struct str text;
	uint64_t integer;
	double real;
};

struct lexer {
	struct arena *arena;
	const struct text *text;
	struct diags *diags;
	size_t at;
	size_t end;
};

struct token lex_next(struct lexer *lexer);

/* Is it this operator or bracket? */
bool token_is(const struct token *token, const char *mark);

/* Reports a syntax error at bytes start to end of the text. */
struct diag *lex_error(struct lexer *lexer, size_t start, size_t end, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Words that CEL keeps for other languages to embed it: no names. */
bool lex_is_reserved(struct str word);

/* Decodes what stands between the quotes of a string; false after an error was reported. (expr_string.c) */
bool lex_unescape(struct lexer *lexer, size_t start, size_t end, bool raw, struct str *ret_text);

#endif
