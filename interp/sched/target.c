/* SPDX-License-Identifier: Apache-2.0 */
#include "sched/state.h"

/* Where an instance's action runs: its target's names are those of whoever said it, an instance around it. */

struct instance_sight {
	struct target_sight base;
	const struct sched *sched;
	uint32_t instance;
	const struct check *check; /* NULL: the step's own action */
	uint32_t check_item;
	const struct plan_node
	    *node; /* of a step that is still to come, below the instance; or NULL */
	struct sched_scope scope; /* of the target that was asked for last */
	struct coming_scope coming; /* the same */
};

uint32_t target_home(
    const struct sched *sched, uint32_t from, const struct runbook *book, const struct step *step)
{
	uint32_t at = from;

	while (book ? node_of(sched, at)->book != book
		    : step && (step_of(sched, at) != step || instance_at(sched, at)->is_loop)) {
		if (instance_at(sched, at)->parent == NONE)
			return at;
		at = instance_at(sched, at)->parent;
	}
	return at;
}

/* The node below the instance whose names a target means; NULL: they are those of the instance, or of one around it. */
static const struct plan_node *coming_home(
    const struct instance_sight *sight, const struct runbook *book, const struct step *step)
{
	const struct plan *plan = sight->sched->plan;
	const struct plan_node *node = sight->node;
	uint32_t top = instance_at(sight->sched, sight->instance)->node;

	while (
	    node && node->index != top && (book ? node->book != book : step && node->step != step))
		node = &plan->nodes[node->parent];
	return node && node->index != top ? node : NULL;
}

/* The scope of a target, which it keeps: a sight is asked of one target after another. */
static const struct scope *find_scope(
    const struct target_sight *base, const struct target *target, const struct at *at)
{
	struct instance_sight *sight = (struct instance_sight *)(uintptr_t)base;
	const struct sched *sched = sight->sched;
	const struct plan_node *coming = coming_home(sight, target->book, at->step);

	if (coming) {
		coming_init(&sight->coming, sched, sight->instance, coming);
		return &sight->coming.scope;
	}
	if (!target->book && !at->step)
		scope_init_check(&sight->scope, sched, sight->instance, sight->check,
		    sight->check_item, sched->at_us);
	else
		scope_init(&sight->scope, sched,
		    target_home(sched, sight->instance, target->book, at->step), sched->at_us);
	return &sight->scope.scope;
}

/* The item of the loop that the target made, of a check or of a step around. */
static const struct value *find_machine(
    const struct target_sight *base, const struct at *at, size_t *ret_index)
{
	const struct instance_sight *sight = (const struct instance_sight *)(const void *)base;
	const struct sched *sched = sight->sched;
	const struct instance *item;
	uint32_t list;

	if (coming_home(sight, NULL, at->step))
		return NULL;
	if (!at->step) {
		list = instance_at(sched, sight->instance)->check_list;
		*ret_index = sight->check_item;
		hangs_touch(sched, sight->instance);
		return list ? store_get(sched->store, list)->list.items[sight->check_item] : NULL;
	}
	item = instance_at(sched, target_home(sched, sight->instance, NULL, at->step));
	if (item->item == NONE)
		return NULL;
	if (instance_at(sched, item->parent)->chosen)
		hangs_touch(sched, item->parent);
	*ret_index = item->item;
	list = instance_at(sched, item->parent)->list;
	return store_get(sched->store, list)->list.items[item->item];
}

const struct value *target_args(const struct sched *sched, uint32_t instance,
    const struct action *action, const struct check *check, const struct value *args, bool known)
{
	struct instance_sight sight = {.base = {find_scope, find_machine},
	    .sched = sched,
	    .instance = instance,
	    .check = check,
	    .check_item = instance_at(sched, instance)->check_item};

	return target_add(sched->scratch, action, args, &sight.base, known);
}

const struct value *target_coming(const struct sched *sched, uint32_t instance,
    const struct plan_node *node, const struct value *args, bool known)
{
	struct instance_sight sight = {
	    .base = {find_scope, find_machine}, .sched = sched, .instance = instance, .node = node};

	return target_add(sched->scratch, &node->step->action, args, &sight.base, known);
}
