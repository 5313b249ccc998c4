/* SPDX-License-Identifier: Apache-2.0 */
#include "sched/explore_parts.h"

#include <assert.h>
#include <stdlib.h>

/*
 * How it goes on. What runs side by side is independent, so one order of answers stands for all: the lowest plan
 * index first. Not so where a failure keeps others from beginning.
 *
 * With `on_failure: stop`, whoever waits may fail now and so stop the run. Of the others the first is told something
 * behind which more begins; or it is marked to be under way until the stop. What nothing begins behind may just as well
 * end after the stop as before, and is told last. In a loop that refuses what is left behind a failure, the items
 * under way take any order.
 */

struct expanding {
	struct explorer *explorer;
	const struct standing *standing;
	struct replies replies; /* of the one that is looked at */
	struct standing **next; /* by reply: what it leads to, or NULL once it was taken */
	bool *stops; /* by reply: it stops the run, */
	struct way_cost *costs; /* and the cost of the way with it */
	bool begins; /* behind one of the others something begins */
};

/* Whether somebody new waits, or who was told has begun. */
static bool begins_more(const struct standing *before, const struct standing *after, uint32_t index)
{
	for (uint32_t i = 0; i < after->sched->instance_count; i++) {
		bool known = i < before->sched->instance_count;

		if (i == index && instance_at(after->sched, i)->began &&
		    !instance_at(before->sched, i)->began)
			return true;
		if (i != index && is_pending(after, i) && !(known && is_pending(before, i)))
			return true;
	}
	return false;
}

static void try_replies(struct expanding *expanding)
{
	struct explorer *explorer = expanding->explorer;
	const struct standing *standing = expanding->standing;
	size_t count = expanding->replies.count;

	expanding->next = arena_array(explorer->moment, count, sizeof(struct standing *));
	expanding->stops = arena_array(explorer->moment, count, sizeof(bool));
	expanding->costs = arena_array(explorer->moment, count, sizeof(*expanding->costs));
	expanding->begins = false;
	for (size_t i = 0; i < count; i++) {
		const struct reply *reply = &expanding->replies.items[i];
		struct standing *next = standing_copy(explorer, standing);

		explorer->from = standing->state;
		explorer->reply = reply;
		explorer->cost = way_further(explorer, next, standing->state, reply);
		expanding->costs[i] = explorer->cost;
		standing_reply(explorer, next, reply);
		expanding->next[i] = next;
		expanding->stops[i] = standing->sched->stopper == NONE &&
		    next->sched->stopper != NONE;
		expanding->begins |= !expanding->stops[i] &&
		    begins_more(standing, next, reply->instance);
	}
}

/* Those that stop the run, or the others. */
static void take(struct expanding *expanding, bool stops)
{
	for (size_t i = 0; i < expanding->replies.count; i++) {
		if (!expanding->next[i] || expanding->stops[i] != stops)
			continue;
		expanding->explorer->cost = expanding->costs[i];
		standing_add(expanding->explorer, expanding->next[i], expanding->standing->state,
		    &expanding->replies.items[i]);
		expanding->next[i] = NULL;
	}
}

static void drop(struct expanding *expanding)
{
	for (size_t i = 0; i < expanding->replies.count; i++)
		standing_free(expanding->next[i]);
	free(expanding->replies.items);
	expanding->replies = (struct replies){0};
}

static void look_at(struct expanding *expanding, uint32_t index)
{
	replies_of(expanding->explorer, expanding->standing, index, &expanding->replies);
	if (!mark_of(expanding->standing, index))
		replies_of_ends(expanding->standing, index, &expanding->replies);
	try_replies(expanding);
}

static void go_all_ways(struct explorer *explorer, const struct standing *standing, uint32_t index)
{
	struct expanding expanding = {.explorer = explorer, .standing = standing};

	look_at(&expanding, index);
	take(&expanding, true);
	take(&expanding, false);
	drop(&expanding);
}

/* The loop around an instance that has items left which failures may refuse, or NONE. */
static uint32_t refusing_loop(const struct sched *sched, uint32_t index)
{
	for (uint32_t at = index; at != NONE; at = instance_at(sched, at)->parent)
		if (loop_may_refuse(sched, at))
			return at;
	return NONE;
}

/* The lowest of each other item of a loop. */
static void go_with_items(
    struct explorer *explorer, const struct standing *standing, uint32_t index)
{
	uint32_t loop = refusing_loop(standing->sched, index);

	for (uint32_t i = 0; loop != NONE && i < instance_at(standing->sched, loop)->next_item;
	     i++) {
		uint32_t item = instance_at(standing->sched, loop)->first[PART_STEPS] + i;
		uint32_t other = pending_behind(standing, NONE, item);

		if (other != NONE && other != index)
			go_all_ways(explorer, standing, other);
	}
}

static void mark_until_stop(
    struct explorer *explorer, const struct standing *standing, uint32_t index)
{
	struct standing *next = standing_copy(explorer, standing);
	struct reply reply = {.kind = REPLY_UNTIL_STOP, .instance = index, .by = PLAN_ROOT};

	explorer->cost = way_further(explorer, next, standing->state, &reply);
	standing_reply(explorer, next, &reply);
	standing_add(explorer, next, standing->state, &reply);
}

/* Who waits may stop the run. The first behind whom something begins, or else the first, or NONE. */
static uint32_t go_to_stops(struct explorer *explorer, const struct standing *standing)
{
	uint32_t index = NONE;
	uint32_t first = pending_behind(standing, NONE, NONE);
	uint32_t chosen = NONE;

	while ((index = pending_behind(standing, index, NONE)) != NONE) {
		struct expanding expanding = {.explorer = explorer, .standing = standing};

		look_at(&expanding, index);
		take(&expanding, true);
		if (expanding.begins && chosen == NONE) {
			chosen = index;
			take(&expanding, false);
			mark_until_stop(explorer, standing, index);
		}
		drop(&expanding);
	}
	for (size_t i = 0; i < standing->mark_count; i++) {
		struct expanding expanding = {.explorer = explorer, .standing = standing};

		if (standing->marks[i].kind != REPLY_UNTIL_STOP)
			continue;
		look_at(&expanding, standing->marks[i].instance);
		take(&expanding, true);
		drop(&expanding);
	}
	if (chosen == NONE && first != NONE) {
		struct expanding expanding = {.explorer = explorer, .standing = standing};

		look_at(&expanding, first);
		take(&expanding, false);
		drop(&expanding);
	}
	return chosen == NONE ? first : chosen;
}

/* Whether a stop would keep anything from beginning. */
static bool stop_matters(const struct sched *sched)
{
	if (sched->plan->runbook->on_failure == FAILURE_CONTINUE || sched->stopper != NONE)
		return false;
	for (uint32_t i = 1; i < sched->instance_count; i++) {
		const struct instance *instance = instance_at(sched, i);

		if (instance->stage != STAGE_DONE && !instance->shielded &&
		    (!instance->began || (step_of(sched, i)->is_block && tries_left(sched, i))))
			return true;
	}
	return false;
}

void standing_expand(struct explorer *explorer, const struct standing *standing)
{
	struct reply end;
	uint32_t index;

	arena_reset(explorer->moment);
	explorer->states[standing->state].edges = (uint32_t)explorer->edge_count;
	if (end_coming(standing, &end)) {
		struct expanding expanding = {.explorer = explorer, .standing = standing};

		replies_add(&expanding.replies, end);
		try_replies(&expanding);
		take(&expanding, true);
		take(&expanding, false);
		drop(&expanding);
		return;
	}
	if (stop_matters(standing->sched)) {
		index = go_to_stops(explorer, standing);
	} else {
		index = pending_behind(standing, NONE, NONE);
		if (index != NONE)
			go_all_ways(explorer, standing, index);
	}
	/* whoever waits and is told nothing would be a mistake of ours; marks alone may wait in vain */
	assert(index != NONE || standing->mark_count);
	if (index != NONE)
		go_with_items(explorer, standing, index);
}
