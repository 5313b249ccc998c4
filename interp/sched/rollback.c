/* SPDX-License-Identifier: Apache-2.0 */
#include "sched/state.h"

/*
 * What a failure means for the others: nothing new begins, and at the end what began is undone, the latest first.
 */

static bool is_current(const struct sched *sched, uint32_t index)
{
	const struct instance *instance = instance_at(sched, index);
	const struct plan_node *node = node_of(sched, index);
	uint32_t place;

	if (instance->parent == NONE)
		return true;
	place = instance->item != NONE ? instance->item : sched->ordinals[node->index];
	return instance_at(sched, instance->parent)
		    ->first[instance->item != NONE ? PART_STEPS : node->part] +
		place ==
	    index &&
	    is_current(sched, instance->parent);
}

/*
 * The last of those that had begun by then and are to be undone, as its place among all that began, or NONE. Of a
 * retried block only the last round counts.
 */
static uint32_t latest(const struct sched *sched, size_t by_then)
{
	while (by_then-- > 0) {
		uint32_t index = sched->begun.instances[by_then];

		if (node_of(sched, index)->rollback_count && is_current(sched, index))
			return (uint32_t)by_then;
	}
	return NONE;
}

bool rollback_begin(struct sched *sched, uint32_t index)
{
	const struct instance *instance = instance_at(sched, index);

	if (index != PLAN_ROOT || sched->plan->runbook->on_failure != FAILURE_ROLLBACK ||
	    instance->outcome == OUTCOME_SUCCEEDED || sched->interrupts ||
	    instance->stage == STAGE_FINALLY || instance->stage == STAGE_ROLLBACK ||
	    latest(sched, sched->begun.count) == NONE)
		return false;
	sched->to_undo = (uint32_t)sched->begun.count;
	stage_set(sched, index, STAGE_ROLLBACK);
	instance_wake(sched, index);
	return true;
}

static void begin(struct sched *sched, uint32_t index)
{
	const struct plan_node *node = node_of(sched, index);
	struct instance *instance = instance_at(sched, index);
	uint32_t first = (uint32_t)sched->instance_count;
	uint32_t round = instance->attempt;

	sched->rolling = index;
	instance->worst = NONE;
	instance->first[PART_ROLLBACK] = first;
	instance->running = (uint32_t)node->rollback_count;
	emit_decided(sched, index, "rollback", NULL, (struct str){0});
	for (size_t i = 0; i < node->rollback_count; i++)
		taint_add(sched, instance_add(sched, node->rollback[i], index, round),
		    instance_at(sched, PLAN_ROOT)->taint);
	for (size_t i = 0; i < node->rollback_count; i++)
		if (instance_at(sched, first + (uint32_t)i)->waiting == 0)
			instance_wake(sched, first + (uint32_t)i);
}

static void end_all(struct sched *sched, uint32_t index)
{
	struct str why = sentence_of(sched, index);

	if (sched->rollbacks_failed)
		why = say(sched, "%.*s; %u rollback%s failed", STR_ARG(why),
		    sched->rollbacks_failed, sched->rollbacks_failed == 1 ? "" : "s");
	instance_finish(sched, index, instance_at(sched, index)->outcome, why);
}

void stage_rollback(struct sched *sched, uint32_t index)
{
	uint32_t next;

	if (sched->rolling != NONE) {
		if (instance_at(sched, sched->rolling)->running)
			return;
		sched->rollbacks_failed += instance_at(sched, sched->rolling)->worst != NONE;
		sched->rolling = NONE;
	}
	next = sched->interrupts ? NONE : latest(sched, sched->to_undo);
	if (next == NONE) {
		end_all(sched, index);
	} else {
		sched->to_undo = next;
		begin(sched, sched->begun.instances[next]);
	}
}

/* Whether its failure is an answer somewhere, or comes after everything else. */
static bool is_harmless(const struct sched *sched, uint32_t index)
{
	for (uint32_t at = index; at != NONE; at = instance_at(sched, at)->parent)
		if (step_of(sched, at)->allow_failure || node_of(sched, at)->part != PART_STEPS)
			return true;
	return false;
}

void failure_seen(struct sched *sched, uint32_t index)
{
	const struct instance *instance = instance_at(sched, index);

	if (sched->plan->runbook->on_failure == FAILURE_CONTINUE || sched->stopper != NONE ||
	    outcome_serves(instance) || instance->outcome == OUTCOME_CANCELLED ||
	    instance->outcome == OUTCOME_BLOCKED || is_harmless(sched, index))
		return;
	sched->stopper = index;
	for (uint32_t i = 0; i < sched->instance_count; i++)
		if (!instance_at(sched, i)->began && instance_at(sched, i)->stage != STAGE_DONE)
			instance_wake(sched, i);
}
