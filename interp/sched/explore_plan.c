/* SPDX-License-Identifier: Apache-2.0 */
#include "sched/explore_parts.h"

#include <string.h>

/* What is known of a plan before it is explored, and the plan as that is done. */

/*
 * A person who does something manual types what nobody knows here, so that no `expect` could be held against it. That
 * it was done, but not as expected, is as if it could not be done: that alone is told apart.
 */
static const struct step *as_explored(struct arena *arena, const struct step *step)
{
	struct step *copy;

	if (!step->manual.text || !step->expect)
		return step;
	copy = arena_alloc(arena, sizeof(*copy));
	*copy = *step;
	copy->expect = NULL;
	return copy;
}

static void copy_plan(struct explorer *explorer, const struct plan *plan)
{
	struct plan_node *nodes = arena_array(explorer->arena, plan->count, sizeof(*nodes));

	memcpy(nodes, plan->nodes, plan->count * sizeof(*nodes));
	for (size_t i = 0; i < plan->count; i++)
		nodes[i].step = as_explored(explorer->arena, nodes[i].step);
	explorer->plan = *plan;
	explorer->plan.nodes = nodes;
}

/* Whether any file that the steps were read from has these words: whoever does not write them does not ask for it. */
static bool is_written(const struct plan *plan, struct str words)
{
	const struct source *last = NULL;

	for (size_t i = 1; i < plan->count; i++) {
		const struct source *source = plan->nodes[i].step->span.source;

		if (!source || source == last)
			continue;
		last = source;
		if (str_find((struct str){source->bytes, source->len}, words) >= 0)
			return true;
	}
	return false;
}

static bool does(const struct plan_node *node)
{
	return node->step->action.spec || node->step->manual.text;
}

static void find_destroying(struct explorer *explorer)
{
	uint32_t *nodes = arena_array(explorer->arena, explorer->plan.count, sizeof(*nodes));

	for (uint32_t i = 0; i < explorer->plan.count; i++) {
		const struct plan_node *node = &explorer->plan.nodes[i];

		if (does(node) && node->step->effect == EFFECT_DESTROY)
			nodes[explorer->destroying_count++] = i;
	}
	explorer->destroying = nodes;
}

size_t destroying_place(const struct explorer *explorer, uint32_t node)
{
	size_t place = 0;

	while (explorer->destroying[place] != node)
		place++;
	return place;
}

/* Whether a block puts something right whatever happens in it. */
static bool tidies(const struct plan *plan, const struct plan_node *block)
{
	for (size_t i = 0; i < block->finally_count; i++)
		if (plan->nodes[block->finally[i]].effect != EFFECT_READ)
			return true;
	return false;
}

/* A change in the course of the run that neither a rollback of its own, nor one of a block around it, undoes. */
static bool is_unrolled(const struct plan *plan, const struct plan_node *node)
{
	if (!does(node) || node->step->effect == EFFECT_READ)
		return false;
	for (;;) {
		if (node->rollback_count || tidies(plan, node))
			return false;
		if (node->index == PLAN_ROOT)
			return true;
		if (node->part != PART_STEPS)
			return false;
		node = &plan->nodes[node->parent];
	}
}

/* Whether its failure may be an answer, to it or to a block around it: else it ends the run's hopes. */
static bool is_excused(const struct plan *plan, const struct plan_node *node)
{
	for (; node->index != PLAN_ROOT; node = &plan->nodes[node->parent])
		if (node->step->allow_failure)
			return true;
	return false;
}

/* Whether a block around it asks for its outcome. */
static bool is_asked_around(const struct plan *plan, const struct plan_node *node)
{
	const struct plan_node *around = node;

	while (around->index != PLAN_ROOT) {
		around = &plan->nodes[around->parent];
		for (size_t i = 0; i < around->read_count; i++)
			if (plan_within(plan, node->index, around->reads[i]))
				return true;
	}
	return false;
}

void explorer_survey(struct explorer *explorer, const struct plan *plan)
{
	bool *unrolled = arena_array(explorer->arena, plan->count, sizeof(*unrolled));
	bool *doubtful = arena_array(explorer->arena, plan->count, sizeof(*doubtful));

	copy_plan(explorer, plan);
	explorer->outcomes_told = is_written(plan, STR(".outcome"));
	explorer->attempts_told = is_written(plan, STR(".attempts"));
	find_destroying(explorer);
	for (size_t i = 0; i < plan->count; i++) {
		unrolled[i] = plan->runbook->on_failure == FAILURE_ROLLBACK &&
		    is_unrolled(plan, &plan->nodes[i]);
		doubtful[i] = is_excused(plan, &plan->nodes[i]) &&
		    !is_asked_around(plan, &plan->nodes[i]);
	}
	explorer->unrolled = unrolled;
	explorer->doubtful = doubtful;
	explorer->reached = arena_array(explorer->arena, plan->count, sizeof(bool));
	explorer->live = arena_array(explorer->arena, plan->count, 1);
	explorer->read = arena_array(explorer->arena, plan->count, sizeof(bool));
}

bool comes_before(const struct explorer *explorer, uint32_t node, uint32_t later)
{
	return plan_within(&explorer->plan, later, node) ||
	    plan_needs(&explorer->plan, later, node);
}

/*
 * That a process ends well says little where nobody wrote what well is; a probe of the library does say what it met.
 */
bool step_checks(const struct step *step)
{
	return step->effect == EFFECT_READ && step->action.spec &&
	    (step->expect || step->poll.within_us != UNSET_US || !action_is_process(&step->action));
}
