/* SPDX-License-Identifier: Apache-2.0 */
#include "view/panel_parts.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/units.h"
#include "base/utf8.h"
#include "view/text.h"

/* So many lines at most, and of what one step says. */
enum { LINES_MAX = 24, SAID = 3 };

/* What becomes tight: less than this part of the objective is left. */
enum { TIGHT_PART = 4 };

struct shown_step {
	const struct panel_step *step;
	size_t at; /* its place among those that began */
	uint32_t owner; /* the listed node that it belongs to, else its own */
	int weight;
	bool progress;
	size_t said;
};

struct layout {
	const struct panel *panel;
	const struct panel_frame *frame;
	struct buf *out;
	size_t left; /* lines */
	struct shown_step *running;
	size_t running_count;
	size_t under_way; /* of these, what is not a loop that waits for its items */
	size_t talking; /* of these, what has an operation */
	size_t done;
	size_t failed;
	size_t coming;
	size_t total;
};

static bool is_bad(const struct panel_node *node)
{
	return !node->allowed && node->outcome != OUTCOME_SUCCEEDED &&
	    node->outcome != OUTCOME_SKIPPED && node->outcome != OUTCOME_REHEARSED;
}

static uint32_t owner_of(const struct panel *panel, uint32_t node)
{
	uint32_t owner = node;

	while (owner != PLAN_NONE && !panel->nodes[owner].listed)
		owner = panel->sources.plan->nodes[owner].parent;
	return owner == PLAN_NONE ? node : owner;
}

/* A loop whose items run, and which stands for all of them. */
static bool is_loop(const struct panel *panel, const struct panel_step *step)
{
	return !step->is_item && panel->nodes[step->node].items_running > 0;
}

/* What a person must know first: a question, then what destroys, then what changes; else in the order they began. */
static int weight(const struct panel *panel, const struct panel_step *step)
{
	int most = is_loop(panel, step) ? (int)panel->sources.plan->nodes[step->node].effect : 0;

	for (const struct panel_op *op = step->ops; op; op = op->next)
		if (start_is_action(op->what) && (int)op->class > most)
			most = (int)op->class;
	return step->asks ? EFFECT_DESTROY + 1 : most;
}

static void gather(struct layout *layout)
{
	const struct panel *panel = layout->panel;
	size_t capacity = 0;

	for (uint32_t i = 0; i < panel->sources.plan->count; i++) {
		layout->total += panel->nodes[i].listed;
		layout->coming += panel_is_coming(panel, i);
		layout->done += panel_is_done(panel, i);
		layout->failed += panel_is_done(panel, i) && is_bad(&panel->nodes[i]);
	}
	for (const struct panel_step *step = panel->steps; step; step = step->next) {
		if (!panel_step_shows(panel, step))
			continue;
		layout->talking += step->ops != NULL;
		layout->under_way += !is_loop(panel, step);
		layout->running = mem_grow(
		    layout->running, layout->running_count, &capacity, sizeof(*layout->running));
		layout->running[layout->running_count] = (struct shown_step){.step = step,
		    .at = layout->running_count,
		    .owner = owner_of(panel, step->node),
		    .weight = weight(panel, step)};
		layout->running_count++;
	}
}

/* A run of one step alone has nothing else to come. */
static void forget_coming(struct layout *layout)
{
	if (!layout->panel->sources.summary->alone.len)
		return;
	layout->total -= layout->coming;
	layout->coming = 0;
}

static void put_rule(struct layout *layout)
{
	const struct summary *summary = layout->panel->sources.summary;
	struct str took;
	struct buf text;
	struct row row;
	size_t right;

	buf_init(&text, BUF_UNBOUNDED);
	units_show_duration(&text, text_seconds(layout->frame->now_us));
	took = buf_view(&text);
	row_begin(&row, layout->frame, layout->out);
	right = took.len + 4;
	row.left -= right < row.left ? right : row.left;
	row_text(&row, PLAIN, summary->rehearsal ? "-- REHEARSAL: " : "-- ");
	row_put(&row, BOLD, summary->title);
	row_text(&row, PLAIN, " ");
	while (row.left > 0)
		row_text(&row, PLAIN, "-");
	row.left = layout->frame->columns - 1 < right ? 0 : right;
	row_text(&row, PLAIN, " ");
	row_put(&row, BOLD, took);
	row_text(&row, PLAIN, " --");
	row_end(&row);
	buf_done(&text);
	layout->left--;
}

static void put_objective(struct layout *layout, struct row *row)
{
	int64_t rto_us = layout->panel->sources.plan->runbook->objectives.rto_us;
	int64_t left_us = rto_us - layout->frame->now_us;

	if (rto_us == UNSET_US || layout->panel->sources.summary->rehearsal)
		return;
	row_duration(row, ", RTO ", rto_us);
	row_text(row, PLAIN, ": ");
	if (left_us < 0) {
		row_text(row, RED, "MISSED");
		row_duration(row, " by ", -left_us);
		return;
	}
	if (left_us < rto_us / TIGHT_PART)
		row_text(row, YELLOW, "ONLY ");
	row_duration(row, "", left_us);
	row_text(row, PLAIN, " left");
}

/* When it will be over, as far as that is known: what the forecast says, else what the runbook does. */
static void put_expected(struct layout *layout, struct buf *text)
{
	const struct objectives *objectives = &layout->panel->sources.plan->runbook->objectives;

	if (layout->panel->expected.len) {
		buf_str(text, buf_view(&layout->panel->expected));
	} else if (objectives->estimate_high_us != UNSET_US) {
		buf_text(text, "usually ");
		units_show_duration(text, objectives->estimate_low_us);
		buf_text(text, " to ");
		units_show_duration(text, objectives->estimate_high_us);
	}
}

/* On a line of its own, or two where it is too long: whether the objective will be met stands at its end. */
static void put_sentence(struct layout *layout, struct str text)
{
	while (text.len && layout->left > 2) {
		ptrdiff_t half = str_find(text, STR("; "));
		struct row row;

		row_begin(&row, layout->frame, layout->out);
		if (half < 0 || utf8_columns(text) <= row.left || layout->left <= 3)
			half = (ptrdiff_t)text.len;
		row_put(&row, PLAIN, str_sub(text, 0, (size_t)half));
		row_end(&row);
		layout->left--;
		text = (size_t)half < text.len ? str_sub(text, (size_t)half + 2, text.len)
					       : (struct str){0};
	}
}

static void put_state(struct layout *layout)
{
	struct buf text;
	struct row row;

	if (!layout->left)
		return;
	buf_init(&text, BUF_UNBOUNDED);
	put_expected(layout, &text);
	row_begin(&row, layout->frame, layout->out);
	row_printf(&row, "%zu of %zu steps done", layout->done, layout->total);
	if (layout->failed) {
		row_printf(&row, ", %zu ", layout->failed);
		row_text(&row, RED, "NOT WELL");
	}
	put_objective(layout, &row);
	if (layout->under_way > 1)
		row_printf(&row, ", %zu under way", layout->under_way);
	if (text.len && utf8_columns(buf_view(&text)) + 2 <= row.left) {
		row_text(&row, PLAIN, "; ");
		row_put(&row, PLAIN, buf_view(&text));
		buf_clear(&text);
	}
	row_end(&row);
	layout->left--;
	put_sentence(layout, buf_view(&text));
	buf_done(&text);
}

static void put_running(struct layout *layout, const struct shown_step *shown)
{
	const struct panel *panel = layout->panel;

	panel_put_step(panel, layout->frame, shown->step, layout->out);
	if (shown->progress)
		panel_put_progress(panel, layout->frame, shown->step, layout->out);
	for (size_t back = shown->said; back-- > 0;)
		panel_put_said(
		    panel, layout->frame, shown->step, layout->talking == 1, back, layout->out);
}

/* Lines that are left go to what runs: how far it has come, and the last that it said, more of it if there is room. */
static void spread(struct layout *layout, size_t count, size_t keep)
{
	struct buf none;

	buf_init(&none, BUF_UNBOUNDED);
	for (size_t i = 0; i < count && layout->left > keep; i++) {
		layout->running[i].progress = panel_put_progress(
		    layout->panel, layout->frame, layout->running[i].step, &none);
		layout->left -= layout->running[i].progress;
	}
	for (size_t back = 0; back < SAID; back++)
		for (size_t i = 0; i < count && layout->left > keep; i++) {
			if (!panel_put_said(layout->panel, layout->frame, layout->running[i].step,
				layout->talking == 1, back, &none))
				continue;
			layout->running[i].said = back + 1;
			layout->left--;
		}
	buf_done(&none);
}

/* The whole graph has room: each step in its place, which it keeps. */
static void put_all(struct layout *layout)
{
	const struct panel *panel = layout->panel;
	const char *mark = "next";
	uint32_t told = PLAN_NONE;

	layout->left -= layout->done + layout->running_count + layout->coming;
	spread(layout, layout->running_count, 0);
	for (size_t i = 0; i < panel->sources.plan->count; i++) {
		uint32_t node = panel->sources.plan->order[i];

		if (panel_is_done(panel, node)) {
			panel_put_done(panel, layout->frame, node, layout->out);
		} else if (layout->coming && panel_is_coming(panel, node)) {
			panel_put_coming(panel, layout->frame, node, mark, &told, layout->out);
			mark = "";
		}
		for (size_t k = 0; k < layout->running_count; k++)
			if (layout->running[k].owner == node && node != PLAN_ROOT)
				put_running(layout, &layout->running[k]);
	}
	for (size_t k = 0; k < layout->running_count; k++)
		if (layout->running[k].owner == PLAN_ROOT) /* asked at the end */
			put_running(layout, &layout->running[k]);
}

/* What was done on one line, the last first. */
static void put_done(struct layout *layout)
{
	const struct panel *panel = layout->panel;
	struct row row;
	bool first = true;
	struct buf name;

	buf_init(&name, BUF_UNBOUNDED);
	row_begin(&row, layout->frame, layout->out);
	row_text(&row, DIM, "done");
	row_text(&row, PLAIN, "  ");
	for (size_t i = panel->sources.plan->count; i-- > 0 && row.left;) {
		uint32_t node = panel->sources.plan->order[i];

		if (!panel_is_done(panel, node))
			continue;
		buf_clear(&name);
		labels_put(panel->sources.labels, &panel->sources.plan->nodes[node], &name);
		row_text(&row, PLAIN, first ? "" : ", ");
		row_put(&row, PLAIN, buf_view(&name));
		if (is_bad(&panel->nodes[node])) {
			row_text(&row, PLAIN, " ");
			row_text(&row, RED, text_outcome(panel->nodes[node].outcome, false));
		}
		first = false;
	}
	row_end(&row);
	buf_done(&name);
}

/* What there was no room for, and that it destroys. */
static void put_more(struct layout *layout, size_t from)
{
	const struct panel *panel = layout->panel;
	bool first = true;
	struct row row;
	struct buf name;
	size_t at = 0;

	buf_init(&name, BUF_UNBOUNDED);
	row_begin(&row, layout->frame, layout->out);
	row_text(&row, BOLD, from ? "    " : "next");
	row_printf(&row, "  … %zu more", layout->coming - from);
	for (size_t i = 0; i < panel->sources.plan->count && row.left; i++) {
		const struct plan_node *node = &panel->sources.plan
						    ->nodes[panel->sources.plan->order[i]];

		if (!panel_is_coming(panel, node->index) || at++ < from ||
		    node->effect != EFFECT_DESTROY)
			continue;
		row_text(&row, PLAIN, first ? ", of these " : ", ");
		if (first)
			row_text(&row, RED, "DESTROYS ");
		buf_clear(&name);
		labels_put(panel->sources.labels, node, &name);
		row_put(&row, PLAIN, buf_view(&name));
		first = false;
	}
	row_end(&row);
	buf_done(&name);
}

static void put_coming(struct layout *layout, size_t count)
{
	const struct panel *panel = layout->panel;
	uint32_t told = PLAN_NONE;
	size_t at = 0;

	for (size_t i = 0; i < panel->sources.plan->count && at < count; i++)
		if (panel_is_coming(panel, panel->sources.plan->order[i]))
			panel_put_coming(panel, layout->frame, panel->sources.plan->order[i],
			    at++ ? "" : "next", &told, layout->out);
	if (count < layout->coming)
		put_more(layout, count);
}

static int heavier_first(const void *left, const void *right)
{
	const struct shown_step *a = left;
	const struct shown_step *b = right;
	int order = b->weight - a->weight;

	return order ? order : a->at < b->at ? -1 : 1;
}

/* Of so many, how many get a line where there is room for so many lines: what is left over is counted on the last. */
static size_t fit(size_t count, size_t room)
{
	return count <= room ? count : room ? room - 1 : 0;
}

static void put_some(struct layout *layout)
{
	size_t wanted = layout->coming < 3 ? layout->coming : 3;
	bool done = layout->done && layout->left > 2;
	size_t running;
	size_t coming;
	bool counted;

	layout->left -= done;
	if (wanted > layout->left / 3)
		wanted = layout->left / 3;
	running = fit(layout->running_count, layout->left - wanted);
	if (running < layout->running_count)
		qsort(layout->running, layout->running_count, sizeof(*layout->running),
		    heavier_first);
	counted = running && running < layout->running_count;
	if (!running && layout->running_count && layout->left > wanted)
		running = 1; /* rather than their number, which the line above tells, too */
	layout->left -= running + counted;
	spread(layout, running, wanted);
	coming = fit(layout->coming, layout->left);
	layout->left -= coming + (coming < layout->coming && layout->left > 0);
	if (done)
		put_done(layout);
	for (size_t i = 0; i < running; i++)
		put_running(layout, &layout->running[i]);
	if (counted)
		buf_printf(
		    layout->out, "      … %zu more under way\n", layout->running_count - running);
	if (coming || wanted)
		put_coming(layout, coming);
}

size_t panel_draw(const struct panel *panel, const struct panel_frame *frame, struct buf *out)
{
	struct layout layout = {.panel = panel, .frame = frame, .out = out};
	size_t before = out->len;
	size_t lines = 0;

	layout.left = frame->rows / 2 < LINES_MAX ? frame->rows / 2 : LINES_MAX;
	if (!panel->begun || panel->over || frame->columns < 20 || layout.left < 2)
		return 0;
	layout.left--; /* a blank line is above it */
	gather(&layout);
	forget_coming(&layout);
	put_rule(&layout);
	put_state(&layout);
	if (layout.done + layout.running_count + layout.coming <= layout.left)
		put_all(&layout);
	else if (layout.left)
		put_some(&layout);
	free(layout.running);
	for (size_t i = before; i < out->len; i++)
		lines += out->ptr[i] == '\n';
	return lines;
}
