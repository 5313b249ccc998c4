/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/roff.h"

#include <string.h>

enum { WIDTH = 78 }; /* of a line of source */

/* What a formatter would set otherwise, or take for an order. */
static const char *escape(char byte)
{
	switch (byte) {
	case '\\':
		return "\\e";
	case '-':
		return "\\-";
	case '\'':
		return "\\(aq";
	case '`':
		return "\\(ga";
	case '^':
		return "\\(ha";
	case '|':
		return "|\\:"; /* a line may end behind it */
	case '~':
		return "\\(ti";
	case '"':
		return "\\(dq";
	default:
		return NULL;
	}
}

/* Devices that only know ASCII have no dots in one. */
static const struct str ellipsis = {"\xE2\x80\xA6", 3};

/* A line that begins with a full stop or an apostrophe would be an order. */
static void guard(struct buf *out, struct str text)
{
	bool begins = out->len == 0 || out->ptr[out->len - 1] == '\n';

	if (begins && text.len && (text.ptr[0] == '.' || str_starts(text, ellipsis)))
		buf_text(out, "\\&");
}

static void put(struct buf *out, struct str text)
{
	guard(out, text);
	for (size_t i = 0; i < text.len; i++) {
		const char *other = escape(text.ptr[i]);

		if (str_starts(str_sub(text, i, text.len - i), ellipsis)) {
			buf_text(out, "...");
			i += ellipsis.len - 1;
		} else if (other) {
			buf_text(out, other);
		} else {
			buf_byte(out, text.ptr[i]);
		}
	}
}

void roff_font(struct buf *out, char font, struct str text)
{
	buf_printf(out, "\\f%c", font);
	put(out, text);
	buf_text(out, "\\fR");
}

static void put_marked(struct buf *out, struct str text)
{
	while (text.len) {
		const char *open = memchr(text.ptr, '`', text.len);
		size_t before = open ? (size_t)(open - text.ptr) : text.len;
		struct str rest = str_sub(text, before, text.len - before);
		const char *close = open ? memchr(open + 1, '`', rest.len - 1) : NULL;
		size_t inside;

		if (!close) {
			put(out, text);
			return;
		}
		inside = (size_t)(close - open) - 1;
		put(out, str_sub(text, 0, before));
		roff_font(out, 'B', str_sub(rest, 1, inside));
		text = str_sub(rest, inside + 2, rest.len - inside - 2);
	}
}

/* Length of the last line so far. */
static size_t column(const struct buf *out)
{
	size_t len = 0;

	while (len < out->len && out->ptr[out->len - len - 1] != '\n')
		len++;
	return len;
}

void roff_text(struct buf *out, struct str text)
{
	struct buf marked;
	struct str rest;

	buf_init(&marked, BUF_UNBOUNDED);
	put_marked(&marked, text);
	rest = buf_view(&marked);
	while (rest.len) {
		const char *space = memchr(rest.ptr, ' ', rest.len);
		size_t len = space ? (size_t)(space - rest.ptr) : rest.len;
		size_t at = column(out);

		if (at && out->ptr[out->len - 1] == ' ' && at + len > WIDTH)
			out->ptr[out->len - 1] = '\n';
		guard(out, rest);
		buf_str(out, str_sub(rest, 0, len));
		if (space)
			buf_byte(out, ' ');
		len += space ? 1 : 0;
		rest = str_sub(rest, len, rest.len - len);
	}
	buf_done(&marked);
}

/* Cuts a line off. */
static struct str line_of(const char **text)
{
	size_t len = strcspn(*text, "\n");
	struct str line = {*text, len};

	*text += len + ((*text)[len] ? 1 : 0);
	return line;
}

void roff_verbatim(struct buf *out, const char *text)
{
	buf_text(out, ".RS 4\n.EX\n");
	while (*text) {
		struct str line = line_of(&text);

		put(out, line);
		buf_byte(out, '\n');
	}
	buf_text(out, ".EE\n.RE\n");
}

void roff_paragraphs(struct buf *out, const char *text)
{
	enum { NOTHING, PROSE, LITERAL } state = NOTHING;
	bool apart = false;

	while (*text) {
		struct str line = line_of(&text);
		bool literal = str_starts(line, STR("  "));

		if (!line.len) {
			apart = true;
			continue;
		}
		if (state == LITERAL && !literal)
			buf_text(out, ".EE\n.RE\n");
		if (state != NOTHING && !literal && (apart || state == LITERAL))
			buf_text(out, ".PP\n");
		if (literal && state == PROSE && apart)
			buf_text(out, ".sp\n");
		if (literal && state != LITERAL)
			buf_text(out, ".RS 4\n.EX\n");
		state = literal ? LITERAL : PROSE;
		apart = false;
		if (literal) {
			put(out, str_sub(line, 2, line.len - 2));
		} else {
			roff_text(out, line);
		}
		buf_byte(out, '\n');
	}
	if (state == LITERAL)
		buf_text(out, ".EE\n.RE\n");
}
