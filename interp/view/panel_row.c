/* SPDX-License-Identifier: Apache-2.0 */
#include "view/panel_parts.h"

#include "base/units.h"
#include "base/utf8.h"
#include "view/text.h"

void row_begin(struct row *row, const struct panel_frame *frame, struct buf *out)
{
	/* a full line leaves some terminals with their cursor in the next one */
	*row = (struct row){out, frame->color, frame->columns - 1};
}

void row_put(struct row *row, enum paint paint, struct str text)
{
	struct buf fits;

	if (!row->left || !text.len)
		return;
	buf_init(&fits, BUF_UNBOUNDED);
	text_fit(&fits, text, row->left);
	if (paint != PLAIN)
		paint_put(row->out, row->color, paint);
	buf_str(row->out, buf_view(&fits));
	if (paint != PLAIN)
		paint_put(row->out, row->color, PLAIN);
	row->left -= utf8_columns(buf_view(&fits));
	if (str_ends(buf_view(&fits), STR("…")) && !str_ends(text, STR("…")))
		row->left = 0;
	buf_done(&fits);
}

void row_text(struct row *row, enum paint paint, const char *text)
{
	row_put(row, paint, str_from(text));
}

void row_printf(struct row *row, const char *format, ...)
{
	struct buf text;
	va_list args;

	buf_init(&text, BUF_UNBOUNDED);
	va_start(args, format);
	buf_vprintf(&text, format, args);
	va_end(args);
	row_put(row, PLAIN, buf_view(&text));
	buf_done(&text);
}

void row_duration(struct row *row, const char *before, int64_t us)
{
	struct buf text;

	buf_init(&text, BUF_UNBOUNDED);
	buf_text(&text, before);
	units_show_duration(&text, text_seconds(us));
	row_put(row, PLAIN, buf_view(&text));
	buf_done(&text);
}

void row_fill(struct row *row, size_t from_left, size_t columns)
{
	while (row->left && from_left - row->left < columns) {
		buf_byte(row->out, ' ');
		row->left--;
	}
}

void row_end(struct row *row)
{
	buf_byte(row->out, '\n');
}
