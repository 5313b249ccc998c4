/* SPDX-License-Identifier: Apache-2.0 */
#include "view/coverage_parts.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/units.h"
#include "base/utf8.h"
#include "view/labels.h"
#include "view/text.h"

/* A line is 80 columns wide: a step, how it was live, how it was in rehearsals. */
enum { COLUMNS = 80, MARGIN = 2, LABEL = 28, CELL = 25 };

struct sheet {
	struct coverage_view *view;
	struct labels *labels;
	struct buf *out;
	size_t line; /* where in the buffer the line begins that is being written */
	struct coverage_run **runs; /* that were named, by their number */
	size_t run_count;
	size_t run_capacity;
};

static size_t columns_now(const struct sheet *sheet)
{
	return utf8_columns(str_sub(buf_view(sheet->out), sheet->line, SIZE_MAX));
}

static void end_line(struct sheet *sheet)
{
	while (sheet->out->len > sheet->line && sheet->out->ptr[sheet->out->len - 1] == ' ')
		sheet->out->len--;
	buf_byte(sheet->out, '\n');
	sheet->line = sheet->out->len;
}

/* On to a column; where it is passed already, on to the same one of the next line. */
static void go_to(struct sheet *sheet, size_t column)
{
	if (column && columns_now(sheet) >= column)
		end_line(sheet);
	buf_printf(sheet->out, "%*s", (int)(column - columns_now(sheet)), "");
}

static void put_heading(struct sheet *sheet, const char *text)
{
	end_line(sheet);
	buf_printf(sheet->out, "%s%s%s", sheet->view->color ? "\033[1m" : "", text,
	    sheet->view->color ? "\033[0m" : "");
}

static void put_age(struct sheet *sheet, int64_t at_us)
{
	int64_t days = coverage_days(sheet->view, at_us);

	if (days < 1)
		buf_text(sheet->out, "<1 day ago");
	else
		buf_printf(sheet->out, "%lld day%s ago", (long long)days, days == 1 ? "" : "s");
}

/* The number under which the end of the page names the run. */
static void put_run(struct sheet *sheet, struct coverage_run *run)
{
	if (!run->number) {
		sheet->runs = mem_grow(
		    sheet->runs, sheet->run_count, &sheet->run_capacity, sizeof(*sheet->runs));
		sheet->runs[sheet->run_count++] = run;
		run->number = (uint32_t)sheet->run_count;
	}
	buf_printf(sheet->out, " #%u", run->number);
}

static void put_last(struct sheet *sheet, const struct coverage_mark *mark, int64_t runs)
{
	put_age(sheet, mark->last_us);
	buf_printf(sheet->out, " (%lld)", (long long)runs);
	put_run(sheet, mark->last);
}

static void put_label(struct sheet *sheet, const struct plan_node *node, enum coverage_way way)
{
	struct buf label;

	buf_init(&label, BUF_UNBOUNDED);
	labels_put(sheet->labels, node, &label);
	go_to(sheet, MARGIN);
	text_harmless(sheet->out, buf_view(&label));
	buf_done(&label);
	if (way != WAY_DONE)
		buf_printf(sheet->out, ": %s", coverage_way_text(way));
}

/* How a step went badly, where that is the last that is really known of it, or all. False: it did not. */
static bool put_badly(struct sheet *sheet, const struct coverage_step *step, bool exercised)
{
	static const enum coverage_way badly[] = {WAY_FAILED, WAY_TIMED_OUT, WAY_CUT};
	const struct coverage_mark *mark = coverage_bad_news(step);
	const char *before = "never well: ";

	for (size_t i = 0; !mark && !exercised && i < sizeof(badly) / sizeof(*badly); i++)
		mark = coverage_latest(step, badly[i], COVERAGE_LIVE, COVERAGE_REHEARSED);
	if (!mark)
		return false;
	if (coverage_latest(step, WAY_DONE, COVERAGE_LIVE, COVERAGE_READ))
		before = "last: ";
	else if (mark->way == WAY_UNABLE)
		before = "";
	else if (mark->kind == COVERAGE_REHEARSED) /* as somebody wanted it */
		before = "gone through: ";
	buf_printf(sheet->out, "%s%s ", before, coverage_way_text(mark->way));
	put_last(sheet, mark, mark->runs);
	return true;
}

/* Why something is missing: what was, and does not count. */
static void put_missing(
    struct sheet *sheet, const struct coverage_step *step, enum coverage_way way)
{
	const struct coverage_mark *mark = coverage_latest(
	    step, way, COVERAGE_LIVE, COVERAGE_REHEARSED);

	put_label(sheet, step->node, way);
	go_to(sheet, MARGIN + LABEL + 1);
	if (way == WAY_DONE && put_badly(sheet, step, mark != NULL)) {
		end_line(sheet);
		return;
	}
	if (!mark && (mark = coverage_latest(step, way, COVERAGE_ASSUMED, COVERAGE_ASSUMED)))
		buf_text(sheet->out, "only assumed ");
	if (!mark && (mark = coverage_former(step, way)))
		buf_text(sheet->out, "changed since: as it was, ");
	if (mark)
		put_last(sheet, mark, mark->runs);
	else
		buf_text(sheet->out, "never");
	end_line(sheet);
}

static bool is_blank(const struct sheet *sheet, uint32_t index)
{
	return !sheet->view->coverage->steps[index].marks;
}

/* The last node that lies in it; itself where none does. */
static uint32_t last_within(const struct sheet *sheet, uint32_t index)
{
	const struct plan *plan = sheet->view->coverage->plan;
	uint32_t last = index;

	while (last + 1 < plan->count && plan_within(plan, last + 1, index))
		last++;
	return last;
}

/* How many steps lie in a block when nothing was ever told of any of them; else 0. */
static size_t blank_steps(const struct sheet *sheet, uint32_t block)
{
	const struct plan *plan = sheet->view->coverage->plan;
	uint32_t last = last_within(sheet, block);
	size_t count = 0;

	for (uint32_t i = block + 1; i <= last; i++) {
		if (!is_blank(sheet, i))
			return 0;
		count += !plan->nodes[i].step->is_block;
	}
	return plan->nodes[block].step->is_block ? count : 0;
}

/* What is missing of one step, and of the steps in it when it is all of them. */
static uint32_t put_missing_of(struct sheet *sheet, uint32_t index)
{
	const struct coverage_step *step = &sheet->view->coverage->steps[index];
	size_t blank = blank_steps(sheet, index);

	for (enum coverage_way way = 0; way < COVERAGE_WAYS; way++)
		if (coverage_is_wanted(step->node, way) &&
		    coverage_is_missing(sheet->view, step, way) &&
		    (way == WAY_DONE || !is_blank(sheet, index)))
			put_missing(sheet, step, way);
	if (!blank)
		return index;
	put_label(sheet, step->node, WAY_DONE);
	buf_printf(sheet->out, ": its %zu step%s", blank, blank == 1 ? "" : "s");
	go_to(sheet, MARGIN + LABEL + 1);
	buf_text(sheet->out, "never");
	end_line(sheet);
	return last_within(sheet, index);
}

static void put_all_missing(struct sheet *sheet)
{
	for (uint32_t i = 1; i < sheet->view->coverage->plan->count; i++)
		i = put_missing_of(sheet, i);
}

/* One of a list of words that goes on over lines. */
static void put_item(struct sheet *sheet, struct str item, size_t indent, bool first)
{
	if (!first)
		buf_byte(sheet->out, ',');
	if (columns_now(sheet) + 1 + utf8_columns(item) + 1 > COLUMNS) {
		end_line(sheet);
		go_to(sheet, indent);
	} else if (!first) {
		buf_byte(sheet->out, ' ');
	}
	text_harmless(sheet->out, item);
}

/* The steps that only rehearsals went through well: those that ran live too, or those that never did. */
static void put_only_rehearsed(struct sheet *sheet, bool live, const char *heading)
{
	const struct coverage *coverage = sheet->view->coverage;
	struct buf label;
	bool first = true;

	buf_init(&label, BUF_UNBOUNDED);
	for (size_t i = 1; i < coverage->plan->count; i++) {
		if (!coverage_is_only_rehearsed(&coverage->steps[i]) ||
		    coverage_ran_live(&coverage->steps[i]) != live)
			continue;
		if (first) {
			put_heading(sheet, heading);
			end_line(sheet);
			go_to(sheet, MARGIN);
		}
		buf_clear(&label);
		labels_put(sheet->labels, &coverage->plan->nodes[i], &label);
		put_item(sheet, buf_view(&label), MARGIN, first);
		first = false;
	}
	buf_done(&label);
	if (!first)
		end_line(sheet);
}

/* What nobody asks for, and whoever plans the next rehearsal wants to know. */
static void put_not_taken(struct sheet *sheet)
{
	const struct coverage *coverage = sheet->view->coverage;
	bool none = true;

	for (size_t i = 1; i < coverage->plan->count; i++) {
		const struct coverage_step *step = &coverage->steps[i];
		bool first = true;

		for (enum coverage_way way = WAY_REFUSED; way < COVERAGE_WAYS; way++) {
			if (!coverage_has(step->node, way) || !coverage_is_touched(step) ||
			    coverage_latest(step, way, COVERAGE_LIVE, COVERAGE_ASSUMED))
				continue;
			if (none) {
				put_heading(sheet, "Never came up:");
				end_line(sheet);
			}
			if (first) {
				put_label(sheet, step->node, WAY_DONE);
				buf_text(sheet->out, ": ");
			}
			put_item(sheet, str_from(coverage_way_text(way)), MARGIN + 2, first);
			none = first = false;
		}
		if (!first)
			end_line(sheet);
	}
}

static void put_cell(struct sheet *sheet, const struct coverage_step *step, enum coverage_way way,
    enum coverage_kind from, enum coverage_kind to)
{
	int64_t runs;
	const struct coverage_mark *mark = coverage_went(step, way, from, to, &runs);

	go_to(sheet, MARGIN + LABEL + 1 + (from == COVERAGE_LIVE ? 0 : CELL + 1));
	if (!mark) {
		buf_byte(sheet->out, '-');
		return;
	}
	if (mark->kind == COVERAGE_READ && way == WAY_DONE)
		buf_text(sheet->out, "ran ");
	put_last(sheet, mark, runs);
}

/* Down to which trust a way is told: what was not read is no exercise, but a failure of it was gone through. */
static enum coverage_kind told_to(enum coverage_way way)
{
	return way == WAY_DONE ? COVERAGE_REHEARSED : COVERAGE_ASSUMED;
}

/* How it was live, and in rehearsals when there are any, to the end of the line. */
static void put_cells(struct sheet *sheet, const struct coverage_step *step, enum coverage_way way)
{
	put_cell(sheet, step, way, COVERAGE_LIVE, COVERAGE_LIVE);
	if (sheet->view->coverage->rehearsals)
		put_cell(sheet, step, way, COVERAGE_READ, told_to(way));
	end_line(sheet);
}

static void put_row(struct sheet *sheet, const struct coverage_step *step, enum coverage_way way)
{
	static const char *const parts[PARTS] = {
	    [PART_STEPS] = "", [PART_FINALLY] = " (finally)", [PART_ROLLBACK] = " (rollback)"};
	size_t indent = MARGIN + (step->node->depth - 1) * 2;
	struct buf label;

	buf_init(&label, BUF_UNBOUNDED);
	if (way == WAY_DONE)
		buf_printf(
		    &label, "%.*s%s", STR_ARG(step->node->step->id), parts[step->node->part]);
	else
		buf_printf(&label, "· %s", coverage_way_text(way));
	go_to(sheet, indent + (way == WAY_DONE ? 0 : 2));
	text_harmless(sheet->out, buf_view(&label));
	buf_done(&label);
	put_cells(sheet, step, way);
}

static bool is_told(const struct coverage_step *step, enum coverage_way way)
{
	int64_t runs;

	if (way == WAY_DONE || coverage_is_wanted(step->node, way))
		return true;
	return way != WAY_SKIPPED && coverage_went(step, way, COVERAGE_LIVE, told_to(way), &runs);
}

static void put_table(struct sheet *sheet)
{
	const struct coverage *coverage = sheet->view->coverage;

	put_heading(sheet, "Step");
	sheet->line += sheet->view->color ? sizeof("\033[1m\033[0m") - 1 : 0;
	go_to(sheet, MARGIN + LABEL + 1);
	buf_text(sheet->out, "live");
	if (coverage->rehearsals) {
		go_to(sheet, MARGIN + LABEL + 1 + CELL + 1);
		buf_text(sheet->out, "in rehearsals");
	}
	end_line(sheet);
	for (uint32_t i = 1; i < coverage->plan->count; i++) {
		const struct coverage_step *step = &coverage->steps[i];
		size_t blank = blank_steps(sheet, i);

		for (enum coverage_way way = 0; way < COVERAGE_WAYS; way++)
			if (is_told(step, way) && (way == WAY_DONE || !is_blank(sheet, i)))
				put_row(sheet, step, way);
		if (!blank)
			continue;
		go_to(sheet, MARGIN + step->node->depth * 2);
		buf_printf(sheet->out, "(%zu step%s)", blank, blank == 1 ? "" : "s");
		put_cells(sheet, &coverage->steps[i + 1], WAY_DONE);
		i = last_within(sheet, i);
	}
}

static void put_runs(struct sheet *sheet)
{
	if (sheet->run_count)
		end_line(sheet);
	for (size_t i = 0; i < sheet->run_count; i++) {
		const struct coverage_run *run = sheet->runs[i];

		buf_printf(sheet->out, "#%zu ", i + 1);
		text_harmless(sheet->out, run->run);
		buf_text(sheet->out, ", ");
		text_day(sheet->out, run->began_us);
		buf_text(sheet->out, run->live ? ", live" : ", a rehearsal");
		end_line(sheet);
	}
	for (size_t i = 0; i < sheet->run_count; i++)
		sheet->runs[i]->number = 0;
}

static void put_head(struct sheet *sheet)
{
	const struct coverage *coverage = sheet->view->coverage;
	int64_t runs = coverage->live_runs + coverage->rehearsals;

	text_harmless(sheet->out, coverage->plan->runbook->id);
	if (!runs) {
		buf_text(sheet->out,
		    sheet->view->live_only ? ": no live run is kept" : ": no run is kept");
		end_line(sheet);
		return;
	}
	buf_printf(sheet->out, ": %lld run%s", (long long)runs, runs == 1 ? "" : "s");
	if (!sheet->view->live_only)
		buf_printf(sheet->out, " (%lld live, %lld rehearsed)",
		    (long long)coverage->live_runs, (long long)coverage->rehearsals);
	buf_text(sheet->out, " since ");
	text_day(sheet->out, coverage->first_us);
	buf_text(sheet->out, ", the last ");
	put_age(sheet, coverage->last_us);
	end_line(sheet);
}

/* Of what a gate lets pass, the part that nobody has performed. */
static void put_only_gone_through(struct sheet *sheet, const struct coverage_sum *sum)
{
	if (!sum->only_gone_through)
		return;
	if (sum->missing)
		buf_printf(sheet->out, "Of the others %zu", sum->only_gone_through);
	else if (sum->only_gone_through == sum->wanted)
		buf_text(sheet->out, "all of them");
	else
		buf_printf(sheet->out, "%zu of them", sum->only_gone_through);
	buf_printf(sheet->out, "%s only gone through in rehearsals, not performed",
	    !sum->missing                     ? ""
		: sum->only_gone_through == 1 ? " was"
					      : " were");
	end_line(sheet);
}

static void put_gate(struct sheet *sheet, const struct coverage_sum *sum)
{
	const char *verb = sheet->view->live_only ? "exercised live" : "exercised";

	if (sum->missing)
		buf_printf(sheet->out, "Not %s within ", verb);
	else
		buf_printf(sheet->out, "All %zu steps and ways of branches were %s within ",
		    sum->wanted, verb);
	units_show_duration(sheet->out, sheet->view->max_age_us);
	if (sum->missing)
		buf_printf(sheet->out, " (%zu of %zu steps and ways of branches):", sum->missing,
		    sum->wanted);
	else if (sum->only_gone_through)
		buf_byte(sheet->out, ',');
	end_line(sheet);
	put_all_missing(sheet);
	put_only_gone_through(sheet, sum);
}

static void put_page(struct sheet *sheet, const struct coverage_sum *sum)
{
	const struct coverage *coverage = sheet->view->coverage;
	char heading[96];

	if (coverage->live_runs + coverage->rehearsals == 0)
		return;
	if (sum->missing) {
		snprintf(heading, sizeof(heading),
		    "Not exercised%s (%zu of %zu steps and ways of branches):",
		    sheet->view->live_only ? " live" : "", sum->missing, sum->wanted);
		put_heading(sheet, heading);
		end_line(sheet);
		put_all_missing(sheet);
	}
	if (coverage->live_runs) {
		put_only_rehearsed(sheet, true, "Rehearsed; ran live, never well:");
		put_only_rehearsed(sheet, false, "Only rehearsed, never live:");
	} else {
		put_heading(sheet, "Nothing ran live: there are only rehearsals.");
		end_line(sheet);
	}
	put_not_taken(sheet);
	put_table(sheet);
}

void coverage_text(struct coverage_view *view, struct buf *out)
{
	struct sheet sheet = {
	    .view = view, .labels = labels_new(view->coverage->plan), .out = out, .line = out->len};
	struct coverage_sum sum = coverage_sum(view);

	put_head(&sheet);
	if (view->max_age_us)
		put_gate(&sheet, &sum);
	else
		put_page(&sheet, &sum);
	put_runs(&sheet);
	labels_free(sheet.labels);
	free(sheet.runs);
}
