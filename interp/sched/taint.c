/* SPDX-License-Identifier: Apache-2.0 */
#include "sched/state.h"

/*
 * Taint: the changes that were not performed and that an instance comes after; its own, and those inside it, are among
 * them as soon as they are known. A list of plan indexes in the store; nothing, always, in a live run.
 */

static bool holds(const struct value *taint, const struct value *node)
{
	for (size_t i = 0; taint && i < taint->list.count; i++)
		if (value_equal(taint->list.items[i], node))
			return true;
	return false;
}

void taint_add(struct sched *sched, uint32_t to, uint32_t more)
{
	const struct value *old = store_get(sched->store, instance_at(sched, to)->taint);
	const struct value *taint = store_get(sched->store, more);
	const struct value **items;
	size_t count = 0;

	if (!taint || taint == old)
		return;
	items = arena_array(
	    sched->scratch, taint->list.count + (old ? old->list.count : 0), sizeof(*items));
	for (size_t i = 0; old && i < old->list.count; i++)
		items[count++] = old->list.items[i];
	for (size_t i = 0; i < taint->list.count; i++)
		if (!holds(old, taint->list.items[i]))
			items[count++] = taint->list.items[i];
	instance_at(sched, to)->taint = store_put(
	    sched->store, value_list(sched->scratch, items, count));
}

void taint_own(struct sched *sched, uint32_t index)
{
	const struct value *node = value_int(sched->scratch, instance_at(sched, index)->node);

	instance_at(sched, index)->unperformed = true;
	taint_add(sched, index, store_put(sched->store, value_list(sched->scratch, &node, 1)));
}

void taint_carry(struct sched *sched, uint32_t index)
{
	const struct instance *instance = instance_at(sched, index);

	/* what was undone says nothing of what was done; but all rollbacks come one after another */
	if (node_of(sched, index)->part == PART_ROLLBACK) {
		taint_add(sched, PLAN_ROOT, instance->taint);
		return;
	}
	instance_at(sched, instance->parent)->unperformed |= instance->unperformed;
	taint_add(sched, instance->parent, instance->taint);
}

const struct value *taint_names(struct sched *sched, uint32_t index)
{
	const struct value *taint = store_get(sched->store, instance_at(sched, index)->taint);
	const struct value **items;

	if (!taint)
		return NULL;
	items = arena_array(sched->scratch, taint->list.count, sizeof(*items));
	for (size_t i = 0; i < taint->list.count; i++)
		items[i] = value_string(
		    sched->scratch, sched->plan->nodes[taint->list.items[i]->integer].step->id);
	return value_list(sched->scratch, items, taint->list.count);
}
