/* SPDX-License-Identifier: Apache-2.0 */
#include "view/panel_parts.h"

#include "base/units.h"
#include "base/utf8.h"
#include "lang/bind.h"
#include "view/items.h"
#include "view/text.h"

/*
 * "now   restore   DESTROYS  4m12s, usually 5m to 10m  Restore the dump": a mark, a name, a word, and what else there
 * is room for.
 */
enum {
	MARK = 6,
	WORD = 10,
	WORD_WOULD = 15,
	NAME = 8,
	NAME_MAX = 20,
	NAME_NARROW = 14,
	NARROW = 80
};

/* With less room than that an action, or anything at all, tells nobody anything. */
enum { ACTION_COLUMNS = 24, WIDE = 100, LEAST = 8, ROOMY = 30 };

/* What has not come further for so long stands still. */
enum { STILL_US = 10000000 };

/* The column of names. */
static size_t name_columns(const struct panel *panel, const struct panel_frame *frame)
{
	size_t most = frame->columns < NARROW ? NAME_NARROW : NAME_MAX;
	size_t columns = panel->name_columns;

	return columns < NAME ? NAME : columns > most ? most : columns;
}

static enum paint paint_of(enum effect_class class)
{
	return class == EFFECT_DESTROY ? RED : class == EFFECT_CHANGE ? YELLOW : DIM;
}

static const char *class_word(const struct panel *panel, enum effect_class class)
{
	static const char *const words[][2] = {
	    [EFFECT_READ] = {"reads", "reads"},
	    [EFFECT_CHANGE] = {"changes", "would change"},
	    [EFFECT_DESTROY] = {"DESTROYS", "would DESTROY"},
	};

	return words[class][panel->sources.summary->rehearsal];
}

static void put_lead(const struct panel *panel, const struct panel_frame *frame, struct row *row,
    const char *mark, struct str name)
{
	size_t columns = name_columns(panel, frame);
	struct buf fits;
	size_t from;

	buf_init(&fits, BUF_UNBOUNDED);
	text_fit(&fits, name, columns);
	from = row->left;
	row_text(row, *mark == 'n' ? BOLD : DIM, mark);
	row_fill(row, from, MARK);
	from = row->left;
	row_put(row, BOLD, buf_view(&fits));
	row_fill(row, from, columns + 1);
	buf_done(&fits);
}

static void put_word(const struct panel *panel, struct row *row, enum paint paint, const char *word)
{
	size_t from = row->left;

	row_text(row, paint, word);
	row_fill(row, from, panel->sources.summary->rehearsal ? WORD_WOULD : WORD);
}

static const struct plan_node *node_of(const struct panel *panel, uint32_t index)
{
	return &panel->sources.plan->nodes[index];
}

/* The loop itself, not one of its items. */
static bool is_loop(const struct panel *panel, const struct panel_step *step)
{
	return node_of(panel, step->node)->step->each.list && !step->is_item;
}

bool panel_step_shows(const struct panel *panel, const struct panel_step *step)
{
	bool is_block = node_of(panel, step->node)->step->is_block;

	return !is_block || is_loop(panel, step) || step->ops || step->asks || step->locks ||
	    step->again_us;
}

/* The operation that a person would be told of: the one begun last, which is no process beside a block. */
static const struct panel_op *op_of(const struct panel_step *step)
{
	const struct panel_op *op = step->ops;

	for (const struct panel_op *at = op; at; at = at->next)
		if (at->what != START_BACKGROUND || op->what == START_BACKGROUND)
			op = at;
	return op;
}

static void put_estimate(struct row *row, const struct step *step, const char *before)
{
	if (step->estimate_high_us == UNSET_US)
		return;
	if (step->estimate_low_us == step->estimate_high_us) {
		row_duration(row, before, step->estimate_low_us);
		return;
	}
	row_duration(row, before, step->estimate_low_us);
	row_duration(row, " to ", step->estimate_high_us);
}

/* How long the action takes, against what was said of it beforehand. */
static void put_time(
    struct row *row, const struct panel_op *op, const struct step *step, int64_t took_us)
{
	bool estimated = step->estimate_high_us != UNSET_US;

	row_duration(row, "", took_us);
	if (estimated && took_us > step->estimate_high_us) {
		row_text(row, PLAIN, ", ");
		row_text(row, YELLOW, "LONGER");
		put_estimate(row, step, row->left < ROOMY ? " than " : " than the usual ");
	} else if (estimated) {
		put_estimate(row, step, ", usually ");
	}
	if (op->timeout_us && took_us > op->timeout_us / 2)
		row_duration(
		    row, ", timeout in ", took_us < op->timeout_us ? op->timeout_us - took_us : 0);
	else if (op->timeout_us && !estimated)
		row_duration(row, " of at most ", op->timeout_us);
	if (op->attempt > 1)
		row_printf(row, ", attempt %u", op->attempt);
}

/* What is asked around the action, and for how long. */
static void put_check(const struct panel *panel, struct row *row, const struct panel_op *op,
    const struct panel_step *step, int64_t took_us)
{
	enum effect_class class = node_of(panel, step->node)->effect;

	row_text(row, PLAIN, text_purpose(op->what));
	row_duration(row, ", ", took_us);
	if (op->within_us)
		row_duration(row, " of up to ", op->within_us);
	if (!step->acted && class != EFFECT_READ &&
	    (op->what == START_PRECONDITION || op->what == START_UNLESS)) {
		row_text(row, PLAIN, ", then ");
		row_text(row, paint_of(class), class_word(panel, class));
	}
}

static void put_items(const struct panel *panel, struct row *row, const struct panel_step *step)
{
	const struct panel_node *node = &panel->nodes[step->node];

	put_word(panel, row, DIM, "loop");
	row_printf(row, "%zu of %zu done", node->items_ended, node->items);
	if (node->items_failed) {
		row_text(row, PLAIN, ", ");
		row_printf(row, "%zu not well", node->items_failed);
	}
	if (node->items_running)
		row_printf(row, ", %zu under way", node->items_running);
}

static void put_wait(
    const struct panel *panel, struct row *row, const struct panel_step *step, int64_t now_us)
{
	if (step->asks) {
		put_word(panel, row, YELLOW, "WAITS");
		row_text(row, PLAIN,
		    step->ask_kind == ASK_MANUAL ? "until a person has done it, "
						 : "for a person's answer, ");
		row_duration(row, "", now_us - step->asked_us);
	} else if (step->locks) {
		put_word(panel, row, YELLOW, "waits");
		row_text(row, PLAIN, "for the lock ");
		row_text(row, PLAIN, step->lock);
	} else {
		put_word(panel, row, YELLOW, "again");
		row_duration(row, "in ", step->again_us > now_us ? step->again_us - now_us : 0);
	}
}

static void put_state(
    const struct panel *panel, struct row *row, const struct panel_step *step, int64_t now_us)
{
	const struct panel_op *op = op_of(step);

	if (step->asks || step->locks || step->again_us) {
		put_wait(panel, row, step, now_us);
	} else if (is_loop(panel, step)) {
		put_items(panel, row, step);
	} else if (op && op->what == START_ACTION) {
		put_word(panel, row, paint_of(op->class), class_word(panel, op->class));
		put_time(row, op, node_of(panel, step->node)->step, now_us - op->began_us);
	} else if (op) {
		put_word(panel, row, DIM, op->what == START_BACKGROUND ? "runs" : "checks");
		put_check(panel, row, op, step, now_us - op->began_us);
	} else {
		put_word(panel, row, DIM, "");
		row_duration(row, "", now_us - step->began_us);
	}
}

/* Behind what stands there already, if anything does. */
static void put_behind(struct row *row, size_t from, const char *between, struct str text)
{
	if (!text.len || row->left < LEAST)
		return;
	if (row->left < from)
		row_text(row, PLAIN, between);
	row_put(row, DIM, text);
}

static struct str title_of(const struct step *step)
{
	return str_eq(step->title, step->id) ? (struct str){0} : step->title;
}

void panel_put_step(const struct panel *panel, const struct panel_frame *frame,
    const struct panel_step *step, struct buf *out)
{
	struct str path = str_from(step->path);
	struct row row;
	struct buf name;

	buf_init(&name, BUF_UNBOUNDED);
	buf_str(&name, path.len ? labels_of(panel->sources.labels, path) : STR("recovered?"));
	items_put(panel->sources.summary, path, &name);
	row_begin(&row, frame, out);
	put_lead(panel, frame, &row, "now", buf_view(&name));
	put_state(panel, &row, step, frame->now_us);
	if (step->node != PLAN_ROOT && !step->is_item) /* the loop's line has it */
		put_behind(&row, row.left + 1, "  ", title_of(node_of(panel, step->node)->step));
	row_end(&row);
	buf_done(&name);
}

/* What it will do, where there is room, or nothing else says it. */
static void put_action(
    struct row *row, size_t from, const struct panel_frame *frame, const struct step *step)
{
	bool titled = title_of(step).len > 0;
	struct buf text;

	if (!step->action.spec || (titled && frame->columns < WIDE) || row->left < ACTION_COLUMNS)
		return;
	buf_init(&text, BUF_UNBOUNDED);
	action_show_written(step->action.spec, step->action.args, &text);
	put_behind(row, from, titled ? ": " : "  ", buf_view(&text));
	buf_done(&text);
}

/* A block that is to come asks once for all that is in it: on the line of the first of these. */
static const struct plan_node *asked_around(
    const struct panel *panel, const struct plan_node *node, uint32_t *told)
{
	uint32_t at = node->parent;

	if (!node->approved_by_block)
		return NULL;
	while (at != PLAN_NONE && !node_of(panel, at)->asks)
		at = node_of(panel, at)->parent;
	if (at == PLAN_NONE || panel->nodes[at].running || *told == at)
		return NULL;
	*told = at;
	return node_of(panel, at);
}

void panel_put_coming(const struct panel *panel, const struct panel_frame *frame, uint32_t index,
    const char *mark, uint32_t *told, struct buf *out)
{
	const struct plan_node *node = node_of(panel, index);
	const struct step *step = node->step;
	bool acts = step->action.spec || step->is_block;
	struct row row;
	struct buf name;
	const struct plan_node *asks;
	size_t from;

	buf_init(&name, BUF_UNBOUNDED);
	labels_put(panel->sources.labels, node, &name);
	row_begin(&row, frame, out);
	put_lead(panel, frame, &row, mark, buf_view(&name));
	if (step->manual.text)
		put_word(panel, &row, YELLOW, "by hand");
	else
		put_word(panel, &row, acts ? paint_of(node->effect) : DIM,
		    acts ? class_word(panel, node->effect) : "computes");
	from = row.left;
	asks = node->asks ? node : asked_around(panel, node, told);
	if (asks && panel->nodes[asks->index].answered)
		row_text(&row, PLAIN, "approved");
	else if (asks)
		row_text(&row, YELLOW, "ASKS FIRST");
	if (step->each.list)
		row_text(&row, PLAIN, asks ? ", for each item" : "for each item");
	put_behind(&row, from, "  ", title_of(step));
	put_action(&row, from, frame, step);
	row_end(&row);
	buf_done(&name);
}

void panel_put_done(
    const struct panel *panel, const struct panel_frame *frame, uint32_t index, struct buf *out)
{
	const struct panel_node *state = &panel->nodes[index];
	const struct plan_node *node = node_of(panel, index);
	bool good = state->outcome == OUTCOME_SUCCEEDED;
	bool idle = state->outcome == OUTCOME_SKIPPED || state->outcome == OUTCOME_BLOCKED ||
	    state->outcome == OUTCOME_REHEARSED;
	struct row row;
	struct buf name;

	buf_init(&name, BUF_UNBOUNDED);
	labels_put(panel->sources.labels, node, &name);
	row_begin(&row, frame, out);
	put_lead(panel, frame, &row, "done", buf_view(&name));
	row_text(&row,
	    good                 ? GREEN
		: idle           ? DIM
		: state->allowed ? YELLOW
				 : RED,
	    text_outcome(state->outcome, state->allowed));
	if (!idle && state->duration_us) /* none: it was cancelled before it began */
		row_duration(&row, " in ", state->duration_us);
	put_behind(&row, row.left + 1, "  ", title_of(node->step));
	row_end(&row);
	buf_done(&name);
}

/* How fast it goes, and for how long it will; where nothing has come for a while, that. */
static void put_pace(struct buf *text, const struct panel_op *op, int64_t since_us)
{
	int64_t left_us;

	if (since_us > STILL_US) {
		buf_text(text, ", NOTHING MORE for ");
		units_show_duration(text, text_seconds(since_us));
		return;
	}
	if (op->rate < 1)
		return;
	buf_text(text, ", ");
	units_show_size(text, (int64_t)op->rate);
	buf_text(text, "/s");
	if (op->total <= op->done)
		return;
	left_us = (int64_t)((double)(op->total - op->done) / op->rate * 1e6) - since_us;
	buf_text(text, ", ");
	units_show_duration(text, text_seconds(left_us > 0 ? left_us : 0));
	buf_text(text, " left");
}

bool panel_put_progress(const struct panel *panel, const struct panel_frame *frame,
    const struct panel_step *step, struct buf *out)
{
	const struct panel_op *op = op_of(step);
	struct buf text;
	struct row row;

	(void)panel;
	if (!op || !op->sampled_us)
		return false;
	buf_init(&text, BUF_UNBOUNDED);
	units_show_size(&text, op->done);
	if (op->total > 0) {
		buf_text(&text, " of ");
		units_show_size(&text, op->total);
		buf_printf(&text, ", %d %%",
		    (int)(op->done < op->total ? (double)op->done * 100 / (double)op->total : 100));
	}
	put_pace(&text, op, frame->now_us - op->sampled_us);
	row_begin(&row, frame, out);
	row_fill(&row, row.left, MARK);
	row_put(&row, PLAIN, buf_view(&text));
	row_end(&row);
	buf_done(&text);
	return true;
}

bool panel_put_said(const struct panel *panel, const struct panel_frame *frame,
    const struct panel_step *step, bool alone, size_t back, struct buf *out)
{
	const struct panel_op *op = op_of(step);
	struct row row;
	struct str line;
	bool shown;

	if (!op || !lines_last(panel->lines, op->op, back, &line, &shown) || (shown && alone))
		return false;
	row_begin(&row, frame, out);
	row_fill(&row, row.left, MARK);
	row_text(&row, PLAIN, "| ");
	row_put(&row, PLAIN, line);
	row_end(&row);
	return true;
}
