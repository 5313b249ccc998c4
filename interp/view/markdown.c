/* SPDX-License-Identifier: Apache-2.0 */
#include "view/markdown.h"

#include <string.h>

#include "view/text.h"

void markdown_plain(struct buf *out, struct str text)
{
	struct buf clean;
	struct str line;
	bool first = true;

	buf_init(&clean, BUF_UNBOUNDED);
	for (text = str_trim(text); str_line(&text, &line); first = false) {
		buf_text(&clean, first ? "" : " ");
		text_harmless(&clean, str_trim(line));
	}
	for (size_t i = 0; i < clean.len; i++) {
		if (strchr("\\`*_<>[]|#&~", clean.ptr[i]))
			buf_byte(out, '\\');
		buf_byte(out, clean.ptr[i]);
	}
	buf_done(&clean);
}

/* A row of backquotes longer than any in a text. */
static void fence(struct buf *out, struct str text, size_t least)
{
	size_t row = 0;
	size_t longest = least - 1;

	for (size_t i = 0; i < text.len; i++) {
		row = text.ptr[i] == '`' ? row + 1 : 0;
		longest = row > longest ? row : longest;
	}
	for (size_t i = 0; i <= longest; i++)
		buf_byte(out, '`');
}

void markdown_code(struct buf *out, struct str text)
{
	const char *space = str_find(text, STR("`")) >= 0 ? " " : "";

	fence(out, text, 1);
	buf_text(out, space);
	text_harmless(out, text);
	buf_text(out, space);
	fence(out, text, 1);
}

void markdown_told(struct buf *out, struct str text)
{
	text = str_trim(text);
	if (text.len == 0)
		return;
	if (str_find(text, STR("\n")) < 0) {
		buf_text(out, ": ");
		markdown_plain(out, text);
		return;
	}
	buf_text(out, ":\n\n  ");
	fence(out, text, 3);
	buf_text(out, "\n  ");
	text_lines(out, text, 2);
	buf_text(out, "\n  ");
	fence(out, text, 3);
}
