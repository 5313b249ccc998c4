/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/shell_parts.h"

/*
 * Marks: where a template stands in a text, three bytes say which of the shell's expressions it is. They are no bytes
 * that a shell would take apart, and so go from a text into its words, and from a word into the text that it is.
 */
void mark_put(struct buf *out, char kind, size_t index)
{
	buf_byte(out, kind);
	buf_byte(out, (char)(0x80 | (index >> 7 & 0x7f)));
	buf_byte(out, (char)(0x80 | (index & 0x7f)));
}

bool mark_add(
    struct arena *arena, struct shell *shell, struct buf *out, char kind, struct expr *expr)
{
	if (shell->marked_count == MARKED_MAX)
		return false;
	shell->marked = arena_grow(arena, shell->marked, shell->marked_count,
	    &shell->marked_capacity, sizeof(struct expr *));
	mark_put(out, kind, shell->marked_count);
	shell->marked[shell->marked_count++] = expr;
	return true;
}

size_t mark_at(const struct shell *shell, struct str text, size_t at)
{
	size_t index;

	if (at + MARK_LEN > text.len || (text.ptr[at] != MARK && text.ptr[at] != MARK_BESIDE))
		return SIZE_MAX;
	if (!((unsigned char)text.ptr[at + 1] & 0x80) || !((unsigned char)text.ptr[at + 2] & 0x80))
		return SIZE_MAX;
	index = (size_t)((unsigned char)text.ptr[at + 1] & 0x7f) << 7 |
	    ((unsigned char)text.ptr[at + 2] & 0x7f);
	return index < shell->marked_count ? index : SIZE_MAX;
}

bool has_mark(const struct shell *shell, struct str text)
{
	for (size_t at = 0; shell->marked_count && at < text.len; at++)
		if (mark_at(shell, text, at) != SIZE_MAX)
			return true;
	return false;
}

struct expr *word_expr(const struct shell *shell, const struct word *word, size_t i)
{
	if (word->beside)
		return i == 0 ? word->beside : NULL;
	for (size_t at = 0; at < word->text.len; at++) {
		size_t index = mark_at(shell, word->text, at);

		if (index != SIZE_MAX && i-- == 0)
			return shell->marked[index];
	}
	return NULL;
}

void pieces_begin(struct reader *reader)
{
	struct shell *shell = reader->shell;

	reader->first_piece = shell->piece_count;
	if (!has_mark(shell, reader->text))
		return;
	for (size_t at = 0; at < reader->text.len; at++) {
		size_t index = mark_at(shell, reader->text, at);

		if (index == SIZE_MAX)
			continue;
		shell->pieces = arena_grow(reader->arena, shell->pieces, shell->piece_count,
		    &shell->piece_capacity, sizeof(*shell->pieces));
		shell->pieces[shell->piece_count++] = (struct code_piece){
		    .expr = shell->marked[index], .by = reader->outer};
	}
}

bool take_mark(struct reader *reader, struct buf *text)
{
	struct shell *shell = reader->shell;
	size_t index = mark_at(shell, reader->text, reader->at);
	char before = reader->at ? reader->text.ptr[reader->at - 1] : ' ';

	if (index == SIZE_MAX)
		return false;
	if (shell_peek(reader, 0) == MARK)
		buf_str(text, str_sub(reader->text, reader->at, MARK_LEN));
	reader->at += MARK_LEN;
	/* `$'…'` is no text in quotes, and what \ stands before is no quote */
	for (size_t i = reader->first_piece; i < shell->piece_count; i++)
		if (shell->pieces[i].expr == shell->marked[index] && before != '$' &&
		    before != '\\')
			shell->pieces[i].free = true;
	return true;
}
