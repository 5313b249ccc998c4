/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/plan_parts.h"

#include <stdlib.h>

#include "base/mem.h"

/*
 * Whether one step waits for another. Most answers come at once: a step without `needs` waits for all above it, and a
 * tree along everyone's first need, numbered so that whoever lies below has a number in between, covers chains. What
 * is left is searched.
 */
struct plan_reach {
	uint32_t *enter; /* by node: its number in the tree */
	uint32_t *leave; /* by node: the highest number below it */
};

/* Numbers the tree below one root, without recursion. */
static uint32_t number_tree(const struct plan *plan, struct plan_reach *reach, uint32_t root,
    uint32_t next, uint32_t *stack, size_t *at)
{
	size_t depth = 1;

	stack[0] = root;
	at[0] = 0;
	reach->enter[root] = next++;
	while (depth) {
		const struct plan_node *node = &plan->nodes[stack[depth - 1]];
		uint32_t child;

		if (at[depth - 1] == node->dependent_count) {
			reach->leave[node->index] = next - 1;
			depth--;
			continue;
		}
		child = node->dependents[at[depth - 1]++];
		if (plan->nodes[child].needs[0] != node->index)
			continue;
		reach->enter[child] = next++;
		stack[depth] = child;
		at[depth++] = 0;
	}
	return next;
}

const struct plan_reach *plan_reach_new(struct arena *arena, const struct plan *plan)
{
	struct plan_reach *reach = arena_alloc(arena, sizeof(*reach));
	uint32_t *stack = mem_alloc(plan->count * sizeof(*stack));
	size_t *at = mem_alloc(plan->count * sizeof(*at));
	uint32_t next = 0;

	reach->enter = arena_array(arena, plan->count, sizeof(*reach->enter));
	reach->leave = arena_array(arena, plan->count, sizeof(*reach->leave));
	for (uint32_t i = 0; i < plan->count; i++)
		if (!plan->nodes[i].need_count)
			next = number_tree(plan, reach, i, next, stack, at);
	free(stack);
	free(at);
	return reach;
}

/* 1: surely, -1: surely not, 0: who knows. */
static int reaches_at_once(const struct plan *plan, uint32_t a, uint32_t b)
{
	const struct plan_reach *reach = plan->reach;

	if (a == b)
		return -1;
	if (reach->enter[b] <= reach->enter[a] && reach->enter[a] <= reach->leave[b])
		return 1;
	if (!plan->nodes[a].step->needs_given && b < a)
		return 1;
	return plan->nodes[a].need_count ? 0 : -1;
}

bool plan_reaches(const struct plan *plan, uint32_t a, uint32_t b)
{
	int known = reaches_at_once(plan, a, b);
	uint32_t *stack;
	bool *seen;
	size_t depth = 0;

	if (known)
		return known > 0;
	for (size_t i = 0; i < plan->nodes[a].need_count; i++)
		if (plan->nodes[a].needs[i] == b ||
		    reaches_at_once(plan, plan->nodes[a].needs[i], b) > 0)
			return true;
	stack = mem_alloc(plan->count * sizeof(*stack));
	seen = mem_alloc(plan->count * sizeof(*seen));
	stack[depth++] = a;
	while (depth && known <= 0) {
		const struct plan_node *node = &plan->nodes[stack[--depth]];

		for (size_t i = 0; i < node->need_count && known <= 0; i++) {
			uint32_t next = node->needs[i];

			if (seen[next])
				continue;
			seen[next] = true;
			known = next == b ? 1 : reaches_at_once(plan, next, b);
			if (known == 0)
				stack[depth++] = next;
		}
	}
	free(stack);
	free(seen);
	return known > 0;
}
