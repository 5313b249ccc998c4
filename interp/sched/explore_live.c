/* SPDX-License-Identifier: Apache-2.0 */
#include "sched/explore_parts.h"

#include <string.h>

/* What may still begin or go on, and so what may still be asked about. */

enum { MAY_STEPS = 4, MAY_FINALLY = 8, MAY_ROLLBACK = 16 };

static uint8_t of_instance(const struct sched *sched, uint32_t index)
{
	const struct instance *instance = instance_at(sched, index);
	const struct plan_node *node = node_of(sched, index);
	const struct instance *root = instance_at(sched, PLAN_ROOT);
	bool rolls = sched->plan->runbook->on_failure == FAILURE_ROLLBACK &&
	    root->stage <= STAGE_ROLLBACK && node->rollback_count &&
	    instance->first[PART_ROLLBACK] == NONE;
	uint8_t live = rolls ? MAY_ROLLBACK : 0;

	if (instance->stage == STAGE_DONE)
		return live;
	live |= LIVE_GOES_ON;
	if (instance->stage <= STAGE_CHOICE ||
	    (instance->stage == STAGE_LOOP && !instance->is_loop))
		live |= LIVE_BEGINS;
	if (!instance->is_loop &&
	    (instance->first[PART_STEPS] == NONE || instance->attempt < node->step->retry.attempts))
		live |= MAY_STEPS;
	if (!instance->is_loop && instance->first[PART_FINALLY] == NONE)
		live |= MAY_FINALLY;
	return live;
}

/* A node whose block may begin it again, or has not begun it yet. */
static bool may_begin(const struct explorer *explorer, const struct plan_node *node)
{
	static const uint8_t parts[] = {
	    [PART_STEPS] = MAY_STEPS, [PART_FINALLY] = MAY_FINALLY, [PART_ROLLBACK] = MAY_ROLLBACK};
	uint8_t around = explorer->live[node->parent];

	return around & LIVE_BEGINS || around & parts[node->part];
}

/* The steps in a loop are asked about through it. */
static void find_read(struct explorer *explorer)
{
	const struct plan *plan = &explorer->plan;

	memset(explorer->read, 0, plan->count * sizeof(*explorer->read));
	for (size_t i = 0; i < plan->count; i++)
		for (size_t k = 0; explorer->live[i] && k < plan->nodes[i].read_count; k++)
			explorer->read[plan->nodes[i].reads[k]] = true;
	for (size_t i = 1; i < plan->count; i++) {
		const struct plan_node *around = &plan->nodes[plan->nodes[i].parent];

		while (around->index != PLAN_ROOT && !explorer->read[i]) {
			explorer->read[i] = explorer->read[around->index] &&
			    around->step->each.list;
			around = &plan->nodes[around->parent];
		}
	}
}

void live_find(struct explorer *explorer, const struct sched *sched)
{
	const struct plan *plan = &explorer->plan;

	memset(explorer->live, 0, plan->count);
	for (uint32_t i = 0; i < sched->instance_count; i++)
		explorer->live[instance_at(sched, i)->node] |= of_instance(sched, i);
	for (size_t i = 1; i < plan->count; i++)
		if (may_begin(explorer, &plan->nodes[i]))
			explorer->live[i] |= LIVE_BEGINS | LIVE_GOES_ON | MAY_ROLLBACK;
	for (size_t i = 0; i < plan->count; i++)
		explorer->live[i] &= LIVE_BEGINS | LIVE_GOES_ON;
	find_read(explorer);
}
