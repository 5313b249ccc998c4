/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "base/utf8.h"
#include "view/diff_parts.h"
#include "view/text.h"

/* The names of what differs stand in a column that is not wider than this. */
enum { NAME_COLUMNS = 30 };

static void painted(
    const struct diff_view *view, struct buf *out, const char *sequence, struct str text)
{
	buf_text(out, view->color ? sequence : "");
	text_harmless(out, text);
	buf_text(out, view->color ? "\033[0m" : "");
}

/* "A  t.jsonl: run ID of tiny on vm, began 2026-11-22T03:04:05Z", and below it what is not as it should be. */
static void show_run(const struct diff_view *view, enum side side, struct buf *out)
{
	const struct recording *run = view->comparison->runs[side];
	const struct message *started = run->run_started;
	const struct value *host = started->run_started.host;

	painted(view, out, "\033[1m", str_from(diff_side_names[side]));
	buf_text(out, "  ");
	text_harmless(out, str_from(view->paths[side]));
	buf_text(out, ": ");
	text_harmless(out, started->run_started.run);
	if (host) {
		buf_text(out, " on ");
		text_harmless(out, value_text(value_get(host, "name")));
	}
	buf_text(out, ", began ");
	units_show_time(out, started->at_us);
	buf_byte(out, '\n');
	if (run->report.state != TRANSCRIPT_SEALED || run->report.unknown) {
		buf_text(out, "   ");
		painted(view, out, run->damaged ? "\033[31m" : "\033[33m", run->state);
		buf_byte(out, '\n');
	}
	if (run->missing) {
		buf_printf(out, "   %lld lines could not be recorded: ", (long long)run->missing);
		text_harmless(out, run->missing_why);
		buf_byte(out, '\n');
	}
}

/* What only one run came to stands in the table; worth a word is why it ended as it did. */
static bool is_told(const struct difference *difference)
{
	return difference->kind != DIFFERENCE_PRESENCE || difference->whys[SIDE_A].len ||
	    difference->whys[SIDE_B].len;
}

static size_t name_columns(const struct differences *differences)
{
	size_t width = 0;
	struct buf name;

	buf_init(&name, BUF_UNBOUNDED);
	for (size_t i = 0; i < differences->count; i++) {
		size_t columns;

		buf_clear(&name);
		diff_put_name(&name, &differences->items[i]);
		columns = utf8_columns(buf_view(&name));
		if (is_told(&differences->items[i]) && columns > width)
			width = columns;
	}
	buf_done(&name);
	return width < NAME_COLUMNS ? width : NAME_COLUMNS;
}

static const char *side_name(const struct diff_view *view, enum side side)
{
	return view->names[side] ? view->names[side] : diff_side_names[side];
}

static size_t side_columns(const struct diff_view *view)
{
	size_t a = strlen(side_name(view, SIDE_A));
	size_t b = strlen(side_name(view, SIDE_B));

	return a > b ? a : b;
}

/* Begins a line: the name of what differs, only in the first line of it, and the side. */
static void begin_line(const struct diff_view *view, const struct difference *difference,
    size_t width, enum side side, struct buf *out)
{
	struct buf name;
	struct buf fits;

	buf_init(&name, BUF_UNBOUNDED);
	buf_init(&fits, BUF_UNBOUNDED);
	diff_put_name(&name, difference);
	if (side == SIDE_A || difference->kind == DIFFERENCE_PRESENCE)
		text_fit(&fits, buf_view(&name), width);
	buf_text(out, "  ");
	buf_str(out, buf_view(&fits));
	buf_printf(out, "%*s  ", (int)(width - utf8_columns(buf_view(&fits))), "");
	painted(view, out, "\033[2m", str_from(side_name(view, side)));
	buf_printf(out, "%*s", (int)(side_columns(view) - strlen(side_name(view, side)) + 1), "");
	buf_done(&fits);
	buf_done(&name);
}

/* The two values, one below the other; of what only one run has, the one. */
static void show_difference(const struct diff_view *view, const struct difference *difference,
    size_t width, struct buf *out)
{
	struct buf values[SIDES];

	for (int side = 0; side < SIDES; side++)
		buf_init(&values[side], BUF_UNBOUNDED);
	diff_show_values(difference, values);
	for (int side = 0; side < SIDES; side++) {
		if (difference->kind != DIFFERENCE_PRESENCE || difference->values[side]) {
			begin_line(view, difference, width, (enum side)side, out);
			text_fit(out, buf_view(&values[side]),
			    DIFF_COLUMNS - width - side_columns(view) - 5);
			buf_byte(out, '\n');
		}
		buf_done(&values[side]);
	}
}

bool diff_list(const struct diff_view *view, struct str title,
    const struct differences *differences, struct buf *out)
{
	size_t width = name_columns(differences);
	bool any = false;

	for (size_t i = 0; i < differences->count; i++) {
		if (!is_told(&differences->items[i]))
			continue;
		if (!any) {
			buf_byte(out, '\n');
			painted(view, out, "\033[1m", title);
			buf_byte(out, '\n');
		}
		any = true;
		show_difference(view, &differences->items[i], width, out);
	}
	if (differences->left_out)
		buf_printf(out, "  and %zu more\n", differences->left_out);
	return any;
}

void diff_text(const struct diff_view *view, struct buf *out)
{
	const struct comparison *comparison = view->comparison;
	struct buf sentence;

	buf_init(&sentence, BUF_UNBOUNDED);
	diff_sentence(comparison, &sentence);
	text_harmless(out, buf_view(&sentence));
	buf_text(out, "\n\n");
	buf_done(&sentence);
	for (int side = 0; side < SIDES; side++)
		show_run(view, (enum side)side, out);
	diff_table(view, out);
	diff_list(view, STR("the runs"), &comparison->of_runs, out);
	for (size_t i = 0; i < comparison->step_count; i++)
		diff_list(view, diff_label(&comparison->steps[i]),
		    &comparison->steps[i].differences, out);
}
