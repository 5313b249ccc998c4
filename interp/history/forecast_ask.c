/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "history/forecast_parts.h"

enum { PERCENT = 90 };

/* As likely longer as shorter. */
#define MEDIAN 0.5

static bool is_left(const struct forecast *forecast, uint32_t node)
{
	const struct part *part = &forecast->parts[node];

	return !part->is_inside && !part->order_count && part->state != PART_DONE;
}

/* The ids on the way to it. */
static struct str path_of(struct arena *arena, const struct plan *plan, uint32_t node)
{
	const struct plan_node *at = &plan->nodes[node];
	struct str path = at->step->id;

	while (at->parent != PLAN_ROOT) {
		at = &plan->nodes[at->parent];
		path = arena_printf(arena, "%.*s/%.*s", STR_ARG(at->step->id), STR_ARG(path));
	}
	return path;
}

static const struct value *names_of(struct forecast *forecast, enum forecast_basis basis)
{
	const struct value **items = arena_array(
	    forecast->told, OUTLOOK_NAMES, sizeof(const struct value *));
	size_t count = 0;

	for (uint32_t i = 1; i < forecast->plan->count && count < OUTLOOK_NAMES; i++)
		if (is_left(forecast, i) && forecast->parts[i].basis == basis)
			items[count++] = value_string(
			    forecast->told, path_of(forecast->told, forecast->plan, i));
	return count ? value_list(forecast->told, items, count) : NULL;
}

static void count_parts(struct forecast *forecast, struct outlook *outlook)
{
	for (uint32_t i = 1; i < forecast->plan->count; i++) {
		const struct part *part = &forecast->parts[i];

		if (part->is_asked && !part->is_inside && part->state != PART_DONE &&
		    !part->is_answered) {
			outlook->questions++;
			outlook->questions_unknown += !part->wait.known;
		}
		if (!is_left(forecast, i))
			continue;
		outlook->steps++;
		outlook->estimated += part->basis == BASIS_ESTIMATE;
		outlook->unknown += part->basis == BASIS_NOTHING;
		if ((int64_t)part->run_count > outlook->runs)
			outlook->runs = (int64_t)part->run_count;
	}
	outlook->estimates = names_of(forecast, BASIS_ESTIMATE);
	outlook->unknowns = names_of(forecast, BASIS_NOTHING);
}

static int compare(const void *a, const void *b)
{
	double left = *(const double *)a;
	double right = *(const double *)b;

	return left < right ? -1 : left > right;
}

static int64_t time_at(double *times, double share)
{
	qsort(times, COURSES, sizeof(*times), compare);
	return (int64_t)times[(size_t)(share * (COURSES - 1) + 0.5)];
}

static void foretell(struct forecast *forecast, int64_t t_us, struct outlook *outlook)
{
	double *times = forecast->times;
	double *waits = forecast->waits;
	size_t met = 0;

	courses_run(forecast, t_us, true, times);
	if (outlook->questions > outlook->questions_unknown) {
		courses_run(forecast, t_us, false, waits);
		for (size_t i = 0; i < COURSES; i++)
			waits[i] = times[i] - waits[i];
		outlook->waiting_us = time_at(waits, MEDIAN);
	}
	outlook->expected_us = time_at(times, MEDIAN);
	outlook->within_us = time_at(times, PERCENT / 100.0);
	while (met < COURSES && (double)t_us + times[met] <= (double)outlook->rto_us)
		met++;
	outlook->rto_percent = outlook->rto_us ? (int64_t)(met * 100 / COURSES) : 0;
}

/* What the runbook says of all of it, where nothing else is known. */
static bool foretell_whole(struct forecast *forecast, int64_t t_us, struct outlook *outlook)
{
	double below = spread_below(&forecast->whole, (double)t_us);
	size_t met = 0;

	if (!forecast->whole.known)
		return false;
	outlook->whole = true;
	outlook->expected_us = (int64_t)spread_left(&forecast->whole, (double)t_us, below, MEDIAN);
	outlook->within_us = (int64_t)spread_left(
	    &forecast->whole, (double)t_us, below, PERCENT / 100.0);
	while (met < 100 &&
	    (double)t_us + spread_left(&forecast->whole, (double)t_us, below, (double)met / 100) <=
		(double)outlook->rto_us)
		met++;
	outlook->rto_percent = outlook->rto_us ? (int64_t)met : 0;
	return true;
}

/*
 * Of a step that is still to come, or, behind the last, of the runbook's own `verify`. What no run has shown, and some
 * steps alone have an estimate of, is known less well than the runbook as a whole, where that has one.
 */
static bool knows_something(const struct forecast *forecast, const struct outlook *outlook)
{
	if (!outlook->runs && outlook->unknown && forecast->whole.known)
		return false;
	if (!outlook->steps)
		return forecast->parts[PLAN_ROOT].own.known;
	return outlook->unknown < outlook->steps;
}

/* Nobody can mean less than a millisecond of it. */
static int64_t rounded(int64_t us)
{
	return (us + 500) / 1000 * 1000;
}

/* A run that cannot go well has no time that it takes to. */
static bool is_denied(const struct forecast *forecast)
{
	for (uint32_t i = 1; i < forecast->plan->count; i++) {
		const struct part *part = &forecast->parts[i];

		if (part->is_denied && part->state != PART_DONE && !part->is_answered)
			return true;
	}
	return false;
}

bool forecast_ask(struct forecast *forecast, int64_t t_us, struct outlook *ret_outlook)
{
	int64_t rto_us = forecast->plan->runbook->objectives.rto_us;
	struct outlook outlook = {.from_us = t_us,
	    .percent = PERCENT,
	    .ended = (int64_t)forecast->ended,
	    .failed = (int64_t)forecast->failed,
	    .rto_us = rto_us == UNSET_US ? 0 : rto_us};

	if (forecast->is_over || !forecast->parts || is_denied(forecast))
		return false;
	arena_reset(forecast->told);
	count_parts(forecast, &outlook);
	if (knows_something(forecast, &outlook))
		foretell(forecast, t_us, &outlook);
	else if (!foretell_whole(forecast, t_us, &outlook))
		return false;
	outlook.expected_us = rounded(outlook.expected_us);
	outlook.within_us = rounded(outlook.within_us);
	outlook.waiting_us = rounded(outlook.waiting_us);
	*ret_outlook = outlook;
	return true;
}

struct forecast_step forecast_step(const struct forecast *forecast, uint32_t node)
{
	struct forecast_step told = {0};
	const struct part *part;

	if (!forecast->parts)
		return told;
	part = &forecast->parts[node];
	told.basis = part->own.known ? part->basis : BASIS_NOTHING;
	told.runs = part->done_count;
	if (part->own.known) {
		double turns = courses_turns(forecast, node);

		told.typical_us = (int64_t)(spread_at(&part->own, MEDIAN) * turns);
		told.within_us = (int64_t)(spread_at(&part->own, PERCENT / 100.0) * turns);
	}
	if (part->wait.known)
		told.waiting_us = (int64_t)spread_at(&part->wait, MEDIAN);
	return told;
}
