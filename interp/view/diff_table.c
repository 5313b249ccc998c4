/* SPDX-License-Identifier: Apache-2.0 */
#include "base/units.h"
#include "base/utf8.h"
#include "view/diff_parts.h"
#include "view/summary.h"
#include "view/text.h"

enum column {
	COLUMN_STEP,
	COLUMN_A,
	COLUMN_B,
	COLUMN_A_TOOK,
	COLUMN_B_TOOK,
	COLUMN_DIFFERS,
	COLUMNS
};

/* What differs has so many columns at least, between two columns stand so many, and before the first. */
enum { DIFFERS_COLUMNS = 24, GAP = 2 };

struct table {
	const struct diff_view *view;
	struct buf *out;
	struct buf cell; /* the one at hand, harmless */
	size_t widths[COLUMNS];
};

static const char *outcome_text(const struct compared_step *step, enum side side)
{
	const struct recorded_step *recorded = step->sides[side];

	if (!recorded)
		return "–";
	if (!step->node.len)
		return "checked";
	if (!recorded->finished)
		return text_outcome(OUTCOME_NONE, false);
	if (recorded->finished->step_finished.outcome == OUTCOME_CANCELLED &&
	    summary_was_not_run(recorded->finished))
		return "not run";
	return text_outcome(
	    recorded->finished->step_finished.outcome, recorded->finished->step_finished.allowed);
}

static const char *outcome_paint(const struct compared_step *step, enum side side)
{
	const struct message *end = step->sides[side] ? step->sides[side]->finished : NULL;

	if (!end || summary_was_not_run(end) || end->step_finished.outcome == OUTCOME_SKIPPED)
		return "\033[2m";
	if (end->step_finished.outcome == OUTCOME_SUCCEEDED)
		return "\033[32m";
	return end->step_finished.allowed ? "\033[33m" : "\033[31m";
}

/* The end of a path that is too long tells more than its beginning. */
static void put_label(struct table *table, struct str path)
{
	size_t width = table->widths[COLUMN_STEP];
	struct buf label;
	struct str rest;

	buf_init(&label, BUF_UNBOUNDED);
	text_harmless(&label, path);
	rest = buf_view(&label);
	if (utf8_columns(rest) > width) {
		while (rest.len && utf8_columns(rest) + 1 > width)
			rest = str_sub(rest, utf8_decode(rest, &(uint32_t){0}), rest.len);
		buf_text(&table->cell, "…");
	}
	buf_str(&table->cell, rest);
	buf_done(&label);
}

/* "3.2x slower, outcome, exit_code" */
static void put_differs(struct table *table, const struct compared_step *step)
{
	struct buf text;

	buf_init(&text, BUF_UNBOUNDED);
	diff_put_ratio(&text, step->duration_us[SIDE_A], step->duration_us[SIDE_B]);
	for (size_t i = 0; i < step->differences.count; i++) {
		const struct difference *at = &step->differences.items[i];

		buf_text(&text, text.len ? ", " : "");
		if (at->kind == DIFFERENCE_PRESENCE)
			buf_printf(&text, "only in %s",
			    diff_side_names[step->sides[SIDE_A] ? SIDE_A : SIDE_B]);
		else
			diff_put_name(&text, at);
	}
	text_fit(&table->cell, buf_view(&text), table->widths[COLUMN_DIFFERS]);
	buf_done(&text);
}

static void put_took(struct table *table, int64_t us)
{
	if (us < 0)
		buf_text(&table->cell, "–");
	else
		units_show_duration(&table->cell, us);
}

static void put_cell(struct table *table, const struct compared_step *step, enum column column)
{
	buf_clear(&table->cell);
	switch (column) {
	case COLUMN_STEP:
		put_label(table, diff_label(step));
		break;
	case COLUMN_A:
	case COLUMN_B:
		buf_text(&table->cell, outcome_text(step, column == COLUMN_A ? SIDE_A : SIDE_B));
		break;
	case COLUMN_A_TOOK:
	case COLUMN_B_TOOK:
		put_took(table, step->duration_us[column == COLUMN_A_TOOK ? SIDE_A : SIDE_B]);
		break;
	case COLUMN_DIFFERS:
		put_differs(table, step);
		break;
	case COLUMNS:
		break;
	}
}

static void write_cell(struct table *table, enum column column, const char *paint)
{
	size_t columns = utf8_columns(buf_view(&table->cell));
	size_t width = table->widths[column];
	const char *sequence = table->view->color ? paint : NULL;

	buf_printf(table->out, "%*s%s", GAP, "", sequence ? sequence : "");
	buf_str(table->out, buf_view(&table->cell));
	buf_text(table->out, sequence ? "\033[0m" : "");
	if (column != COLUMN_DIFFERS && columns < width)
		buf_printf(table->out, "%*s", (int)(width - columns), "");
}

static void end_row(struct table *table)
{
	while (table->out->len && table->out->ptr[table->out->len - 1] == ' ')
		table->out->len--;
	buf_byte(table->out, '\n');
}

static bool is_shown(const struct diff_view *view, const struct compared_step *step)
{
	return view->all || step->differences.count ||
	    durations_ratio(step->duration_us[SIDE_A], step->duration_us[SIDE_B]) != 0;
}

static const char *const titles[COLUMNS] = {"step", "A", "B", "A took", "B took", "what differs"};

/* The columns that a column takes: those of its widest cell. */
static size_t widest(struct table *table, enum column column)
{
	const struct comparison *comparison = table->view->comparison;
	size_t width = utf8_columns(str_from(titles[column]));

	for (size_t i = 0; i < comparison->step_count; i++) {
		size_t columns;

		if (!is_shown(table->view, &comparison->steps[i]))
			continue;
		put_cell(table, &comparison->steps[i], column);
		columns = utf8_columns(buf_view(&table->cell));
		width = columns > width ? columns : width;
	}
	return width;
}

/* Each as wide as what stands in it, but the paths may leave too little for what differs. */
static void measure(struct table *table)
{
	size_t left = DIFF_COLUMNS - COLUMNS * GAP;

	for (int column = COLUMN_A; column < COLUMN_DIFFERS; column++) {
		table->widths[column] = widest(table, (enum column)column);
		left -= table->widths[column];
	}
	table->widths[COLUMN_STEP] = DIFF_COLUMNS;
	table->widths[COLUMN_STEP] = widest(table, COLUMN_STEP);
	if (table->widths[COLUMN_STEP] + DIFFERS_COLUMNS > left)
		table->widths[COLUMN_STEP] = left - DIFFERS_COLUMNS;
	table->widths[COLUMN_DIFFERS] = left - table->widths[COLUMN_STEP];
}

static void write_head(struct table *table)
{
	for (int column = 0; column < COLUMNS; column++) {
		buf_clear(&table->cell);
		buf_text(&table->cell, titles[column]);
		write_cell(table, (enum column)column, "\033[2m");
	}
	end_row(table);
}

static void write_row(struct table *table, const struct compared_step *step)
{
	for (int column = 0; column < COLUMNS; column++) {
		const char *paint = NULL;

		if (column == COLUMN_A || column == COLUMN_B)
			paint = outcome_paint(step, column == COLUMN_A ? SIDE_A : SIDE_B);
		put_cell(table, step, (enum column)column);
		write_cell(table, (enum column)column, paint);
	}
	end_row(table);
}

void diff_table(const struct diff_view *view, struct buf *out)
{
	const struct comparison *comparison = view->comparison;
	struct table table = {.view = view, .out = out};
	bool any = false;

	buf_init(&table.cell, BUF_UNBOUNDED);
	measure(&table);
	for (size_t i = 0; i < comparison->step_count; i++) {
		if (!is_shown(view, &comparison->steps[i]))
			continue;
		if (!any) {
			buf_byte(out, '\n');
			write_head(&table);
		}
		any = true;
		write_row(&table, &comparison->steps[i]);
	}
	buf_done(&table.cell);
}
