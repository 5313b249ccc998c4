/* SPDX-License-Identifier: Apache-2.0 */
#include "sched/state.h"

/* Locks are asked for before an action, and given back when the instance is done, whatever became of it. */

void stage_lock(struct sched *sched, uint32_t index)
{
	const struct step *step = step_of(sched, index);
	struct instance *instance = instance_at(sched, index);
	struct message *out;
	struct str path;

	if (!step->lock.len || instance->locked) {
		stage_set(sched, index, STAGE_BACKGROUND);
		return;
	}
	if (instance->lock != NONE)
		return;
	instance->lock = numbers_give(&sched->locks, index);
	path = path_of(sched, index);
	out = emit(sched, MESSAGE_ACQUIRE);
	out->lock.id = instance->lock;
	out->lock.node = path;
	out->lock.step = step->id;
	out->lock.lock = step->lock;
}

void lock_acquired(struct sched *sched, const struct message *in)
{
	uint32_t index = numbers_owner(&sched->locks, in->acquired.id);
	struct instance *instance = index == NONE ? NULL : instance_at(sched, index);

	if (!instance || instance->stage != STAGE_LOCK || instance->lock != in->acquired.id)
		return;
	if (in->acquired.why.len) {
		instance->lock = NONE;
		instance_finish(sched, index, OUTCOME_FAILED,
		    say(sched, "lock %.*s: %.*s", STR_ARG(step_of(sched, index)->lock),
			STR_ARG(in->acquired.why)));
		return;
	}
	instance->locked = true;
	if (in->acquired.waited) { /* what had to hold must hold still */
		instance->polled_once = true;
		stage_set(sched, index, STAGE_UNLESS);
	}
	instance_wake(sched, index);
}

void lock_release(struct sched *sched, uint32_t index)
{
	struct instance *instance = instance_at(sched, index);
	struct message *out;
	struct str path;

	if (instance->lock == NONE)
		return;
	path = path_of(sched, index);
	out = emit(sched, MESSAGE_RELEASE);
	out->lock.id = instance->lock;
	out->lock.node = path;
	out->lock.step = step_of(sched, index)->id;
	out->lock.lock = step_of(sched, index)->lock;
	instance->lock = NONE;
}
