/* SPDX-License-Identifier: Apache-2.0 */
#include "view/html_parts.h"

#include "base/units.h"
#include "base/utf8.h"
#include "view/items.h"
#include "view/text.h"

/* A longer value is cut; the record has all of it. */
enum { VALUE_BYTES = 2000 };

void html_put(struct html *html, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	buf_vprintf(html->out, format, args);
	va_end(args);
}

/* How many bytes from the start need no second look. */
static size_t plain(struct str text)
{
	size_t len = 0;

	while (len < text.len && text.ptr[len] >= ' ' && text.ptr[len] < 0x7F &&
	    text.ptr[len] != '<' && text.ptr[len] != '>' && text.ptr[len] != '&' &&
	    text.ptr[len] != '"' && text.ptr[len] != '\'')
		len++;
	return len;
}

/* No character of Unicode, though UTF-8 can write it: neither XML nor HTML may hold one. */
static bool is_no_character(uint32_t code)
{
	return (code & 0xFFFE) == 0xFFFE || (code >= 0xFDD0 && code <= 0xFDEF);
}

static void put_code(struct buf *out, uint32_t code, const char *bytes, size_t len)
{
	switch (code) {
	case '<':
		buf_text(out, "&lt;");
		return;
	case '>':
		buf_text(out, "&gt;");
		return;
	case '&':
		buf_text(out, "&amp;");
		return;
	case '"':
		buf_text(out, "&#34;");
		return;
	case '\'':
		buf_text(out, "&#39;");
		return;
	default:
		break;
	}
	if (len == 0 || is_no_character(code))
		buf_text(out, "\xEF\xBF\xBD");
	else if (code < 0x20 || (code >= 0x7F && code < 0xA0))
		buf_printf(out, "\\x%02x", code);
	else if (utf8_steers(code))
		buf_text(out, "\xEF\xBF\xBD");
	else
		buf_append(out, bytes, len);
}

static void escape(struct buf *out, struct str text, bool lines)
{
	while (text.len) {
		uint32_t code = 0xFFFD;
		size_t len = plain(text);

		if (len) {
			buf_append(out, text.ptr, len);
			text = str_sub(text, len, text.len);
			continue;
		}
		len = utf8_decode(text, &code);
		if (code == '\t')
			buf_text(out, lines ? "\t" : "    ");
		else if (lines && code == '\n')
			buf_byte(out, '\n');
		else if (!lines || !str_starts(text, STR("\r\n")))
			put_code(out, code, text.ptr, len);
		text = str_sub(text, len ? len : 1, text.len);
	}
}

void html_text(struct html *html, struct str text)
{
	escape(html->out, text, false);
}

void html_lines(struct html *html, struct str text)
{
	escape(html->out, text, true);
}

void html_fit(struct html *html, struct str text, size_t columns)
{
	struct buf fit;

	buf_init(&fit, BUF_UNBOUNDED);
	text_fit(&fit, text, columns);
	html_text(html, buf_view(&fit));
	buf_done(&fit);
}

void html_why(struct html *html, struct str why)
{
	if (why.len == 0)
		return;
	html_put(html, ": ");
	html_text(html, why);
}

void html_duration(struct html *html, int64_t us)
{
	if (us > 0 && us < 1000)
		html_put(html, "&lt;1ms");
	else
		units_show_duration(html->out, us < 0 ? 0 : us);
}

void html_clock(struct html *html, int64_t at_us)
{
	struct buf full;

	buf_init(&full, BUF_UNBOUNDED);
	units_show_time(&full, at_us);
	html_put(html, "<time datetime=\"%.*s\">", STR_ARG(buf_view(&full)));
	text_clock(html->out, at_us);
	html_put(html, "</time>");
	buf_done(&full);
}

void html_value(struct html *html, const struct value *value)
{
	struct buf text;

	buf_init(&text, BUF_UNBOUNDED);
	value_brief(value, VALUE_BYTES, &text);
	html_text(html, text.len ? buf_view(&text) : STR("(empty)"));
	buf_done(&text);
}

void html_map(struct html *html, const struct value *map)
{
	html_put(html, "<dl class=\"found\">\n");
	for (size_t i = 0; i < map->map.count; i++) {
		html_put(html, "<div><dt>");
		html_text(html, value_text(map->map.entries[i].key));
		html_put(html, "</dt><dd><code>");
		html_value(html, map->map.entries[i].value);
		html_put(html, "</code></dd></div>\n");
	}
	html_put(html, "</dl>");
}

void html_name(struct html *html, size_t step)
{
	const struct summary_step *it = &html->chronicle->summary.steps[step];
	const struct chronicle_step *more = &html->chronicle->steps[step];
	struct buf items;

	html_text(html, more->title.len ? more->title : it->step.len ? it->step : it->node);
	buf_init(&items, BUF_UNBOUNDED);
	items_put(&html->chronicle->summary, it->node, &items);
	html_text(html, buf_view(&items));
	buf_done(&items);
}

enum look html_look(const struct summary_step *step)
{
	static const enum look looks[] = {
	    [OUTCOME_NONE] = LOOK_OPEN,
	    [OUTCOME_SUCCEEDED] = LOOK_OK,
	    [OUTCOME_FAILED] = LOOK_FAILED,
	    [OUTCOME_TIMED_OUT] = LOOK_TIMED_OUT,
	    [OUTCOME_SKIPPED] = LOOK_SKIPPED,
	    [OUTCOME_DENIED] = LOOK_DENIED,
	    [OUTCOME_CANCELLED] = LOOK_CANCELLED,
	    [OUTCOME_BLOCKED] = LOOK_BLOCKED,
	    [OUTCOME_LOST] = LOOK_LOST,
	    [OUTCOME_REHEARSED] = LOOK_REHEARSED,
	};

	if (step->answered &&
	    (step->outcome == OUTCOME_FAILED || step->outcome == OUTCOME_TIMED_OUT))
		return LOOK_ALLOWED;
	return looks[step->outcome];
}

enum look html_look_of_op(const struct chronicle_op *op)
{
	if (!op->ended)
		return LOOK_OPEN;
	switch (op->end) {
	case END_TIMED_OUT:
		return LOOK_TIMED_OUT;
	case END_STOPPED:
	case END_NOT_BEGUN:
		return LOOK_CANCELLED;
	case END_LOST:
		return LOOK_LOST;
	case END_DONE:
	case END_ERROR:
		break;
	}
	if (op->origin != ORIGIN_LIVE)
		return LOOK_REHEARSED;
	return op->holds ? LOOK_OK : LOOK_FAILED;
}

enum look html_look_of_run(const struct summary *summary)
{
	static const enum look looks[] = {
	    [RUN_RECOVERED] = LOOK_OK,
	    [RUN_FAILED] = LOOK_FAILED,
	    [RUN_DENIED] = LOOK_DENIED,
	    [RUN_INTERRUPTED] = LOOK_CANCELLED,
	    [RUN_REHEARSED] = LOOK_REHEARSED,
	    [RUN_ALONE] = LOOK_OK,
	};

	return summary->finished ? looks[summary->outcome] : LOOK_OPEN;
}

bool html_is_own_check(const struct chronicle_op *op)
{
	return op->node.len == 0 && op->what != START_NOTIFY;
}
