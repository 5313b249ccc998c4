/* SPDX-License-Identifier: Apache-2.0 */
#include "view/against.h"

#include <string.h>

#include "base/map.h"
#include "sched/node_path.h"
#include "view/comparison_parts.h"
#include "view/diff_parts.h"
#include "view/text.h"

/* A step with what parts it, in the order in which that came about. */
struct parted {
	const struct compared_step *step;
	const struct difference *first; /* that leads another way; NULL: none does */
};

/* What is not known, or assumed, of one step. */
struct doubted {
	const struct against_doubt *doubt;
	struct doubted *next;
};

struct doubtful {
	struct doubted *first;
	struct doubted **end;
	bool unknown; /* one of them */
};

struct telling {
	const struct against_view *view;
	struct buf *out;
	struct parted *steps; /* those that part, the first first */
	size_t count;
	bool *is_parted; /* by a step's place in the comparison */
	struct map doubtful; /* by node */
	const struct against_doubt *unknown; /* the first, or NULL */
	bool assumes;
};

static const char *const sides[SIDES] = {"then", "now"};

/* When a difference came about: on the side that was there first. */
static int64_t time_of(const struct comparison *comparison, const struct difference *difference)
{
	int64_t earliest_us = INT64_MAX;

	for (int side = 0; side < SIDES; side++) {
		int64_t t_us = recording_t_us(comparison->runs[side], difference->seqs[side]);

		if (difference->seqs[side] >= 0 && t_us < earliest_us)
			earliest_us = t_us;
	}
	return earliest_us;
}

/*
 * Not to be told any more: it is behind the end of an unfinished run's record, or behind what nobody could decide.
 */
static bool is_beyond(const struct comparison *comparison, const struct difference *difference)
{
	const struct recording *then = comparison->runs[SIDE_A];
	const struct recording *now = comparison->runs[SIDE_B];

	if (then->run_finished)
		return !now->run_finished && difference->seqs[SIDE_B] < 0;
	return difference->seqs[SIDE_A] < 0 &&
	    time_of(comparison, difference) >= then->last_event_us;
}

static bool leads_elsewhere(
    const struct comparison *comparison, const struct difference *difference)
{
	return difference_weight(difference->kind) == WEIGHT_PATH &&
	    !is_beyond(comparison, difference);
}

/* Of two that came about at once the one that stands first in the record that has both. */
static bool is_before(const struct comparison *comparison, const struct difference *one,
    const struct difference *other)
{
	int64_t one_us = time_of(comparison, one);
	int64_t other_us = time_of(comparison, other);

	if (one_us != other_us)
		return one_us < other_us;
	for (int side = SIDES - 1; side >= 0; side--)
		if (one->seqs[side] >= 0 && other->seqs[side] >= 0)
			return one->seqs[side] < other->seqs[side];
	return false;
}

/* How it would have ended is not known: that is no other way. */
static bool is_open(const struct compared_step *step, const struct difference *difference)
{
	const struct message *end = step->sides[SIDE_B] ? step->sides[SIDE_B]->finished : NULL;

	return difference->kind == DIFFERENCE_OUTCOME && end &&
	    end->step_finished.outcome == OUTCOME_REHEARSED;
}

static const struct difference *first_of(
    const struct comparison *comparison, const struct compared_step *step)
{
	const struct difference *first = NULL;

	for (size_t i = 0; i < step->differences.count; i++) {
		const struct difference *at = &step->differences.items[i];

		if (leads_elsewhere(comparison, at) && !is_open(step, at) &&
		    (!first || is_before(comparison, at, first)))
			first = at;
	}
	return first;
}

/* Steps that part, each put before those that part later. */
static void find_parted(struct telling *telling)
{
	const struct comparison *comparison = telling->view->comparison;

	telling->steps = arena_array(
	    comparison->arena, comparison->step_count, sizeof(*telling->steps));
	telling->is_parted = arena_array(
	    comparison->arena, comparison->step_count, sizeof(*telling->is_parted));
	for (size_t i = 0; i < comparison->step_count; i++) {
		const struct compared_step *step = &comparison->steps[i];
		const struct difference *first = first_of(comparison, step);
		size_t at = telling->count;

		if (!first)
			continue;
		for (; at > 0 && is_before(comparison, first, telling->steps[at - 1].first); at--)
			telling->steps[at] = telling->steps[at - 1];
		telling->steps[at] = (struct parted){step, first};
		telling->is_parted[i] = true;
		telling->count++;
	}
}

static void add_doubt(struct telling *telling, const struct against_doubt *doubt)
{
	struct arena *arena = telling->view->comparison->arena;
	struct doubted *doubted = arena_alloc(arena, sizeof(*doubted));
	struct doubtful *doubtful = map_get(&telling->doubtful, doubt->node);

	if (!doubtful) {
		doubtful = arena_alloc(arena, sizeof(*doubtful));
		doubtful->end = &doubtful->first;
		map_put(&telling->doubtful, doubt->node, doubtful);
	}
	doubted->doubt = doubt;
	*doubtful->end = doubted;
	doubtful->end = &doubted->next;
	doubtful->unknown = doubtful->unknown || doubt->unknown;
}

static void find_doubts(struct telling *telling)
{
	const struct against_view *view = telling->view;

	map_init(&telling->doubtful);
	for (size_t i = 0; i < view->doubt_count; i++) {
		add_doubt(telling, &view->doubts[i]);
		if (!view->doubts[i].unknown)
			telling->assumes = true;
		else if (!telling->unknown)
			telling->unknown = &view->doubts[i];
	}
}

static bool is_in(const struct against_view *view, enum side side, struct str node)
{
	return plan_at(view->plans[side], node) != NULL;
}

/* "step load", "the runbook's own checks" */
static void put_step(struct buf *out, struct str node)
{
	if (node.len)
		buf_printf(out, "step %.*s", STR_ARG(node));
	else
		buf_text(out, "the runbook's own checks");
}

/* ", which the run did not have", where one side alone came to it. */
static void put_presence(
    const struct against_view *view, struct buf *out, const struct compared_step *step)
{
	if (!is_in(view, SIDE_A, step->node))
		buf_text(out, ", which is added");
	else if (!is_in(view, SIDE_B, step->node))
		buf_text(out, ", which is gone");
	else if (step->sides[SIDE_A])
		buf_text(out, ", to which it would not have come");
	else
		buf_text(out, ", to which the run did not come");
}

/* What is told of a step: but that it ended well, where nobody knows whether it did. */
static bool is_told(const struct telling *telling, const struct compared_step *step,
    const struct difference *difference)
{
	const struct message *end = step->sides[SIDE_B] ? step->sides[SIDE_B]->finished : NULL;
	const struct doubtful *doubtful = map_get(&telling->doubtful, step->node);
	bool taken = end &&
	    (end->step_finished.outcome == OUTCOME_REHEARSED ||
		(end->step_finished.outcome == OUTCOME_SUCCEEDED && doubtful && doubtful->unknown));

	if (difference->kind == DIFFERENCE_TIME || is_beyond(telling->view->comparison, difference))
		return false;
	return !taken ||
	    (difference->kind != DIFFERENCE_OUTCOME && difference->kind != DIFFERENCE_OUTPUT &&
		difference->kind != DIFFERENCE_RESULT && difference->kind != DIFFERENCE_PRESENCE);
}

static void put_parting(struct telling *telling, struct buf *out)
{
	const struct parted *first = telling->steps;

	buf_text(out, "It parts at ");
	put_step(out, first->step->node);
	if (first->first->kind == DIFFERENCE_PRESENCE) {
		put_presence(telling->view, out, first->step);
	} else if (is_told(telling, first->step, first->first)) {
		buf_text(out, " (");
		diff_put_brief(out, first->first, sides);
		buf_byte(out, ')');
	}
	buf_byte(out, '.');
}

static void put_doubt(struct buf *out, const struct against_doubt *doubt)
{
	if (doubt->what.len)
		buf_printf(out, "%.*s: ", STR_ARG(doubt->what));
	buf_str(out, doubt->why);
}

static const char *outcome_of(const struct recording *run)
{
	return run->run_finished ? run_outcome_names[run->run_finished->run_finished.outcome]
				 : "not finished";
}

/* How far it can be told, and how it ends there. */
static void put_end(struct telling *telling, struct buf *out)
{
	const struct recording *const *runs = telling->view->comparison->runs;

	if (telling->unknown) {
		buf_text(out,
		    telling->count ? " It cannot be told beyond " : "It cannot be told beyond ");
		if (telling->count && str_eq(telling->steps[0].step->node, telling->unknown->node))
			buf_text(out, "that");
		else
			put_step(out, telling->unknown->node);
		buf_text(out, ": ");
		put_doubt(out, telling->unknown);
		buf_byte(out, '.');
		return;
	}
	if (telling->count && runs[SIDE_A]->run_finished) {
		const char *then = outcome_of(runs[SIDE_A]);
		const char *now = outcome_of(runs[SIDE_B]);

		if (strcmp(then, now) == 0)
			buf_printf(out, " It ends the same: %s.", now);
		else
			buf_printf(out, " It ends %s, not %s.", now, then);
	}
	if (telling->assumes)
		buf_text(out, " What is assumed for that stands below.");
}

static enum against_finding finding_of(const struct telling *telling)
{
	if (telling->count)
		return AGAINST_PARTS;
	return telling->unknown ? AGAINST_UNTOLD : AGAINST_SAME;
}

static void tell_sentence(struct telling *telling)
{
	const struct recording *then = telling->view->comparison->runs[SIDE_A];
	struct buf text;

	buf_init(&text, BUF_UNBOUNDED);
	if (telling->count)
		put_parting(telling, &text);
	else if (!telling->unknown && !then->run_finished)
		buf_text(&text, "It would have gone the same way, as far as the record goes.");
	else if (!telling->unknown)
		buf_printf(&text, "It would have gone the same way to the same end: %s.",
		    outcome_of(then));
	put_end(telling, &text);
	text_harmless(telling->out, buf_view(&text));
	buf_byte(telling->out, '\n');
	buf_done(&text);
}

static void put_doubts(const struct telling *telling, struct str node)
{
	const struct doubtful *doubtful = map_get(&telling->doubtful, node);
	const struct doubted *at = doubtful ? doubtful->first : NULL;

	for (; at; at = at->next) {
		const char *word = at->doubt->unknown ? "nobody knows" : "assumed";
		struct buf text;

		buf_init(&text, BUF_UNBOUNDED);
		put_doubt(&text, at->doubt);
		buf_printf(telling->out, "  %s: ", word);
		text_harmless(telling->out, buf_view(&text));
		buf_byte(telling->out, '\n');
		buf_done(&text);
	}
}

/* "load", "load, which is added" */
static struct str title_of(const struct telling *telling, const struct compared_step *step)
{
	struct arena *arena = telling->view->comparison->arena;
	struct buf text;
	struct str title;

	buf_init(&text, BUF_UNBOUNDED);
	buf_str(&text, diff_label(step));
	if (!step->sides[SIDE_A] || !step->sides[SIDE_B])
		put_presence(telling->view, &text, step);
	title = arena_str(arena, buf_view(&text));
	buf_done(&text);
	return title;
}

static void tell_step(struct telling *telling, const struct compared_step *step)
{
	const struct against_view *view = telling->view;
	const struct diff_view diff = {.comparison = view->comparison,
	    .color = view->color,
	    .names = {sides[SIDE_A], sides[SIDE_B]}};
	struct differences told = {.left_out = step->differences.left_out};
	struct str title = title_of(telling, step);

	for (size_t i = 0; i < step->differences.count; i++)
		if (is_told(telling, step, &step->differences.items[i]))
			differences_add(
			    view->comparison->arena, &told, &step->differences.items[i]);
	if (!diff_list(&diff, title, &told, telling->out)) {
		buf_byte(telling->out, '\n');
		text_harmless(telling->out, title);
		buf_byte(telling->out, '\n');
	}
	put_doubts(telling, step->node);
}

/* It is a part of something that parts itself, and would not have been come to for that. */
static bool goes_without_saying(const struct telling *telling, const struct compared_step *step)
{
	struct str above = node_above(step->node);

	if (step->sides[SIDE_B] || !above.len || !is_in(telling->view, SIDE_B, step->node))
		return false;
	for (size_t i = 0; i < telling->count; i++)
		if (str_eq(telling->steps[i].step->node, above))
			return true;
	return false;
}

/* Steps that go the same way, and of which there is something to say: called otherwise, or assumed. */
static bool is_noted(const struct telling *telling, const struct compared_step *step)
{
	for (size_t i = 0; i < step->differences.count; i++)
		if (is_told(telling, step, &step->differences.items[i]))
			return true;
	return map_get(&telling->doubtful, step->node) != NULL;
}

/* Parameters that differ, and those that the other runbook does not have. */
static void tell_runs(struct telling *telling)
{
	const struct against_view *view = telling->view;
	const struct diff_view diff = {.comparison = view->comparison,
	    .color = view->color,
	    .names = {sides[SIDE_A], sides[SIDE_B]}};
	const struct differences *all = &view->comparison->of_runs;
	struct differences told = {.left_out = all->left_out};

	for (size_t i = 0; i < all->count; i++)
		if (all->items[i].kind == DIFFERENCE_PARAM ||
		    (all->items[i].kind == DIFFERENCE_OUTCOME && !telling->unknown &&
			leads_elsewhere(view->comparison, &all->items[i])))
			differences_add(view->comparison->arena, &told, &all->items[i]);
	diff_list(&diff, STR("the run"), &told, telling->out);
}

enum against_finding against_text(const struct against_view *view, struct buf *out)
{
	const struct comparison *comparison = view->comparison;
	struct telling telling = {.view = view, .out = out};

	find_parted(&telling);
	find_doubts(&telling);
	tell_sentence(&telling);
	for (size_t i = 0; i < telling.count; i++)
		if (!goes_without_saying(&telling, telling.steps[i].step))
			tell_step(&telling, telling.steps[i].step);
	for (size_t i = 0; i < comparison->step_count; i++)
		if (!telling.is_parted[i] && is_noted(&telling, &comparison->steps[i]))
			tell_step(&telling, &comparison->steps[i]);
	tell_runs(&telling);
	map_done(&telling.doubtful);
	return finding_of(&telling);
}
