/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/env_file.h"

#include <string.h>

/* What in a value a shell would do something with, so that nobody knows what it gives. */
static const char acting[] = "$`\\'\"&|;<>()";

/* What is written as it is. */
static const char plain[] = "_./:@%+,=-";

/* What is being read. */
struct reader {
	struct arena *arena;
	struct str text;
	size_t at;
	int64_t line; /* in which `at` stands */
};

static char peek(const struct reader *reader)
{
	return reader->at < reader->text.len ? reader->text.ptr[reader->at] : '\n';
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static void skip_blanks(struct reader *reader)
{
	while (is_blank(peek(reader)))
		reader->at++;
}

static bool is_key_byte(char c, bool first)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
	    (!first && ((c >= '0' && c <= '9') || c == '.' || c == '-'));
}

bool env_key_is_well(struct str key)
{
	for (size_t i = 0; i < key.len; i++)
		if (!is_key_byte(key.ptr[i], i == 0))
			return false;
	return key.len > 0;
}

static struct str read_key(struct reader *reader)
{
	size_t from = reader->at;

	while (is_key_byte(peek(reader), reader->at == from))
		reader->at++;
	return str_sub(reader->text, from, reader->at - from);
}

/* Behind a quote that opens: past the one that closes; false at the end of the text. */
static bool skip_quoted(struct reader *reader, char quote)
{
	for (; reader->at < reader->text.len; reader->at++) {
		char c = reader->text.ptr[reader->at];

		if (c == quote) {
			reader->at++;
			return true;
		}
		if (c == '\\' && quote == '"' && reader->at + 1 < reader->text.len)
			c = reader->text.ptr[++reader->at];
		reader->line += c == '\n';
	}
	return false;
}

/* To the end of a value that is bare, or of what is glued to a quoted one. */
static void skip_bare(struct reader *reader)
{
	size_t end = reader->at;
	size_t from = reader->at;
	char c;

	while ((c = peek(reader)) != '\n' &&
	    !(c == '#' && reader->at > from && is_blank(reader->text.ptr[reader->at - 1]))) {
		reader->at++;
		if (c == '\\' && peek(reader) == '\n' && reader->at < reader->text.len) {
			reader->at++; /* the line goes on */
			reader->line++;
		}
		if (!is_blank(c) && c != '\r')
			end = reader->at;
	}
	reader->at = end;
}

static void learn_bare(struct env_entry *entry, struct str raw)
{
	for (size_t i = 0; i < raw.len; i++)
		if (strchr(acting, raw.ptr[i]))
			return; /* a NUL byte too */
	entry->known = true;
	entry->meaning = raw;
}

/* What stands between double quotes, without its escapes. */
static void learn_double(struct reader *reader, struct env_entry *entry, struct str inner)
{
	struct buf buf;

	buf_init(&buf, BUF_UNBOUNDED);
	entry->known = true;
	for (size_t i = 0; i < inner.len && entry->known; i++) {
		char c = inner.ptr[i];
		char next = i + 1 < inner.len ? inner.ptr[i + 1] : '\0';

		if (c == '\\' && next && strchr("\"\\$`\n", next)) {
			i++;
			if (next == '\n')
				continue;
			c = next;
		} else if (c == '$' || c == '`') {
			entry->known = false;
		}
		buf_byte(&buf, c);
	}
	entry->meaning = arena_str(reader->arena, buf_view(&buf));
	buf_done(&buf);
}

static bool read_value(struct reader *reader, struct env_entry *entry)
{
	char quote = peek(reader);
	struct str raw;

	entry->value = reader->at;
	if (quote == '\'' || quote == '"') {
		reader->at++;
		if (!skip_quoted(reader, quote))
			return false;
		entry->quote = quote;
	}
	entry->end = reader->at;
	if (entry->quote &&
	    (is_blank(peek(reader)) || peek(reader) == '\n' || peek(reader) == '\r')) {
		raw = str_sub(reader->text, entry->value + 1, entry->end - entry->value - 2);
		entry->known = true;
		entry->meaning = raw;
		if (quote == '"')
			learn_double(reader, entry, raw);
		return true;
	}
	entry->quote = 0;
	skip_bare(reader);
	entry->end = reader->at;
	learn_bare(entry, str_sub(reader->text, entry->value, entry->end - entry->value));
	return true;
}

/* What a line begins with; false where that is no assignment. */
static bool read_head(struct reader *reader, struct env_entry *entry)
{
	size_t equals;

	*entry = (struct env_entry){.line = reader->line};
	skip_blanks(reader);
	entry->key = read_key(reader);
	if (str_is(entry->key, "export") && is_blank(peek(reader))) {
		entry->exported = true;
		skip_blanks(reader);
		entry->key = read_key(reader);
	}
	if (!entry->key.len)
		return false;
	skip_blanks(reader);
	if (peek(reader) != '=')
		return false;
	equals = ++reader->at;
	skip_blanks(reader);
	if (peek(reader) == '#')
		reader->at = equals; /* behind a blank it begins a comment: the value is empty */
	return true;
}

static void skip_line(struct reader *reader)
{
	struct str rest = str_sub(reader->text, reader->at, reader->text.len);
	const char *end = rest.len ? memchr(rest.ptr, '\n', rest.len) : NULL;

	reader->at = end ? (size_t)(end - reader->text.ptr) + 1 : reader->text.len;
	reader->line++;
}

bool env_file_read(
    struct arena *arena, struct str text, struct env_file *ret_file, int64_t *ret_line)
{
	struct reader reader = {.arena = arena, .text = text, .line = 1};
	struct env_file file = {0};

	if (str_starts(text, STR("\xEF\xBB\xBF"))) /* a mark of Windows editors */
		reader.at = 3;
	while (reader.at < text.len) {
		struct env_entry entry;

		if (read_head(&reader, &entry)) {
			if (!read_value(&reader, &entry)) {
				*ret_line = entry.line;
				return false;
			}
			file.entries = arena_grow(
			    arena, file.entries, file.count, &file.capacity, sizeof(*file.entries));
			file.entries[file.count++] = entry;
		}
		skip_line(&reader);
	}
	*ret_file = file;
	return true;
}

static bool is_plain(struct str value)
{
	for (size_t i = 0; i < value.len; i++) {
		unsigned char c = (unsigned char)value.ptr[i];

		if (c < 0x80 && !is_key_byte((char)c, false) && !strchr(plain, c))
			return false;
	}
	return true;
}

bool env_value_write(struct buf *out, struct str value, char quote)
{
	bool single = value.len && memchr(value.ptr, '\'', value.len);

	for (size_t i = 0; i < value.len; i++)
		if (value.ptr[i] == '\n' || value.ptr[i] == '\r' || value.ptr[i] == '\0')
			return false;
	if (!quote && is_plain(value))
		return buf_str(out, value);
	if (!single && quote != '"')
		return buf_printf(out, "'%.*s'", STR_ARG(value));
	buf_byte(out, '"');
	for (size_t i = 0; i < value.len; i++) {
		if (strchr("\"\\$`", value.ptr[i]))
			buf_byte(out, '\\');
		buf_byte(out, value.ptr[i]);
	}
	return buf_byte(out, '"');
}
