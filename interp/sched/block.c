/* SPDX-License-Identifier: Apache-2.0 */
#include "sched/alone.h"
#include "sched/state.h"

/*
 * Blocks: their children are made in rounds, side by side, and decide how they end. Their finally steps, and the steps
 * that undo any step, are lists of the same kind.
 */

static const uint32_t *nodes_of(
    const struct plan_node *node, enum plan_part part, size_t *ret_count)
{
	switch (part) {
	case PART_FINALLY:
		*ret_count = node->finally_count;
		return node->finally;
	case PART_ROLLBACK:
		*ret_count = node->rollback_count;
		return node->rollback;
	default:
		*ret_count = node->child_count;
		return node->children;
	}
}

size_t children_count(const struct sched *sched, uint32_t index, enum plan_part part)
{
	const struct instance *instance = instance_at(sched, index);
	size_t count;

	if (instance->first[part] == NONE)
		return 0;
	if (part == PART_STEPS && instance->is_loop)
		return store_get(sched->store, instance->list)->list.count;
	nodes_of(node_of(sched, index), part, &count);
	return count;
}

void children_add(struct sched *sched, uint32_t index, enum plan_part part)
{
	struct instance *instance = instance_at(sched, index);
	uint32_t round = instance->attempt;
	size_t count;
	const uint32_t *nodes = nodes_of(node_of(sched, index), part, &count);

	instance->worst = NONE;
	instance->first[part] = (uint32_t)sched->instance_count;
	instance->running = (uint32_t)count;
	for (size_t i = 0; i < count; i++)
		instance_add(sched, nodes[i], index, round);
}

void children_begin(struct sched *sched, uint32_t index, enum plan_part part)
{
	uint32_t first;
	uint32_t count;

	children_add(sched, index, part);
	first = instance_at(sched, index)->first[part];
	count = instance_at(sched, index)->running;
	alone_settle(sched, index, part);
	for (uint32_t at = first; at < first + count; at++)
		if (instance_at(sched, at)->waiting == 0)
			instance_wake(sched, at);
}

void block_begin(struct sched *sched, uint32_t index)
{
	const struct plan_node *node = node_of(sched, index);
	struct instance *instance = instance_at(sched, index);

	instance_began(sched, index);
	instance->attempt++;
	if (instance->parent != NONE && !alone_around(sched, instance->node))
		emit_decided(sched, index, "begin", NULL, (struct str){0});
	if (node->step->timeout_us > 0)
		instance->deadline = timer_add(
		    sched, index, TIMER_DEADLINE, sched->t_us + node->step->timeout_us);
	children_begin(sched, index, PART_STEPS);
	if (node->child_count == 0)
		instance_wake(sched, index);
}

void block_finally(struct sched *sched, uint32_t index)
{
	const struct value *hurry = sched->interrupts > 1 ? value_bool(false) : NULL;
	struct str why = {0};

	if (hurry)
		why = value_text(store_get(sched->store, sched->interrupt_why));
	stage_set(sched, index, STAGE_FINALLY);
	emit_decided(sched, index, "finally", hurry, why);
	children_begin(sched, index, PART_FINALLY);
	if (hurry) /* each ends without having begun, and so is in the record */
		subtree_cancel(sched, index, STOP_KILL, true, why);
}

/* "step load", "item 3 (db3)" */
static struct str called(struct sched *sched, uint32_t index)
{
	const struct instance *instance = instance_at(sched, index);

	if (instance->item == NONE)
		return say(sched, "step %.*s", STR_ARG(step_of(sched, index)->id));
	return say(sched, "item %u (%.*s)", instance->item, STR_ARG(loop_item(sched, index)));
}

void finish_by_worst(struct sched *sched, uint32_t index)
{
	static const enum outcome outcomes[] = {
	    [OUTCOME_FAILED] = OUTCOME_FAILED,
	    [OUTCOME_TIMED_OUT] = OUTCOME_FAILED,
	    [OUTCOME_DENIED] = OUTCOME_DENIED,
	    [OUTCOME_CANCELLED] = OUTCOME_CANCELLED,
	    [OUTCOME_BLOCKED] = OUTCOME_FAILED,
	    [OUTCOME_LOST] = OUTCOME_LOST,
	};
	uint32_t worst = instance_at(sched, index)->worst;
	const struct value *why = store_get(sched->store, instance_at(sched, worst)->why);

	instance_finish(sched, index, outcomes[instance_at(sched, worst)->outcome],
	    say(sched, "%.*s: %.*s%.*s", STR_ARG(called(sched, worst)),
		STR_ARG(why ? value_text(why) : (struct str){0}),
		STR_ARG(loop_stopped(sched, index))));
}

/* Nobody knows what became of a child: that decides before everything else. */
static bool is_lost(const struct sched *sched, const struct instance *instance)
{
	return instance->worst != NONE &&
	    instance_at(sched, instance->worst)->outcome == OUTCOME_LOST;
}

void block_done(struct sched *sched, uint32_t index)
{
	struct instance *instance = instance_at(sched, index);

	instance->deadline = NONE;
	if (is_lost(sched, instance) && instance->parent != NONE) {
		finish_by_worst(sched, index);
	} else if (instance->timed_out && !is_lost(sched, instance)) {
		instance->timed_out = false;
		instance_failed(sched, index, OUTCOME_TIMED_OUT, STR("its time was up"), true);
	} else if (sched->interrupts && !instance->shielded) {
		instance_finish(sched, index, OUTCOME_CANCELLED,
		    value_text(store_get(sched->store, sched->interrupt_why)));
	} else if (instance->worst == NONE && alone_around(sched, instance->node) &&
	    sched->run.only != PLAN_ROOT) {
		instance_finish(sched, index, OUTCOME_SUCCEEDED, (struct str){0});
	} else if (instance->worst == NONE ||
	    (instance->parent == NONE && sched->run.only == NONE)) {
		stage_set(sched, index, STAGE_VERIFY);
	} else {
		finish_by_worst(sched, index);
	}
}

/*
 * A finally step that went wrong fails what went well; one that is lost, or that somebody would not have, leaves no
 * answer that could be allowed.
 */
void stage_finally(struct sched *sched, uint32_t index)
{
	struct instance *instance = instance_at(sched, index);
	enum outcome worst = instance->worst == NONE
	    ? OUTCOME_NONE
	    : (enum outcome)instance_at(sched, instance->worst)->outcome;
	bool decides = worst == OUTCOME_LOST || worst == OUTCOME_DENIED;
	const struct value *why;

	if (instance->running)
		return;
	why = store_get(sched->store, instance->why);
	if (instance->bg_lost && outcome_is_good(instance))
		instance_finish(sched, index, OUTCOME_FAILED, STR("the background process ended"));
	else if (decides || (worst != OUTCOME_NONE && outcome_is_good(instance)))
		instance_finish(sched, index, decides ? worst : OUTCOME_FAILED,
		    say(sched, "its finally step %.*s %s%s",
			STR_ARG(step_of(sched, instance->worst)->id),
			worst == OUTCOME_LOST ? "is " : "", outcome_names[worst]));
	else
		instance_finish(sched, index,
		    outcome_is_good(instance) ? OUTCOME_SUCCEEDED : instance->outcome,
		    why ? value_text(why) : (struct str){0});
}
