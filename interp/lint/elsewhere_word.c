/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "lint/elsewhere.h"

/* Words of a command as they would stand in a runbook. */

bool elsewhere_is_plain(struct str text)
{
	for (size_t i = 0; i < text.len; i++)
		if (strchr("|&;<>()$`\"'\\*?[]{}~#!\n\t", text.ptr[i]))
			return false;
	return text.len > 0;
}

size_t elsewhere_index(struct str text, char c)
{
	for (size_t i = 0; i < text.len; i++) {
		ptrdiff_t end = str_starts(str_sub(text, i, text.len), STR("${{"))
		    ? str_find(str_sub(text, i, text.len), STR("}}"))
		    : 0;

		if (end > 0)
			i += (size_t)end + 1;
		else if (text.ptr[i] == c)
			return i;
	}
	return text.len;
}

static bool stands_bare(struct str text)
{
	static const char safe[] = "._/-+=@^~";

	if (!text.len || strchr("@=^", text.ptr[0]) || str_is(text, "-") || str_is(text, "~"))
		return false;
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		    (c >= '0' && c <= '9');

		if (!letter && !strchr(safe, c) &&
		    !(c == ':' && i + 1 < text.len && text.ptr[i + 1] != ' '))
			return false;
	}
	return true;
}

bool elsewhere_scalar(struct buf *out, struct str text)
{
	bool doubled = str_find(text, STR("${{")) >= 0;

	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.ptr[i] < ' ')
			return false;
	if (stands_bare(text))
		return buf_str(out, text);
	buf_byte(out, doubled ? '"' : '\'');
	for (size_t i = 0; i < text.len; i++) {
		if (doubled && (text.ptr[i] == '"' || text.ptr[i] == '\\'))
			buf_byte(out, '\\');
		if (!doubled && text.ptr[i] == '\'')
			buf_byte(out, '\'');
		buf_byte(out, text.ptr[i]);
	}
	return buf_byte(out, doubled ? '"' : '\'');
}

/* The X of a `shell.quote(X)`, whose quotes nobody there takes off any more; false: it is not quoted as a whole. */
static bool unquote(struct str *text)
{
	struct str call = STR("shell.quote(");
	size_t depth = 0;

	if (str_find(*text, call) < 0)
		return true;
	if (!str_starts(*text, call) || !str_ends(*text, STR(")")))
		return false;
	*text = str_sub(*text, call.len, text->len - call.len - 1);
	for (size_t i = 0; i < text->len; i++) {
		if (text->ptr[i] == ')' && depth-- == 0)
			return false;
		depth += text->ptr[i] == '(';
	}
	return true;
}

static bool put_expr(struct buf *out, const struct expr *expr, bool joined)
{
	struct str text = expr_text(expr);

	if ((joined && !unquote(&text)) || str_find(text, STR("\n")) >= 0)
		return false;
	return buf_printf(out, "${{ %.*s }}", STR_ARG(text));
}

/* A word as it would stand in a runbook; false: it cannot. */
bool elsewhere_word(struct arena *arena, const struct word *word, bool joined, struct str *ret_text)
{
	struct template_piece piece;
	struct buf text;
	bool good = true;

	if (word->known && !word->beside) {
		*ret_text = word->text;
		return true;
	}
	if (!word->template)
		return false;
	buf_init(&text, BUF_UNBOUNDED);
	if (word->beside)
		good = put_expr(&text, word->beside, joined);
	for (size_t i = 0; !word->beside && good && template_piece(word->template, i, &piece); i++)
		good = piece.expr ? put_expr(&text, piece.expr, joined)
				  : (!joined || elsewhere_is_plain(piece.literal)) &&
			buf_str(&text, piece.literal);
	*ret_text = arena_str(arena, buf_view(&text));
	buf_done(&text);
	return good;
}
