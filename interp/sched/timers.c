/* SPDX-License-Identifier: Apache-2.0 */
#include "sched/telling.h"

#include <assert.h>

#include "base/mem.h"

/*
 * Timers, a binary heap by when they are due, of equal ones the one set first. A timer is set as long as its instance
 * says so: one that it does not name any more is dropped when it comes to the top.
 */

static bool is_before(const struct timer *a, const struct timer *b)
{
	return a->due_us != b->due_us ? a->due_us < b->due_us : a->id < b->id;
}

static uint32_t *field_of(const struct sched *sched, const struct timer *timer)
{
	struct instance *instance = instance_at(sched, timer->instance);

	switch ((enum timer_kind)timer->kind) {
	case TIMER_RETRY:
		return &instance->timer;
	case TIMER_DEADLINE:
		return &instance->deadline;
	case TIMER_ESCALATION:
		return &sched->telling->timer;
	case TIMER_PATIENCE:
		return &sched->telling->patience;
	case TIMER_EXPIRY:
		break;
	}
	return &instance->expiry;
}

uint32_t timer_add(struct sched *sched, uint32_t instance, enum timer_kind kind, int64_t due_us)
{
	struct timer timer = {.id = sched->next_timer++,
	    .instance = instance,
	    .due_us = due_us,
	    .kind = (uint8_t)kind};
	size_t at = sched->timer_count;

	sched->timers = mem_grow(
	    sched->timers, sched->timer_count, &sched->timer_capacity, sizeof(*sched->timers));
	sched->timer_count++;
	while (at > 0 && is_before(&timer, &sched->timers[(at - 1) / 2])) {
		sched->timers[at] = sched->timers[(at - 1) / 2];
		at = (at - 1) / 2;
	}
	sched->timers[at] = timer;
	return timer.id;
}

static void drop_first(struct sched *sched)
{
	struct timer last = sched->timers[--sched->timer_count];
	size_t at = 0;

	for (;;) {
		size_t child = 2 * at + 1;

		if (child + 1 < sched->timer_count &&
		    is_before(&sched->timers[child + 1], &sched->timers[child]))
			child++;
		if (child >= sched->timer_count || !is_before(&sched->timers[child], &last))
			break;
		sched->timers[at] = sched->timers[child];
		at = child;
	}
	if (sched->timer_count)
		sched->timers[at] = last;
}

void timer_hurry(struct sched *sched, uint32_t id)
{
	size_t at = 0;
	struct timer timer;

	while (at < sched->timer_count && sched->timers[at].id != id)
		at++;
	assert(at < sched->timer_count);
	timer = sched->timers[at];
	timer.due_us = INT64_MIN;
	for (; at > 0; at = (at - 1) / 2)
		sched->timers[at] = sched->timers[(at - 1) / 2];
	sched->timers[0] = timer;
}

void timers_settle(struct sched *sched)
{
	while (sched->timer_count && *field_of(sched, &sched->timers[0]) != sched->timers[0].id)
		drop_first(sched);
}

bool sched_due(const struct sched *sched, int64_t *ret_t_us, uint32_t *ret_id)
{
	if (!sched->timer_count)
		return false;
	*ret_t_us = sched->timers[0].due_us;
	*ret_id = sched->timers[0].id;
	return true;
}

void timer_fired(struct sched *sched, const struct message *in)
{
	struct timer timer;

	/* the earliest alone is told of; what is heard of another is over */
	if (!sched->timer_count || sched->timers[0].id != in->timer.id)
		return;
	timer = sched->timers[0];
	*field_of(sched, &timer) = NONE;
	drop_first(sched);
	switch ((enum timer_kind)timer.kind) {
	case TIMER_RETRY:
		stage_set(sched, timer.instance, STAGE_ACTION);
		instance_wake(sched, timer.instance);
		break;
	case TIMER_EXPIRY:
		if (instance_at(sched, timer.instance)->stage == STAGE_APPROVAL)
			approval_expired(sched, timer.instance);
		else
			manual_expired(sched, timer.instance);
		break;
	case TIMER_ESCALATION:
		telling_due(sched);
		break;
	case TIMER_PATIENCE:
		telling_unanswered(sched);
		break;
	case TIMER_DEADLINE:
		instance_at(sched, timer.instance)->timed_out = true;
		subtree_cancel(sched, timer.instance, STOP_TERM, false,
		    say(sched, "its block %.*s timed out",
			STR_ARG(step_of(sched, timer.instance)->id)));
		break;
	}
}
