/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/shell_parts.h"

/* A word while it is read. */
struct draft {
	struct reader *reader;
	struct buf text;
	struct word *word;
	bool in_quotes;
	bool whole; /* nothing is split here */
};

static bool is_name(char c, bool first)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
	    (!first && c >= '0' && c <= '9');
}

static void add_expansion(struct draft *draft, struct str name, bool plain, size_t start)
{
	struct reader *reader = draft->reader;
	struct shell *shell = reader->shell;

	draft->word->known = false;
	draft->word->lost = true;
	draft->word->expands = true;
	if (!name.len)
		return;
	shell->expansions = arena_grow(reader->arena, shell->expansions, shell->expansion_count,
	    &shell->expansion_capacity, sizeof(*shell->expansions));
	shell->expansions[shell->expansion_count++] = (struct expansion){
	    .name = name,
	    .quoted = draft->in_quotes || draft->whole,
	    .plain = plain,
	    .command = reader->command,
	    .word = reader->word,
	    .here = reader->depth,
	    .span = reader_span(reader, start, reader->at),
	};
}

/* $(…) and `…`: a list of commands, whose output stands here. */
static void read_inside(struct draft *draft, size_t skip, char close)
{
	struct reader *reader = draft->reader;
	struct reader before = *reader;

	draft->word->known = false;
	draft->word->lost = true;
	draft->word->expands = true;
	reader->at += skip;
	reader->captured = true;
	reader->tick = close == '`';
	reader->command = SIZE_MAX;
	reader->here_count = 0;
	if (reader->depth < SHELL_DEPTH_MAX)
		shell_list(reader, close);
	reader->at += reader->at < reader->text.len;
	before.at = reader->at;
	*reader = before;
}

/* ${…}: the name that it begins with. */
static void read_braces(struct draft *draft)
{
	struct reader *reader = draft->reader;
	size_t start = reader->at;
	size_t depth = 0;
	size_t name;
	size_t end;

	reader->at += 2;
	if (shell_peek(reader, 0) == '!' || shell_peek(reader, 0) == '#')
		reader->at++;
	name = reader->at;
	while (is_name(shell_peek(reader, 0), reader->at == name))
		reader->at++;
	end = reader->at;
	for (; reader->at < reader->text.len; reader->at++) {
		if (shell_peek(reader, 0) == '{')
			depth++;
		if (shell_peek(reader, 0) == '}' && depth-- == 0)
			break;
	}
	reader->at += reader->at < reader->text.len;
	add_expansion(draft, str_sub(reader->text, name, end - name),
	    name == start + 2 && reader->at == end + 1, start);
}

static void skip_arithmetic(struct draft *draft)
{
	struct reader *reader = draft->reader;

	draft->word->known = false;
	draft->word->lost = true;
	draft->word->expands = true;
	while (reader->at < reader->text.len && !shell_ahead(reader, "))"))
		reader->at++;
	reader->at += reader->at < reader->text.len ? 2 : 0;
}

static void read_dollar(struct draft *draft)
{
	struct reader *reader = draft->reader;
	size_t start = reader->at;

	if (shell_ahead(reader, "$((")) {
		skip_arithmetic(draft);
	} else if (shell_ahead(reader, "$(")) {
		read_inside(draft, 2, ')');
	} else if (shell_ahead(reader, "${")) {
		read_braces(draft);
	} else if (is_name(shell_peek(reader, 1), true)) {
		reader->at++;
		while (is_name(shell_peek(reader, 0), false))
			reader->at++;
		add_expansion(
		    draft, str_sub(reader->text, start + 1, reader->at - start - 1), true, start);
	} else if (strchr("@*#?$!-0123456789", shell_peek(reader, 1)) && shell_peek(reader, 1)) {
		reader->at += 2;
		add_expansion(draft, (struct str){0}, true, start);
	} else {
		buf_byte(&draft->text, '$');
		reader->at++;
	}
}

static void read_single(struct draft *draft)
{
	struct reader *reader = draft->reader;

	for (reader->at++; reader->at < reader->text.len && shell_peek(reader, 0) != '\'';
	     reader->at++)
		buf_byte(&draft->text, shell_peek(reader, 0));
	reader->at += reader->at < reader->text.len;
	draft->word->quoted = true;
}

static void read_double(struct draft *draft)
{
	struct reader *reader = draft->reader;

	reader->at++;
	draft->in_quotes = true;
	while (reader->at < reader->text.len && shell_peek(reader, 0) != '"') {
		char c = shell_peek(reader, 0);

		if (c == '$') {
			read_dollar(draft);
		} else if (c == '`') {
			read_inside(draft, 1, '`');
		} else {
			if (c == '\\' && reader->at + 1 < reader->text.len)
				reader->at++;
			buf_byte(&draft->text, shell_peek(reader, 0));
			reader->at++;
		}
	}
	reader->at += reader->at < reader->text.len;
	draft->in_quotes = false;
	draft->word->quoted = true;
}

/* One piece of a word; false where the word ends. */
static bool read_piece(struct draft *draft)
{
	struct reader *reader = draft->reader;
	char c = shell_peek(reader, 0);

	if (shell_ahead(reader, "<(") || shell_ahead(reader, ">(")) {
		read_inside(draft, 2, ')');
		return true;
	}
	if (reader->at >= reader->text.len || strchr(" \t\r\n;|&<>()", c))
		return false;
	if (c == '`' && reader->tick)
		return false;
	switch (c) {
	case '\'':
		read_single(draft);
		break;
	case '"':
		read_double(draft);
		break;
	case '$':
		if (shell_peek(reader, 1) == '\'' || shell_peek(reader, 1) == '"')
			reader->at++;
		else
			read_dollar(draft);
		break;
	case '`':
		read_inside(draft, 1, '`');
		break;
	case '\\':
		reader->at++;
		if (shell_peek(reader, 0) != '\n' && reader->at < reader->text.len)
			buf_byte(&draft->text, shell_peek(reader, 0));
		reader->at += reader->at < reader->text.len;
		break;
	default:
		if (take_mark(reader, &draft->text))
			break;
		buf_byte(&draft->text, c);
		reader->at++;
	}
	return true;
}

bool shell_word(struct reader *reader, struct word *ret_word, bool whole)
{
	struct word word = {.known = true};
	struct draft draft = {.reader = reader, .word = &word, .whole = whole};
	size_t start = reader->at;

	word.quoted_start = shell_peek(reader, 0) == '\'' || shell_peek(reader, 0) == '"';
	buf_init(&draft.text, BUF_UNBOUNDED);
	while (read_piece(&draft))
		continue;
	word.text = arena_str(reader->arena, buf_view(&draft.text));
	buf_done(&draft.text);
	if (has_mark(reader->shell, word.text)) {
		word.known = false;
		word.expands = true;
	}
	word.span = reader_span(reader, start, reader->at);
	if (reader->at == start)
		return false;
	*ret_word = word;
	return true;
}

void shell_test(struct reader *reader)
{
	struct word word;

	while (reader->at < reader->text.len) {
		char c = shell_peek(reader, 0);

		if (c == '\n' || strchr(" \t\r;|&<>()", c)) {
			reader->at++;
			continue;
		}
		if (shell_word(reader, &word, true) && str_is(word.text, "]]"))
			return;
	}
}
