/* SPDX-License-Identifier: Apache-2.0 */
#include "sched/explore_parts.h"

#include "base/mem.h"

/* Who waits. */

bool instance_within(const struct sched *sched, uint32_t inner, uint32_t outer)
{
	while (inner != NONE && inner != outer)
		inner = instance_at(sched, inner)->parent;
	return inner == outer;
}

const struct mark *mark_of(const struct standing *standing, uint32_t index)
{
	for (size_t i = 0; i < standing->mark_count; i++)
		if (standing->marks[i].instance == index)
			return &standing->marks[i];
	return NULL;
}

/* Nobody has the lock that it wants. */
static bool is_free(const struct sched *sched, uint32_t index)
{
	struct str lock = step_of(sched, index)->lock;

	for (uint32_t i = 0; i < sched->instance_count; i++)
		if (instance_at(sched, i)->locked && instance_at(sched, i)->lock != NONE &&
		    str_eq(step_of(sched, i)->lock, lock))
			return false;
	return true;
}

bool is_pending(const struct standing *standing, uint32_t index)
{
	const struct sched *sched = standing->sched;
	const struct instance *instance = instance_at(sched, index);

	if (instance->stage == STAGE_DONE)
		return false;
	if (instance->stage == STAGE_BACKGROUND)
		return instance->background != NONE && !instance->bg_began;
	if (instance->stage == STAGE_LOCK)
		return instance->lock != NONE && !instance->locked && is_free(sched, index);
	return instance->ask != NONE || instance->op != NONE;
}

static bool is_before(const struct sched *sched, uint32_t a, uint32_t b)
{
	uint32_t node_a = instance_at(sched, a)->node;
	uint32_t node_b = instance_at(sched, b)->node;

	return node_a != node_b ? node_a < node_b : a < b;
}

uint32_t pending_behind(const struct standing *standing, uint32_t last, uint32_t within)
{
	const struct sched *sched = standing->sched;
	uint32_t found = NONE;

	for (uint32_t i = 0; i < sched->instance_count; i++)
		if (is_pending(standing, i) && !mark_of(standing, i) &&
		    (last == NONE || is_before(sched, last, i)) &&
		    (found == NONE || is_before(sched, i, found)) &&
		    (within == NONE || instance_within(sched, i, within)))
			found = i;
	return found;
}

void replies_add(struct replies *replies, struct reply reply)
{
	replies->items = mem_grow(
	    replies->items, replies->count, &replies->capacity, sizeof(*replies->items));
	replies->items[replies->count++] = reply;
}
