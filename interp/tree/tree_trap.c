/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "tree/tree_parts.h"

/* Mistakes that YAML takes for something else. */

static bool has_byte(struct str text, char byte)
{
	return text.len && memchr(text.ptr, byte, text.len);
}

void tree_tag_error(struct diags *diags, struct span tag, struct span value)
{
	struct str text = span_text(value);
	struct diag *diag = diag_error(diags, "yaml-tag", tag,
	    "a value that begins with ! is a tag to YAML, and runbooks have no tags");

	if (str_starts(text, STR("!!")) || str_starts(text, STR("!<")))
		diag_help(diags, diag, "leave the tag out; a value in quotes is always text");
	else if (has_byte(text, '\'') && (has_byte(text, '"') || has_byte(text, '\\')))
		diag_help(
		    diags, diag, "write the value below its key as a block, which begins with >-");
	else if (has_byte(text, '"') || has_byte(text, '\\'))
		diag_help(diags, diag, "put the value in quotes: '%.*s'", STR_ARG(text));
	else
		diag_help(diags, diag, "put the value in quotes: \"%.*s\"", STR_ARG(text));
}

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	    c == '_' || (unsigned char)c >= 0x80;
}

/* A quote opens a string unless it is an apostrophe or an inch: behind a word, but for a raw string's r or b. */
static bool opens_quote(struct str text, size_t at)
{
	if (at == 0 || !is_word(text.ptr[at - 1]))
		return true;
	return memchr("rRbB", text.ptr[at - 1], 4) && (at == 1 || !is_word(text.ptr[at - 2]));
}

/* What stands open at the end of a text: a quote, a bracket, "${{", or NULL. */
static const char *left_open(struct str text)
{
	static const char closers[] = ")]}";
	static const char openers[] = "([{";
	static const char *const names[] = {"bracket (", "bracket [", "bracket {"};
	char stack[64];
	size_t depth = 0;
	char quote = '\0';

	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];
		const char *opener = c ? strchr(openers, c) : NULL;
		const char *closer = c ? strchr(closers, c) : NULL;

		if (quote) {
			if (c == '\\')
				i++;
			else if (c == quote)
				quote = '\0';
		} else if ((c == '"' || c == '\'') && opens_quote(text, i)) {
			quote = c;
		} else if (opener && depth < sizeof(stack)) {
			stack[depth++] = (char)(opener - openers);
		} else if (closer && depth > 0 && stack[depth - 1] == closer - closers) {
			depth--;
		}
	}
	if (quote)
		return quote == '"' ? "quote \"" : "quote '";
	return depth ? names[(size_t)stack[depth - 1]] : NULL;
}

void tree_comment_trap(struct diags *diags, struct span scalar)
{
	struct str rest = {scalar.source->bytes + scalar.end, scalar.source->len - scalar.end};
	struct str line;
	const char *open = left_open(span_text(scalar));
	struct diag *diag;
	size_t blanks = 0;

	if (!open || !str_line(&rest, &line))
		return;
	while (blanks < line.len && (line.ptr[blanks] == ' ' || line.ptr[blanks] == '\t'))
		blanks++;
	diag = diag_error(diags, "yaml-comment", scalar,
	    "the %s in this text is never closed: YAML takes the # behind it for a comment", open);
	diag_help(diags, diag,
	    "put the whole value in quotes, or below the key as a block, which begins with >-");
	diag_other(diags, diag,
	    (struct span){
		scalar.source, (uint32_t)(scalar.end + blanks), (uint32_t)(scalar.end + line.len)},
	    "this is not read");
}
