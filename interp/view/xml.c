/* SPDX-License-Identifier: Apache-2.0 */
#include "view/xml.h"

#include "view/text.h"

/* U+FFFE and U+FFFF are no characters of XML, though UTF-8 can spell them. */
static bool is_forbidden(struct str text)
{
	return text.len >= 3 && text.ptr[0] == '\xEF' && text.ptr[1] == '\xBF' &&
	    (text.ptr[2] == '\xBE' || text.ptr[2] == '\xBF');
}

/* A line, which is harmless already. */
static void escape(struct buf *out, struct str line)
{
	while (line.len) {
		size_t taken = is_forbidden(line) ? 3 : 1;

		if (taken == 3)
			buf_text(out, "\xEF\xBF\xBD");
		else if (*line.ptr == '&')
			buf_text(out, "&amp;");
		else if (*line.ptr == '<')
			buf_text(out, "&lt;");
		else if (*line.ptr == '>')
			buf_text(out, "&gt;");
		else if (*line.ptr == '"')
			buf_text(out, "&quot;");
		else
			buf_byte(out, *line.ptr);
		line = str_sub(line, taken, line.len);
	}
}

static void put(struct buf *out, struct str text, const char *newline)
{
	struct buf harmless;

	buf_init(&harmless, BUF_UNBOUNDED);
	while (text.len) {
		ptrdiff_t end = str_find(text, STR("\n"));
		size_t len = end < 0 ? text.len : (size_t)end;

		buf_clear(&harmless);
		text_harmless(&harmless, str_sub(text, 0, len));
		escape(out, buf_view(&harmless));
		buf_text(out, end < 0 ? "" : newline);
		text = str_sub(text, len + 1, text.len);
	}
	buf_done(&harmless);
}

void xml_text(struct buf *out, struct str text)
{
	put(out, text, "\n");
}

void xml_attribute(struct buf *out, const char *name, struct str text)
{
	buf_printf(out, " %s=\"", name);
	put(out, text, "&#10;"); /* as it is, a reader makes it a space */
	buf_byte(out, '"');
}
