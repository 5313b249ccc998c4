/* SPDX-License-Identifier: Apache-2.0 */
#include "sched/state.h"

/*
 * Taint: the changes that were not performed and that an instance comes after; its own, and those inside it, are among
 * them as soon as they are known. A list of plan indexes in the store; nothing, always, in a live run.
 */

uint32_t taint_union(const struct sched *sched, uint32_t one, uint32_t other)
{
	const struct value *old = store_get(sched->store, one);
	const struct value *more = store_get(sched->store, other);
	const struct value **items;
	size_t count = 0;

	if (!more || more == old)
		return one;
	items = arena_array(
	    sched->scratch, more->list.count + (old ? old->list.count : 0), sizeof(*items));
	for (size_t i = 0; old && i < old->list.count; i++)
		items[count++] = old->list.items[i];
	for (size_t i = 0; i < more->list.count; i++)
		if (!old || !value_list_has(old, more->list.items[i]))
			items[count++] = more->list.items[i];
	return store_put(sched->store, value_list(sched->scratch, items, count));
}

void taint_add(struct sched *sched, uint32_t to, uint32_t more)
{
	struct instance *instance = instance_at(sched, to);

	instance->taint = taint_union(sched, instance->taint, more);
}

/* A stored list of itself alone. */
static uint32_t own(const struct sched *sched, uint32_t index)
{
	const struct value *node = value_int(sched->scratch, instance_at(sched, index)->node);

	return store_put(sched->store, value_list(sched->scratch, &node, 1));
}

void taint_own(struct sched *sched, uint32_t index)
{
	instance_at(sched, index)->unperformed = instance_at(sched, index)->hollow = true;
	taint_add(sched, index, own(sched, index));
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
	instance_at(sched, instance->parent)->vague |= instance->vague;
	taint_add(sched, instance->parent, instance->taint);
}

const struct value *taint_names(struct sched *sched, uint32_t taint)
{
	const struct value *nodes = store_get(sched->store, taint);
	const struct value **items;

	if (!nodes)
		return NULL;
	items = arena_array(sched->scratch, nodes->list.count, sizeof(*items));
	for (size_t i = 0; i < nodes->list.count; i++)
		items[i] = value_string(
		    sched->scratch, sched->plan->nodes[nodes->list.items[i]->integer].step->id);
	return value_list(sched->scratch, items, nodes->list.count);
}

/* "not yet true, depends on restart, load: …" */
struct str taint_sentence(struct sched *sched, uint32_t taint, struct str why)
{
	struct str names = message_deps(sched->scratch, taint_names(sched, taint));

	return say(sched, "not yet true%s%.*s: %.*s", names.len ? ", depends on " : "",
	    STR_ARG(names), STR_ARG(why));
}

void hangs_begin(const struct sched *sched)
{
	if (sched->hangs)
		*sched->hangs = STORE_NOTHING;
}

void hangs_touch(const struct sched *sched, uint32_t index)
{
	const struct instance *instance = instance_at(sched, index);
	uint32_t taint = instance->taint;

	if (!sched->hangs || !taint)
		return;
	if (instance->unperformed && !instance->vague)
		return; /* somebody has said what it came to */
	if (instance->hollow)
		taint = own(sched, index);
	*sched->hangs = taint_union(sched, *sched->hangs, taint);
}

uint32_t hangs_end(const struct sched *sched, const struct value *value)
{
	uint32_t hangs = sched->hangs ? *sched->hangs : STORE_NOTHING;
	const struct value **nodes;

	if (hangs || value->type != VALUE_UNKNOWN || !value->unknown.count)
		return hangs;
	nodes = arena_array(sched->scratch, value->unknown.count, sizeof(*nodes));
	for (size_t i = 0; i < value->unknown.count; i++)
		nodes[i] = value_int(sched->scratch, value->unknown.nodes[i]);
	return store_put(sched->store, value_list(sched->scratch, nodes, value->unknown.count));
}
