/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <string.h>

#include "base/utf8.h"
#include "tree/tree_parts.h"

/*
 * Where each byte of a decoded scalar came from. libyaml gives the decoded text without that, so the scalar is read
 * once more here, by the same rules (YAML 1.2.2, chapters 7.3 and 8.1, as libyaml understands them), and what comes
 * out is compared byte for byte with what libyaml said. Should the two ever disagree, every byte gets the scalar's
 * beginning: a coarse caret, never a wrong one.
 */
struct walk {
	struct str src;
	size_t at;
	struct str decoded;
	uint32_t *offsets;
	size_t count; /* decoded bytes explained so far */
	size_t stop; /* behind the last source byte that became text */
	bool ok;
};

size_t tree_break(struct str text)
{
	if (text.len == 0)
		return 0;
	if (text.ptr[0] == '\n')
		return 1;
	if (text.ptr[0] == '\r')
		return text.len > 1 && text.ptr[1] == '\n' ? 2 : 1;
	if (str_starts(text, STR("\xC2\x85")))
		return 2;
	if (str_starts(text, STR("\xE2\x80\xA8")) || str_starts(text, STR("\xE2\x80\xA9")))
		return 3;
	return 0;
}

static size_t break_at(const struct walk *walk, size_t at)
{
	return tree_break(str_sub(walk->src, at, 3));
}

static bool blank_at(const struct walk *walk, size_t at)
{
	return at < walk->src.len && (walk->src.ptr[at] == ' ' || walk->src.ptr[at] == '\t');
}

/* One decoded byte, which came from `from`. */
static void emit(struct walk *walk, char byte, size_t from)
{
	if (walk->count < walk->decoded.len && walk->decoded.ptr[walk->count] == byte)
		walk->offsets[walk->count++] = (uint32_t)from;
	else
		walk->ok = false;
}

static void copy(struct walk *walk)
{
	emit(walk, walk->src.ptr[walk->at], walk->at);
	walk->stop = ++walk->at;
}

/* A line break that is kept: LS and PS (three bytes) as they are, all others as a newline. */
static void emit_break(struct walk *walk, size_t at, size_t shown_at)
{
	size_t len = break_at(walk, at);

	if (len == 3)
		for (size_t i = 0; i < len; i++)
			emit(walk, walk->src.ptr[at + i], at + i);
	else if (len)
		emit(walk, '\n', shown_at);
}

/*
 * A run of blanks and breaks in a flow scalar: blanks alone stay; one break is a space; of several all but the first
 * stay; LS and PS stay always, and so does what follows a break that a backslash took away (`escaped`).
 */
static void fold(struct walk *walk, bool escaped)
{
	size_t run = walk->at;
	size_t first = run;
	bool stays = escaped;
	size_t kept = 0;
	size_t len;

	while (blank_at(walk, first))
		first++;
	if (!escaped && !break_at(walk, first)) {
		while (walk->at < first)
			copy(walk);
		return;
	}
	walk->at = first;
	if (!escaped) {
		stays = break_at(walk, first) == 3;
		if (stays)
			emit_break(walk, first, first);
		walk->at += break_at(walk, first);
	}
	for (;;) {
		while (blank_at(walk, walk->at))
			walk->at++;
		len = break_at(walk, walk->at);
		if (len == 0)
			break;
		emit_break(walk, walk->at, kept++ || stays ? walk->at : run);
		walk->at += len;
	}
	if (!stays && kept == 0)
		emit(walk, ' ', run);
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 0;
}

/* The character that a backslash and `name` stand for, in UTF-8; the hexadecimal ones are elsewhere. */
static const char *escape_text(char name)
{
	static const char *const texts[128] = {['a'] = "\a",
	    ['b'] = "\b",
	    ['t'] = "\t",
	    ['\t'] = "\t",
	    ['n'] = "\n",
	    ['v'] = "\v",
	    ['f'] = "\f",
	    ['r'] = "\r",
	    ['e'] = "\033",
	    [' '] = " ",
	    ['"'] = "\"",
	    ['/'] = "/",
	    ['\\'] = "\\",
	    ['N'] = "\xC2\x85",
	    ['_'] = "\xC2\xA0",
	    ['L'] = "\xE2\x80\xA8",
	    ['P'] = "\xE2\x80\xA9"};
	const char *text = name >= 0 ? texts[(unsigned char)name] : NULL;

	return text ? text : "";
}

static void escape(struct walk *walk)
{
	size_t from = walk->at;
	char name = from + 1 < walk->src.len ? walk->src.ptr[from + 1] : '\0';
	size_t digits = name == 'x' ? 2 : name == 'u' ? 4 : name == 'U' ? 8 : 0;
	char bytes[4] = {0};
	size_t len = 1;

	if (break_at(walk, from + 1)) {
		walk->at += 1 + break_at(walk, from + 1);
		fold(walk, true);
		return;
	}
	walk->at += 2 + digits;
	if (walk->at > walk->src.len) {
		walk->ok = false;
		walk->at = walk->src.len;
		return;
	}
	if (digits) {
		uint32_t code = 0;

		for (size_t i = 0; i < digits; i++)
			code = code << 4 | (uint32_t)hex_digit(walk->src.ptr[from + 2 + i]);
		len = utf8_encode(code, bytes);
	} else if (name != '0') {
		struct str text = str_from(escape_text(name));

		len = text.len;
		memcpy(bytes, text.ptr, len);
	}
	for (size_t i = 0; i < len; i++)
		emit(walk, bytes[i], from);
	walk->stop = walk->at;
}

static void walk_flow(struct walk *walk, yaml_scalar_style_t style)
{
	while (walk->at < walk->src.len && walk->ok) {
		char c = walk->src.ptr[walk->at];

		if (blank_at(walk, walk->at) || break_at(walk, walk->at)) {
			fold(walk, false);
		} else if (style == YAML_DOUBLE_QUOTED_SCALAR_STYLE && c == '\\') {
			escape(walk);
		} else if (style == YAML_SINGLE_QUOTED_SCALAR_STYLE && c == '\'') {
			emit(walk, c, walk->at);
			walk->stop = walk->at += 2;
		} else {
			copy(walk);
		}
	}
	walk->stop = walk->src.len;
}

/* Spaces at the start of the first line that holds anything else; when no line does, of the longest. */
static size_t leading_spaces(struct str text)
{
	size_t spaces = 0;
	size_t longest = 0;

	for (size_t at = 0; at < text.len;) {
		size_t len = tree_break(str_sub(text, at, 3));

		if (len == 0 && text.ptr[at] != ' ')
			return spaces;
		spaces = len ? 0 : spaces + 1;
		longest = spaces > longest ? spaces : longest;
		at += len ? len : 1;
	}
	return longest;
}

/* Blank lines, up to the content of the next line that is not; false when that line is indented less. */
static bool skip_breaks(struct walk *walk, size_t indent)
{
	for (;;) {
		size_t column = 0;
		size_t len;

		while (
		    column < indent && walk->at < walk->src.len && walk->src.ptr[walk->at] == ' ') {
			walk->at++;
			column++;
		}
		len = break_at(walk, walk->at);
		if (len == 0)
			return column == indent && walk->at < walk->src.len;
		walk->at += len;
	}
}

/* The breaks of the blank lines in a stretch that skip_breaks() passed; true when there was one. */
static bool emit_breaks(struct walk *walk, size_t start, size_t end)
{
	bool any = false;

	while (start < end && (walk->count < walk->decoded.len)) {
		size_t len = break_at(walk, start);

		if (len) {
			emit_break(walk, start, start);
			any = true;
			walk->stop = start + len;
		}
		start += len ? len : 1;
	}
	return any;
}

static void walk_lines(struct walk *walk, size_t indent, bool folded)
{
	size_t leading = walk->src.len; /* the break behind the last line of content */
	size_t blanks = walk->at; /* where the blank lines behind it begin */
	bool was_blank = false;
	bool more = skip_breaks(walk, indent);

	while (more && walk->ok) {
		bool is_blank = blank_at(walk, walk->at);
		bool joins = folded && break_at(walk, leading) && break_at(walk, leading) != 3 &&
		    !was_blank && !is_blank;

		if (!joins)
			emit_break(walk, leading, leading);
		if (!emit_breaks(walk, blanks, walk->at) && joins)
			emit(walk, ' ', leading);
		was_blank = is_blank;
		while (walk->ok && walk->at < walk->src.len && !break_at(walk, walk->at))
			copy(walk);
		leading = walk->at;
		walk->at += break_at(walk, leading);
		blanks = walk->at;
		more = skip_breaks(walk, indent);
	}
	/* Which of the last breaks are text is the header's choice ("-", "+"); the decoded text tells. */
	if (walk->ok && walk->count < walk->decoded.len && break_at(walk, leading)) {
		emit_break(walk, leading, leading);
		walk->stop = blanks;
	}
	emit_breaks(walk, blanks, walk->src.len);
}

/*
 * The indentation of a block scalar is not in the event. But the first line that is not blank stands indented in the
 * source, and in the text with what the indentation did not take.
 */
static void walk_block(struct walk *walk, bool folded)
{
	size_t indent;
	size_t kept = leading_spaces(walk->decoded);

	while (walk->at < walk->src.len && !break_at(walk, walk->at))
		walk->at++;
	walk->at += break_at(walk, walk->at);
	walk->stop = walk->at;
	indent = leading_spaces(str_sub(walk->src, walk->at, walk->src.len));
	if (kept > indent)
		walk->ok = false;
	else
		walk_lines(walk, indent - kept, folded);
}

void tree_text_map(
    struct arena *arena, struct text *text, struct span raw, yaml_scalar_style_t style)
{
	uint32_t *offsets = arena_array(arena, text->bytes.len + 1, sizeof(*offsets));
	struct walk walk = {.src = {raw.source->bytes, raw.end},
	    .at = raw.start,
	    .stop = raw.start,
	    .decoded = text->bytes,
	    .offsets = offsets,
	    .ok = true};

	if (style == YAML_LITERAL_SCALAR_STYLE || style == YAML_FOLDED_SCALAR_STYLE)
		walk_block(&walk, style == YAML_FOLDED_SCALAR_STYLE);
	else
		walk_flow(&walk, style);
	if (!walk.ok || walk.count != text->bytes.len) {
		for (size_t i = 0; i < text->bytes.len; i++)
			offsets[i] = raw.start;
		walk.stop = raw.end;
	}
	offsets[text->bytes.len] = (uint32_t)walk.stop;
	text->offsets = offsets;
}
