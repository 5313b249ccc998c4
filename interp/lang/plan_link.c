/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/plan_parts.h"

/* Explains a need that names no step of the same list, and what to do instead. */
static void misplaced(struct planner *planner, const struct plan_node *node,
    const struct plan_node *other, const struct node_list_entry *need)
{
	const struct plan *plan = planner->plan;
	struct diags *diags = planner->diags;
	struct str name = need->name;
	struct diag *diag = NULL;
	uint32_t a;
	uint32_t b;

	if (!plan_lift(plan, node->index, other->index, &a, &b)) {
		diag = diag_error(diags, "misplaced-need", need->span,
		    plan_within(plan, node->index, other->index)
			? "`%.*s` is the block that this step is in; it ends after all its steps"
			: "`%.*s` lies inside this very block",
		    STR_ARG(name));
		diag_help(diags, diag, "leave it out");
	} else if (plan->nodes[a].part != plan->nodes[b].part) {
		diag = diag_error(diags, "misplaced-need", need->span,
		    plan->nodes[a].part == PART_FINALLY
			? "`%.*s` has ended before anything of `finally` begins"
			: "`%.*s` is in `finally`, which begins when this has ended",
		    STR_ARG(name));
		diag_help(diags, diag, "leave it out");
	} else if (b != other->index) {
		diag = diag_error(diags, "misplaced-need", need->span,
		    "`%.*s` is inside the block `%.*s`", STR_ARG(name),
		    STR_ARG(plan->nodes[b].step->id));
		if (a == node->index)
			diag_help(diags, diag, "`needs: [%.*s]` waits for the whole block",
			    STR_ARG(plan->nodes[b].step->id));
		else
			diag_help(diags, diag, "write `needs: [%.*s]` on `%.*s`",
			    STR_ARG(plan->nodes[b].step->id), STR_ARG(plan->nodes[a].step->id));
	} else {
		diag = diag_error(diags, "misplaced-need", need->span,
		    "`%.*s` is outside of the block `%.*s` that this step is in", STR_ARG(name),
		    STR_ARG(plan->nodes[a].step->id));
		diag_help(diags, diag, "write `needs: [%.*s]` on `%.*s`", STR_ARG(name),
		    STR_ARG(plan->nodes[a].step->id));
	}
	diag_other(diags, diag, other->step->span, "`%.*s` stands here", STR_ARG(name));
}

/* The sibling that a need names, or PLAN_NONE after a report. */
static uint32_t resolve(
    struct planner *planner, const struct plan_node *node, const struct node_list_entry *need)
{
	const struct plan_node *other = plan_find(planner->plan, node->book, need->name);
	struct diag *diag;

	if (!other) {
		diag = diag_error(planner->diags, "unknown-step", need->span,
		    "there is no step `%.*s`", STR_ARG(need->name));
		plan_suggest(planner, diag, need->name);
		return PLAN_NONE;
	}
	if (other->index == node->index) {
		diag_help(planner->diags,
		    diag_error(planner->diags, "cycle", need->span, "`%.*s` cannot wait for itself",
			STR_ARG(need->name)),
		    "take it out of its `needs`");
		return PLAN_NONE;
	}
	if (other->parent == node->parent && other->part == node->part)
		return other->index;
	misplaced(planner, node, other, need);
	return PLAN_NONE;
}

static bool contains(const uint32_t *items, size_t count, uint32_t item)
{
	for (size_t i = 0; i < count; i++)
		if (items[i] == item)
			return true;
	return false;
}

/* Names in one `needs` are few; only beyond this a repetition is left to pass. */
enum { REPEATS_SEARCHED = 64 };

static void link_written(struct planner *planner, struct plan_node *node)
{
	const struct step *step = node->step;
	uint32_t *needs = arena_array(planner->arena, step->need_count, sizeof(*needs));
	size_t count = 0;

	for (size_t i = 0; i < step->need_count; i++) {
		uint32_t other = resolve(planner, node, &step->needs[i]);

		if (other == PLAN_NONE)
			continue;
		if (count <= REPEATS_SEARCHED && contains(needs, count, other)) {
			diag_help(planner->diags,
			    diag_error(planner->diags, "duplicate-need", step->needs[i].span,
				"`%.*s` is named twice", STR_ARG(step->needs[i].name)),
			    "once is enough");
			continue;
		}
		needs[count++] = other;
		planner->needed[other] = true;
	}
	node->needs = needs;
	node->need_count = count;
}

/*
 * Without `needs` a step waits for all above it. That is as much as waiting for those that nobody above waits for yet:
 * the open ones. So twenty thousand steps in a row have twenty thousand edges.
 */
void plan_link(struct planner *planner, struct siblings list)
{
	uint32_t *open = arena_array(planner->arena, list.count, sizeof(*open));
	size_t open_count = 0;

	for (size_t i = 0; i < list.count; i++) {
		struct plan_node *node = &planner->plan->nodes[list.items[i]];

		if (node->step->needs_given) {
			link_written(planner, node);
		} else {
			uint32_t *needs = arena_array(planner->arena, open_count, sizeof(*needs));

			for (size_t j = 0; j < open_count; j++)
				if (!planner->needed[open[j]])
					needs[node->need_count++] = open[j];
			node->needs = needs;
			open_count = 0;
		}
		open[open_count++] = node->index;
	}
}

void plan_link_back(struct planner *planner)
{
	struct plan *plan = planner->plan;
	size_t *counts = arena_array(planner->arena, plan->count, sizeof(*counts));
	uint32_t **lists = arena_array(planner->arena, plan->count, sizeof(uint32_t *));

	for (size_t i = 0; i < plan->count; i++)
		for (size_t j = 0; j < plan->nodes[i].need_count; j++)
			counts[plan->nodes[i].needs[j]]++;
	for (size_t i = 0; i < plan->count; i++) {
		lists[i] = arena_array(planner->arena, counts[i], sizeof(uint32_t));
		plan->nodes[i].dependents = lists[i];
	}
	for (size_t i = 0; i < plan->count; i++)
		for (size_t j = 0; j < plan->nodes[i].need_count; j++) {
			struct plan_node *other = &plan->nodes[plan->nodes[i].needs[j]];

			lists[other->index][other->dependent_count++] = (uint32_t)i;
		}
}
