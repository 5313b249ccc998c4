/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/backup_pg_script.h"

#include <string.h>

/*
 * As psql reads a script (src/fe_utils/psqlscan.l), in as far as pg_dump writes one. Each state is a function that is
 * given at least one byte and takes at least one, or changes the state.
 */

enum { COLUMNS_MAX = 10000 }; /* a table has 1600 at most */

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	    c == '_' || (unsigned char)c >= 0x80;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

void script_init(struct script *script)
{
	*script = (struct script){.plain_quotes = true, .last = '\n'};
}

static void keep(struct script *script, const char *ptr, size_t len)
{
	size_t room = sizeof(script->text) - script->text_len;

	memcpy(script->text + script->text_len, ptr, len < room ? len : room);
	script->text_len += len < room ? len : room;
}

static void begin_item(struct script *script, enum script_state state)
{
	script->state = state;
	script->item_at = script->at;
	script->text_len = 0;
	script->depth = 0;
	script->columns = 0;
	script->word = 0;
	memset(script->tail, 0, sizeof(script->tail));
}

static void take(struct script *script, struct str *bytes, size_t len)
{
	if (len)
		script->last = bytes->ptr[len - 1];
	script->at += len;
	*bytes = str_sub(*bytes, len, bytes->len);
}

/* Up to a byte, without it; all when there is none. */
static size_t up_to(struct str bytes, char end)
{
	const char *found = memchr(bytes.ptr, end, bytes.len);

	return found ? (size_t)(found - bytes.ptr) : bytes.len;
}

static enum script_item between(struct script *script, struct str *bytes)
{
	char c = bytes->ptr[0];

	if (is_space(c) || c == ';') {
		take(script, bytes, 1);
		return SCRIPT_NOTHING;
	}
	begin_item(script, c == '-' ? DASH : c == '\\' ? COMMAND : WORD);
	if (c == '-')
		take(script, bytes, 1);
	return SCRIPT_NOTHING;
}

static enum script_item dash(struct script *script, struct str *bytes)
{
	if (bytes->ptr[0] == '-') {
		take(script, bytes, 1);
		script->state = COMMENT;
	} else {
		keep(script, "-", 1);
		script->state = NOISE;
	}
	return SCRIPT_NOTHING;
}

/* The rest of a line, which is an item. */
static enum script_item line(struct script *script, struct str *bytes, enum script_item item)
{
	size_t len = up_to(*bytes, '\n');

	keep(script, bytes->ptr, len);
	if (len == bytes->len) {
		take(script, bytes, len);
		return SCRIPT_NOTHING;
	}
	take(script, bytes, len + 1);
	script->state = BETWEEN;
	return item;
}

static enum script_item comment(struct script *script, struct str *bytes)
{
	return line(script, bytes, SCRIPT_COMMENT);
}

static enum script_item command(struct script *script, struct str *bytes)
{
	return line(script, bytes, SCRIPT_COMMAND);
}

static enum script_item noise(struct script *script, struct str *bytes)
{
	return line(script, bytes, SCRIPT_NOISE);
}

/*
 * pg_dump writes each of its statements with a word in capitals first; nothing that it or a shell complains of has
 * one.
 */
static enum script_item word(struct script *script, struct str *bytes)
{
	char c = bytes->ptr[0];

	if (c >= 'A' && c <= 'Z') {
		keep(script, &c, 1);
		script->word++;
		take(script, bytes, 1);
	} else if (script->word >= 2 && (is_space(c) || c == ';' || c == '(')) {
		script->state = STATEMENT;
	} else {
		script->state = NOISE;
	}
	return SCRIPT_NOTHING;
}

static bool tail_is(const struct script *script, struct str end)
{
	return memcmp(script->tail + sizeof(script->tail) - end.len, end.ptr, end.len) == 0;
}

static void begin_rows(struct script *script)
{
	bool has_oids = tail_is(script, STR("WITH OIDS FROM stdin;"));

	pg_rows_begin(&script->rows, script->columns ? script->columns + has_oids : 0);
	script->state = BEFORE_ROWS;
}

static enum script_item end_statement(struct script *script)
{
	struct str text = script_text(script);

	if (str_starts(text, STR("SET standard_conforming_strings = ")))
		script->plain_quotes = !str_starts(
		    text, STR("SET standard_conforming_strings = off"));
	if (str_starts(text, STR("COPY ")) && tail_is(script, STR(" FROM stdin;")))
		begin_rows(script);
	else
		script->state = BETWEEN;
	return SCRIPT_STATEMENT;
}

static void open_quote(struct script *script)
{
	bool e = script->word == 1 && (script->last == 'E' || script->last == 'e');

	/* 'it''s' is one text: what held for its first part holds for the next. */
	if (script->last != '\'')
		script->escapes = e || !script->plain_quotes;
	script->escaped = false;
	script->state = QUOTED;
}

static void count_parenthesis(struct script *script, char c)
{
	if (c == '(') {
		if (script->depth++ == 0 && script->columns == 0)
			script->columns = 1;
	} else if (script->depth) {
		script->depth--;
	}
}

static void keep_tail(struct script *script, char c)
{
	memmove(script->tail, script->tail + 1, sizeof(script->tail) - 1);
	script->tail[sizeof(script->tail) - 1] = c;
}

static enum script_item statement(struct script *script, struct str *bytes)
{
	char c = bytes->ptr[0];
	char last = script->last;

	keep(script, &c, 1);
	if (script->text[0] == 'C')
		keep_tail(script, c);
	if (c == '\'')
		open_quote(script);
	else if (c == '"')
		script->state = NAMED;
	else if (c == '$' && script->word == 0)
		script->state = TAG;
	else if (c == '-' && last == '-')
		script->state = REMARK;
	else if (c == '*' && last == '/')
		script->state = NESTED;
	else if (c == '(' || c == ')')
		count_parenthesis(script, c);
	else if (c == ',' && script->depth == 1 && script->columns < COLUMNS_MAX)
		script->columns++;
	script->tag_len = 0;
	script->word = is_word(c) || (c == '$' && script->word) ? script->word + 1 : 0;
	take(script, bytes, 1);
	if (script->state == NESTED)
		script->last = ' '; /* the star of its begin does not end it */
	return c == ';' && script->depth == 0 ? end_statement(script) : SCRIPT_NOTHING;
}

static enum script_item quoted(struct script *script, struct str *bytes)
{
	size_t len = up_to(*bytes, '\'');

	if (script->escapes) {
		for (len = 0; len < bytes->len; len++) {
			if (script->escaped)
				script->escaped = false;
			else if (bytes->ptr[len] == '\\')
				script->escaped = true;
			else if (bytes->ptr[len] == '\'')
				break;
		}
	}
	if (len < bytes->len) {
		len++;
		script->state = STATEMENT;
	}
	take(script, bytes, len);
	return SCRIPT_NOTHING;
}

static enum script_item named(struct script *script, struct str *bytes)
{
	size_t len = up_to(*bytes, '"');

	if (len < bytes->len) {
		len++;
		script->state = STATEMENT;
	}
	take(script, bytes, len);
	return SCRIPT_NOTHING;
}

static enum script_item tag(struct script *script, struct str *bytes)
{
	char c = bytes->ptr[0];
	bool digit = c >= '0' && c <= '9';

	if (c == '$') {
		script->match = 0;
		script->state = BODY;
	} else if (is_word(c) && (script->tag_len || !digit) && script->tag_len < SCRIPT_TAG) {
		script->tag[script->tag_len++] = c;
	} else {
		script->state = STATEMENT; /* $1, and the byte is the statement's */
		return SCRIPT_NOTHING;
	}
	take(script, bytes, 1);
	return SCRIPT_NOTHING;
}

/* Looks for $tag$; no tag has a dollar in it, so a match that fails can only begin anew at this very byte. */
static enum script_item body(struct script *script, struct str *bytes)
{
	size_t len = script->match ? 0 : up_to(*bytes, '$');

	while (len < bytes->len && script->state == BODY) {
		char c = bytes->ptr[len++];
		size_t match = script->match;

		if (match == script->tag_len + 1 && c == '$')
			script->state = STATEMENT;
		else if (match && match <= script->tag_len && c == script->tag[match - 1])
			script->match++;
		else
			script->match = c == '$';
	}
	if (script->state == STATEMENT)
		script->word = 0;
	take(script, bytes, len);
	return SCRIPT_NOTHING;
}

static enum script_item remark(struct script *script, struct str *bytes)
{
	size_t len = up_to(*bytes, '\n');

	if (len < bytes->len)
		script->state = STATEMENT;
	take(script, bytes, len);
	return SCRIPT_NOTHING;
}

/* Comments nest; the depth of parentheses is kept beside theirs. */
static enum script_item nested(struct script *script, struct str *bytes)
{
	enum { COMMENT_DEPTH = 1 << 16 };
	char c = bytes->ptr[0];
	char last = script->last;

	take(script, bytes, 1);
	if (c == '*' && last == '/') {
		script->depth += COMMENT_DEPTH;
		script->last = ' ';
	} else if (c == '/' && last == '*') {
		script->last = ' ';
		if (script->depth < COMMENT_DEPTH)
			script->state = STATEMENT;
		else
			script->depth -= COMMENT_DEPTH;
	}
	return SCRIPT_NOTHING;
}

static enum script_item before_rows(struct script *script, struct str *bytes)
{
	size_t len = up_to(*bytes, '\n');

	if (len < bytes->len) {
		len++;
		script->state = ROWS;
	}
	take(script, bytes, len);
	return SCRIPT_NOTHING;
}

static enum script_item rows(struct script *script, struct str *bytes)
{
	take(script, bytes, pg_rows_feed(&script->rows, *bytes));
	if (script->rows.wrong)
		return SCRIPT_WRONG_ROW;
	if (!script->rows.over)
		return SCRIPT_NOTHING;
	script->state = BETWEEN;
	return SCRIPT_ROWS;
}

static const struct {
	enum script_item (*run)(struct script *script, struct str *bytes);
	const char *open; /* what it is, where a script must not end */
} states[SCRIPT_STATES] = {
    [BETWEEN] = {between, NULL},
    [DASH] = {dash, "a comment"},
    [COMMENT] = {comment, "a comment"},
    [COMMAND] = {command, "a command"},
    [WORD] = {word, "a statement"},
    [NOISE] = {noise, "a line that is no statement"},
    [STATEMENT] = {statement, "a statement"},
    [QUOTED] = {quoted, "a text of a statement"},
    [NAMED] = {named, "a name of a statement"},
    [TAG] = {tag, "a statement"},
    [BODY] = {body, "a text of a statement"},
    [REMARK] = {remark, "a statement"},
    [NESTED] = {nested, "a comment"},
    [BEFORE_ROWS] = {before_rows, "the rows of a table"},
    [ROWS] = {rows, "the rows of a table"},
};

enum script_item script_feed(struct script *script, struct str *bytes)
{
	enum script_item item = SCRIPT_NOTHING;

	while (bytes->len && item == SCRIPT_NOTHING)
		item = states[script->state].run(script, bytes);
	return item;
}

struct str script_text(const struct script *script)
{
	return (struct str){script->text, script->text_len};
}

const char *script_open(const struct script *script)
{
	return states[script->state].open;
}
