/* SPDX-License-Identifier: Apache-2.0 */
#include "sched/explore_parts.h"

#include "base/mem.h"

/*
 * Who is told something next. What runs side by side is independent, but for three things, so that one order of
 * answers stands for all: the lowest plan index first. The three are what ends others from outside: a block's deadline,
 * the end of its process, and with `on_failure: stop` a failure. What would be under way when that comes is marked, told
 * nothing, and the others go on without it; it comes when all that it would end is marked. In a loop that lets
 * items in one by one, and none behind a failure, each item under way may be the next.
 */

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

/* The lowest that is not marked, within one (or NONE: anywhere); NONE when there is none. */
static uint32_t lowest(const struct standing *standing, uint32_t within)
{
	uint32_t found = NONE;

	for (uint32_t i = 0; i < standing->sched->instance_count; i++)
		if (is_pending(standing, i) && !mark_of(standing, i) &&
		    (found == NONE || is_before(standing->sched, i, found)) &&
		    (within == NONE || instance_within(standing->sched, i, within)))
			found = i;
	return found;
}

/* Whether anything else waits, marked or not. */
static bool is_alone(const struct standing *standing, uint32_t index)
{
	for (uint32_t i = 0; i < standing->sched->instance_count; i++)
		if (i != index && is_pending(standing, i))
			return false;
	return true;
}

/* What all wait for who are marked and below a block, if that is the same. */
static bool may_come(const struct standing *standing, const struct mark *mark)
{
	for (uint32_t i = 0; i < standing->sched->instance_count; i++) {
		const struct mark *other;

		if (!is_pending(standing, i) ||
		    !instance_within(standing->sched, i, mark->by))
			continue;
		other = mark_of(standing, i);
		if (!other || other->by != mark->by || other->kind != mark->kind)
			return false;
	}
	return true;
}

/* A deadline, or the end of a process, for which all that it ends are waiting. */
static bool find_coming(const struct standing *standing, struct replies *replies)
{
	for (size_t i = 0; i < standing->mark_count; i++) {
		const struct mark *mark = &standing->marks[i];

		if (mark->kind == REPLY_UNTIL_STOP || !may_come(standing, mark))
			continue;
		replies_add(replies,
		    (struct reply){.kind = mark->kind == REPLY_UNTIL_DEADLINE ? REPLY_DEADLINE
									      : REPLY_ENDED,
			.instance = mark->by});
		return true;
	}
	return false;
}

/* Whether two could never both come for whom they are marked: one would end the other's. */
static bool is_contrary(const struct standing *standing, const struct reply *reply)
{
	const struct sched *sched = standing->sched;

	for (size_t i = 0; i < standing->mark_count; i++) {
		const struct mark *mark = &standing->marks[i];
		uint32_t inner = instance_within(sched, mark->by, reply->by) ? mark->by : reply->by;
		bool same = mark->by == reply->by && mark->kind == reply->kind;

		if (mark->kind != REPLY_UNTIL_STOP && !same &&
		    instance_within(sched, mark->instance, inner) &&
		    instance_within(sched, reply->instance, inner))
			return true;
	}
	return false;
}

/* Whether the end of a block from outside ends an instance in it too. */
static bool is_ended_with(const struct sched *sched, uint32_t index, uint32_t block)
{
	return !instance_at(sched, index)->shielded || instance_at(sched, block)->shielded;
}

static void add_end(const struct standing *standing, uint32_t index, uint32_t block,
    enum reply_kind mark, enum reply_kind now, struct replies *replies)
{
	struct reply reply = {.kind = mark, .instance = index, .by = block};

	if (!is_ended_with(standing->sched, index, block))
		replies_add(replies, (struct reply){.kind = now, .instance = block});
	else if (!is_contrary(standing, &reply))
		replies_add(replies, reply);
}

/* What may end it from outside: of each block around it. */
static void add_ends(const struct standing *standing, uint32_t index, struct replies *replies)
{
	const struct sched *sched = standing->sched;

	for (uint32_t at = index; at != NONE; at = instance_at(sched, at)->parent) {
		const struct instance *block = instance_at(sched, at);

		if (at != index && block->deadline != NONE && !block->is_loop)
			add_end(standing, index, at, REPLY_UNTIL_DEADLINE, REPLY_DEADLINE, replies);
		if (block->background != NONE && block->bg_began && !block->bg_stopping)
			add_end(standing, index, at, REPLY_UNTIL_ENDED, REPLY_ENDED, replies);
	}
}

static bool may_stop(const struct sched *sched)
{
	return sched->plan->runbook->on_failure != FAILURE_CONTINUE && sched->stopper == NONE;
}

/* The loop around an instance that has items left which a failure would refuse, or NONE. */
static uint32_t refusing_loop(const struct sched *sched, uint32_t index)
{
	for (uint32_t at = index; at != NONE; at = instance_at(sched, at)->parent) {
		const struct instance *loop = instance_at(sched, at);
		const struct value *list = loop->is_loop ? store_get(sched->store, loop->list)
							 : NULL;

		if (list && loop->next_item < list->list.count &&
		    !step_of(sched, at)->each.keep_going)
			return at;
	}
	return NONE;
}

/* The lowest of each other item of a loop. */
static void add_items(struct explorer *explorer, const struct standing *standing, uint32_t index,
    uint32_t loop, struct replies *replies)
{
	const struct instance *instance = instance_at(standing->sched, loop);

	for (uint32_t i = 0; i < instance->next_item; i++) {
		uint32_t other = lowest(standing, instance->first[PART_STEPS] + i);

		if (other != NONE && other != index) {
			replies_of(explorer, standing, other, replies);
			add_ends(standing, other, replies);
		}
	}
}

void replies_add(struct replies *replies, struct reply reply)
{
	replies->items = mem_grow(
	    replies->items, replies->count, &replies->capacity, sizeof(*replies->items));
	replies->items[replies->count++] = reply;
}

void replies_find(
    struct explorer *explorer, const struct standing *standing, struct replies *replies)
{
	uint32_t index;
	uint32_t loop;

	if (find_coming(standing, replies)) {
		replies->stopping = replies->count;
		return;
	}
	index = lowest(standing, NONE);
	if (index != NONE) {
		replies_of(explorer, standing, index, replies);
		add_ends(standing, index, replies);
		loop = refusing_loop(standing->sched, index);
		if (loop != NONE)
			add_items(explorer, standing, index, loop, replies);
		if (may_stop(standing->sched) && !is_alone(standing, index))
			replies_add(replies,
			    (struct reply){.kind = REPLY_UNTIL_STOP,
				.instance = index,
				.by = PLAN_ROOT});
	}
	replies->stopping = replies->count;
	for (size_t i = 0; index == NONE && i < standing->mark_count; i++)
		if (standing->marks[i].kind == REPLY_UNTIL_STOP)
			replies_of(explorer, standing, standing->marks[i].instance, replies);
}
