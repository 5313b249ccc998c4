/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "history/forecast_parts.h"

/* A question is open for as long as people take: no rank of a run tells of that. */
enum { SALT_WAIT = 1, SALT_RUN = 2 };

/* One way the run may go. */
struct course {
	const struct forecast *forecast;
	size_t number;
	size_t run; /* the earlier one that it follows */
	double share; /* where between two ranks, from 0 to 1 */
	double now_us;
	bool with_people;
	double *ends; /* by plan index */
};

/* How much of what is expected of a part has passed, at this moment: the same in all courses. */
struct passed {
	double own_us;
	double own_below;
	double wait_us;
	double wait_below;
};

struct courses {
	struct course course;
	struct passed *passed; /* by plan index */
};

/* A number from 0 to 1 that hangs on nothing but these: the finalizer of MurmurHash3, after Appleby. */
static double chance(size_t course, uint32_t node, unsigned salt)
{
	uint64_t bits = (uint64_t)course * 0x9e3779b97f4a7c15U + (uint64_t)node * 4 + salt + 1;

	bits = (bits ^ (bits >> 33)) * 0xff51afd7ed558ccdU;
	bits = (bits ^ (bits >> 33)) * 0xc4ceb9fe1a85ec53U;
	bits ^= bits >> 33;
	return ((double)(bits >> 11) + 0.5) / 9007199254740992.0;
}

/* The run that a part is as in: the course's, or another where that knows nothing of it. */
static size_t run_of(const struct course *course, uint32_t node)
{
	const struct part *part = &course->forecast->parts[node];
	size_t place;

	if (!part->run_count || part->rank[course->run] != RANK_NONE)
		return course->run;
	place = (size_t)(chance(course->number, node, SALT_RUN) * (double)part->run_count);
	return part->runs[place];
}

static double share_of(const struct course *course, const struct part *part, size_t run)
{
	if (part->rank[run] == RANK_NONE || part->rank[run] == RANK_SKIPPED)
		return course->share; /* nothing was known, or it was skipped then */
	return ((double)(part->rank[run] - 1) + course->share) / (double)part->done_count;
}

/* A loop's turns; where its list is not known yet, as many as there were in that run. */
static double turns_of(const struct forecast *forecast, uint32_t node, size_t run)
{
	const struct part *part = &forecast->parts[node];
	const struct each *each = &forecast->plan->nodes[node].step->each;

	if (!each->list || part->basis == BASIS_ESTIMATE)
		return 1;
	if (part->items)
		return samples_turns(each, part->items);
	return part->turns[run] > 0 ? part->turns[run] : 1;
}

double courses_turns(const struct forecast *forecast, uint32_t node)
{
	const struct part *part = &forecast->parts[node];
	size_t run = 0;

	while (run + 1 < forecast->runs && part->turns[run] <= 0)
		run++;
	return turns_of(forecast, node, run);
}

/*
 * What is left of a loop. Items that are done tell what the others will take, each as much as all known before did;
 * of those under way nothing is known but that the first of them have lasted so long.
 */
static double loop_left_us(
    const struct part *part, const struct passed *passed, double turns, double share)
{
	double done = part->items ? (double)part->items_done / (double)part->items : 0;
	double turn_us = spread_at(&part->own, share);
	double weight = (double)part->items_done / (double)(part->items_done + 1);

	if (part->items_done && passed->own_us > 0) {
		turn_us = pow(turn_us, 1 - weight) * pow(passed->own_us / (turns * done), weight);
		return turn_us * turns * (1 - done);
	}
	share = passed->own_below + (1 - passed->own_below) * share;
	return spread_left(&part->own, passed->own_us, passed->own_below, share) +
	    spread_at(&part->own, share) * (turns > 1 ? turns - 1 : 0);
}

static double left_us(const struct courses *courses, uint32_t node, size_t run)
{
	const struct course *course = &courses->course;
	const struct part *part = &course->forecast->parts[node];
	const struct passed *passed = &courses->passed[node];
	double turns = turns_of(course->forecast, node, run);
	double share = share_of(course, part, run);
	double most_us = part->limit_us > 0 ? part->limit_us : 1e18;
	double us;

	if (!part->own.known)
		return 0;
	if (part->state == PART_AHEAD)
		us = spread_at(&part->own, share) * turns;
	else if (part->items)
		us = loop_left_us(part, passed, turns, share);
	else
		us = spread_left(&part->own, passed->own_us, passed->own_below, share);
	return us < most_us ? us : most_us;
}

static double waiting_us(const struct courses *courses, uint32_t node)
{
	const struct course *course = &courses->course;
	const struct part *part = &course->forecast->parts[node];
	const struct passed *passed = &courses->passed[node];
	double share = chance(course->number, node, SALT_WAIT);

	if (!course->with_people || !part->is_asked || part->is_answered || !part->wait.known)
		return 0;
	if (!part->open_count)
		return spread_at(&part->wait, share);
	return spread_left(&part->wait, passed->wait_us, passed->wait_below, share);
}

static double end_of(const struct courses *courses, uint32_t node, double begin);

static double end_of_parts(const struct courses *courses, uint32_t block, double begin)
{
	const struct forecast *forecast = courses->course.forecast;
	const struct part *part = &forecast->parts[block];
	double *ends = courses->course.ends;
	double last = begin;
	double steps_last = begin;

	for (size_t i = 0; i < part->order_count; i++) {
		uint32_t child = part->order[i];
		const struct plan_node *node = &forecast->plan->nodes[child];
		double from = node->part == PART_FINALLY ? steps_last : begin;

		for (size_t j = 0; j < node->need_count; j++)
			if (ends[node->needs[j]] > from)
				from = ends[node->needs[j]];
		ends[child] = end_of(courses, child, from);
		if (ends[child] > last)
			last = ends[child];
		if (node->part == PART_STEPS)
			steps_last = last;
	}
	return last;
}

/* When it ends, if it can begin at `begin`, or has begun. */
static double end_of(const struct courses *courses, uint32_t node, double begin)
{
	const struct course *course = &courses->course;
	const struct part *part = &course->forecast->parts[node];
	size_t run = run_of(course, node);

	if (part->state == PART_DONE)
		return course->now_us;
	if (part->state == PART_RUNS)
		begin = course->now_us;
	else if (part->rank[run] == RANK_SKIPPED)
		return begin;
	begin += waiting_us(courses, node);
	if (part->order_count)
		begin = end_of_parts(courses, node, begin);
	return begin + left_us(courses, node, run);
}

/* Since when a part's own time has been running: of a block, since all of its parts are done. */
static double since_us(const struct forecast *forecast, const struct part *part, double now_us)
{
	double since = (double)part->began_us;

	for (size_t i = 0; i < part->order_count; i++) {
		const struct part *child = &forecast->parts[part->order[i]];

		if (child->state != PART_DONE)
			return now_us;
		if ((double)child->ended_us > since)
			since = (double)child->ended_us;
	}
	return since;
}

static void look(const struct forecast *forecast, struct passed *passed, int64_t t_us)
{
	for (uint32_t i = 0; i < forecast->plan->count; i++) {
		const struct part *part = &forecast->parts[i];
		double now_us = (double)t_us;

		passed[i] = (struct passed){0};
		if (part->state != PART_RUNS || part->is_inside)
			continue;
		if (part->open_count)
			passed[i].wait_us = now_us - (double)part->open_since_us;
		passed[i].own_us = now_us - since_us(forecast, part, now_us);
		if (!part->order_count)
			passed[i].own_us -= (double)part->open_us + passed[i].wait_us;
		if (passed[i].own_us < 0)
			passed[i].own_us = 0;
		passed[i].own_below = spread_below(&part->own, passed[i].own_us);
		passed[i].wait_below = spread_below(&part->wait, passed[i].wait_us);
	}
}

void courses_run(const struct forecast *forecast, int64_t t_us, bool with_people, double *ret_times)
{
	size_t runs = forecast->runs ? forecast->runs : 1;
	size_t each = (COURSES + runs - 1) / runs;
	struct courses courses = {
	    .course = {.forecast = forecast,
		.now_us = (double)t_us,
		.with_people = with_people,
		.ends = mem_alloc(forecast->plan->count * sizeof(double))},
	    .passed = mem_alloc(forecast->plan->count * sizeof(struct passed)),
	};

	look(forecast, courses.passed, t_us);
	for (size_t i = 0; i < COURSES; i++) {
		size_t round = i / runs;

		courses.course.number = i;
		courses.course.run = i % runs;
		courses.course.share = ((double)round + 0.5) / (double)each;
		ret_times[i] = end_of(&courses, PLAN_ROOT, (double)t_us) - (double)t_us;
	}
	free(courses.course.ends);
	free(courses.passed);
}
