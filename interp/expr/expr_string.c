/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/utf8.h"
#include "expr/expr_lex.h"

/* What a string literal means: the escapes of CEL's definition. */

struct unescape {
	struct lexer *lexer;
	size_t at;
	size_t end;
	char *out;
	size_t len;
};

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static char byte_at(const struct unescape *self, size_t at)
{
	return at < self->end ? self->lexer->text->bytes.ptr[at] : '\0';
}

/* count hexadecimal digits at `at`; false when there are fewer. */
static bool read_hex(const struct unescape *self, size_t at, size_t count, uint32_t *ret_code)
{
	uint32_t code = 0;

	for (size_t i = 0; i < count; i++) {
		int digit = hex_digit(byte_at(self, at + i));

		if (digit < 0)
			return false;
		code = code << 4 | (uint32_t)digit;
	}
	*ret_code = code;
	return true;
}

static bool read_octal(const struct unescape *self, size_t at, uint32_t *ret_code)
{
	uint32_t code = 0;

	for (size_t i = 0; i < 3; i++) {
		char c = byte_at(self, at + i);

		if (c < '0' || c > (i ? '7' : '3'))
			return false;
		code = code * 8 + (uint32_t)(c - '0');
	}
	*ret_code = code;
	return true;
}

static bool bad_escape(struct unescape *self, size_t len, const char *why)
{
	size_t end = self->at + len < self->end ? self->at + len : self->end;
	struct str text = str_sub(self->lexer->text->bytes, self->at, end - self->at);
	struct diag *diag = lex_error(
	    self->lexer, self->at, end, "\"%.*s\" %s", STR_ARG(text), why);

	diag_help(self->lexer->diags, diag,
	    "a backslash is written \\\\, or the string begins with r: r\"\\d+\"");
	return false;
}

/* Stands at a backslash. A pair of surrogates is one code point. */
static bool read_escape(struct unescape *self)
{
	static const char names[] = "abfnrtv\\?\"'`";
	static const char bytes[] = "\a\b\f\n\r\t\v\\?\"'`";
	char c = byte_at(self, self->at + 1);
	const char *name = c ? strchr(names, c) : NULL;
	size_t digits = c == 'x' || c == 'X' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
	size_t len = 2 + digits;
	uint32_t code;
	uint32_t low;

	if (name) {
		self->out[self->len++] = bytes[name - names];
		self->at += 2;
		return true;
	}
	if (digits ? !read_hex(self, self->at + 2, digits, &code)
		   : !read_octal(self, self->at + 1, &code))
		return bad_escape(self, len, "is no escape sequence");
	if (digits == 0)
		len = 4;
	if (digits == 4 && code >= 0xD800 && code < 0xDC00 && byte_at(self, self->at + 6) == '\\' &&
	    byte_at(self, self->at + 7) == 'u' && read_hex(self, self->at + 8, 4, &low) &&
	    low >= 0xDC00 && low < 0xE000) {
		code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
		len = 12;
	}
	if (code > 0x10FFFF || (code >= 0xD800 && code < 0xE000))
		return bad_escape(self, len, "is no code point");
	self->len += utf8_encode(code, self->out + self->len);
	self->at += len;
	return true;
}

bool lex_unescape(struct lexer *lexer, size_t start, size_t end, bool raw, struct str *ret_text)
{
	struct str inside = str_sub(lexer->text->bytes, start, end - start);
	struct unescape self = {.lexer = lexer, .at = start, .end = end};

	if ((raw || !memchr(inside.ptr, '\\', inside.len)) &&
	    !memchr(inside.ptr, '\r', inside.len)) {
		*ret_text = inside;
		return true;
	}
	self.out = arena_alloc(
	    lexer->arena, inside.len + 1); /* no escape is shorter than its meaning */
	while (self.at < end) {
		char c = byte_at(&self, self.at);

		if (c == '\\' && !raw) {
			if (!read_escape(&self))
				return false;
			continue;
		}
		if (c == '\r') { /* every way to end a line is one newline */
			c = '\n';
			self.at += byte_at(&self, self.at + 1) == '\n';
		}
		self.out[self.len++] = c;
		self.at++;
	}
	*ret_text = (struct str){self.out, self.len};
	return true;
}
