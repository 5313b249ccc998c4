/* SPDX-License-Identifier: Apache-2.0 */
#include "view/coverage_parts.h"

#include <stdlib.h>

#include "base/mem.h"

/* Parents stand before their children. */
static void name_steps(struct coverage *coverage)
{
	for (size_t i = 0; i < coverage->plan->count; i++) {
		const struct plan_node *node = &coverage->plan->nodes[i];
		struct coverage_step *step = &coverage->steps[i];
		struct str above = {0};

		step->node = node;
		if (i == PLAN_ROOT)
			continue;
		above = coverage->steps[node->parent].path;
		step->path = arena_printf(coverage->arena, "%.*s%s%.*s", STR_ARG(above),
		    above.len ? "/" : "", STR_ARG(node->step->id));
	}
}

struct coverage *coverage_new(const struct plan *plan)
{
	struct coverage *coverage = mem_alloc(sizeof(*coverage));

	coverage->arena = arena_new();
	coverage->plan = plan;
	coverage->steps = arena_array(coverage->arena, plan->count, sizeof(*coverage->steps));
	name_steps(coverage);
	return coverage;
}

void coverage_free(struct coverage *coverage)
{
	if (!coverage)
		return;
	arena_free(coverage->arena);
	free(coverage);
}

static struct coverage_mark *mark_at(
    struct coverage *coverage, const struct coverage_event *event, bool former)
{
	struct coverage_step *step = &coverage->steps[event->node];
	struct coverage_mark *mark = step->marks;

	while (mark &&
	    (mark->way != event->way || mark->kind != event->kind || mark->former != former))
		mark = mark->next;
	if (mark)
		return mark;
	mark = arena_alloc(coverage->arena, sizeof(*mark));
	mark->way = event->way;
	mark->kind = event->kind;
	mark->former = former;
	mark->next = step->marks;
	step->marks = mark;
	return mark;
}

void coverage_put(struct coverage *coverage, struct coverage_run *run,
    const struct coverage_event *event, bool former)
{
	struct coverage_mark *mark = mark_at(coverage, event, former);

	if (mark->counted != run)
		mark->runs++;
	mark->counted = run;
	if (mark->last && event->at_us < mark->last_us)
		return;
	mark->last_us = event->at_us;
	mark->last = run;
}

bool coverage_acts(const struct plan_node *node)
{
	return node->step->action.spec || node->step->manual.text || node->step->is_block;
}

bool coverage_has(const struct plan_node *node, enum coverage_way way)
{
	const struct step *step = node->step;

	switch (way) {
	case WAY_WHEN:
	case WAY_WHEN_NOT:
		return step->when;
	case WAY_UNLESS:
	case WAY_UNLESS_NOT:
		return step->unless.count;
	case WAY_REFUSED:
		return step->preconditions.count;
	case WAY_ALLOWED:
		return step->allow_failure;
	case WAY_RETRIED:
		return step->retry.attempts > 1;
	case WAY_APPROVED:
	case WAY_DENIED:
		return node->asks;
	case WAY_APPROVAL_ASSUMED:
	case WAY_DENIAL_ASSUMED:
		return false; /* nobody waits for it */
	case WAY_NO_ITEM:
	case WAY_ONE_ITEM:
	case WAY_MORE_ITEMS:
		return step->each.list;
	default:
		return true;
	}
}

/* A block is exercised by its steps: to want them is enough. */
bool coverage_is_wanted(const struct plan_node *node, enum coverage_way way)
{
	if (node->index == PLAN_ROOT)
		return false;
	if (way == WAY_DONE)
		return !node->step->is_block;
	return way >= WAY_WHEN && way <= WAY_UNLESS_NOT && coverage_has(node, way);
}

static bool is_way(const struct coverage_mark *mark, enum coverage_way way)
{
	return mark->way == way || (way == WAY_DONE && mark->way == WAY_ALLOWED);
}

static struct coverage_mark *latest_mark(const struct coverage_step *step, enum coverage_way way,
    bool former, enum coverage_kind from, enum coverage_kind to)
{
	struct coverage_mark *latest = NULL;

	for (struct coverage_mark *mark = step->marks; mark; mark = mark->next)
		if (mark->former == former && is_way(mark, way) && mark->kind >= from &&
		    mark->kind <= to && (!latest || mark->last_us > latest->last_us))
			latest = mark;
	return latest;
}

struct coverage_mark *coverage_latest(const struct coverage_step *step, enum coverage_way way,
    enum coverage_kind from, enum coverage_kind to)
{
	return latest_mark(step, way, false, from, to);
}

struct coverage_mark *coverage_former(const struct coverage_step *step, enum coverage_way way)
{
	return latest_mark(step, way, true, COVERAGE_LIVE, COVERAGE_ASSUMED);
}

struct coverage_mark *coverage_went(const struct coverage_step *step, enum coverage_way way,
    enum coverage_kind from, enum coverage_kind to, int64_t *ret_runs)
{
	struct coverage_mark *latest = NULL;

	*ret_runs = 0;
	for (struct coverage_mark *mark = step->marks; mark; mark = mark->next) {
		if (mark->former || mark->way != way || mark->kind < from || mark->kind > to)
			continue;
		*ret_runs += mark->runs;
		if (!latest || mark->last_us > latest->last_us)
			latest = mark;
	}
	return latest;
}

bool coverage_is_touched(const struct coverage_step *step)
{
	for (const struct coverage_mark *mark = step->marks; mark; mark = mark->next)
		if (!mark->former)
			return true;
	return false;
}

bool coverage_is_only_rehearsed(const struct coverage_step *step)
{
	return coverage_is_wanted(step->node, WAY_DONE) &&
	    !coverage_latest(step, WAY_DONE, COVERAGE_LIVE, COVERAGE_LIVE) &&
	    coverage_latest(step, WAY_DONE, COVERAGE_READ, COVERAGE_REHEARSED);
}

bool coverage_ran_live(const struct coverage_step *step)
{
	static const enum coverage_way badly[] = {WAY_FAILED, WAY_TIMED_OUT, WAY_CUT};

	for (size_t i = 0; i < sizeof(badly) / sizeof(*badly); i++)
		if (coverage_latest(step, badly[i], COVERAGE_LIVE, COVERAGE_LIVE))
			return true;
	return false;
}

static const struct {
	const char *text;
	const char *name;
} ways[COVERAGE_WAYS] = {
    [WAY_DONE] = {"done", "done"},
    [WAY_FAILED] = {"failed", "failed"},
    [WAY_TIMED_OUT] = {"timed out", "timed_out"},
    [WAY_CUT] = {"cut off", "cut_off"},
    [WAY_UNABLE] = {"could not be done", "could_not_be_done"},
    [WAY_SKIPPED] = {"skipped", "skipped"},
    [WAY_WHEN] = {"when true", "when_true"},
    [WAY_WHEN_NOT] = {"when false", "when_false"},
    [WAY_UNLESS] = {"unless held", "unless_held"},
    [WAY_UNLESS_NOT] = {"unless did not hold", "unless_did_not_hold"},
    [WAY_REFUSED] = {"precondition refused", "precondition_refused"},
    [WAY_ALLOWED] = {"failed, as it may", "failed_allowed"},
    [WAY_RETRIED] = {"tried again", "tried_again"},
    [WAY_APPROVED] = {"approved", "approved"},
    [WAY_DENIED] = {"not approved", "not_approved"},
    [WAY_APPROVAL_ASSUMED] = {"approval assumed", "approval_assumed"},
    [WAY_DENIAL_ASSUMED] = {"denial assumed", "denial_assumed"},
    [WAY_NO_ITEM] = {"no item", "no_item"},
    [WAY_ONE_ITEM] = {"one item", "one_item"},
    [WAY_MORE_ITEMS] = {"more items", "more_items"},
};

const char *coverage_way_text(enum coverage_way way)
{
	return ways[way].text;
}

const char *coverage_way_name(enum coverage_way way)
{
	return ways[way].name;
}

int64_t coverage_days(const struct coverage_view *view, int64_t at_us)
{
	const int64_t day_us = INT64_C(86400) * 1000000;

	return at_us < view->now_us ? (view->now_us - at_us) / day_us : 0;
}

struct coverage_mark *coverage_bad_news(const struct coverage_step *step)
{
	static const enum coverage_way badly[] = {WAY_FAILED, WAY_TIMED_OUT, WAY_UNABLE};
	const struct coverage_mark *good = coverage_latest(
	    step, WAY_DONE, COVERAGE_LIVE, COVERAGE_READ);
	struct coverage_mark *bad = NULL;

	for (size_t i = 0; i < sizeof(badly) / sizeof(*badly); i++) {
		struct coverage_mark *mark = coverage_latest(
		    step, badly[i], COVERAGE_LIVE, COVERAGE_READ);

		if (mark && (!bad || mark->last_us > bad->last_us))
			bad = mark;
	}
	return bad && good && good->last_us >= bad->last_us ? NULL : bad;
}

/* Whether it went that way in the time of the view, at a trust up to one. */
static bool went_lately(const struct coverage_view *view, const struct coverage_step *step,
    enum coverage_way way, enum coverage_kind to)
{
	const struct coverage_mark *mark = coverage_latest(step, way, COVERAGE_LIVE, to);

	return mark && (!view->max_age_us || view->now_us - mark->last_us <= view->max_age_us);
}

bool coverage_is_missing(
    const struct coverage_view *view, const struct coverage_step *step, enum coverage_way way)
{
	return (way == WAY_DONE && coverage_bad_news(step)) ||
	    !went_lately(view, step, way, view->live_only ? COVERAGE_LIVE : COVERAGE_REHEARSED);
}

bool coverage_is_only_gone_through(
    const struct coverage_view *view, const struct coverage_step *step, enum coverage_way way)
{
	return !coverage_is_missing(view, step, way) &&
	    !went_lately(view, step, way, COVERAGE_READ);
}

struct coverage_sum coverage_sum(const struct coverage_view *view)
{
	const struct coverage *coverage = view->coverage;
	struct coverage_sum sum = {0};

	for (size_t i = 0; i < coverage->plan->count; i++) {
		const struct coverage_step *step = &coverage->steps[i];

		for (enum coverage_way way = 0; way < COVERAGE_WAYS; way++) {
			if (!coverage_is_wanted(step->node, way))
				continue;
			sum.wanted++;
			sum.missing += coverage_is_missing(view, step, way);
			sum.only_gone_through += coverage_is_only_gone_through(view, step, way);
		}
	}
	return sum;
}
