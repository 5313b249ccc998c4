/* SPDX-License-Identifier: Apache-2.0 */
#include "expr/expr_lex.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "base/utf8.h"

bool token_is(const struct token *token, const char *mark)
{
	return token->kind == TOKEN_MARK && str_is(token->text, mark);
}

bool lex_is_reserved(struct str word)
{
	static const char *const words[] = {"as", "break", "const", "continue", "else", "for",
	    "function", "if", "import", "let", "loop", "namespace", "package", "return", "var",
	    "void", "while"};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (str_is(word, words[i]))
			return true;
	return false;
}

struct diag *lex_error(struct lexer *lexer, size_t start, size_t end, const char *format, ...)
{
	struct diag *diag;
	struct str message;
	va_list args;

	va_start(args, format);
	message = arena_vprintf(lexer->arena, format, args);
	va_end(args);
	if (end > lexer->text->bytes.len)
		end = lexer->text->bytes.len;
	if (start > end)
		start = end;
	diag = diag_error(lexer->diags, "expr-syntax", text_span(lexer->text, start, end), "%.*s",
	    STR_ARG(message));
	return diag;
}

/* The byte at an offset from here; 0 past the end, which no token contains. */
static char peek(const struct lexer *lexer, size_t ahead)
{
	size_t at = lexer->at + ahead;

	return at < lexer->end ? lexer->text->bytes.ptr[at] : '\0';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static void skip_space(struct lexer *lexer)
{
	while (lexer->at < lexer->end) {
		char c = peek(lexer, 0);

		if (c == '/' && peek(lexer, 1) == '/')
			while (lexer->at < lexer->end && peek(lexer, 0) != '\n')
				lexer->at++;
		else if (c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r')
			lexer->at++;
		else
			break;
	}
}

static struct str slice(const struct lexer *lexer, size_t start)
{
	return str_sub(lexer->text->bytes, start, lexer->at - start);
}

static struct token error_token(void)
{
	return (struct token){.kind = TOKEN_ERROR};
}

/* A number ran into letters: "5m", "10MiB", "7u". */
static struct token number_with_letters(struct lexer *lexer, size_t start)
{
	struct diag *diag;
	struct str word;
	int64_t amount;

	while (is_letter(peek(lexer, 0)) || is_digit(peek(lexer, 0)) || peek(lexer, 0) == '.')
		lexer->at++;
	word = slice(lexer, start);
	diag = lex_error(lexer, start, lexer->at, "\"%.*s\" is no number", STR_ARG(word));
	if (units_duration(word, &amount))
		diag_help(
		    lexer->diags, diag, "a duration is written duration(\"%.*s\")", STR_ARG(word));
	else if (units_size(word, &amount))
		diag_help(
		    lexer->diags, diag, "a size is written in bytes: %lld", (long long)amount);
	return error_token();
}

static struct token lex_hex(struct lexer *lexer, size_t start)
{
	struct token token = {.kind = TOKEN_INT, .start = (uint32_t)start};
	size_t digits = 0;

	for (lexer->at += 2; is_hex(peek(lexer, 0)); lexer->at++) {
		char c = peek(lexer, 0);
		uint64_t digit = is_digit(c) ? (uint64_t)(c - '0')
					     : (uint64_t)((c | 32) - 'a' + 10);

		if (token.integer >> 60) {
			lex_error(lexer, start, lexer->at + 1, "the number does not fit 64 bits");
			return error_token();
		}
		token.integer = token.integer << 4 | digit;
		digits++;
	}
	if (digits == 0 || is_letter(peek(lexer, 0)))
		return number_with_letters(lexer, start);
	token.end = (uint32_t)lexer->at;
	return token;
}

static struct token lex_double(struct lexer *lexer, size_t start)
{
	struct token token = {.kind = TOKEN_DOUBLE, .start = (uint32_t)start};
	struct str digits = slice(lexer, start);

	token.end = (uint32_t)lexer->at;
	/* the shape was checked above */
	token.real = strtod(arena_cstr(lexer->arena, digits), NULL);
	if (isinf(token.real)) {
		lex_error(lexer, start, lexer->at, "the number is too large");
		return error_token();
	}
	return token;
}

/* digits, .digits, digits.digits, each with an exponent; 0x digits. */
static struct token lex_number(struct lexer *lexer)
{
	struct token token = {.kind = TOKEN_INT, .start = (uint32_t)lexer->at};
	size_t start = lexer->at;
	bool real = false;
	bool fits = true;

	if (peek(lexer, 0) == '0' && (peek(lexer, 1) == 'x' || peek(lexer, 1) == 'X'))
		return lex_hex(lexer, start);
	for (; is_digit(peek(lexer, 0)); lexer->at++)
		if (__builtin_mul_overflow(token.integer, 10, &token.integer) ||
		    __builtin_add_overflow(
			token.integer, (uint64_t)(peek(lexer, 0) - '0'), &token.integer))
			fits = false;
	if (peek(lexer, 0) == '.' && is_digit(peek(lexer, 1))) {
		real = true;
		for (lexer->at++; is_digit(peek(lexer, 0));)
			lexer->at++;
	}
	if (peek(lexer, 0) == 'e' || peek(lexer, 0) == 'E') {
		size_t sign = peek(lexer, 1) == '+' || peek(lexer, 1) == '-';

		if (is_digit(peek(lexer, 1 + sign))) {
			real = true;
			for (lexer->at += 1 + sign; is_digit(peek(lexer, 0));)
				lexer->at++;
		}
	}
	if (is_letter(peek(lexer, 0)))
		return number_with_letters(lexer, start);
	if (real)
		return lex_double(lexer, start);
	if (!fits) {
		lex_error(lexer, start, lexer->at, "the number does not fit 64 bits");
		return error_token();
	}
	token.end = (uint32_t)lexer->at;
	return token;
}

/* From the first quote on; prefix is what stands before it (r). */
static struct token lex_string(struct lexer *lexer, size_t start, bool raw)
{
	struct token token = {.kind = TOKEN_STRING, .start = (uint32_t)start};
	char quote = peek(lexer, 0);
	size_t quotes = peek(lexer, 1) == quote && peek(lexer, 2) == quote ? 3 : 1;
	size_t inside = lexer->at + quotes;
	struct diag *diag;

	for (lexer->at = inside; lexer->at < lexer->end; lexer->at++) {
		char c = peek(lexer, 0);

		if (c == '\\' && !raw) {
			lexer->at++;
			continue;
		}
		if (quotes == 1 && (c == '\n' || c == '\r'))
			break;
		if (c != quote ||
		    (quotes == 3 && (peek(lexer, 1) != quote || peek(lexer, 2) != quote)))
			continue;
		if (!lex_unescape(lexer, inside, lexer->at, raw, &token.text))
			return error_token();
		lexer->at += quotes;
		token.end = (uint32_t)lexer->at;
		return token;
	}
	if (lexer->at > lexer->end)
		lexer->at = lexer->end;
	diag = lex_error(lexer, start, lexer->at, "the string does not end");
	if (peek(lexer, 0) == '\n' && text_quote(lexer->text) == '"')
		diag_help(lexer->diags, diag,
		    "within \"…\" YAML makes a line break of \\n before this is read: write \\\\n, "
		    "or "
		    "put the value in '…' and the text in \"…\"");
	else
		diag_help(lexer->diags, diag, "put %c at its end", quote);
	return error_token();
}

/* A name, or the letters before a string. */
static struct token lex_word(struct lexer *lexer)
{
	struct token token = {.kind = TOKEN_NAME, .start = (uint32_t)lexer->at};
	size_t start = lexer->at;
	char quote;

	while (is_letter(peek(lexer, 0)) || is_digit(peek(lexer, 0)))
		lexer->at++;
	token.text = slice(lexer, start);
	token.end = (uint32_t)lexer->at;
	quote = peek(lexer, 0);
	if (quote != '"' && quote != '\'')
		return token;
	if (str_is(token.text, "r") || str_is(token.text, "R"))
		return lex_string(lexer, start, true);
	diag_help(lexer->diags,
	    lex_error(lexer, start, lexer->at + 1, "\"%.*s\" cannot stand before a string",
		STR_ARG(token.text)),
	    "r may, as in r'\\d+'; else an operator is missing between the two");
	return error_token();
}

static struct token lex_quoted(struct lexer *lexer)
{
	struct token token = {.kind = TOKEN_QUOTED, .start = (uint32_t)lexer->at};
	size_t start = ++lexer->at;

	while (is_letter(peek(lexer, 0)) || is_digit(peek(lexer, 0)) ||
	    (peek(lexer, 0) && strchr("-./ ", peek(lexer, 0))))
		lexer->at++;
	token.text = slice(lexer, start);
	if (peek(lexer, 0) != '`' || token.text.len == 0) {
		diag_help(lexer->diags,
		    lex_error(lexer, start - 1, lexer->at + 1, "the quoted name does not end"),
		    "put ` at its end; text is quoted with \" or '");
		return error_token();
	}
	token.end = (uint32_t)++lexer->at;
	return token;
}

/* A byte that begins nothing: what the author may have meant. */
static struct token lex_stray(struct lexer *lexer)
{
	static const struct {
		const char *text;
		const char *help;
	} hints[] = {
	    {"=", "equality is written =="},
	    {"&", "\"and\" is written &&"},
	    {"|", "\"or\" is written ||"},
	    {"${{", "this is an expression already: leave ${{ and }} out"},
	    {"$", "names stand without a dollar sign: params.x, steps.y"},
	    {"\xE2\x80\x9C", "use plain quotes: \" or '"},
	    {"\xE2\x80\x9D", "use plain quotes: \" or '"},
	    {"\xE2\x80\x98", "use plain quotes: \" or '"},
	    {"\xE2\x80\x99", "use plain quotes: \" or '"},
	};
	struct str rest = str_sub(lexer->text->bytes, lexer->at, lexer->end - lexer->at);
	uint32_t code = 0;
	size_t len = utf8_decode(rest, &code);
	struct diag *diag;

	if (code >= 0x20 && code != 0x7F)
		diag = lex_error(lexer, lexer->at, lexer->at + len, "\"%.*s\" means nothing here",
		    STR_ARG(str_sub(rest, 0, len)));
	else
		diag = lex_error(lexer, lexer->at, lexer->at + 1,
		    "the byte 0x%02x means nothing here", (unsigned char)rest.ptr[0]);
	for (size_t i = 0; i < sizeof(hints) / sizeof(*hints); i++)
		if (str_starts(rest, str_from(hints[i].text))) {
			diag_help(lexer->diags, diag, "%s", hints[i].help);
			break;
		}
	return error_token();
}

struct token lex_next(struct lexer *lexer)
{
	static const char *const marks[] = {"==", "!=", "<=", ">=", "&&", "||", "<", ">", "+", "-",
	    "*", "/", "%", "!", "?", ":", ".", ",", "(", ")", "[", "]", "{", "}"};
	struct token token = {.kind = TOKEN_MARK};
	struct str rest;
	char c;

	skip_space(lexer);
	c = peek(lexer, 0);
	if (lexer->at >= lexer->end)
		return (struct token){.start = (uint32_t)lexer->end, .end = (uint32_t)lexer->end};
	if (is_digit(c) || (c == '.' && is_digit(peek(lexer, 1))))
		return lex_number(lexer);
	if (is_letter(c))
		return lex_word(lexer);
	if (c == '"' || c == '\'')
		return lex_string(lexer, lexer->at, false);
	if (c == '`')
		return lex_quoted(lexer);
	rest = str_sub(lexer->text->bytes, lexer->at, lexer->end - lexer->at);
	for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++) {
		struct str mark = str_from(marks[i]);

		if (!str_starts(rest, mark))
			continue;
		token.text = mark;
		token.start = (uint32_t)lexer->at;
		lexer->at += mark.len;
		token.end = (uint32_t)lexer->at;
		return token;
	}
	return lex_stray(lexer);
}
