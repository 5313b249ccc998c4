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
	place = instance->item != NONE ? instance->item : node->ordinal;
	return instance_at(sched, instance->parent)
		    ->first[instance->item != NONE ? PART_STEPS : node->part] +
		place ==
	    index &&
	    is_current(sched, instance->parent);
}

/* Of a retried block only the last round counts. */
static bool is_owed(const struct sched *sched, uint32_t index)
{
	return node_of(sched, index)->rollback_count && instance_at(sched, index)->began &&
	    is_current(sched, index);
}

/* The last of those that had begun by then and are to be undone, as its place among all that began, or NONE. */
static uint32_t latest(const struct sched *sched, size_t by_then)
{
	while (by_then-- > 0)
		if (is_owed(sched, sched->begun.instances[by_then]))
			return (uint32_t)by_then;
	return NONE;
}

/* What became of a step's rollback. */
enum undoing { UNDONE, UNDONE_SUPPOSEDLY, UNDONE_BADLY, UNDONE_PARTLY, UNDONE_NEVER, UNDOINGS };

/* Some of the steps that undo it began, or all: none of them was made for real. */
static bool is_supposed(const struct sched *sched, uint32_t index)
{
	uint32_t first = instance_at(sched, index)->first[PART_ROLLBACK];

	for (uint32_t i = 0; i < node_of(sched, index)->rollback_count; i++)
		if (instance_at(sched, first + i)->unperformed)
			return true;
	return false;
}

static enum undoing undoing_of(const struct sched *sched, uint32_t index)
{
	const struct instance *instance = instance_at(sched, index);

	if (instance->first[PART_ROLLBACK] == NONE)
		return UNDONE_NEVER;
	if (instance->worst == NONE)
		return is_supposed(sched, index) ? UNDONE_SUPPOSEDLY : UNDONE;
	return instance_at(sched, instance->worst)->outcome == OUTCOME_CANCELLED ? UNDONE_PARTLY
										 : UNDONE_BADLY;
}

/* The latest first; empty when there is none. */
static struct str names_of(struct sched *sched, enum undoing undoing)
{
	struct names names = {0};

	for (size_t i = sched->begun.count; i-- > 0;) {
		uint32_t index = sched->begun.instances[i];

		if (is_owed(sched, index) && undoing_of(sched, index) == undoing)
			names_add(sched, &names, index);
	}
	return names_text(sched, &names);
}

/* The end of the run's sentence: what was undone, and what was not. */
static struct str account(struct sched *sched, struct str why)
{
	static const char *const words[UNDOINGS] = {
	    [UNDONE] = "rolled back",
	    [UNDONE_SUPPOSEDLY] = "would be rolled back",
	    [UNDONE_BADLY] = "rollback failed",
	    [UNDONE_PARTLY] = "rolled back in part",
	    [UNDONE_NEVER] = "not rolled back",
	};

	for (enum undoing undoing = UNDONE; undoing < UNDOINGS; undoing++) {
		struct str names = names_of(sched, undoing);

		if (names.len)
			why = say(
			    sched, "%.*s; %s: %.*s", STR_ARG(why), words[undoing], STR_ARG(names));
	}
	return why;
}

/* Each that will not be undone, for the record. */
static void decide_rest(struct sched *sched)
{
	const struct value *why = store_get(sched->store, sched->interrupt_why);

	for (size_t i = sched->begun.count; i-- > 0;) {
		uint32_t index = sched->begun.instances[i];

		if (is_owed(sched, index) && undoing_of(sched, index) == UNDONE_NEVER)
			emit_decided(sched, index, "rollback", value_bool(false), value_text(why));
	}
}

bool rollback_begin(struct sched *sched, uint32_t index)
{
	struct instance *instance = instance_at(sched, index);

	if (index != PLAN_ROOT || sched->plan->runbook->on_failure != FAILURE_ROLLBACK ||
	    outcome_is_good(instance) || instance->stage == STAGE_FINALLY ||
	    instance->stage == STAGE_ROLLBACK || latest(sched, sched->begun.count) == NONE)
		return false;
	if (sched->interrupts) {
		decide_rest(sched);
		instance->why = store_put(sched->store,
		    value_string(sched->scratch, account(sched, sentence_of(sched, index))));
		return false;
	}
	sched->to_undo = (uint32_t)sched->begun.count;
	stage_set(sched, index, STAGE_ROLLBACK);
	instance_wake(sched, index);
	return true;
}

static void end_all(struct sched *sched, uint32_t index)
{
	struct str why = sentence_of(sched, index);

	if (sched->interrupts) {
		decide_rest(sched);
		why = say(sched, "%.*s; %.*s", STR_ARG(why),
		    STR_ARG(value_text(store_get(sched->store, sched->interrupt_why))));
	}
	instance_finish(sched, index, instance_at(sched, index)->outcome, account(sched, why));
}

void stage_rollback(struct sched *sched, uint32_t index)
{
	uint32_t next;

	if (sched->rolling != NONE) {
		if (instance_at(sched, sched->rolling)->running)
			return;
		sched->rolling = NONE;
	}
	next = sched->interrupts ? NONE : latest(sched, sched->to_undo);
	if (next == NONE) {
		end_all(sched, index);
	} else {
		sched->to_undo = next;
		sched->rolling = sched->begun.instances[next];
		/* it comes after all that was done, in the run and by the rollbacks before it */
		taint_add(sched, sched->rolling, instance_at(sched, index)->taint);
		emit_decided(sched, sched->rolling, "rollback", NULL, (struct str){0});
		children_begin(sched, sched->rolling, PART_ROLLBACK);
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
