/* SPDX-License-Identifier: Apache-2.0 */
#include "view/plan_parts.h"

#include "base/utf8.h"
#include "view/text.h"

void page_painted(struct page *page, const char *sequence, const char *text)
{
	buf_printf(
	    page->out, "%s%s%s", page->color ? sequence : "", text, page->color ? "\033[0m" : "");
}

static void new_line(struct page *page, size_t indent)
{
	buf_printf(page->out, "\n%*s", (int)indent, "");
}

static void wrap_line(struct page *page, size_t indent, size_t at, struct str line)
{
	bool first = true;

	for (struct str word = text_word(&line); word.len; word = text_word(&line)) {
		size_t columns = utf8_columns(word);

		if (!first && at + 1 + columns > PAGE_COLUMNS) {
			new_line(page, indent);
			at = indent;
		} else if (!first) {
			buf_byte(page->out, ' ');
			at++;
		}
		text_harmless(page->out, word);
		at += columns;
		first = false;
	}
}

static size_t leading_blanks(struct str line)
{
	size_t count = 0;

	while (count < line.len && line.ptr[count] == ' ')
		count++;
	return count;
}

void page_wrapped(struct page *page, size_t indent, size_t at, struct str text)
{
	struct str line;
	bool first = true;

	for (text = str_trim(text); str_line(&text, &line); first = false) {
		size_t blanks = first ? 0 : leading_blanks(line);

		if (!first && str_trim(line).len == 0) {
			buf_byte(page->out, '\n');
			continue;
		}
		if (!first) {
			new_line(page, indent + blanks);
			at = indent + blanks;
		}
		wrap_line(page, indent, at, line);
	}
}

/* Lines as they are, below one another. */
static void put_lines(struct page *page, size_t indent, struct str text)
{
	struct str line;
	bool first = true;

	while (str_line(&text, &line)) {
		if (!first)
			new_line(page, indent);
		text_harmless(page->out, line);
		first = false;
	}
}

void page_action(struct page *page, const struct action *action, size_t indent)
{
	struct buf shown;

	buf_init(&shown, BUF_UNBOUNDED);
	plan_scope_action(&page->scope, action, page->arena, &shown);
	put_lines(page, indent, str_trim(buf_view(&shown)));
	buf_done(&shown);
}

void page_template(struct page *page, const struct template *template, size_t indent, size_t at)
{
	page_wrapped(page, indent, at, template_text(template, &page->scope.scope, page->arena));
}
